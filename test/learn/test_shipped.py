"""The models in models/: whole, and what they were when they were made. Needs no torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.learn.evaluate import network_input
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.sidecar import load_model

MODELS = Path(__file__).parents[2] / "models"
FILES = sorted(MODELS.glob("*.onnx"))


def stored(model: Path, precision: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(MODELS / f"{model.stem.removesuffix('-int8')}.npz") as tensors:
        return tensors["grey"], tensors[f"logits_{precision}"]


def test_there_are_models():
    assert {path.stem for path in FILES} >= {"terrain-256", "terrain-256-int8"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_stored_outputs_come_again(path):
    sidecar, _ = load_model(path)
    engine = open_engine("onnx", path, 1)
    grey, wanted = stored(path, sidecar.precision)
    found = np.concatenate([engine.infer(network_input(picture, sidecar)) for picture in grey])
    if sidecar.precision == "fp32":
        np.testing.assert_allclose(found, wanted, atol=1e-3)
    else:  # integer kernels round differently from one CPU to the next
        assert (found.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.98


def test_int8_agrees_with_fp32():
    exact, rounded = (
        stored(MODELS / "terrain-256.onnx", precision)[1].argmax(axis=1)
        for precision in ("fp32", "int8")
    )
    assert (exact == rounded).mean() > 0.95


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sidecar_and_card_credit_the_data(path):
    sidecar, _ = load_model(path)
    card = (MODELS / f"{path.stem.removesuffix('-int8')}.md").read_text(encoding="utf-8")
    for text in (sidecar.training["attribution"], card):
        assert "AI4Mars, Swan et al. 2021, NASA/JPL-Caltech" in text
    assert sidecar.training["licence"] == "CC BY 4.0"

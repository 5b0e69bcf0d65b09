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
NAME = "terrain-256"
AGREEMENT = {"fp16": 0.995, "int8": 0.95, "uint8": 0.95}  # on two made-up pictures


def base(model: Path, precision: str) -> str:
    """The name of a model without that of its precision."""
    return model.stem.removesuffix(f"-{precision}")


def stored(name: str, precision: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load(MODELS / f"{name}.npz") as tensors:
        return tensors["grey"], tensors[f"logits_{precision}"]


def test_there_are_models():
    names = {f"{NAME}{end}" for end in ("", "-fp16", "-int8", "-uint8")}
    assert {path.stem for path in FILES} >= names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_stored_outputs_come_again(path):
    sidecar, _ = load_model(path)
    engine = open_engine("onnx", path, 1)
    grey, wanted = stored(base(path, sidecar.precision), sidecar.precision)
    found = np.concatenate([engine.infer(network_input(picture, sidecar)) for picture in grey])
    if sidecar.precision == "fp32":
        np.testing.assert_allclose(found, wanted, atol=1e-3)
    else:  # rounding differs from one CPU to the next
        assert (found.argmax(axis=1) == wanted.argmax(axis=1)).mean() > 0.98


@pytest.mark.parametrize("precision", AGREEMENT)
def test_rounded_models_agree_with_the_exact_one(precision):
    exact, rounded = (stored(NAME, p)[1].argmax(axis=1) for p in ("fp32", precision))
    assert (exact == rounded).mean() > AGREEMENT[precision]


@pytest.mark.parametrize("precision", AGREEMENT)
def test_sidecars_of_rounded_models_say_how_often_they_agree(precision):
    sidecar, _ = load_model(MODELS / f"{NAME}-{precision}.onnx")
    assert sidecar.scores["agreement"]["labelled"] >= 0.995


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sidecar_and_card_credit_the_data(path):
    sidecar, _ = load_model(path)
    card = (MODELS / f"{base(path, sidecar.precision)}.md").read_text(encoding="utf-8")
    for text in (sidecar.training["attribution"], card):
        assert "AI4Mars, Swan et al. 2021, NASA/JPL-Caltech" in text
    assert sidecar.training["licence"] == "CC BY 4.0"

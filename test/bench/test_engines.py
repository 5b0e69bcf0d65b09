"""The bench of runtimes measures the shipped network, at whatever size."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.sidecar import load_model
from ai4mars_nav.share import model_file

BENCH = Path(__file__).parents[2] / "bench"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    yield importlib.import_module("engines")
    for name in ("engines", "measure"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("end", ["", "-int8", "-uint8"])
def test_a_larger_network_says_the_same_of_the_same_ground(bench, end):
    """Far from the border, where padding differs, a tile of a larger image has the same logits."""
    sidecar, content = load_model(model_file(f"terrain-256{end}"))
    tile = np.random.default_rng(0).uniform(-1, 1, (1, 1, 64, 64)).astype(np.float32)
    small, large = (np.tile(tile, (1, 1, times, times)) for times in (4, 8))
    assert small.shape == sidecar.input_shape
    same = OnnxEngine(*bench.resized(sidecar, content, 256), 1)
    np.testing.assert_array_equal(same.infer(small), OnnxEngine(sidecar, content, 1).infer(small))
    engine = OnnxEngine(*bench.resized(sidecar, content, 512), 1)
    assert engine.output_shape == (1, 4, 128, 128)
    found, wanted = engine.infer(large)[..., 56:72, 56:72], same.infer(small)[..., 24:40, 24:40]
    assert np.abs(found - wanted).mean() < 0.1 * np.abs(wanted).mean()


def test_each_row_names_what_it_was_measured_against(bench, monkeypatch):
    monkeypatch.setattr(bench, "REPEATS", {64: 2})
    rows = bench.run()
    assert [row["name"].split(",")[0] for row in rows] == ["fp32", "int8", "uint8"] * 2
    assert {row["size"] for row in rows} == {"64²"}
    assert all(row["reference"].startswith("OpenVINO") for row in rows)
    assert ["wall" in row["name"] for row in rows] == [False] * 3 + [True] * 3

"""OpenVINO where it is installed: the same answers and refusals. Elsewhere: told in words."""

import dataclasses
import importlib.util

import numpy as np
import pytest

from ai4mars_nav.perception import sidecar as sc
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.engines.openvino import OpenVinoEngine
from ai4mars_nav.perception.engines.parity import network_input, stored_frames
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.share import model_file

INSTALLED = importlib.util.find_spec("openvino") is not None
needs_openvino = pytest.mark.skipif(not INSTALLED, reason="openvino is not installed")


@pytest.mark.skipif(INSTALLED, reason="openvino is installed")
def test_missing_is_told(probe):
    with pytest.raises(Unavailable, match="OpenVINO is not installed: Python has no module openv"):
        OpenVinoEngine(*sc.load_model(probe), threads=1)


@needs_openvino
@pytest.mark.parametrize(
    ("end", "least"), [("", 0.9999), ("-fp16", 0.998), ("-int8", 0.99), ("-uint8", 0.99)]
)
def test_says_what_onnx_runtime_says(end, least):
    sidecar, content = sc.load_model(model_file(f"terrain-256{end}"))
    ours, theirs = OpenVinoEngine(sidecar, content, 1), OnnxEngine(sidecar, content, 1)
    batches = [network_input(image, sidecar) for image in stored_frames()]
    same = [(ours.infer(b)[0].argmax(0) == theirs.infer(b)[0].argmax(0)).mean() for b in batches]
    assert np.mean(same) >= least


@needs_openvino
def test_fp32_is_computed_in_fp32():
    """By itself it computes in bfloat16 where the CPU can, with errors of 0.5 in the logits."""
    sidecar, content = sc.load_model(model_file("terrain-256"))
    ours, theirs = OpenVinoEngine(sidecar, content, 1), OnnxEngine(sidecar, content, 1)
    batch = np.random.default_rng(0).uniform(-1, 1, sidecar.input_shape).astype(np.float32)
    np.testing.assert_allclose(ours.infer(batch), theirs.infer(batch), atol=1e-3)


@needs_openvino
def test_name_model_and_answers_of_their_own(probe):
    sidecar, content = sc.load_model(probe)
    engine = OpenVinoEngine(sidecar, content, threads=2)
    assert engine.name.startswith("OpenVINO 20") and engine.name.endswith("CPU, 2 threads")
    assert engine.model == "probe"
    first = engine.infer(np.full(sidecar.input_shape, -0.5, np.float32))
    kept = first.copy()
    engine.infer(np.full(sidecar.input_shape, 0.5, np.float32))
    np.testing.assert_array_equal(first, kept)
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        engine.infer(np.zeros(sidecar.input_shape, np.float32))


@needs_openvino
def test_refusals(probe):
    sidecar, content = sc.load_model(probe)
    with pytest.raises(ModelError, match="threads is 0"):
        OpenVinoEngine(sidecar, content, threads=0)
    with pytest.raises(ModelError, match=r"probe\.onnx: OpenVINO .* cannot load it"):
        OpenVinoEngine(sidecar, b"this is no network" * 10, threads=1)
    with pytest.raises(ModelError, match=r"metadata ai4mars\.sidecar is 'probe'"):
        OpenVinoEngine(dataclasses.replace(sidecar, name="x"), content, threads=1)
    picture = dataclasses.replace(sidecar.input, name="picture")
    with pytest.raises(ModelError, match=r"inputs are \['image'\].*input.name is 'picture'"):
        OpenVinoEngine(dataclasses.replace(sidecar, input=picture), content, threads=1)
    coarser = dataclasses.replace(sidecar.output, stride=8)
    with pytest.raises(ModelError, match=r"output 'logits' is float32 \[1, 4, 64, 64\]"):
        OpenVinoEngine(dataclasses.replace(sidecar, output=coarser), content, threads=1)
    engine = OpenVinoEngine(sidecar, content, threads=1)
    with pytest.raises(ModelError, match="input is float64"):
        engine.infer(np.zeros(sidecar.input_shape))

"""The ONNX Runtime engine: right numbers, and refusals when a model is not what it says."""

import dataclasses

import numpy as np
import onnx
import pytest

from ai4mars_nav.perception import sidecar as sc
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.errors import ModelError


def respell(model, change):
    """Change the graph of a model and give it a sidecar that fits the new bytes."""
    sidecar = sc.load_sidecar(sc.sidecar_path(model))
    network = onnx.load(model)
    change(network)
    onnx.save(network, model)
    sc.write_sidecar(dataclasses.replace(sidecar, model=sc.describe_file(model)), model)


def batch_of(sidecar, grey):
    x = np.float32(grey) * np.float32(sidecar.preprocessing.scale)
    return np.full(sidecar.input_shape, x + np.float32(sidecar.preprocessing.offset), np.float32)


@pytest.mark.parametrize("kind", ["auto", "onnx"])
@pytest.mark.parametrize(("grey", "wanted"), [(30, 3), (80, 0), (135, 1), (200, 2)])
def test_probe_says_what_its_bands_say(probe, kind, grey, wanted):
    engine = open_engine(kind, probe, threads=1)
    logits = engine.infer(batch_of(sc.load_sidecar(sc.sidecar_path(probe)), grey))
    assert logits.shape == engine.output_shape == (1, 4, 64, 64)
    assert logits.dtype == np.float32
    assert (logits.argmax(axis=1) == wanted).all()
    assert "1 thread" in engine.name
    assert engine.model == "probe"


def test_unknown_kind(probe):
    with pytest.raises(ModelError, match=r"'tensorflow', must be one of auto, .*onnx"):
        open_engine("tensorflow", probe, threads=1)


def test_threads_are_explicit(probe):
    with pytest.raises(ModelError, match="threads is 0"):
        open_engine("onnx", probe, threads=0)


def test_wrong_batch(probe):
    engine = open_engine("onnx", probe, threads=1)
    with pytest.raises(ModelError, match=r"input is float32 \(1, 1, 128, 128\)"):
        engine.infer(np.zeros((1, 1, 128, 128), np.float32))
    with pytest.raises(ModelError, match="input is float64"):
        engine.infer(np.zeros((1, 1, 256, 256)))


def test_closed_engine(probe):
    engine = open_engine("onnx", probe, threads=1)
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        engine.infer(np.zeros((1, 1, 256, 256), np.float32))


def test_not_an_onnx_file(probe):
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    probe.write_bytes(b"this is no network" * 10)
    sc.write_sidecar(dataclasses.replace(sidecar, model=sc.describe_file(probe)), probe)
    with pytest.raises(ModelError, match=r"probe\.onnx: ONNX Runtime .* cannot load it"):
        open_engine("onnx", probe, threads=1)


def test_metadata_of_another_model(probe):
    respell(probe, lambda network: onnx.helper.set_model_props(network, {sc.METADATA_KEY: "x"}))
    with pytest.raises(ModelError, match=r"metadata ai4mars\.sidecar is 'x'"):
        open_engine("onnx", probe, threads=1)


def test_model_without_metadata_is_taken(probe):
    respell(probe, lambda network: onnx.helper.set_model_props(network, {}))
    assert open_engine("onnx", probe, threads=1).model == "probe"


def test_wrong_input_name(probe):
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    renamed = dataclasses.replace(sidecar.input, name="picture")
    sc.write_sidecar(dataclasses.replace(sidecar, input=renamed), probe)
    with pytest.raises(ModelError, match=r"inputs are \['image'\].*input.name is 'picture'"):
        open_engine("onnx", probe, threads=1)


def test_wrong_output_shape(probe):
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    coarser = dataclasses.replace(sidecar.output, stride=8)
    sc.write_sidecar(dataclasses.replace(sidecar, output=coarser), probe)
    with pytest.raises(ModelError, match=r"output 'logits' .* \[1, 4, 32, 32\]"):
        open_engine("onnx", probe, threads=1)

"""ONNX Runtime: what it says of frames on which it fails, and of providers that are not there."""

import dataclasses

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from ai4mars_nav.perception import sidecar as sc
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.onnx_runtime import CPU_PROVIDER, CUDA_PROVIDER, OnnxEngine
from ai4mars_nav.perception.errors import DeviceLost, ModelError
from ai4mars_nav.share import model_file

HAS_CUDA = CUDA_PROVIDER in onnxruntime.get_available_providers()
PRECISIONS = ("", "-fp16", "-int8", "-uint8")


@pytest.fixture
def fails_on_bright(probe):
    """Sidecar and bytes of the probe's twin that reads past the end of a table on bright images."""
    network = onnx.load(probe)
    network.graph.node[-1].output[0] = "dark"
    network.graph.node.extend(
        [
            helper.make_node("ReduceMax", ["image"], ["brightest"], keepdims=0),
            helper.make_node("Cast", ["brightest"], ["index"], to=TensorProto.INT64),
            helper.make_node("Gather", ["table", "index"], ["nothing"]),
            helper.make_node("Add", ["dark", "nothing"], ["logits"]),
        ]
    )
    network.graph.initializer.append(numpy_helper.from_array(np.zeros(1, np.float32), "table"))
    onnx.save(network, probe)
    sidecar = sc.load_sidecar(sc.sidecar_path(probe))
    return dataclasses.replace(sidecar, model=sc.describe_file(probe)), probe.read_bytes()


def frame(sidecar, value):
    return np.full(sidecar.input_shape, value, np.float32)


@pytest.mark.parametrize("end", PRECISIONS)
def test_every_shipped_file_runs_and_each_answer_is_an_array_of_its_own(end):
    sidecar, content = sc.load_model(model_file(f"terrain-256{end}"))
    engine = OnnxEngine(sidecar, content, threads=1)
    first = engine.infer(frame(sidecar, 0.5))
    kept = first.copy()
    second = engine.infer(frame(sidecar, -0.5))
    np.testing.assert_array_equal(first, kept)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(engine.infer(frame(sidecar, 0.5)), kept)


@pytest.mark.parametrize("end", PRECISIONS)
def test_two_threads_say_what_one_says(end):
    sidecar, content = sc.load_model(model_file(f"terrain-256{end}"))
    batch = np.random.default_rng(0).uniform(-1, 1, sidecar.input_shape).astype(np.float32)
    one, two = (OnnxEngine(sidecar, content, threads) for threads in (1, 2))
    assert two.name.endswith("CPU, 2 threads")
    np.testing.assert_allclose(two.infer(batch), one.infer(batch), atol=1e-4)


def test_a_frame_that_fails_is_told_and_the_next_one_runs(fails_on_bright):
    sidecar, content = fails_on_bright
    engine = OnnxEngine(sidecar, content, threads=1)
    with pytest.raises(ModelError, match=r"probe: ONNX Runtime .* failed on a frame: .*Gather"):
        engine.infer(frame(sidecar, 5.0))
    assert engine.infer(frame(sidecar, 0.0)).shape == engine.output_shape


def test_a_failure_on_the_cpu_is_no_lost_device(fails_on_bright):
    sidecar, content = fails_on_bright
    with pytest.raises(ModelError) as told:
        OnnxEngine(sidecar, content, threads=1).infer(frame(sidecar, 5.0))
    assert not isinstance(told.value, DeviceLost)


@pytest.mark.skipif(HAS_CUDA, reason="this ONNX Runtime has CUDA")
def test_no_cuda_in_this_build(probe):
    with pytest.raises(Unavailable, match=r"built without CUDAExecutionProvider, only with .*CPU"):
        OnnxEngine(*sc.load_model(probe), threads=1, provider=CUDA_PROVIDER)


@pytest.mark.skipif(HAS_CUDA, reason="this ONNX Runtime has CUDA")
def test_a_provider_that_is_promised_and_missing_is_not_replaced_by_the_cpu(probe, monkeypatch):
    """As onnxruntime-gpu on a computer without a GPU, where ONNX Runtime itself goes on."""
    offered = [CUDA_PROVIDER, CPU_PROVIDER]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    with (
        pytest.warns(UserWarning, match="'CUDAExecutionProvider' is not in available"),
        pytest.raises(Unavailable, match="cannot start CUDAExecutionProvider"),
    ):
        OnnxEngine(*sc.load_model(probe), threads=1, provider=CUDA_PROVIDER)


@pytest.mark.skipif(not HAS_CUDA, reason="this ONNX Runtime has no CUDA")
def test_cuda_says_what_the_cpu_says():
    sidecar, content = sc.load_model(model_file("terrain-256"))
    batch = np.random.default_rng(0).uniform(-1, 1, sidecar.input_shape).astype(np.float32)
    cpu, gpu = (OnnxEngine(sidecar, content, 1, each) for each in (CPU_PROVIDER, CUDA_PROVIDER))
    assert gpu.name.endswith("CUDA")
    np.testing.assert_allclose(gpu.infer(batch), cpu.infer(batch), atol=1e-2)


def test_an_accelerator_that_fails_in_flight_is_lost(fails_on_bright):
    """No GPU is needed for what follows from a failure: the CPU's session fails for CUDA's."""
    sidecar, content = fails_on_bright
    engine = OnnxEngine(sidecar, content, threads=1)
    engine._provider = CUDA_PROVIDER
    with pytest.raises(DeviceLost, match=r"probe: ONNX Runtime .* failed on a frame"):
        engine.infer(frame(sidecar, 5.0))

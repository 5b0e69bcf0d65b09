"""The TensorRT engine: right numbers in each version, memory taken once, every failure in words."""

import dataclasses

import numpy as np
import pytest

from ai4mars_nav.perception import sidecar as sc
from ai4mars_nav.perception.engine import open_engine
from ai4mars_nav.perception.engines import parity
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.tensorrt import TensorRtBuilder
from ai4mars_nav.perception.errors import DeviceLost, ModelError
from ai4mars_nav.share import model_file

AT_LOAD = (
    "cudaGetDeviceProperties",
    "cudaStreamCreateWithFlags",
    "cudaEventCreateWithFlags",
    "cudaMalloc",
    "cudaMallocHost",
)
IN_FLIGHT = (
    "cudaMemcpyAsync 3",
    "cudaMemcpyAsync 4",
    "cudaEventRecord 2",
    "cudaEventSynchronize 2",
)
"""Each call of the second frame."""
NOTHING = {"device": 0, "host": 0, "streams": 0, "events": 0}
pytestmark = pytest.mark.usefixtures("stage")


def silent(_line):
    """Hears nothing."""


@pytest.fixture
def plan(probe):
    return TensorRtBuilder().build(*sc.load_model(probe), None, silent)


@pytest.fixture
def sidecar(probe):
    return sc.load_sidecar(sc.sidecar_path(probe))


@pytest.fixture
def engine(plan, sidecar):
    return TensorRtBuilder().open(sidecar, plan)


def batches(sidecar, count=3):
    chance = np.random.default_rng(1)
    return [chance.uniform(-1, 1, sidecar.input_shape).astype(np.float32) for _ in range(count)]


def test_answers_are_those_of_onnx_runtime(engine, probe, sidecar):
    plain = open_engine("onnx", probe, threads=1)
    given = batches(sidecar)
    answers = [engine.infer(batch) for batch in given]
    for batch, answer in zip(given, answers, strict=True):
        assert answer.dtype == np.float32
        np.testing.assert_array_equal(answer, plain.infer(batch))


@pytest.mark.parametrize("name", ["terrain-256", "terrain-256-fp16", "terrain-256-int8"])
def test_shipped_models(name):
    """Each is taken by the parser, allowed its precision, and says what the CPU says."""
    path = model_file(name)
    sidecar, content = sc.load_model(path)
    batch = parity.network_input(parity.stored_frames()[0], sidecar)
    engine = TensorRtBuilder().open(
        sidecar, TensorRtBuilder().build(sidecar, content, None, silent)
    )
    found = engine.infer(batch).argmax(axis=1)
    engine.close()
    exact = open_engine("onnx", path, threads=1).infer(batch).argmax(axis=1)
    np.testing.assert_array_equal(found, exact)


def test_batch_that_is_not_contiguous(engine, probe, sidecar):
    batch = batches(sidecar, 1)[0][:, :, :, ::-1]
    answer = open_engine("onnx", probe, threads=1).infer(np.ascontiguousarray(batch))
    np.testing.assert_array_equal(engine.infer(batch), answer)


def test_memory_is_taken_once_and_given_back(stage, engine, sidecar):
    taken = dict(stage.cuda._calls)
    for batch in batches(sidecar, 5):
        engine.infer(batch)
    for call in AT_LOAD:
        assert stage.cuda._calls[call] == taken[call], call
    # input, output, activations
    assert stage.cuda._held() == {"device": 3, "host": 2, "streams": 1, "events": 1}
    engine.close()
    assert stage.cuda._held() == NOTHING
    engine.close()
    with pytest.raises(ModelError, match="probe: the engine was closed"):
        engine.infer(batches(sidecar, 1)[0])


def test_answer_outlives_frame_and_engine(engine, sidecar):
    one, other = batches(sidecar, 2)
    answer = engine.infer(one)
    kept = answer.copy()
    engine.infer(other)
    engine.close()
    np.testing.assert_array_equal(answer, kept)


def test_says_what_it_is_and_takes(stage, played, plan, engine):
    buffers = 4 * 256 * 256 + 4 * 4 * 64 * 64
    assert engine.device_bytes == len(plan) + played.tensorrt.ACTIVATIONS + buffers
    assert engine.name == (
        f"TensorRT {stage.trt.__version__}, Played GPU, fp32, "
        f"{engine.device_bytes / 2**20:.1f} MiB of its memory"
    )
    assert engine.model == "probe"
    assert (engine.input_shape, engine.output_shape) == ((1, 1, 256, 256), (1, 4, 64, 64))


def test_wrong_batch(engine):
    with pytest.raises(ModelError, match=r"input is float32 \(1, 1, 128, 128\)"):
        engine.infer(np.zeros((1, 1, 128, 128), np.float32))
    with pytest.raises(ModelError, match="input is float64"):
        engine.infer(np.zeros((1, 1, 256, 256)))


@pytest.mark.parametrize("call", AT_LOAD)
def test_what_fails_at_load_leaves_nothing_behind(stage, plan, sidecar, call):
    stage.cuda._fails[call] = "cudaErrorMemoryAllocation"
    with pytest.raises(
        Unavailable, match=r"cudaErrorMemoryAllocation .*: the device is out of mem"
    ):
        TensorRtBuilder().open(sidecar, plan)
    assert stage.cuda._held() == NOTHING


def test_out_of_memory_names_the_bytes(stage, plan, sidecar, played):
    stage.cuda._free = played.tensorrt.ACTIVATIONS + 300_000
    with pytest.raises(Unavailable, match=r"taking 65536 bytes of .* 262144 bytes taken before"):
        TensorRtBuilder().open(sidecar, plan)
    assert stage.cuda._held() == NOTHING


def test_no_memory_for_the_context(stage, plan, sidecar, played):
    stage.cuda._free = played.tensorrt.ACTIVATIONS - 1
    with pytest.raises(Unavailable, match=r"no execution context: out of .*, 4096 bytes are need"):
        TensorRtBuilder().open(sidecar, plan)
    assert stage.cuda._held() == NOTHING


@pytest.mark.parametrize("call", IN_FLIGHT)
def test_device_lost_in_flight(stage, engine, sidecar, call):
    batch = batches(sidecar, 1)[0]
    engine.infer(batch)
    stage.cuda._fails[call] = "cudaErrorIllegalAddress"
    told = r"probe: the GPU failed: .*cudaErrorIllegalAddress .*only a new process can go on"
    with pytest.raises(DeviceLost, match=told):
        engine.infer(batch)
    # even if all went well from here on: what the device holds is not to be believed
    with pytest.raises(DeviceLost, match=told):
        engine.infer(batch)


def test_kernel_that_cannot_start(stage, engine, sidecar):
    stage.trt._fails["execute_async_v3"] = "Error Code 1: Cuda Runtime (unspecified launch failure)"
    with pytest.raises(DeviceLost, match=r"the GPU failed: TensorRT could not run: .*launch fail"):
        engine.infer(batches(sidecar, 1)[0])


def test_lost_device_is_closed_quietly(stage, engine, sidecar):
    stage.cuda._dead = "cudaErrorLaunchFailure"
    with pytest.raises(DeviceLost):
        engine.infer(batches(sidecar, 1)[0])
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        engine.infer(batches(sidecar, 1)[0])


@pytest.mark.parametrize(
    "call", ["cudaFree", "cudaFreeHost", "cudaStreamDestroy", "cudaEventDestroy"]
)
def test_close_that_is_refused_is_told(stage, engine, call):
    """And the rest is given back all the same."""
    stage.cuda._fails[call] = "cudaErrorIllegalAddress"
    with pytest.raises(DeviceLost, match="cudaErrorIllegalAddress"):
        engine.close()
    freed = {"cudaFree": "device", "cudaFreeHost": "host", "cudaStreamDestroy": "streams"}
    left = {kind for kind, count in stage.cuda._held().items() if count}
    assert left == {freed.get(call, "events")}


def test_plan_of_another_version(stage, plan, sidecar):
    stage.trt.__version__ = "99.1"
    with pytest.raises(ModelError, match=r"probe: TensorRT 99\.1 cannot load the plan of \d+ byt"):
        TensorRtBuilder().open(sidecar, plan)
    assert stage.cuda._held() == NOTHING


def test_plan_cut_short(plan, sidecar):
    with pytest.raises(ModelError, match="cannot load the plan of 40 bytes: Version tag"):
        TensorRtBuilder().open(sidecar, plan[:40])


def test_plan_too_large_for_the_device(stage, plan, sidecar):
    stage.trt._fails["deserialize_cuda_engine"] = "Cuda Runtime (out of memory)"
    with pytest.raises(Unavailable, match=rf"out of device memory, {len(plan)} bytes"):
        TensorRtBuilder().open(sidecar, plan)


def test_runtime_without_its_device(stage, plan, sidecar):
    """TensorRT may refuse a driver that CUDA accepts; pybind then only knows a null pointer."""
    stage.trt._fails["Runtime"] = "CUDA initialization failure with error: 35"
    with pytest.raises(Unavailable, match=r"cannot start its runtime: CUDA init.* error: 35"):
        TensorRtBuilder().open(sidecar, plan)
    assert stage.cuda._held() == NOTHING


@pytest.mark.parametrize(
    ("part", "change", "told"),
    [
        ("input", {"name": "picture"}, r"inputs of the plan are \['image'\].*input.name is 'pict"),
        ("output", {"name": "scores"}, r"outputs of the plan are \['logits'\].*output.name is 'sc"),
        ("output", {"stride": 8}, r"output 'logits' is .* \(1, 4, 64, 64\), .*\(1, 4, 32, 32\)"),
        ("input", {"height": 128}, r"input 'image' is .* \(1, 1, 256, 256\), .*\(1, 1, 128, 256\)"),
    ],
)
def test_plan_of_another_network(stage, plan, sidecar, part, change, told):
    other = dataclasses.replace(getattr(sidecar, part), **change)
    with pytest.raises(ModelError, match=told):
        TensorRtBuilder().open(dataclasses.replace(sidecar, **{part: other}), plan)
    assert stage.cuda._held() == NOTHING

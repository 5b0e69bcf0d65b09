"""TensorRT plans: built in each version, with the precision of the file, or refused in words."""

import dataclasses

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from ai4mars_nav.learn.half import to_fp16
from ai4mars_nav.perception import sidecar as sc
from ai4mars_nav.perception.engines import tensorrt
from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.tensorrt import TensorRtBuilder
from ai4mars_nav.perception.engines.tensorrt_listener import Listener
from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.share import model_file

pytestmark = pytest.mark.usefixtures("stage")


def silent(_line):
    """Hears nothing."""


def build(model, say=silent, timing_cache=None):
    return TensorRtBuilder().build(*sc.load_model(model), timing_cache, say)


def in_precision(model, precision):
    """The probe as an fp16 or int8 file, with its sidecar."""
    sidecar, path = sc.load_sidecar(sc.sidecar_path(model)), model.with_name(f"{precision}.onnx")
    if precision == "fp16":
        to_fp16(model, path, sidecar.name)
    else:
        network = onnx.load(model)
        spare = numpy_helper.from_array(np.zeros(1, np.int8), "spare")
        network.graph.initializer.append(spare)
        onnx.save(network, path)
    described = dataclasses.replace(sidecar, model=sc.describe_file(path), precision=precision)
    sc.write_sidecar(described, path)
    return path


def test_what_a_plan_holds_for(stage):
    assert TensorRtBuilder().machine() == {
        "tensorrt": stage.trt.__version__,
        "gpu": "Played GPU",
        "compute_capability": "8.7",
    }


@pytest.mark.parametrize("precision", ["fp32", "fp16", "int8"])
def test_precision_is_that_of_the_file(stage, probe, precision):
    model = probe if precision == "fp32" else in_precision(probe, precision)
    build(model)
    weak = stage.trt.__version__.startswith("8")
    wanted = {precision.upper()} if weak and precision != "fp32" else set()
    assert stage.trt._built[0]["flags"] == wanted


def test_half_file_has_half_weights(probe):
    """Else the test above would show nothing."""
    graph = onnx.load(in_precision(probe, "fp16")).graph
    assert any(t.data_type == TensorProto.FLOAT16 for t in graph.initializer)


def test_workspace_is_bounded(stage, probe):
    build(probe)
    limits = stage.trt._built[0]["limits"]
    assert limits == {"MemoryPoolType.WORKSPACE": tensorrt.WORKSPACE_BYTES}


def test_zero_points_are_refused(probe):
    sidecar, content = sc.load_model(probe)
    uint8 = dataclasses.replace(sidecar, precision="uint8")
    with pytest.raises(ModelError, match=r"probe\.onnx: its precision is uint8.*use the int8"):
        TensorRtBuilder().build(uint8, content, None, silent)


def test_build_is_told_while_it_goes_on(stage, probe):
    said = []
    build(probe, said.append)
    version = stage.trt.__version__
    assert said[0] == f"TensorRT {version} builds probe.onnx (fp32) for Played GPU"
    assert "TensorRT: a tactic was skipped" in said
    if version.startswith("8"):
        assert said[1] == "TensorRT: Local timing cache in use"
    else:
        steps = [line for line in said if line.startswith("TensorRT: Building Engine: ")]
        assert steps[0] == "TensorRT: Building Engine: 20 steps"
        assert steps[1:] == [f"TensorRT: Building Engine: {n} of 20" for n in range(2, 21, 2)]
        assert not any("Timing" in line for line in said)


def test_stopped_by_whoever_listens(stage, probe):
    """Ctrl-C in the midst of minutes must not be lost in TensorRT's own code."""

    def say(line):
        if "skipped" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(probe, say)
    if stage.trt._names["IProgressMonitor"]:
        assert not stage.trt._built, "not stopped at its next step"


def test_not_an_onnx_file(probe):
    sidecar, _ = sc.load_model(probe)
    with pytest.raises(ModelError, match=r"probe\.onnx: TensorRT .* cannot read it: node 7: Model"):
        TensorRtBuilder().build(sidecar, b"this is no network", None, silent)


def test_builder_without_its_device(stage, probe):
    stage.trt._fails["Builder"] = "CUDA initialization failure with error: 35"
    with pytest.raises(Unavailable, match=r"cannot start its builder: CUDA init.* error: 35"):
        build(probe)


def test_other_errors_of_type_are_not_taken_for_that(stage):
    def make():
        raise TypeError("unsupported operand")

    with pytest.raises(TypeError, match="unsupported operand"):
        Listener(stage.trt).started("builder", make)


def test_shipped_int8_model_with_zero_points(stage):
    """The parser refuses int32 biases, too, which our int8 file had until this was read."""
    sidecar, content = sc.load_model(model_file("terrain-256-uint8"))
    taken = dataclasses.replace(sidecar, precision="int8")
    with pytest.raises(ModelError, match=r"cannot read it: node 7: .*(Non-zero|type Int32)"):
        TensorRtBuilder().build(taken, content, None, silent)
    assert not stage.trt._built


def test_build_that_fails(stage, probe):
    stage.trt._fails["build_serialized_network"] = "no implementation for node Concat_3"
    with pytest.raises(ModelError, match=r"cannot build it for Played GPU: no impl.* Concat_3"):
        build(probe)


def test_build_without_memory(stage, probe):
    stage.trt._fails["build_serialized_network"] = "Cuda Runtime (out of memory)"
    with pytest.raises(Unavailable, match=r"out of device memory, \d+ bytes are needed"):
        build(probe)


def test_timing_cache_saves_the_second_build(stage, probe, tmp_path):
    cache = tmp_path / "new" / "times"
    build(probe, timing_cache=cache)
    build(probe, timing_cache=cache)
    first, second = stage.trt._built
    assert first["timed"] and not second["timed"]
    assert [path.name for path in cache.parent.iterdir()] == ["times"]


@pytest.mark.parametrize("content", [b"spoilt", b'["7.0", ["Sub"]]'])
def test_foreign_timing_cache(stage, probe, tmp_path, content):
    cache, said = tmp_path / "times", []
    cache.write_bytes(content)
    build(probe, said.append, cache)
    assert stage.trt._built[0]["timed"]
    assert f"{cache}: the timing cache is of another TensorRT or GPU, all kernels are timed" in (
        "\n".join(said)
    )
    assert cache.read_bytes() != content


@pytest.mark.parametrize("where", ["folder", "file/times"])
def test_timing_cache_that_cannot_be_kept(probe, tmp_path, where):
    """The plan is there all the same, and nothing half written is left."""
    (tmp_path / "cache" / "folder").mkdir(parents=True)
    (tmp_path / "cache" / "file").touch()
    before, said = sorted(tmp_path.rglob("*")), []
    assert build(probe, said.append, tmp_path / "cache" / where)
    assert any("the timing cache cannot be read: " in line for line in said)
    assert any("the timing cache is not kept: " in line for line in said)
    assert sorted(set(tmp_path.rglob("*"))) == before


def test_no_driver(stage, probe):
    stage.cuda._fails["cudaGetDeviceCount"] = "cudaErrorInsufficientDriver"
    with pytest.raises(Unavailable, match=r"cudaErrorInsufficientDriver .*: no NVIDIA driver"):
        build(probe)


def test_no_device(stage):
    stage.cuda._devices = 0
    with pytest.raises(Unavailable, match="knows no GPU; look at CUDA_VISIBLE_DEVICES"):
        TensorRtBuilder().machine()


def test_tensorrt_too_old(stage):
    stage.trt.__version__ = "8.4.1"
    with pytest.raises(Unavailable, match=r"TensorRT 8\.4\.1 is too old, must be at least 8\.6"):
        TensorRtBuilder().machine()

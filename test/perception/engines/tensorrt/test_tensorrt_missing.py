"""Where TensorRT or CUDA is not installed: said in words, with what to do."""

import sys

import pytest

from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.tensorrt import TensorRtBuilder


def test_no_tensorrt(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    with pytest.raises(Unavailable, match="not installed: Python has no module tensorrt; on a Jet"):
        TensorRtBuilder().machine()


def test_tensorrt_without_its_libraries(monkeypatch, tmp_path):
    monkeypatch.delitem(sys.modules, "tensorrt", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "tensorrt.py").write_text("raise ImportError('libnvinfer.so.10: no such file')")
    with pytest.raises(Unavailable, match=r"cannot be loaded: libnvinfer\.so\.10: no such file"):
        TensorRtBuilder().machine()


@pytest.mark.usefixtures("stage")
def test_no_cuda_bindings(monkeypatch):
    monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", None)
    with pytest.raises(Unavailable, match=r"CUDA cannot be reached .* install cuda-bindings of"):
        TensorRtBuilder().machine()


def test_old_cuda_bindings_without_a_driver(stage, monkeypatch):
    """12.8 raises where later ones answer: see tensorrt_facts.json."""

    def count():
        raise RuntimeError("Failed to dlopen libcuda.so.1")

    monkeypatch.setattr(type(stage.cuda), "cudaGetDeviceCount", lambda _: count())
    with pytest.raises(Unavailable, match=r"Failed to dlopen libcuda\.so\.1: no NVIDIA driver"):
        TensorRtBuilder().machine()

"""Fixtures of the TensorRT tests: the runtimes that are played where there is no GPU."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

PLAYED = Path(__file__).parent / "played"


@pytest.fixture(scope="session")
def played() -> ModuleType:
    """The package of played runtimes, with its modules `cuda` and `tensorrt`."""
    if "played" not in sys.modules:
        spec = importlib.util.spec_from_file_location("played", PLAYED / "__init__.py")
        assert spec is not None and spec.loader is not None
        sys.modules["played"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["played"])
        for name in ("cuda", "tensorrt"):
            importlib.import_module(f"played.{name}")
    return sys.modules["played"]


class Stage(NamedTuple):
    """A TensorRT on a CUDA, as our code finds them when it imports them."""

    trt: Any
    cuda: Any


PAIRS = (
    ("8.6.1", "12.8.0"),
    ("10.3.0", "12.9.10"),
    ("10.16.1.11", "13.5.0"),
    ("11.4.0.106", "13.5.0"),
)
"""Versions of TensorRT and of cuda-bindings that are played together."""


@pytest.fixture(params=PAIRS, ids=[trt for trt, _ in PAIRS])
def stage(
    request: pytest.FixtureRequest, played: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    """Each version of TensorRT in turn, played, installed as far as Python can tell."""
    trt_version, cuda_version = request.param
    cuda = played.cuda.PlayedCuda(cuda_version)
    trt = played.tensorrt.PlayedTensorRt(trt_version, cuda)
    monkeypatch.setitem(sys.modules, "tensorrt", trt)
    monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", cuda)
    return Stage(trt, cuda)

"""A builder that runs on every machine: its plan is the graph as ONNX Runtime optimised it here.

It gains a user nothing to speak of (15 ms of a start, docs/LOG.md), so it is one of the tests
only, which build, keep, exchange and lose real plans with it. Load it by path.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

import onnxruntime

from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.engines.builder import Say
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.sidecar import Sidecar

KIND = "onnx-optimised"
_ERRORS_ONLY = 3
_UNKNOWN_FIELD = b"\xc2\x3e\x08"
"""Protobuf: field 1000, eight bytes."""


class OptimisedBuilder:
    """Plans of this ONNX Runtime for this processor."""

    kind = KIND

    def __init__(self, threads: int = 1) -> None:
        """`threads` are those of the engines."""
        self._threads = threads

    def machine(self) -> Mapping[str, str]:
        """The optimised graph holds kernels chosen for the processor."""
        about = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        told = {key.strip(): value for key, _, value in (line.partition(":") for line in about)}
        return {
            "onnxruntime": onnxruntime.__version__,
            "processor": told.get("model name", "unknown").strip(),
            "flags": hashlib.sha256(told.get("flags", "").encode()).hexdigest()[:16],
        }

    def build(self, sidecar: Sidecar, content: bytes, timing_cache: Path | None, say: Say) -> bytes:
        """The optimised graph; there is no timing to keep."""
        del timing_cache
        say(f"optimising {sidecar.name}")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plan.onnx"
            options.optimized_model_filepath = str(path)
            onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            # like TensorRT's, no two plans are the same; readers pass over a field they do not know
            return path.read_bytes() + _UNKNOWN_FIELD + secrets.token_bytes(_UNKNOWN_FIELD[-1])

    def open(self, sidecar: Sidecar, plan: bytes) -> Engine:
        """An engine of the optimised graph."""
        engine = OnnxEngine(sidecar, plan, self._threads)
        engine.name = f"optimised, {engine.name}"
        return engine

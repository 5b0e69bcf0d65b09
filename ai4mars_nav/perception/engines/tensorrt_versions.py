"""Where TensorRT 8.6, 10 and 11 differ: every use of a name that one of them lacks stands here."""

from __future__ import annotations

from ai4mars_nav.perception.engines import tensorrt_api as api
from ai4mars_nav.perception.engines.tensorrt_module import TensorRt
from ai4mars_nav.perception.sidecar import EXACT

GUARDED = frozenset(
    {
        "NetworkDefinitionCreationFlag.EXPLICIT_BATCH",
        "NetworkDefinitionCreationFlag.STRONGLY_TYPED",
        "BuilderFlag.FP16",
        "BuilderFlag.INT8",
        "IProgressMonitor",
        "IProgressMonitor.phase_start",
        "IProgressMonitor.step_complete",
        "IProgressMonitor.phase_finish",
        "IBuilderConfig.progress_monitor",
        "ICudaEngine.device_memory_size",
        "ICudaEngine.device_memory_size_v2",
    }
)
"""What is asked for with hasattr before it is used. The contract test holds this to the truth."""


def strongly_typed(trt: TensorRt) -> bool:
    """Whether a network computes in the types of its ONNX file and no flag can change that."""
    return hasattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED")


def network_flags(trt: TensorRt) -> int:
    """Bits for create_network: the batch is a dimension, and types are those of the file."""
    known, flags = trt.NetworkDefinitionCreationFlag, 0
    # 8 and 9 want it; 10 ignores it, 11 has no other way. The numbers change between versions
    if hasattr(known, "EXPLICIT_BATCH"):
        flags |= 1 << int(known.EXPLICIT_BATCH)
    if hasattr(known, "STRONGLY_TYPED"):
        flags |= 1 << int(known.STRONGLY_TYPED)
    return flags


def allow_precision(trt: TensorRt, config: api.IBuilderConfig, precision: str) -> None:
    """Let a weakly typed network use what its ONNX file is written in, and nothing else."""
    if strongly_typed(trt) or precision == EXACT:
        return
    allowed = trt.BuilderFlag
    if precision == "fp16" and hasattr(allowed, "FP16"):
        config.set_flag(allowed.FP16)
    # the ranges are in the file's QDQ nodes: this only lets them be used
    if precision == "int8" and hasattr(allowed, "INT8"):
        config.set_flag(allowed.INT8)


def can_monitor(trt: TensorRt) -> bool:
    """Whether a build tells how far it is."""
    return hasattr(trt, "IProgressMonitor")


def monitor_with(trt: TensorRt, config: api.IBuilderConfig, answers: dict[str, object]) -> None:
    """Have a build call these: phase_start, step_complete and phase_finish, self first."""
    if hasattr(trt, "IProgressMonitor") and hasattr(config, "progress_monitor"):
        config.progress_monitor = type("Progress", (trt.IProgressMonitor,), answers)()


def activation_bytes(engine: api.ICudaEngine) -> int:
    """Device memory that one execution context of the engine takes."""
    # asked for in this order: 10 has both and warns of the old one
    if hasattr(engine, "device_memory_size_v2"):
        return engine.device_memory_size_v2
    return engine.device_memory_size

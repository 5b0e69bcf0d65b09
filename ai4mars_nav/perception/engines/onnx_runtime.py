"""The ONNX Runtime back end, on the CPU."""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import METADATA_KEY, Sidecar

PROVIDERS = ["CPUExecutionProvider"]
_LOAD_ERRORS = (
    runtime_errors.Fail,
    runtime_errors.InvalidArgument,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidProtobuf,
    runtime_errors.NotImplemented,
    runtime_errors.RuntimeException,
)


class OnnxEngine:
    """A network in ONNX Runtime with a stated number of threads."""

    def __init__(self, sidecar: Sidecar, content: bytes, threads: int) -> None:
        """Load a model's bytes; its names and shapes must be the sidecar's."""
        if threads < 1:
            raise ModelError(f"{sidecar.model.file}: threads is {threads}, must be at least 1")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # idle workers must not burn the core that stereo and mapping need
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(content, options, providers=PROVIDERS)
        except _LOAD_ERRORS as error:
            raise ModelError(
                f"{sidecar.model.file}: ONNX Runtime {onnxruntime.__version__} cannot load it: "
                f"{error}"
            ) from error
        _check(session, sidecar)
        self._session: onnxruntime.InferenceSession | None = session
        self._input = sidecar.input.name
        self._outputs = [sidecar.output.name]
        self.model = sidecar.name
        self.input_shape = sidecar.input_shape
        self.output_shape = sidecar.output_shape
        plural = "" if threads == 1 else "s"
        self.name = f"ONNX Runtime {onnxruntime.__version__}, CPU, {threads} thread{plural}"

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Float32 images (1, 1, H, W) to float32 logits (1, 4, rows, cols)."""
        if self._session is None:
            raise ModelError(f"{self.model}: the engine was closed")
        if batch.shape != self.input_shape or batch.dtype != np.float32:
            raise ModelError(
                f"{self.model}: input is {batch.dtype} {batch.shape}, "
                f"must be float32 {self.input_shape}"
            )
        logits: NDArray[np.float32] = self._session.run(self._outputs, {self._input: batch})[0]
        return logits

    def close(self) -> None:
        """Free the session."""
        self._session = None


def _check(session: onnxruntime.InferenceSession, sidecar: Sidecar) -> None:
    """Refuse a network whose metadata, names or shapes are not what the sidecar promises."""
    file = sidecar.model.file
    belongs_to = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if belongs_to is not None and belongs_to != sidecar.name:
        raise ModelError(
            f"{file}: its metadata {METADATA_KEY} is {belongs_to!r}, the sidecar beside it is "
            f"named {sidecar.name!r}; copy model and sidecar again"
        )
    for key, found, name, shape in (
        ("input", session.get_inputs(), sidecar.input.name, sidecar.input_shape),
        ("output", session.get_outputs(), sidecar.output.name, sidecar.output_shape),
    ):
        names = [node.name for node in found]
        if names != [name]:
            raise ModelError(
                f"{file}: its {key}s are {names}, the sidecar's {key}.name is {name!r}"
            )
        if found[0].type != "tensor(float)" or tuple(found[0].shape) != shape:
            raise ModelError(
                f"{file}: {key} {name!r} is {found[0].type} {found[0].shape}, "
                f"the sidecar promises tensor(float) {list(shape)}"
            )

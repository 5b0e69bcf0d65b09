"""The ONNX Runtime back end, on the CPU or through CUDA.

Its options are ONNX Runtime's own but for spinning: all others were measured and gain nothing
here, or cost a lot (docs/LOG.md, Engines).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.promise import (
    Promise,
    Tensor,
    check_batch,
    check_network,
    check_threads,
    threads_in_words,
)
from ai4mars_nav.perception.errors import DeviceLost, ModelError
from ai4mars_nav.perception.sidecar import METADATA_KEY

CPU_PROVIDER, CUDA_PROVIDER = "CPUExecutionProvider", "CUDAExecutionProvider"
_CUDA_OPTIONS: Mapping[str, str] = {
    # fp32 in the file means fp32: TF32 would round it to 10 bits unasked
    "use_tf32": "0",
    # on a Jetson what is taken beyond need is missing elsewhere: the memory is shared
    "arena_extend_strategy": "kSameAsRequested",
}
_ERRORS = (
    runtime_errors.EPFail,
    runtime_errors.Fail,
    runtime_errors.InvalidArgument,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidProtobuf,
    runtime_errors.NotImplemented,
    runtime_errors.RuntimeException,
)


class OnnxEngine:
    """A network in ONNX Runtime with a stated number of threads."""

    def __init__(
        self,
        sidecar: Promise,
        content: bytes,
        threads: int,
        provider: str = CPU_PROVIDER,
        besides: Sequence[Tensor] = (),
    ) -> None:
        """Load a model's bytes; its names and shapes must be the sidecar's.

        `besides` are outputs that it has after the logits: `infer_all` gives them, too.
        Unavailable where ONNX Runtime has not this provider, or the provider no device.
        """
        check_threads(sidecar, threads)
        session = _session(sidecar, content, threads, provider)
        found = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        check_network(
            sidecar,
            found,
            _tensors(session.get_inputs()),
            _tensors(session.get_outputs()),
            besides,
        )
        self._session: onnxruntime.InferenceSession | None = session
        self._provider = provider
        self._input = sidecar.input.name
        self._outputs = [sidecar.output.name, *(one.name for one in besides)]
        self.model = sidecar.name
        self.input_shape = sidecar.input_shape
        self.output_shape = sidecar.output_shape
        where = f"CPU, {threads_in_words(threads)}" if provider == CPU_PROVIDER else "CUDA"
        self.name = f"ONNX Runtime {onnxruntime.__version__}, {where}"

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Float32 images (1, 1, H, W) to float32 logits (1, 4, rows, cols), a new array.

        DeviceLost where the CUDA device fails.
        """
        return self._run(batch, self._outputs[:1])[0]

    def infer_all(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The same with the outputs besides the logits behind them, all new arrays."""
        return self._run(batch, self._outputs)

    def close(self) -> None:
        """Free the session."""
        self._session = None

    def _run(self, batch: NDArray[np.float32], outputs: Sequence[str]) -> list[NDArray[np.float32]]:
        if self._session is None:
            raise ModelError(f"{self.model}: the engine was closed")
        check_batch(self.model, batch, self.input_shape)
        try:
            found: list[NDArray[np.float32]] = self._session.run(outputs, {self._input: batch})
        except _ERRORS as error:
            kind = ModelError if self._provider == CPU_PROVIDER else DeviceLost
            raise kind(f"{self.model}: {self.name} failed on a frame: {error}") from error
        return found


def _session(
    sidecar: Promise, content: bytes, threads: int, provider: str
) -> onnxruntime.InferenceSession:
    """A session on this provider and no other."""
    offered = onnxruntime.get_available_providers()
    if provider not in offered:
        raise Unavailable(
            f"ONNX Runtime {onnxruntime.__version__} here is built without {provider}, only "
            f"with {', '.join(offered)}; on a computer with a CUDA GPU install onnxruntime-gpu "
            "in its place"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # idle workers must not burn the core that stereo and mapping need
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = [(provider, dict(_CUDA_OPTIONS))] if provider == CUDA_PROVIDER else [provider]
    try:
        # by itself it replaces a provider that cannot start, or fails, with the CPU
        session = onnxruntime.InferenceSession(
            content, options, providers=wanted, enable_fallback=0
        )
    except (*_ERRORS, RuntimeError, ValueError) as error:
        kind = ModelError if provider == CPU_PROVIDER else Unavailable
        raise kind(
            f"{sidecar.model.file}: ONNX Runtime {onnxruntime.__version__} cannot load it into "
            f"{provider}: {error}"
        ) from error
    if session.get_providers()[0] != provider:
        raise Unavailable(
            f"ONNX Runtime {onnxruntime.__version__} cannot start {provider}: no device, or no "
            "driver, CUDA or cuDNN that fits; it has written which to the terminal"
        )
    return session


def _tensors(found: list[onnxruntime.NodeArg]) -> list[Tensor]:
    return [
        Tensor(
            node.name, "float32" if node.type == "tensor(float)" else node.type, tuple(node.shape)
        )
        for node in found
    ]

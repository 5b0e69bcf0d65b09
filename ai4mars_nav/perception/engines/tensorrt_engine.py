"""The TensorRT engine: the one way of running a plan, the same on TensorRT 8.6, 10 and 11."""

from __future__ import annotations

import contextlib
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.engines import tensorrt_api as api
from ai4mars_nav.perception.engines.cuda import Lane, find_device
from ai4mars_nav.perception.engines.cuda_api import CudaRuntime
from ai4mars_nav.perception.engines.tensorrt_listener import Listener
from ai4mars_nav.perception.engines.tensorrt_module import TensorRt
from ai4mars_nav.perception.engines.tensorrt_versions import activation_bytes
from ai4mars_nav.perception.errors import DeviceLost, ModelError
from ai4mars_nav.perception.sidecar import Sidecar

_MIB = 1 << 20


class TensorRtEngine:
    """A plan on the GPU. All its memory is taken here, once, and given back by `close`."""

    def __init__(self, sidecar: Sidecar, plan: bytes, trt: TensorRt, cuda: CudaRuntime) -> None:
        """Load a plan that this TensorRT built on this GPU of the sidecar's model.

        Unavailable where memory or device cannot be had, ModelError where the plan is not what
        the sidecar promises; nothing is held then.
        """
        self.model = sidecar.name
        self.input_shape = sidecar.input_shape
        self.output_shape = sidecar.output_shape
        device = find_device(cuda)
        self._listener = Listener(trt)
        self._lost = ""
        with ExitStack() as held:
            lane = Lane(cuda)
            held.callback(lane.close)
            engine = _loaded(trt, self._listener, self.model, plan)
            _check(trt, engine, sidecar)
            activations = activation_bytes(engine)
            context = engine.create_execution_context()
            if context is None:
                what = f"{self.model}: TensorRT makes no execution context"
                raise self._listener.failure(what, activations)
            self._input, self._output = (
                lane.pinned(self.input_shape),
                lane.pinned(self.output_shape),
            )
            self._device_input = lane.device(self._input.nbytes)
            self._device_output = lane.device(self._output.nbytes)
            _accepted(context.set_input_shape(sidecar.input.name, self.input_shape), self.model)
            for name, address in (
                (sidecar.input.name, self._device_input),
                (sidecar.output.name, self._device_output),
            ):
                _accepted(context.set_tensor_address(name, address), self.model)
            self._held = held.pop_all()
        self._lane = lane
        self._context: api.IExecutionContext | None = context
        # the weights take about as much on the device as in the plan
        self.device_bytes = len(plan) + activations + lane.device_bytes
        """Device memory that this engine takes: weights, activations, input and output."""
        self.name = (
            f"TensorRT {trt.__version__}, {device.name}, {sidecar.precision}, "
            f"{self.device_bytes / _MIB:.1f} MiB of its memory"
        )

    def infer(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Float32 images (1, 1, H, W) to float32 logits (1, 4, rows, cols); DeviceLost if it fails.

        A device that was lost once stays lost for this engine.
        """
        if self._context is None:
            raise ModelError(f"{self.model}: the engine was closed")
        if batch.shape != self.input_shape or batch.dtype != np.float32:
            raise ModelError(
                f"{self.model}: input is {batch.dtype} {batch.shape}, "
                f"must be float32 {self.input_shape}"
            )
        if self._lost:
            raise DeviceLost(self._lost)
        np.copyto(self._input, batch)
        try:
            self._run(self._context)
        except DeviceLost as error:
            self._lost = f"{self.model}: the GPU failed: {error}"
            raise DeviceLost(self._lost) from error
        # the pinned array is written again by the next frame and gone after close
        return self._output.copy()

    def close(self) -> None:
        """Free the context, all buffers and the stream; DeviceLost if the device refuses."""
        if self._context is None:
            return
        self._context = None
        del self._input, self._output
        # a lost device refuses to free anything, and was told of when it was lost
        with contextlib.suppress(*((DeviceLost,) if self._lost else ())):
            self._held.close()

    def _run(self, context: api.IExecutionContext) -> None:
        """Pinned input to pinned output."""
        self._lane.upload(self._input, self._device_input)
        if not context.execute_async_v3(int(self._lane.stream)):
            raise DeviceLost(f"TensorRT could not run: {self._listener.said()}")
        self._lane.download(self._device_output, self._output)
        self._lane.wait()


def _loaded(trt: TensorRt, listener: Listener, model: str, plan: bytes) -> api.ICudaEngine:
    """The engine of a plan."""
    runtime = listener.started("runtime", lambda: trt.Runtime(listener.logger))
    engine = runtime.deserialize_cuda_engine(plan)
    if engine is None:
        what = f"{model}: TensorRT {trt.__version__} cannot load the plan of {len(plan)} bytes"
        raise listener.failure(what, len(plan))
    return engine


def _check(trt: TensorRt, engine: api.ICudaEngine, sidecar: Sidecar) -> None:
    """Refuse a plan whose inputs and outputs are not what the sidecar promises."""
    mode = trt.TensorIOMode
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    for key, way, name, shape in (
        ("input", mode.INPUT, sidecar.input.name, sidecar.input_shape),
        ("output", mode.OUTPUT, sidecar.output.name, sidecar.output_shape),
    ):
        found = [each for each in names if engine.get_tensor_mode(each) == way]
        if found != [name]:
            raise ModelError(
                f"{sidecar.name}: the {key}s of the plan are {found}, the sidecar's {key}.name is "
                f"{name!r}; build it again"
            )
        size, kind = tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name)
        if size != shape or kind != trt.DataType.FLOAT:
            raise ModelError(
                f"{sidecar.name}: the plan's {key} {name!r} is {kind} {size}, the sidecar promises "
                f"float32 {shape}; build it again"
            )


def _accepted(answer: bool, model: str) -> None:
    if not answer:
        raise ModelError(
            f"{model}: TensorRT takes neither the shapes nor the buffers of its own plan"
        )

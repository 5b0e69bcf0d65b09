"""CUDA through cuda-bindings: the device, and a lane of copies; each error in words."""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.perception.engines.builder import Unavailable
from ai4mars_nav.perception.engines.cuda_api import CudaRuntime, Error, Failed
from ai4mars_nav.perception.errors import DeviceLost

FIRST = 0
"""The only device used; CUDA_VISIBLE_DEVICES says which one is the first."""
ADVICE = {
    "cudaErrorInsufficientDriver": "no NVIDIA driver, or one too old for this cuda-bindings",
    "cudaErrorNoDevice": "no NVIDIA GPU can be seen; look at CUDA_VISIBLE_DEVICES",
    "cudaErrorMemoryAllocation": "the device is out of memory; end what else runs on it",
    "cudaErrorSystemDriverMismatch": "the driver was exchanged while it runs; restart the machine",
    "cudaErrorIllegalAddress": "a kernel reached outside its memory; only a new process can go on",
    "cudaErrorLaunchFailure": "a kernel crashed; only a new process can go on",
    "cudaErrorECCUncorrectable": "the device's memory is faulty",
}
Value = TypeVar("Value")


class Device(NamedTuple):
    """A GPU: its name, and its compute capability as 8.7."""

    name: str
    capability: str


def load_cuda() -> CudaRuntime:
    """The CUDA runtime of cuda-bindings; Unavailable where that is missing."""
    try:
        return cast(CudaRuntime, importlib.import_module("cuda.bindings.runtime"))
    except ImportError as error:
        raise Unavailable(
            f"CUDA cannot be reached from Python: {error}; install cuda-bindings of the driver's "
            "CUDA version, for example pip install 'cuda-bindings==12.*'"
        ) from error


def find_device(cuda: CudaRuntime) -> Device:
    """The first device; Unavailable where there is no driver or no device."""
    what = "counting the CUDA devices"
    try:
        count = _claimed(cuda, what, cuda.cudaGetDeviceCount())
    except RuntimeError as error:
        # so cuda-bindings before 12.9 tell that there is no driver, at whatever is called first
        raise Unavailable(f"{what}: {error}: no NVIDIA driver") from error
    if count < 1:
        raise Unavailable("the NVIDIA driver knows no GPU; look at CUDA_VISIBLE_DEVICES")
    found = _claimed(cuda, "asking the GPU for its name", cuda.cudaGetDeviceProperties(FIRST))
    return Device(found.name.decode(), f"{found.major}.{found.minor}")


class Lane:
    """A stream of the device and the memory that its copies go between, all freed together.

    Memory and stream that cannot be had are Unavailable; what fails later is DeviceLost.
    """

    def __init__(self, cuda: CudaRuntime) -> None:
        self._cuda = cuda
        self.device_bytes = 0
        """Device memory taken so far."""
        with ExitStack() as held:
            self.stream = _claimed(
                cuda, "making a stream", cuda.cudaStreamCreateWithFlags(cuda.cudaStreamNonBlocking)
            )
            held.callback(self._free, "ending a stream", cuda.cudaStreamDestroy, self.stream)
            # waiting must not burn the core that stereo and mapping need
            waiting = cuda.cudaEventBlockingSync | cuda.cudaEventDisableTiming
            self._done = _claimed(cuda, "making an event", cuda.cudaEventCreateWithFlags(waiting))
            held.callback(self._free, "ending an event", cuda.cudaEventDestroy, self._done)
            self._held = held.pop_all()

    def device(self, size: int) -> int:
        """The address of `size` new bytes on the device."""
        what = f"taking {size} bytes of device memory, {self.device_bytes} bytes taken before"
        address = _claimed(self._cuda, what, self._cuda.cudaMalloc(size))
        self._held.callback(self._free, "freeing device memory", self._cuda.cudaFree, address)
        self.device_bytes += size
        return address

    def pinned(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """A new float32 array in page-locked host memory; not to be used after `close`."""
        count = int(np.prod(shape))
        size = count * np.dtype(np.float32).itemsize
        what = f"taking {size} bytes of page-locked host memory"
        address = _claimed(self._cuda, what, self._cuda.cudaMallocHost(size))
        self._held.callback(self._free, "freeing host memory", self._cuda.cudaFreeHost, address)
        return np.ctypeslib.as_array((ctypes.c_float * count).from_address(address)).reshape(shape)

    def upload(self, array: NDArray[np.float32], to: int) -> None:
        """Begin to copy a pinned array to the device."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        answer = self._cuda.cudaMemcpyAsync(to, array.ctypes.data, array.nbytes, kind, self.stream)
        _lost(self._cuda, "copying to the device", answer)

    def download(self, source: int, array: NDArray[np.float32]) -> None:
        """Begin to copy from the device into a pinned array."""
        kind = self._cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        answer = self._cuda.cudaMemcpyAsync(
            array.ctypes.data, source, array.nbytes, kind, self.stream
        )
        _lost(self._cuda, "copying from the device", answer)

    def wait(self) -> None:
        """Until all that was begun is done. What failed on the device is told here."""
        marked = self._cuda.cudaEventRecord(self._done, self.stream)
        _lost(self._cuda, "marking the end of a frame", marked)
        _lost(self._cuda, "waiting for the device", self._cuda.cudaEventSynchronize(self._done))

    def close(self) -> None:
        """Give everything back, as much as the device takes; DeviceLost if it refused any."""
        self._held.close()

    def _free(self, what: str, free: Callable[[Value], Failed], held: Value) -> None:
        _lost(self._cuda, what, free(held))


def _claimed(cuda: CudaRuntime, what: str, answer: tuple[Error, Value]) -> Value:
    """The result of a call that takes or asks something."""
    error, value = answer
    if error != cuda.cudaError_t.cudaSuccess:
        raise Unavailable(_words(cuda, what, error))
    return value


def _lost(cuda: CudaRuntime, what: str, answer: Failed) -> None:
    """Nothing, or the end of the device."""
    if answer[0] != cuda.cudaError_t.cudaSuccess:
        raise DeviceLost(_words(cuda, what, answer[0]))


def _words(cuda: CudaRuntime, what: str, error: Error) -> str:
    """What failed, CUDA's name for it and its own words, and what to do."""
    name, meaning = cuda.cudaGetErrorName(error)[1], cuda.cudaGetErrorString(error)[1]
    advice = ADVICE.get(name.decode())
    return f"{what}: {name.decode()} ({meaning.decode()})" + (f": {advice}" if advice else "")

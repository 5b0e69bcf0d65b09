"""What we use of `cuda.bindings.runtime` (cuda-bindings 12 and 13), as types and nothing else.

The wheel carries no types, and mypy has to hold without it. A call answers with its error and then
its results, which are None where the error is not cudaSuccess. `tools/tensorrt_contract.py` proves
each name against the real wheels.
"""

from __future__ import annotations

from typing import Protocol, SupportsInt


class cudaError_t(Protocol):
    """How a call ended."""

    name: str


class cudaDeviceProp(Protocol):
    """A device in its own words; compute capability is major.minor."""

    name: bytes
    major: int
    minor: int


class cudaMemcpyKind(Protocol):
    """The direction of a copy."""

    cudaMemcpyHostToDevice: cudaMemcpyKind
    cudaMemcpyDeviceToHost: cudaMemcpyKind


Kind = cudaMemcpyKind
Failed = tuple[cudaError_t]
Stream = SupportsInt
"""A cudaStream_t; its number is the handle that TensorRT wants."""


class CudaRuntime(Protocol):
    """The module. Sizes are bytes, addresses whole numbers."""

    cudaMemcpyKind: Kind
    cudaStreamNonBlocking: int
    cudaEventBlockingSync: int
    cudaEventDisableTiming: int

    def cudaGetErrorString(self, error: cudaError_t, /) -> tuple[cudaError_t, bytes]: ...
    def cudaGetDeviceCount(self) -> tuple[cudaError_t, int]: ...
    def cudaGetDeviceProperties(self, device: int, /) -> tuple[cudaError_t, cudaDeviceProp]: ...
    def cudaMalloc(self, size: int, /) -> tuple[cudaError_t, int]: ...
    def cudaFree(self, address: int, /) -> Failed: ...
    def cudaMallocHost(self, size: int, /) -> tuple[cudaError_t, int]: ...
    def cudaFreeHost(self, address: int, /) -> Failed: ...
    def cudaStreamCreateWithFlags(self, flags: int, /) -> tuple[cudaError_t, Stream]: ...
    def cudaStreamDestroy(self, stream: Stream, /) -> Failed: ...
    def cudaEventCreateWithFlags(self, flags: int, /) -> tuple[cudaError_t, object]: ...
    def cudaEventDestroy(self, event: object, /) -> Failed: ...
    def cudaEventRecord(self, event: object, stream: Stream, /) -> Failed: ...
    def cudaEventSynchronize(self, event: object, /) -> Failed: ...
    def cudaMemcpyAsync(
        self, to: int, source: int, size: int, kind: Kind, stream: Stream, /
    ) -> Failed: ...

"""What we use of `cuda.bindings.runtime` (cuda-bindings 12 and 13), as types and nothing else.

The wheel carries no types, and mypy has to hold without it. A call answers with its error and then
its results, which are None where the error is not cudaSuccess. `tools/tensorrt_contract.py` proves
each name against the real wheels.
"""

from __future__ import annotations

from typing import Protocol, SupportsInt


class cudaError_t(Protocol):
    """How a call ended: cudaSuccess, one of those that we have advice for, or any other."""

    cudaSuccess: Error
    cudaErrorMemoryAllocation: Error
    cudaErrorInsufficientDriver: Error
    cudaErrorNoDevice: Error
    cudaErrorECCUncorrectable: Error
    cudaErrorIllegalAddress: Error
    cudaErrorLaunchFailure: Error
    cudaErrorSystemDriverMismatch: Error


class cudaDeviceProp(Protocol):
    """A device in its own words; compute capability is major.minor."""

    name: bytes
    major: int
    minor: int


class cudaMemcpyKind(Protocol):
    """The direction of a copy."""

    cudaMemcpyHostToDevice: cudaMemcpyKind
    cudaMemcpyDeviceToHost: cudaMemcpyKind


Error = cudaError_t
Kind = cudaMemcpyKind
Failed = tuple[Error]
Stream = SupportsInt
"""A cudaStream_t; its number is the handle that TensorRT wants."""


class CudaRuntime(Protocol):
    """The module. Sizes are bytes, addresses whole numbers."""

    cudaError_t: Error
    cudaMemcpyKind: Kind
    cudaStreamNonBlocking: int
    cudaEventBlockingSync: int
    cudaEventDisableTiming: int

    def cudaGetErrorName(self, error: Error, /) -> tuple[Error, bytes]: ...
    def cudaGetErrorString(self, error: Error, /) -> tuple[Error, bytes]: ...
    def cudaGetDeviceCount(self) -> tuple[Error, int]: ...
    def cudaGetDeviceProperties(self, device: int, /) -> tuple[Error, cudaDeviceProp]: ...
    def cudaMalloc(self, size: int, /) -> tuple[Error, int]: ...
    def cudaFree(self, address: int, /) -> Failed: ...
    def cudaMallocHost(self, size: int, /) -> tuple[Error, int]: ...
    def cudaFreeHost(self, address: int, /) -> Failed: ...
    def cudaStreamCreateWithFlags(self, flags: int, /) -> tuple[Error, Stream]: ...
    def cudaStreamDestroy(self, stream: Stream, /) -> Failed: ...
    def cudaEventCreateWithFlags(self, flags: int, /) -> tuple[Error, object]: ...
    def cudaEventDestroy(self, event: object, /) -> Failed: ...
    def cudaEventRecord(self, event: object, stream: Stream, /) -> Failed: ...
    def cudaEventSynchronize(self, event: object, /) -> Failed: ...
    def cudaMemcpyAsync(
        self, to: int, source: int, size: int, kind: Kind, stream: Stream, /
    ) -> Failed: ...

"""A CUDA runtime without a GPU: memory, copies and events as CUDA has them, failures on demand.

What is begun on a stream is done when somebody waits for it, never before: a result that is read
too early is not there. Device addresses are numbers that mean nothing to the host.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable
from typing import Any

from . import FACTS, Played, enum

OK = "cudaSuccess"
NAME, CAPABILITY = b"Played GPU", (8, 7)


class _Stream:
    def __init__(self, number: int) -> None:
        self.number, self.begun = number, list[Callable[[], None]]()

    def __int__(self) -> int:
        return self.number


class PlayedCuda(Played):
    """The module `cuda.bindings.runtime` of one version."""

    def __init__(self, version: str, devices: int = 1, memory: int = 1 << 30) -> None:
        self._names = FACTS["cuda"][version]["names"]
        self._devices, self._free = devices, memory
        self._calls: Counter[str] = Counter()
        self._fails: dict[str, str] = {}
        """Error by the name of the call that ends with it, each time or (`name 3`) its third."""
        self._dead = ""
        """The error that every call has ended with since the device was lost."""
        self._memory: dict[int, bytearray] = {}
        self._pinned: dict[int, Any] = {}
        self._streams: dict[int, _Stream] = {}
        self._events: dict[int, _Stream | None] = {}
        self._next = 0x1000
        self.cudaError_t = enum(self._names, "cudaError_t")
        self.cudaMemcpyKind = enum(self._names, "cudaMemcpyKind")
        for flag in ("cudaStreamNonBlocking", "cudaEventBlockingSync", "cudaEventDisableTiming"):
            setattr(self, flag, self._names[flag]["value"])

    def cudaGetErrorName(self, error: Any) -> Any:
        return self._ok(), error.name.split(".")[1].encode()

    def cudaGetErrorString(self, error: Any) -> Any:
        return self._ok(), f"words for {int(error)}".encode()

    def cudaGetDeviceCount(self) -> Any:
        return self._answer("cudaGetDeviceCount", lambda: self._devices)

    def cudaGetDeviceProperties(self, device: int) -> Any:
        found = type("P", (Played,), {"_kind": "cudaDeviceProp", "_names": self._names})()
        found.name, (found.major, found.minor) = NAME, CAPABILITY
        assert device < self._devices
        return self._answer("cudaGetDeviceProperties", lambda: found)

    def cudaMalloc(self, size: int) -> Any:
        if size > self._free:
            return self.cudaError_t.cudaErrorMemoryAllocation, None
        return self._answer("cudaMalloc", lambda: self._take(size))

    def cudaFree(self, address: int) -> Any:
        return self._answer("cudaFree", lambda: self._give_back(address))[:1]

    def cudaMallocHost(self, size: int) -> Any:
        return self._answer("cudaMallocHost", lambda: self._pin(size))

    def cudaFreeHost(self, address: int) -> Any:
        return self._answer("cudaFreeHost", lambda: self._pinned.pop(address))[:1]

    def cudaStreamCreateWithFlags(self, flags: int) -> Any:
        assert flags == self.cudaStreamNonBlocking
        return self._answer("cudaStreamCreateWithFlags", self._new_stream)

    def cudaStreamDestroy(self, stream: _Stream) -> Any:
        return self._answer("cudaStreamDestroy", lambda: self._streams.pop(int(stream)))[:1]

    def cudaEventCreateWithFlags(self, flags: int) -> Any:
        assert flags == self.cudaEventBlockingSync | self.cudaEventDisableTiming
        return self._answer("cudaEventCreateWithFlags", self._new_event)

    def cudaEventDestroy(self, event: int) -> Any:
        return self._answer("cudaEventDestroy", lambda: self._events.pop(event))[:1]

    def cudaEventRecord(self, event: int, stream: _Stream) -> Any:
        return self._answer("cudaEventRecord", lambda: self._events.update({event: stream}))[:1]

    def cudaEventSynchronize(self, event: int) -> Any:
        return self._answer("cudaEventSynchronize", lambda: self._run(self._events[event]))[:1]

    def cudaMemcpyAsync(self, to: int, source: int, size: int, kind: Any, stream: _Stream) -> Any:
        copy = {
            self.cudaMemcpyKind.cudaMemcpyHostToDevice: self._upload,
            self.cudaMemcpyKind.cudaMemcpyDeviceToHost: self._download,
        }[kind]
        begun = self._streams[int(stream)].begun
        return self._answer(
            "cudaMemcpyAsync", lambda: begun.append(lambda: copy(to, source, size))
        )[:1]

    def _ok(self) -> Any:
        return self.cudaError_t.cudaSuccess

    def _answer(self, call: str, do: Callable[[], Any]) -> Any:
        """Do it, or fail; a device that failed at work fails at everything from then on."""
        self._calls[call] += 1
        this = self._fails.get(f"{call} {self._calls[call]}", OK)
        error = self._dead or self._fails.get(call, this)
        if error != OK:
            return getattr(self.cudaError_t, error), None
        return self._ok(), do()

    def _take(self, size: int) -> int:
        self._next += 0x1000
        self._memory[self._next] = bytearray(size)
        self._free -= size
        return self._next

    def _give_back(self, address: int) -> None:
        self._free += len(self._memory.pop(address))

    def _pin(self, size: int) -> int:
        block = (ctypes.c_char * size)()
        self._pinned[ctypes.addressof(block)] = block
        return ctypes.addressof(block)

    def _new_stream(self) -> _Stream:
        self._next += 1
        self._streams[self._next] = _Stream(self._next)
        return self._streams[self._next]

    def _new_event(self) -> int:
        self._next += 1
        self._events[self._next] = None
        return self._next

    def _run(self, stream: _Stream | None) -> None:
        assert stream is not None, "waited for an event that was never recorded"
        for work in stream.begun:
            work()
        stream.begun.clear()

    def _upload(self, to: int, source: int, size: int) -> None:
        assert size <= len(self._memory[to]), "a copy beyond its device memory"
        self._memory[to][:size] = bytes(self._pinned[source])[:size]

    def _download(self, to: int, source: int, size: int) -> None:
        assert size <= len(self._pinned[to]), "a copy beyond its host memory"
        ctypes.memmove(to, bytes(self._memory[source])[:size], size)

    def _held(self) -> dict[str, int]:
        """How much of each kind is taken and not given back."""
        kinds = {"device": self._memory, "host": self._pinned, "streams": self._streams}
        return {kind: len(held) for kind, held in {**kinds, "events": self._events}.items()}

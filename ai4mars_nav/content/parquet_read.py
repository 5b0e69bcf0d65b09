"""Reads back what `parquet.py` writes: plain columns in gzip, one row group, one page each.

A file that is anything else is refused, in words: other tools write more of the format than this.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError

_MAGIC = b"PAR1"
_BOOLEAN, _INT32, _FLOAT, _BYTES = 0, 1, 4, 6
_GZIP = 2
_LARGEST = 1 << 30
"""Bytes of the largest column that is unpacked."""


@dataclass(frozen=True)
class Texts:
    """Texts as they lie in the file; decoded one by one."""

    raw: bytes
    start: NDArray[np.int64]
    """(n + 1,) where each begins, its length of four bytes before it."""

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, row: int) -> str:
        return self.raw[int(self.start[row]) : int(self.start[row + 1]) - 4].decode()


@dataclass(frozen=True)
class Parquet:
    """The columns of a file that were asked for."""

    rows: int
    texts: dict[str, Texts]
    numbers: dict[str, NDArray[Any]]


def read_parquet(path: Path, wanted: Collection[str]) -> Parquet:
    """The wanted columns of a file, as far as it has them."""
    try:
        return _read(path.read_bytes(), wanted)
    except (OSError, zlib.error, KeyError, IndexError, ValueError, TypeError) as error:
        raise ContentError(f"{path}: cannot be read as a table of classes: {error}") from error


def _read(raw: bytes, wanted: Collection[str]) -> Parquet:
    if len(raw) < 12 or raw[:4] != _MAGIC or raw[-4:] != _MAGIC:
        raise ValueError("not a whole Parquet file")
    size = int.from_bytes(raw[-8:-4], "little")
    footer = _Compact(raw, len(raw) - 8 - size).struct()
    leaves = footer[2][1:]
    if len(footer[4]) != 1:
        raise ValueError(f"{len(footer[4])} row groups, one is read here")
    rows, chunks = footer[3], footer[4][0][1]
    texts: dict[str, Texts] = {}
    numbers: dict[str, NDArray[Any]] = {}
    for leaf, chunk in zip(leaves, chunks, strict=True):
        name = leaf[4].decode()
        if name not in wanted:
            continue
        content, kind = _page(raw, chunk[3], rows), leaf[1]
        if kind == _BYTES:
            start = np.zeros(rows + 1, np.int64)
            if not _text_starts(np.frombuffer(content, np.uint8), start):
                raise ValueError(f"column {name}: lengths that do not fit its bytes")
            texts[name] = Texts(content, start)
        elif kind == _BOOLEAN:
            bits = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
            numbers[name] = bits[:rows].astype(bool)
        elif kind in (_INT32, _FLOAT):
            numbers[name] = np.frombuffer(content, "<i4" if kind == _INT32 else "<f4")
        else:
            raise ValueError(f"column {name}: type {kind} is not read here")
        if name in numbers and len(numbers[name]) != rows:
            raise ValueError(f"column {name}: {len(numbers[name])} values of {rows}")
    return Parquet(rows, texts, numbers)


def _page(raw: bytes, about: dict[int, Any], rows: int) -> bytes:
    """The plain bytes of a column's only page."""
    page = _Compact(raw, about[9])
    head = page.struct()
    if about[4] != _GZIP or head[1] != 0 or head[5][1] != rows or head[5][2] != 0:
        raise ValueError("a column that is not one plain page in gzip")
    if head[2] > _LARGEST:
        raise ValueError(f"a column of {head[2]} bytes")
    unpack = zlib.decompressobj(wbits=31)
    content = unpack.decompress(raw[page.at : page.at + head[3]], head[2] + 1)
    if len(content) != head[2]:
        raise ValueError(f"a page of {len(content)} bytes, {head[2]} were announced")
    return content


@numba.njit(cache=True)
def _text_starts(raw: NDArray[np.uint8], start: NDArray[np.int64]) -> bool:
    """Fill `start` with where each text begins, four bytes after its length; whether all fits."""
    at = np.int64(0)
    for row in range(start.shape[0] - 1):
        if at + 4 > raw.shape[0]:
            return False
        size = (
            np.int64(raw[at]) | np.int64(raw[at + 1]) << 8
            | np.int64(raw[at + 2]) << 16 | np.int64(raw[at + 3]) << 24
        )  # fmt: skip
        start[row] = at + 4
        at += 4 + size
    start[-1] = at + 4
    fits: bool = at == raw.shape[0]
    return fits


class _Compact:
    """Thrift's compact protocol, read from a place in a file."""

    def __init__(self, raw: bytes, at: int) -> None:
        if at < 0:
            raise ValueError("a footer that is longer than the file")
        self.raw, self.at = raw, at

    def struct(self) -> dict[int, Any]:
        """Values by their field numbers."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self.raw[self.at]:
            self.at += 1
            number += head >> 4
            fields[number] = self._value(head & 15)
        self.at += 1
        return fields

    def _value(self, kind: int) -> Any:
        if kind in (5, 6):
            number = self._varint()
            return (number >> 1) ^ -(number & 1)
        if kind == 8:
            size = self._varint()
            self.at += size
            return self.raw[self.at - size : self.at]
        if kind == 9:
            head = self.raw[self.at]
            self.at += 1
            size = head >> 4 if head >> 4 < 15 else self._varint()
            if size > len(self.raw):
                raise ValueError("a list that is longer than the file")
            return [self._value(head & 15) for _ in range(size)]
        if kind == 12:
            return self.struct()
        raise ValueError(f"a value of type {kind}")

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self.raw[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number
            if shift > 63:
                raise ValueError("a number without an end")

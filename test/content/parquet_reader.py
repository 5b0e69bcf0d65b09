"""A reader of what `content/parquet.py` writes, from the format's own description.

Byte by byte, and not with the writer's code: it knows the few things that are written there, and
fails on anything else.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np


class Compact:
    """Thrift's compact protocol, read from a place in a file."""

    def __init__(self, raw: bytes, at: int) -> None:
        self.raw, self.at = raw, at

    def varint(self) -> int:
        number = shift = 0
        while True:
            byte = self.raw[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def value(self, kind: int) -> Any:
        if kind in (5, 6):
            number = self.varint()
            return (number >> 1) ^ -(number & 1)
        if kind == 8:
            size = self.varint()
            self.at += size
            return self.raw[self.at - size : self.at]
        if kind == 9:
            head = self.raw[self.at]
            self.at += 1
            size = head >> 4 if head >> 4 < 15 else self.varint()
            return [self.value(head & 15) for _ in range(size)]
        assert kind == 12, f"a value of type {kind}"
        return self.struct()

    def struct(self) -> dict[int, Any]:
        fields: dict[int, Any] = {}
        number = 0
        while head := self.raw[self.at]:
            self.at += 1
            number += head >> 4
            fields[number] = self.value(head & 15)
        self.at += 1
        return fields


def read_parquet(path: Path) -> dict[str, list[Any]]:
    """The columns of a file, as lists."""
    raw = path.read_bytes()
    assert raw[:4] == raw[-4:] == b"PAR1"
    size = int.from_bytes(raw[-8:-4], "little")
    footer = Compact(raw, len(raw) - 8 - size).struct()
    root, *leaves = footer[2]
    (group,) = footer[4]
    assert root[5] == len(leaves) == len(group[1]) and group[3] == footer[3]
    return {
        leaf[4].decode(): _column(raw, chunk[3], leaf, footer[3])
        for leaf, chunk in zip(leaves, group[1], strict=True)
    }


def _column(raw: bytes, about: dict[int, Any], leaf: dict[int, Any], rows: int) -> list[Any]:
    page = Compact(raw, about[9])
    head = page.struct()
    assert head[1] == 0 and head[5][1] == about[5] == rows and about[1] == leaf[1]
    content = gzip.decompress(raw[page.at : page.at + head[3]])
    assert len(content) == head[2] and page.at + head[3] - about[9] == about[7]
    if leaf[1] == 0:
        bits = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
        return [bool(bit) for bit in bits[:rows]]
    if leaf[1] in (1, 4):
        return np.frombuffer(content, {1: "<i4", 4: "<f4"}[leaf[1]]).tolist()
    words, at = [], 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "little")
        words.append(content[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return words

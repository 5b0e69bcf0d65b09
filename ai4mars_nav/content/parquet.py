"""Tables as Parquet files: required columns of texts, numbers and truths, one row group each.

The library that everybody reads Parquet with is 130 MB to install; what is written here is a small
part of the format (plain values in gzip, pages of version 1), which all readers know.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.thrift import Value, array, i32, i64, struct, text
from ai4mars_nav.dataset.images import write_atomically

Texts = Sequence[str]
Numbers = NDArray[np.generic]

_MAGIC = b"PAR1"
_BOOLEAN, _INT32, _FLOAT, _BYTES = 0, 1, 4, 6
_UTF8 = 0
_REQUIRED = 0
_PLAIN, _RLE = 0, 3
_GZIP = 2
_DATA_PAGE = 0


@dataclass(frozen=True)
class _Column:
    """A column in plain encoding."""

    name: str
    kind: int
    raw: bytes


def write_parquet(path: Path, columns: Mapping[str, Texts | Numbers]) -> None:
    """Write columns of one length, whole or not at all."""
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise ContentError(f"{path}: columns of {sorted(lengths)} rows, they must have one length")
    rows = lengths.pop()
    out = bytearray(_MAGIC)
    chunks, total = [], 0
    for name, values in columns.items():
        column = _encoded(name, values)
        page = gzip.compress(column.raw, compresslevel=6, mtime=0)
        head = _page_header(rows, len(column.raw), len(page))
        sizes = len(head) + len(column.raw), len(head) + len(page)
        chunks.append(_chunk(column, rows, sizes, len(out)))
        out += head + page
        total += sizes[0]
    footer = _footer([_encoded(name, values[:0]) for name, values in columns.items()], rows,
                     struct({1: array(chunks), 2: i64(total), 3: i64(rows)}))  # fmt: skip
    out += footer + len(footer).to_bytes(4, "little") + _MAGIC
    write_atomically(path, lambda part: part.write_bytes(bytes(out)))


def _encoded(name: str, values: Texts | Numbers) -> _Column:
    if not isinstance(values, np.ndarray):
        encoded = (word.encode() for word in values)
        raw = b"".join(len(word).to_bytes(4, "little") + word for word in encoded)
        return _Column(name, _BYTES, raw)
    if values.dtype == np.bool_:
        truths = np.packbits(values.astype(np.bool_), bitorder="little")
        return _Column(name, _BOOLEAN, truths.tobytes())
    kinds = {"int32": _INT32, "float32": _FLOAT}
    if values.dtype.name not in kinds:
        raise ContentError(f"column {name}: {values.dtype} is not written here")
    return _Column(
        name, kinds[values.dtype.name], values.astype(values.dtype.newbyteorder("<")).tobytes()
    )


def _page_header(rows: int, plain: int, packed: int) -> bytes:
    about = struct({1: i32(rows), 2: i32(_PLAIN), 3: i32(_RLE), 4: i32(_RLE)})
    return struct({1: i32(_DATA_PAGE), 2: i32(plain), 3: i32(packed), 5: about}).raw


def _chunk(column: _Column, rows: int, sizes: tuple[int, int], at: int) -> Value:
    about = struct(
        {
            1: i32(column.kind),
            2: array([i32(_PLAIN), i32(_RLE)]),
            3: array([text(column.name)]),
            4: i32(_GZIP),
            5: i64(rows),
            6: i64(sizes[0]),
            7: i64(sizes[1]),
            9: i64(at),
        }
    )
    return struct({2: i64(at), 3: about})


def _footer(columns: Sequence[_Column], rows: int, group: Value) -> bytes:
    root = struct({4: text("schema"), 5: i32(len(columns))})
    leaves = []
    for column in columns:
        fields = {1: i32(column.kind), 3: i32(_REQUIRED), 4: text(column.name)}
        leaves.append(struct({**fields, 6: i32(_UTF8)} if column.kind == _BYTES else fields))
    return struct(
        {1: i32(1), 2: array([root, *leaves]), 3: i64(rows), 4: array([group]), 6: text("ai4mars")}
    ).raw

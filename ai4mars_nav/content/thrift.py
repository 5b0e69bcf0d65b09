"""The few values of Thrift's compact protocol that the footer of a Parquet file is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12


@dataclass(frozen=True)
class Value:
    """A value as it is written, and the number of its type."""

    kind: int
    raw: bytes


def i32(number: int) -> Value:
    """A whole number of 32 bits, or a member of an enumeration."""
    return Value(_I32, varint(_zigzag(number)))


def i64(number: int) -> Value:
    """A whole number of 64 bits."""
    return Value(_I64, varint(_zigzag(number)))


def text(words: str) -> Value:
    """A text in UTF-8."""
    raw = words.encode()
    return Value(_BINARY, varint(len(raw)) + raw)


def array(items: Sequence[Value]) -> Value:
    """Values of one type, at least one."""
    kind = items[0].kind
    short = len(items) < 15
    head = bytes([len(items) << 4 | kind]) if short else bytes([0xF0 | kind]) + varint(len(items))
    return Value(_LIST, head + b"".join(item.raw for item in items))


def struct(fields: Mapping[int, Value]) -> Value:
    """Values by their field numbers, which must rise by less than 16."""
    parts, last = [], 0
    for number, value in fields.items():
        parts += [bytes([(number - last) << 4 | value.kind]), value.raw]
        last = number
    return Value(_STRUCT, b"".join(parts) + b"\0")


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1

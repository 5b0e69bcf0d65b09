"""Stamps read from serialised messages (CDR) without making Python of them."""

from __future__ import annotations

from typing import Literal

_ENCAPSULATION = 4
"""Bytes before the message itself; the second tells the byte order."""


def stamp_of(raw: bytes | memoryview, after: int = 0) -> int:
    """Nanoseconds of the time `after` bytes into a message: 0 for a header and a Clock, 4 for the
    first header of a sequence."""
    begin = _ENCAPSULATION + after
    order: Literal["little", "big"] = "little" if raw[1] & 1 else "big"
    seconds = int.from_bytes(raw[begin : begin + 4], order, signed=True)
    return seconds * 10**9 + int.from_bytes(raw[begin + 4 : begin + 8], order)

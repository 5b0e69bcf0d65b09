"""Stamps read from serialised messages (CDR, little endian) without making Python of them."""

from __future__ import annotations

_ENCAPSULATION = 4
"""Bytes before the message itself."""


def stamp_of(raw: bytes) -> int:
    """Nanoseconds of the time that a message begins with: that of a header, or of a Clock."""
    begin = _ENCAPSULATION
    seconds = int.from_bytes(raw[begin : begin + 4], "little", signed=True)
    return seconds * 10**9 + int.from_bytes(raw[begin + 4 : begin + 8], "little")

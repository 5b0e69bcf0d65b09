"""Label Studio's brush strokes: an RGBA picture packed bit by bit, whose opacity is the mask.

The stream begins with the number of values (32 bits), the bits of a value less one (5) and four
lengths less one (4 each). Then records: one bit that says whether a value repeats, two that choose
a length, the count less one in so many bits, and the one value or all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_CHANNELS = 4


def decode_brush(packed: Sequence[int], size: tuple[int, int]) -> Mask:
    """The mask (h, w) of a stroke, packed into bytes; ValueError where it does not fit `size`."""
    bits = np.unpackbits(np.array(packed, np.uint8))
    total, at = _number(bits, 0, 32), 32
    word, at = _number(bits, at, 5) + 1, at + 5
    lengths = [_number(bits, at + 4 * i, 4) + 1 for i in range(4)]
    at += 16
    if total != size[0] * size[1] * _CHANNELS:
        raise ValueError(f"a brush stroke of {total} values on an image of {size}")
    values = np.zeros(total, np.int64)
    filled = 0
    while filled < total:
        repeats, length = _number(bits, at, 1), lengths[_number(bits, at + 1, 2)]
        count = _number(bits, at + 3, length) + 1
        at += 3 + length
        read = 1 if repeats else count
        words = bits[at : at + read * word]
        if len(words) < read * word or filled + count > total:
            raise ValueError("a brush stroke that is cut short")
        values[filled : filled + count] = words.reshape(read, word) @ _weights(word)
        at += read * word
        filled += count
    opaque: Mask = values.reshape(*size, _CHANNELS)[..., -1] > 0
    return opaque


def _number(bits: NDArray[np.uint8], at: int, length: int) -> int:
    part = bits[at : at + length]
    if len(part) < length:
        raise ValueError("a brush stroke that is cut short")
    return int(part @ _weights(length))


def _weights(length: int) -> NDArray[np.int64]:
    return 1 << np.arange(length - 1, -1, -1, dtype=np.int64)

"""Free text: words that begin a word of a name of any facet, or the image's own name."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ai4mars_nav.archive.catalogue.columns import NAME_BYTES, U16, Orders

SHORTEST = 3
"""Letters from which on a word is looked for in the images' own names."""
_SPLIT = re.compile(r"[^a-z0-9]+")


def meets(name: str, word: str) -> bool:
    """Whether a word in lower case begins a name, or one of its words."""
    low = name.lower()
    return low.startswith(word) or any(part.startswith(word) for part in _SPLIT.split(low))


def name_bits(names: Sequence[str], words: Sequence[str]) -> U16:
    """(names + 1,) for each code of a facet a bit for each of the words that its name meets."""
    bits = np.zeros(len(names) + 1, np.uint16)
    for code, name in enumerate(names, 1):
        bits[code] = sum(1 << at for at, word in enumerate(words) if meets(name, word))
    return bits


def row_bits(orders: Orders, words: Sequence[str]) -> U16:
    """(n,) a bit for each word that begins a row's own name; empty where none begins any."""
    bits = np.zeros(0, np.uint16)
    for at, word in enumerate(words):
        first, last = _rows_of(orders, word)
        if first < last:
            if not len(bits):
                bits = np.zeros(len(orders.name), np.uint16)
            bits[orders.name[first:last]] |= np.uint16(1 << at)
    return bits


def own_name_meets(name: bytes, word: str) -> bool:
    """The plain twin of `row_bits` for one name as the columns have it."""
    return len(word) >= SHORTEST and name.startswith(word.upper().encode()[:NAME_BYTES])


def _rows_of(orders: Orders, word: str) -> tuple[int, int]:
    """Where in the order of names those are that begin with the word."""
    if len(word) < SHORTEST:
        return 0, 0
    start = word.upper().encode()[:NAME_BYTES]
    names = orders.sorted_names
    # nothing in UTF-8 is above this byte, so it ends all that begin alike
    end = start.ljust(NAME_BYTES, b"\xff")
    first = int(np.searchsorted(names, np.bytes_(start), side="left"))
    return first, int(np.searchsorted(names, np.bytes_(end), side="right"))

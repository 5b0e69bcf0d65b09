"""Compiled passes over the columns; their plain twin is `slow.py`.

Each takes rows lo to hi, so that threads share the images between them.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.columns import I64, U8, U16, U32

FACETS = 5
"""Of one value an image: mission, instrument, target, site, sol."""


@numba.njit(cache=True, nogil=True)
def count(
    lo: int, hi: int, codes: U16, allow: U8, active: U8, at: I64,
    start: U32, kind: U16, value: U16, kind_on: U8, kind_active: bool, least: int,
    mark_start: U32, mark_kind: U16, mark_value: U16, mark_on: U8, mark_active: bool, fewest: int,
    before: U8, sort_on: U8, counts: I64, surest: I64, found: U8,
) -> int:  # fmt: skip
    """Number of rows that pass all; counts of each facet's values over what passes all the others.

    `allow` holds for each facet, from at[f] on, which codes pass; `counts` is laid out the same
    way, with classes at at[5] and landmarks at at[6]. `before` (rows,), if it has any, says which
    rows are looked at. `found` becomes 1 + percent of the surest class of `sort_on`, 0 where a row
    fails; `surest` counts its values.
    """
    total = 0
    filtered = before.shape[0] > 0
    for i in range(lo, hi):
        found[i] = 0
        if filtered and before[i] == 0:
            continue
        fails, failed = 0, -1
        for f in range(FACETS):
            if active[f] and allow[at[f] + codes[i, f]] == 0:
                fails += 1
                failed = f
        if fails > 1:
            continue
        if kind_active:
            hit = False
            for e in range(start[i], start[i + 1]):
                if value[e] >= least and kind_on[kind[e]]:
                    hit = True
                    break
            if not hit:
                fails += 1
                failed = FACETS
        if mark_active:
            hit = False
            for e in range(mark_start[i], mark_start[i + 1]):
                if mark_value[e] >= fewest and mark_on[mark_kind[e]]:
                    hit = True
                    break
            if not hit:
                fails += 1
                failed = FACETS + 1
        if fails == 0:
            total += 1
            for f in range(FACETS):
                counts[at[f] + codes[i, f]] += 1
            best = 0
            for e in range(start[i], start[i + 1]):
                if value[e] >= least:
                    counts[at[FACETS] + kind[e]] += 1
                    if sort_on[kind[e]] and value[e] > best:
                        best = value[e]
            for e in range(mark_start[i], mark_start[i + 1]):
                if mark_value[e] >= fewest:
                    counts[at[FACETS + 1] + mark_kind[e]] += 1
            found[i] = 1 + best
            surest[best] += 1
        elif fails == 1:
            if failed < FACETS:
                counts[at[failed] + codes[i, failed]] += 1
            elif failed == FACETS:
                for e in range(start[i], start[i + 1]):
                    if value[e] >= least:
                        counts[at[FACETS] + kind[e]] += 1
            else:
                for e in range(mark_start[i], mark_start[i + 1]):
                    if mark_value[e] >= fewest:
                        counts[at[FACETS + 1] + mark_kind[e]] += 1
    return total


@numba.njit(cache=True, nogil=True)
def match_words(
    lo: int, hi: int, codes: U16, bits: U16, at: I64, start: U32, kind: U16, value: U16, least: int,
    mark_start: U32, mark_kind: U16, mark_value: U16, fewest: int, named: U16, every: int, out: U8,
) -> None:  # fmt: skip
    """Set out[i] to 0 where some word, a bit each of `every`, is in no name of row i.

    `bits` holds, laid out by `at`, which words each facet's names match; `named` (rows,), if it
    has any, which words the row's own name matches.
    """
    for i in range(lo, hi):
        if out[i] == 0:
            continue
        met = 0
        for f in range(FACETS - 1):
            met |= bits[at[f] + codes[i, f]]
        if named.shape[0] > 0:
            met |= named[i]
        if met != every:
            for e in range(start[i], start[i + 1]):
                if value[e] >= least:
                    met |= bits[at[FACETS] + kind[e]]
            for e in range(mark_start[i], mark_start[i + 1]):
                if mark_value[e] >= fewest:
                    met |= bits[at[FACETS + 1] + mark_kind[e]]
        out[i] = met == every


@numba.njit(cache=True, nogil=True)
def take(order: U32, known: int, backwards: bool, found: U8, skip: int, rows: I64) -> int:
    """Fill `rows` with the found ones in an order, after `skip` of them; how many there were.

    Backwards, the first `known` of the order are turned round; the others stay last.
    """
    taken = 0
    for j in range(order.shape[0]):
        i = order[known - 1 - j] if backwards and j < known else order[j]
        if found[i] == 0:
            continue
        if skip > 0:
            skip -= 1
            continue
        rows[taken] = i
        taken += 1
        if taken == rows.shape[0]:
            break
    return taken


@numba.njit(cache=True, nogil=True)
def take_surest(found: U8, surest: I64, skip: int, rows: I64) -> int:
    """The same with the surest first, those of one percentage by their number."""
    taken = 0
    for best in range(surest.shape[0] - 1, -1, -1):
        if surest[best] <= skip:
            skip -= surest[best]
            continue
        left = surest[best]
        for i in range(found.shape[0]):
            if found[i] != 1 + best:
                continue
            left -= 1
            if skip > 0:
                skip -= 1
            else:
                rows[taken] = i
                taken += 1
                if taken == rows.shape[0]:
                    return taken
            if left == 0:
                break
    return taken


@numba.njit(cache=True, nogil=True)
def in_range(lo: int, hi: int, values: NDArray[np.float32], lowest: float, highest: float,
             out: U8) -> None:  # fmt: skip
    """Set out[i] to 0 where a value is outside of lowest..highest, or nan."""
    for i in range(lo, hi):
        v = values[i]
        out[i] = out[i] & np.uint8(v >= lowest) & np.uint8(v <= highest)

"""Bands of image rows on two threads: the kernels release the interpreter's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

THREADS = min(2, os.cpu_count() or 1)
_BAND = 32
"""Rows of a band; a multiple of the tiles of `march_kernels`, so that bands change no pixel."""

_POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="march")


def over_rows(work: Callable[[int, int], None], rows: int) -> None:
    """Call work(first, last) for bands that together are all rows; the first error is raised."""
    bands = [(first, min(first + _BAND, rows)) for first in range(0, rows, _BAND)]
    for done in [_POOL.submit(work, *band) for band in bands]:
        done.result()

"""A task over many items in several processes or machines, a few ahead of what is taken."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import TypeVar

import cv2

from ai4mars_nav.dataset.cluster import each_on_cluster

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 8
"""Items under way for each process, so that a generator of many is never all in memory."""


def each(
    task: Callable[[Item], Result], items: Iterable[Item], jobs: int, cluster: str = ""
) -> Iterator[tuple[Item, Result]]:
    """Do a task for each item in `jobs` processes; yields each item with its result when done.

    With the address of a Ray cluster it is done there, by all its processors. An error of the task
    or of `items` ends it; what was under way is waited for.
    """
    if cluster:
        yield from each_on_cluster(task, items, cluster)
        return
    if jobs == 1:
        for item in items:
            yield item, task(item)
        return
    source = iter(items)
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin) as pool:
        waiting: dict[Future[Result], Item] = {}
        try:
            while True:
                for item in islice(source, _AHEAD * jobs - len(waiting)):
                    waiting[pool.submit(task, item)] = item
                if not waiting:
                    return
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield waiting.pop(future), future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """In each process before its first task."""
    # the processes share the cores already
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for its next task for ever: all of them hold
    both ends of the pipe that tasks come through."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

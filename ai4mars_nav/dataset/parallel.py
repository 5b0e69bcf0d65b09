"""A task over many items in several processes or machines, a few ahead of what is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from itertools import islice
from multiprocessing import get_context
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
    # one thread of OpenCV in each: the processes share the cores already
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, partial(cv2.setNumThreads, 1)) as pool:
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

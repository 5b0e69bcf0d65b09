"""A task over many items on the machines of a Ray cluster, as `parallel.each` does it on one.

Ray is not among the wheels of this project: whoever wants a cluster installs it, on every machine,
beside this package. All machines must see the files under the same paths.
"""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import cv2

from ai4mars_nav.dataset.errors import DatasetError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 8
"""Items under way for each processor of the cluster."""
_PATIENCE = 10.0
"""Seconds in which the cluster's first machine must answer."""


@dataclass(frozen=True)
class _Failure:
    """An error of the task, carried home as it is."""

    error: Exception


def each_on_cluster(
    task: Callable[[Item], Result], items: Iterable[Item], address: str
) -> Iterator[tuple[Item, Result]]:
    """Do a task for each item on the cluster at `address` (`auto`: the one of this machine).

    Yields each item with its result when done. Ray does the items of a machine that is lost again
    on another. An error of the task or of `items` ends it; what was under way is cancelled.
    """
    ray = _ray()
    _join(ray, address)
    waiting: dict[Any, Item] = {}
    try:
        limit = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
        run = ray.remote(num_cpus=1)(_attempt)
        sent = ray.put(task)
        source = iter(items)
        while True:
            for item in islice(source, limit - len(waiting)):
                waiting[run.remote(sent, item)] = item
            if not waiting:
                return
            finished, _ = ray.wait(list(waiting), num_returns=1)
            for reference in finished:
                result = ray.get(reference)
                if isinstance(result, _Failure):
                    raise result.error
                yield waiting.pop(reference), result
    except ray.exceptions.RayError as error:
        text = str(error).strip().splitlines()[-1]
        raise DatasetError(f"the Ray cluster at {address} failed: {text}") from error
    finally:
        for reference in waiting:
            ray.cancel(reference)
        ray.shutdown()


def _attempt(task: Callable[[Item], Result], item: Item) -> Result | _Failure:
    # one thread of OpenCV in each: the workers share the cores already
    cv2.setNumThreads(1)
    try:
        return task(item)
    except Exception as error:
        return _Failure(error)


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise DatasetError(
            "--ray needs Ray, which is not installed: pip install ray, on every machine"
        ) from error


def _join(ray: Any, address: str) -> None:
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if address != "auto" and not (host and port.isdecimal()):
        raise DatasetError(f"--ray {address}: must be HOST:PORT, ray://HOST:PORT or auto")
    try:
        if host:
            # Ray itself waits for minutes where nobody answers
            socket.create_connection((host, int(port)), _PATIENCE).close()
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (OSError, RuntimeError, ValueError, OverflowError, ray.exceptions.RayError) as error:
        raise DatasetError(
            f"no Ray cluster can be joined at {address} (ray start --head starts one): {error}"
        ) from error

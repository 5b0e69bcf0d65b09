"""One run at a time in a folder of results."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai4mars_nav.content.errors import ContentError

# readers of a folder of Parquet files pass over names that begin with an underscore
_LOCK = "_lock"


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Holds the folder, made if it is not there; a second run at the same time is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ContentError(f"{folder}: another run is at work on it") from error
        yield

"""Shared memory that killed nodes leave behind: Fast DDS removes a segment only on a clean end.

The owner of `/dev/shm/fastrtps_<id>` holds a lock on `fastrtps_<id>_el` (ports: also `_sl`) for as
long as it lives, so a file whose locks can be taken belongs to nobody any more.
"""

from __future__ import annotations

import contextlib
import fcntl
from pathlib import Path

FOLDER = Path("/dev/shm")
LOCKS = ("_el", "_sl")


def remove_left(since: float, folder: Path = FOLDER) -> list[str]:
    """Remove dead segments and ports made after `since` (seconds of time.time()); their names.

    Older ones are not ours, and those of the living are in use, whoever made them. Ports are
    numbered for the whole machine: an old one may be what another graph is about to open, so it
    is left to Fast DDS, which takes dead ports over.
    """
    made = {_owner(lock.name) for kind in LOCKS for lock in folder.glob(f"fastrtps_*{kind}")}
    new = [name for name in sorted(made) if _is_newer(folder, name, since)]
    return [name for name in new if _take(folder, name)]


def _owner(lock: str) -> str:
    return lock[: -len(LOCKS[0])]


def _is_newer(folder: Path, name: str, since: float) -> bool:
    files = [folder / f"{name}{kind}" for kind in ("", *LOCKS)]
    return all(file.stat().st_ctime >= since for file in files if file.exists())


def _take(folder: Path, name: str) -> bool:
    """Remove `name` and what belongs to it if nobody holds its locks."""
    locks = [folder / f"{name}{kind}" for kind in LOCKS]
    with contextlib.ExitStack() as held:
        if not all(_is_free(lock, held) for lock in locks):
            return False
        for left in (folder / name, folder / f"sem.{name}_mutex", *locks):
            left.unlink(missing_ok=True)
    return True


def _is_free(lock: Path, held: contextlib.ExitStack) -> bool:
    try:
        fcntl.flock(held.enter_context(lock.open("rb")), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except (BlockingIOError, PermissionError):
        return False
    return True

"""Shared memory that killed nodes leave behind: Fast DDS removes a segment only on a clean end.

The owner of `/dev/shm/fastrtps_<id>` holds a lock on `fastrtps_<id>_el` for as long as it lives, so
a segment whose lock can be taken belongs to nobody any more, or to somebody who is just making it.
"""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

FOLDER = Path("/dev/shm")
PREFIX, LOCK = "fastrtps_", "_el"
PORT = f"{PREFIX}port"
IN_THE_MAKING = 1.0
"""Seconds after which whoever made a lock has taken it."""


def remove_left(since: float, folder: Path = FOLDER) -> list[str]:
    """Remove dead segments made after `since` (seconds of time.time()); their names.

    Older ones are not ours, and those of the living are in use, whoever made them. Ports are left
    to Fast DDS, which takes dead ones over: they are numbered for the whole machine, so that
    another graph may be opening any of them, and small (52 kB).
    """
    locks = [lock for lock in folder.glob(f"{PREFIX}*{LOCK}") if not lock.name.startswith(PORT)]
    made = {lock: at for lock in locks if (at := _made_at(lock)) is not None and at >= since}
    if made:
        time.sleep(max(max(made.values()) + IN_THE_MAKING - time.time(), 0.0))
    return [lock.name[: -len(LOCK)] for lock in sorted(made) if _take(lock)]


def _made_at(lock: Path) -> float | None:
    """Seconds of time.time(), none if it was removed since it was listed."""
    try:
        return lock.stat().st_ctime
    except FileNotFoundError:
        return None


def _take(lock: Path) -> bool:
    """Remove a segment and its lock if nobody holds it."""
    segment = lock.with_name(lock.name[: -len(LOCK)])
    try:
        with lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in (segment, segment.with_name(f"sem.{segment.name}_mutex"), lock):
                left.unlink(missing_ok=True)
    except (FileNotFoundError, BlockingIOError, PermissionError):
        return False
    return True

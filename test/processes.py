"""What becomes of processes, for tests that end them."""

from __future__ import annotations

import time
from pathlib import Path

PATIENCE = 120.0
"""Seconds of a machine that does five other things."""


def is_running(pid: int) -> bool:
    """Whether a process is there, and not only to be asked how it ended."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def wait_until_gone(pid: int) -> None:
    """Until a process has ended by itself."""
    until = time.monotonic() + PATIENCE
    while is_running(pid):
        assert time.monotonic() < until, f"process {pid} outlived whoever started it"
        time.sleep(0.02)

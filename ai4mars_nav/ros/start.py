"""Waits until a graph that was started is at work."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ai4mars_nav.ros.errors import StartError
from ai4mars_nav.ros.runner import Runner

if TYPE_CHECKING:
    from ai4mars_nav.ros.watch import Watch

START_PATIENCE = 400.0
"""Seconds: the first start compiles the loops of every node."""


def await_active(watch: Watch, running: Runner, say: Callable[[str], None]) -> None:
    """Until all nodes are active; the first start on a machine takes long, and says so."""
    until = time.monotonic() + START_PATIENCE
    waited: list[str] | None = None
    while True:
        running.check()
        watch.hear(0.3)
        inactive = watch.inactive()
        if not inactive:
            return
        if inactive != waited:
            named = ", ".join(name.strip("/") for name in inactive)
            say(f"waiting for {named} (the first start compiles for a minute or two)")
        waited = inactive
        if time.monotonic() > until:
            told = "; ".join(watch.told.get(name, f"{name} is silent") for name in inactive)
            raise StartError(f"not up within {START_PATIENCE:.0f} s: {told}")

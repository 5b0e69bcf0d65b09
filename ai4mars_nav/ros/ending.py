"""The last of a node's process: from its last word on it hears nothing more."""

from __future__ import annotations

import os
import signal
import sys
import threading


def be_deaf() -> None:
    """Ignore SIGINT and SIGTERM from now on; a process that hangs is left to SIGKILL.

    Python puts the default handlers back as soon as it begins to finalise, and most of a node's
    end comes after that: a second signal, sent to a node that is slow on a busy machine, killed
    it while DDS was being taken down, and it looked as if the node had died.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def at_once() -> None:
    """End the process now if a thread of it is still at work: an engine that is being built, loops
    that are being compiled. The libraries it is in would be taken down under it."""
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

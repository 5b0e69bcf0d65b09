"""The last of a node's process: from its last word on it hears nothing more."""

from __future__ import annotations

import os
import signal
import sys
import threading

PATIENCE = 1.0
"""Seconds for which a thread is waited for: loops that were compiled before are loaded in less."""


def be_deaf() -> None:
    """Ignore SIGINT and SIGTERM from now on; a process that hangs is left to SIGKILL.

    Python puts the default handlers back as soon as it begins to finalise, and most of a node's
    end comes after that: a second signal, sent to a node that is slow on a busy machine, killed
    it while DDS was being taken down, and it looked as if the node had died.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def at_once() -> None:
    """End the process now if a thread of it stays at work, as one that builds an engine or compiles
    loops. The libraries it is in would be taken down under it.

    What we have of DDS in shared memory stays then, as after SIGKILL; a Runner removes it.
    """
    us = threading.current_thread()
    for thread in [each for each in threading.enumerate() if each is not us]:
        thread.join(PATIENCE)
    if threading.active_count() > 1:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

"""Begins the process of a node: python -m ai4mars_nav.ros.begin MODULE [ARGUMENTS OF THE NODE]

Importing a node takes a second, and several on a busy machine. Told to end meanwhile it ends at
once and without a word, as any program; Python would print where it was.
"""

from __future__ import annotations

import importlib
import signal
import sys


def main() -> None:
    """Import a module and run its `main`, which then hears the signals itself."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    importlib.import_module(sys.argv[1]).main()


if __name__ == "__main__":
    main()

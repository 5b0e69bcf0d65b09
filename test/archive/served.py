"""The archive as its commands run it: a server process on a port of its own, over one store."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

COMMAND = (sys.executable, "-m", "ai4mars_nav.cli", "archive")
PASSWORD = "ripples and dunes 7"


class Served:
    """One store, and the server over it while it runs."""

    def __init__(self, store: Path, root: Path, port: int) -> None:
        self.store, self.root, self.port = store, root, port
        self.address = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str, given: str = "") -> str:
        """Run an `ai4mars archive` command on the store; what it prints."""
        done = subprocess.run(
            [*COMMAND, *words, "--store", str(self.store)], input=given.encode(), env=_quiet(),
            capture_output=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def add_account(self, name: str, role: str) -> None:
        """An account with `PASSWORD`."""
        words = ("account", "add", name, "--role", role, "--password-stdin")
        self.command(*words, given=PASSWORD + "\n")

    def start(self) -> None:
        """Serve, and return when it answers."""
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--store", str(self.store), "--root", str(self.root),
             "--port", str(self.port)],
            env=_quiet(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        end = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, "the server ended"
            try:
                with urllib.request.urlopen(f"{self.address}/static/site.css", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < end
                time.sleep(0.05)

    def kill(self) -> None:
        """kill -9, in the middle of whatever it does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)
        self._process = None

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None


@contextlib.contextmanager
def stopping(served: Served) -> Iterator[Served]:
    """The same, ended at the end."""
    try:
        yield served
    finally:
        served.stop()


def _quiet() -> dict[str, str]:
    # a test's own thread settings are enough for a page
    return {**os.environ, "OMP_NUM_THREADS": "1"}

"""Starts the processes of a graph, watches them and ends all of them, whatever happens."""

from __future__ import annotations

import collections
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from ai4mars_nav.ros import shared_memory
from ai4mars_nav.ros.errors import StartError

STEPS: tuple[tuple[signal.Signals, float], ...] = (
    (signal.SIGINT, 15.0),
    (signal.SIGTERM, 5.0),
    (signal.SIGKILL, 5.0),
)
"""What all process groups are sent in turn, and the seconds they are given to end.

A node that is left alone ends in two; on a machine with five times the work it can take ten.
"""

KEPT_LINES = 20
"""Last lines of output that are told when a process ends by itself."""

_SETPRIV = shutil.which("setpriv")
_HEARING = ["env", "--default-signal=INT"]
"""Words before a command. Whoever is run by a script in its background ignores SIGINT, and so would
all that we start: it went on until SIGTERM came, 15 s later."""


def _dying_with_us() -> list[str]:
    """Words before a command: Linux ends it for us if we are killed and cannot; same pid.

    We may be gone before the wish is heard: then the shell sees another parent, and ends.
    """
    if _SETPRIV is None:
        return []
    unless_orphaned = '[ "$PPID" = "$0" ] && exec "$@"'
    return [_SETPRIV, "--pdeathsig", "TERM", "sh", "-c", unless_orphaned, str(os.getpid())]


class Process:
    """One running command in a process group of its own, and the last lines that it wrote."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        hear: Callable[[str, str], None],
    ) -> None:
        self.name = name
        self.lines: collections.deque[str] = collections.deque(maxlen=KEPT_LINES)
        if shutil.which(command[0]) is None:
            raise StartError(f"{name}: cannot start {command[0]}: there is no such program")
        try:
            # a group of its own: Ctrl-C in a terminal reaches us alone, and we end the group
            self._popen = subprocess.Popen(
                [*_HEARING, *_dying_with_us(), *command],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise StartError(f"{name}: cannot start {command[0]}: {error.strerror}") from error
        self._gone = False
        self._reader = threading.Thread(target=self._read, args=(hear,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, -number of the signal that ended it, or none while it runs."""
        return self._popen.returncode

    def ended(self) -> bool:
        """Whether the process itself has ended; children of it may be left."""
        return self._popen.poll() is not None

    def gone(self) -> bool:
        """Whether the process has ended and nothing is left of its group."""
        if not self._gone and self.ended():
            self._gone = not self._signal_group(0)
        return self._gone

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the whole group, if there is still one."""
        if not self.gone():
            self._signal_group(number)

    def finish_reading(self, patience: float) -> None:
        """Wait until everything that the process wrote was heard."""
        self._reader.join(patience)

    def how_it_ended(self) -> str:
        """`driver ended with exit code 1 (...)` and its last lines."""
        self.finish_reading(1.0)
        code = self._popen.returncode
        how = (
            f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        )
        last = "".join(f"\n  {line}" for line in self.lines)
        return f"{self.name} {how}" + (f"; its last lines:{last}" if last else " without a word")

    def _signal_group(self, number: int) -> bool:
        try:
            os.killpg(self._popen.pid, number)
        except ProcessLookupError:
            return False
        return True

    def _read(self, hear: Callable[[str, str], None]) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                self.lines.append(line)
                hear(self.name, line)


class Runner:
    """Runs the commands {name: words} from `with` to its end.

    `hear(name, line)` gets each line of output, from a thread per process. A process named in
    `may_end` may end with code 0, one in `may_fail` in any way, which is told once; any other that
    ends makes `check` raise.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        environment: Mapping[str, str],
        hear: Callable[[str, str], None],
        may_end: frozenset[str] = frozenset(),
        may_fail: frozenset[str] = frozenset(),
    ) -> None:
        self._commands = commands
        self._environment = environment
        self._hear = hear
        self._may_end = may_end
        self._may_fail = may_fail
        self._told: set[str] = set()
        self._started = 0.0
        self.processes: list[Process] = []

    def __enter__(self) -> Runner:
        self._started = time.time()
        try:
            for name, command in self._commands.items():
                self.processes.append(Process(name, command, self._environment, self._hear))
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_failure: object) -> None:
        self.stop()

    def check(self) -> None:
        """Raise `StartError` if a process ended that should not have."""
        for process in self.processes:
            if process.ended() and not self._is_allowed(process):
                raise StartError(process.how_it_ended())

    def stop(self) -> None:
        """End every process group: INT, TERM, KILL; then remove the shared memory they left."""
        for number, patience in STEPS:
            for process in self.processes:
                process.send(number)
            if self._all_gone_within(patience):
                break
            self._tell_who_stays(number)
        for process in self.processes:
            process.finish_reading(1.0)
        if self.processes:
            shared_memory.remove_left(self._started)

    def _tell_who_stays(self, number: signal.Signals) -> None:
        for process in self.processes:
            if not process.gone():
                self._hear(process.name, f"has not ended after {number.name}")

    def _is_allowed(self, process: Process) -> bool:
        if process.name in self._may_fail:
            if process.name not in self._told:
                self._told.add(process.name)
                self._hear(process.name, f"{process.how_it_ended()}; the others go on")
            return True
        return process.name in self._may_end and process.returncode == 0

    def _all_gone_within(self, patience: float) -> bool:
        """Wait; Ctrl-C while waiting means that the next step is wanted now."""
        deadline = time.monotonic() + patience
        try:
            while not all(process.gone() for process in self.processes):
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)
        except KeyboardInterrupt:
            return False
        return True

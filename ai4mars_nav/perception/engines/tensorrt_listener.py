"""What TensorRT says while it works: errors are kept for the message of what then fails."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from ai4mars_nav.perception.engines import tensorrt_api as api
from ai4mars_nav.perception.engines import tensorrt_versions as versions
from ai4mars_nav.perception.engines.builder import Say, Unavailable
from ai4mars_nav.perception.engines.tensorrt_module import TensorRt
from ai4mars_nav.perception.errors import ModelError

_KEPT = 3
"""Errors that a message repeats: the last ones, of which the first is mostly the cause."""
_NO_MEMORY = ("outofmemory", "out of memory")
_TENTHS = 10
Object = TypeVar("Object")


class Listener:
    """The log of one build or engine, and how far a build is. TensorRT calls it from its threads.

    An exception must not fly through TensorRT's own code: what `say` raises, Ctrl-C among it,
    stops the build at its next step and is raised by `raise_stopped`.
    """

    def __init__(self, trt: TensorRt, say: Say | None = None) -> None:
        """Tell `say` what is worth telling; without it only errors are kept."""
        self._say = say
        self._errors: deque[str] = deque(maxlen=_KEPT)
        self._stopped: BaseException | None = None
        self._steps: dict[str, int] = {}
        severity = trt.ILogger
        self._grave = (severity.INTERNAL_ERROR, severity.ERROR)
        # where nothing else tells how far a build is, the lines of the log have to
        self._worth = [severity.WARNING]
        if not versions.can_monitor(trt):
            self._worth.append(severity.INFO)
        # derived here: its base is there only when TensorRT is
        self.logger: api.ILogger = type(
            "Log", (trt.ILogger,), {"log": lambda _, severity, line: self.heard(severity, line)}
        )()

    def heard(self, severity: api.Severity, line: str) -> None:
        """Take one line of the log."""
        if severity in self._grave:
            self._errors.append(line.strip())
        elif severity in self._worth:
            self._tell(line.strip())

    def watch(self, trt: TensorRt, config: api.IBuilderConfig) -> None:
        """Hear how far the build of `config` is, where this version tells it."""
        versions.monitor_with(
            trt,
            config,
            {
                "phase_start": lambda _, phase, parent, steps: self.began(phase, parent, steps),
                "step_complete": lambda _, phase, step: self.stepped(phase, step),
                "phase_finish": lambda _, phase: self.finished(phase),
            },
        )

    def began(self, phase: str, parent: str | None, steps: int) -> None:
        """A phase of so many steps begins; those within others are many and short: not told."""
        if parent is None:
            self._steps[phase] = steps
            self._tell(f"{phase}: {steps} steps")

    def stepped(self, phase: str, step: int) -> bool:
        """One step (from 0) of a phase is done; whether to go on."""
        steps = self._steps.get(phase, 0)
        done = step + 1
        if steps and _TENTHS * done // steps > _TENTHS * step // steps:
            self._tell(f"{phase}: {done} of {steps}")
        return self._stopped is None

    def finished(self, phase: str) -> None:
        """A phase is over."""
        self._steps.pop(phase, None)

    def raise_stopped(self) -> None:
        """Raise what stopped the build from outside."""
        if self._stopped is not None:
            raise self._stopped

    def started(self, what: str, make: Callable[[], Object]) -> Object:
        """What `make` makes; Unavailable where TensorRT comes up without its device."""
        try:
            return make()
        except TypeError as error:
            # so pybind says that TensorRT gave nothing back
            if "nullptr" not in str(error):
                raise
            raise Unavailable(f"TensorRT cannot start its {what}: {self.said()}") from error

    def said(self) -> str:
        """The last errors, as the end of a message."""
        return " | ".join(self._errors) or "TensorRT does not say why"

    def failure(self, what: str, size: int) -> ModelError:
        """What failed, and why; Unavailable where the `size` bytes it needs are not there."""
        self.raise_stopped()
        said = self.said()
        if any(words in said.lower() for words in _NO_MEMORY):
            return Unavailable(
                f"{what}: out of device memory, {size} bytes are needed at least: {said}"
            )
        return ModelError(f"{what}: {said}")

    def _tell(self, line: str) -> None:
        if self._say is None:
            return
        try:
            self._say(f"TensorRT: {line}")
        except BaseException as error:  # kept, not lost: raise_stopped raises it
            self._stopped = error

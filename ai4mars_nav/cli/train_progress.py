"""How a training run looks on a terminal, and in a file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from ai4mars_nav.learn.train import Progress

WIDTH = 24
_CLEAR = "\r\x1b[K"


class Line:
    """A bar that renews itself on a terminal; elsewhere one plain line an interval."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.live, self.last = out, out.isatty(), 0.0

    def watch(self, progress: Progress) -> None:
        """Every step: the bar is drawn anew five times a second."""
        now = time.monotonic()
        if self.live and now - self.last >= 0.2:
            self.last = now
            print(_CLEAR + bar(progress), end="", file=self.out, flush=True)

    def report(self, progress: Progress) -> None:
        """Every interval; on a terminal what stays is the validation and the end."""
        ended = progress.step == progress.steps
        if self.live and progress.validation is None and not ended:
            return
        print((_CLEAR if self.live else "") + text(progress), file=self.out, flush=True)


def text(progress: Progress) -> str:
    """One line: step, loss, pace, time to go, validation where there is one."""
    words = [
        f"step {progress.step}/{progress.steps}",
        f"loss {progress.loss:.4f}",
        f"{progress.step_s:.2f} s a step",
        f"{duration(progress.eta_s)} to go",
    ]
    if progress.validation is not None:
        found = progress.validation
        words.append(f"validation mIoU {found['miou']:.4f} accuracy {found['accuracy']:.4f}")
    return "  ".join(words)


def bar(progress: Progress) -> str:
    """The line with a bar before it."""
    full = WIDTH * progress.step // progress.steps
    return f"[{'#' * full}{'.' * (WIDTH - full)}] {text(progress)}"


def duration(seconds: float) -> str:
    """Seconds as people say them: 40 s, 12 min, 1 h 05 min."""
    if seconds < 60.0:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60.0)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"

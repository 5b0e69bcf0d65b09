"""The picture of a training run, from its log: loss, learning rate, validation, time a step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.pictures.axes import QUIET, Axes, blank, dots, grid, line, ticks
from ai4mars_nav.sim.poster import Colour, Panel, Picture, page

F64 = NDArray[np.float64]

VALIDATION = "validation"
"""Key of a log line that holds {"miou": ...} of validation, where it was scored."""
_SIZE = (520, 330)
_LINE: Colour = (52, 84, 130)
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Log:
    """A run so far: steps it will have, the loss of each step (n,), and a value an interval (k,).

    `scored` and `miou` are the steps and scores of validation, empty where there is none.
    """

    steps: int
    losses: F64
    ends: F64
    means: F64
    rates: F64
    seconds: F64
    scored: F64
    miou: F64


def read_log(path: Path) -> Log:
    """The log of a run as `ai4mars train` writes it; a last line that was torn is left out."""
    try:
        whole = [text for text in path.read_text("utf-8").splitlines() if text.endswith("}")]
        return _log([json.loads(text) for text in whole])
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelFileError(f"{path}: not the log of a run: {error!r}") from error


def _log(lines: Sequence[dict[str, Any]]) -> Log:
    scored = [one for one in lines if VALIDATION in one]
    return Log(
        steps=int(lines[-1]["steps"]),
        losses=np.concatenate([np.asarray(one["losses"], np.float64) for one in lines]),
        ends=np.array([one["step"] for one in lines], np.float64),
        means=np.array([one["loss"] for one in lines], np.float64),
        rates=np.array([one["rate"] for one in lines], np.float64),
        seconds=np.array([one["step_s"] for one in lines], np.float64),
        scored=np.array([one["step"] for one in scored], np.float64),
        miou=np.array([one[VALIDATION]["miou"] for one in scored], np.float64),
    )


def run_page(title: str, log: Log) -> Picture:
    """A page with the curves of a run."""
    done = int(log.ends[-1])
    panels = [_loss(log), _rate(log)]
    if log.scored.size:
        panels.append(_validation(log))
    panels.append(_speed(log))
    left = (log.steps - done) * float(log.seconds[-1]) / 60.0
    words = f"step {done:,} of {log.steps:,}" + (f", {left:.0f} min to go" if left else ", done")
    return page(title, words, panels, columns=2)


def _loss(log: Log) -> Panel:
    first = log.ends[-1] - log.losses.size
    steps = first + 1.0 + np.arange(log.losses.size)
    top = _ceiling(float(np.nanquantile(log.losses, 0.995)))
    picture, axes = _axes(log, top, "loss")
    line(picture, axes, steps, log.losses, QUIET, 1)
    line(picture, axes, log.ends, log.means, _LINE)
    note = f"every step, and the mean of each interval; the last is {log.means[-1]:.4f}"
    return Panel("Loss", note, picture)


def _rate(log: Log) -> Panel:
    rates = 1e6 * log.rates
    picture, axes = _axes(log, _ceiling(float(rates.max())), "learning rate, millionths")
    line(picture, axes, log.ends, rates, _LINE)
    return Panel("Learning rate", f"now {log.rates[-1]:.2g}", picture)


def _validation(log: Log) -> Panel:
    picture, axes = _axes(log, 1.0, "mIoU of the averaged weights")
    line(picture, axes, log.scored, log.miou, _LINE)
    dots(picture, axes, log.scored, log.miou, 4.0, _LINE)
    best = int(np.argmax(log.miou))
    note = f"best {log.miou[best]:.3f} at step {int(log.scored[best]):,}, last {log.miou[-1]:.3f}"
    return Panel("Validation", note, picture)


def _speed(log: Log) -> Panel:
    picture, axes = _axes(log, _ceiling(float(log.seconds.max())), "seconds a step")
    line(picture, axes, log.ends, log.seconds, _LINE)
    hours = float(np.sum(log.seconds * np.diff(log.ends, prepend=0.0))) / 3600.0
    return Panel("Time", f"median {np.median(log.seconds):.2f} s a step, {hours:.2f} h", picture)


def _axes(log: Log, top: float, name: str) -> tuple[Picture, Axes]:
    picture = blank(*_SIZE)
    axes = Axes(60, 34, _SIZE[0] - 92, _SIZE[1] - 88, 0.0, float(log.steps), 0.0, top)
    across = [(float(at), f"{at:,.0f}") for at in np.linspace(0.0, log.steps, 6)]
    grid(picture, axes, across, ticks(np.linspace(0.0, top, 6).tolist(), ".3g"), "step", name)
    return picture, axes


def _ceiling(value: float) -> float:
    """The next round number that is not below a value."""
    if not value > 0.0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(power * nice for nice in _NICE if power * nice >= value * (1.0 - 1e-9)))

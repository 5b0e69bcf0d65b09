"""What a training run keeps on disk, and how it goes on from there: the probe, then checkpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.learn import checkpoint
from ai4mars_nav.learn.state import load_weights

N = TypeVar("N", bound=torch.nn.Module)

CHECKPOINT = "checkpoint.pt"
PROBE = "probe.pt"


@dataclass
class Run(Generic[N]):
    """All that changes; the average is what is kept."""

    step: int
    network: N
    average: N
    optimiser: torch.optim.Optimizer


@dataclass(frozen=True)
class About:
    """What a run depends on: it does not go on with other settings, classes or pictures."""

    settings: dict[str, Any]
    names: tuple[str, ...]
    support: tuple[int, ...]
    """Pictures of each class."""


def save(path: Path, run: Run[N], about: About) -> None:
    """Write all of it."""
    content = {
        "settings": about.settings,
        "names": list(about.names),
        "support": list(about.support),
        "step": run.step,
        "network": run.network.state_dict(),
        "average": run.average.state_dict(),
        "optimiser": run.optimiser.state_dict(),
    }
    checkpoint.save(path, content)


def resumed(out: Path, about: About, fresh: Callable[[], Run[N]]) -> Run[N] | None:
    """`fresh` as it stood when the newest file in the folder `out` was written, if there is one."""
    for name in (CHECKPOINT, PROBE):
        if not (path := out / name).is_file():
            continue
        content = checkpoint.load(path)
        _check(path, content, about)
        run = fresh()
        load_weights(run.network, content["network"], str(path))
        load_weights(run.average, content["average"], str(path))
        run.optimiser.load_state_dict(content["optimiser"])
        run.step = int(content["step"])
        return run
    return None


def _check(path: Path, content: dict[str, Any], about: About) -> None:
    begun = content["settings"]
    other = [key for key, now in about.settings.items() if begun.get(key) != now]
    if tuple(content["names"]) != about.names or tuple(content["support"]) != about.support:
        other.append("classes or pictures")
    if other:
        raise ContentError(
            f"{path}: the run began with another {', '.join(other)}; name another folder"
        )

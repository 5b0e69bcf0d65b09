"""A training run: the probe's head first, then all of the network; killed, it goes on."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ai4mars_nav.content.learn import draw, kept, probe
from ai4mars_nav.content.learn.kept import CHECKPOINT, PROBE, Run
from ai4mars_nav.content.learn.network import ContentNet
from ai4mars_nav.content.learn.settings import Training
from ai4mars_nav.learn import checkpoint
from ai4mars_nav.learn.state import follow, load_weights

U8 = NDArray[np.uint8]

_INTERVAL = 25
"""Steps between checkpoints."""
_WARM_UP = 0.08
"""Share of the steps in which the rates rise."""

Report = Callable[[str], None]


@dataclass(frozen=True)
class Lesson:
    """What is learned: pictures (h, w, 3) RGB, their classes, and the names of all classes."""

    pictures: Sequence[U8]
    kinds: NDArray[np.int64]
    names: tuple[str, ...]

    @property
    def support(self) -> tuple[int, ...]:
        """Pictures of each class."""
        return tuple(np.bincount(self.kinds, minlength=len(self.names)).tolist())


def train(
    lesson: Lesson,
    settings: Training,
    backbone: Path,
    out: Path,
    report: Report,
    stop: int | None = None,
) -> None:
    """Do what of the run is not done yet; probe and checkpoint stand in the folder `out`.

    With `stop` it ends after that step; the rates fall as if it went on.
    """
    last = settings.steps if stop is None else min(stop, settings.steps)
    run = begin(lesson, settings, backbone, out, report)
    chance = draw.chances(lesson.kinds, lesson.support, settings.evenness)
    offsets = draw.log_shares(lesson.support, settings.evenness)
    run.network.train()
    losses: list[float] = []
    while run.step < last:
        torch.manual_seed(settings.seed * 1_000_003 + run.step)
        inputs, kinds = draw.batch(lesson.pictures, lesson.kinds, chance, settings, run.step)
        for group in run.optimiser.param_groups:
            group["lr"] = group["highest"] * rate(run.step, settings.steps)
        logits = run.network(inputs)[..., 0, 0] + offsets
        loss = functional.cross_entropy(logits, kinds, label_smoothing=settings.smoothing)
        run.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimiser.step()
        follow(run.average, run.network, run.step, settings.decay)
        run.step += 1
        losses.append(float(loss.detach()))
        if run.step % _INTERVAL == 0 or run.step == last:
            kept.save(out / CHECKPOINT, run, _about(lesson, settings))
            report(f"step {run.step}/{last}  loss {np.mean(losses):.4f}")
            losses.clear()


def begin(
    lesson: Lesson, settings: Training, backbone: Path, out: Path, report: Report
) -> Run[ContentNet]:
    """A run as it stands in the folder `out`, or its first state: the probe."""
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    about = _about(lesson, settings)
    resumed = kept.resumed(out, about, lambda: _run(_network(lesson), settings))
    return resumed or _begun(lesson, settings, backbone, out, report)


def finished_network(path: Path, blend: float = 1.0) -> tuple[ContentNet, dict[str, Any]]:
    """The averaged network of a checkpoint or probe, for inference, and what belongs to it.

    Weights are `blend` of it and the rest of the probe beside it, between which there is no hill:
    fine-tuning forgets what is rare in its pictures and common later (Wortsman et al. 2022).
    """
    content = checkpoint.load(path)
    network = ContentNet(len(content["names"]))
    start = checkpoint.load(path.with_name(PROBE))["average"]
    mixed = {key: torch.lerp(start[key], end, blend) for key, end in content["average"].items()}
    load_weights(network, mixed, str(path))
    return network.eval().requires_grad_(False), content


def _begun(
    lesson: Lesson, settings: Training, backbone: Path, out: Path, report: Report
) -> Run[ContentNet]:
    """The probe: the stored backbone with a head fitted to what it sees."""
    torch.manual_seed(settings.seed)
    network = _network(lesson)
    network.warm_start(backbone)
    report(f"features of {len(lesson.pictures)} pictures")
    seen = probe.features(network, lesson.pictures, settings.side, out / "features.npy")
    report("the probe's head")
    chance = draw.chances(lesson.kinds, lesson.support, settings.evenness)
    offsets = draw.log_shares(lesson.support, settings.evenness)
    weights = torch.from_numpy(chance).to(torch.float32)
    probe.fit_head(network, seen, lesson.kinds, offsets, weights)
    run = _run(network, settings)
    kept.save(out / PROBE, run, _about(lesson, settings))
    return run


def _network(lesson: Lesson) -> ContentNet:
    """An empty one, laid out in memory as is quickest."""
    network = ContentNet(len(lesson.names))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _about(lesson: Lesson, settings: Training) -> kept.About:
    return kept.About(asdict(settings), lesson.names, lesson.support)


def _run(network: ContentNet, settings: Training) -> Run[ContentNet]:
    average = copy.deepcopy(network).requires_grad_(False).eval()
    groups = [
        {"params": network.warm_parameters(), "highest": settings.encoder_rate},
        {"params": list(network.head.parameters()), "highest": settings.head_rate},
    ]
    return Run(0, network, average, torch.optim.AdamW(groups, weight_decay=settings.weight_decay))


def rate(step: int, steps: int) -> float:
    """Share of the highest rate: up in a line, down in half a cosine."""
    rise = max(1, round(_WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    return 0.5 + 0.5 * math.cos(math.pi * (step - rise) / max(1, steps - rise))

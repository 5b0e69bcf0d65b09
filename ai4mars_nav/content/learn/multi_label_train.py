"""A training run of a multi-label classifier: heads first, then the deep stages with them.

Killed, it goes on.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ai4mars_nav.content.learn import kept
from ai4mars_nav.content.learn.chain_network import ChainNet, chain_loss, label_loss
from ai4mars_nav.content.learn.kept import CHECKPOINT, PROBE, Run
from ai4mars_nav.content.learn.multi_label_lesson import F64, I8, MultiLabelLesson, chances
from ai4mars_nav.content.learn.multi_label_probe import fit_heads
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining
from ai4mars_nav.content.learn.multi_label_variants import F16, F32, deep_features, variant
from ai4mars_nav.content.learn.train import rate
from ai4mars_nav.learn import checkpoint
from ai4mars_nav.learn.state import follow, load_weights

_INTERVAL = 25
"""Steps between checkpoints."""

Report = Callable[[str], None]


def train(
    lesson: MultiLabelLesson,
    settings: MultiLabelTraining,
    backbone: Path,
    out: Path,
    report: Report,
) -> None:
    """Do what of the run is not done yet; probe and checkpoint stand in the folder `out`.

    Without steps the probe is all there is.
    """
    run = begin(lesson, settings, backbone, out, report)
    views = [
        variant(run.network, lesson.pictures, settings, number, out, report)
        for number in range(settings.variants)
        if run.step < settings.steps
    ]
    chance = chances(lesson.labels, settings.evenness)
    even = torch.ones(settings.batch)
    run.network.train()
    losses: list[float] = []
    while run.step < settings.steps:
        torch.manual_seed(settings.seed * 1_000_003 + run.step)
        inputs, labels = batch(views, lesson.labels, chance, settings, run.step)
        for group in run.optimiser.param_groups:
            group["lr"] = group["highest"] * rate(run.step, settings.steps)
        own, alone = run.network.heads(run.network.deep(inputs))
        linked = chain_loss(own, run.network.linked(), labels, even)
        loss = linked + label_loss(alone, labels, even)
        run.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimiser.step()
        follow(run.average, run.network, run.step, settings.decay)
        run.step += 1
        losses.append(float(loss.detach()))
        if run.step % _INTERVAL == 0 or run.step == settings.steps:
            kept.save(out / CHECKPOINT, run, _about(lesson, settings))
            report(f"step {run.step}/{settings.steps}  loss {np.mean(losses):.4f}")
            losses.clear()


def batch(
    views: Sequence[F16], labels: I8, chance: F64, settings: MultiLabelTraining, step: int
) -> tuple[Tensor, Tensor]:
    """What the fixed stages saw (batch, 96, rows, columns) of a step's views, and their labels."""
    rng = np.random.default_rng([settings.seed, step])
    drawn = rng.choice(len(labels), settings.batch, p=chance)
    chosen = rng.integers(0, len(views), settings.batch)
    seen = np.stack([views[view][at] for view, at in zip(chosen, drawn, strict=True)])
    return (
        torch.from_numpy(seen).to(torch.float32),
        torch.from_numpy(labels[drawn]).to(torch.float32),
    )


def begin(
    lesson: MultiLabelLesson,
    settings: MultiLabelTraining,
    backbone: Path,
    out: Path,
    report: Report,
) -> Run[ChainNet]:
    """A run as it stands in the folder `out`, or its first state: the probe."""
    out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    about, count = _about(lesson, settings), len(lesson.names)
    resumed = kept.resumed(out, about, lambda: _run(ChainNet(count), settings))
    return resumed or _begun(lesson, settings, backbone, out, report)


def what_it_sees(
    network: ChainNet,
    lesson: MultiLabelLesson,
    settings: MultiLabelTraining,
    out: Path,
    report: Report,
) -> F32:
    """(n, 2560) of a run's pictures themselves, of which the first half is kept in its folder."""
    return deep_features(network, variant(network, lesson.pictures, settings, 0, out, report))


def finished_network(path: Path) -> tuple[ChainNet, dict[str, Any]]:
    """The averaged network of a checkpoint or probe, for inference, and what belongs to it."""
    content = checkpoint.load(path)
    network = ChainNet(len(content["names"]))
    load_weights(network, content["average"], str(path))
    return network.eval().requires_grad_(False), content


def _begun(
    lesson: MultiLabelLesson,
    settings: MultiLabelTraining,
    backbone: Path,
    out: Path,
    report: Report,
) -> Run[ChainNet]:
    torch.manual_seed(settings.seed)
    network = ChainNet(len(lesson.names))
    network.warm_start(backbone)
    network.eval()
    seen = what_it_sees(network, lesson, settings, out, report)
    report("the probe's heads")
    labels = torch.from_numpy(lesson.labels).to(torch.float32)
    weights = torch.from_numpy(chances(lesson.labels, settings.evenness)).to(torch.float32)
    fit_heads(network, seen, labels, weights, settings.probe_decay)
    run = _run(network, settings)
    kept.save(out / PROBE, run, _about(lesson, settings))
    return run


def _about(lesson: MultiLabelLesson, settings: MultiLabelTraining) -> kept.About:
    return kept.About(asdict(settings), lesson.names, lesson.support)


def _run(network: ChainNet, settings: MultiLabelTraining) -> Run[ChainNet]:
    average = copy.deepcopy(network).requires_grad_(False).eval()
    heads = [*network.content.head.parameters(), network.links]
    groups = [
        {"params": network.trained_parameters(), "highest": settings.encoder_rate},
        {"params": heads, "highest": settings.head_rate},
    ]
    return Run(0, network, average, torch.optim.AdamW(groups, weight_decay=settings.weight_decay))

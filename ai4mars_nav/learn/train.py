"""One training run: a pure function of its settings and data, at whatever step it is resumed."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.dataset.manifest import class_shares, count_classes, label_weights
from ai4mars_nav.learn import run_log
from ai4mars_nav.learn.augment import Pool, draw_batch, pool_of
from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.errors import LearnError
from ai4mars_nav.learn.losses import LOSSES, Total, alone, vote_cross_entropy
from ai4mars_nav.learn.preprocess import as_input
from ai4mars_nav.learn.processes import ALONE, Place
from ai4mars_nav.learn.soft import Soft, SoftBatch, targets_of
from ai4mars_nav.learn.state import State, follow, restore, save_state, start
from ai4mars_nav.learn.train_settings import TrainSettings
from ai4mars_nav.learn.validate import Check, confusion_of, scores_of

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
RUN = "run.json"


@dataclass(frozen=True)
class Progress:
    """Where a run stands: mean loss since the last log line, seconds and CPU seconds a step.

    `epoch` is frames seen over frames there are, `eta_s` what the steps to go will take;
    `validation` is there where the run validated.
    """

    step: int
    steps: int
    epoch: float
    loss: float
    rate: float
    step_s: float
    cpu_s: float
    eta_s: float
    validation: dict[str, Any] | None = None


def silent(_: Progress) -> None:
    """Says nothing."""


def one_cycle(step: int, steps: int, warm_up: float) -> float:
    """Share of the full learning rate at a step: up over warm_up * steps, then down on a cosine."""
    rise = max(1.0, warm_up * steps)
    if step < rise:
        return 0.04 + 0.96 * step / rise
    return 0.5 * (1.0 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise)))


def loss_of(
    logits: Tensor,
    labels: Tensor,
    weights: Tensor,
    name: str = "cross-entropy",
    smoothing: float = 0.0,
    total: Total = alone,
) -> Tensor:
    """A loss of logits (n, 4, h/stride, w/stride) on labels (n, h, w), 255 left out."""
    if name not in LOSSES:
        raise LearnError(f"loss {name!r}: one of {', '.join(LOSSES)} is meant")
    full = functional.interpolate(
        logits.float(), labels.shape[1:], mode="bilinear", align_corners=False
    )
    return LOSSES[name](full, labels, weights, total, smoothing)


def class_weights(frames: Frames) -> Tensor:
    """Weights (4,) of the classes in the loss, from what the frames are composed of."""
    return torch.from_numpy(label_weights(class_shares(count_classes(frames.labels)))).float()


def train_step(
    state: State, pool: Pool, weights: Tensor, settings: TrainSettings, place: Place = ALONE
) -> float:
    """One optimiser step and one move of the average; returns the loss before the step."""
    loss = loss_of_step(state, pool, weights, settings, place)
    if not torch.isfinite(loss):
        raise FloatingPointError(f"step {state.step}: the loss is {loss.item()}")
    _set_rates(state, settings)
    state.optimiser.zero_grad(set_to_none=True)
    state.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
    state.scaler.unscale_(state.optimiser)
    nn.utils.clip_grad_norm_(state.model.parameters(), settings.clip_norm)
    state.scaler.step(state.optimiser)
    state.scaler.update()
    state.step += 1
    follow(state.average, state.model, state.step, settings.ema_decay)
    return float(loss.item())


def loss_of_step(
    state: State, pool: Pool, weights: Tensor, settings: TrainSettings, place: Place
) -> Tensor:
    """The loss of the whole batch of a step, of which this process computes its share."""
    batch = draw_batch(pool, settings.batch, settings.seed, state.step, settings.augmentation)
    mine = place.share(settings.batch)
    image = as_input(batch.images[mine]).to(place.device)
    label = torch.from_numpy(batch.labels[mine]).to(place.device).long()
    half = place.precision is not None
    with torch.autocast(place.device.type, place.precision, enabled=half):
        logits = state.forward(image)
    weights = weights.to(place.device)
    if batch.soft is not None:
        return _soft_loss(logits, label, batch.soft.of(mine), weights, settings, place)
    return loss_of(logits, label, weights, settings.loss, settings.smoothing, place.total)


def _soft_loss(
    logits: Tensor,
    labels: Tensor,
    soft: SoftBatch,
    weights: Tensor,
    settings: TrainSettings,
    place: Place,
) -> Tensor:
    """Cross-entropy on labels mixed with soft targets."""
    if settings.loss != "cross-entropy" or settings.smoothing:
        raise LearnError("soft targets go with the plain cross-entropy only")
    shares, own = (torch.from_numpy(values).to(place.device) for values in (soft.shares, soft.own))
    full = functional.interpolate(
        logits.float(), labels.shape[1:], mode="bilinear", align_corners=False
    )
    return vote_cross_entropy(full, targets_of(labels, shares, own), weights, place.total)


def _set_rates(state: State, settings: TrainSettings) -> None:
    share = one_cycle(state.step, settings.steps, settings.warm_up)
    full = (settings.encoder_rate, settings.head_rate)
    for group, rate in zip(state.optimiser.param_groups, full, strict=True):
        group["lr"] = rate * share


def train(
    settings: TrainSettings,
    frames: Frames,
    folder: Path,
    backbone: Path | None,
    interval: int,
    report: Callable[[Progress], None],
    *,
    place: Place = ALONE,
    check: Check | None = None,
    watch: Callable[[Progress], None] = silent,
    soft: Soft | None = None,
) -> State:
    """Run or resume in folder until settings.steps; a checkpoint and a log line each interval.

    `report` hears what the log gets, `watch` every step. Of several processes the first writes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if soft is not None:
        settings = replace(settings, targets=_digest(soft))
    path = folder / CHECKPOINT
    begun = path.exists()
    state = restore(path, settings, place) if begun else start(settings, backbone, place)
    if place.first:
        run_log.cut(folder / LOG, state.step)
    pool, weights = pool_of(frames, soft), class_weights(frames)
    stopwatch = _Stopwatch()
    while state.step < settings.steps:
        stopwatch.losses.append(train_step(state, pool, weights, settings, place))
        progress = stopwatch.progress(state, settings, len(frames.names))
        watch(progress)
        ended = state.step == settings.steps
        due = check is not None and (ended or state.step % check.every == 0)
        if not (due or ended or state.step % interval == 0):
            continue
        if check is not None and due:
            found = scores_of(confusion_of(state.average, check.frames, place))
            progress = replace(progress, validation=found)
        if place.first:
            _write(folder, progress, stopwatch.losses, state, settings)
        report(progress)
        stopwatch = _Stopwatch()
    return state


def _digest(soft: Soft) -> str:
    return hashlib.sha256(soft.shares.tobytes() + soft.own.tobytes()).hexdigest()


def _write(
    folder: Path, progress: Progress, losses: list[float], state: State, settings: TrainSettings
) -> None:
    line = {key: value for key, value in asdict(progress).items() if value is not None}
    run_log.append(folder / LOG, {**line, "losses": losses})
    save_state(folder / CHECKPOINT, state, settings)


class _Stopwatch:
    """The losses since the last log line, and since when."""

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.began, self.cpu_began = time.monotonic(), time.process_time()

    def progress(self, state: State, settings: TrainSettings, frames: int) -> Progress:
        """Where the run stands, at the pace since then."""
        count = len(self.losses)
        step_s = (time.monotonic() - self.began) / count
        return Progress(
            step=state.step,
            steps=settings.steps,
            epoch=round(state.step * settings.batch / frames, 4),
            loss=float(np.mean(self.losses)),
            rate=next(g["lr"] for g in state.optimiser.param_groups if g["params"]),
            step_s=step_s,
            cpu_s=(time.process_time() - self.cpu_began) / count,
            eta_s=step_s * (settings.steps - state.step),
        )

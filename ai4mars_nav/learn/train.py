"""One training run: a pure function of its settings and data, at whatever step it is resumed."""

from __future__ import annotations

import copy
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ai4mars_nav.dataset.manifest import class_shares, count_classes, label_weights
from ai4mars_nav.learn import checkpoint
from ai4mars_nav.learn.augment import Augmentation, Pool, make_batch, pool_of
from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.models import TerrainNet, as_input, load_weights, warm_start
from ai4mars_nav.terrain import UNKNOWN

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"
RUN = "run.json"


@dataclass(frozen=True)
class TrainSettings:
    """Everything that the weights depend on besides the data and the starting weights."""

    steps: int
    batch: int = 8
    seed: int = 0
    encoder_rate: float = 2e-4
    head_rate: float = 2e-3
    weight_decay: float = 1e-2
    warm_up: float = 0.1
    ema_decay: float = 0.998
    clip_norm: float = 5.0
    augmentation: Augmentation = field(default_factory=Augmentation)


@dataclass(frozen=True)
class Progress:
    """Where a run stands: mean loss over the interval, seconds a step, seconds to go."""

    step: int
    steps: int
    loss: float
    rate: float
    step_s: float
    eta_s: float


@dataclass
class State:
    """What changes while training; all of it is in the checkpoint."""

    step: int
    model: TerrainNet
    average: TerrainNet
    optimiser: torch.optim.Optimizer


def one_cycle(step: int, steps: int, warm_up: float) -> float:
    """Share of the full learning rate at a step: up over warm_up * steps, then down on a cosine."""
    rise = max(1.0, warm_up * steps)
    if step < rise:
        return 0.04 + 0.96 * step / rise
    return 0.5 * (1.0 + math.cos(math.pi * (step - rise) / max(1.0, steps - rise)))


def loss_of(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Class-weighted cross-entropy of logits (n, 4, h/4, w/4) on labels (n, h, w), 255 left out."""
    full = functional.interpolate(logits, labels.shape[1:], mode="bilinear", align_corners=False)
    return functional.cross_entropy(full, labels, weights, ignore_index=UNKNOWN)


def start(settings: TrainSettings, backbone: Path | None) -> State:
    """The state before the first step, from the seed and the optional encoder weights."""
    torch.manual_seed(settings.seed)
    model = TerrainNet()
    if backbone is not None:
        warm_start(model.encoder, backbone)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast
    average = copy.deepcopy(model).requires_grad_(False)
    return State(0, model, average, _optimiser(model, settings))


def _optimiser(model: TerrainNet, settings: TrainSettings) -> torch.optim.Optimizer:
    encoder = list(model.encoder.parameters())
    known = {id(parameter) for parameter in encoder}
    head = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups = [
        {"params": encoder, "lr": settings.encoder_rate},
        {"params": head, "lr": settings.head_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay)


def save_state(path: Path, state: State, settings: TrainSettings) -> None:
    """Write the whole state and the settings it belongs to."""
    content = {
        "settings": _plain(settings),
        "step": state.step,
        "model": state.model.state_dict(),
        "average": state.average.state_dict(),
        "optimiser": state.optimiser.state_dict(),
    }
    checkpoint.save(path, content)


def restore(path: Path, settings: TrainSettings) -> State:
    """The state that save_state wrote; other settings than the run began with are an error."""
    content = checkpoint.load(path)
    mine = _plain(settings)
    differing = [key for key in mine if content["settings"].get(key) != mine[key]]
    if differing:
        raise ModelFileError(f"{path}: the run began with another {', '.join(differing)}")
    state = start(settings, None)
    load_weights(state.model, content["model"], str(path))
    load_weights(state.average, content["average"], str(path))
    state.optimiser.load_state_dict(content["optimiser"])
    state.step = int(content["step"])
    return state


def _plain(settings: TrainSettings) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(asdict(settings)))
    return plain


def average_weights(path: Path) -> TerrainNet:
    """The averaged model of a checkpoint, ready for inference."""
    model = TerrainNet()
    load_weights(model, checkpoint.load(path)["average"], str(path))
    return model.eval().requires_grad_(False)


def train_step(
    state: State,
    pool: Pool,
    weights: Tensor,
    settings: TrainSettings,
) -> float:
    """One optimiser step and one move of the average; returns the loss before the step."""
    images, labels = make_batch(
        pool, settings.batch, settings.seed, state.step, settings.augmentation
    )
    share = one_cycle(state.step, settings.steps, settings.warm_up)
    full_rates = (settings.encoder_rate, settings.head_rate)
    for group, rate in zip(state.optimiser.param_groups, full_rates, strict=True):
        group["lr"] = rate * share
    logits = state.model(as_input(images))
    loss = loss_of(logits, torch.from_numpy(labels).long(), weights)
    if not torch.isfinite(loss):
        raise FloatingPointError(f"step {state.step}: the loss is {loss.item()}")
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.model.parameters(), settings.clip_norm)
    state.optimiser.step()
    state.step += 1
    _follow(state, settings.ema_decay)
    return float(loss.item())


def _follow(state: State, decay: float) -> None:
    held = min(decay, (1.0 + state.step) / (10.0 + state.step))
    with torch.no_grad():
        pairs = zip(state.average.parameters(), state.model.parameters(), strict=True)
        for mean, current in pairs:
            mean.lerp_(current, 1.0 - held)


def train(
    settings: TrainSettings,
    frames: Frames,
    folder: Path,
    backbone: Path | None,
    interval: int,
    report: Callable[[Progress], None],
) -> State:
    """Run or resume in folder until settings.steps; a checkpoint and a log line each interval."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / CHECKPOINT
    state = restore(path, settings) if path.exists() else start(settings, backbone)
    _cut_log(folder / LOG, state.step)
    pool = pool_of(frames)
    shares = class_shares(count_classes(frames.labels))
    weights = torch.from_numpy(label_weights(shares)).float()
    losses: list[float] = []
    began = time.monotonic()
    while state.step < settings.steps:
        losses.append(train_step(state, pool, weights, settings))
        if state.step % interval == 0 or state.step == settings.steps:
            step_s = (time.monotonic() - began) / len(losses)
            rate = state.optimiser.param_groups[0]["lr"]
            eta_s = step_s * (settings.steps - state.step)
            progress = Progress(
                state.step, settings.steps, float(np.mean(losses)), rate, step_s, eta_s
            )
            _append(folder / LOG, {**asdict(progress), "losses": losses})
            save_state(path, state, settings)
            report(progress)
            losses, began = [], time.monotonic()
    return state


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def _cut_log(path: Path, step: int) -> None:
    """Drop the lines past the checkpoint: those steps are run again."""
    if not path.exists():
        return
    whole = [line for line in path.read_text().splitlines() if line.endswith("}")]
    kept = [line for line in whole if json.loads(line)["step"] <= step]
    path.write_text("".join(line + "\n" for line in kept))

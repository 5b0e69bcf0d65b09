"""run.json: what a run was made from, and with what it was computed; its sidecar will carry it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ai4mars_nav.learn import checkpoint
from ai4mars_nav.learn.processes import Place
from ai4mars_nav.learn.train import CHECKPOINT, RUN
from ai4mars_nav.learn.train_settings import TrainSettings


@dataclass(frozen=True)
class Sources:
    """What a run reads: data root, split, frame side in pixels, stored weights."""

    data: Path
    split: str
    side: int
    backbone: Path | None


@dataclass(frozen=True)
class Session:
    """One stretch of a run: the step it began at, and what the rounding of its sums depends on."""

    step: int
    threads: int
    processes: int
    device: str
    precision: str
    torch: str


def begun_steps(folder: Path) -> int | None:
    """How many steps the run in a folder has been begun for; None where there is none."""
    path = folder / CHECKPOINT
    return int(checkpoint.load(path)["settings"]["steps"]) if path.exists() else None


def write_record(
    folder: Path, sources: Sources, settings: TrainSettings, place: Place
) -> tuple[str, ...]:
    """Write folder/run.json; what is to be said of a run that goes on under other conditions."""
    path, held = folder / RUN, folder / CHECKPOINT
    step = int(checkpoint.load(held)["step"]) if held.exists() else 0
    earlier = _sessions(path) if step else []
    now = asdict(_session(step, place))
    record = {**_made_from(sources, settings), "sessions": [*earlier, now]}
    folder.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".part")
    aside.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    aside.replace(path)
    return tuple(
        f"from step {step} on with {key} {now[key]}, before with {earlier[-1][key]}: the curve "
        "goes on, but not bit by bit as it would have"
        for key in now
        if earlier and key != "step" and earlier[-1].get(key) != now[key]
    )


def _sessions(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    sessions: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")).get(
        "sessions", []
    )
    return sessions


def _session(step: int, place: Place) -> Session:
    precision = str(place.precision or torch.float32).removeprefix("torch.")
    threads = torch.get_num_threads()
    return Session(step, threads, place.world, place.device.type, precision, torch.__version__)


def _made_from(sources: Sources, settings: TrainSettings) -> dict[str, Any]:
    """Files by their names, never their places."""
    data, backbone = sources.data.resolve().name, sources.backbone
    return {
        "data": f"{data}, splits/{sources.split}.txt",
        "command": " ".join(["ai4mars train", *_options(data, sources, settings)]),
        "start": "random weights" if backbone is None else f"encoder from {backbone.name}",
        "seed": settings.seed,
        "steps": settings.steps,
        "network": settings.network,
    }


def _options(data: str, sources: Sources, settings: TrainSettings) -> list[str]:
    """The options that make the run again, those at their defaults left out."""
    options = [f"--data {data}", f"--split {sources.split}"]
    if sources.backbone is not None:
        options.append(f"--backbone {sources.backbone.name}")
    options += [f"--steps {settings.steps}", f"--batch {settings.batch}", f"--side {sources.side}"]
    options.append(f"--seed {settings.seed}")
    usual = TrainSettings(steps=settings.steps)
    options += [
        f"--{key} {getattr(settings, key)}"
        for key in ("network", "loss", "smoothing")
        if getattr(settings, key) != getattr(usual, key)
    ]
    options += [
        f"--{key} {getattr(settings.augmentation, key)}"
        for key in ("zoom", "pasted")
        if getattr(settings.augmentation, key) != getattr(usual.augmentation, key)
    ]
    return options

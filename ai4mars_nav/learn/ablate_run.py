"""One variant of the ablation: trained, scored on validation, kept as a JSON file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ai4mars_nav.learn import run_log
from ai4mars_nav.learn.ablate_crowd import crowd_frames
from ai4mars_nav.learn.ablate_variants import Variant
from ai4mars_nav.learn.data import I64, U8, Frames, sites
from ai4mars_nav.learn.errors import LearnError
from ai4mars_nav.learn.preprocess import as_input
from ai4mars_nav.learn.scores import confusion, score
from ai4mars_nav.learn.soft import Soft
from ai4mars_nav.learn.teacher import taught
from ai4mars_nav.learn.train import CHECKPOINT, LOG, Progress, train
from ai4mars_nav.learn.train_settings import plain

RESULT = "result.json"
INTERVAL = 100
_AT_ONCE = 32


@dataclass(frozen=True)
class Material:
    """Training and validation frames of one size, and the weights a warm start takes."""

    train: Frames
    validation: Frames
    backbone: Path
    steps: int
    shares: U8 | None = None  # what a teacher says of the training frames
    rendered: Frames | None = None  # labelled frames of simulated worlds, of the same size

    @property
    def side(self) -> int:
        """Of the frames, in pixels."""
        return int(self.train.images.shape[1])


def said_of(model: nn.Module, images: U8, shape: tuple[int, int]) -> U8:
    """Classes (n, *shape) that a network says of images (n, h, w)."""
    model.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(images), _AT_ONCE):
            logits = model(as_input(images[start : start + _AT_ONCE]))
            full = functional.interpolate(logits, shape, mode="bilinear")
            found.append(full.argmax(dim=1).numpy().astype(np.uint8))
    return np.concatenate(found)


def judged(model: nn.Module, frames: Frames) -> I64:
    """Confusion matrices (n, 4, 4) of a network on frames, at the size of their labels."""
    height, width = frames.labels.shape[1:]
    said = said_of(model, frames.images, (height, width))
    return np.stack([confusion(*pair) for pair in zip(frames.labels, said, strict=True)])


def read_result(path: Path) -> dict[str, Any]:
    """A result that was kept."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def cpu_before(folder: Path) -> float:
    """CPU seconds that the steps of an interrupted training in a folder took, by its log."""
    return float(sum(line["cpu_s"] * len(line["losses"]) for line in run_log.read(folder / LOG)))


def _kept(path: Path, variant: Variant, material: Material) -> dict[str, Any]:
    """The result of an earlier call, refused where it is of another training."""
    result = read_result(path)
    settings = plain(variant.settings(material.steps))
    if result["settings"] != settings or result["side"] != material.side:
        raise LearnError(f"{path}: is of other settings; name another --out or remove it")
    return result


def _targets(variant: Variant, material: Material) -> tuple[Frames, Soft | None]:
    """The training frames of a variant with its labels, and its soft targets."""
    frames, shares = _frames(variant, material), material.shares
    if variant.labels == "truth":
        return frames, None
    if variant.labels != "teacher":
        return crowd_frames(frames, variant.labels, variant.seed)
    if shares is None:
        raise LearnError(f"variant {variant.name} needs --shares")
    return frames, taught(frames, shares)


def _frames(variant: Variant, material: Material) -> Frames:
    real, rendered = material.train, material.rendered
    if variant.data == "real":
        return real
    if rendered is None:
        raise LearnError(f"variant {variant.name} needs --rendered")
    if variant.data == "rendered":
        return rendered
    return Frames(
        real.names + rendered.names,
        np.concatenate([real.images, rendered.images]),
        np.concatenate([real.labels, rendered.labels]),
    )


def run(
    variant: Variant, material: Material, folder: Path, report: Callable[[str], None]
) -> dict[str, Any]:
    """Train a variant in its folder, or go on with it; its result, which is also kept there."""
    path = folder / RESULT
    if path.exists():
        return _kept(path, variant, material)
    began = time.process_time() - cpu_before(folder)
    frames, soft = _targets(variant, material)

    def tell(progress: Progress) -> None:
        report(
            f"{variant.name}: step {progress.step}/{progress.steps}  loss {progress.loss:.4f}"
            f"  {progress.step_s:.3f} s a step"
        )

    settings = variant.settings(material.steps)
    backbone = material.backbone if variant.warm else None
    state = train(settings, frames, folder, backbone, INTERVAL, tell, soft=soft)
    scores = score(judged(state.average, material.validation), sites(material.validation.names))
    result = {
        "name": variant.name,
        "family": variant.family,
        "what": variant.what,
        "warm": variant.warm,
        "labels": variant.labels,
        "frames": len(frames.names),
        "settings": plain(settings),
        "side": material.side,
        "parameters": sum(p.numel() for p in state.average.parameters()),
        "cpu_seconds": round(time.process_time() - began, 1),
        "validation": asdict(scores),
    }
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (folder / CHECKPOINT).unlink()
    return read_result(path)

"""Checkpoints that survive kill -9: written aside, flushed, then renamed."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import torch

from ai4mars_nav.learn.errors import ModelFileError

FORMAT = "ai4mars-checkpoint/1"


def save(path: Path, content: dict[str, Any]) -> None:
    """Write tensors and plain values so that path always holds one whole checkpoint."""
    aside = path.with_name(path.name + ".part")
    with aside.open("wb") as file:
        torch.save({"format": FORMAT, **content}, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def load(path: Path) -> dict[str, Any]:
    """The content of a checkpoint, as tensors and plain values only."""
    if not path.is_file():
        raise ModelFileError(f"{path}: no such checkpoint")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ModelFileError(f"{path}: not a readable checkpoint: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ModelFileError(f"{path}: not of format {FORMAT}")
    return content

"""What the stages that are never trained see of each picture and of views of it, kept on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ai4mars_nav.content.learn.chain_network import REDUCED, SHALLOW, ChainNet
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining
from ai4mars_nav.content.learn.multi_label_views import whole_view
from ai4mars_nav.content.network_input import network_input, squeezed
from ai4mars_nav.dataset.images import write_atomically

U8 = NDArray[np.uint8]
F16 = NDArray[np.float16]
F32 = NDArray[np.float32]
_AT_ONCE = 16


def variant(
    network: ChainNet,
    pictures: Sequence[U8],
    settings: MultiLabelTraining,
    number: int,
    folder: Path,
    report: Callable[[str], None],
) -> F16:
    """(pictures, 96, side / 16, side / 16) of one variant; number 0 is the pictures themselves.

    It is kept in a file in `folder`, and taken from it if that has as many pictures.
    """
    kept = folder / f"variant-{number}.npy"
    places = settings.side // REDUCED
    stored = np.load(kept, allow_pickle=False) if kept.is_file() else None
    if stored is None or stored.shape != (len(pictures), SHALLOW, places, places):
        report(f"variant {number + 1} of {settings.variants}, {len(pictures)} pictures")
        stored = _seen(network, pictures, settings, number)
        _keep(kept, stored)
    return np.asarray(stored, np.float16)


def deep_features(network: ChainNet, shallow: F16) -> F32:
    """(n, 2560): mean and maximum of what the last layer sees of what the fixed stages saw."""
    found = []
    for at in range(0, len(shallow), _AT_ONCE):
        with torch.inference_mode():
            seen = network.deep(torch.from_numpy(shallow[at : at + _AT_ONCE]).to(torch.float32))
            found.append(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1).numpy())
    return np.concatenate(found)


def _seen(
    network: ChainNet, pictures: Sequence[U8], settings: MultiLabelTraining, number: int
) -> F16:
    found = []
    for at in range(0, len(pictures), _AT_ONCE):
        views = [
            _variant(picture, settings, number, place)
            for place, picture in enumerate(pictures[at : at + _AT_ONCE], start=at)
        ]
        inputs = np.concatenate([network_input(view, settings.side) for view in views])
        with torch.inference_mode():
            tensor = torch.from_numpy(inputs).contiguous(memory_format=torch.channels_last)
            found.append(network.shallow(tensor).contiguous().numpy().astype(np.float16))
    return np.concatenate(found)


def _variant(picture: U8, settings: MultiLabelTraining, number: int, place: int) -> U8:
    if number == 0:
        return squeezed(picture, settings.side)
    rng = np.random.default_rng([settings.seed, number, place])
    return whole_view(picture, settings, rng)


def _keep(path: Path, seen: F16) -> None:
    def write(part: Path) -> None:
        with part.open("wb") as file:
            np.save(file, seen)

    write_atomically(path, write)

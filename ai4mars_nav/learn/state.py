"""What changes while training, from the first step or from a checkpoint."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ai4mars_nav.learn import checkpoint
from ai4mars_nav.learn.batch_norm import share_batch_norms
from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.networks.network import Network
from ai4mars_nav.learn.networks.registry import DEFAULT, make_network
from ai4mars_nav.learn.processes import ALONE, Place
from ai4mars_nav.learn.train_settings import TrainSettings, differing, plain


@dataclass
class State:
    """All of it is in the checkpoint, but `forward`: the model as it is called, alone or joined."""

    step: int
    model: Network
    average: Network
    optimiser: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    forward: Callable[[Tensor], Tensor]


def start(settings: TrainSettings, backbone: Path | None, place: Place = ALONE) -> State:
    """The state before the first step, from the seed and the optional stored weights."""
    torch.manual_seed(settings.seed)
    model = make_network(settings.network)
    if backbone is not None:
        model.warm_start(backbone)
    # channels last is twice as fast
    model.to(place.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(model).requires_grad_(False).eval()
    scaler = torch.amp.GradScaler(place.device.type, enabled=place.precision is torch.float16)
    optimiser = _optimiser(model, settings)
    return State(0, model, average, optimiser, scaler, _joined(model, place))


def _joined(model: Network, place: Place) -> Callable[[Tensor], Tensor]:
    """The model with its gradients and batch norms shared by all processes."""
    if place.world == 1:
        return model
    share_batch_norms(model, place.total)
    devices = [place.device.index] if place.device.type == "cuda" else None
    joined = DistributedDataParallel(model, devices, forward_sync_buffers=False)
    return cast(Callable[[Tensor], Tensor], joined)


def _optimiser(model: Network, settings: TrainSettings) -> torch.optim.Optimizer:
    warm = model.warm_parameters()
    known = {id(parameter) for parameter in warm}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups = [
        {"params": warm, "lr": settings.encoder_rate},
        {"params": rest, "lr": settings.head_rate},
    ]
    return torch.optim.AdamW(groups, weight_decay=settings.weight_decay)


def save_state(path: Path, state: State, settings: TrainSettings) -> None:
    """Write the whole state and the settings it belongs to."""
    content = {
        "settings": plain(settings),
        "step": state.step,
        "model": state.model.state_dict(),
        "average": state.average.state_dict(),
        "optimiser": state.optimiser.state_dict(),
        "scaler": state.scaler.state_dict(),
    }
    checkpoint.save(path, content)


def restore(path: Path, settings: TrainSettings, place: Place = ALONE) -> State:
    """The state that save_state wrote; other settings than the run began with are an error."""
    content = checkpoint.load(path)
    wrong = differing(content["settings"], settings)
    if wrong:
        raise ModelFileError(f"{path}: the run began with another {', '.join(wrong)}")
    state = start(settings, None, place)
    load_weights(state.model, content["model"], str(path))
    load_weights(state.average, content["average"], str(path))
    state.optimiser.load_state_dict(content["optimiser"])
    state.scaler.load_state_dict(content.get("scaler", {}))
    state.step = int(content["step"])
    return state


def average_weights(path: Path) -> Network:
    """The averaged network of a checkpoint as it is deployed, ready for inference."""
    content = checkpoint.load(path)
    model = make_network(content["settings"].get("network", DEFAULT))
    load_weights(model, content["average"], str(path))
    return model.eval().deployed().requires_grad_(False)


def load_weights(model: nn.Module, weights: Mapping[str, Tensor], where: str) -> None:
    """Put a state dict into the model; one that does not fit is an error that names where."""
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelFileError(f"{where}: weights of another model: {error}") from error


def follow(average: nn.Module, model: nn.Module, step: int, decay: float) -> None:
    """Move the average towards the model; early on by more. Batch statistics are averaged too."""
    held = min(decay, (1.0 + step) / (10.0 + step))
    with torch.no_grad():
        for mean, current in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(current, 1.0 - held)
        for kept, now in zip(average.buffers(), model.buffers(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(now, 1.0 - held)
            else:
                kept.copy_(now)

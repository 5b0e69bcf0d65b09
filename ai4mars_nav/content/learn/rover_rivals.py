"""What rover or surface by configuration is compared with: a ResNet-50, and a probe of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ai4mars_nav.content.calibration import softmax
from ai4mars_nav.content.learn import draw, probe
from ai4mars_nav.content.learn.network import ContentNet
from ai4mars_nav.content.learn.resnet50 import ResNet50
from ai4mars_nav.content.learn.settings import Training
from ai4mars_nav.content.network_input import network_input
from ai4mars_nav.learn import checkpoint

U8 = NDArray[np.uint8]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

Report = Callable[[str], None]

_PUBLISHED_RATE, _MOMENTUM = 0.01, 0.9
_INTERVAL = 20
_AT_ONCE = 32


def resnet(
    learned: Sequence[U8],
    kinds: I64,
    judged: Sequence[U8],
    side: int,
    seconds: float,
    out: Path,
    report: Report,
) -> tuple[F64, dict[str, float]]:
    """Probabilities (n, 2) by a ResNet-50 without stored weights, and what its training took.

    It is trained for so many seconds of processor time by the published rule (momentum 0.9, rate
    0.01, batches of 32) on views (side, side), and goes on where a killed run was.
    """
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = ResNet50(2)
    optimiser = torch.optim.SGD(network.parameters(), _PUBLISHED_RATE, _MOMENTUM)
    path, step, spent = out / "resnet50.pt", 0, 0.0
    if path.is_file():
        content = checkpoint.load(path)
        network.load_state_dict(content["network"])
        optimiser.load_state_dict(content["optimiser"])
        step, spent = int(content["step"]), float(content["spent"])
    settings = Training(side=side)
    support = np.bincount(kinds, minlength=2).tolist()
    chance = draw.chances(kinds, support, settings.evenness)
    network.train()
    while spent < seconds:
        begun = time.process_time()
        inputs, labels = draw.batch(learned, kinds, chance, settings, step)
        loss = functional.cross_entropy(network(inputs), labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        step += 1
        spent += time.process_time() - begun
        if step % _INTERVAL == 0 or spent >= seconds:
            state = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
            checkpoint.save(path, {**state, "step": step, "spent": spent})
            last = float(loss.detach())
            report(f"ResNet-50 step {step}, {spent:.0f} of {seconds:.0f} s, loss {last:.3f}")
    network.eval()
    found = []
    for at in range(0, len(judged), _AT_ONCE):
        views = np.concatenate([network_input(p, side) for p in judged[at : at + _AT_ONCE]])
        with torch.inference_mode():
            found.append(network(torch.from_numpy(views)).numpy().astype(np.float64))
    took = {"steps": step, "pictures_seen": step * settings.batch, "seconds": spent}
    return softmax(np.concatenate(found)), {**took, "side": side}


def two_class_probe(
    learned: Sequence[U8], kinds: I64, judged: Sequence[U8], backbone: Path, out: Path
) -> F64:
    """Probabilities (n, 2) by a line over what the stored MobileNetV2 sees, fitted to two classes.

    How common each was in training is taken out, as in the probe of MSLNet.
    """
    torch.set_num_threads(1)
    settings = Training()
    network = ContentNet(2)
    network.warm_start(backbone)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    seen = probe.features(network, learned, settings.side, out / "learned.npy")
    support = np.bincount(kinds, minlength=2).tolist()
    chance = draw.chances(kinds, support, settings.evenness)
    offsets = draw.log_shares(support, settings.evenness)
    weights = torch.from_numpy(chance).to(torch.float32)
    probe.fit_head(network, seen, kinds, offsets, weights)
    other = probe.features(network, judged, settings.side, out / "judged.npy")
    with torch.inference_mode():
        logits = network.head(torch.from_numpy(other)[..., None, None])[..., 0, 0]
    return softmax(logits.numpy().astype(np.float64))

"""What heads say of pictures of sites that they never saw, so that all of them can calibrate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ai4mars_nav.content.learn.chain_network import ChainNet
from ai4mars_nav.content.learn.multi_label_lesson import MultiLabelLesson, chances
from ai4mars_nav.content.learn.multi_label_probe import fit_heads
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Chosen = NDArray[np.bool_]


@dataclass(frozen=True)
class Own:
    """Own logits (n, classes) of pictures, and the links (n, classes, classes) of whose they are.

    Pictures may be of different heads: each of a chain whose links are its own.
    """

    logits: F64
    links: F64

    def of(self, chosen: Chosen) -> Own:
        """Of those pictures alone."""
        return Own(self.logits[chosen], self.links[chosen])


def heads_on(
    lesson: MultiLabelLesson, seen: F32, learned: Chosen, settings: MultiLabelTraining
) -> tuple[Own, Own]:
    """Chain and independent heads fitted to the pictures chosen, and what they say of all (n,).

    `seen` (n, 2560) is what a network that does not change sees of the lesson's pictures.
    """
    network = ChainNet(len(lesson.names))
    labels = lesson.labels[learned]
    weights = torch.from_numpy(chances(labels, settings.evenness)).to(torch.float32)
    truth = torch.from_numpy(labels).to(torch.float32)
    fit_heads(network, seen[learned], truth, weights, settings.probe_decay)
    chain, alone = (_own(network, seen, is_chain) for is_chain in (True, False))
    return chain, alone


def joined(by_part: Mapping[int, Own], part: I64) -> Own:
    """Each picture (n,) by the head of its part; those of parts without a head are nan."""
    first = next(iter(by_part.values()))
    logits, links = np.full_like(first.logits, np.nan), np.full_like(first.links, np.nan)
    for number, own in by_part.items():
        logits[part == number] = own.logits[part == number]
        links[part == number] = own.links[part == number]
    return Own(logits, links)


def _own(network: ChainNet, seen: F32, is_chain: bool) -> Own:
    head, links = network.one_head(is_chain)
    with torch.inference_mode():
        logits = head.head(torch.from_numpy(seen)[..., None, None])[..., 0, 0]
    matrix = links.numpy().astype(np.float64)
    own = logits.numpy().astype(np.float64)
    return Own(own, np.broadcast_to(matrix, (len(own), *matrix.shape)))

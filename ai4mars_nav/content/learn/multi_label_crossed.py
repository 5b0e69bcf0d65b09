"""What heads say of pictures of sites that they never saw, so that all of them can calibrate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.learn.chain_network import ChainNet
from ai4mars_nav.content.learn.multi_label_lesson import MultiLabelLesson, chances
from ai4mars_nav.content.learn.multi_label_probe import fit_heads
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]
Chosen = NDArray[np.bool_]

PARTS = 5
"""That the sites are dealt into."""


@dataclass(frozen=True)
class Own:
    """Own logits (n, classes) of pictures, and the links (classes, classes) of whose they are.

    Pictures may be of different heads, each of a chain whose links are its own: then links are
    (n, classes, classes).
    """

    logits: F64
    links: F64

    def of(self, chosen: Chosen) -> Own:
        """Of those pictures alone."""
        return Own(self.logits[chosen], self.links[chosen])


@dataclass(frozen=True)
class Known:
    """What a chain and independent heads say of pictures that they never saw, and the truth.

    Labels are (n, classes) of 1, 0 or -1; Platt's scaling is fitted on all this.
    """

    chain: Own
    alone: Own
    labels: I8
    in_words: str


def crossed(lesson: MultiLabelLesson, seen: F32, settings: MultiLabelTraining) -> Known:
    """Each picture of a lesson by heads of those sites that are not in its part.

    `seen` (n, 2560) is what a network that does not change sees of them.
    """
    sites = len(set(lesson.groups))
    if sites < PARTS:
        raise ContentError(
            f"all images are of {sites} sites or sols: {PARTS} are needed, so that heads can be "
            "asked of sites that they never saw"
        )
    part = dealt(lesson.groups)
    heads = {at: heads_on(lesson, seen, part != at, settings) for at in range(PARTS)}
    chain, alone = (joined({at: both[way] for at, both in heads.items()}, part) for way in (0, 1))
    in_words = (
        f"{len(part)} pictures of {sites} sites or sols, all that were learned from, each by heads "
        "that never saw its site"
    )
    return Known(chain, alone, lesson.labels, in_words)


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


def dealt(groups: Sequence[str]) -> I64:
    """(n,) the part that each picture is in: whole groups, the large ones first, evenly."""
    sizes = [0] * PARTS
    part_of: dict[str, int] = {}
    for group, count in sorted(Counter(groups).items(), key=lambda pair: (-pair[1], pair[0])):
        part_of[group] = sizes.index(min(sizes))
        sizes[part_of[group]] += count
    return np.array([part_of[group] for group in groups], np.int64)


def _own(network: ChainNet, seen: F32, is_chain: bool) -> Own:
    head, links = network.one_head(is_chain)
    with torch.inference_mode():
        logits = head.head(torch.from_numpy(seen)[..., None, None])[..., 0, 0]
    matrix = links.numpy().astype(np.float64)
    own = logits.numpy().astype(np.float64)
    return Own(own, np.broadcast_to(matrix, (len(own), *matrix.shape)))

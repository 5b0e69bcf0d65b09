"""The labels of a crowd as a model can be compared with them: one at random, and the merge."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from ai4mars_nav.dataset.errors import BadInput, Findings
from ai4mars_nav.dataset.images import read_grey
from ai4mars_nav.dataset.merge import MergeSettings, merge
from ai4mars_nav.dataset.raw import RawImage, Stack, read_stack
from ai4mars_nav.learn.evaluate import ManyLabelled
from ai4mars_nav.learn.scores import I64, confusion
from ai4mars_nav.terrain import UNKNOWN

U8 = npt.NDArray[np.uint8]

MERGED = "raw: merged"
RANDOM = "raw: random labeller"
RANDOM_WHERE_MERGED = "raw: random labeller, where merged"


def chosen_labeller(stack: Stack, seed: int) -> int:
    """Which of the labels of an image to take: the same whatever other images there are."""
    rng = np.random.default_rng([seed, zlib.crc32(stack.product.lower().encode())])
    return int(rng.integers(len(stack.labels)))


def sides_of(stack: Stack, settings: MergeSettings, seed: int) -> dict[str, U8]:
    """Labels (h, w) by name: the merge, one labeller's, and his where the merge has a class.

    The last is judged on the pixels of the first, so that the two differ by their labels alone.
    """
    merged = merge(stack.labels, settings)
    one = stack.labels[chosen_labeller(stack, seed)]
    shared = np.where(merged == UNKNOWN, np.uint8(UNKNOWN), one)
    return {MERGED: merged, RANDOM: one, RANDOM_WHERE_MERGED: shared}


def labeller_as_model(stack: Stack, settings: MergeSettings, seed: int) -> I64:
    """Counts (4, 4) of the chosen labeller against the merge of all others: how well people do."""
    one = chosen_labeller(stack, seed)
    others = np.delete(stack.labels, one, axis=0)
    if len(others) == 0:
        return np.zeros((4, 4), np.int64)
    return confusion(merge(others, settings), stack.labels[one])


def read_sides(
    images: Iterable[RawImage],
    settings: MergeSettings,
    seed: int,
    findings: Findings,
    people: list[I64],
) -> Iterator[ManyLabelled]:
    """Each image with its labels by name; `people` gets the counts of `labeller_as_model`.

    An image without a label that says anything is left out.
    """
    for image in images:
        stack = read_stack(image, findings)
        if not len(stack.labels) or image.picture is None:
            continue
        try:
            grey = read_grey(image.picture.image)
        except BadInput as error:
            findings.note(error.problem)
            continue
        people.append(labeller_as_model(stack, settings, seed))
        yield image.product, grey, sides_of(stack, settings, seed)

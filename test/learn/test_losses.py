"""Every loss against its formula, written out pixel by pixel."""

from __future__ import annotations

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.nn import functional  # noqa: E402

from ai4mars_nav.learn.losses import LOSSES, alone, vote_cross_entropy  # noqa: E402

WEIGHTS = (0.7, 0.4, 0.9, 0.99)


def case(seed: int, count: int = 2, side: int = 6) -> tuple[torch.Tensor, torch.Tensor]:
    """Random logits and labels with unlabelled pixels; the second image lacks two classes."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2.0 * torch.randn(count, 4, side, side, generator=generator, dtype=torch.float64)
    labels = torch.randint(0, 4, (count, side, side), generator=generator)
    labels[1:] = labels[1:].clamp(max=1)
    labels[torch.rand(labels.shape, generator=generator) < 0.3] = 255
    return logits, labels


def weights() -> torch.Tensor:
    return torch.tensor(WEIGHTS, dtype=torch.float64)


def pixels(logits: torch.Tensor, labels: torch.Tensor, image: int | None = None):
    """(probabilities, label) of every labelled pixel, one at a time."""
    images = range(len(labels)) if image is None else (image,)
    for n in images:
        for y in range(labels.shape[1]):
            for x in range(labels.shape[2]):
                label = int(labels[n, y, x])
                if label == 255:
                    continue
                powers = [math.exp(float(v)) for v in logits[n, :, y, x]]
                yield [power / sum(powers) for power in powers], label


def slow_cross_entropy(logits, labels, smoothing, focus=0.0):
    above, below = 0.0, 0.0
    for p, label in pixels(logits, labels):
        goal = [smoothing / 4 + (1.0 - smoothing) * (index == label) for index in range(4)]
        entropy = -sum(w * g * math.log(q) for w, g, q in zip(WEIGHTS, goal, p, strict=True))
        above += (1.0 - p[label]) ** focus * entropy
        below += WEIGHTS[label]
    return above / below


def slow_focal(logits, labels, smoothing):
    return slow_cross_entropy(logits, labels, smoothing, focus=2.0)


def slow_dice(logits, labels, smoothing):
    found = list(pixels(logits, labels))
    parts = []
    for index in sorted({label for _, label in found}):
        both = sum(p[index] for p, label in found if label == index)
        said = sum(p[index] for p, _ in found)
        there = sum(label == index for _, label in found)
        parts.append(1.0 - (2.0 * both + 1.0) / (said + there + 1.0))
    return slow_cross_entropy(logits, labels, smoothing) + sum(parts) / len(parts)


def jaccard_loss(wrong: set[int], truth: set[int]) -> float:
    """One minus the IoU of a class whose pixels `wrong` are called falsely."""
    missed, invented = truth & wrong, wrong - truth
    return 1.0 - (len(truth) - len(missed)) / (len(truth) + len(invented))


def slow_lovasz_of_class(errors: list[float], truth: set[int]) -> float:
    order = sorted(range(len(errors)), key=lambda i: -errors[i])
    steps = [
        jaccard_loss(set(order[: k + 1]), truth) - (jaccard_loss(set(order[:k]), truth))
        for k in range(len(order))
    ]
    return sum(errors[i] * step for i, step in zip(order, steps, strict=True))


def slow_lovasz(logits, labels, smoothing):
    images = []
    for image in range(len(labels)):
        found = list(pixels(logits, labels, image))
        classes = []
        for index in sorted({label for _, label in found}):
            truth = {i for i, (_, label) in enumerate(found) if label == index}
            errors = [abs((label == index) - p[index]) for p, label in found]
            classes.append(slow_lovasz_of_class(errors, truth))
        images.append(sum(classes) / len(classes))
    return slow_cross_entropy(logits, labels, smoothing) + sum(images) / len(images)


SLOW = {
    "cross-entropy": slow_cross_entropy,
    "focal": slow_focal,
    "dice": slow_dice,
    "lovasz": slow_lovasz,
}


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("name", LOSSES)
def test_loss_is_its_formula(name, smoothing):
    for seed in range(3):
        logits, labels = case(seed)
        found = LOSSES[name](logits, labels, weights(), alone, smoothing)
        assert float(found) == pytest.approx(SLOW[name](logits, labels, smoothing), rel=1e-9)


def test_cross_entropy_is_the_one_of_torch():
    logits, labels = case(0)
    wanted = functional.cross_entropy(logits, labels, weights(), ignore_index=255)
    torch.testing.assert_close(
        LOSSES["cross-entropy"](logits, labels, weights(), alone, 0.0), wanted
    )


@pytest.mark.parametrize("name", LOSSES)
def test_unlabelled_pixels_have_no_say_and_no_gradient(name):
    logits, labels = case(3)
    other = torch.where(labels.unsqueeze(1) == 255, 9.0 * torch.randn_like(logits), logits)
    values = []
    for one in (logits, other):
        one.requires_grad_(True)
        loss = LOSSES[name](one, labels, weights(), alone, 0.0)
        loss.backward()
        values.append(float(loss.detach()))
        unlabelled = (labels == 255).unsqueeze(1).expand_as(logits)
        assert not one.grad[unlabelled].any()
        assert one.grad[~unlabelled].any()
    assert values[0] == pytest.approx(values[1], rel=1e-12)


@pytest.mark.parametrize("name", LOSSES)
def test_a_batch_without_labels_costs_nothing(name):
    logits, labels = case(0)
    logits.requires_grad_(True)
    loss = LOSSES[name](logits, torch.full_like(labels, 255), weights(), alone, 0.0)
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert not logits.grad.any()


@pytest.mark.parametrize("name", LOSSES)
def test_going_down_the_gradient_makes_the_loss_smaller(name):
    logits, labels = case(4)
    logits.requires_grad_(True)
    before = LOSSES[name](logits, labels, weights(), alone, 0.0)
    before.backward()
    with torch.no_grad():
        moved = logits - 0.1 * logits.grad / logits.grad.norm()
        after = LOSSES[name](moved, labels, weights(), alone, 0.0)
    assert float(after) < float(before.detach())


@pytest.mark.parametrize("name", LOSSES)
def test_a_rare_class_in_its_place_is_rewarded(name):
    _, labels = case(5)
    right = 12.0 * functional.one_hot(labels.clamp(max=3), 4).movedim(3, 1).double()
    wrong = right.roll(1, 1)
    good, bad = (LOSSES[name](x, labels, weights(), alone, 0.0) for x in (right, wrong))
    assert float(good) < 0.05 < 1.0 < float(bad)


def test_votes_of_one_are_labels():
    logits, labels = case(1)
    shares = (labels.unsqueeze(1) == torch.arange(4)[:, None, None]).double()
    wanted = LOSSES["cross-entropy"](logits, labels, weights(), alone, 0.0)
    torch.testing.assert_close(vote_cross_entropy(logits, shares, weights(), alone), wanted)


def test_split_votes_are_their_formula():
    logits, labels = case(2)
    rng = np.random.default_rng(0)
    votes = torch.from_numpy(rng.integers(0, 4, tuple(logits.shape)).astype(np.float64))
    votes[(labels == 255).unsqueeze(1).expand_as(votes)] = 0.0
    shares = votes / votes.sum(1, keepdim=True).clamp(min=1.0)
    above, below = 0.0, 0.0
    for n, y, x in np.ndindex(tuple(labels.shape)):
        p = torch.softmax(logits[n, :, y, x], 0)
        for index in range(4):
            share = WEIGHTS[index] * float(shares[n, index, y, x])
            above -= share * math.log(float(p[index]))
            below += share
    found = vote_cross_entropy(logits, shares, weights(), alone)
    assert float(found) == pytest.approx(above / below, rel=1e-9)
    nothing = vote_cross_entropy(logits, torch.zeros_like(shares), weights(), alone)
    assert float(nothing) == 0.0

"""Sites dealt into parts: nothing is judged or calibrated by what saw its site."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.content.chain import no_platt, through_chain  # noqa: E402
from ai4mars_nav.content.errors import ContentError  # noqa: E402
from ai4mars_nav.content.learn.multi_label_compare import (  # noqa: E402
    ALONE,
    CHAIN,
    FIFTH,
    judged,
)
from ai4mars_nav.content.learn.multi_label_crossed import (  # noqa: E402
    Own,
    crossed,
    dealt,
    heads_on,
    joined,
)
from ai4mars_nav.content.learn.multi_label_evenness import table  # noqa: E402
from ai4mars_nav.content.learn.multi_label_lesson import MultiLabelLesson  # noqa: E402
from ai4mars_nav.content.learn.multi_label_settings import MultiLabelTraining  # noqa: E402
from ai4mars_nav.content.learn.network import FEATURES  # noqa: E402
from ai4mars_nav.content.multi_label_scores import Claims, surprise  # noqa: E402

SETTINGS = MultiLabelTraining()


def sites_that_teach_nothing():
    """Thirteen sites whose labels are told by a feature of their own, which no other has."""
    seen = np.zeros((130, FEATURES), np.float32)
    labels = np.zeros((130, 2), np.int8)
    for at in range(130):
        seen[at, at % 13] = 1.0
        labels[at] = at % 13 % 2, 1 - at % 13 % 2
    groups = tuple(f"site {at % 13}" for at in range(130))
    return MultiLabelLesson([], labels, ("a", "b"), groups), seen


def test_no_part_is_judged_by_what_saw_its_site():
    lesson, seen = sites_that_teach_nothing()
    groups = lesson.groups
    part = dealt(groups)
    assert len({(group, number) for group, number in zip(groups, part, strict=True)}) == 13
    assert np.bincount(part).tolist() == [30, 30, 30, 20, 20]
    found = judged(lesson, seen, SETTINGS)
    chain, alone = found[CHAIN], found[ALONE]
    for before, after in (chain, alone, found[FIFTH]):
        assert before.probabilities.shape == after.probabilities.shape == (130, 2)
        right = (after.probabilities > 0.5) == lesson.labels
        assert right.mean() < 0.7


def test_all_pictures_calibrate_by_heads_that_never_saw_their_site():
    lesson, seen = sites_that_teach_nothing()
    known = crossed(lesson, seen, SETTINGS)
    part = dealt(lesson.groups)
    # the slow twin: what is crossed is what heads of the other sites alone say
    chain, alone = heads_on(lesson, seen, part != 2, SETTINGS)
    for found, wanted in ((known.chain, chain), (known.alone, alone)):
        np.testing.assert_array_equal(found.of(part == 2).logits, wanted.of(part == 2).logits)
        np.testing.assert_array_equal(found.of(part == 2).links, wanted.of(part == 2).links)
        assert np.isfinite(found.logits).all()
    shares = through_chain(known.chain.logits, known.chain.links, no_platt(2))
    assert ((shares > 0.5) == lesson.labels).mean() < 0.7
    whole, _ = heads_on(lesson, seen, np.ones(130, bool), SETTINGS)
    shares = through_chain(whole.logits, whole.links, no_platt(2))
    assert ((shares > 0.5) == lesson.labels).mean() > 0.95
    few = replace(lesson, groups=("a", "b", "c", "d") * 32 + ("a", "b"))
    with pytest.raises(ContentError, match="of 4 sites or sols: 5 are needed"):
        crossed(few, seen, SETTINGS)


def test_what_was_said_of_each_part_is_joined():
    part = np.array([0, 1, 2, 0])
    says = {at: Own(np.full((4, 2), float(at)), np.full((4, 2, 2), float(at))) for at in (0, 2)}
    found = joined(says, part)
    np.testing.assert_array_equal(found.logits[:, 0], [0.0, np.nan, 2.0, 0.0])
    np.testing.assert_array_equal(found.links[:, 1, 0], [0.0, np.nan, 2.0, 0.0])
    assert found.of(part == 2).logits.shape == (1, 2)


def test_differences_are_of_the_same_pictures():
    labels = np.array([[1], [0], [1], [0]], np.int8)
    groups = ("a", "a", "b", "b")
    # each picture is told worse by the same factor: so is every set of sites that is drawn
    first, other = (Claims(np.abs(labels - 1.0 + share), labels, groups) for share in (0.8, 0.4))
    told = table({0.0: first, 1.0: other}, {"NLL": surprise})
    lines = told.splitlines()
    assert lines[0] == "| to the power | 0 | 1 | 1 less 0 (95 %) |"
    assert lines[2] == "| NLL | 0.2231 | 0.9163 | +0.6931 to +0.6931 |"

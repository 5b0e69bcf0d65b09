"""The ways to make one label (h, w) of an image's labels: what `archive.Combine` is given."""

from __future__ import annotations

from ai4mars_nav.dataset.dawid_skene import Crowd, merge_by_crowd
from ai4mars_nav.dataset.merge import U8, MergeSettings, merge, merge_gold
from ai4mars_nav.dataset.raw import Stack


def majority(settings: MergeSettings, stack: Stack) -> U8:
    """The crowd's most frequent class where it is believed."""
    return merge(stack.labels, settings)


def full_agreement(min_labels: int, stack: Stack) -> U8:
    """The experts' class where all of at least `min_labels` agree."""
    return merge_gold(stack.labels, min_labels)


def by_crowd(crowd: Crowd, settings: MergeSettings, stack: Stack) -> U8:
    """The most probable class after each labeller's habits.

    `min_labels` must have labelled the pixel; `min_agreement` is the probability to be exceeded.
    """
    limits = settings.min_labels, settings.min_agreement
    return merge_by_crowd(crowd, stack.labellers, stack.labels, *limits)

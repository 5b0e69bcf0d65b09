"""The images of a label set's list, whichever way the set says what they show."""

from __future__ import annotations

from pathlib import Path

from ai4mars_nav.content.label_set import LabelSet
from ai4mars_nav.content.multi_label_list import Shown, read_shown
from ai4mars_nav.content.terrain_labels import shown_by_masks
from ai4mars_nav.dataset.errors import Findings


def shown_in(
    path: Path, images: Path, label_set: LabelSet, findings: Findings
) -> tuple[Shown, ...]:
    """By masks: a list of products, and `images` holds the AI4Mars folders; else a CSV of labels.

    What cannot be used is noted and left out.
    """
    read = shown_by_masks if label_set.from_masks else read_shown
    return read(path, images, label_set, findings)

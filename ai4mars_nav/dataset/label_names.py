"""Which image a label file belongs to: by its name, which has a suffix that differs by folder.

Nothing, `_merged`, `_merged6`, `_15033_merged` (Mastcam, where 4 says "no label"),
`_16165_T0_merged` (MER gold), `_01_195J_merged3` (M2020).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ai4mars_nav.dataset.errors import DUPLICATE_PRODUCT, NO_IMAGE, Findings, Problem
from ai4mars_nav.dataset.images import files_in

_MERGED = re.compile(r"_merged\d*$", re.IGNORECASE)


def labels_of(
    base: Path, label_folder: Path, by_key: Mapping[str, str], findings: Findings
) -> dict[str, Path]:
    """The label files of a folder by product; what labels nothing or another's image is noted."""
    labels: dict[str, Path] = {}
    for path in files_in(label_folder, (".png",)):
        product = product_of_label(path, by_key)
        if product is None:
            findings.note(Problem(NO_IMAGE, str(path), f"no image of its name in {base}"))
        elif product in labels:
            text = f"{labels[product].name} labels the same image; it is used"
            findings.note(Problem(DUPLICATE_PRODUCT, str(path), text))
        else:
            labels[product] = path
    return labels


def product_of_label(path: Path, by_key: Mapping[str, str]) -> str | None:
    """The product whose label this file is: its name less ever more of its suffix, the longest.

    `by_key` maps lower-case product ids to the ids as they are written.
    """
    key = _MERGED.sub("", path.stem).lower()
    while key:
        if key in by_key:
            return by_key[key]
        key = key.rpartition("_")[0]
    return None

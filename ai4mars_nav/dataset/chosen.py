"""The labelled images that someone asks for: those of a list, or those of a folder of labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ai4mars_nav.dataset.errors import NO_LABEL, DatasetError, Findings, Problem
from ai4mars_nav.dataset.label_names import product_of_label
from ai4mars_nav.dataset.layout import Frame, find_frames, pair_labels
from ai4mars_nav.dataset.releases import TRAIN


def read_list(path: Path) -> tuple[str, ...]:
    """Product ids, one a line, each once."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: the list of images cannot be read: {error}") from error
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise DatasetError(f"{path}: the list of images is empty")
    if len({name.lower() for name in names}) != len(names):
        raise DatasetError(f"{path}: an image is listed twice")
    return names


def frames_of_split(root: Path, split: str) -> tuple[Frame, ...]:
    """The training labels that splits/<split>.txt under root lists, in its order.

    What is wrong with a listed image is refused; what is wrong with others is none of its matter.
    """
    path = root / "splits" / f"{split}.txt"
    names = read_list(path)
    found = Findings(skip=True)
    frames = find_frames(root, TRAIN, found)
    return _listed(path, names, frames, found, Findings(skip=False))


def frames_of_folder(
    root: Path, labels: Path, listed: Path | None, findings: Findings
) -> tuple[Frame, ...]:
    """The label images of one folder, wherever it is, with their images under root.

    A list of products makes it those alone, in its order; one without a label is then noted.
    """
    if listed is None:
        frames = pair_labels(root, labels, findings)
    else:
        found = Findings(skip=True)
        names = read_list(listed)
        frames = _listed(listed, names, pair_labels(root, labels, found), found, findings)
    if not frames:
        raise DatasetError(f"{labels}: no label image (*.png) that can be used")
    return frames


def _listed(
    path: Path, names: Sequence[str], frames: Sequence[Frame], found: Findings, wanted: Findings
) -> tuple[Frame, ...]:
    """The frames of the listed products; what was found wrong with those alone is noted."""
    keys = {name.lower(): name for name in names}
    for problem in found.problems:
        if product_of_label(Path(problem.where), keys) is not None:
            wanted.note(problem)
    by_key: dict[str, Frame] = {}
    for frame in frames:
        by_key.setdefault(frame.product.lower(), frame)
    spoilt = {product_of_label(Path(problem.where), keys) for problem in found.problems}
    for key, name in keys.items():
        if key not in by_key and name not in spoilt:
            wanted.note(Problem(NO_LABEL, name, f"{path} lists it, but there is no such label"))
    return tuple(by_key[key] for key in keys if key in by_key)

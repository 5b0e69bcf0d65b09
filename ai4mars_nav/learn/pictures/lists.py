"""Training against validation: what the lists of a split hold, in one picture.

`python -m ai4mars_nav.learn.pictures.lists --data ROOT --out lists.png` draws splits/*.txt of ROOT.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.dataset.images import write_image
from ai4mars_nav.dataset.layout import Frame, read_frame
from ai4mars_nav.dataset.manifest import count_classes
from ai4mars_nav.dataset.tables import read_scores
from ai4mars_nav.learn.pictures.axes import Axes, blank, column, grid, key, ticks
from ai4mars_nav.sim.poster import INK, Colour, Panel, Picture, page, write
from ai4mars_nav.terrain import NAMES

F64 = NDArray[np.float64]

_SIZE = (520, 340)
_INKS: tuple[Colour, ...] = ((96, 121, 159), (200, 96, 56), (61, 143, 95), (122, 90, 158))
_BINS = 20


@dataclass(frozen=True)
class Held:
    """What a list holds: images (n,) by their mean grey level and the share of them labelled.

    `pixels` (4,) are the labelled pixels of each class, `agreement` (m,) the scores of its raw
    labels, empty where they are not known.
    """

    pixels: NDArray[np.int64]
    brightness: F64
    labelled: F64
    agreement: F64


def held(frames: Sequence[Frame], scores: Mapping[tuple[str, str], float] | None = None) -> Held:
    """Read what a list's frames hold; `scores` are agreement scores by product and labeller."""
    pixels, brightness, labelled = np.zeros(len(NAMES), np.int64), [], []
    for frame in frames:
        image, label = read_frame(frame)
        counts = count_classes(label)
        pixels += counts
        brightness.append(float(image.mean()))
        labelled.append(float(counts.sum() / label.size))
    names = {frame.product.lower() for frame in frames}
    found = [score for (name, _), score in (scores or {}).items() if name.lower() in names]
    agreement = np.array(found, np.float64)
    return Held(pixels, np.array(brightness), np.array(labelled), agreement[~np.isnan(agreement)])


def lists_page(title: str, lists: Mapping[str, Held]) -> Picture:
    """A page with the class shares, brightness, labelled share and agreement of each list."""
    inks = {name: _INKS[index % len(_INKS)] for index, name in enumerate(lists)}
    panels = [
        Panel("Classes", "share of the labelled pixels", _classes(lists, inks)),
        _histogram("Brightness", "mean grey level", lists, inks, "brightness", 255.0),
        _histogram("Labelled", "share of the image that is labelled", lists, inks, "labelled", 1.0),
    ]
    if any(one.agreement.size for one in lists.values()):
        words = "agreement score of a raw label"
        panels.append(_histogram("Agreement", words, lists, inks, "agreement", 1.0))
    counts = ", ".join(f"{name} {len(one.brightness):,} images" for name, one in lists.items())
    return page(
        title, f"{counts}. Where lists differ, a score on one says less of the other.", panels, 2
    )


def _classes(lists: Mapping[str, Held], inks: Mapping[str, Colour]) -> Picture:
    shares = {name: one.pixels / max(1, one.pixels.sum()) for name, one in lists.items()}
    groups = {name: [float(share) for share in values] for name, values in shares.items()}
    picture, axes = _columns(groups, inks, "share of the labelled pixels", [])
    for kind, name in enumerate(NAMES):
        u = axes.x + (kind + 0.5) / len(NAMES) * axes.width
        write(picture, name, int(u), axes.y + axes.height + 17, 9, INK, centred=True)
        tall = max(values[kind] for values in groups.values())
        told = " / ".join(f"{100 * values[kind]:.1f} %" for values in groups.values())
        v = int(axes.at(0.0, tall)[1]) - 7
        write(picture, told, int(u), v, 8, INK, centred=True)
    return picture


def _histogram(
    title: str,
    words: str,
    lists: Mapping[str, Held],
    inks: Mapping[str, Colour],
    what: str,
    highest: float,
) -> Panel:
    """Share of the values of each list in equal bins, side by side, and their medians."""
    shares, medians = {}, []
    for name, one in lists.items():
        values: F64 = getattr(one, what)
        counts = np.histogram(values, _BINS, (0.0, highest))[0]
        shares[name] = (counts / max(1, counts.sum())).tolist()
        if values.size:
            medians.append(f"{name} {np.median(values):.3g}")
    across = [(float(at), f"{at * highest:.3g}") for at in np.linspace(0.0, 1.0, 6)]
    of = "share of the labels" if what == "agreement" else "share of the images"
    picture, _ = _columns(shares, inks, of, across)
    return Panel(title, f"{words}; medians: {', '.join(medians)}", picture)


def _columns(
    groups: Mapping[str, Sequence[float]],
    inks: Mapping[str, Colour],
    name: str,
    across: Sequence[tuple[float, str]],
) -> tuple[Picture, Axes]:
    """Groups of columns side by side, one of each list in a group; the horizontal axis is 0..1."""
    picture = blank(*_SIZE)
    top = max(0.05, np.ceil(max(max(values) for values in groups.values()) * 24.0) / 20.0)
    axes = Axes(56, 34, _SIZE[0] - 84, _SIZE[1] - 76, 0.0, 1.0, 0.0, float(top))
    grid(picture, axes, across, ticks(np.linspace(0.0, top, 6).tolist(), ".2f"), "", name)
    for index, (list_name, values) in enumerate(groups.items()):
        slot = 1.0 / len(values)
        wide = 0.8 * slot / len(groups)
        for place, value in enumerate(values):
            left = (place + 0.1) * slot + index * wide
            column(picture, axes, left, left + wide, value, inks[list_name])
    for index, entry in enumerate(inks.items()):
        x = axes.x + axes.width - 80 * (len(inks) - index)
        key(picture, x, 16, [(entry[1], entry[0])])
    return picture, axes


def main() -> None:
    """Draw the lists of a data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="AI4Mars in its official layout")
    parser.add_argument("--lists", nargs="+", default=["train", "val"], help="splits/<name>.txt")
    parser.add_argument("--scores", type=Path, help="what `ai4mars labels agreement` wrote")
    parser.add_argument("--out", type=Path, required=True, help="the picture (.png)")
    args = parser.parse_args()
    scores = None if args.scores is None else read_scores(args.scores)
    lists = {name: held(frames_of_split(args.data, name), scores) for name in args.lists}
    write_image(args.out, lists_page(f"Lists of {args.data.resolve().name}", lists))


if __name__ == "__main__":
    main()

"""What triage picks of labelled pictures, beside passes filled at random.

    python bench/triage.py deepmars-msl --list deepmars-msl/val-calibrated-shuffled.txt

Every sixth picture of the list, in the order of its names; the labels are used to count only. What
is counted are whole images in the pass: how many, how many of them show a drill hole, and how many
of the classes that are there. At random: the mean of 200 passes and the middle 95 % of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.demud import Demud
from ai4mars_nav.content.listed import Listed, read_list
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.triage.downlink import WHOLE
from ai4mars_nav.content.triage.eyes import ClassifierEyes
from ai4mars_nav.content.triage.image import Shot
from ai4mars_nav.content.triage.sizes import bytes_of
from ai4mars_nav.content.triage.triage import Triage
from ai4mars_nav.content.triage.wants import AlikeSettings, Wants, read_wants
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.share import content_model_file, wants_file

DRILL_HOLES = "drill holes"
PASSES = 200
Look = tuple[NDArray[np.float64], NDArray[np.float32]]


class Once:
    """Eyes that look at each picture once, whatever is wanted of it."""

    def __init__(self, eyes: ClassifierEyes) -> None:
        self.classes = eyes.classes
        self._look = eyes.look
        self._looks: dict[bytes, Look] = {}

    def look(self, picture: NDArray[np.uint8], instrument: str) -> Look:
        """As the eyes'."""
        key = picture.tobytes()
        if key not in self._looks:
            self._looks[key] = self._look(picture, instrument)
        return self._looks[key]


def day(listed: Sequence[Listed], eyes: Once, wants: Wants) -> Triage:
    """All pictures looked at."""
    triage = Triage(wants, eyes, Demud(), len(listed))
    for number, one in enumerate(listed):
        triage.take(Shot(one.name, number, read_picture(one.path)))
    return triage


def at_random(costs: Sequence[int], budget: int, seed: int) -> list[int]:
    """Whole images as they come, those left out that do not fit any more."""
    sent, left = [], budget
    for at in np.random.default_rng(seed).permutation(len(costs)).tolist():
        if costs[at] <= left:
            sent.append(at)
            left -= costs[at]
    return sent


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path)
    parser.add_argument("--list", type=Path, required=True, dest="listed")
    parser.add_argument("--every", type=int, default=6)
    parser.add_argument("--budget", default="200 kB")
    args = parser.parse_args()
    eyes = Once(ClassifierEyes(content_model_file("mslnet")))
    listed = read_list(args.listed, args.images, len(eyes.classes), Findings(skip=True))
    listed = tuple(sorted(listed, key=lambda one: one.name)[:: args.every])
    kinds = [eyes.classes[one.kind] for one in listed]
    names = [one.name for one in listed]

    def counted(sent: Sequence[int]) -> tuple[int, int, int]:
        shown = [kinds[at] for at in sent]
        return len(shown), shown.count(DRILL_HOLES), len(set(shown))

    def chosen(wants: Wants) -> Sequence[int]:
        products = day(listed, eyes, wants).downlink().products
        return [names.index(each.image) for each in products if each.form == WHOLE]

    shipped = read_wants(wants_file("outcrops"), eyes.classes)
    shipped = replace(shipped, sending=replace(shipped.sending, budget=args.budget))
    newest = replace(shipped, classes={}, terrain={}, targets={}, novel=1.0)
    apart = AlikeSettings(strange=0.9998, same=0.9999)
    rows: dict[str, Callable[[], tuple[int, int, int]]] = {
        "config/triage/outcrops.yaml": lambda: counted(chosen(shipped)),
        "the same, nothing alike": lambda: counted(chosen(replace(shipped, alike=apart))),
        "what is new alone": lambda: counted(chosen(newest)),
        "the same, nothing alike ": lambda: counted(chosen(replace(newest, alike=apart))),
    }
    print(f"{len(listed)} pictures, {kinds.count(DRILL_HOLES)} of drill holes, ", end="")
    print(f"{len(set(kinds))} classes; {args.budget} a pass")
    print("| wanted | whole images | drill holes | classes |\n|---|---|---|---|")
    for name, count in rows.items():
        print("| {} | {} | {} | {} |".format(name.strip(), *count()), flush=True)
    costs = [each.sizes.whole for each in day(listed, eyes, newest).images]
    passes = [counted(at_random(costs, bytes_of(args.budget), seed)) for seed in range(PASSES)]
    low, high = np.percentile(passes, (2.5, 97.5), axis=0)
    cells = [
        f"{mean:.1f} ({a:.0f} to {b:.0f})"
        for mean, a, b in zip(np.mean(passes, axis=0), low, high, strict=True)
    ]
    print("| at random | {} | {} | {} |".format(*cells))


if __name__ == "__main__":
    main()

"""How soon the classes of a set of pictures are found by novelty, beside a random order.

    python bench/content_discovery.py --images deepmars-msl --list TRAIN.txt --list VAL.txt \\
        --svg discovery.svg --keep features

Each seed draws half of the pictures of the lists together; DEMUD ranks them, knowing nothing
beforehand, by what the classifier's network sees, and the classes among the first n are counted.
--features NPY takes stored features (n, d) of the listed pictures instead of a network's: those of
the stored backbone, before any fine-tuning, are in `run/features.npy` of `reproduce --probe`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.cli.labels.over_archive import Progress
from ai4mars_nav.content.demud import DemudSettings
from ai4mars_nav.content.discovery import Curve, Discovery, discovery
from ai4mars_nav.content.listed import read_list
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.share import content_model_file
from ai4mars_nav.sim.drive.plots import round_ticks, text_at
from content_features import features_of

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

AT = (10, 25, 50, 100, 150, 200, 300)
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 44, 120, 34, 44
Place = Callable[[float, float], tuple[float, float]]
INKS = {"by novelty": "#c83c30", "at random": "#2f6690"}


def main() -> int:
    """Print the table in Markdown and draw the curves."""
    args = _arguments()
    model = content_model_file(args.model)
    sidecar, _ = load_content_model(model)
    classes = len(sidecar.classes)
    findings = Findings(skip=False)
    listed = [
        one for path in args.listed for one in read_list(path, args.images, classes, findings)
    ]
    kinds = np.asarray([one.kind for one in listed], np.int64)
    features = (
        np.load(args.features)
        if args.features
        else features_of(model, listed, args.keep, args.jobs)
    )
    if len(features) != len(kinds):
        raise SystemExit(f"{args.features}: {len(features)} rows for {len(kinds)} listed pictures")
    progress = Progress("rank", args.seeds, "halves")
    settings = DemudSettings(args.components)
    curves = discovery(
        features.astype(np.float64), kinds, settings, max(AT), args.seeds, progress.show
    )
    progress.end()
    print(_table(curves))
    if args.svg:
        write_text(args.svg, _chart(curves))
    return 0


def _table(curves: Discovery) -> str:
    rows = [f"| classes among the first | {' | '.join(map(str, AT))} |", "|---" * 8 + "|"]
    for name, curve in (("by novelty", curves.by_novelty), ("at random", curves.at_random)):
        cells = [
            f"{curve.mean[n - 1]:.1f} ({curve.low[n - 1]:.0f}-{curve.high[n - 1]:.0f})" for n in AT
        ]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    rows.append(f"\n{curves.classes:.1f} classes in a half.")
    return "\n".join(rows)


def _chart(curves: Discovery) -> str:
    most, top = len(curves.at_random.mean), float(np.ceil(curves.classes))

    def at(picture: float, count: float) -> tuple[float, float]:
        across = LEFT + (WIDTH - LEFT - RIGHT) * picture / most
        return across, HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * count / top

    drawn = [text_at(LEFT, 20, "Classes among the first pictures", "start", 14)]
    for tick in round_ticks(0.0, top):
        if tick <= top:
            y = at(0, tick)[1]
            drawn.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddad2"/>')
            drawn.append(text_at(LEFT - 6, y + 4, f"{tick:g}", "end", 11))
    drawn += [
        text_at(at(tick, 0)[0], HEIGHT - BOTTOM + 16, f"{tick:g}", "middle", 11)
        for tick in round_ticks(0.0, most)
    ]
    drawn.append(text_at(WIDTH - RIGHT, HEIGHT - 8, "pictures looked at", "end", 11))
    for name, curve in (("at random", curves.at_random), ("by novelty", curves.by_novelty)):
        drawn += _band(curve, at, INKS[name])
        x, y = at(most, float(curve.mean[-1]))
        drawn.append(text_at(x + 6, y + 4, name, "start", 12, INKS[name]))
    inside = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>\n{inside}\n'
        "</svg>\n"
    )


def _band(curve: Curve, at: Place, ink: str) -> list[str]:
    def path(values: F64, order: range) -> str:
        return " ".join("{:.1f},{:.1f}".format(*at(n + 1, float(values[n]))) for n in order)

    ahead, back = range(len(curve.mean)), range(len(curve.mean) - 1, -1, -1)
    around = f"{path(curve.high, ahead)} {path(curve.low, back)}"
    return [
        f'<polygon points="{around}" fill="{ink}" opacity="0.15"/>',
        f'<polyline points="{path(curve.mean, ahead)}" fill="none" stroke="{ink}" '
        'stroke-width="2"/>',
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--list", type=Path, required=True, action="append", dest="listed")
    parser.add_argument("--model", default="mslnet")
    parser.add_argument("--features", type=Path)
    parser.add_argument("--keep", type=Path, help="folder that features are kept in")
    parser.add_argument("--components", type=int, default=DemudSettings().components)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--svg", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

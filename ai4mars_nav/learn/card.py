"""The model card: a sidecar's figures in words and tables, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai4mars_nav.perception.sidecar import Sidecar
from ai4mars_nav.terrain import NAMES

_ABOUT = """\
# {name}

Terrain of Mars from one grey navigation-camera frame: soil, bedrock, sand or big rock.
MobileNetV2 1.0 encoder (to stride 32), 64-channel feature pyramid, logits at stride {stride}.
One {height} x {width} image in, x = grey * {scale:.6g} {offset:+g}. Two files, the same network:
`{name}.onnx` (fp32, {megabytes:.1f} MB) and `{name}-int8.onnx` (symmetric int8 QDQ with stem and
first two stages left in fp32, {megabytes8:.1f} MB). Each has its sidecar (`.json`) beside it.

## Training
- Data: {data}. {attribution} ({licence}).
- Command: `{command}`
- Start: {start}. Seed {seed}, {steps} steps; the shipped weights are the running average.

## Scores
The shipped path from frame to classes, nothing abstained from. Pixels without a label are left
out; a class without a labelled pixel is left out of the mean. The interval is a 95 % bootstrap
over rover sites. "at mean N" is the same set re-exposed to a mean of N grey levels. Coverage is the
share of pixels that stay when the model may say unknown, risk the share of those that are wrong.

{scores}
{supports}
{gold}
## Trust
The calibration (a scale and a bias per class) and the threshold below which a pixel is unknown are
fitted on: {fitted_on}, each image with the same weight.
ECE and NLL are before and after; "after" is held out, half of the sites calibrated on the others.

{trust}
Of the labelled validation pixels, how many are kept for a stated share of wrong ones among them:

{curve}
## Speed
ONNX Runtime on the CPU that exported it, one thread, CPU time of one image: fp32 {latency} ms,
int8 {latency8} ms (medians; compare them with each other, not across machines).

## Limits
- Crowd labels, big rock above all, are noisy, and big rock is rare: its IoU says little alone.
  On board a big rock is decided by measured height; the network's opinion is evidence.
- Sky, rover and everything past 30 m never carry a label: the output there means nothing and is
  masked by whoever uses it.
- Trained on Curiosity's NAVCAM only. Other rovers, cameras and sites will be worse.
"""


def card(fp32: Sidecar, int8: Sidecar) -> str:
    """The model card (Markdown) of a model in its two precisions."""
    both = {"fp32": fp32, "int8": int8}
    has_gold = any(name.startswith("gold") for name in fp32.scores)
    return _ABOUT.format(
        name=fp32.name,
        stride=fp32.output.stride,
        height=fp32.input.height,
        width=fp32.input.width,
        scale=fp32.preprocessing.scale,
        offset=fp32.preprocessing.offset,
        megabytes=fp32.model.bytes / 1e6,
        megabytes8=int8.model.bytes / 1e6,
        **fp32.training,
        scores=_scores(both),
        supports=table(SUPPORT_HEADER, support_rows(fp32.scores)),
        gold="" if has_gold else _NO_GOLD,
        fitted_on=fp32.calibration.fitted_on,
        trust=_trust(both),
        curve=_curve(fp32),
        latency=fp32.scores["latency"]["median_cpu_ms"],
        latency8=int8.scores["latency"]["median_cpu_ms"],
    )


_NO_GOLD = """
The official gold masks (min1, min2, min3) were not at hand when this model was made: it has no
gold scores yet. `ai4mars evaluate --labels GOLD --data ROOT --model MODEL --json OUT` gives them.
"""


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def score_rows(label: str, scores: Mapping[str, Any]) -> list[list[str]]:
    """A row of cells for every scored set of a sidecar's scores."""
    rows = []
    for name, found in scores.items():
        if "miou" not in found:
            continue
        low, high = found["interval95"]
        iou = ["-" if found["iou"][kind] is None else f"{found['iou'][kind]:.3f}" for kind in NAMES]
        head = [label, name, str(found["images"]), f"{found['miou']:.3f} ({low:.3f} to {high:.3f})"]
        kept = found["kept"]
        wrong = "-" if kept["risk"] is None else f"{kept['risk']:.3f}"
        rows.append([*head, f"{found['accuracy']:.3f}", *iou, f"{kept['coverage']:.3f}", wrong])
    return rows


SCORE_HEADER = [
    *("model", "set", "images", "mIoU (95 %)", "accuracy", *NAMES),
    *("coverage", "risk"),
]
SUPPORT_HEADER = ["labelled pixels", *NAMES]


def _scores(both: Mapping[str, Sidecar]) -> str:
    rows = [row for label, made in both.items() for row in score_rows(label, made.scores)]
    return table(SCORE_HEADER, rows)


def support_rows(scores: Mapping[str, Any]) -> list[list[str]]:
    """A row of cells for every scored set: its name and its labelled pixels by class."""
    sets = {name: found for name, found in scores.items() if "support" in found}
    return [
        [name, *(str(found["support"][kind]) for kind in NAMES)] for name, found in sets.items()
    ]


def _trust(both: Mapping[str, Sidecar]) -> str:
    rows = []
    for label, made in both.items():
        found = made.scores["validation"]["reliability"]
        before, after = found["held_out_sites"]["before"], found["held_out_sites"]["after"]
        rows.append(
            [
                label,
                f"{before['ece']:.4f} to {after['ece']:.4f}",
                f"{before['nll']:.4f} to {after['nll']:.4f}",
                f"{made.calibration.abstain_below:.4f}",
                f"{made.calibration.risk:.3f}",
                f"{found['coverage']:.3f}",
                f"{found['worst_site_risk']:.3f}",
            ]
        )
    return table(
        ["model", "ECE", "NLL", "unknown below", "risk", "coverage", "worst site's risk"], rows
    )


def _curve(made: Sidecar) -> str:
    rows = [
        [f"{point['risk']:.3f}", f"{point['abstain_below']:.4f}", f"{point['coverage']:.3f}"]
        for point in made.scores["validation"]["reliability"]["curve"]
    ]
    return table(["risk", "unknown below", "coverage"], rows)

"""The model card: a sidecar's figures in words and tables, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai4mars_nav.perception.sidecar import EXACT, Sidecar
from ai4mars_nav.terrain import NAMES

_ABOUT = """\
# {name}

Terrain of Mars from one grey navigation-camera frame: soil, bedrock, sand or big rock.
MobileNetV2 1.0 encoder (to stride 32), 64-channel feature pyramid, logits at stride {stride}.
One {height} x {width} image in, x = grey * {scale:.6g} {offset:+g}. {count} files, the same
network, each with its sidecar (`.json`) beside it; input and output are float32 in all of them:

{files}

## Training
- Data: {data}. {attribution} ({licence}).
- Command: `{command}`
- Start: {start}. Seed {seed}, {steps} steps; the shipped weights are the running average.
{frames}
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

{trust}{errors}
Of the labelled pixels it is fitted on, how many are kept for a stated share of wrong ones among
them:

{curve}
## Speed
ONNX Runtime on the CPU that exported it, one thread, median CPU time of one image: compare the
files with each other, not across machines. Agreement: cells of the logits on validation whose
highest class is that of the fp32 file, of those with a label and of all.

{speed}

## Limits
- Crowd labels, big rock above all, are noisy, and big rock is rare: its IoU says little alone.
  On board a big rock is decided by measured height; the network's opinion is evidence.
- Sky, rover and everything past 30 m never carry a label: the output there means nothing and is
  masked by whoever uses it.
- {narrow}
"""

_REAL_ALONE = """\
Trained on Curiosity's NAVCAM only. Other rovers, cameras and sites will be worse."""

_RENDERED_TOO = """\
For simulated drives alone. It learned from frames that the simulator's own renderer made of other
  worlds, so on simulated drives it scores what a network scores on ground like that it learned
  from. That is no claim on Mars; what is meant for real images is the model without `-sim`."""

_FRAMES = """
The rendered frames, those of the last command for judging:

{commands}"""


def card(made: Mapping[str, Sidecar]) -> str:
    """The model card (Markdown) of a model whose sidecars are given by precision."""
    fp32 = made[EXACT]
    has_gold = any(name.startswith("gold") for name in fp32.scores)
    return _ABOUT.format(
        name=fp32.name,
        stride=fp32.output.stride,
        height=fp32.input.height,
        width=fp32.input.width,
        scale=fp32.preprocessing.scale,
        offset=fp32.preprocessing.offset,
        count=len(made),
        files=_files(made),
        **fp32.training,
        scores=_scores(made),
        supports=table(SUPPORT_HEADER, support_rows(fp32.scores)),
        gold="" if has_gold else _NO_GOLD,
        fitted_on=fp32.calibration.fitted_on,
        frames=_frames(fp32.training),
        trust=_trust(made),
        errors=_errors(fp32),
        narrow=_RENDERED_TOO if "rendered" in fp32.training else _REAL_ALONE,
        curve=_curve(fp32),
        speed=_speed(made),
    )


_ABOUT_PRECISION = {
    "fp32": "exact",
    "fp16": "weights and arithmetic in half: for TensorRT",
    "int8": "symmetric int8 (QDQ) past the first stages: for TensorRT",
    "uint8": "int8 weights, uint8 activations (QDQ) past the first stages: the fastest on a CPU",
}


def _files(made: Mapping[str, Sidecar]) -> str:
    lines = [
        f"- `{one.model.file}`: {precision}, {_ABOUT_PRECISION[precision]}, "
        f"{one.model.bytes / 1e6:.1f} MB\n"
        for precision, one in made.items()
    ]
    return "".join(lines)


def _speed(made: Mapping[str, Sidecar]) -> str:
    rows = []
    for precision, one in made.items():
        agreed = one.scores.get("agreement")
        shares = [f"{agreed[k]:.4f}" for k in ("labelled", "every")] if agreed else ["-", "-"]
        rows.append([precision, f"{one.scores['latency']['median_cpu_ms']:.1f} ms", *shares])
    return table(["file", "time", "agreement, labelled", "all"], rows)


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


def _errors(made: Sidecar) -> str:
    """ECE of each set as calibrated, where it was told."""
    told = [[name, found["ece"]] for name, found in made.scores.items() if "ece" in found]
    rows = [[name, f"{error:.4f}"] for name, error in told]
    return "\n" + table(["set, as calibrated", "ECE"], rows) if rows else ""


def _frames(training: Mapping[str, Any]) -> str:
    """The commands that made rendered frames, where there are any."""
    commands = "".join(f"- `{command}`\n" for command in training.get("rendered", ()))
    return _FRAMES.format(commands=commands) if commands else ""


def _curve(made: Sidecar) -> str:
    rows = [
        [f"{point['risk']:.3f}", f"{point['abstain_below']:.4f}", f"{point['coverage']:.3f}"]
        for point in made.scores["validation"]["reliability"]["curve"]
    ]
    return table(["risk", "unknown below", "coverage"], rows)

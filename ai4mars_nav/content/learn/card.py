"""The card of a content classifier: its sidecar's figures in words and tables, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai4mars_nav.content.calibration import Calibration
from ai4mars_nav.content.learn.settings import Recipe
from ai4mars_nav.content.sidecar import ContentSidecar
from ai4mars_nav.learn.card import table

_ABOUT = """\
# {name}

{about}. MobileNetV2 1.0, mean and maximum over the picture, one linear layer; {side} x {side} RGB,
the picture squeezed to a square{mirrored}. {megabytes:.1f} MB, weights stored in fp16 and computed
in float32. Sidecar: `{name}.json`.

## Training
- Data: {data} ({pictures} pictures). {attribution} ({licence}).
- Command: `{command}`
- Start: {start}; {steps_done} steps of {batch} pictures, seed {seed}; the running average is kept.
- The weights are {blend:.0%} fine-tuned, the rest those of the probe that it began from.
- Classes are drawn with their share to the power {power:g}, and its logarithm is added to the
  logits in training only, so that how common a class was is not learned.
{bordered}
## Scores on {validation}
Each half of its sols or source images is calibrated on the other half; the file itself is
calibrated on all of it, so scoring the file on this list again flatters it. Intervals are 95 %
bootstraps over sols or source images. Baselines: {baselines}.
{members}
Together: pictures of one sol by one instrument, or of one source image, say which classes are
common there, without labels (`content/together.py`), as in `evaluate` and `landmarks`{apart}.
Alone: as in `classify`, `novel` and triage.

{scores}
"Kept" is what is left at the file's threshold, {threshold:.3f} together and {alone:.3f} alone.

{curve}
## Classes
{classes}
## Limits
- Classes without a training picture ({unseen}) are never answered.
- Trained on what the list of its data set holds, with the labels as they are published; later
  sols and other ground look different, and other classes are common there.
- A picture of any other instrument gets an answer too: `ai4mars content` names such pictures.
"""


def card(made: ContentSidecar, recipe: Recipe) -> str:
    """The model card (Markdown) of a sidecar with its scores."""
    training, found = made.training, made.scores["validation"]
    support = training["support"]
    unseen = [name for name, count in zip(made.classes, support, strict=True) if not count]
    baselines = [f"{name} {value:.3f}" for name, value in found["baselines"].items()]
    return _ABOUT.format(
        name=made.name,
        about=recipe.about,
        side=made.input.height,
        mirrored=", its mirror image looked at as well" if made.mirrored else "",
        megabytes=made.model.bytes / 1e6,
        pictures=sum(support),
        batch=training["settings"]["batch"],
        seed=training["settings"]["seed"],
        power=1.0 - training["settings"]["evenness"],
        bordered=_bordered(made),
        validation=recipe.validation,
        baselines=", ".join(baselines),
        members=_members(made.calibration),
        scores=_scores(found),
        apart="".join(f"; `{name}` tells nothing of a place" for name in recipe.apart),
        threshold=made.in_groups.calibration.abstain_below,
        alone=made.calibration.abstain_below,
        curve=_curve(found),
        classes=_classes(made),
        unseen=", ".join(unseen) or "none",
        **{key: value for key, value in training.items() if isinstance(value, str | int | float)},
    )


def _bordered(made: ContentSidecar) -> str:
    """What is added to the logits, as an item of the list, or nothing."""
    border = made.output.border
    if border is None:
        return ""
    return (
        f"- Black border that is joined to an edge of the picture says "
        f"`{made.classes[border.kind]}`: {border.slope:.1f} more of its\n  logit a unit of share "
        f"over {border.level:.3f}, between {border.lowest:g} and {border.highest:g}, fitted to the "
        "same training pictures.\n"
    )


def _members(calibration: Calibration) -> str:
    """Which instruments have a scaling of their own."""
    if not calibration.instruments:
        return "All pictures are calibrated alike."
    names = ", ".join(sorted(calibration.instruments))
    return (
        "Alone, temperature and biases are those of the instrument, told from the product id:\n"
        f"{names} have their own, all others take the shared ones."
    )


_ROWS = {
    "uncalibrated": "not calibrated",
    "halves": "calibrated on the other half",
    "later_sols_uncalibrated": "later half of the sols, not calibrated",
    "later_sols": "later half of the sols, calibrated on the earlier",
}


def _scores(found: Mapping[str, Any]) -> str:
    ways = {"together": found["together"], "alone": found}
    rows = [
        [f"{way}, {name}", *_figures(one[key])]
        for key, name in _ROWS.items()
        for way, one in ways.items()
        if key in one
    ]
    header = ["", "pictures", "accuracy (95 %)", "ECE", "NLL", "accuracy kept", "abstained"]
    return table(header, rows)


def _figures(one: Mapping[str, Any]) -> list[str]:
    low, high = one["interval95"]
    return [
        str(one["pictures"]),
        f"{one['accuracy']:.3f} ({low:.3f} to {high:.3f})",
        f"{one['ece']:.3f}",
        f"{one['nll']:.3f}",
        share(one["kept"]["accuracy"]),
        share(one["kept"]["abstained"]),
    ]


def _curve(found: Mapping[str, Any]) -> str:
    curves = (found["together"]["halves"]["curve"], found["halves"]["curve"])
    rows = [
        [f"{both[0]['threshold']:g}", *(share(one[k]) for one in both for k in _KEPT)]
        for both in zip(*curves, strict=True)
    ]
    ways = [f"{way}: {name}" for way in ("together", "alone") for name in _KEPT]
    return table(["confidence at least", *ways], rows)


def _classes(made: ContentSidecar) -> str:
    found = made.scores["validation"]
    both = zip(
        made.classes,
        made.training["support"],
        found["together"]["halves"]["classes"],
        [one["f1"] for one in found["halves"]["classes"]],
        strict=True,
    )
    rows = [
        [name, str(count), str(one["support"]), *map(share, (*(one[k] for k in _MEASURES), alone))]
        for name, count, one, alone in both
    ]
    return table(["class", "training", "validation", *_MEASURES, "f1 alone"], rows)


_KEPT = ("accuracy", "abstained")
_MEASURES = ("precision", "recall", "f1")


def share(value: float | None) -> str:
    """Three digits, or a dash."""
    return "-" if value is None else f"{value:.3f}"

"""The card of a multi-label classifier: its sidecar's figures in words and tables, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai4mars_nav.content.label_set import LabelSet
from ai4mars_nav.content.multi_label_report import digits
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar
from ai4mars_nav.learn.card import table

_ABOUT = """\
# {name}

{about}. Several classes may be there at once. MobileNetV2 1.0, mean and maximum over the picture,
one linear layer, then a classifier chain: each class is told how likely those before it are.
{side} x {side} RGB, the picture squeezed to a square. {megabytes:.1f} MB, weights stored in fp16
and computed in float32. Sidecar: `{name}.json`.

## Training
- Data: {data} ({learned}). {attribution} ({licence}).
- Command: `{command}`
- Start: {start}; {steps}, seed {seed}.
- Pictures count {evenly}{views}.
- Platt's scaling: {fitted_on}.

{scores}
## Classes, in the order of the chain
{classes}
## Limits
- Trained on what its lists hold, labelled as they are; other ground and other cameras look
  different. On other sites, label some pictures and fit Platt's scaling again.
"""
_SCORES = """\
## Scores on {pictures} pictures of {groups} other sites or sols
Intervals are 95 % bootstraps over sites or sols. "By chance" is the ECE that so few pictures would
give if every probability were right.

{table}
Mean ECE is {before:.4f} before Platt's scaling and {after:.4f} after it; by chance {chance:.4f}.
"""
_VIEWS = "; views are turned, sheared and skewed so that no part of a picture is cut off"
_EVENLY = "by the rarest class that they show, to the power {:g}"
_NO_STEPS = "nothing of it fine-tuned, the heads are fitted to what it sees by L-BFGS"
_STEPS = "{} steps of {} pictures after the heads were fitted; the running average is kept"
_MEASURES = {
    "mean_average_precision": "mean average precision",
    "all_right": "all labels of a picture right",
    "nll": "NLL",
    "mean_ece": "mean ECE",
}


def card(made: MultiLabelSidecar, label_set: LabelSet) -> str:
    """The model card (Markdown) of a sidecar."""
    training = made.training
    settings = training["settings"]
    judged = made.scores.get("judged")
    done = training["steps_done"]
    return _ABOUT.format(
        name=made.name,
        about=label_set.about,
        side=made.input.height,
        megabytes=made.model.bytes / 1e6,
        learned=f"{training['pictures']} pictures",
        views=_VIEWS if done else "",
        steps=_STEPS.format(done, settings["batch"]) if done else _NO_STEPS,
        seed=settings["seed"],
        evenly=_EVENLY.format(settings["evenness"]) if settings["evenness"] else "alike",
        fitted_on=made.platt.fitted_on,
        scores=_scores(made.scores) if judged else "",
        classes=_classes(made, label_set, judged["classes"] if judged else {}),
        **{key: training[key] for key in ("data", "attribution", "licence", "command", "start")},
    )


def _scores(found: Mapping[str, Any]) -> str:
    rows = []
    for key, one in found["chain_less_independent"].items():
        low, high = one["difference_interval95"]
        values = f"{one['chain']:.4f}", f"{one['independent']:.4f}"
        rows.append([_MEASURES[key], *values, f"{low:+.4f} to {high:+.4f}"])
    judged = found["judged"]
    return _SCORES.format(
        pictures=judged["pictures"],
        groups=judged["groups"],
        table=table(["", "chain", "independent heads", "difference (95 %)"], rows),
        before=judged["mean_ece_before"],
        after=judged["mean_ece"],
        chance=judged["mean_ece_by_chance"],
    )


def _classes(
    made: MultiLabelSidecar, label_set: LabelSet, judged: Mapping[str, Mapping[str, Any]]
) -> str:
    header = ["class", "what", "training", "calibration"]
    if judged:
        header += ["judged", "ECE before", "ECE", "by chance", "AP", "precision .9", "recall .9"]
    rows = []
    supports = made.training["support"], made.training["calibration_support"]
    for one, learned, held in zip(label_set.classes, *supports, strict=True):
        row = [one.name, one.what, str(learned), str(held)]
        if judged:
            found = judged[one.name]
            row.append(str(found["support"]))
            row += [digits(found[key]) for key in ("ece_before", "ece", "ece_by_chance")]
            row.append(digits(found["average_precision"]))
            row += [digits(found["at_0.9"][key]) for key in ("precision", "recall")]
        rows.append(row)
    return table(header, rows)

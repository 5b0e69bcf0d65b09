"""A trained run as it is shipped: ONNX, calibration, scores, sidecar and card."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content import calibrate, scores
from ai4mars_nav.content.border import Border, border_share
from ai4mars_nav.content.calibration import Calibration, calibrated
from ai4mars_nav.content.judge import Seen, see
from ai4mars_nav.content.learn.border import fit_border
from ai4mars_nav.content.learn.card import card
from ai4mars_nav.content.learn.export import SEEN, to_onnx
from ai4mars_nav.content.learn.network import STRIDE, WIDE
from ai4mars_nav.content.learn.settings import RECIPES, Recipe
from ai4mars_nav.content.learn.train import finished_network
from ai4mars_nav.content.listed import Listed, read_list
from ai4mars_nav.content.network_sidecar import Answer, FeatureMap
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.sidecar import ContentSidecar, write_content_sidecar
from ai4mars_nav.content.together import BEFOREHAND, Together, companies, roles, told_together
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import write_text
from ai4mars_nav.learn.onnx_file import INPUT, OUTPUT
from ai4mars_nav.perception.sidecar import Input, describe_file

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Request:
    """Which recipe's model is made of which checkpoint, and where the data and the files go."""

    name: str
    weights: Path
    data: Path
    """The folder that the recipe's lists lie in."""
    backbone: Path
    out: Path
    jobs: int = 1

    @property
    def recipe(self) -> Recipe:
        """By name."""
        return RECIPES[self.name]


def release(request: Request) -> tuple[Path, ...]:
    """Write NAME.onnx, NAME.json and NAME.md; the paths written."""
    recipe = request.recipe
    network, content = finished_network(request.weights, recipe.blend)
    request.out.mkdir(parents=True, exist_ok=True)
    path = request.out / f"{request.name}.onnx"
    side = int(content["settings"]["side"])
    to_onnx(network, path, request.name, side)
    support = tuple(content["support"])
    blank = ContentSidecar(
        request.name,
        describe_file(path),
        Input(INPUT, side, side),
        Answer(OUTPUT, FeatureMap(SEEN, WIDE, side // STRIDE, side // STRIDE)),
        tuple(content["names"]),
        recipe.mirrored,
        calibrate.plain(support),
        "fp16",
        training=_training(request, content),
    )
    return calibrated_release(blank, path, recipe, request.data, request.jobs)


def calibrated_release(
    blank: ContentSidecar, path: Path, recipe: Recipe, data: Path, jobs: int
) -> tuple[Path, ...]:
    """Calibrate the weights at `path` by the recipe's list; write sidecar and card beside them."""
    findings = Findings(skip=False)
    if recipe.bordered is not None:
        told = _border(data / recipe.train, data, blank.classes, recipe.bordered, findings)
        blank = replace(blank, output=replace(blank.output, border=told))
    write_content_sidecar(blank, path)
    listed = read_list(data / recipe.validation, data, len(blank.classes), findings)
    seen = see(path, listed, findings, jobs, lambda _: None)
    made = fitted(blank, seen, recipe)
    about = path.with_suffix(".md")
    write_text(about, card(made, recipe))
    return path, write_content_sidecar(made, path), about


def _border(
    listed: Path, images: Path, classes: Sequence[str], name: str, findings: Findings
) -> Border:
    """What the black border of training's pictures says of the class of that name."""
    learned = read_list(listed, images, len(classes), findings)
    shares = np.asarray([border_share(read_picture(one.path)) for one in learned], np.float64)
    kind = classes.index(name)
    return fit_border(shares, np.asarray([one.kind == kind for one in learned]), kind)


def fitted(blank: ContentSidecar, seen: Seen[Listed], recipe: Recipe) -> ContentSidecar:
    """Calibrated on all of the validation list; scores are of each half by the other's.

    Each picture alone, and together with the others of its sol or source image.
    """
    support = tuple(blank.training["support"])
    kinds = np.asarray([one.kind for one in seen.listed], np.int64)
    held = _Held(seen.listed, kinds, support, f"{recipe.folder}, {recipe.validation}")
    by_group = roles(blank.classes, recipe.apart, support)
    company = companies(held.groups, held.instruments)
    told = told_together(seen.logits, company, by_group, BEFOREHAND)
    alone, alone_scores = _calibrated(seen.logits, held, recipe.accuracy)
    # what an instrument looks at its groups say themselves: a scaling each only fits too much
    together, together_scores = _calibrated(told, replace(held, alike=True), recipe.accuracy)
    baselines = dict(scores.baselines(kinds, support))
    found = {**alone_scores, "together": together_scores, "baselines": baselines}
    return replace(
        blank,
        calibration=alone,
        together=Together(BEFOREHAND, recipe.apart, together),
        scores={"validation": found},
    )


@dataclass(frozen=True)
class _Held:
    """Pictures of the validation list, their classes (n,), and how many of each training had."""

    listed: tuple[Listed, ...]
    kinds: scores.I64
    support: tuple[int, ...]
    name: str
    """Of the list."""
    alike: bool = False
    """Whether one scaling is for all instruments."""

    @property
    def groups(self) -> tuple[str, ...]:
        """The sol or source image of each."""
        return tuple(one.origin.group for one in self.listed)

    @property
    def instruments(self) -> tuple[str, ...]:
        """That took each; all the same where they are calibrated alike."""
        return tuple("any" if self.alike else one.origin.instrument for one in self.listed)


def _calibrated(logits: F64, held: _Held, accuracy: float) -> tuple[Calibration, dict[str, Any]]:
    """The calibration of logits (n, classes), and what it is worth over halves and later sols.

    Its threshold is where so many of the answers that are left are right.
    """
    kinds, by, support = held.kinds, held.instruments, held.support
    before, after = calibrate.cross_fitted(logits, kinds, held.groups, by, support)
    halves = Judged(after, kinds, held.groups)
    threshold = calibrate.threshold_for(halves.confidence, halves.right, accuracy)
    fitted_to_all = calibrate.fit(logits, kinds, by, support, held.name)
    return replace(fitted_to_all, abstain_below=threshold), {
        "uncalibrated": figures(Judged(before, kinds, held.groups), threshold),
        "halves": figures(halves, threshold),
        **_forward(logits, held, threshold),
    }


def figures(judged: Judged, threshold: float) -> dict[str, Any]:
    """The main scores of answers."""
    return {
        "pictures": len(judged.kinds),
        "accuracy": scores.accuracy(judged),
        "interval95": list(scores.interval(judged)),
        "ece": scores.calibration_error(judged),
        "nll": scores.surprise(judged),
        "kept": asdict(scores.curve(judged, [threshold])[0]),
        "curve": [asdict(kept) for kept in scores.curve(judged)],
        "classes": [asdict(one) for one in scores.by_class(scores.confusion(judged))],
    }


def _forward(logits: F64, held: _Held, threshold: float) -> dict[str, Any]:
    """Where there are sols: the later half, calibrated on the earlier one, as an archive grows."""
    sols = [one.origin.sol for one in held.listed]
    if None in sols:
        return {}
    days = np.asarray(sols, np.int64)
    early = days <= int(np.median(days))
    if early.all():
        return {}
    kinds, support, by = held.kinds, held.support, np.asarray(held.instruments)
    first, then = by[early].tolist(), by[~early].tolist()
    calibration = calibrate.fit(logits[early], kinds[early], first, support, "earlier")
    groups, late = tuple(f"sol {day}" for day in days[~early]), logits[~early]
    later = Judged(calibrated(late, calibration, then), kinds[~early], groups)
    plain = Judged(calibrated(late, calibrate.plain(support), then), kinds[~early], groups)
    return {
        "later_sols": figures(later, threshold),
        "later_sols_uncalibrated": figures(plain, threshold),
    }


def _training(request: Request, content: dict[str, Any]) -> dict[str, Any]:
    recipe = request.recipe
    return {
        "data": f"{recipe.folder}, {recipe.train}",
        "support": list(content["support"]),
        "settings": content["settings"],
        "steps_done": content["step"],
        "blend": recipe.blend,
        "start": request.backbone.name,
        "start_sha256": hashlib.sha256(request.backbone.read_bytes()).hexdigest(),
        "attribution": recipe.attribution,
        "licence": "CC BY 4.0",
        "command": f"python -m ai4mars_nav.content.learn.reproduce {request.name} --data "
        f"{recipe.folder} --backbone NPZ --out DIR",
    }

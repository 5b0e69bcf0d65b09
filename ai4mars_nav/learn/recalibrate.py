"""A model's calibration fitted on labelled frames: probabilities, threshold, how far to trust."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ai4mars_nav.learn import calibrate
from ai4mars_nav.learn.calibrate import F64, Pixels, Scaling
from ai4mars_nav.learn.data import Frames
from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.evaluate import sample_cells
from ai4mars_nav.perception import sidecar
from ai4mars_nav.perception.engine import Engine
from ai4mars_nav.perception.sidecar import Sidecar

PIXELS_PER_IMAGE = 1000  # cells of the logits an image, so that each image has the same weight
RISKS = (0.005, 0.01, 0.02, 0.03, 0.05)


def calibrated(
    engine: Engine, made: Sidecar, frames: Frames, risk: float, source: str
) -> tuple[Sidecar, dict[str, Any]]:
    """The sidecar with vector scaling and threshold fitted on the frames; how far to trust it.

    `risk` is the share of wrong pixels that the threshold allows, `source` says what the frames
    are.
    """
    pixels = sample_cells(engine, made, frames, PIXELS_PER_IMAGE)
    scaling = calibrate.fit(pixels)
    threshold, reliability = trust(pixels, scaling, risk)
    fitted_on = f"{source}, {np.unique(pixels.sites).size} sites"
    calibration = sidecar.Calibration(scaling.scale, scaling.bias, threshold, risk, fitted_on)
    return replace(made, calibration=calibration), reliability


def trust(pixels: Pixels, scaling: Scaling, risk: float) -> tuple[float, dict[str, Any]]:
    """Threshold of abstention, and how far the probabilities can be trusted, as plain values."""
    probabilities = scaling.probabilities(pixels.logits)
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == pixels.labels
    threshold = calibrate.threshold_for_risk(confidence, right, risk)
    if threshold is None:
        raise ModelFileError(f"no threshold keeps the risk at {risk}: the surest pixels err more")
    before, after = calibrate.cross_fitted(pixels)
    by_site = [
        calibrate.risk_and_coverage(confidence[here], right[here], threshold)
        for here in (pixels.sites == site for site in np.unique(pixels.sites))
    ]
    return threshold, {
        "held_out_sites": {"before": asdict(before), "after": asdict(after)},
        "coverage": calibrate.risk_and_coverage(confidence, right, threshold)[1],
        "worst_site_risk": max(risk for risk, coverage in by_site if coverage > 0),
        "curve": _curve(confidence, right),
    }


def _curve(confidence: F64, right: npt.NDArray[np.bool_]) -> list[dict[str, float]]:
    """Threshold and coverage at each of RISKS that can be reached and that asks to abstain."""
    points = []
    for risk in RISKS:
        at = calibrate.threshold_for_risk(confidence, right, risk)
        if at is not None and (~right).mean() > risk:
            coverage = calibrate.risk_and_coverage(confidence, right, at)[1]
            points.append({"risk": risk, "abstain_below": at, "coverage": coverage})
    return points


def copy_with(made: Sidecar, model: Path, folder: Path) -> Path:
    """A copy of a model in another folder with this sidecar beside it; the copy."""
    copy = folder / model.name
    if copy.resolve() == model.resolve():
        raise ModelFileError(f"{folder}: the model is there, name another folder for its copy")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(model, copy)
    sidecar.write_sidecar(made, copy)
    return copy

"""How often a classifier was right when it was so sure, by what its sidecar says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ai4mars_nav.perception.errors import ModelError
from ai4mars_nav.perception.sidecar import read_document, sidecar_path
from ai4mars_nav.share import content_model_file

_SETS = ("later_sols", "halves", "validation")
"""What is flattered least comes first."""


@dataclass(frozen=True)
class Reliability:
    """Of one class at one confidence; None where the sidecar does not say."""

    band: tuple[float, float] | None
    right_in_band: float | None
    """Share of right answers of any class with such a confidence."""
    precision: float | None
    """Share of right answers of this class at any confidence."""
    claimed: int
    """Answers of this class that were judged."""


def reliability(model: str, kind: str, confidence: float) -> Reliability | None:
    """What is known of answers like this one; None where nothing is."""
    judged = _judged(model)
    if judged is None:
        return None
    classes, found = judged
    band = _band(found, confidence)
    one = found["classes"][classes.index(kind)] if kind in classes else {}
    return Reliability(
        band[:2] if band else None,
        band[2] if band else None,
        one.get("precision"),
        int(one.get("claimed") or 0),
    )


@lru_cache(maxsize=64)
def _judged(model: str) -> tuple[Sequence[str], Mapping[str, Any]] | None:
    if not model.replace("-", "").isalnum():  # a name, never a path
        return None
    try:
        path = sidecar_path(content_model_file(model))
        document = read_document(path)
    except (ModelError, ValueError):  # a model that is not installed here
        return None
    scores = document.get("scores", {}).get("validation", {})
    for name in _SETS:
        found = scores.get(name)
        if isinstance(found, dict) and "curve" in found and "classes" in found:
            return document["classes"], found
    return None


def _band(found: Mapping[str, Any], confidence: float) -> tuple[float, float, float | None] | None:
    """The thresholds that a confidence lies between, and how many answers were right there."""
    curve = sorted(found["curve"], key=lambda kept: kept["threshold"])
    above = [kept for kept in curve if kept["threshold"] > confidence]
    below = [kept for kept in curve if kept["threshold"] <= confidence]
    if not below:
        return None
    low = below[-1]
    kept, right = _counts(low)
    if not above:
        return low["threshold"], 1.0, low["accuracy"]
    more, right_more = _counts(above[0])
    answers = kept - more
    share = (right - right_more) / answers if answers > 1e-9 else None
    return low["threshold"], above[0]["threshold"], share


def _counts(kept: Mapping[str, Any]) -> tuple[float, float]:
    """Shares of all pictures: those kept at a threshold, and those of them that were right."""
    share = 1.0 - kept["abstained"]
    return share, share * (kept["accuracy"] or 0.0)

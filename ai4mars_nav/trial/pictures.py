"""The pictures of one drive: the map of every one, the film of each that failed."""

from __future__ import annotations

from pathlib import Path

import cv2

from ai4mars_nav.sim.drive import film
from ai4mars_nav.sim.drive.topdown import topdown
from ai4mars_nav.trial.lockstep import Driven

QUALITY = 82
"""Of JPEG: the page holds ten of them."""


def map_of(record: Path) -> Path:
    """Where the map of a drive is, beside its record."""
    return record.with_suffix(".jpg")


def film_of(record: Path) -> Path:
    """Where the film of a drive that failed is."""
    return record.with_suffix(".gif")


def leave_pictures(driven: Driven, record: Path) -> None:
    """Write the map; and the film where the goal was not reached and there was something to see."""
    outcome = driven.outcome
    record.parent.mkdir(parents=True, exist_ok=True)
    sheet = topdown(outcome, driven.seen)
    cv2.imwrite(str(map_of(record)), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    film_of(record).unlink(missing_ok=True)
    if not outcome.end.reached:
        frames = film.film(outcome, driven.seen)
        if frames:
            film.write_gif(frames, film_of(record))

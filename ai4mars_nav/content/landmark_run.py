"""The landmarks of whole images, classified; an image is done when its line is in the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from ai4mars_nav.content.classifier import Classifier
from ai4mars_nav.content.classify import Image, stamp_of
from ai4mars_nav.content.kinds import calibration_sha256
from ai4mars_nav.content.landmark_picture import drawn
from ai4mars_nav.content.landmarked import Classified, Landmarked, landmarked
from ai4mars_nav.content.landmarks import Box, LandmarkSettings
from ai4mars_nav.content.pictures import read_whole_grey
from ai4mars_nav.content.sidecar import ContentSidecar
from ai4mars_nav.dataset.errors import BadInput, Problem
from ai4mars_nav.dataset.images import write_image
from ai4mars_nav.dataset.journal import Journal

FORMAT = "ai4mars-content-landmarks/2"
JOURNAL = "_journal.jsonl"


class LandmarkRun:
    """What is done of a run, in a folder, and the rest of it."""

    def __init__(
        self, folder: Path, sidecar: ContentSidecar, settings: LandmarkSettings, least: float
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._settings, self._least = folder, settings, least
        together = sidecar.together
        told = {
            "format": FORMAT,
            "model": sidecar.name,
            "sha256": sidecar.model.sha256,
            "calibration": calibration_sha256(sidecar.in_groups),
            "beforehand": None if together is None else together.beforehand,
            "apart": [] if together is None else list(together.apart),
        }
        self._journal = Journal(folder / JOURNAL, {**told, **asdict(settings), "least": least})

    def todo(self, images: Sequence[Image]) -> tuple[Image, ...]:
        """Those that are not done as they are on disk."""
        done = self._journal.done
        return tuple(one for one in images if done.get(one[0], {}).get("stamp") != stamp_of(one[1]))

    def do(
        self, classifier: Classifier, images: Sequence[Image], progress: Callable[[int], None]
    ) -> None:
        """Find, classify and draw the landmarks of each; a bad image is noted."""
        for done, (name, path) in enumerate(images, start=1):
            record: dict[str, Any] = {"stamp": stamp_of(path)}
            try:
                grey = read_whole_grey(path)
            except BadInput as error:
                problem = error.problem
                record["problem"] = [problem.kind, problem.where, problem.text]
            else:
                found = landmarked(name, grey, classifier, self._settings)
                picture = self._folder / f"{name}.landmarks.jpg"
                write_image(picture, drawn(grey, found.landmarks, self._least))
                record |= _to_record(found)
            self._journal.add(name, record)
            progress(done)

    def read(self, images: Sequence[Image]) -> tuple[tuple[Landmarked, ...], tuple[Problem, ...]]:
        """What was found in images that are done, and what was wrong with the others."""
        records = [(name, self._journal.done[name]) for name, _ in images]
        good = tuple(_from_record(name, each) for name, each in records if "problem" not in each)
        bad = tuple(Problem(*each["problem"]) for _, each in records if "problem" in each)
        return good, bad


def _to_record(found: Landmarked) -> dict[str, Any]:
    landmarks = [
        {**asdict(one), "box": astuple(one.box), "square": astuple(one.square)}
        for one in found.landmarks
    ]
    return {"width": found.width, "height": found.height, "landmarks": landmarks}


def _from_record(name: str, record: dict[str, Any]) -> Landmarked:
    landmarks = tuple(
        Classified(**{**one, "box": Box(*one["box"]), "square": Box(*one["square"])})
        for one in record["landmarks"]
    )
    return Landmarked(name, record["width"], record["height"], landmarks)

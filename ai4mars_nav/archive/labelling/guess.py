"""What a model thinks of an image, computed when it is first asked for and kept in the store."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import cv2
import numpy as np

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling.drawn import png_of
from ai4mars_nav.archive.labelling.projects import IMAGE, Project
from ai4mars_nav.archive.labelling.tasks import Task
from ai4mars_nav.content.classifier import Classifier, open_classifier
from ai4mars_nav.content.origin import instrument_of
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.images import U8
from ai4mars_nav.perception.engines.onnx_runtime import OnnxEngine
from ai4mars_nav.perception.segmenter import Segmenter, SegmenterSettings
from ai4mars_nav.perception.sidecar import Sidecar, load_model
from ai4mars_nav.share import content_model_file, model_file
from ai4mars_nav.terrain import UNKNOWN

_SIZES = 8
"""Image sizes that the terrain model keeps buffers for."""


class TerrainGuesser:
    """The terrain model on images of any size."""

    def __init__(self, sidecar: Sidecar, content: bytes) -> None:
        self.sidecar = sidecar
        self._engine = OnnxEngine(sidecar, content, 1)
        self._segmenters: dict[tuple[int, int], Segmenter] = {}

    def confidences(self, picture: U8) -> tuple[U8, float]:
        """The label (h, w) of a picture (h, w, 3) RGB, 255 where it abstains, and how sure it is
        on the whole: the mean confidence of its pixels."""
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        size = (int(grey.shape[0]), int(grey.shape[1]))
        if size not in self._segmenters:
            if len(self._segmenters) == _SIZES:
                self._segmenters.clear()
            self._segmenters[size] = Segmenter(
                self._engine, self.sidecar, SegmenterSettings(), size, size
            )
        found = self._segmenters[size].segment(grey)
        return found.classes.copy(), float(found.confidence.mean())


class Guesses:
    """The models of a server: each opened once, one image at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._classifiers: dict[str, Classifier] = {}
        self._terrain: dict[str, TerrainGuesser] = {}

    def probabilities(self, project: Project, task: Task) -> dict[str, float]:
        """What the project's classifier thinks, by class value; classes it does not know lack."""
        classifier = self.classifier(project.guess)
        key = classifier.sidecar.model.sha256
        stored = self._stored(task.image, key)
        if stored is None:
            with self._turn:
                path = Path(task.path)
                found = classifier.probabilities(read_picture(path), instrument_of(path))
            by_name = dict(zip(classifier.sidecar.classes, found.tolist(), strict=True))
            stored = json.dumps(by_name).encode()
            self._keep(task.image, key, stored)
        known: dict[str, float] = json.loads(stored)
        return {
            str(one.value): round(known[one.name], 4)
            for one in project.classes
            if one.name in known
        }

    def label(self, project: Project, task: Task) -> bytes:
        """What the project's terrain model thinks, as a PNG of label values; 255 is no opinion."""
        guesser = self.terrain(project.guess)
        key = guesser.sidecar.model.sha256
        stored = self._stored(task.image, key)
        if stored is None:
            with self._turn:
                label, _ = guesser.confidences(read_picture(Path(task.path)))
            label[~np.isin(label, [one.value for one in project.classes])] = UNKNOWN
            stored = png_of(label)
            self._keep(task.image, key, stored)
        return stored

    def classifier(self, model: str) -> Classifier:
        """The classifier of whole images of a name."""
        with self._turn:
            if model not in self._classifiers:
                self._classifiers[model] = open_classifier(content_model_file(model))
            return self._classifiers[model]

    def terrain(self, model: str) -> TerrainGuesser:
        """The terrain model of a name."""
        with self._turn:
            if model not in self._terrain:
                self._terrain[model] = TerrainGuesser(*load_model(model_file(model)))
            return self._terrain[model]

    def _stored(self, image: int, key: str) -> bytes | None:
        with self._database.reading() as session:
            rows = session.run(
                "SELECT content FROM guesses WHERE image = ? AND model = ?", image, key
            )
        return bytes(rows[0][0]) if rows else None

    def _keep(self, image: int, key: str, content: bytes) -> None:
        with self._database.writing() as session:
            session.run(
                "INSERT INTO guesses (image, model, content) VALUES (?, ?, ?)"
                " ON CONFLICT (image, model) DO NOTHING",
                image, key, content,
            )  # fmt: skip


def check_guess(kind: str, classes: tuple[str, ...], model: str) -> None:
    """An error where a model cannot give guesses for a project of a kind and classes."""
    if kind != IMAGE:
        load_model(model_file(model))
        return
    known = open_classifier(content_model_file(model)).sidecar.classes
    if not set(known) & set(classes):
        raise ArchiveError(
            f"model {model} knows none of the classes {', '.join(classes)}; it knows "
            f"{', '.join(known)}"
        )

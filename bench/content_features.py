"""What a shipped network sees in listed pictures, kept in a folder: for the scripts beside this."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.cli.labels.over_archive import Progress
from ai4mars_nav.content.feature_store import FeatureStore
from ai4mars_nav.content.listed import Listed
from ai4mars_nav.content.sidecar import load_content_model


def features_of(
    model: Path, listed: Sequence[Listed], keep: Path | None, jobs: int
) -> NDArray[np.float32]:
    """(n, d) features of the pictures; `keep` is where they stay, if not computed for once."""
    images = tuple((str(one.path), one.path) for one in listed)
    with tempfile.TemporaryDirectory() as folder:
        store = FeatureStore(keep or Path(folder), load_content_model(model)[0])
        todo = store.todo(images)
        progress = Progress("look", len(todo))
        store.fill(model, todo, jobs, progress.show)
        progress.end()
        return store.read(images).matrix

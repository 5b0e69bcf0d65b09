"""Small made-up releases and raw labels, and where the real data is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

REAL = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.fixture(scope="session")
def real() -> Path:
    """The shared data; skips where it is not."""
    if not (REAL / "ai4mars-fullres").is_dir():
        pytest.skip("the shared data is not here")
    return REAL


@pytest.fixture(scope="session")
def product() -> Callable[..., str]:
    """Makes the id of a Curiosity NAVCAM product from a number, a site and a drive."""

    def make(number: int = 0, site: str = "002", drive: str = "0000") -> str:
        return f"NLA_{397681500 + number:09d}EDR_F{site}{drive}AUT_04096M1"

    return make


@pytest.fixture(scope="session")
def put() -> Callable[[Path, object], Path]:
    """Writes pixels or bytes to a path, making its folders."""

    def write(path: Path, content: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            assert cv2.imwrite(str(path), np.asarray(content))
        return path

    return write


@pytest.fixture
def blobs() -> Callable[..., np.ndarray]:
    """Makes n label images (n, h, w): patches of the four classes and of no label."""

    def make(seed: int, n: int, shape: tuple[int, int] = (24, 40), blank: float = 0.3):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 4, (n, *shape)).astype(np.uint8)
        labels[rng.random(labels.shape) < blank] = 255
        return labels

    return make

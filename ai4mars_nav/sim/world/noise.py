"""Random fields of a given spectrum: what regolith, drifts and outlines are made of."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

F32 = NDArray[np.float32]


def fractal(
    random: np.random.Generator,
    cells: int,
    resolution: float,
    longest: float,
    shortest: float = 0.0,
    hurst: float = 0.8,
) -> F32:
    """Self-affine heights (cells, cells), mean 0, standard deviation 1, that repeat at the edges.

    Power falls with the wavelength below `longest` and ends at `shortest` (metres; 0: at the
    cells). The latter lets a smooth field be made on few cells and be enlarged.
    """
    step = max(resolution, shortest / 5.0)
    count = min(max(int(np.ceil(cells * resolution / step)), 8), cells)
    heights = _spectral(random, count, cells * resolution / count, longest, shortest, hurst)
    heights = enlarged(heights, cells)
    heights = (heights - heights.mean()) / max(float(heights.std()), 1e-9)
    return np.asarray(heights, np.float32)


def blurred(field: F32, resolution: float, sigma: float) -> F32:
    """A field (n, n) smoothed by a Gaussian of `sigma` metres; wide ones on fewer cells."""
    coarse = max(int(sigma / resolution / 4.0), 1)
    rows, columns = field.shape
    if coarse > 1:
        size = (max(columns // coarse, 4), max(rows // coarse, 4))
        small = cv2.resize(field, size, interpolation=cv2.INTER_AREA)
        pixels = sigma / (resolution * columns / size[0])
    else:
        small, pixels = field, sigma / resolution
    small = cv2.GaussianBlur(small, (0, 0), pixels, borderType=cv2.BORDER_REPLICATE)
    return enlarged(np.asarray(small, np.float32), columns)


def enlarged(field: F32, cells: int) -> F32:
    """A smooth field (n, n) on (cells, cells). OpenCV's cubic would put a grid on every slope:
    it does not keep planes."""
    if field.shape[0] == cells:
        return field
    box = int(cells / field.shape[0]) | 1
    wide = cv2.resize(field, (cells, cells), interpolation=cv2.INTER_LINEAR)
    once = cv2.blur(wide, (box, box), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.blur(once, (box, box), borderType=cv2.BORDER_REPLICATE), np.float32)


def over_a_metre(field: F32, resolution: float) -> float:
    """By how much values 1 m apart differ (rms): the measure of roughness of a recipe."""
    cells = max(round(1.0 / resolution), 1)
    return float(np.sqrt(np.mean((field[:, cells:] - field[:, :-cells]) ** 2)))


def _spectral(
    random: np.random.Generator,
    cells: int,
    step: float,
    longest: float,
    shortest: float,
    hurst: float,
) -> F32:
    """White noise, filtered: amplitude (1 + (L f)^2)^(-(H + 1) / 2), as of a self-affine surface
    with an outer scale."""
    white = random.standard_normal((cells, cells), dtype=np.float32)
    waves = scipy.fft.rfft2(white)
    along = np.fft.rfftfreq(cells, step).astype(np.float32)
    across = np.fft.fftfreq(cells, step).astype(np.float32)
    squared = along[None, :] ** 2 + across[:, None] ** 2
    gain = (1.0 + np.float32(longest**2) * squared) ** np.float32(-(hurst + 1.0) / 2.0)
    if shortest > 0.0:
        gain *= np.exp(np.float32(-2.0 * shortest**2) * squared)
    gain[0, 0] = 0.0
    waves *= gain
    return np.asarray(scipy.fft.irfft2(waves, s=(cells, cells)), np.float32)

"""Where the pixels of a product lie in its file, and reading them.

Every size is checked against the file before memory is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.pds import samples
from ai4mars_nav.pds.errors import PdsError

SEQUENTIAL, LINES, SAMPLES = "band sequential", "line interleaved", "sample interleaved"
_AXES = {
    SEQUENTIAL: ("bands", "lines", "samples"),
    LINES: ("lines", "bands", "samples"),
    SAMPLES: ("lines", "samples", "bands"),
}
"""The two outer axes and the inner one, which is contiguous, of each interleaving."""


@dataclass(frozen=True)
class Raster:
    """`bands` images of `lines` x `samples`, their type and place; bytes count from the start."""

    path: Path
    offset: int
    lines: int
    samples: int
    bands: int
    dtype: np.dtype[Any]
    order: str = SEQUENTIAL
    prefix: int = 0
    """Bytes before each row of the file, which are no pixels."""
    suffix: int = 0
    vax: bool = False
    pixel_rows: bool = False
    """Sample interleaved as VICAR has it: each pixel is a row, with bytes before it."""
    keyword: str = "IMAGE"
    """What an error about the size names."""

    def __post_init__(self) -> None:
        for name in ("lines", "samples", "bands"):
            count = getattr(self, name)
            if not 1 <= count <= 1 << 20:
                raise PdsError(self.path, self.keyword, f"has {count} {name}, cannot be read")
        if self.offset < 0 or self.prefix < 0 or self.suffix < 0:
            raise PdsError(self.path, self.keyword, "begins before its file does")
        try:
            size = self.path.stat().st_size
        except OSError as error:
            raise PdsError(self.path, self.keyword, f"cannot be read: {error.strerror}") from error
        if self.offset + self.nbytes > size:
            raise PdsError(
                self.path,
                self.keyword,
                f"{self.samples} samples x {self.lines} lines x {self.bands} bands of "
                f"{self.dtype.itemsize} bytes from byte {self.offset} end at byte "
                f"{self.offset + self.nbytes}, but the file has {size}: is it cut short?",
            )

    @property
    def nbytes(self) -> int:
        """Bytes from the first row to the end of the last one."""
        outer, inner = self._rows()
        return outer * (self.prefix + inner * self.dtype.itemsize + self.suffix)

    def read(self) -> NDArray[Any]:
        """Pixels (bands, lines, samples), in native byte order."""
        outer, inner = self._rows()
        row = inner * self.dtype.itemsize
        if self.prefix or self.suffix:
            whole = self.prefix + row + self.suffix
            raw = np.fromfile(self.path, np.uint8, self.nbytes, offset=self.offset)
            kept = raw.reshape(outer, whole)[:, self.prefix : self.prefix + row]
            pixels = np.ascontiguousarray(kept).view(self.dtype)
        else:
            pixels = np.fromfile(self.path, self.dtype, outer * inner, offset=self.offset)
        shape = tuple(getattr(self, axis) for axis in _AXES[self.order])
        pixels = self._native(pixels.reshape(shape))
        places = [_AXES[self.order].index(axis) for axis in _AXES[SEQUENTIAL]]
        return pixels.transpose(places)

    def _rows(self) -> tuple[int, int]:
        axes = _AXES[self.order]
        if self.order == SAMPLES and self.pixel_rows:
            return self.lines * self.samples, self.bands
        if self.order == SAMPLES:
            return self.lines, self.samples * self.bands
        return int(getattr(self, axes[0]) * getattr(self, axes[1])), self.samples

    def _native(self, pixels: NDArray[Any]) -> NDArray[Any]:
        if self.vax:
            return samples.from_vax(pixels)
        if pixels.dtype.isnative:
            return pixels
        return pixels.byteswap(inplace=True).view(pixels.dtype.newbyteorder())

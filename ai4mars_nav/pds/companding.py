"""Undoing 12-to-8-bit companding, where the label says how it was done.

Labels name a mode: NONE, a shift (MSB_BIT7, LSB_BIT7, MSB_BIT11) or a table. A table is inverted
where it is published (the Mastcams' table 0) or where INVERSE_LUT_FILE_NAME lies beside the
product: a text file with 256 numbers. The engineering cameras' LUT1 to LUT3 are not published
with their products: such pixels stay as they are, and the product says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Section
from ai4mars_nav.pds.layout import beside

Table = NDArray[np.uint16]

MASTCAM_TABLE_0: tuple[int, ...] = (
    0, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18, 19, 20, 22, 24, 25, 27, 29, 31,
    33, 35, 37, 39, 41, 43, 46, 48, 50, 53, 55, 58, 61, 63, 66, 69, 72, 75, 78, 81, 84, 87, 90, 94,
    97, 100, 104, 107, 111, 115, 118, 122, 126, 130, 134, 138, 142, 146, 150, 154, 159, 163, 168,
    172, 177, 181, 186, 191, 196, 201, 206, 211, 216, 221, 226, 231, 236, 241, 247, 252, 258, 263,
    269, 274, 280, 286, 292, 298, 304, 310, 316, 322, 328, 334, 341, 347, 354, 360, 367, 373, 380,
    387, 394, 401, 408, 415, 422, 429, 436, 443, 450, 458, 465, 472, 480, 487, 495, 503, 510, 518,
    526, 534, 542, 550, 558, 566, 575, 583, 591, 600, 608, 617, 626, 634, 643, 652, 661, 670, 679,
    688, 697, 706, 715, 724, 733, 743, 752, 761, 771, 781, 790, 800, 810, 819, 829, 839, 849, 859,
    869, 880, 890, 900, 911, 921, 932, 942, 953, 964, 974, 985, 996, 1007, 1018, 1029, 1040, 1051,
    1062, 1074, 1085, 1096, 1108, 1119, 1131, 1142, 1154, 1166, 1177, 1189, 1201, 1213, 1225, 1237,
    1249, 1262, 1274, 1286, 1299, 1311, 1324, 1336, 1349, 1362, 1374, 1387, 1400, 1413, 1426, 1439,
    1452, 1465, 1479, 1492, 1505, 1519, 1532, 1545, 1559, 1573, 1586, 1600, 1614, 1628, 1642, 1656,
    1670, 1684, 1698, 1712, 1727, 1741, 1755, 1770, 1784, 1799, 1814, 1828, 1843, 1858, 1873, 1888,
    1903, 1918, 1933, 1948, 1963, 1979, 1994, 2009, 2025, 2033,
)  # fmt: skip
"""8 to 11 bits: table 0 of Bell et al. 2017, doi:10.1002/2016EA000219."""

_PUBLISHED = {"MMM_LUT0": MASTCAM_TABLE_0, "LUT0": MASTCAM_TABLE_0}
_SHIFTS = {"MSB_BIT7": 0, "LSB_BIT7": 0, "MSB_BIT11": 4}
"""Bits by which 8-bit pixels are lower than the 12-bit ones they stand for."""
_LARGEST_FILE = 1 << 16


@dataclass(frozen=True)
class Companding:
    """How the pixels were companded, and the table that undoes it, if there is one."""

    mode: str
    table: Table | None = None

    @property
    def bits(self) -> int | None:
        """Bits of the restored pixels; None where nothing is restored."""
        return None if self.table is None else int(self.table.max()).bit_length()

    def restore(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8] | Table:
        """8-bit pixels of any shape to what the detector counted."""
        return pixels if self.table is None else self.table[pixels]


def find_companding(state: Section | None, bits: int) -> Companding:
    """The companding that a label's instrument state states for pixels of `bits`."""
    if state is None or bits != 8:
        return Companding("NONE")
    mode = state.text("SAMPLE_BIT_MODE_ID", "NONE").upper()
    if state.has("INVERSE_LUT_FILE_NAME"):
        name = state.text("INVERSE_LUT_FILE_NAME")
        if name.rsplit(".", 1)[0].upper() not in _PUBLISHED:
            return Companding(mode, _table_file(state, name))
        mode = name.rsplit(".", 1)[0].upper()
    if mode in _PUBLISHED:
        return Companding(mode, np.array(_PUBLISHED[mode], np.uint16))
    if shift := _SHIFTS.get(mode):
        return Companding(mode, np.left_shift(np.arange(256), shift).astype(np.uint16))
    return Companding(mode)


def _table_file(state: Section, name: str) -> Table:
    path = beside(state.path, "INVERSE_LUT_FILE_NAME", name)
    if path.stat().st_size > _LARGEST_FILE:
        raise PdsError(path, "INVERSE_LUT_FILE_NAME", "is too large for a table of 256 numbers")
    words = re.split(r"[\s,;]+", path.read_text(encoding="latin-1").strip())
    numbers = [int(word) for word in words if word.isdigit() and len(word) < 6]
    if len(numbers) != len(words) or len(numbers) not in (256, 512):
        raise PdsError(path, "INVERSE_LUT_FILE_NAME", "must hold 256 numbers, or 256 pairs")
    if len(numbers) == 512:
        if numbers[::2] != list(range(256)):
            raise PdsError(path, "INVERSE_LUT_FILE_NAME", "its pairs must begin with 0 to 255")
        numbers = numbers[1::2]
    if max(numbers) > 0xFFFF:
        raise PdsError(path, "INVERSE_LUT_FILE_NAME", f"holds {max(numbers)}, more than 16 bits")
    return np.array(numbers, np.uint16)

"""Sample types of the three formats as NumPy types; VAX reals as what they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BIG = {"MSB", "SUN", "MAC", "IEEE"}
_LITTLE = {"LSB", "PC", "VAX"}


def of_pds3(name: str, bits: int) -> tuple[np.dtype[Any], bool] | None:
    """Type of SAMPLE_TYPE and SAMPLE_BITS, and whether it is a VAX real; None if there is none."""
    words = name.upper().split("_")
    first, kind = words[0], words[-1]
    order = "<" if first in _LITTLE else ">"
    if bits % 8 or bits // 8 not in (1, 2, 4, 8, 16):
        return None
    size = bits // 8
    if kind == "INTEGER" and set(words[:-1]) <= _BIG | _LITTLE | {"UNSIGNED"} and size <= 8:
        return np.dtype(f"{order}{'u' if 'UNSIGNED' in words else 'i'}{size}"), False
    if kind in ("REAL", "FLOAT") and size in (4, 8):
        return (np.dtype(f"<u{size}"), True) if first == "VAX" else _real(order, "f", size)
    if kind == "COMPLEX" and size in (8, 16) and first != "VAX":
        return _real(order, "c", size)
    return None


def of_vicar(name: str, integers: str, reals: str) -> tuple[np.dtype[Any], bool] | None:
    """Type of FORMAT, INTFMT and REALFMT, and whether it is a VAX real; None if there is none."""
    order = {"LOW": "<", "HIGH": ">"}.get(integers.upper())
    whole = {"BYTE": "u1", "HALF": "i2", "WORD": "i2", "FULL": "i4", "LONG": "i4"}
    if name.upper() in whole:
        return None if order is None else (np.dtype(order + whole[name.upper()]), False)
    real = {"REAL": ("f", 4), "DOUB": ("f", 8), "COMP": ("c", 8), "COMPLEX": ("c", 8)}
    if name.upper() not in real:
        return None
    kind, size = real[name.upper()]
    if reals.upper() == "VAX":
        return (np.dtype(f"<u{size}"), True) if kind == "f" else None
    order = {"IEEE": ">", "RIEEE": "<"}.get(reals.upper())
    return None if order is None else _real(order, kind, size)


def of_pds4(name: str) -> tuple[np.dtype[Any], bool] | None:
    """Type of a PDS4 data_type; None if there is none."""
    if name in ("UnsignedByte", "SignedByte"):
        return np.dtype("u1" if name[0] == "U" else "i1"), False
    for order, word in ((">", "MSB"), ("<", "LSB")):
        for kind, signed in (("u", "Unsigned"), ("i", "Signed")):
            for size in (2, 4, 8):
                if name == f"{signed}{word}{size}":
                    return np.dtype(f"{order}{kind}{size}"), False
        for size, width in ((4, "Single"), (8, "Double")):
            if name == f"IEEE754{word}{width}":
                return np.dtype(f"{order}f{size}"), False
            if name == f"Complex{word}{2 * size}":
                return np.dtype(f"{order}c{2 * size}"), False
    return None


def from_vax(raw: NDArray[Any]) -> NDArray[Any]:
    """VAX F (4 bytes) and D (8 bytes) reals, read as little-endian integers, to float64."""
    size = raw.dtype.itemsize
    words = raw.view("<u2").reshape(*raw.shape, size // 2).astype(np.uint64)
    sign, exponent = words[..., 0] >> 15, (words[..., 0] >> 7) & 0xFF
    fraction = words[..., 0] & 0x7F
    for index in range(1, size // 2):
        fraction = (fraction << 16) | words[..., index]
    bits = 7 + 16 * (size // 2 - 1)
    # the hidden bit stands after the point, and an exponent of 0 is zero
    mantissa = 0.5 + fraction.astype(np.float64) * 2.0 ** -(bits + 1)
    value = np.ldexp(mantissa, exponent.astype(np.int64) - 128)
    return np.where(exponent == 0, 0.0, np.where(sign == 1, -value, value))


def _real(order: str, kind: str, size: int) -> tuple[np.dtype[Any], bool]:
    return np.dtype(f"{order}{kind}{size}"), False

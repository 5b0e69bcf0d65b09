"""The camera model of a label: CAHV, CAHVOR or CAHVORE for the pixels that the file holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry import cahv_pixels
from ai4mars_nav.geometry.cahvore import FISHEYE, PERSPECTIVE, Cahv, Cahvor, Cahvore
from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.pds.label import Section
from ai4mars_nav.pds.missions import Detector

Camera = Cahv | Cahvor | Cahvore

_VECTORS = {"CAHV": "CAHV", "CAHVOR": "CAHVOR", "CAHVORE": "CAHVORE"}
_DEFAULT_ORDER = ("C", "A", "H", "V", "O", "R", "E", "T", "P")
_LARGEST = 1e6
_TYPES = {1: PERSPECTIVE, 2: FISHEYE}
"""CAHVORE type 3 states its own linearity."""


@dataclass(frozen=True)
class Window:
    """Which part of the detector an image shows: its first pixel, counted from 0, and how many
    pixels of the detector became one."""

    first_column: int = 0
    first_row: int = 0
    columns: int = 1
    rows: int = 1

    @property
    def whole(self) -> bool:
        """Whether image pixels are detector pixels."""
        return self == Window()


@dataclass(frozen=True)
class StatedCamera:
    """A camera model and the frame it is given in."""

    model: Camera
    frame: str
    name: str
    """CAHV, CAHVOR or CAHVORE."""
    windowed: bool = False
    """The label's model was that of the whole detector, and the window is applied here."""


def read_camera(section: Section) -> StatedCamera | None:
    """The model of a group; None where the label says that there is none."""
    if not section.has("MODEL_TYPE"):
        return None
    name = section.text("MODEL_TYPE").upper()
    if name not in _VECTORS:
        raise section.error("MODEL_TYPE", f"{name} is not one of {', '.join(_VECTORS)}")
    order = _component_order(section)
    vectors = {
        letter.lower(): _vector(section, _component(section, order, letter))
        for letter in _VECTORS[name]
    }
    try:
        model = _made(section, name, order, vectors)
    except GeometryError as error:
        raise section.error("MODEL_COMPONENT", str(error)) from error
    return StatedCamera(model, section.text("REFERENCE_COORD_SYSTEM_NAME", "").upper(), name)


def windowed(stated: StatedCamera, window: Window, detector: Detector | None) -> StatedCamera:
    """The camera of the stored pixels.

    The models in the labels of these missions already belong to the stored pixels: subframe,
    tile and averaging are in H and V. A model that is plainly that of the whole detector, by its
    centre and focal length, is moved into the window; `detector` None leaves it as it is.
    """
    if window.whole or detector is None:
        return stated
    inner = cahv_pixels.intrinsics(stated.model)
    whole = np.array([0.5 * detector.width, 0.5 * detector.height])
    shown = (whole - (window.first_column, window.first_row)) / (window.columns, window.rows)
    size = np.array([detector.width, detector.height])
    centre = np.array([inner.hc, inner.vc])
    off_shown = float(np.abs((centre - shown) / size).max())
    off_whole = float(np.abs((centre - whole) / size).max())
    if detector.focal is not None:
        off_shown += abs(np.log(inner.hs * window.columns / detector.focal))
        off_whole += abs(np.log(inner.hs / detector.focal))
    if off_shown <= off_whole:
        return stated
    model = cahv_pixels.subframe(stated.model, window.first_column, window.first_row)
    model = cahv_pixels.averaged(model, window.columns, window.rows)
    return StatedCamera(model, stated.frame, stated.name, windowed=True)


def read_window(image: Section, state: Section | None) -> Window:
    """The window of the detector that an image shows."""
    first = [_first(image, state, name) for name in ("FIRST_LINE_SAMPLE", "FIRST_LINE")]
    columns = _averaged(state, "PIXEL_AVERAGING_WIDTH", "TILE_DOWNSAMPLE_X")
    rows = _averaged(state, "PIXEL_AVERAGING_HEIGHT", "TILE_DOWNSAMPLE_Y")
    return Window(max(first[0] - 1, 0), max(first[1] - 1, 0), columns, rows)


def _first(image: Section, state: Section | None, keyword: str) -> int:
    if image.has(keyword):
        return image.integer(keyword)
    return state.integer(keyword, 1) if state is not None else 1


def _averaged(state: Section | None, *keywords: str) -> int:
    """Detector pixels in one: of tiles with several, the image has the finest."""
    if state is None:
        return 1
    for keyword in keywords:
        if state.has(keyword) and (factor := min(state.integers(keyword))) > 0:
            if factor > 64:
                raise state.error(keyword, f"{factor} pixels averaged into one")
            return factor
    return 1


def _vector(section: Section, keyword: str) -> NDArray[np.float64]:
    vector = np.array(section.numbers(keyword, 3))
    if np.abs(vector).max() > _LARGEST:
        raise section.error(keyword, f"{np.abs(vector).max():.3g} is no metres, pixels or share")
    return vector


def _component_order(section: Section) -> tuple[str, ...]:
    if not section.has("MODEL_COMPONENT_ID"):
        return _DEFAULT_ORDER
    return tuple(word.upper() for word in section.words("MODEL_COMPONENT_ID"))


def _component(section: Section, order: tuple[str, ...], letter: str) -> str:
    if letter not in order:
        raise section.error("MODEL_COMPONENT_ID", f"{letter} is missing in {', '.join(order)}")
    return f"MODEL_COMPONENT_{order.index(letter) + 1}"


def _made(
    section: Section, name: str, order: tuple[str, ...], vectors: dict[str, NDArray[np.float64]]
) -> Camera:
    if name == "CAHV":
        return Cahv(**vectors)
    if name == "CAHVOR":
        return Cahvor(**vectors)
    # labels of Perseverance state type and parameter without naming them in MODEL_COMPONENT_ID
    at = [order.index(each) if each in order else 7 + i for i, each in enumerate("TP")]
    kind = section.integer(f"MODEL_COMPONENT_{at[0] + 1}")
    if kind in _TYPES:
        return Cahvore(**vectors, linearity=_TYPES[kind])
    if kind != 3:
        raise section.error(f"MODEL_COMPONENT_{at[0] + 1}", f"CAHVORE type {kind} is not 1, 2 or 3")
    return Cahvore(**vectors, linearity=section.number(f"MODEL_COMPONENT_{at[1] + 1}"))

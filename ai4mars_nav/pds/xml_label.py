"""PDS4 labels: the XML to a tree of blocks, with the names that PDS3 labels use.

Only what this package asks labels for is carried over. What was commanded, and not done, is not.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Block, Value

ARRAY = "PDS4_ARRAY"
_DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DEEPEST, _MOST = 64, 200_000
"""Elements inside each other, and in all; real labels have 12 and 2,000."""
_COMMANDED = "Commanded_Parameters"
_ROVER_FRAMES = ("ROVER_NAV_FRAME", "ROVER_FRAME")

_IDENTITY = {
    "PRODUCT_TYPE": "product_type_name",
    "INSTRUMENT_ID": "ops_instrument_key",
    "START_TIME": "start_date_time",
    "STOP_TIME": "stop_date_time",
    "SPACECRAFT_CLOCK_START_COUNT": "spacecraft_clock_start",
    "SPACECRAFT_CLOCK_STOP_COUNT": "spacecraft_clock_stop",
    "PLANET_DAY_NUMBER": "start_sol_number",
    "LOCAL_TRUE_SOLAR_TIME": "start_local_true_solar_time",
    "SOLAR_LONGITUDE": "solar_longitude",
    "GEOMETRY_PROJECTION_TYPE": "geometry_projection_type",
    "IMAGE_TYPE": "image_type",
}
"""Keyword and the attribute of PDS4 that says the same."""
_VECTORS = (
    ("Vector_Center", "C"), ("Vector_Axis", "A"), ("Vector_Horizontal", "H"),
    ("Vector_Vertical", "V"), ("Vector_Optical", "O"), ("Radial_Terms", "R"),
    ("Entrance_Terms", "E"),
)  # fmt: skip
_STATE = {
    "PIXEL_AVERAGING_WIDTH": ("Pixel_Averaging_Dimensions", "width_pixels"),
    "PIXEL_AVERAGING_HEIGHT": ("Pixel_Averaging_Dimensions", "height_pixels"),
    "TILE_DOWNSAMPLE_X": ("Tile", "tile_downsample_samples"),
    "TILE_DOWNSAMPLE_Y": ("Tile", "tile_downsample_lines"),
    "FIRST_LINE": ("Subframe", "first_line"),
    "FIRST_LINE_SAMPLE": ("Subframe", "first_sample"),
    "SAMPLE_BIT_MASK": ("Sampling", "sample_bit_mask"),
    "SAMPLE_BIT_MODE_ID": ("Companding", "processing_algorithm"),
}
"""Keyword, the class of PDS4 that states it and its attribute there."""


class _Element(NamedTuple):
    """An element without its namespace and attributes."""

    name: str
    text: str
    inside: tuple[_Element, ...]

    def all(self, name: str) -> Iterator[_Element]:
        """Elements of this name at any depth, in order; nothing that was only commanded."""
        for each in self.inside:
            if each.name == _COMMANDED:
                continue
            if each.name == name:
                yield each
            yield from each.all(name)

    def first(self, name: str) -> _Element | None:
        """The first element of this name."""
        return next(self.all(name), None)

    def said(self, name: str) -> str:
        """The text of the first element of this name; empty without one."""
        found = self.first(name)
        return "" if found is None else found.text


def parse(path: Path, text: str) -> Block:
    """The tree of an XML label's text."""
    top = _read(path, text)
    root = Block("")
    for keyword, attribute in _IDENTITY.items():
        _state(root, keyword, top.said(attribute))
    _state(root, "INSTRUMENT_HOST_NAME", _host(top))
    _state(root, "PRODUCT_ID", _product_id(top))
    counter = top.first("Motion_Counter") or _space_of(top, _ROVER_FRAMES)
    if counter is not None:
        root.state("ROVER_MOTION_COUNTER", _indices(counter))
    for kind in ("Array_3D_Image", "Array_2D_Image", "Array_3D", "Array_2D"):
        if (array := top.first(kind)) is not None:
            root.blocks.append(_array(top, array))
            break
    root.blocks.extend(_camera(path, each) for each in top.all("Camera_Model_Parameters"))
    root.blocks.extend(_space(each) for each in top.all("Coordinate_Space_Definition"))
    state = Block("INSTRUMENT_STATE_PARMS")
    for keyword, (kind, attribute) in _STATE.items():
        said = [each.said(attribute) for each in top.all(kind)]
        if any(said):
            state.state(keyword, _plain(next(each for each in said if each)))
    root.blocks.append(state)
    root.blocks.extend(_geometry(each) for each in top.all("Derived_Geometry"))
    if (derived := top.first("Derived_Product_Parameters")) is not None:
        root.blocks.append(_derived(derived))
    return root


def _read(path: Path, text: str) -> _Element:
    if _DOCTYPE.search(text):
        raise PdsError(path, "DOCTYPE", "a label has no use for one, and entities may be bombs")
    try:
        top = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError) as error:
        raise PdsError(path, "XML", f"cannot be parsed: {error}") from error
    count = sum(1 for _ in top.iter())
    if count > _MOST:
        raise PdsError(path, "XML", f"has {count} elements, at most {_MOST} are read")
    return _element(path, top, 0)


def _element(path: Path, node: ElementTree.Element, depth: int) -> _Element:
    name = node.tag.rsplit("}", 1)[-1] if isinstance(node.tag, str) else ""
    if depth > _DEEPEST:
        raise PdsError(path, name, f"is nested deeper than {_DEEPEST} elements")
    inside = tuple(_element(path, each, depth + 1) for each in node)
    return _Element(name, (node.text or "").strip(), inside)


def _plain(text: str) -> Value:
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() and len(text) < 64 else float(text)


def _state(block: Block, keyword: str, text: str) -> None:
    if text:
        block.state(keyword, _plain(text))


def _host(top: _Element) -> str:
    for each in top.all("Observing_System_Component"):
        if each.said("type").lower() in ("host", "rover", "spacecraft"):
            return each.said("name")
    area = top.first("Investigation_Area")
    return "" if area is None else area.said("name")


def _product_id(top: _Element) -> str:
    """The name of the data file without suffix: logical identifiers leave out the version."""
    name = top.said("file_name")
    return name.rsplit(".", 1)[0].upper() or top.said("logical_identifier").rsplit(":", 1)[-1]


def _indices(element: _Element) -> tuple[Value, ...]:
    space = element.first("Coordinate_Space_Present") or element
    return tuple(_plain(each.text) for each in space.all("index_value_number"))


def _array(top: _Element, array: _Element) -> Block:
    block = Block(ARRAY)
    areas = list(top.all("File_Area_Observational"))
    area = next((each for each in areas if array in each.all(array.name)), top)
    _state(block, "FILE", area.said("file_name"))
    for keyword, attribute in (
        ("OFFSET", "offset"), ("TYPE", "data_type"), ("ORDER", "axis_index_order"),
        ("SCALING_FACTOR", "scaling_factor"), ("VALUE_OFFSET", "value_offset"),
        ("MISSING_CONSTANT", "missing_constant"), ("INVALID_CONSTANT", "invalid_constant"),
    ):  # fmt: skip
        _state(block, keyword, array.said(attribute))
    axes = sorted(array.all("Axis_Array"), key=lambda axis: axis.said("sequence_number").zfill(4))
    block.state("AXES", tuple(axis.said("axis_name") for axis in axes))
    block.state("ELEMENTS", tuple(_plain(axis.said("elements")) for axis in axes))
    return block


def _camera(path: Path, element: _Element) -> Block:
    block = Block("GEOMETRIC_CAMERA_MODEL")
    kind = element.said("model_type").upper()
    _state(block, "MODEL_TYPE", kind)
    model = element.first(f"{kind}_Model")
    if kind and model is None:
        raise PdsError(path, "Camera_Model_Parameters", f"model_type {kind} without {kind}_Model")
    names: list[str] = []
    for name, letter in _VECTORS:
        if model is not None and (vector := model.first(name)) is not None:
            names.append(letter)
            numbers = tuple(_plain(each.text) for each in vector.inside)
            block.state(f"MODEL_COMPONENT_{len(names)}", numbers)
    for letter, name in (("T", "cahvore_model_type"), ("P", "cahvore_model_parameter")):
        if model is not None and model.said(name):
            names.append(letter)
            block.state(f"MODEL_COMPONENT_{len(names)}", _plain(model.said(name)))
    block.state("MODEL_COMPONENT_ID", tuple(names))
    if (reference := element.first("Coordinate_Space_Reference")) is not None:
        _state(block, "REFERENCE_COORD_SYSTEM_NAME", _frame_name(reference))
    return block


def _space(element: _Element) -> Block:
    """A coordinate system; rover and site get the names that PDS3 gives their groups."""
    present = element.first("Coordinate_Space_Present") or element
    name = _frame_name(present)
    block = Block(f"{name.removesuffix('_FRAME').removesuffix('_NAV')}_COORDINATE_SYSTEM")
    _state(block, "COORDINATE_SYSTEM_NAME", name)
    block.state("COORDINATE_SYSTEM_INDEX", _indices(present))
    for keyword, part in (
        ("ORIGIN_OFFSET_VECTOR", "Vector_Origin_Offset"),
        ("ORIGIN_ROTATION_QUATERNION", "Quaternion_Plus_Direction"),
    ):
        if (found := element.first(part)) is not None:
            numbers = [each.text for each in found.inside if _NUMBER.fullmatch(each.text)]
            block.state(keyword, tuple(_plain(each) for each in numbers))
    references = [each for each in element.inside if each.name == "Coordinate_Space_Reference"]
    for reference in references:
        _state(block, "REFERENCE_COORD_SYSTEM_NAME", _frame_name(reference))
        if indices := _reference_indices(reference):
            block.state("REFERENCE_COORD_SYSTEM_INDEX", indices)
    return block


def _space_of(top: _Element, names: tuple[str, ...]) -> _Element | None:
    for each in top.all("Coordinate_Space_Definition"):
        present = each.first("Coordinate_Space_Present")
        if present is not None and _frame_name(present) in names:
            return present
    return None


def _frame_name(element: _Element) -> str:
    """`SITE_FRAME`, from its own attribute or out of an identifier such as SITE_FRAME_30."""
    stated = element.said("coordinate_space_frame_type")
    match = re.match(r"[A-Z_]+_FRAME", element.said("local_identifier_reference").upper())
    return stated.upper() or (match.group() if match else "")


def _reference_indices(element: _Element) -> tuple[Value, ...]:
    if indices := _indices(element):
        return indices
    match = re.match(r"[A-Z_]+_FRAME_([\d_]+)", element.said("local_identifier_reference").upper())
    return tuple(int(each) for each in match.group(1).split("_") if each) if match else ()


def _derived(element: _Element) -> Block:
    """How the values of an XYZ or range product are given."""
    block = Block("DERIVED_IMAGE_PARMS")
    _state(block, "DERIVED_IMAGE_TYPE", element.said("derived_image_type_name"))
    if (reference := element.first("Coordinate_Space_Reference")) is not None:
        _state(block, "REFERENCE_COORD_SYSTEM_NAME", _frame_name(reference))
        block.state("REFERENCE_COORD_SYSTEM_INDEX", _reference_indices(reference))
    if (origin := element.first("Vector_Range_Origin")) is not None:
        numbers = [each.text for each in origin.inside if _NUMBER.fullmatch(each.text)]
        block.state("RANGE_ORIGIN_VECTOR", tuple(_plain(each) for each in numbers))
    return block


def _geometry(element: _Element) -> Block:
    """Derived geometry: where the sun stands in the frame that it names."""
    name = "SITE" if _frame_name(element).startswith("SITE") else "ROVER"
    block = Block(f"{name}_DERIVED_GEOMETRY_PARMS")
    _state(block, "SOLAR_AZIMUTH", element.said("solar_azimuth"))
    _state(block, "SOLAR_ELEVATION", element.said("solar_elevation"))
    return block

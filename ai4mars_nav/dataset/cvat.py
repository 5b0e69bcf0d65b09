"""CVAT's XML ("CVAT for images 1.1"): polygons, boxes and masks in, masks out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as xml

import cv2
import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.dataset.drawing import Drawing, Shape, outline_of, product_in, terrain_of
from ai4mars_nav.dataset.errors import (
    OPEN_POLYGON,
    UNREADABLE,
    BadInput,
    DatasetError,
    Findings,
    Problem,
)
from ai4mars_nav.dataset.images import U8, write_text
from ai4mars_nav.terrain import CLASSES, NAMES

Mask = NDArray[np.bool_]


def read_cvat(
    path: Path, labeller: str, aliases: Mapping[str, int], findings: Findings
) -> Iterator[Drawing]:
    """Every annotated image of a CVAT export as a drawing, one after the other.

    The file does not say who drew what: `labeller` does, or else the task's assignee or owner.
    """
    try:
        root = xml.fromstring(path.read_bytes(), xml.XMLParser(target=_NoDoctype()))
    except (OSError, ValueError, xml.ParseError) as error:
        raise DatasetError(f"{path}: not CVAT XML: {error}") from error
    if root.tag != "annotations" or root.find("track") is not None:
        raise DatasetError(f"{path}: not the XML of CVAT for images 1.1")
    labeller = labeller or _user_of(root)
    if not labeller:
        raise DatasetError(f"{path}: names neither assignee nor owner, say who the labeller is")
    for image in root.iter("image"):
        where = f"{path} image {image.get('id')} ({image.get('name')})"
        try:
            size = int(image.attrib["height"]), int(image.attrib["width"])
            elements = sorted(image, key=lambda element: int(element.get("z_order", "0")))
            shapes = [_shape(element, size, where, aliases, findings) for element in elements]
        except BadInput:
            raise
        except (KeyError, ValueError) as error:
            text = f"not an image of CVAT for images 1.1: {error!r}"
            findings.note(Problem(UNREADABLE, where, text))
            continue
        if elements:  # an image that nobody has worked on yet is no label
            drawn = tuple(shape for shape in shapes if shape is not None)
            name = image.attrib["name"]
            source = f"image {image.get('id')}"
            yield Drawing(product_in(name), labeller, size, drawn, where, source)


class _NoDoctype(xml.TreeBuilder):
    """Builds the tree of a file that declares nothing, as entities may be bombs."""

    def doctype(self, name: str, *_: str | None) -> None:
        """Called before anything that is declared is read."""
        raise ValueError(f"it has a DOCTYPE ({name}), which no export of CVAT has")


def _user_of(root: xml.Element) -> str:
    for kind in ("assignee", "owner"):
        for element in root.iter(kind):
            name = element.findtext("username") or element.text
            if name and name.strip():
                return name.strip()
    return ""


def _shape(
    element: xml.Element,
    size: tuple[int, int],
    where: str,
    aliases: Mapping[str, int],
    findings: Findings,
) -> Shape | None:
    if element.tag == "tag":
        return None
    terrain = terrain_of(element.attrib["label"], aliases, where, findings)
    if terrain is None:
        return None
    if element.tag == "mask":
        return _mask_of(element, terrain, size)
    if element.tag == "box":
        left, top, right, bottom = (
            float(element.attrib[key]) for key in ("xtl", "ytl", "xbr", "ybr")
        )
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
        return Shape(terrain, np.array(corners))
    if element.tag not in ("polygon", "polyline"):
        text = f"a {element.tag} is not an area: draw polygons, masks or boxes"
        findings.note(Problem(OPEN_POLYGON, where, text))
        return None
    pairs = [pair.split(",") for pair in element.attrib["points"].split(";") if pair]
    points = np.array(pairs, float).reshape(-1, 2)
    outline = outline_of(points, element.tag == "polygon", where, findings)
    return None if outline is None else Shape(terrain, outline)


def _mask_of(element: xml.Element, terrain: int, size: tuple[int, int]) -> Shape:
    left, top, width, height = (
        int(element.attrib[key]) for key in ("left", "top", "width", "height")
    )
    runs = np.array([int(run) for run in element.attrib["rle"].split(",") if run.strip()], int)
    inside = left >= 0 and top >= 0 and left + width <= size[1] and top + height <= size[0]
    if not inside or (runs < 0).any() or runs.sum() != width * height:
        raise ValueError(f"a mask of {width} x {height} at {left}, {top} that does not fit")
    values = np.arange(len(runs)) % 2 == 1
    return Shape(terrain, None, np.repeat(values, runs).reshape(height, width), (left, top))


def write_cvat(path: Path, labels: Iterable[tuple[str, U8]]) -> int:
    """Write labels (image file name, (h, w) label values) for CVAT; how many there were.

    Each connected area of a class is one mask, so that nothing is lost and each can be edited.
    """
    root = xml.Element("annotations")
    xml.SubElement(root, "version").text = "1.1"
    names = xml.SubElement(xml.SubElement(xml.SubElement(root, "meta"), "task"), "labels")
    for name in NAMES:
        label = xml.SubElement(names, "label")
        xml.SubElement(label, "name").text = name
        xml.SubElement(label, "type").text = "mask"
    number = 0
    for number, (name, pixels) in enumerate(labels, start=1):
        height, width = pixels.shape
        facts = {"id": str(number - 1), "name": name, "width": str(width), "height": str(height)}
        image = xml.SubElement(root, "image", facts)
        for terrain in CLASSES:
            for mask, corner in _areas(pixels == terrain):
                xml.SubElement(image, "mask", _attributes(NAMES[terrain], mask, corner))
    xml.indent(root)
    write_text(path, xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n")
    return number


def _areas(where: Mask) -> Iterable[tuple[Mask, tuple[int, int]]]:
    """Each connected area of a mask (h, w), cut out, with the column and row of its corner."""
    count, parts, facts, _ = cv2.connectedComponentsWithStats(where.astype(np.uint8))
    for part in range(1, count):
        left, top, width, height = (int(value) for value in facts[part, :4])
        yield parts[top : top + height, left : left + width] == part, (left, top)


def _attributes(name: str, mask: Mask, corner: tuple[int, int]) -> dict[str, str]:
    flat = mask.ravel()
    changes = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], changes, [flat.size]])).tolist()
    if flat[0]:
        runs.insert(0, 0)  # the first run is of what is not in the mask
    return {
        "label": name, "source": "manual", "occluded": "0", "rle": ", ".join(map(str, runs)),
        "left": str(corner[0]), "top": str(corner[1]), "width": str(mask.shape[1]),
        "height": str(mask.shape[0]), "z_order": "0",
    }  # fmt: skip

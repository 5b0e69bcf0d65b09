"""XML as SDF and URDF want it: elements with text, numbers a person can read."""

from __future__ import annotations

import xml.etree.ElementTree as xml


def child(parent: xml.Element, tag: str, text: str = "", **attributes: str) -> xml.Element:
    """A new element in `parent`."""
    element = xml.SubElement(parent, tag, attributes)
    if text:
        element.text = text
    return element


def numbers(*values: float) -> str:
    """Values with six figures, spaces between."""
    # + 0.0: no minus before a zero
    return " ".join(f"{float(f'{value:.6g}') + 0.0:.6g}" for value in values)


def pose_text(xyz: tuple[float, ...], rpy: tuple[float, ...]) -> str:
    """Metres and radians as SDF has them; what rounding left of a zero is one."""
    return numbers(*(0.0 if abs(value) < 1e-9 else value for value in (*xyz, *rpy)))


def text_of(root: xml.Element, about: str) -> str:
    """The whole document, indented, with a comment that says what it is."""
    xml.indent(root)
    body = xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0"?>\n<!-- {about} -->\n{body}\n'

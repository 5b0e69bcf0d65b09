"""A robot as URDF, for robot_state_publisher and RViz."""

from __future__ import annotations

import xml.etree.ElementTree as xml

from ai4mars_nav.sim.vehicle.robot import FIXED, REVOLUTE, Part, Robot, Shape
from ai4mars_nav.sim.vehicle.xml_text import child, numbers, text_of

EFFORT, VELOCITY = 1000.0, 1.0
"""Limits that URDF asks for and nothing here uses: N m, rad/s."""


def to_urdf(robot: Robot) -> str:
    """The text of the .urdf file; the right rocker mirrors the left, as the differential does."""
    root = xml.Element("robot", name=robot.rover.name)
    child(root, "link", name="base_link")
    for part in robot.parts:
        _link(root, part)
        _joint(root, part)
    return text_of(root, f"A {robot.rover.name} rover, made by `ai4mars sim rover`")


def _link(root: xml.Element, part: Part) -> None:
    link = child(root, "link", name=part.name)
    if part.mass == 0.0:
        return
    inertial = child(link, "inertial")
    child(inertial, "mass", value=numbers(part.mass))
    x, y, z = (numbers(moment) for moment in part.inertia)
    child(inertial, "inertia", ixx=x, iyy=y, izz=z, ixy="0", ixz="0", iyz="0")
    for index, shape in enumerate(part.shapes):
        visual = child(link, "visual")
        _geometry(visual, shape)
        material = child(visual, "material", name=f"{part.name}_{index}")
        child(material, "color", rgba=numbers(*shape.colour, 1.0))
        if shape.solid:
            _geometry(child(link, "collision"), shape)


def _origin(parent: xml.Element, xyz: tuple[float, ...], rpy: tuple[float, ...]) -> None:
    child(parent, "origin", xyz=numbers(*xyz), rpy=numbers(*rpy))


def _geometry(parent: xml.Element, shape: Shape) -> None:
    _origin(parent, shape.xyz, shape.rpy)
    geometry = child(parent, "geometry")
    if shape.kind == "box":
        child(geometry, "box", size=numbers(*shape.size))
        return
    radius, length = shape.size
    child(geometry, "cylinder", radius=numbers(radius), length=numbers(length))


def _joint(root: xml.Element, part: Part) -> None:
    joint = child(root, "joint", name=f"{part.name}_joint", type=part.joint)
    _origin(joint, part.xyz, part.rpy)
    child(joint, "parent", link=part.parent)
    child(joint, "child", link=part.name)
    if part.joint == FIXED:
        return
    child(joint, "axis", xyz=numbers(*part.axis))
    if part.joint == REVOLUTE:
        low, high = numbers(-part.swing), numbers(part.swing)
        child(
            joint, "limit",
            lower=low, upper=high, effort=numbers(EFFORT), velocity=numbers(VELOCITY),
        )  # fmt: skip
    if part.name == "right_rocker":
        child(joint, "mimic", joint="left_rocker_joint", multiplier="-1")

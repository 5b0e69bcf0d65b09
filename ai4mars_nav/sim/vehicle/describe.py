"""A rover as a folder: model.config and model.sdf as Gazebo wants them, NAME.urdf for RViz."""

from __future__ import annotations

import xml.etree.ElementTree as xml
from pathlib import Path

from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.vehicle.robot import robot_of
from ai4mars_nav.sim.vehicle.sdf import VERSION, to_sdf
from ai4mars_nav.sim.vehicle.urdf import to_urdf
from ai4mars_nav.sim.vehicle.xml_text import child, text_of

MADE_BY = "made by `ai4mars sim rover`"


def describe(rover: Rover, folder: Path) -> tuple[Path, ...]:
    """Write the files of one rover into `folder`/NAME and say which."""
    robot, home = robot_of(rover), folder / rover.name
    home.mkdir(parents=True, exist_ok=True)
    texts = {
        home / "model.config": _config(rover),
        home / "model.sdf": to_sdf(robot),
        home / f"{rover.name}.urdf": to_urdf(robot),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return tuple(texts)


def _config(rover: Rover) -> str:
    root = xml.Element("model")
    child(root, "name", rover.name)
    child(root, "version", "1.0")
    child(root, "sdf", "model.sdf", version=VERSION)
    child(root, "description", f"A {rover.length:g} m rover on a rocker-bogie.")
    return text_of(root, MADE_BY)

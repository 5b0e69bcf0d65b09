"""Write a rover's SDF model and URDF: python -m ai4mars_nav.sim.vehicle.describe --out sim/rovers

A folder a rover: model.config and model.sdf as Gazebo wants them, NAME.urdf for RViz.
"""

from __future__ import annotations

import argparse
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.settings import SettingsError
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.vehicle.robot import robot_of
from ai4mars_nav.sim.vehicle.sdf import VERSION, to_sdf
from ai4mars_nav.sim.vehicle.urdf import to_urdf
from ai4mars_nav.sim.vehicle.xml_text import child, text_of


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
    return text_of(root, "made by ai4mars_nav.sim.vehicle.describe")


def main() -> int:
    """Describe the named rovers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--rover", action="append", help="name in config/ or YAML file; default: both of ours"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    args = parser.parse_args()
    try:
        for name in args.rover or ("curiosity", "test_rover"):
            for path in describe(load_rover(rover_file(name)), args.out):
                print(path)
    except (SettingsError, OSError) as error:
        print(f"describe: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

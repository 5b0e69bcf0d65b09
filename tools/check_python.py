"""Refuse, before anything is installed, a Python for which there are no ROS 2 wheels."""

from __future__ import annotations

import platform
import sys

OLDEST, NEWEST = (3, 10), (3, 13)


def problem(version: tuple[int, int], system: str, machine: str) -> str:
    """What is wrong with this Python, and what to do; empty if nothing is."""
    if (system, machine) != ("Linux", "x86_64"):
        return (
            f"The ROS 2 wheels are for Linux on x86_64, this is {system} on {machine}: "
            "use a ROS 2 install and colcon instead (docs/install.md)."
        )
    if not OLDEST <= version <= NEWEST:
        return (
            f"The ROS 2 wheels are for Python 3.10 to 3.13, this is {version[0]}.{version[1]}: "
            "name another one, for example make setup PYTHON=python3.12"
        )
    return ""


if __name__ == "__main__":
    sys.exit(problem(sys.version_info[:2], platform.system(), platform.machine()) or 0)

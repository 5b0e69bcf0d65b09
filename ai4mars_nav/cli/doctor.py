"""`ai4mars doctor`: what this machine has for the graph, and what is missing, in plain words."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.ros.environment import dds_profile
from ai4mars_nav.ros.graph import NODES
from ai4mars_nav.share import model_file, share

HELP = "say what is there to run the graph, and what is missing"

SEGMENT = 64 * 2**20
"""Bytes of shared memory that config/fastdds.xml asks for, for each node."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `needed` if nothing runs without it."""

    what: str
    there: bool
    told: str
    needed: bool = True


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_args: argparse.Namespace) -> int:
    """Print the findings; 1 if something that is needed is missing."""
    findings = [look() for look in LOOKS]
    for finding in findings:
        mark = "ok" if finding.there else "MISSING" if finding.needed else "without"
        print(f"{mark:>8}  {finding.what}: {finding.told}")
    return 1 if any(finding.needed and not finding.there for finding in findings) else 0


def _python() -> Finding:
    version = platform.python_version()
    there = (3, 10) <= sys.version_info[:2] <= (3, 13)
    return Finding("Python", there, version if there else f"{version}; 3.10 to 3.13 are known good")


def _ros() -> Finding:
    if importlib.util.find_spec("rclpy") is None:
        return Finding("ROS 2", False, "rclpy is not installed: make run-setup, or source ROS 2")
    return Finding("ROS 2", True, os.environ.get("ROS_DISTRO") or f"wheels {_version('ros-rclpy')}")


def _middleware() -> Finding:
    chosen = os.environ.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp")
    there = chosen.startswith("rmw_fastrtps")
    other = f"{chosen}: config/fastdds.xml is not for it, see that it carries 4 MiB images"
    return Finding("middleware", there, chosen if there else other, needed=False)


def _profile() -> Finding:
    wanted = dds_profile()
    given = {name: os.environ[name] for name in wanted if name in os.environ}
    others = [f"{name}={path}" for name, path in given.items() if path != wanted[name]]
    missing = [path for path in {**wanted, **given}.values() if not Path(path).is_file()]
    if missing:
        return Finding("Fast DDS profile", False, f"{missing[0]} does not exist")
    told = f"yours is used, {', '.join(others)}" if others else next(iter(wanted.values()))
    return Finding("Fast DDS profile", True, told)


def _shared_memory() -> Finding:
    folder = Path("/dev/shm")
    if not folder.is_dir():
        return Finding("shared memory", False, "/dev/shm is not there: images will be lost")
    free = shutil.disk_usage(folder).free
    wanted = len(NODES) * SEGMENT
    told = f"{free / 2**20:.0f} MiB free in /dev/shm"
    if free < wanted:
        told += f", {wanted / 2**20:.0f} are wanted: in a container, --shm-size=1g"
    return Finding("shared memory", free >= wanted, told)


def _transforms() -> Finding:
    if importlib.util.find_spec("tf2_msgs") is None:
        told = "tf2_msgs is not installed: TF is off, poses come from odometry"
        return Finding("TF", False, told, needed=False)
    return Finding("TF", True, "tf2_msgs is there")


def _engine() -> Finding:
    if importlib.util.find_spec("onnxruntime") is None:
        return Finding("engine", False, "onnxruntime is not installed: pip install onnxruntime")
    return Finding("engine", True, f"ONNX Runtime {_version('onnxruntime')}")


def _model() -> Finding:
    from ai4mars_nav.perception.sidecar import load_model

    names = sorted(path.stem for path in (share() / "models").glob("*.onnx"))
    if not names:
        return Finding("models", False, f"there is none in {share() / 'models'}")
    for name in names:
        load_model(model_file(name))
    return Finding("models", True, f"{', '.join(names)}, each as its sidecar says")


def _cores() -> Finding:
    cores = len(os.sched_getaffinity(0))
    told = f"{cores} to run on"
    return Finding("cores", cores >= 2, told if cores >= 2 else f"{told}, 2 are wanted", False)


def _launch() -> Finding:
    there = importlib.util.find_spec("launch_ros") is not None
    told = "ros2 launch works" if there else "not installed: `ai4mars up` starts the same graph"
    return Finding("launch", there, told, needed=False)


def _learning() -> Finding:
    there = importlib.util.find_spec("torch") is not None
    told = f"torch {_version('torch')}" if there else "torch is not installed: make setup"
    return Finding("learning", there, told, needed=False)


def _guarded(what: str, look: Callable[[], Finding]) -> Callable[[], Finding]:
    """A look whose refusal is its finding."""

    def looked() -> Finding:
        try:
            return look()
        except ValueError as error:
            return Finding(what, False, str(error))

    return looked


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "of unknown version"


LOOKS: tuple[Callable[[], Finding], ...] = (
    _python,
    _ros,
    _middleware,
    _guarded("Fast DDS profile", _profile),
    _shared_memory,
    _transforms,
    _engine,
    _guarded("models", _model),
    _cores,
    _launch,
    _learning,
)

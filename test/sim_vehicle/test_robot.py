"""SDF and URDF of the rovers: the same frames as the rig's, the whole mass, accepted by tools."""

from __future__ import annotations

import shutil
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import rover_file, share
from ai4mars_nav.sim.rig import navcam_rig
from ai4mars_nav.sim.vehicle.describe import describe
from ai4mars_nav.sim.vehicle.robot import robot_of
from ai4mars_nav.sim.vehicle.sdf import IMAGE_SIZE, to_sdf
from ai4mars_nav.sim.vehicle.urdf import to_urdf

ROVERS = ("curiosity", "test_rover")
Frames = dict[str, Pose]


@pytest.fixture(params=ROVERS)
def rover(request) -> Rover:
    return load_rover(rover_file(request.param))


def vector(text: str) -> tuple[float, ...]:
    return tuple(float(word) for word in text.split())


def urdf_frames(rover: Rover) -> Frames:
    """base_from_link of every link, all joints at 0."""
    frames = {"base_link": Pose.identity()}
    for joint in xml.fromstring(to_urdf(robot_of(rover))).iter("joint"):
        origin = joint.find("origin")
        placed = Pose.from_rpy(vector(origin.get("xyz")), vector(origin.get("rpy")))
        parent = frames[joint.find("parent").get("link")]
        frames[joint.find("child").get("link")] = parent @ placed
    return frames


def sdf_frames(rover: Rover) -> Frames:
    """base_from_link of every link and frame, all joints at 0."""
    frames = {"base_link": Pose.identity()}
    model = xml.fromstring(to_sdf(robot_of(rover))).find("model")
    for element in (*model.findall("link"), *model.findall("frame")):
        pose = element.find("pose")
        if element.get("name") == "base_link":
            assert pose.get("relative_to") == "__model__" and not any(vector(pose.text))
            continue
        values = vector(pose.text)
        above = pose.get("relative_to") or element.get("attached_to") or "base_link"
        frames[element.get("name")] = frames[above] @ Pose.from_rpy(values[:3], values[3:])
    return frames


@pytest.mark.parametrize("frames_of", [urdf_frames, sdf_frames])
def test_cameras_and_wheels_stand_where_the_simulator_has_them(rover, frames_of):
    frames, rig = frames_of(rover), navcam_rig(rover)
    left, right = frames["navcam_left_optical"], frames["navcam_right_optical"]
    np.testing.assert_allclose(left.translation, rig.base_from_camera.translation, atol=1e-5)
    np.testing.assert_allclose(left.rotation, rig.base_from_camera.rotation, atol=1e-5)
    beside = left.inverse() @ right
    np.testing.assert_allclose(beside.translation, [-rig.right.tx / rig.right.fx, 0, 0], atol=1e-5)
    np.testing.assert_allclose(beside.rotation, np.eye(3), atol=1e-5)
    for name, x in (("front", 0.5), ("middle", 0.0), ("rear", -0.5)):
        for side, y in (("left", 0.5), ("right", -0.5)):
            np.testing.assert_allclose(
                frames[f"{name}_{side}_wheel"].translation,
                [x * rover.wheelbase, y * rover.track, rover.wheel_radius],
                atol=1e-5,
            )


def test_both_describe_the_same_frames(rover):
    sdf, urdf = sdf_frames(rover), urdf_frames(rover)
    assert set(sdf) == set(urdf)
    for name, pose in sdf.items():
        np.testing.assert_allclose(pose.translation, urdf[name].translation, atol=1e-5)
        np.testing.assert_allclose(pose.rotation, urdf[name].rotation, atol=1e-5)


def test_the_parts_weigh_what_the_rover_weighs_and_stay_in_its_outline(rover):
    robot = robot_of(rover)
    assert sum(part.mass for part in robot.parts) == pytest.approx(rover.mass)
    for part in robot.parts:
        if part.mass > 0.0:
            a, b, c = part.inertia
            assert min(a, b, c) > 0.0 and a + b > c and b + c > a and a + c > b, part.name
    body, wheel = robot.part("body"), robot.part("front_left_wheel")
    length, width, height = body.shapes[0].size
    assert length <= rover.length and width <= rover.track - rover.wheel_width
    assert body.xyz[2] - 0.5 * height == pytest.approx(rover.belly_clearance)
    assert wheel.shapes[0].size == (rover.wheel_radius, rover.wheel_width)


def test_the_right_camera_has_a_negative_tx_and_the_left_none(rover):
    model = xml.fromstring(to_sdf(robot_of(rover)))
    rig = navcam_rig(rover, IMAGE_SIZE)
    told = {
        sensor.findtext("topic"): float(sensor.findtext("camera/lens/projection/tx"))
        for sensor in model.iter("sensor")
        if sensor.find("camera") is not None
    }
    assert set(told) == {"left/image_rect", "right/image_rect", "depth/image_rect"}
    assert told["left/image_rect"] == told["depth/image_rect"] == 0.0
    assert told["right/image_rect"] == pytest.approx(rig.right.tx, rel=1e-5)
    assert told["right/image_rect"] < 0.0


def test_three_wheels_a_side_are_driven(rover):
    drive = next(
        plugin
        for plugin in xml.fromstring(to_sdf(robot_of(rover))).iter("plugin")
        if plugin.get("name").endswith("DiffDrive")
    )
    left, right = (
        {joint.text for joint in drive.findall(f"{side}_joint")} for side in ("left", "right")
    )
    for joints, side in ((left, "left"), (right, "right")):
        assert joints == {f"{row}_{side}_wheel_joint" for row in ("front", "middle", "rear")}


@pytest.mark.parametrize("name", ROVERS)
def test_the_committed_files_are_those_the_rover_gives(name, tmp_path):
    for made in describe(load_rover(rover_file(name)), tmp_path):
        kept = share() / "sim" / "rovers" / made.relative_to(tmp_path)
        assert kept.read_text() == made.read_text(), (
            f"{kept} is old: ai4mars sim rover --rover {name} --out sim/rovers"
        )


def checked(command: list[str], path: Path) -> None:
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("ign"), reason="ign sdf is missing")
def test_gazebos_parser_accepts_the_models(rover, tmp_path):
    model = next(path for path in describe(rover, tmp_path) if path.name == "model.sdf")
    checked(["ign", "sdf", "--check"], model)
    broken = tmp_path / "broken.sdf"
    broken.write_text(model.read_text().replace("<parent>body</parent>", "<parent>bdy</parent>"))
    done = subprocess.run(["ign", "sdf", "--check", str(broken)], capture_output=True, timeout=60)
    assert done.returncode != 0


@pytest.mark.skipif(not shutil.which("check_urdf"), reason="check_urdf is missing")
def test_urdfs_parser_accepts_the_models(rover, tmp_path):
    checked(["check_urdf"], next(p for p in describe(rover, tmp_path) if p.suffix == ".urdf"))

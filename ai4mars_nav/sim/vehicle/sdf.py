"""A robot as an SDF model for Gazebo Harmonic, with its sensors and systems."""

from __future__ import annotations

import math
import xml.etree.ElementTree as xml

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim.rig import navcam_rig
from ai4mars_nav.sim.vehicle.robot import CONTINUOUS, FIXED, Part, Robot, Shape
from ai4mars_nav.sim.vehicle.xml_text import child, numbers, pose_text, text_of

VERSION = "1.9"
IMAGE_SIZE = 512
CAMERA_RATE, IMU_RATE, ODOM_RATE = 2.0, 50.0, 20.0
"""Hz."""
NEAR, FAR = 0.2, 100.0
"""Metres that the cameras see."""
GRIP, SIDE_GRIP = 0.9, 0.4
"""Friction of the wheels along and across; they scrub, as nothing steers them."""
SPRING_SHARE = 0.5
"""A rocker's spring [N m / rad] over weight times wheelbase. It stands for the differential."""


def to_sdf(robot: Robot) -> str:
    """The text of model.sdf."""
    root = xml.Element("sdf", version=VERSION)
    model = child(root, "model", name=robot.rover.name)
    base = child(model, "frame", name="base_link", attached_to="body")
    base.append(_pose((0, 0, 0), (0, 0, 0), "__model__"))
    for part in robot.parts:
        if part.mass > 0.0:
            _link(model, part)
    for part in robot.parts:
        if part.mass == 0.0:
            frame = child(model, "frame", name=part.name, attached_to=part.parent)
            frame.append(_pose(part.xyz, part.rpy))
        elif part.joint != FIXED:
            _joint(model, part, robot.rover)
    _sensors(model, robot.rover)
    _systems(model, robot)
    return text_of(root, f"A {robot.rover.name} rover, made by `ai4mars sim rover`")


def _pose(xyz: tuple[float, ...], rpy: tuple[float, ...], relative_to: str = "") -> xml.Element:
    pose = xml.Element("pose", {"relative_to": relative_to} if relative_to else {})
    pose.text = pose_text(xyz, rpy)
    return pose


def _link(model: xml.Element, part: Part) -> None:
    link = child(model, "link", name=part.name)
    link.append(_pose(part.xyz, part.rpy, "" if part.parent == "base_link" else part.parent))
    inertial = child(link, "inertial")
    child(inertial, "mass", numbers(part.mass))
    inertia = child(inertial, "inertia")
    for axis, moment in zip(("ixx", "iyy", "izz"), part.inertia, strict=True):
        child(inertia, axis, numbers(moment))
    for index, shape in enumerate(part.shapes):
        visual = child(link, "visual", name=f"{part.name}_visual_{index}")
        _geometry(visual, shape)
        material = child(visual, "material")
        for light in ("ambient", "diffuse"):
            child(material, light, numbers(*shape.colour, 1.0))
        if shape.solid:
            collision = child(link, "collision", name=f"{part.name}_collision_{index}")
            _geometry(collision, shape)
            if part.joint == CONTINUOUS:
                _friction(collision)


def _geometry(parent: xml.Element, shape: Shape) -> None:
    parent.append(_pose(shape.xyz, shape.rpy))
    geometry = child(parent, "geometry")
    if shape.kind == "box":
        child(child(geometry, "box"), "size", numbers(*shape.size))
        return
    cylinder = child(geometry, "cylinder")
    child(cylinder, "radius", numbers(shape.size[0]))
    child(cylinder, "length", numbers(shape.size[1]))


def _friction(collision: xml.Element) -> None:
    ode = child(child(child(collision, "surface"), "friction"), "ode")
    child(ode, "mu", numbers(SIDE_GRIP))
    child(ode, "mu2", numbers(GRIP))
    # the first direction, that of mu: the axle
    child(ode, "fdir1", "0 0 1")


def _joint(model: xml.Element, part: Part, rover: Rover) -> None:
    joint = child(model, "joint", name=f"{part.name}_joint", type="revolute")
    child(joint, "parent", part.parent)
    child(joint, "child", part.name)
    axis = child(joint, "axis")
    child(axis, "xyz", numbers(*part.axis))
    limit = child(axis, "limit")
    swing = part.swing if part.joint != CONTINUOUS else 1e16
    child(limit, "lower", numbers(-swing))
    child(limit, "upper", numbers(swing))
    if part.name.endswith("_rocker"):
        stiffness = SPRING_SHARE * rover.mass * rover.gravity * rover.wheelbase
        dynamics = child(axis, "dynamics")
        child(dynamics, "damping", numbers(0.3 * stiffness))
        child(dynamics, "spring_reference", "0")
        child(dynamics, "spring_stiffness", numbers(stiffness))
    elif part.name.endswith("_bogie"):
        child(child(axis, "dynamics"), "damping", numbers(0.05 * rover.mass * rover.wheelbase))


def _sensors(model: xml.Element, rover: Rover) -> None:
    rig = navcam_rig(rover, IMAGE_SIZE)
    head = _link_of(model, "mast_head")
    _camera(head, "navcam_left", "camera", "left/image_rect", rig.left)
    _camera(head, "navcam_right", "camera", "right/image_rect", rig.right)
    _camera(head, "navcam_left", "depth_camera", "depth/image_rect", rig.left)
    imu = child(_link_of(model, "body"), "sensor", name="imu", type="imu")
    imu.append(_pose((0, 0, 0), (0, 0, 0), "imu_link"))
    child(imu, "always_on", "true")
    child(imu, "update_rate", numbers(IMU_RATE))
    child(imu, "topic", "imu")


def _link_of(model: xml.Element, name: str) -> xml.Element:
    return next(link for link in model.iter("link") if link.get("name") == name)


def _camera(link: xml.Element, eye: str, kind: str, topic: str, pinhole: Pinhole) -> None:
    """A camera that says P as ours do: the stereo pair's Tx is negative, on the right."""
    sensor = child(link, "sensor", name=f"{eye}_{kind}", type=kind)
    sensor.append(_pose((0, 0, 0), (0, 0, 0), eye))
    child(sensor, "update_rate", numbers(CAMERA_RATE))
    child(sensor, "topic", topic)
    camera = child(sensor, "camera", name=f"{eye}_{kind}")
    # both images and depth are of the left camera's frame, as in the rest of the graph
    child(camera, "optical_frame_id", "navcam_left_optical")
    child(camera, "horizontal_fov", numbers(2.0 * math.atan(0.5 * pinhole.width / pinhole.fx)))
    image = child(camera, "image")
    child(image, "width", str(pinhole.width))
    child(image, "height", str(pinhole.height))
    child(image, "format", "R_FLOAT32" if kind == "depth_camera" else "L8")
    clip = child(camera, "clip")
    child(clip, "near", numbers(NEAR))
    child(clip, "far", numbers(FAR))
    lens = child(camera, "lens")
    # Gazebo's own middle, half a pixel from ours, so that its image and its CameraInfo agree
    centre = {"cx": 0.5 * pinhole.width, "cy": 0.5 * pinhole.height}
    intrinsics = child(lens, "intrinsics")
    for key, value in {"fx": pinhole.fx, "fy": pinhole.fy, **centre, "s": 0.0}.items():
        child(intrinsics, key, numbers(value))
    projection = child(lens, "projection")
    fields = {"p_fx": pinhole.fx, "p_fy": pinhole.fy, "p_cx": centre["cx"], "p_cy": centre["cy"]}
    for key, value in {**fields, "tx": pinhole.tx, "ty": 0.0}.items():
        child(projection, key, numbers(value))


def _systems(model: xml.Element, robot: Robot) -> None:
    rover = robot.rover
    drive = _system(model, "diff-drive", "DiffDrive")
    for part in robot.parts:
        if part.joint == CONTINUOUS:
            side = "left_joint" if "_left_" in part.name else "right_joint"
            child(drive, side, f"{part.name}_joint")
    for key, value in {
        "wheel_separation": rover.track,
        "wheel_radius": rover.wheel_radius,
        "max_linear_velocity": rover.max_speed,
        "min_linear_velocity": -rover.max_speed,
        "max_angular_velocity": rover.max_turn_rate,
        "min_angular_velocity": -rover.max_turn_rate,
        "max_linear_acceleration": rover.max_speed,
        "min_linear_acceleration": -rover.max_speed,
    }.items():
        child(drive, key, numbers(value))
    for key, topic in (
        ("topic", "cmd_vel"),
        ("odom_topic", "wheel_odom"),
        ("tf_topic", "wheel_tf"),
    ):
        child(drive, key, topic)
    odometry = _system(model, "odometry-publisher", "OdometryPublisher")
    child(odometry, "odom_frame", "odom")
    child(odometry, "robot_base_frame", "base_link")
    child(odometry, "odom_topic", "odom")
    child(odometry, "tf_topic", "tf")
    child(odometry, "odom_publish_frequency", numbers(ODOM_RATE))
    child(odometry, "dimensions", "3")
    joints = _system(model, "joint-state-publisher", "JointStatePublisher")
    child(joints, "topic", "joint_states")
    mast = _system(model, "joint-position-controller", "JointPositionController")
    child(mast, "joint_name", "mast_head_joint")
    child(mast, "topic", "mast_pan")
    child(mast, "use_velocity_commands", "true")
    child(mast, "cmd_max", "0.35")
    child(mast, "cmd_min", "-0.35")


def _system(model: xml.Element, file: str, name: str) -> xml.Element:
    return child(
        model, "plugin", filename=f"gz-sim-{file}-system", name=f"gz::sim::systems::{name}"
    )

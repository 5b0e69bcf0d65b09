"""A world as SDF for Gazebo Harmonic: ground and rocks as meshes, sun, gravity, thin air."""

from __future__ import annotations

import math
import xml.etree.ElementTree as xml

from ai4mars_nav.sim.world.dressing import foot
from ai4mars_nav.sim.world.mission import Mission
from ai4mars_nav.sim.world.rock_shape import shape_of
from ai4mars_nav.sim.world.world import Rocks, World

SPACE = "urn:ai4mars-nav:world"
"""Namespace of the elements that only we read."""
VERSION = "1.9"
GRAVITY = 3.71
"""m/s²."""
STEP = 0.004
"""Seconds of a step of the physics."""
FRICTION = 0.8
SKY, AMBIENT = "0.78 0.68 0.56 1", "0.45 0.40 0.35 1"
ROCK_COLOUR = "0.42 0.34 0.30 1"
SYSTEMS = {
    "physics": "Physics",
    "user-commands": "UserCommands",
    "scene-broadcaster": "SceneBroadcaster",
    "sensors": "Sensors",
    "imu": "Imu",
}

xml.register_namespace("ai4mars", SPACE)


def to_sdf(world: World, mission: Mission, rocks: Rocks, own: xml.Element) -> str:
    """The text of world.sdf: `rocks` are those that are meshes, `own` is our element."""
    root = xml.Element("sdf", version=VERSION)
    top = xml.SubElement(root, "world", name=world.name)
    _air(top)
    _systems(top)
    _sun(top, mission)
    _ground(top)
    _rocks(top, world, rocks)
    top.append(own)
    xml.indent(root)
    about = f"World {world.name}, made by `ai4mars sim world`; gz sim loads it as it is."
    body = xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0"?>\n<!-- {about} -->\n{body}\n'


def _air(top: xml.Element) -> None:
    _text(top, "gravity", f"0 0 {-GRAVITY}")
    air = xml.SubElement(top, "atmosphere", type="adiabatic")
    _text(air, "temperature", "220")
    _text(air, "temperature_gradient", "-0.0025")
    _text(air, "pressure", "700")
    physics = xml.SubElement(top, "physics", name="steps", type="ode")
    _text(physics, "max_step_size", f"{STEP}")
    _text(physics, "real_time_factor", "1")
    scene = xml.SubElement(top, "scene")
    _text(scene, "ambient", AMBIENT)
    _text(scene, "background", SKY)
    _text(scene, "shadows", "true")


def _systems(top: xml.Element) -> None:
    for file, name in SYSTEMS.items():
        plugin = xml.SubElement(
            top, "plugin", filename=f"gz-sim-{file}-system", name=f"gz::sim::systems::{name}"
        )
        if file == "sensors":
            _text(plugin, "render_engine", "ogre2")


def _sun(top: xml.Element, mission: Mission) -> None:
    light = xml.SubElement(top, "light", type="directional", name="sun")
    _text(light, "cast_shadows", "true")
    level, up = math.cos(mission.sun_elevation), math.sin(mission.sun_elevation)
    x, y = level * math.cos(mission.sun_azimuth), level * math.sin(mission.sun_azimuth)
    _text(light, "pose", f"{100 * x:.3f} {100 * y:.3f} {100 * up:.3f} 0 0 0")
    _text(light, "direction", f"{-x:.6f} {-y:.6f} {-up:.6f}")
    _text(light, "diffuse", "1.0 0.92 0.80 1")
    _text(light, "specular", "0.1 0.1 0.1 1")


def _ground(top: xml.Element) -> None:
    link = _static(top, "ground")
    collision = xml.SubElement(link, "collision", name="collision")
    _mesh(collision, "meshes/ground.obj")
    _friction(collision)
    visual = xml.SubElement(link, "visual", name="visual")
    _mesh(visual, "meshes/ground.obj")
    material = xml.SubElement(visual, "material")
    _text(material, "diffuse", "1 1 1 1")
    metal = xml.SubElement(xml.SubElement(material, "pbr"), "metal")
    _text(metal, "albedo_map", "meshes/ground.png")
    _text(metal, "roughness", "1")
    _text(metal, "metalness", "0")


def _rocks(top: xml.Element, world: World, rocks: Rocks) -> None:
    if len(rocks) == 0:
        return
    link = _static(top, "rocks")
    shapes, z = shape_of(rocks.seed), foot(world.ground, rocks, world.resolution, world.origin)
    for i in range(len(rocks)):
        pose = f"{rocks.x[i]:.4f} {rocks.y[i]:.4f} {z[i]:.4f} 0 0 {rocks.yaw[i]:.5f}"
        size = f"{rocks.length[i] / 2:.4f} {rocks.width[i] / 2:.4f} {rocks.height[i]:.4f}"
        for kind in ("collision", "visual"):
            part = xml.SubElement(link, kind, name=f"{kind}_{i}")
            _text(part, "pose", pose)
            _mesh(part, f"meshes/rock_{shapes[i]:02}.obj", size)
            if kind == "visual":
                material = xml.SubElement(part, "material")
                _text(material, "ambient", ROCK_COLOUR)
                _text(material, "diffuse", ROCK_COLOUR)
            else:
                _friction(part)


def _static(top: xml.Element, name: str) -> xml.Element:
    """The link of a model that never moves."""
    model = xml.SubElement(top, "model", name=name)
    _text(model, "static", "true")
    return xml.SubElement(model, "link", name="link")


def _mesh(parent: xml.Element, uri: str, scale: str = "") -> None:
    mesh = xml.SubElement(xml.SubElement(parent, "geometry"), "mesh")
    _text(mesh, "uri", uri)
    if scale:
        _text(mesh, "scale", scale)


def _friction(collision: xml.Element) -> None:
    ode = xml.SubElement(xml.SubElement(xml.SubElement(collision, "surface"), "friction"), "ode")
    _text(ode, "mu", f"{FRICTION}")
    _text(ode, "mu2", f"{FRICTION}")


def _text(parent: xml.Element, tag: str, text: str) -> None:
    xml.SubElement(parent, tag).text = text

"""Products of known ground, in files of all three formats.

The ground is level, 0 in the rover's frame (x forward, y right, z down), with a smooth pattern,
so that every pixel of every camera is known.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ai4mars_nav.geometry.cahvore import Cahv, Cahvor, Cahvore
from ai4mars_nav.geometry.frames import site_from_rover

from .writers import Facts, encode, write_pds3, write_vicar
from .xml_writer import write_pds4

__all__ = ["Facts", "encode", "write_pds3", "write_pds4", "write_vicar"]
SIZE = 96
FOCAL = 110.0
BASELINE = 0.42


def camera(kind="CAHV", eye="left", size=SIZE, turn=0.0):
    """A mast camera that looks ahead and down; `turn` radians sideways for the right one."""
    pitch = np.deg2rad(28.0)
    across = np.array([-np.sin(turn), np.cos(turn), 0.0])
    ahead = np.array([np.cos(turn), np.sin(turn), 0.0])
    axis = np.cos(pitch) * ahead + np.array([0.0, 0.0, np.sin(pitch)])
    down = np.cross(axis, across)
    centre = np.array([0.8, BASELINE / 2 if eye == "right" else -BASELINE / 2, -1.9])
    focal, middle = FOCAL * size / SIZE, (size - 1) / 2
    h = focal * across + (middle + 0.7) * axis
    v = focal * down + (middle - 1.2) * axis
    if kind == "CAHV":
        return Cahv(centre, axis, h, v)
    optical = axis + 0.002 * across
    optical /= np.linalg.norm(optical)
    if kind == "CAHVOR":
        return Cahvor(centre, axis, h, v, optical, np.array([1.35787e-05, 0.012, -0.0057552]))
    pupil = np.array([0.0014, 0.0015, 0.0005])
    radial = np.array([3e-06, 0.0112, -0.0075])
    return Cahvore(centre, axis, h, v, optical, radial, pupil, 0.37)


def pattern(x, y):
    """12-bit counts of ground points, metres in the rover's frame."""
    counts = 2048 + 900 * np.sin(1.7 * x + 0.4) * np.cos(1.3 * y) + 300 * np.sin(2.3 * y + x)
    return np.clip(np.rint(counts), 1, 4095)


def ground(model, size=SIZE):
    """What a camera sees: points (3, h, w) on the ground in the rover's frame, 0 for the sky."""
    v, u = np.mgrid[:size, :size].astype(float)
    origins, rays = model.unproject(np.stack([u.ravel(), v.ravel()], axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        far = -origins[:, 2] / rays[:, 2]
    seen = (far > 0) & (far < 60)
    points = np.where(seen[:, None], origins + np.where(seen, far, 0.0)[:, None] * rays, 0.0)
    return points.T.reshape(3, size, size).astype(np.float32)


def picture(model, size=SIZE):
    """Counts (1, h, w) int16 of the ground; the sky is 3000."""
    points = ground(model, size)
    counts = np.where(points.any(axis=0), pattern(points[0], points[1]), 3000)
    return counts[None].astype(np.int16)


def write_pair(folder: Path, kind="CAHVOR", xyz="", number=0, size=SIZE, swapped=False, **changes):
    """A left and a right image of the ground; `xyz` names the frame of an XYZ product beside them.

    `number` moves the clock and the rover: 10 s and 0.5 m each. `swapped` gives each eye the other
    one's place.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clock = 701383954 + 10 * number
    written = []
    for eye, letter in (("left", "L"), ("right", "R")):
        turn = 0.004 if eye == "right" else 0.0
        model = camera(
            kind, {"left": "right", "right": "left"}[eye] if swapped else eye, size, turn
        )
        facts = Facts(
            product_id=f"N{letter}B_{clock:09d}EDR_F0933408NCAM00200M1",
            instrument=f"NAV_{eye.upper()}_B",
            sclk=clock + 0.419,
            start=f"2022-03-24T09:{42 + number // 6:02d}:{10 * (number % 6):02d}.180",
            counter=(93, 3408, 55 + number, 340),
            model=model,
            offset=(151.271 + 0.5 * number, -156.017, 22.3253),
            image={"SAMPLE_BIT_MASK": "2#0000111111111111#"},
            **changes,
        )
        written.append(write_pds3(folder / f"{facts.product_id}.IMG", picture(model, size), facts))
        if xyz and eye == "left":
            written.append(write_xyz(folder, facts, xyz, size))
    return written


def write_xyz(folder: Path, facts: Facts, frame: str, size=SIZE):
    """The XYZ product of an image, in a frame of its label."""
    points = ground(facts.model, size)
    seen = points.any(axis=0)
    pose = site_from_rover(facts.offset, facts.quaternion)
    if frame == "SITE_FRAME":
        points = np.moveaxis(pose.apply(np.moveaxis(points, 0, -1).astype(float)), -1, 0)
    if frame == "LOCAL_LEVEL_FRAME":
        turned = np.moveaxis(points, 0, -1).astype(float) @ pose.rotation.T
        points = np.moveaxis(turned, -1, 0)
    points = np.where(seen, points, 0.0)
    facts = replace(
        facts,
        product_id=facts.product_id.replace("EDR", "XYZ"),
        derived="XYZ_MAP",
        pixel_frame=frame,
        image={"MISSING_CONSTANT": "(0.0,0.0,0.0)"},
    )
    return write_pds3(folder / f"{facts.product_id}.IMG", points, facts, ">f4", "IEEE_REAL")


def write_range(folder: Path, facts: Facts, size=SIZE):
    """The range product of an image."""
    points = ground(facts.model, size)
    seen = points.any(axis=0)
    away = np.linalg.norm(points - facts.model.c[:, None, None], axis=0)
    facts = replace(
        facts,
        product_id=facts.product_id.replace("EDR", "RNG"),
        derived="RANGE_MAP",
        image={"MISSING_CONSTANT": 0.0},
    )
    away = np.where(seen, away, 0.0)[None]
    return write_pds3(folder / f"{facts.product_id}.IMG", away, facts, ">f4", "IEEE_REAL")

"""What a rover of Curiosity's size is made of, as flat faces in base_link, for its camera's image.

No drawing of a real rover: a deck crowded with instruments, six wheels with treads on rockers and
bogies, a power source with fins, a stowed arm, a dish. It has to look like hardware, not like one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Vector = tuple[float, float, float]

DECK = ((-0.15, 0.0, 0.85), (1.7, 1.25, 0.40))
"""Middle and size along x, y, z of the body, metres."""
WHEELS = tuple((x, y, 0.25) for x in (1.15, 0.0, -1.15) for y in (1.1, -1.1))
WHEEL_RADIUS, WHEEL_WIDTH = 0.25, 0.40
POWER = ((-1.25, 0.0, 0.95), (0.60, 0.36, 0.36))
TURRET = ((1.05, -0.25, 0.78), (0.30, 0.32, 0.34))
_SMALLEST = 0.10
"""Metres: instruments on the deck are not cut any smaller."""
_STANDS, _STANDS_SHARES = (0.015, 0.03, 0.06, 0.10, 0.16), (0.35, 0.3, 0.2, 0.1, 0.05)
_TONES, _TONES_SHARES = (0.10, 0.3, 0.5, 0.7, 0.9), (0.2, 0.2, 0.25, 0.25, 0.1)


@dataclass(frozen=True)
class Face:
    """A flat polygon (n, 3) seen from one side, its unit normal (3,), and its reflectance against
    that of white paint."""

    corners: F64
    normal: F64
    tone: float


@cache
def faces() -> tuple[Face, ...]:
    """All faces of the rover, always the same."""
    random = np.random.default_rng(4)
    return (
        *_box(*DECK, 0.62, top=False),
        *_instruments(random),
        *_dish((-0.55, 0.42, 1.30), (-0.35, 0.25, 0.9), 0.24),
        *_power_source(),
        *(face for wheel in WHEELS for face in _wheel(wheel)),
        *(face for side in (1.0, -1.0) for face in _suspension(side)),
        *_arm(),
    )


def _instruments(random: np.random.Generator) -> Iterator[Face]:
    """The deck cut into plates; on most of them stands something lower than the mast's foot."""
    (x, y, z), (length, width, height) = DECK
    top = z + height / 2.0
    for left, low, right, high in _cut(
        random, (x - length / 2.0, y - width / 2.0, x + length / 2.0, y + width / 2.0)
    ):
        middle = ((left + right) / 2.0, (low + high) / 2.0)
        across = (right - left, high - low)
        yield _level(middle, across, top, float(random.uniform(0.5, 0.72)))
        if random.uniform() < 0.3:
            continue
        stands = float(
            random.choice([0.015, 0.03, 0.06, 0.10, 0.16], p=[0.35, 0.3, 0.2, 0.1, 0.05])
        )
        tone = float(random.choice([0.10, 0.3, 0.5, 0.7, 0.9], p=[0.2, 0.2, 0.25, 0.25, 0.1]))
        share = random.uniform(0.5, 0.92)
        size = (across[0] * share, across[1] * share, stands)
        yield from _box((*middle, top + stands / 2.0), size, tone)
        if min(across) > 0.16 and stands > 0.02:
            knob = (size[0] * 0.3, size[1] * 0.3, 0.02)
            yield from _box((*middle, top + stands + 0.01), knob, 0.9 - 0.8 * tone)


def _cut(
    random: np.random.Generator, piece: tuple[float, float, float, float]
) -> Iterator[tuple[float, float, float, float]]:
    """Cut a rectangle (left, low, right, high) across its longer side again and again."""
    left, low, right, high = piece
    long, short = max(right - left, high - low), min(right - left, high - low)
    if long < 2.0 * _SMALLEST or (short < 0.3 and random.uniform() < 0.25):
        yield piece
        return
    share = float(random.uniform(0.3, 0.7))
    if right - left >= high - low:
        at = left + share * (right - left)
        halves = (left, low, at, high), (at, low, right, high)
    else:
        at = low + share * (high - low)
        halves = (left, low, right, at), (left, at, right, high)
    for half in halves:
        yield from _cut(random, half)


def _level(
    middle: tuple[float, float], across: tuple[float, float], height: float, tone: float
) -> Face:
    """A level rectangle that is seen from above."""
    (x, y), (a, b) = middle, (across[0] / 2.0, across[1] / 2.0)
    corners = [(x - a, y - b, height), (x + a, y - b, height)]
    corners += [(x + a, y + b, height), (x - a, y + b, height)]
    return Face(np.array(corners), np.array([0.0, 0.0, 1.0]), tone)


def _box(middle: Vector, size: Vector, tone: float, top: bool = True) -> Iterator[Face]:
    """The sides of a box, its bottom left out."""
    for axis in range(3):
        for sign in (-1.0, 1.0):
            if axis == 2 and (sign < 0.0 or not top):
                continue
            one, two = (axis + 1) % 3, (axis + 2) % 3
            normal, u, v = np.zeros(3), np.zeros(3), np.zeros(3)
            normal[axis] = sign
            u[one], v[two] = size[one] / 2.0, size[two] / 2.0
            face = np.array(middle) + normal * size[axis] / 2.0
            yield Face(
                np.array([face - u - v, face - u + v, face + u + v, face + u - v]), normal, tone
            )


def _tube(
    start: Vector | F64, end: Vector | F64, radius: float, tones: tuple[float, ...], sides: int = 10
) -> Iterator[Face]:
    """The mantle of a cylinder, its strips in `tones` by turns, and its two ends."""
    a, b = np.array(start), np.array(end)
    along = (b - a) / np.linalg.norm(b - a)
    aside = np.cross(along, [0.0, 0.0, 1.0] if abs(along[2]) < 0.9 else [1.0, 0.0, 0.0])
    aside /= np.linalg.norm(aside)
    angles = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    ring = np.outer(np.cos(angles), aside) + np.outer(np.sin(angles), np.cross(along, aside))
    for k, (here, there) in enumerate(pairwise(ring)):
        corners = np.array(
            [a + radius * here, a + radius * there, b + radius * there, b + radius * here]
        )
        normal = here + there
        yield Face(corners, normal / np.linalg.norm(normal), tones[k % len(tones)])
    yield Face(a + radius * ring[:-1], -along, tones[0])
    yield Face(b + radius * ring[:-1], along, tones[0])


def _wheel(middle: Vector) -> Iterator[Face]:
    """A wheel with treads, a dark inside and a hub."""
    x, y, z = middle
    outside = np.sign(y)
    half = outside * WHEEL_WIDTH / 2.0
    yield from _tube((x, y - half, z), (x, y + half, z), WHEEL_RADIUS, (0.30, 0.16), sides=40)
    rim = y + half + outside * 0.002
    yield from _tube((x, rim - 0.002, z), (x, rim, z), WHEEL_RADIUS * 0.9, (0.07,), sides=24)
    for angle in np.linspace(0.0, 2.0 * np.pi, 6, endpoint=False):
        far = 0.88 * WHEEL_RADIUS * np.array([np.cos(angle), np.sin(angle)])
        place = rim + outside * 0.02
        yield from _tube((x, place, z), (x + far[0], place, z + far[1]), 0.018, (0.33,), sides=4)
    yield from _tube((x, y, z), (x, rim + outside * 0.05, z), 0.07, (0.42, 0.30))


def _suspension(side: float) -> Iterator[Face]:
    """Rocker and bogie of one side, and what turns the wheels at the corners."""
    pivot, bogie = (0.15, side * 0.78, 0.78), (-0.58, side * 0.86, 0.56)
    front, middle, rear = (
        (x, side * 1.1, z) for x, z in ((1.15, 0.62), (0.0, 0.25), (-1.15, 0.62))
    )
    for start, end in ((pivot, front), (pivot, bogie), (bogie, middle), (bogie, rear)):
        yield from _tube(start, end, 0.045, (0.55, 0.5))
    for x in (1.15, -1.15):
        yield from _tube((x, side * 1.1, 0.30), (x, side * 1.1, 0.66), 0.06, (0.5, 0.35))
    yield from _tube((0.15, side * 0.62, 0.78), (0.15, side * 0.90, 0.78), 0.11, (0.6, 0.4))


def _power_source() -> Iterator[Face]:
    """A drum with fins behind the body."""
    (x, y, z), (length, _, height) = POWER
    ends = (x + length / 2.0, y, z), (x - length / 2.0, y, z - 0.1)
    yield from _tube(*ends, height / 2.0, (0.20, 0.06), sides=32)


def _arm() -> Iterator[Face]:
    """An arm folded before the body, with a turret of instruments."""
    shoulder, elbow, wrist = (0.75, 0.35, 0.80), (1.02, 0.50, 0.86), (1.02, -0.15, 0.84)
    yield from _tube(shoulder, elbow, 0.05, (0.6, 0.45))
    yield from _tube(elbow, wrist, 0.045, (0.6, 0.45))
    yield from _box(*TURRET, 0.35)
    (x, y, z), _ = TURRET
    for dx, dz in ((0.1, 0.12), (-0.08, 0.1), (0.05, -0.13)):
        yield from _tube((x + dx, y, z + dz), (x + dx, y - 0.28, z + dz), 0.07, (0.2, 0.5))


def _dish(foot: Vector, facing: Vector, radius: float) -> Iterator[Face]:
    """A flat antenna on a post."""
    normal = np.array(facing) / np.linalg.norm(facing)
    yield from _tube((foot[0], foot[1], 1.05), foot, 0.04, (0.5,))
    front, back = np.array(foot) + 0.02 * normal, np.array(foot) - 0.02 * normal
    yield from _tube(back, front, radius, (0.8,), sides=6)

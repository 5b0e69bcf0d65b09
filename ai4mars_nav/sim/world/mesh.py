"""Meshes for Gazebo as OBJ files: the ground, and the unit rocks that the rasters are made from.

The ground is a mesh, too, because Gazebo's height maps are not where they are drawn: a position
moves the picture and not what wheels meet, and the collision has holes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.sim.world import rock_shape
from ai4mars_nav.sim.world.world import World

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

GROUND_STEP = 0.12
"""Metres between the vertices of the ground."""
ROCK_STEP = 4
"""Every so many samples of a rock's table are vertices: 21 x 21."""
SOLE = -0.35
"""A rock's mesh ends at this height of the unit rock, well under the ground."""


def ground_mesh(world: World, heights_of: World) -> str:
    """OBJ of the surface of `heights_of` over the world's square, with texture coordinates."""
    (left, low), (wide, high) = world.origin, world.size
    columns, rows = (max(round(side / GROUND_STEP), 2) for side in (wide, high))
    x, y = np.linspace(left, left + wide, columns + 1), np.linspace(low, low + high, rows + 1)
    xs, ys = np.meshgrid(x, y)
    z = heights_of.height(xs, ys)
    gy, gx = np.gradient(z, y, x)
    points = np.stack([xs, ys, z], axis=-1).reshape(-1, 3)
    normals = np.stack([-gx, -gy, np.ones_like(z)], axis=-1).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    texture = np.stack([(xs - left) / wide, (ys - low) / high], axis=-1).reshape(-1, 2)
    return _obj(points, normals, texture, _triangles(rows + 1, columns + 1, None))


def rock_mesh(shape: int) -> str:
    """OBJ of a unit rock: -1..1 in x and y, 0..1 in z, open below the ground."""
    table = rock_shape.tables()[shape].astype(np.float64)
    axis = np.linspace(-rock_shape.REACH, rock_shape.REACH, rock_shape.SIDE)[::ROCK_STEP]
    z = table[::ROCK_STEP, ::ROCK_STEP]
    u, v = np.meshgrid(axis, axis)
    gy, gx = np.gradient(z, axis, axis)
    points = np.stack([u, v, np.maximum(z, SOLE)], axis=-1).reshape(-1, 3)
    normals = np.stack([-gx, -gy, np.ones_like(z)], axis=-1).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    faces = _triangles(len(axis), len(axis), (z > SOLE).ravel())
    used = np.unique(faces)
    number = np.zeros(len(points), np.int64)
    number[used] = np.arange(len(used))
    return _obj(points[used], normals[used], None, number[faces])


def _triangles(rows: int, columns: int, wanted: NDArray[np.bool_] | None) -> I64:
    """Corners (n, 3), anticlockwise from above; only those with a wanted corner."""
    at = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (at[:-1, :-1], at[:-1, 1:], at[1:, 1:], at[1:, :-1]))
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return faces if wanted is None else faces[wanted[faces].any(axis=1)]


def _obj(points: F64, normals: F64, texture: F64 | None, faces: I64) -> str:
    lines = ["# made by `ai4mars sim world`"]
    lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in points.tolist()]
    lines += [f"vn {x:.3f} {y:.3f} {z:.3f}" for x, y, z in normals.tolist()]
    if texture is None:
        lines += [f"f {a}//{a} {b}//{b} {c}//{c}" for a, b, c in (faces + 1).tolist()]
    else:
        lines += [f"vt {u:.5f} {v:.5f}" for u, v in texture.tolist()]
        lines += [f"f {a}/{a}/{a} {b}/{b}/{b} {c}/{c}/{c}" for a, b, c in (faces + 1).tolist()]
    return "\n".join(lines) + "\n"


def write_mesh(path: Path, text: str) -> None:
    """Write an OBJ file, its folder too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")

"""The camera models of planetary rovers: CAHV, CAHVOR and CAHVORE.

c is the centre in metres, a the axis (the normal of the image plane), h and v hold the focal
lengths and image centre in pixels, o is the optical axis and r its radial distortion, e the
travel of the entrance pupil in metres. Pixels are (sample, line), whole numbers at their centres,
(0, 0) the first. All vectors are in one frame, that of the camera's label.

A point is visible when it is in front of the camera and inside the range in which the model is
one to one; whether it falls inside the image is the caller's question. What is not visible is
nan, never a number. After Yakimovsky and Cunningham (1978) and Gennery (2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.geometry import radial
from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.geometry.pupil import incidence, pupil_shift

Array = NDArray[np.float64]
Seen = NDArray[np.bool_]

_FLATTEST = 100.0
"""Tangent to the optical axis past which a bent ray runs along the image plane, seen nowhere."""

PERSPECTIVE, FISHEYE = 1.0, 0.0
"""Linearity of CAHVORE types 1 and 2; type 3 states its own (MODEL_COMPONENT_9)."""


@dataclass(frozen=True, eq=False)
class Cahv:
    """A linear camera."""

    c: Array
    a: Array
    h: Array
    v: Array

    def __post_init__(self) -> None:
        _check_vectors(self, "c", "a", "h", "v")
        _check_unit(self, "a")

    def project(self, points: Array) -> tuple[Array, Seen]:
        """Points (n, 3) to pixels (n, 2), nan where not visible, and which are visible (n,)."""
        return _through_plane(self, _rows(points) - self.c)

    def unproject(self, uv: Array) -> tuple[Array, Array]:
        """Pixels (n, 2) to where their rays begin (n, 3) and unit directions (n, 3)."""
        rays = _plane_rays(self, uv)
        return np.broadcast_to(self.c, rays.shape).copy(), _unit(rays)


@dataclass(frozen=True, eq=False)
class Cahvor:
    """A camera with radial distortion about the optical axis o."""

    c: Array
    a: Array
    h: Array
    v: Array
    o: Array
    r: Array

    def __post_init__(self) -> None:
        _check_vectors(self, "c", "a", "h", "v", "o", "r")
        _check_optical(self)

    def project(self, points: Array) -> tuple[Array, Seen]:
        """Points (n, 3) to pixels (n, 2), nan where not visible, and which are visible (n,)."""
        along, across, outward = _about(self.o, _rows(points) - self.c)
        ahead = along > 0.0
        tangent = np.divide(across, along, out=np.full_like(along, np.nan), where=ahead)
        return _bent_through_plane(self, tangent, outward)

    def unproject(self, uv: Array) -> tuple[Array, Array]:
        """Pixels (n, 2) to origins (n, 3) and unit directions (n, 3), nan where there is no ray."""
        tangent, outward = _straightened(self, uv)
        directions = _unit(self.o + tangent[:, None] * outward)
        return np.broadcast_to(self.c, directions.shape).copy(), directions


@dataclass(frozen=True, eq=False)
class Cahvore:
    """A wide-angle camera whose entrance pupil moves along o with the angle of the ray.

    `linearity` is 1 for a perspective lens, 0 for a fisheye, in between (or below 0) for others.
    """

    c: Array
    a: Array
    h: Array
    v: Array
    o: Array
    r: Array
    e: Array
    linearity: float

    def __post_init__(self) -> None:
        _check_vectors(self, "c", "a", "h", "v", "o", "r", "e")
        _check_optical(self)
        if not -1.0 <= self.linearity <= 1.0:
            raise GeometryError(f"CAHVORE linearity is {self.linearity}, must be within [-1, 1]")

    def project(self, points: Array) -> tuple[Array, Seen]:
        """Points (n, 3) to pixels (n, 2), nan where not visible, and which are visible (n,)."""
        along, across, outward = _about(self.o, _rows(points) - self.c)
        return _bent_through_plane(
            self, _off_axis(self.linearity, incidence(self.e, along, across)), outward
        )

    def unproject(self, uv: Array) -> tuple[Array, Array]:
        """Pixels (n, 2) to origins (n, 3) and unit directions (n, 3), nan where there is no ray."""
        off_axis, outward = _straightened(self, uv)
        angle = _incidence_of(self.linearity, off_axis)
        directions = np.cos(angle)[:, None] * self.o + np.sin(angle)[:, None] * outward
        return self.c + pupil_shift(self.e, angle)[:, None] * self.o, directions


def _off_axis(linearity: float, angle: Array) -> Array:
    """Angles (n,) off the optical axis to what the lens bends; nan past the model's range."""
    if linearity == 0.0:
        return angle
    scaled = linearity * angle
    bend = np.tan(scaled) if linearity > 0.0 else np.sin(scaled)
    return np.where(np.abs(scaled) < 0.5 * np.pi, bend / linearity, np.nan)


def _incidence_of(linearity: float, off_axis: Array) -> Array:
    """Inverse of `_off_axis`."""
    if linearity == 0.0:
        return np.where(off_axis < np.pi, off_axis, np.nan)
    scaled = linearity * off_axis
    with np.errstate(invalid="ignore"):
        angle = (np.arctan(scaled) if linearity > 0.0 else np.arcsin(scaled)) / linearity
    return np.where(angle < np.pi, angle, np.nan)


def _about(o: Array, points: Array) -> tuple[Array, Array, Array]:
    """Points (n, 3) from the centre: along o (n,), away from it (n,), and the way out (n, 3)."""
    along = points @ o
    sideways = points - along[:, None] * o
    across = np.linalg.norm(sideways, axis=1)
    outward = np.divide(
        sideways, across[:, None], out=np.zeros_like(sideways), where=across[:, None] > 0.0
    )
    return along, across, outward


def _bent_through_plane(
    camera: Cahvor | Cahvore, off_axis: Array, outward: Array
) -> tuple[Array, Seen]:
    within = off_axis <= radial.limit(camera.r)
    bent = radial.distort(camera.r, np.where(within, off_axis, np.nan))
    bent = np.where(bent <= _FLATTEST, bent, np.nan)
    return _through_plane(camera, camera.o + bent[:, None] * outward)


def _straightened(camera: Cahvor | Cahvore, uv: Array) -> tuple[Array, Array]:
    """Pixels (n, 2) to undistorted values off the optical axis (n,) and the way out (n, 3)."""
    along, across, outward = _about(camera.o, _plane_rays(camera, uv))
    ahead = across <= _FLATTEST * along
    bent = np.divide(across, along, out=np.full_like(along, np.nan), where=ahead)
    return radial.undistort(camera.r, bent), outward


def _through_plane(camera: Cahv | Cahvor | Cahvore, rays: Array) -> tuple[Array, Seen]:
    """Rays (n, 3) from the centre to pixels (n, 2) and which point forward (n,)."""
    forward = rays @ camera.a
    visible = forward > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        uv = np.stack([rays @ camera.h / forward, rays @ camera.v / forward], axis=1)
    uv[~visible] = np.nan
    return uv, visible


def _plane_rays(camera: Cahv | Cahvor | Cahvore, uv: Array) -> Array:
    """Pixels (n, 2) to rays (n, 3) in front of the image plane, a @ ray = 1."""
    uv = np.asarray(uv, dtype=np.float64)
    if uv.ndim != 2 or uv.shape[1] != 2:
        raise GeometryError(f"pixels have shape {uv.shape}, must be (n, 2)")
    down = camera.v - uv[:, 1:] * camera.a
    right = camera.h - uv[:, :1] * camera.a
    rays: Array = np.cross(down, right) / (camera.a @ np.cross(camera.v, camera.h))
    return rays


def _rows(points: Array) -> Array:
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise GeometryError(f"points have shape {points.shape}, must be (n, 3)")
    return points


def _unit(rays: Array) -> Array:
    unit: Array = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return unit


def _check_vectors(camera: object, *names: str) -> None:
    model = type(camera).__name__.upper()
    for name in names:
        vector = np.array(getattr(camera, name), dtype=np.float64)
        if vector.shape != (3,) or not np.all(np.isfinite(vector)):
            raise GeometryError(f"{model} {name.upper()} is {vector}, must be three finite numbers")
        vector.flags.writeable = False
        object.__setattr__(camera, name, vector)


def _check_unit(camera: Cahv | Cahvor | Cahvore, name: str) -> None:
    length = float(np.linalg.norm(getattr(camera, name)))
    if abs(length - 1.0) > 1e-3:
        model = type(camera).__name__.upper()
        raise GeometryError(f"{model} {name.upper()} has length {length:.6g}, must be 1")
    if abs(camera.a @ np.cross(camera.v, camera.h)) < 1.0:
        raise GeometryError(f"{type(camera).__name__.upper()} H and V span no image")


def _check_optical(camera: Cahvor | Cahvore) -> None:
    _check_unit(camera, "a")
    _check_unit(camera, "o")
    model = type(camera).__name__.upper()
    if camera.o @ camera.a < 0.5:
        raise GeometryError(f"{model} O points away from A")
    radial.limit(camera.r)
    # labels round O to six digits; a length off by 1e-6 would cost the round trip its precision
    object.__setattr__(camera, "o", camera.o / np.linalg.norm(camera.o))

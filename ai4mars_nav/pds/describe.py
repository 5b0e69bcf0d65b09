"""A product in words: a dictionary for programs, and the same as lines for people."""

from __future__ import annotations

from typing import Any

import numpy as np

from ai4mars_nav.geometry.cahv_pixels import intrinsics
from ai4mars_nav.geometry.frames import azimuth_elevation
from ai4mars_nav.pds import pixels
from ai4mars_nav.pds.camera import StatedCamera
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.product import Product
from ai4mars_nav.pds.view import camera_on_rover

_WIDTH = 20


def described(product: Product) -> dict[str, Any]:
    """Everything about a product that its label, its name and its pixels say."""
    raster = product.raster
    sun = product.sun
    return {
        "product_id": product.product_id,
        "file": product.path.name,
        "format": product.format,
        "mission": product.mission,
        "rover": product.rover,
        "camera": product.camera,
        "eye": product.eye,
        "kind": product.kind,
        "type": product.type,
        "geometry": product.geometry,
        "thumbnail": product.thumbnail,
        "sol": product.sol,
        "sclk": product.sclk,
        "start": None if product.start is None else str(np.datetime64(product.start, "ns")),
        "true_solar_time": product.true_solar_time,
        "site": product.site,
        "drive": product.drive,
        "motion_counter": list(product.counter),
        "motion_counter_names": list(product.counter_names),
        "sun": None
        if sun is None
        else {"azimuth": sun.azimuth, "elevation": sun.elevation, "frame": sun.frame},
        "image": {
            "width": raster.samples,
            "height": raster.lines,
            "bands": raster.bands,
            "order": raster.order,
            "type": str(raster.dtype) + (" (VAX)" if raster.vax else ""),
            "first_byte": raster.offset,
            "bits": product.bits,
            "companding": product.companding.mode,
            "companding_undone": product.companding.table is not None,
            "constants": list(product.missing),
            "first_column": product.window.first_column,
            "first_row": product.window.first_row,
            "averaged": [product.window.columns, product.window.rows],
            **_values(product),
        },
        "camera_model": None if product.model is None else _camera(product, product.model),
        "pose": _pose(product),
    }


def lines(told: dict[str, Any]) -> list[str]:
    """The dictionary of `described`, for people."""
    said = []
    for key, value in told.items():
        if isinstance(value, dict):
            said.append(f"{key}:")
            said += [f"  {name:{_WIDTH}}{_shown(each)}" for name, each in value.items()]
        elif value not in (None, "", [], False):
            said.append(f"{key:{_WIDTH + 2}}{_shown(value)}")
    return said


def _values(product: Product) -> dict[str, Any]:
    counts = pixels.counts(product)
    seen = pixels.valid(product, counts)
    there = counts[:, seen]
    told: dict[str, Any] = {"valid": float(seen.mean())}
    if there.size and there.dtype.kind != "c":
        low, high, mean = there.min(), there.max(), there.mean(dtype=np.float64)
        told |= {"minimum": low.item(), "maximum": high.item(), "mean": float(mean)}
    return told


def _camera(product: Product, stated: StatedCamera) -> dict[str, Any]:
    model, inner = stated.model, intrinsics(stated.model)
    vectors = {name: getattr(model, name, None) for name in "cahvore"}
    told: dict[str, Any] = {
        "model": stated.name,
        "frame": stated.frame,
        **{name.upper(): list(map(float, v)) for name, v in vectors.items() if v is not None},
    }
    if hasattr(model, "linearity"):
        told["linearity"] = model.linearity
    told |= {"fx": inner.hs, "fy": inner.vs, "cx": inner.hc, "cy": inner.vc}
    told["window_applied"] = stated.windowed
    try:
        on_rover = camera_on_rover(product)
    except PdsError as error:
        return told | {"on_rover": str(error)}
    azimuth, elevation = azimuth_elevation(on_rover.a)
    return told | {"rover_azimuth": azimuth, "rover_elevation": elevation}


def _pose(product: Product) -> dict[str, Any] | None:
    system = product.rover_pose
    if system is None:
        return None
    w, x, y, z = system.pose.quaternion()
    told = {
        "frame": system.name,
        "in": f"{system.reference} {' '.join(map(str, system.reference_index))}".strip(),
        "position": [float(value) for value in system.pose.translation],
        "quaternion_wxyz": [w, x, y, z],
        "solution": system.solution,
    }
    if product.measured is not None:
        told["values_in"] = product.measured.frame
    return told


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, list):
        return "(" + ", ".join(_shown(each) for each in value) + ")"
    return "-" if value is None else str(value)

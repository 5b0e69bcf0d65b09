"""What is kept of a replay's outputs to compare the next one with: small, and field by field.

A digest maps `topic` -> one mapping of fields per message, in order. A field is a number, a word
or an array; large arrays are thinned out so that a reference stays small.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.bags.read import messages
from ai4mars_nav.replay.inputs import POSES, SAID
from ai4mars_nav.ros.convert.cloud import to_cloud
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.image import to_array
from ai4mars_nav.ros.convert.pose import from_path
from ai4mars_nav.ros.convert.rocks import from_markers
from ai4mars_nav.terrain import CLASSES

Value: TypeAlias = "int | float | str | NDArray[Any]"
Fields: TypeAlias = "dict[str, Value]"
Digest: TypeAlias = "dict[str, list[Fields]]"

MOST = 128
"""Pixels of a side that are kept of an image; every n-th of a larger one."""
ORDER = "cmd_vel"
NONE_MM = -32768
"""Stands for `nan` among millimetres."""


def digest(bag: Path) -> Digest:
    """Of everything that the graph said, as it lies in a bag."""
    return {
        topic: [_fields(topic, log, message) for log, message in entries]
        for topic, entries in outputs(bag).items()
    }


def outputs(bag: Path) -> dict[str, list[tuple[int, Any]]]:
    """(log time, message) of everything that the graph said.

    A command has no stamp, and the driver repeats it while time stands still: of those at the time
    of a pose the last is taken, and none where no pose was told.
    """
    found: dict[str, list[tuple[int, Any]]] = {topic: [] for topic in SAID}
    posed = {log for _, log, _ in messages(bag, *POSES)}
    for topic, log, message in messages(bag, *SAID):
        said = found[topic]
        if topic == ORDER and log not in posed:
            continue
        if topic == ORDER and said and said[-1][0] == log:
            said.pop()
        said.append((log, message))
    return found


def _fields(topic: str, log: int, message: Any) -> Fields:
    kind = SAID[topic].rsplit("/", 1)[1]
    if kind == "Twist":
        return {"stamp": log, "linear": message.linear.x, "angular": message.angular.z}
    if kind == "MarkerArray":
        return _rocks(topic, message)
    head: Fields = {
        "stamp": nanoseconds(message.header.stamp),
        "frame_id": str(message.header.frame_id),
    }
    make = {"Image": _image, "OccupancyGrid": _grid, "PointCloud2": _cloud, "Path": _path}.get(kind)
    # of any other output: that it came, when, and in which frame
    return head if make is None else head | make(topic, message)


def _image(topic: str, message: Any) -> Fields:
    pixels = to_array(message, topic)
    fields: Fields = {
        "encoding": str(message.encoding),
        "width": int(message.width),
        "height": int(message.height),
    }
    if message.encoding == "32FC2":
        heights, sigmas = (_millimetres(pixels[..., i]) for i in (0, 1))
        return fields | {"height_mm": _thinned(heights), "sigma_mm": _thinned(sigmas)}
    if message.encoding == "rgb8":
        # for people: whether it is there, and of about the right brightness
        return fields | {"mean": float(pixels.mean())}
    if topic.endswith("classes"):
        shares = [float((pixels == kind).mean()) for kind in (*CLASSES, 255)]
        fields["shares"] = np.array(shares)
    return fields | {"pixels": _thinned(pixels)}


def _grid(_topic: str, message: Any) -> Fields:
    info = message.info
    cells = np.asarray(message.data, np.int8).reshape(info.height, info.width)
    return {
        "resolution": float(info.resolution),
        "origin_x": float(info.origin.position.x),
        "origin_y": float(info.origin.position.y),
        "cells": cells,
    }


def _cloud(topic: str, message: Any) -> Fields:
    cloud = to_cloud(message, topic)
    known = np.isfinite(cloud.points).all(axis=-1)
    return {
        "width": int(message.width),
        "height": int(message.height),
        "known": int(known.sum()),
        "z_mm": _thinned(_millimetres(np.minimum(cloud.points[..., 2], 32.0))),
    }


def _rocks(topic: str, message: Any) -> Fields:
    stamp, frame, rocks = from_markers(message, topic)
    sure = [rock for rock in rocks if rock.probability >= 0.5]
    rows = [(*rock.base.translation, rock.height, rock.width, rock.probability) for rock in sure]
    table = np.nan_to_num(np.array(sorted(rows), np.float64).reshape(-1, 6), nan=-1.0)
    return {"stamp": stamp, "frame_id": frame, "count": len(rocks), "sure": table}


def _path(topic: str, message: Any) -> Fields:
    points = from_path(message, topic)
    steps = np.diff(points, axis=0)
    length = float(np.hypot(steps[:, 0], steps[:, 1]).sum()) if len(steps) else 0.0
    return {"empty": int(len(points) == 0), "length": length, "end": points[-1:]}


def _thinned(pixels: NDArray[Any]) -> NDArray[Any]:
    step = -(-max(pixels.shape[:2]) // MOST)
    return np.ascontiguousarray(pixels[::step, ::step])


def _millimetres(metres: NDArray[Any]) -> NDArray[np.int16]:
    """i16 of f32 metres up to 32 m; `NONE_MM` where there is none."""
    known = np.isfinite(metres) & (np.abs(metres) <= 32.0)
    return np.where(known, np.rint(np.where(known, metres, 0.0) * 1e3), NONE_MM).astype(np.int16)

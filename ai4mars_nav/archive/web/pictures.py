"""The picture of a catalogued image, wherever it lies: a file, a PDS product, a frame of a bag."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.archive.catalogue.records import Record
from ai4mars_nav.archive.web.roots import NotServed
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.dataset.errors import UNREADABLE, BadInput, Problem
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES, read_label
from ai4mars_nav.pds import pixels
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.messages import STORE
from ai4mars_nav.pds.product import read_product
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.source import Recording

U8 = NDArray[np.uint8]
_COLOURS = {"mono8": 1, "8UC1": 1, "rgb8": 3, "bgr8": 3}
_AROUND = 10**9
"""Nanoseconds of log time around its stamp in which a frame is looked for first."""


def place_of(roots: Sequence[Path], record: Record) -> Path:
    """The file of an image, or of its surest landmark; below a root, links followed."""
    if not (file := record.file or record.crop):
        raise NotServed(f"{record.name} has no file")
    real = Path(file).resolve()
    if not any(real.is_relative_to(root) for root in roots):
        raise NotServed(f"{real} is below no registered root")
    if not real.exists():
        raise NotServed(f"{real} is not there")
    return real


def picture_of(place: Path, record: Record) -> U8:
    """(h, w) grey or (h, w, 3) RGB of the image whose file is at `place`."""
    if record.part is not None:
        return _frame(place, record.part)
    if place.suffix.lower() in IMAGE_SUFFIXES:
        return read_picture(place)
    try:
        product = read_product(place)
        counts = pixels.counts(product)
        return pixels.grey(counts, product.bits, pixels.bright_level(counts))
    except PdsError as error:
        raise BadInput(Problem(UNREADABLE, place.name, f"{error.keyword}: {error.text}")) from error


def colours_of(place: Path, record: Record) -> U8:
    """(h, w, 3) RGB of the image, grey as three equal bands: what a classifier looks at."""
    picture = picture_of(place, record)
    return picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2)


def classes_of(roots: Sequence[Path], place: Path, record: Record) -> U8:
    """(h, w) label values of an image: its label file, or the classes in its bag."""
    if record.label is None:
        raise NotServed(f"{record.name} has no label")
    if record.part is not None:
        return _frame(place, record.label)
    label = Path(record.label).resolve()
    if not any(label.is_relative_to(root) for root in roots):
        raise NotServed(f"{label} is below no registered root")
    return read_label(label)


def _frame(bag: Path, part: str) -> U8:
    """The image of a topic and stamp of a bag; looked for around its stamp, then everywhere."""
    topic, _, stamp = part.rpartition(" ")
    wanted = int(stamp)
    try:
        with Recording(bag) as recording:
            topics = [name for name in recording.kinds if name.strip("/") == topic]
            for begin, end in ((wanted - _AROUND, wanted + _AROUND), (None, None)):
                for raw in recording.messages(topics, begin, end):
                    message: Any = STORE.deserialize_cdr(raw.data, recording.kinds[raw.topic])
                    at = message.header.stamp
                    if at.sec * 10**9 + at.nanosec == wanted:
                        return _pixels(bag, message)
    except ReplayError as error:
        raise BadInput(Problem(UNREADABLE, bag.name, str(error))) from error
    raise NotServed(f"{bag} has no {topic} at {stamp}")


def _pixels(bag: Path, message: Any) -> U8:
    bands = _COLOURS.get(message.encoding)
    if bands is None:
        text = f"encoding {message.encoding}, one of {', '.join(_COLOURS)} can be shown"
        raise BadInput(Problem(UNREADABLE, bag.name, text))
    rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
    plain = rows[:, : message.width * bands].reshape((message.height, message.width, bands))
    if bands == 1:
        return np.ascontiguousarray(plain[..., 0])
    return np.ascontiguousarray(plain[..., ::-1] if message.encoding == "bgr8" else plain)

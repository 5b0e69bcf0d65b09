"""How fast products become a bag, and how fast products and bags are read.

One core, made-up NAVCAM pairs of 1024 x 1024, 12 bits in 16, with Curiosity's camera and labels as
long as real ones. Raw pairs are linearised, each with its own maps.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rosbags.highlevel import AnyReader

from ai4mars_nav.pds.convert import ConvertSettings, convert
from ai4mars_nav.pds.product import read_product
from measure import Row, Times, row, times

PAIRS, SIZE, RECORD = 25, 1024, 2048
BASELINE = 0.424
CAMERA = {
    "C": (0.953083, 0.737269, -1.83989), "A": (0.61802, -0.158336, 0.770042),
    "H": (622.069, 1100.35, 388.444), "V": (-588.816, 157.005, 1176.66),
    "O": (0.615108, -0.158211, 0.772395), "R": (1.35787e-05, 0.00183074, -0.0057552),
}  # fmt: skip


def run() -> list[Row]:
    """The rows of bench/run.py."""
    folder = Path(tempfile.mkdtemp(prefix="bench-pds-"))
    try:
        return [*_conversions(folder), *_readings(folder)]
    finally:
        shutil.rmtree(folder)


def _conversions(folder: Path) -> list[Row]:
    rows = []
    for name, model, depth in (
        ("raw pairs", "CAHVOR", False),
        ("linearised pairs with XYZ", "CAHV", True),
    ):
        source = folder / model
        size = _sequence(source, model, depth)
        for storage in ("mcap", "sqlite3"):
            outs = (folder / f"{model}_{storage}_{number}" for number in itertools.count())
            settings = ConvertSettings(storage=storage)
            measured = times(lambda s=source, o=outs, c=settings: convert([s], next(o), c), 3)
            rows.append(_row(f"pds: {name} to {storage}", size, measured, ">= 100 MB/s"))
    return rows


def _readings(folder: Path) -> list[Row]:
    product = read_product(min((folder / "CAHVOR").iterdir()))
    label = times(lambda: read_product(product.path), 15)
    rows = [row("pds: a label and what it means", "PDS3, 25 kB", label)]
    pixels = times(product.raster.read, 31)
    rows.append(_row("pds: pixels of a product", product.raster.nbytes, pixels, ">= 1000 MB/s"))
    for storage in ("mcap", "sqlite3"):
        bag = folder / f"CAHV_{storage}_0"
        size = sum(path.stat().st_size for path in bag.iterdir())
        rows.append(_row(f"pds: a bag, {storage}", size, times(lambda b=bag: _read(b), 7)))
    rows[-2]["goal"] = ">= 1000 MB/s"
    return rows


def _row(name: str, size: int, measured: Times, goal: str = "") -> Row:
    """A row whose size says how much it was, and how fast."""
    rate = size / 1e3 / float(np.median(measured))
    return row(name, f"{size / 1e6:.1f} MB: {rate:.0f} MB/s", measured, goal=goal)


def _read(bag: Path) -> int:
    with AnyReader([bag]) as reader:
        return sum(len(raw) for _, _, raw in reader.messages())


def _sequence(folder: Path, model: str, depth: bool) -> int:
    """Write pairs, with XYZ of the left images where asked; the bytes of their pixels."""
    folder.mkdir()
    rng = np.random.default_rng(3)
    counts = rng.integers(200, 4000, (1, SIZE, SIZE)).astype(">i2")
    points = rng.uniform(1.0, 20.0, (3, SIZE, SIZE)).astype(">f4")
    size = 0
    for number, (eye, letter) in itertools.product(range(PAIRS), (("LEFT", "L"), ("RIGHT", "R"))):
        name = f"N{letter}B_{701383954 + 20 * number}EDR_F0933408NCAM00200M1"
        label = _label(name, number, eye, model, counts, "MSB_INTEGER")
        (folder / f"{name}.IMG").write_bytes(label + counts.tobytes())
        size += counts.nbytes
        if depth and letter == "L":
            name = name.replace("EDR", "XYZ")
            label = _label(name, number, eye, model, points, "IEEE_REAL")
            (folder / f"{name}.IMG").write_bytes(label + points.tobytes())
            size += points.nbytes
    return size


def _label(name: str, number: int, eye: str, model: str, pixels: np.ndarray, kind: str) -> bytes:
    moved = {**CAMERA}
    across = np.array(CAMERA["H"]) - np.dot(CAMERA["A"], CAMERA["H"]) * np.array(CAMERA["A"])
    if eye == "RIGHT":
        step = BASELINE * across / np.linalg.norm(across)
        moved["C"] = tuple(np.array(CAMERA["C"]) + step)
        moved["O"] = (0.6152, -0.1582, 0.7723)
    camera = [f"MODEL_TYPE = {model}", f"MODEL_COMPONENT_ID = {_sequence_of(model)}"]
    camera += [
        f"MODEL_COMPONENT_{index} = {_sequence_of(f'{value:.6g}' for value in moved[letter])}"
        for index, letter in enumerate(model, 1)
    ]
    camera.append("REFERENCE_COORD_SYSTEM_NAME = ROVER_NAV_FRAME")
    rover = [
        "COORDINATE_SYSTEM_NAME = ROVER_NAV_FRAME", "REFERENCE_COORD_SYSTEM_NAME = SITE_FRAME",
        "REFERENCE_COORD_SYSTEM_INDEX = 93", f"ORIGIN_OFFSET_VECTOR = ({number}.5,-156.0,22.3)",
        "ORIGIN_ROTATION_QUATERNION = (0.253042,-0.103611,-0.00167164,0.96189)",
    ]  # fmt: skip
    bands, lines, samples = pixels.shape
    image = [
        f"LINES = {lines}", f"LINE_SAMPLES = {samples}", f"BANDS = {bands}",
        f"SAMPLE_TYPE = {kind}", f"SAMPLE_BITS = {8 * pixels.itemsize}",
        *(["SAMPLE_BIT_MASK = 2#0000111111111111#"] if bands == 1 else []),
    ]  # fmt: skip
    derived = ["DERIVED_IMAGE_TYPE = XYZ_MAP", "REFERENCE_COORD_SYSTEM_NAME = ROVER_NAV_FRAME"]
    other = [f"KEYWORD_{index:03d} = (1.5 <deg>,2.25 <deg>,3)" for index in range(480)]
    top = [
        "PDS_VERSION_ID = PDS3", f"RECORD_BYTES = {RECORD}", "^IMAGE = 14",
        "INSTRUMENT_HOST_ID = MSL", f"INSTRUMENT_ID = NAV_{eye}_B", f'PRODUCT_ID = "{name}"',
        f'SPACECRAFT_CLOCK_START_COUNT = "{701383954 + 20 * number}.419"',
        f"START_TIME = 2022-03-24T09:{42 + number // 3}:{20 * (number % 3):02d}.180",
        f"ROVER_MOTION_COUNTER = (93,3408,{number},340)",
    ]  # fmt: skip
    lines_ = [*top, *_group("GEOMETRIC_CAMERA_MODEL", camera), *_group("OTHER", other)]
    lines_ += _group("ROVER_COORDINATE_SYSTEM", rover)
    lines_ += _group("DERIVED_IMAGE_PARMS", derived) if bands == 3 else []
    lines_ += ["OBJECT = IMAGE", *image, "END_OBJECT = IMAGE", "END", ""]
    return "\r\n".join(lines_).encode().ljust(13 * RECORD)


def _group(name: str, statements: Sequence[str]) -> list[str]:
    return [f"GROUP = {name}", *statements, f"END_GROUP = {name}"]


def _sequence_of(words: Sequence[str]) -> str:
    return "(" + ",".join(words) + ")"


if __name__ == "__main__":
    for line in run():
        print(line)

"""What a label states, and writers of PDS3 and VICAR files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SEQUENTIAL, LINES, SAMPLES = "BAND_SEQUENTIAL", "LINE_INTERLEAVED", "SAMPLE_INTERLEAVED"
AXES = {SEQUENTIAL: (0, 1, 2), LINES: (1, 0, 2), SAMPLES: (1, 2, 0)}


@dataclass
class Facts:
    """What a label states besides its pixels."""

    product_id: str = "NLB_701383954EDR_F0933408NCAM00200M1"
    host: str = "MSL"
    instrument: str = "NAV_LEFT_B"
    sclk: float = 701383954.419
    start: str = "2022-03-24T09:42:32.180"
    counter: tuple = (93, 3408, 55, 340)
    model: object = None
    frame: str = "ROVER_NAV_FRAME"
    derived: str = ""
    pixel_frame: str = ""
    measured: dict = field(default_factory=dict)
    """More of DERIVED_IMAGE_PARMS."""
    offset: tuple = (151.271, -156.017, 22.3253)
    quaternion: tuple = (0.253042, -0.103611, -0.00167164, 0.96189)
    site_offset: tuple = (-207.975, -42.4856, -23.0905)
    geometry: str = "RAW"
    image_type: str = "REGULAR"
    image: dict = field(default_factory=dict)
    state: dict = field(default_factory=dict)
    without: tuple = ()
    """Groups to leave out."""
    names: dict = field(default_factory=dict)
    """Groups to call otherwise."""


def encode(pixels, dtype, order=SEQUENTIAL, prefix=0, suffix=0):
    """Pixels (bands, h, w) as the bytes of a file; rows between `prefix` and `suffix` bytes."""
    stored = np.ascontiguousarray(pixels.astype(dtype).transpose(AXES[order]))
    rows = stored.reshape(-1, stored.shape[-1] if order != SAMPLES else stored[0].size)
    return b"".join(b"\xaa" * prefix + row.tobytes() + b"\xbb" * suffix for row in rows)


def write_pds3(
    path: Path, pixels, facts, dtype=">i2", kind="MSB_INTEGER", order=SEQUENTIAL, prefix=0, suffix=0
):
    """A PDS3 file with its label attached."""
    bands, lines, samples = pixels.shape
    image = {
        "LINES": lines,
        "LINE_SAMPLES": samples,
        "SAMPLE_TYPE": kind,
        "SAMPLE_BITS": 8 * np.dtype(dtype).itemsize,
        "BANDS": bands,
        "BAND_STORAGE_TYPE": order,
        **({"LINE_PREFIX_BYTES": prefix} if prefix else {}),
        **({"LINE_SUFFIX_BYTES": suffix} if suffix else {}),
        **facts.image,
    }
    data = encode(pixels, dtype, order, prefix, suffix)
    record = 512
    text = ""
    for records in (1, None):
        records = records or -(-len(text) // record)
        head = {
            "PDS_VERSION_ID": "PDS3",
            "RECORD_TYPE": "FIXED_LENGTH",
            "RECORD_BYTES": record,
            "LABEL_RECORDS": f"{records:4d}",
            "^IMAGE": f"{records + 1:4d}",
        }
        text = "\r\n".join([*_statements({**head, **_identity(facts)}), *_groups(facts)])
        text += "\r\n" + "\r\n".join(_block("OBJECT", "IMAGE", image)) + "\r\nEND\r\n"
    path.write_bytes(text.encode().ljust(records * record) + data)
    return path


def write_vicar(path: Path, pixels, facts, dtype="<i2", kind="HALF", integers="LOW", reals="RIEEE",
                org="BSQ", nbb=0, nlb=0):  # fmt: skip
    """A VICAR file; `nlb` records of binary header and `nbb` bytes before each row."""
    bands, lines, samples = pixels.shape
    order = {"BSQ": SEQUENTIAL, "BIL": LINES, "BIP": SAMPLES}[org]
    data = encode(pixels, dtype, order, 0 if org == "BIP" else nbb)
    if org == "BIP":  # each pixel is a record of its own
        size = bands * np.dtype(dtype).itemsize
        data = b"".join(b"\xaa" * nbb + data[i : i + size] for i in range(0, len(data), size))
    rows = lines * {"BSQ": bands, "BIL": bands, "BIP": samples}[org]
    record = len(data) // rows
    properties = {"IDENTIFICATION": _identity(facts)}
    properties |= _group_values(facts)
    properties["IMAGE_DATA"] = {"SAMPLE_BIT_MASK": '"2#0000111111111111#"', **facts.image}
    words = [
        f"FORMAT='{kind}'", "TYPE='IMAGE'", "DIM=3", "EOL=0", f"RECSIZE={record}", f"ORG='{org}'",
        f"NL={lines}", f"NS={samples}", f"NB={bands}", f"NBB={nbb}", f"NLB={nlb}",
        f"INTFMT='{integers}'", f"REALFMT='{reals}'", "COMPRESS='NONE'",
    ]  # fmt: skip
    for name, values in properties.items():
        words.append(f"PROPERTY='{name}'")
        words += [f"{key}={_vicar(value)}" for key, value in values.items()]
    text = "  ".join(words)
    size = -(-(len(text) + 40) // record) * record
    label = f"LBLSIZE={size}".ljust(24) + text
    path.write_bytes(label.encode().ljust(size, b"\0") + b"\xcc" * (nlb * record) + data)
    return path


def _identity(facts):
    side = {"LEFT": "LEFT", "RIGHT": "RIGHT"}
    eye = next((each for each in side if each in facts.instrument), "MONO")
    return {
        "FRAME_ID": f'"{eye}"',
        "GEOMETRY_PROJECTION_TYPE": facts.geometry,
        "IMAGE_TYPE": facts.image_type,
        "INSTRUMENT_HOST_ID": f'"{facts.host}"',
        "INSTRUMENT_ID": f'"{facts.instrument}"',
        "LOCAL_TRUE_SOLAR_TIME": '"12:36:38"',
        "PLANET_DAY_NUMBER": 3423,
        "PRODUCT_ID": f'"{facts.product_id}"',
        "ROVER_MOTION_COUNTER": _sequence(facts.counter),
        "SPACECRAFT_CLOCK_START_COUNT": f'"{facts.sclk:.3f}"',
        "START_TIME": f'"{facts.start}"',
    }


def _group_values(facts):
    values = {}
    if facts.model is not None:
        values["GEOMETRIC_CAMERA_MODEL"] = _camera(facts)
    values["ROVER_COORDINATE_SYSTEM"] = {
        "COORDINATE_SYSTEM_NAME": '"ROVER_NAV_FRAME"',
        "COORDINATE_SYSTEM_INDEX": _sequence(facts.counter),
        "ORIGIN_OFFSET_VECTOR": _sequence(facts.offset),
        "ORIGIN_ROTATION_QUATERNION": _sequence(facts.quaternion),
        "REFERENCE_COORD_SYSTEM_NAME": '"SITE_FRAME"',
        "REFERENCE_COORD_SYSTEM_INDEX": facts.counter[0],
    }
    values["SITE_COORDINATE_SYSTEM"] = {
        "COORDINATE_SYSTEM_NAME": '"SITE_FRAME"',
        "COORDINATE_SYSTEM_INDEX": facts.counter[0],
        "ORIGIN_OFFSET_VECTOR": _sequence(facts.site_offset),
        "ORIGIN_ROTATION_QUATERNION": "(1.0,0.0,0.0,0.0)",
        "REFERENCE_COORD_SYSTEM_NAME": '"SITE_FRAME"',
        "REFERENCE_COORD_SYSTEM_INDEX": facts.counter[0] - 1,
    }
    values["INSTRUMENT_STATE_PARMS"] = {"EXPOSURE_COUNT": 1, **facts.state}
    values["SITE_DERIVED_GEOMETRY_PARMS"] = {
        "SOLAR_AZIMUTH": "263.701 <deg>",
        "SOLAR_ELEVATION": "6.32786 <deg>",
    }
    if facts.derived:
        values["DERIVED_IMAGE_PARMS"] = {"DERIVED_IMAGE_TYPE": facts.derived}
    if facts.derived:
        values["DERIVED_IMAGE_PARMS"] |= facts.measured
    if facts.pixel_frame:
        values["DERIVED_IMAGE_PARMS"]["REFERENCE_COORD_SYSTEM_NAME"] = f'"{facts.pixel_frame}"'
    return {facts.names.get(k, k): v for k, v in values.items() if k not in facts.without}


def _camera(facts):
    model = facts.model
    name = type(model).__name__.upper()
    letters = name if name != "CAHVORE" else "CAHVORETP"
    values = {
        "MODEL_TYPE": name,
        "MODEL_COMPONENT_ID": "(" + ",".join(f'"{letter}"' for letter in letters) + ")",
    }
    for number, letter in enumerate(name, 1):
        values[f"MODEL_COMPONENT_{number}"] = _sequence(getattr(model, letter.lower()))
    if name == "CAHVORE":
        values |= {"MODEL_COMPONENT_8": 3.0, "MODEL_COMPONENT_9": model.linearity}
    return {**values, "REFERENCE_COORD_SYSTEM_NAME": f'"{facts.frame}"'}


def _groups(facts):
    for name, values in _group_values(facts).items():
        yield from _block("GROUP", name, values)


def _block(kind, name, values):
    return [f"{kind} = {name}", *(f"  {s}" for s in _statements(values)), f"END_{kind} = {name}"]


def _statements(values):
    return [f"{key:32} = {value}" for key, value in values.items()]


def _sequence(numbers):
    return (
        "(" + ",".join(repr(n) if isinstance(n, int) else f"{float(n):.9g}" for n in numbers) + ")"
    )


def _vicar(value):
    text = str(value)
    if text.startswith("("):
        return text.replace('"', "'")
    if text.endswith("<deg>"):
        return text.removesuffix(" <deg>")
    if text.startswith('"'):
        return "'" + text.strip('"') + "'"
    return text if text[:1].isdigit() or text[:1] == "-" else f"'{text}'"

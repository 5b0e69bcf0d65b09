"""A small writer of products: PDS3, VICAR and PDS4 files with cameras that look at known ground.

The ground is level, 0 in the rover's frame (x forward, y right, z down), with a smooth pattern,
so that every pixel of every camera is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ai4mars_nav.geometry.cahvore import Cahv, Cahvor, Cahvore
from ai4mars_nav.geometry.frames import site_from_rover

SIZE = 96
FOCAL = 110.0
BASELINE = 0.42
SEQUENTIAL, LINES, SAMPLES = "BAND_SEQUENTIAL", "LINE_INTERLEAVED", "SAMPLE_INTERLEAVED"
AXES = {SEQUENTIAL: (0, 1, 2), LINES: (1, 0, 2), SAMPLES: (1, 2, 0)}


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
    data = encode(pixels, dtype, order, nbb)
    rows = {"BSQ": bands * lines, "BIL": bands * lines, "BIP": lines}[org]
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


def write_pds4(path: Path, pixels, facts, dtype=">i2", kind="SignedMSB2", axes="Band Line Sample"):
    """A PDS4 label at `path` (.xml) and its pixels beside it (.IMG)."""
    order = {"Band Line Sample": SEQUENTIAL, "Line Band Sample": LINES, "Line Sample Band": SAMPLES}
    path.with_suffix(".IMG").write_bytes(b"\0" * 100 + encode(pixels, dtype, order[axes]))
    sizes = dict(zip(("Band", "Line", "Sample"), pixels.shape, strict=True))
    axis_array = "".join(
        f"<Axis_Array><axis_name>{name}</axis_name><elements>{sizes[name]}</elements>"
        f"<sequence_number>{number}</sequence_number></Axis_Array>"
        for number, name in enumerate(axes.split(), 1)
    )
    path.write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1"
  xmlns:geom="http://pds.nasa.gov/pds4/geom/v1" xmlns:img="http://pds.nasa.gov/pds4/img/v1"
  xmlns:img_surface="http://pds.nasa.gov/pds4/img_surface/v1"
  xmlns:msn="http://pds.nasa.gov/pds4/msn/v1">
<Identification_Area><logical_identifier>urn:nasa:pds:m:data:{facts.product_id.lower()}</logical_identifier></Identification_Area>
<Observation_Area>
<Time_Coordinates><start_date_time>{facts.start}Z</start_date_time></Time_Coordinates>
<Investigation_Area><name>Mars 2020 Perseverance Rover Mission</name></Investigation_Area>
<Observing_System><Observing_System_Component>
<name>Mars 2020 Perseverance Rover</name><type>Host</type>
</Observing_System_Component></Observing_System>
<geom:Geometry><geom:Geometry_Lander>{_xml_camera(facts)}{_xml_spaces(facts)}
<geom:Derived_Geometry><geom:solar_azimuth unit="deg">287.8</geom:solar_azimuth>
<geom:solar_elevation unit="deg">72.3</geom:solar_elevation><geom:Coordinate_Space_Reference>
<Local_Internal_Reference><local_identifier_reference>SITE_FRAME_{facts.counter[0]}</local_identifier_reference>
</Local_Internal_Reference></geom:Coordinate_Space_Reference></geom:Derived_Geometry>
</geom:Geometry_Lander></geom:Geometry>
<img:Imaging><img:Commanded_Parameters><img:Downsampling><img:Pixel_Averaging_Dimensions>
<img:height_pixels>9</img:height_pixels></img:Pixel_Averaging_Dimensions></img:Downsampling></img:Commanded_Parameters></img:Imaging>
<img_surface:Surface_Imaging><img_surface:ops_instrument_key>{facts.instrument}</img_surface:ops_instrument_key>
<img_surface:image_type>{facts.image_type}</img_surface:image_type></img_surface:Surface_Imaging>
<msn:Mission_Information><msn:product_type_name>ECM</msn:product_type_name>
<msn:spacecraft_clock_start>{facts.sclk}</msn:spacecraft_clock_start>
<msn:start_sol_number>900</msn:start_sol_number></msn:Mission_Information>
</Observation_Area>
<File_Area_Observational><File><file_name>{path.with_suffix(".IMG").name}</file_name></File>
<Header><offset unit="byte">0</offset></Header>
<Array_3D_Image><offset unit="byte">100</offset><axes>3</axes>
<axis_index_order>Last Index Fastest</axis_index_order>
<Element_Array><data_type>{kind}</data_type></Element_Array>{axis_array}
<Special_Constants><missing_constant>0.0</missing_constant></Special_Constants>
</Array_3D_Image></File_Area_Observational>
</Product_Observational>
""",
        encoding="utf-8",
    )
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


def _xml_camera(facts):
    model = facts.model
    if model is None:
        return ""
    name = type(model).__name__.upper()
    tags = {"C": "Vector_Center", "A": "Vector_Axis", "H": "Vector_Horizontal",
            "V": "Vector_Vertical", "O": "Vector_Optical", "R": "Radial_Terms",
            "E": "Entrance_Terms"}  # fmt: skip
    vectors = "".join(
        f"<geom:{tags[letter]}>"
        + "".join(
            f"<geom:n{i}>{n:.9g}</geom:n{i}>" for i, n in enumerate(getattr(model, letter.lower()))
        )
        + f"</geom:{tags[letter]}>"
        for letter in name
    )
    if name == "CAHVORE":
        vectors += "<geom:cahvore_model_type>3</geom:cahvore_model_type>"
        vectors += f"<geom:cahvore_model_parameter>{model.linearity}</geom:cahvore_model_parameter>"
    return f"""<geom:Camera_Model_Parameters><geom:model_type>{name}</geom:model_type>
<geom:{name}_Model>{vectors}</geom:{name}_Model>
<geom:Coordinate_Space_Reference><geom:Coordinate_Space_Indexed>
<geom:coordinate_space_frame_type>{facts.frame}</geom:coordinate_space_frame_type>
</geom:Coordinate_Space_Indexed></geom:Coordinate_Space_Reference></geom:Camera_Model_Parameters>"""


def _xml_spaces(facts):
    def space(frame, indices, offset, quaternion, reference):
        index = "".join(
            f"<geom:Coordinate_Space_Index><geom:index_id>X</geom:index_id>"
            f"<geom:index_value_number>{n}</geom:index_value_number></geom:Coordinate_Space_Index>"
            for n in indices
        )
        place = "".join(f"<geom:p{i}>{n}</geom:p{i}>" for i, n in enumerate(offset))
        turned = "".join(f"<geom:q{i}>{n}</geom:q{i}>" for i, n in enumerate(quaternion))
        return f"""<geom:Coordinate_Space_Definition><geom:Coordinate_Space_Present>
<geom:Coordinate_Space_Indexed><geom:coordinate_space_frame_type>{frame}</geom:coordinate_space_frame_type>
{index}</geom:Coordinate_Space_Indexed></geom:Coordinate_Space_Present>
<geom:Vector_Origin_Offset>{place}</geom:Vector_Origin_Offset>
<geom:Quaternion_Plus_Direction>{turned}<geom:rotation_direction>Forward</geom:rotation_direction>
</geom:Quaternion_Plus_Direction><geom:Coordinate_Space_Reference><Local_Internal_Reference>
<local_identifier_reference>{reference}</local_identifier_reference></Local_Internal_Reference>
</geom:Coordinate_Space_Reference></geom:Coordinate_Space_Definition>"""

    site = facts.counter[0]
    rover = space(
        "ROVER_NAV_FRAME", facts.counter, facts.offset, facts.quaternion, f"SITE_FRAME_{site}"
    )
    return rover + space(
        "SITE_FRAME", (site,), facts.site_offset, (1, 0, 0, 0), f"SITE_FRAME_{site - 1}"
    )


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

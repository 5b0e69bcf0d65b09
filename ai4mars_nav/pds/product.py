"""A product of a rover's camera: everything its label and name say, with their meaning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.dataset import product as ids
from ai4mars_nav.pds import clock, frames, missions, names
from ai4mars_nav.pds.camera import StatedCamera, Window, read_camera, read_window, windowed
from ai4mars_nav.pds.companding import Companding, find_companding
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Label, Section
from ai4mars_nav.pds.layout import find_raster
from ai4mars_nav.pds.raster import Raster
from ai4mars_nav.pds.read_label import read_label

IMAGE, POINTS, RANGE, MASK, OTHER = "image", "xyz", "range", "mask", "other"
_KINDS = (("XYZ", POINTS), ("RANGE", RANGE), ("RNG", RANGE), ("MASK", MASK), ("MXY", MASK))
_ID_KINDS = (("XY", POINTS), ("RN", RANGE), ("MXY", MASK), ("MSK", MASK))


@dataclass(frozen=True)
class Sun:
    """Where the sun stands, degrees: azimuth clockwise from x, elevation above the horizon."""

    azimuth: float
    elevation: float
    frame: str


@dataclass(frozen=True)
class Measured:
    """The frame of points and origins, and where ranges are measured from, if the label says."""

    frame: str
    index: tuple[int, ...]
    origin: tuple[float, ...] | None


@dataclass(frozen=True)
class Product:
    """One product. What the label does not state is None or empty, never a guess."""

    systems: Label
    """Of the label, only the coordinate systems: thousands of products are kept at once."""
    raster: Raster
    product_id: str
    mission: str
    """mer, msl or m2020; empty for other missions."""
    rover: str
    camera: str
    """navcam, front_hazcam, rear_hazcam, pancam, mastcam, or what the label calls it."""
    eye: str
    """left, right, or empty."""
    kind: str
    """image, xyz, range, mask or other."""
    type: str
    """EDR, RAS, XYL ...: the three letters of the product id."""
    thumbnail: bool
    geometry: str
    """RAW or LINEARIZED as the label says it."""
    sol: int | None
    sclk: float | None
    """Seconds of the rover's clock when the exposure began."""
    start: int | None
    """Nanoseconds since 1970 UTC when the exposure began."""
    site: int | None
    drive: int | None
    counter: tuple[int, ...]
    counter_names: tuple[str, ...]
    model: StatedCamera | None
    window: Window
    rover_pose: frames.System | None
    site_pose: frames.System | None
    measured: Measured | None
    """How the values of XYZ and range products are given; None for other kinds."""
    bits: int
    """Bits that the pixels use."""
    radiance: bool
    """Pixels are proportional to radiance, so they have no white of their own."""
    companding: Companding
    missing: tuple[float, ...]
    """Values that say that a pixel holds nothing; for XYZ one vector of three."""
    sun: Sun | None
    true_solar_time: str

    @property
    def path(self) -> Path:
        """The file of the label."""
        return self.systems.path

    @property
    def format(self) -> str:
        """PDS3, VICAR or PDS4."""
        return self.systems.format

    @property
    def stamp(self) -> int:
        """Nanoseconds since 1970: UTC where the label has it, else from the rover's clock."""
        if self.start is not None:
            return self.start
        if self.sclk is not None:
            return clock.stamp_of_clock(self.sclk)
        raise PdsError(self.path, "START_TIME", "missing, and so is SPACECRAFT_CLOCK_START_COUNT")


def read_product(path: Path) -> Product:
    """The product of a file; its pixels are not read yet."""
    return product_of_label(read_label(path))


def product_of_label(label: Label) -> Product:
    """A label's meaning."""
    raster = find_raster(label)
    top = _identity(label)
    product_id = top.text("PRODUCT_ID", label.path.stem)
    named = names.product_of(product_id) or names.product_of(label.path.stem)
    rover, camera, eye = _taken_by(top, named)
    mission = missions.MISSION_OF.get(rover, "")
    derived, state = label.section(*missions.DERIVED), label.section(*missions.STATE)
    kind_id = names.type_of(product_id)
    kind = _kind(derived, kind_id)
    counter = top.counters("ROVER_MOTION_COUNTER")
    site, drive = _site_and_drive(counter, named)
    pixel_bits = 8 * raster.dtype.itemsize
    companding = find_companding(state, pixel_bits)
    image = label.section(*missions.IMAGE) or top
    window = read_window(image, state)
    time = top.text("LOCAL_TRUE_SOLAR_TIME", "")
    return Product(
        systems=label.only("COORD"),
        raster=raster,
        product_id=product_id,
        mission=mission,
        rover=rover,
        camera=camera,
        eye=eye,
        kind=kind,
        type=kind_id,
        thumbnail=top.text("IMAGE_TYPE", "").upper().startswith("THUMB"),
        geometry=top.text("GEOMETRY_PROJECTION_TYPE", "").upper(),
        sol=_sol(top, named),
        sclk=_optional_clock(top),
        start=clock.utc(top, "START_TIME") if top.has("START_TIME") else None,
        site=site,
        drive=drive,
        counter=counter,
        counter_names=top.words("ROVER_MOTION_COUNTER_NAME")
        if top.has("ROVER_MOTION_COUNTER_NAME")
        else (),
        model=_camera(label, window, mission, camera, eye),
        window=window,
        rover_pose=frames.rover_system(label),
        site_pose=frames.site_system(label),
        measured=_measured(derived, kind),
        bits=companding.bits or _bits(image, state, pixel_bits),
        radiance=derived is not None and derived.has("RADIANCE_SCALING_FACTOR"),
        companding=companding,
        missing=_missing(image, raster.bands if kind == POINTS else 1),
        sun=_sun(label, mission, time),
        true_solar_time=time,
    )


def _identity(label: Label) -> Section:
    top = Section(label.path, label.root)
    if label.format != "VICAR":
        return top
    return label.section(*missions.IDENTITY) or top


def _taken_by(top: Section, named: ids.Product | None) -> tuple[str, str, str]:
    """Rover, camera and eye, each by the label or else by the name; empty where neither tells."""
    rover = missions.rover_of(
        top.text("INSTRUMENT_HOST_ID", ""),
        top.text("INSTRUMENT_HOST_NAME", ""),
        top.text("MISSION_NAME", ""),
    )
    camera, eye = missions.camera_of(top.text("INSTRUMENT_ID", ""))
    eye = eye or {"LEFT": "left", "RIGHT": "right"}.get(top.text("FRAME_ID", "").upper(), "")
    if named is None:
        return rover, camera, eye
    return (
        rover or named.rover,
        camera or named.camera.replace(" ", "_"),
        eye or {"L": "left", "R": "right"}.get(named.eye, ""),
    )


def _kind(derived: Section | None, type_id: str) -> str:
    stated = derived.text("DERIVED_IMAGE_TYPE", "").upper() if derived is not None else ""
    for word, kind in _KINDS:
        if word in stated:
            return kind
    if stated and stated != "IMAGE":
        return OTHER
    for start, kind in _ID_KINDS:
        if type_id.startswith(start):
            return kind
    return IMAGE


def _sol(top: Section, named: ids.Product | None) -> int | None:
    if top.has("PLANET_DAY_NUMBER"):
        return top.integer("PLANET_DAY_NUMBER")
    return named.sol if named is not None else None


def _optional_clock(top: Section) -> float | None:
    keyword = "SPACECRAFT_CLOCK_START_COUNT"
    return clock.spacecraft_clock(top, keyword) if top.has(keyword) else None


def _site_and_drive(
    counter: tuple[int, ...], named: ids.Product | None
) -> tuple[int | None, int | None]:
    """From the motion counter, whose first two numbers they are for all missions, or the name."""
    if len(counter) >= 2:
        return counter[0], counter[1]
    return names.site_and_drive(named) if named is not None else (None, None)


def _camera(
    label: Label, window: Window, mission: str, camera: str, eye: str
) -> StatedCamera | None:
    section = label.section(*missions.CAMERA_MODEL)
    stated = read_camera(section) if section is not None else None
    if stated is None:
        return None
    return windowed(stated, window, missions.detector_of(mission, camera, eye))


def _measured(derived: Section | None, kind: str) -> Measured | None:
    if kind not in (POINTS, RANGE) or derived is None:
        return None
    origin = "RANGE_ORIGIN_VECTOR"
    return Measured(
        derived.text("REFERENCE_COORD_SYSTEM_NAME", "").upper(),
        derived.counters("REFERENCE_COORD_SYSTEM_INDEX"),
        derived.numbers(origin, 3) if derived.has(origin) else None,
    )


def _bits(image: Section, state: Section | None, stored: int) -> int:
    for section in (image, state):
        if section is not None and section.has("SAMPLE_BIT_MASK"):
            mask = section.value("SAMPLE_BIT_MASK")
            mask = mask[0] if isinstance(mask, tuple) else mask  # one a band
            if isinstance(mask, str):  # VICAR labels keep 2#0000111111111111# as text
                digits = mask.split("#")[1] if mask.count("#") == 2 else mask
                mask = int(digits, 2) if digits and set(digits) <= {"0", "1"} else -1
            if not isinstance(mask, int) or mask <= 0:
                raise section.error("SAMPLE_BIT_MASK", "is not a mask like 2#0000111111111111#")
            return min(mask.bit_length(), stored)
    return stored


def _missing(image: Section, count: int) -> tuple[float, ...]:
    """MISSING_CONSTANT and INVALID_CONSTANT; of XYZ, one vector (0, 0, 0 where not stated)."""
    keywords = ("MISSING_CONSTANT", "INVALID_CONSTANT")
    if count > 1:
        for keyword in keywords:
            if image.has(keyword):
                stated = image.value(keyword)
                many = isinstance(stated, tuple) and len(stated) == count
                return image.numbers(keyword, count) if many else (image.number(keyword),) * count
        return (0.0,) * count
    values = []
    for keyword in keywords:
        if image.has(keyword):
            stated = image.value(keyword)
            size = len(stated) if isinstance(stated, tuple) else 1
            values.append(image.numbers(keyword, size)[0] if size else 0.0)
    return tuple(dict.fromkeys(values))


def _sun(label: Label, mission: str, time: str) -> Sun | None:
    for group, frame in ((missions.SITE_GEOMETRY, "SITE"), (missions.ROVER_GEOMETRY, "ROVER")):
        section = label.section(*group)
        if section is not None and section.has("SOLAR_AZIMUTH") and section.has("SOLAR_ELEVATION"):
            elevation = section.number("SOLAR_ELEVATION")
            elevation = missions.solar_elevation(mission, elevation, time)
            return Sun(section.number("SOLAR_AZIMUTH"), elevation, frame)
    return None

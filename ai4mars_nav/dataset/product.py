"""What a product id says: mission, camera, eye, clock, sol, and the site and drive of the rover."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ai4mars_nav.dataset.errors import STRANGE_NAME, BadInput, Problem

SOL = 88775.244
"""Seconds in a Martian solar day."""

_MIDNIGHTS = {"msl": 397443599.0, "opportunity": 128140700.0, "spirit": 126320925.0}
"""Spacecraft clock at the local midnight that begins sol 0, to within half an hour.

Curiosity's and Opportunity's are from the solar time in the labels of their products, Spirit's
from the time of its landing. No NAVCAM sees anything at night, so half an hour changes no sol.
"""

_MSL_CAMERAS = re.compile(
    r"(?P<camera>[NFR])(?P<eye>[LR])[AB].(?P<clock>\d{9})(?P<type>[A-Z]{3}).[A-Z]"
    r"(?P<site>[0-9A-Z]{3})(?P<drive>[0-9A-Z]{4}).{9}.."
)
_MSL_MASTCAM = re.compile(r"(?P<sol>\d{4})M(?P<eye>[LR])\d{6}[0-9A-Z]+(_[0-9A-Z]+)?")
_MER = re.compile(
    r"(?P<rover>[12])(?P<camera>[NFRP])(?P<clock>\d{9})(?P<type>[A-Z]{3})"
    r"(?P<site>[0-9A-Z_]{2})(?P<drive>[0-9A-Z_]{2})[A-Z][0-9A-Z]{4}(?P<eye>[LRBMN])[0-9][A-Z][0-9]"
)
_M2020 = re.compile(
    r"(?P<camera>[A-Z])(?P<eye>[LR]).[_A-Z](?P<sol>\d{4})_(?P<clock>\d{10})_\d{3}(?P<type>[A-Z]{3})"
    r"_[A-Z](?P<site>[0-9A-Z]{3})(?P<drive>[0-9A-Z]{4}).*"
)
_CAMERAS = {"N": "navcam", "F": "front hazcam", "R": "rear hazcam", "P": "pancam"}
_M2020_CAMERAS = {"N": "navcam", "F": "front hazcam", "R": "rear hazcam", "Z": "mastcam"}


@dataclass(frozen=True)
class Product:
    """An image product. Site and drive are the id's own codes, empty where it has none."""

    name: str
    mission: str
    """msl, mer or m2020."""
    rover: str
    camera: str
    eye: str
    """L or R; MER has other letters for cameras without a side."""
    sol: int
    site: str
    drive: str

    @property
    def place(self) -> str:
        """Rover and site: frames of one place see the same ground."""
        return f"{self.rover} {self.site}" if self.site else f"{self.rover} sol {self.sol}"


def parse_product(name: str) -> Product:
    """The parts of a product id, upper or lower case, without a file's suffix."""
    upper = name.upper()
    if match := _MSL_CAMERAS.fullmatch(upper):
        sol, camera = _sol_of("msl", match["clock"]), _CAMERAS[match["camera"]]
        place = match["site"], match["drive"]
        return Product(name, "msl", "curiosity", camera, match["eye"], sol, *place)
    if match := _MER.fullmatch(upper):
        rover = "spirit" if match["rover"] == "2" else "opportunity"
        sol, camera = _sol_of(rover, match["clock"]), _CAMERAS[match["camera"]]
        return Product(name, "mer", rover, camera, match["eye"], sol, match["site"], match["drive"])
    if match := _M2020.fullmatch(upper):
        camera = _M2020_CAMERAS.get(match["camera"], match["camera"])
        sol, place = int(match["sol"]), (match["site"], match["drive"])
        return Product(name, "m2020", "perseverance", camera, match["eye"], sol, *place)
    if match := _MSL_MASTCAM.fullmatch(upper):
        sol = int(match["sol"])
        return Product(name, "msl", "curiosity", "mastcam", match["eye"], sol, "", "")
    text = "not a product id of Curiosity, Spirit, Opportunity or Perseverance"
    raise BadInput(Problem(STRANGE_NAME, name, text))


def mask_name(name: str, kind: str) -> str:
    """The name of a product's MXY or RNG companion: only the three letters of its type differ."""
    upper = name.upper()
    for pattern in (_MSL_CAMERAS, _MER, _M2020):
        if match := pattern.fullmatch(upper):
            letters = kind if name[match.start("type")].isupper() else kind.lower()
            return name[: match.start("type")] + letters + name[match.end("type") :]
    raise BadInput(Problem(STRANGE_NAME, name, f"its id has no type to replace by {kind}"))


def tile_name(name: str, number: int) -> str:
    """An id for one of up to 10,000 tiles of a product: of the same rover, sol, site and drive."""
    if not 0 <= number < 10_000:
        raise BadInput(Problem(STRANGE_NAME, name, f"tile {number}: more than 10,000 of one image"))
    upper, digits = name.upper(), f"{number:04d}"
    if _MSL_CAMERAS.fullmatch(upper):
        return f"{name[:-11]}TIL_0{digits}{name[-2:]}"
    if match := _MER.fullmatch(upper):
        at = match.start("eye")
        return name[: at - 4] + digits + name[at:]
    if _M2020.fullmatch(upper):
        return f"{name}_TIL{digits}"
    if _MSL_MASTCAM.fullmatch(upper):
        first, *rest = name.split("_", 1)
        return "_".join([first, "".join(rest) + f"TIL{digits}"])
    raise BadInput(Problem(STRANGE_NAME, name, "not a product id, so there are none of its tiles"))


def _sol_of(rover: str, clock: str) -> int:
    return int((int(clock) - _MIDNIGHTS[rover]) // SOL)

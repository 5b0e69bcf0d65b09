"""What the name of an image says: mission, instrument, site, drive, sol."""

from __future__ import annotations

from ai4mars_nav.archive.catalogue.entry import Entry
from ai4mars_nav.content import origin
from ai4mars_nav.dataset.product import SOL
from ai4mars_nav.pds.names import product_of, site_and_drive

_NOONS = {
    "curiosity": 1_344_215_922, "opportunity": 1_074_913_023, "spirit": 1_073_093_248,
    "perseverance": 1_613_667_848,
}  # fmt: skip
"""UTC of the noon of sol 0, to within an hour or so."""
_ROVERS = {"msl": "curiosity", "m2020": "perseverance"}
_EYES = {"L": " left", "R": " right"}


def named(name: str, otherwise: str) -> Entry:
    """An image by its product id; one without any is called `otherwise`."""
    if product := product_of(name):
        site, drive = site_and_drive(product)
        return Entry(
            name=name.upper(),
            mission=product.mission,
            instrument=product.camera + _EYES.get(product.eye, ""),
            site="" if site is None else f"{product.rover} {site}",
            drive=drive,
            sol=product.sol,
            time=noon(product.rover, product.sol),
            by_name=True,
        )
    known = origin.origin_of(name)
    if known.instrument == origin.UNKNOWN:
        return Entry(name=otherwise, by_name=True)
    mission = "mro" if known.instrument == origin.HIRISE else "msl"
    time = None if known.sol is None else noon(_ROVERS[mission], known.sol)
    return Entry(name.upper(), mission, known.instrument, sol=known.sol, time=time, by_name=True)


def noon(rover: str, sol: int) -> int | None:
    """Nanoseconds since 1970 at about the noon of a sol: where nothing says it better."""
    first = _NOONS.get(rover)
    return None if first is None else (first + int(sol * SOL)) * 10**9

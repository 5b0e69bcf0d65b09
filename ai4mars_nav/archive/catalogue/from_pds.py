"""PDS products: everything that their labels say of where, when and how an image was taken."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.archive.catalogue.entry import Entry
from ai4mars_nav.archive.catalogue.source import Read, unit_of
from ai4mars_nav.archive.catalogue.write import Unit
from ai4mars_nav.pds import missions
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.find import find_files
from ai4mars_nav.pds.label import Label, Section
from ai4mars_nav.pds.product import IMAGE, Product, product_of_label
from ai4mars_nav.pds.read_label import read_label
from ai4mars_nav.pds.sites import site_of, siteless


@dataclass(frozen=True)
class PdsSource:
    """The products of a folder and below, or one product."""

    path: Path

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"pds {self.path}"

    @property
    def root(self) -> Path:
        """See `Source`."""
        return self.path if self.path.is_dir() else self.path.parent

    def units(self) -> Iterator[Unit]:
        """See `Source`."""
        for path in find_files([self.path]):
            yield unit_of(path.relative_to(self.root).as_posix(), path)

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return ()

    def read(self, unit: Unit) -> Read:
        """See `Source`. Range maps, masks and thumbnails are no images of their own."""
        path = self.root / unit.name
        try:
            label = read_label(path)
            product = product_of_label(label)
            if product.kind != IMAGE or product.thumbnail:
                return Read(())
            return Read((_entry(product, _target(label)),))
        except PdsError as error:
            return Read((), (f"{path}: {error.keyword}: {error.text}",))


def _entry(product: Product, target: str) -> Entry:
    pose = None if product.rover_pose is None or siteless(product) else product.rover_pose.pose
    site = product.site if pose is None else site_of(product)
    sun = product.sun
    stamped = product.start is not None or product.sclk is not None
    return Entry(
        name=product.product_id.upper(),
        mission=product.mission,
        instrument=f"{product.camera.replace('_', ' ')} {product.eye}".strip(),
        target=target,
        site="" if site is None else f"{product.rover} {site}".strip(),
        drive=product.drive,
        sol=product.sol,
        time=product.stamp if stamped else None,
        # the site frame is x north, y east, z down
        north=None if pose is None else float(pose.translation[0]),
        east=None if pose is None else float(pose.translation[1]),
        heading=None
        if pose is None
        else math.degrees(math.atan2(pose.rotation[1, 0], pose.rotation[0, 0])) % 360.0,
        sun_azimuth=None if sun is None or sun.frame != "SITE" else sun.azimuth,
        sun=None if sun is None else sun.elevation,
        width=product.raster.samples,
        height=product.raster.lines,
        file=str(product.path),
    )


def _target(label: Label) -> str:
    for section in (Section(label.path, label.root), label.section(*missions.IDENTITY)):
        if section is not None and section.has("TARGET_NAME"):
            return section.text("TARGET_NAME").strip().lower()
    return ""

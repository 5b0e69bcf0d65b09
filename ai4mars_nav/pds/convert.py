"""Products to a bag: in parts, so that a killed run goes on; the same input gives the same bag."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ai4mars_nav.geometry.errors import GeometryError
from ai4mars_nav.pds import bag, shot_messages
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.find import SUFFIXES, LeftOut, find_files, read_products
from ai4mars_nav.pds.messages import Message
from ai4mars_nav.pds.product import Product
from ai4mars_nav.pds.report import Report
from ai4mars_nav.pds.sequence import Shot, arrange
from ai4mars_nav.pds.shot_messages import TF_STATIC
from ai4mars_nav.pds.sites import Sites
from ai4mars_nav.pds.work import Work

Tell = Callable[[int, int], None]
"""Is told how many shots of how many are done."""


@dataclass(frozen=True)
class ConvertSettings:
    """How a bag is made; rover and camera need not be named where there is only one."""

    storage: str = "mcap"
    rover: str = ""
    camera: str = ""
    shots_a_part: int = 100


def convert(
    sources: Sequence[Path], out: Path, settings: ConvertSettings, tell: Tell | None = None
) -> Report:
    """Make the bag `out`, a folder, of the products in files and folders."""
    _check(out, settings)
    files = find_files(sources)
    if not files:
        raise PdsError(sources[0], "SOURCE", f"holds no product: no file {', '.join(SUFFIXES)}")
    read = list(read_products(files))
    products = [each for each in read if isinstance(each, Product)]
    arranged = arrange(products, settings.rover, settings.camera)
    shots, unplaced, sites = _placed(arranged.shots, products)
    left_out = [each for each in read if isinstance(each, LeftOut)]
    left_out += [*arranged.left_out, *unplaced]
    if sites is None or not shots:
        raise _nothing(sources[0], left_out)
    work = Work.begin(out, files, asdict(settings))
    topics = shot_messages.topics_of(shots)
    size = settings.shots_a_part
    parts = [shots[start : start + size] for start in range(0, len(shots), size)]
    for number, part in enumerate(parts):
        if work.failed(number) is None:
            say = _counting(tell, number * size, len(shots))
            stamped = _Stamped(part, sites, say)
            bag.write_part(work.part(number), settings.storage, topics, {TF_STATIC}, stamped)
            work.note(number, stamped.failed)
    failed = [each for number in range(len(parts)) for each in work.failed(number) or ()]
    spoilt = {each.path for each in failed}
    good = [shot for shot in shots if shot.left.path not in spoilt]
    if not good:
        work.drop()
        raise _nothing(sources[0], [*left_out, *failed])
    report = Report.of(arranged, good, [*left_out, *failed])
    work.finish(len(parts), out, _custom(report, good), report.to_json())
    return report


def _check(out: Path, settings: ConvertSettings) -> None:
    if out.exists():
        raise PdsError(out, "BAG", "exists already; delete it or choose another name")
    if settings.storage not in bag.STORAGES:
        raise PdsError(out, "storage", f"{settings.storage!r} is not {' or '.join(bag.STORAGES)}")
    if settings.shots_a_part < 1:
        raise PdsError(out, "shots_a_part", f"is {settings.shots_a_part}, must be at least 1")


def _placed(
    shots: Sequence[Shot], products: Sequence[Product]
) -> tuple[list[Shot], list[LeftOut], Sites | None]:
    """The shots whose site is known from that of the first one."""
    if not shots:
        return [], [], None
    sites = Sites(shots[0].left, products)
    placed, left_out = [], []
    for shot in shots:
        reason = sites.unknown(shot.left)
        if reason:
            left_out += [LeftOut(product.path, reason) for product in shot.products]
        else:
            placed.append(shot)
    return placed, left_out, sites


class _Stamped:
    """The messages of some shots, in order; and, once they are through, the shots that failed."""

    def __init__(self, shots: list[Shot], sites: Sites, say: Tell) -> None:
        self.failed: list[LeftOut] = []
        self._shots, self._sites, self._say = shots, sites, say

    def __iter__(self) -> Iterator[tuple[int, str, Message]]:
        first = self._shots[0].left.stamp
        yield first, TF_STATIC, shot_messages.static_transforms(self._shots, self._sites)
        for done, shot in enumerate(self._shots, 1):
            made = _moment(shot, self._sites)
            if isinstance(made, LeftOut):
                self.failed.append(made)
            else:
                yield from ((made.stamp, topic, data) for topic, data in made.in_order())
            self._say(done, len(self._shots))


def _moment(shot: Shot, sites: Sites) -> shot_messages.Moment | LeftOut:
    """One bad product shall not cost a thousand good ones."""
    try:
        return shot_messages.moment_of(shot, sites)
    except PdsError as error:
        return LeftOut(shot.left.path, f"{error.keyword}: {error.text}")
    except GeometryError as error:
        return LeftOut(shot.left.path, f"GEOMETRIC_CAMERA_MODEL: {error}")


def _counting(tell: Tell | None, before: int, of: int) -> Tell:
    def say(done: int, _: int) -> None:
        if tell is not None:
            tell(before + done, of)

    return say


def _custom(report: Report, shots: Sequence[Shot]) -> dict[str, str]:
    """What metadata.yaml keeps: the rover and camera, and of each stamp the products."""
    told = {"pds.format": "1", "pds.rover": report.rover, "pds.camera": report.camera}
    for shot in shots:
        roles = {"left": shot.left, "right": shot.right, "depth": shot.depth}
        ids = {role: product.product_id for role, product in roles.items() if product is not None}
        told[f"pds.products.{shot.left.stamp}"] = json.dumps(ids)
    return told


def _nothing(source: Path, left_out: Sequence[LeftOut]) -> PdsError:
    reasons = "; ".join(f"{each.path.name}: {each.reason}" for each in left_out[:3])
    more = f"; and {len(left_out) - 3} more" if len(left_out) > 3 else ""
    return PdsError(source, "SOURCE", f"holds nothing for a bag: {reasons}{more}")

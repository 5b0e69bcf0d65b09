"""From a heap of products to a sequence of shots: left images with their right ones and depth."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai4mars_nav.geometry.cahv_pixels import intrinsics
from ai4mars_nav.pds.camera import Camera
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.find import LeftOut
from ai4mars_nav.pds.product import IMAGE, POINTS, RANGE, Product
from ai4mars_nav.pds.sites import siteless
from ai4mars_nav.pds.view import camera_on_rover, size_of

CAMERAS = ("navcam", "front_hazcam", "rear_hazcam", "mastcam", "pancam")
"""What a bag is made of, unless the user chooses: the first of these that there is."""
APART = 60.0
"""Seconds between the exposures of a pair, at most: some rovers take one after the other."""
_ALIKE = 1.05
"""Ratio of the focal lengths of a pair, at most."""
_SAME_SHOT = 0.001
"""Seconds between the clock counts of products of one exposure."""


@dataclass(frozen=True)
class Shot:
    """One moment: an image, and the right image and depth product that belong to it."""

    left: Product
    """The left image; the right one where there is no left one."""
    right: Product | None = None
    depth: Product | None = None

    @property
    def products(self) -> tuple[Product, ...]:
        """All products of the shot."""
        return tuple(each for each in (self.left, self.right, self.depth) if each is not None)


@dataclass(frozen=True)
class Arranged:
    """The shots of one camera of one rover in the order of time, and what is not in them."""

    rover: str
    camera: str
    shots: tuple[Shot, ...]
    left_out: tuple[LeftOut, ...]
    alone: tuple[LeftOut, ...]
    """Images that are in, but without the other eye, and why."""


class _Heap:
    """The products that may still become part of a shot; the others with the reason."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.kept = list(products)
        self.left_out: list[LeftOut] = []

    def keep(self, wanted: Callable[[Product], bool], reason: Callable[[Product], str]) -> None:
        """Keep those that are wanted."""
        self.left_out += [LeftOut(p.path, reason(p)) for p in self.kept if not wanted(p)]
        self.kept = [product for product in self.kept if wanted(product)]


def arrange(products: Sequence[Product], rover: str = "", camera: str = "") -> Arranged:
    """The sequence of a rover's camera; `rover` and `camera` choose where there are several."""
    heap = _Heap(products)
    rover = _chosen("rover", rover, products) or _only_rover(products)
    heap.keep(lambda p: p.rover == rover, lambda p: f"of {p.rover or 'no known rover'}")
    camera = _chosen("camera", camera, heap.kept) or _best_camera(heap.kept)
    heap.keep(lambda p: p.camera == camera, lambda p: f"of the {p.camera or 'unknown camera'}")
    heap.keep(
        lambda p: p.kind in (IMAGE, POINTS, RANGE),
        lambda p: f"{p.kind} product {p.type}: no topic takes it",
    )
    heap.keep(lambda p: not p.thumbnail, lambda _: "IMAGE_TYPE: a thumbnail")
    heap.keep(lambda p: not _lacking(p), _lacking)
    images = _best_of_each([p for p in heap.kept if p.kind == IMAGE], heap)
    shots, alone = _paired(images)
    shots = _with_depth(shots, [p for p in heap.kept if p.kind in (POINTS, RANGE)], heap)
    in_order = _one_a_moment(shots, heap)
    return Arranged(rover, camera, tuple(in_order), tuple(heap.left_out), tuple(alone))


def _chosen(what: str, name: str, products: Sequence[Product]) -> str:
    """The name of a rover or camera that the user chose, which must be there; empty if none."""
    there = sorted({str(getattr(each, what)) for each in products} - {""})
    if name and there and name not in there:
        raise PdsError(_folder_of(products), f"--{what}", f"no {name} there: {', '.join(there)}")
    return name


def _folder_of(products: Sequence[Product]) -> Path:
    return Path(os.path.commonpath([product.path.parent for product in products]))


def _only_rover(products: Sequence[Product]) -> str:
    counts = Counter(product.rover for product in products if product.rover)
    if len(counts) > 1:
        first = {product.rover: product for product in reversed(products)}
        told = " and ".join(f"{name} ({first[name].path.name} ...)" for name in sorted(counts))
        raise PdsError(
            _folder_of(products), "INSTRUMENT_HOST_ID", f"products of {told}: choose with --rover"
        )
    return next(iter(counts), "")


def _best_camera(products: Sequence[Product]) -> str:
    there = {product.camera for product in products if product.kind == IMAGE}
    known = [camera for camera in CAMERAS if camera in there]
    return known[0] if known else min(there, default="")


def _lacking(product: Product) -> str:
    """What a product cannot be placed without; empty where nothing is missing."""
    if product.start is None and product.sclk is None:
        return "START_TIME: missing, and so is SPACECRAFT_CLOCK_START_COUNT"
    if product.kind == IMAGE and product.model is None:
        return "GEOMETRIC_CAMERA_MODEL: the label has no camera model"
    if product.kind == IMAGE and (reason := siteless(product)):
        return f"ROVER_COORDINATE_SYSTEM: {reason}"
    return ""


def _rank(product: Product) -> tuple[int, bool, bool, bool, str]:
    """The larger, the better to have of several versions of one exposure."""
    return (
        product.raster.lines * product.raster.samples,
        product.geometry.startswith("LINEAR"),
        product.bits > 8,
        not product.radiance,
        product.product_id,
    )


def _moment(product: Product) -> tuple[str, int, tuple[int, ...]]:
    """Equal for all products of one exposure."""
    clock = product.sclk if product.sclk is not None else product.stamp * 1e-9
    return product.eye, round(clock / _SAME_SHOT), product.counter


def _best_of_each(images: Sequence[Product], heap: _Heap) -> list[Product]:
    versions: defaultdict[tuple[str, int, tuple[int, ...]], list[Product]] = defaultdict(list)
    for image in images:
        versions[_moment(image)].append(image)
    best = []
    for several in versions.values():
        chosen = max(several, key=_rank)
        best.append(chosen)
        reason = f"another version, or a part, of {chosen.product_id}, which is used"
        heap.left_out += [LeftOut(p.path, reason) for p in several if p is not chosen]
    return sorted(best, key=lambda p: (p.stamp, p.product_id))


def _paired(images: Sequence[Product]) -> tuple[list[Shot], list[LeftOut]]:
    """Left and right images of one motion counter and size, nearest in time first."""
    lefts = [image for image in images if image.eye != "right"]
    rights = [image for image in images if image.eye == "right"]
    partner: dict[str, Product] = {}
    taken: set[str] = set()
    for left, right in _near(lefts, rights):
        if left.product_id not in partner and right.product_id not in taken:
            partner[left.product_id] = right
            taken.add(right.product_id)
    shots = [Shot(left, partner.get(left.product_id)) for left in lefts]
    shots += [Shot(right) for right in rights if right.product_id not in taken]
    return shots, [LeftOut(shot.left.path, _alone(shot)) for shot in shots if shot.right is None]


def _alone(shot: Shot) -> str:
    told = f"within {APART:.0f} s with its size, lens and motion counter"
    if shot.left.eye == "right":
        return f"no left image {told}: it is written as left/image_rect, in its own frame"
    return f"no right image {told}"


def _near(lefts: Sequence[Product], rights: Sequence[Product]) -> list[tuple[Product, Product]]:
    """Lefts and rights that may be pairs, nearest first."""
    alike: defaultdict[object, list[Product]] = defaultdict(list)
    for right in rights:
        alike[right.counter, size_of(right)].append(right)
    near = [
        (_apart(left, right), left.product_id, right.product_id, left, right)
        for left in lefts
        for right in alike[left.counter, size_of(left)]
        if _apart(left, right) <= APART and _like_lenses(left, right)
    ]
    return [(left, right) for *_, left, right in sorted(near, key=lambda each: each[:3])]


def _like_lenses(one: Product, other: Product) -> bool:
    """Whether two cameras are a stereo pair: Curiosity's Mastcams have focal lengths of 34 and
    100 mm."""
    assert one.model is not None and other.model is not None  # others were left out
    ours, theirs = intrinsics(one.model.model).hs, intrinsics(other.model.model).hs
    return max(ours, theirs) < _ALIKE * min(ours, theirs)


def _apart(one: Product, other: Product) -> float:
    """Seconds between two exposures."""
    if one.sclk is not None and other.sclk is not None:
        return abs(one.sclk - other.sclk)
    return abs(one.stamp - other.stamp) * 1e-9


def _with_depth(shots: Sequence[Shot], depths: Sequence[Product], heap: _Heap) -> list[Shot]:
    """XYZ before range products, where their pixels are those of the shot's image."""
    by_moment: defaultdict[object, list[Product]] = defaultdict(list)
    for depth in sorted(depths, key=lambda p: (p.kind != POINTS, p.product_id)):
        by_moment[_moment(depth)].append(depth)
    found = []
    for shot in shots:
        candidates = by_moment.pop(_moment(shot.left), [])
        fitting = [depth for depth in candidates if not _unlike(depth, shot.left)]
        used = fitting[0] if fitting else None
        found.append(Shot(shot.left, shot.right, used))
        for depth in candidates:
            if depth is not used:
                reason = _unlike(depth, shot.left) or "another depth product is used"
                heap.left_out.append(LeftOut(depth.path, reason))
    for rest in by_moment.values():
        heap.left_out += [LeftOut(p.path, "no image of its exposure is here") for p in rest]
    return found


def _unlike(depth: Product, image: Product) -> str:
    """Why the pixels of a depth product are not those of an image; empty where they are."""
    if size_of(depth) != size_of(image):
        return f"{size_of(depth)} pixels, its image {image.product_id} has {size_of(image)}"
    if depth.model is None:
        return "GEOMETRIC_CAMERA_MODEL: the label has no camera model"
    ours, theirs = camera_on_rover(depth), camera_on_rover(image)
    if not _same_rays(ours, theirs, size_of(image)):
        return f"GEOMETRIC_CAMERA_MODEL: not the camera of its image {image.product_id}"
    return ""


def _same_rays(one: Camera, other: Camera, size: tuple[int, int]) -> bool:
    """Whether two cameras see with each pixel, to a twentieth of it, where the other one does."""
    u, v = (np.linspace(0.1, 0.9, 3) * length for length in size)
    uv = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    origins, directions = one.unproject(uv)
    seen, _ = other.project(origins + 100.0 * directions)
    off = np.abs(seen - uv)
    return bool(np.isfinite(off).all() and off.max() < 0.05)


def _one_a_moment(shots: Sequence[Shot], heap: _Heap) -> list[Shot]:
    """Shots in the order of time; a topic holds one image of a moment."""
    in_order = sorted(shots, key=lambda shot: (shot.left.stamp, shot.left.product_id))
    kept: list[Shot] = []
    for shot in in_order:
        if kept and kept[-1].left.stamp == shot.left.stamp:
            reason = f"taken at the same time as {kept[-1].left.product_id}, which is used"
            heap.left_out += [LeftOut(product.path, reason) for product in shot.products]
        else:
            kept.append(shot)
    return kept

"""Triage: images in, the next pass and the day's targets out; no ROS, no clock, no files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ai4mars_nav.content.demud import Demud
from ai4mars_nav.content.features import pooled
from ai4mars_nav.content.origin import instrument_of
from ai4mars_nav.content.triage.album import Album
from ai4mars_nav.content.triage.choose import choose
from ai4mars_nav.content.triage.downlink import THUMBNAIL, WHOLE, Downlink, Product
from ai4mars_nav.content.triage.find import find, middle, newest
from ai4mars_nav.content.triage.image import Seen, Shot, shares
from ai4mars_nav.content.triage.likeness import shared, stands_for
from ai4mars_nav.content.triage.novelty import Novelty
from ai4mars_nav.content.triage.sizes import Sizes, bytes_of, jpeg, thumbnail
from ai4mars_nav.content.triage.targets import Targets
from ai4mars_nav.content.triage.wants import Wants
from ai4mars_nav.content.triage.worth import Reason, reasons
from ai4mars_nav.content.where_new import places_of

LEAST_SAID = 0.02
"""Worth of a reason that is told; smaller ones count, too."""

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]


class Eyes(Protocol):
    """A classifier of whole images that tells what it saw where, too."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""

    def look(self, picture: U8, instrument: str, /) -> tuple[F64, F32]:
        """Of (h, w, 3) RGB: probabilities (classes,), features (channels, rows, columns).

        They are calibrated for the instrument, where it is one that was.
        """


class Triage:
    """What is known of the images of a day."""

    def __init__(self, wants: Wants, eyes: Eyes, known: Demud, most: int) -> None:
        """`known` is grown; of more than `most` images those that are worth least are forgotten."""
        self.wants = wants
        self._eyes = eyes
        self._novelty = Novelty(known)
        self._most = most
        self._album = Album(wants.alike)
        self.targets = Targets(wants.find.apart, wants.targets)
        self.forgotten = 0
        self._told: dict[str, float] = {}
        """What has gone home of an image: a share of all that it tells."""

    @property
    def images(self) -> list[Seen]:
        """Those that are remembered, in the order in which they came."""
        return self._album.images

    def take(self, shot: Shot) -> Seen:
        """Look at one image."""
        seen, places = self._seen(shot)
        if shot.ground is not None:
            wanted = self.wants.find
            new_at = newest(shot.ground, places, wanted.farthest)
            found = find(shot.ground, new_at, seen.novelty, wanted)
            asked = [one for one in found if self.wants.targets.get(one.kind, 0.0) > 0.0]
            self.targets.take(asked, shot.name, shot.stamp)
        self._album.add(seen)
        if len(self.images) > self._most:
            worths = self._worths(self._reasons())
            self._album.forget(int(shared(worths, self._album.alike).argmin()))
            self.forgotten += 1
        return seen

    def sent(self, downlink: Downlink) -> None:
        """These products have gone: the next pass is chosen beside them."""
        shares = {WHOLE: 1.0, THUMBNAIL: self.wants.sending.thumbnail_worth}
        for product in downlink.products:
            before = self._told.get(product.image, 0.0)
            self._told[product.image] = max(before, shares[product.form])

    def downlink(self) -> Downlink:
        """The pass that is worth most, of all that is known and has not gone yet."""
        why = self._reasons()
        worths = self._worths(why)
        sending = self.wants.sending
        whole = stands_for(worths, self._album.alike)
        tells = np.concatenate([sending.thumbnail_worth * whole, whole])
        costs = [each.sizes.thumbnail for each in self.images]
        costs += [each.sizes.whole for each in self.images]
        budget = bytes_of(sending.budget)
        gone = np.array([self._told.get(each.name, 0.0) for each in self.images])
        told = (gone[:, None] * whole).max(axis=0, initial=0.0)
        chosen = choose(tells, costs, budget, told)
        count = len(self.images)
        products = [
            _product(
                self.images[k % count], WHOLE if k >= count else THUMBNAIL, costs[k], adds,
                why[k % count],
            )
            for k, adds in zip(chosen.order, chosen.adds, strict=True)
        ]  # fmt: skip
        newest = max((each.stamp for each in self.images), default=0)
        return Downlink(newest, budget, count, self.forgotten, tuple(products))

    def _seen(self, shot: Shot) -> tuple[Seen, F64]:
        """What is remembered of a shot, and (rows, columns) of how new it is where."""
        colour = shot.picture
        if colour.ndim == 2:
            colour = np.repeat(colour[..., None], 3, axis=2)
        probabilities, features = self._eyes.look(colour, instrument_of(Path(shot.name)))
        feature = pooled(features)
        new = self._novelty.take(feature)
        ground, sending = shot.ground, self.wants.sending
        small = thumbnail(shot.picture, sending.thumbnail)
        sizes = Sizes(
            len(jpeg(small, sending.thumbnail_quality)), len(jpeg(shot.picture, sending.quality))
        )
        unit = feature / max(float(np.linalg.norm(feature)), 1e-12)
        seen = Seen(
            shot.name,
            shot.stamp,
            dict(zip(self._eyes.classes, probabilities.tolist(), strict=True)),
            new.share,
            unit.astype(np.float32),
            sizes,
            {} if ground is None else shares(ground.classes),
            0 if ground is None else len(ground.rocks),
            None if ground is None else middle(ground, self.wants.find.farthest),
        )
        return seen, places_of(features, new.residual)

    def _reasons(self) -> list[list[Reason]]:
        best = self.targets.by_image()
        return [reasons(each, best.get(each.name, []), self.wants) for each in self.images]

    def _worths(self, why: list[list[Reason]]) -> F64:
        return np.array([sum(reason.worth for reason in each) for each in why], np.float64)


def _product(seen: Seen, form: str, cost: int, adds: float, why: list[Reason]) -> Product:
    return Product(
        seen.name,
        seen.stamp,
        form,
        cost,
        adds,
        sum(reason.worth for reason in why),
        tuple(reason.says for reason in why if reason.worth >= LEAST_SAID),
        seen.likeliest,
        seen.terrain,
        seen.novelty,
        seen.rocks,
    )

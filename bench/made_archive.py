"""Made catalogues of any size with the shares of a real one, from a seed.

Classes have the shares of the published MSL lists (train and validation together), confidences
those of the paper's figure 4: half of the answers are over 0.9. Sols, sites and drives rise as a
rover's do, product ids are of the real form, NAVCAM images have poses, sun and terrain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ai4mars_nav.archive.catalogue.entry import Answer, Entry, Landmark
from ai4mars_nav.archive.catalogue.source import Read
from ai4mars_nav.archive.catalogue.write import Unit

CLASSES = {
    "ground": 2430, "wheel": 698, "drill holes": 506, "horizon": 299, "inlet": 261, "turret": 193,
    "scoop": 190, "portion tube": 128, "mastcam cal target": 105, "observation tray": 99,
    "chemin inlet open": 92, "mahli cal target": 60, "rover rear deck": 57, "apxs": 46, "drill": 39,
    "portion box": 38, "mastcam": 36, "rems uv sensor": 32, "portion tube opening": 20,
    "chemcam cal target": 15, "mahli": 14, "drt side": 12, "apxs cal target": 10, "drt front": 6,
    "sun": 1,
}  # fmt: skip
LANDMARKS = ("other", "crater", "dark dune", "bright dune", "streak", "impact", "edge")
INSTRUMENTS = {
    "mastcam left": (0.24, "{sol:04d}ML{n:010d}E01_DRCL"),
    "mastcam right": (0.27, "{sol:04d}MR{n:010d}E01_DRCL"),
    "mahli": (0.05, "{sol:04d}MH{n:010d}E01_DRCL"),
    "navcam left": (0.24, "NLB_{clock:09d}RAS_F{site:03d}{drive:04d}NCAM{m:05d}M1"),
    "navcam right": (0.20, "NRB_{clock:09d}RAS_F{site:03d}{drive:04d}NCAM{m:05d}M1"),
}
TARGETS = ("mars", "sun", "phobos", "calibration", "")
HIRISE = 16_344
"""HiRISE images with landmarks in the paper's catalogue, per 3.7 million others."""
_SOLS, _SOL = 4200, 88775.244
_FIRST, _CLOCK = 1_344_171_534, 397_443_599


@dataclass(frozen=True)
class MadeSource:
    """So many images in units of `size`."""

    rows: int
    seed: int = 1
    size: int = 10_000

    @property
    def place(self) -> str:
        """See `Source`."""
        return f"made {self.rows} {self.seed}"

    @property
    def root(self) -> Path | None:
        """See `Source`."""
        return None

    def odd(self) -> tuple[str, ...]:
        """See `Source`."""
        return ()

    def units(self) -> Iterator[Unit]:
        """See `Source`."""
        for first in range(0, self.rows, self.size):
            yield Unit(str(first), "1")

    def read(self, unit: Unit) -> Read:
        """See `Source`."""
        first = int(unit.name)
        return Read(tuple(self.entries(first, min(first + self.size, self.rows))))

    def entries(self, first: int, last: int) -> Iterator[Entry]:
        """Images of these numbers."""
        rng = np.random.default_rng((self.seed, first))
        count = last - first
        kinds, shares = list(CLASSES), np.array(list(CLASSES.values()), float)
        best = rng.choice(len(kinds), count, p=shares / shares.sum())
        second = rng.choice(len(kinds), count, p=shares / shares.sum())
        sure = np.round(1.0 - rng.beta(0.55, 1.9, count) * 0.9, 4)
        cameras = list(INSTRUMENTS)
        camera = rng.choice(len(cameras), count, p=[INSTRUMENTS[c][0] for c in cameras])
        target = rng.choice(len(TARGETS), count, p=(0.955, 0.01, 0.002, 0.013, 0.02))
        hour = rng.normal(0.0, 0.11, count)
        ground = rng.dirichlet((0.55, 0.75, 0.2, 0.02), count)
        novelty = rng.gamma(2.0, 0.3, count)
        is_orbit = rng.random(count) < HIRISE / 3.7e6
        crops = rng.integers(0, len(LANDMARKS), (count, 24))
        most = rng.geometric(0.12, count)
        numbers = rng.random((count, 4))
        for k in range(count):
            number = first + k
            sol = 1 + number * _SOLS // self.rows
            if is_orbit[k]:
                yield _orbit(number, crops[k], int(most[k]), numbers[k])
                continue
            site, drive = sol // 33, (sol % 33) * 70 + int(numbers[k, 0] * 60)
            seconds = int((sol + 0.5 + hour[k]) * _SOL)
            camera_name, serial = cameras[camera[k]], number % 100_000
            name = INSTRUMENTS[camera_name][1].format(
                sol=sol,
                n=number,
                m=serial,
                clock=_CLOCK + seconds,
                site=site,
                drive=drive,
            )
            answers = [Answer(kinds[best[k]], float(sure[k]))]
            rest = float(1.0 - sure[k]) * 0.7
            if rest >= 0.05 and second[k] != best[k]:
                answers.append(Answer(kinds[second[k]], rest))
            navcam = camera[k] >= 3
            yield Entry(
                name=name, mission="msl", instrument=camera_name, target=TARGETS[target[k]],
                site=f"curiosity {site}", drive=drive, sol=sol, time=(_FIRST + seconds) * 10**9 + k,
                north=drive * 0.1 + numbers[k, 1] if navcam else None,
                east=site * 3.0 - drive * 0.05 if navcam else None,
                heading=float(360.0 * numbers[k, 2]) if navcam else None,
                sun=85.0 - abs(hour[k]) * 360.0, sun_azimuth=float(360.0 * numbers[k, 3]),
                soil=float(ground[k, 0]) if navcam else None,
                bedrock=float(ground[k, 1]) if navcam else None,
                sand=float(ground[k, 2]) if navcam else None,
                big_rock=float(ground[k, 3]) if navcam else None,
                rocks=int(ground[k, 3] * 20) if navcam else None,
                novelty=float(novelty[k]), width=1024, height=1024,
                file=f"/archive/msl/sol{sol:04d}/{name}.jpg",
                model="mslnet", answers=tuple(answers),
            )  # fmt: skip


def _orbit(number: int, crops: np.ndarray, most: int, numbers: np.ndarray) -> Entry:
    """An image from orbit with its landmarks."""
    name = f"ESP_{number % 1_000_000:06d}_{number // 1_000_000 + 1000:04d}_RED"
    marks = tuple(
        Landmark(f"{name}-{at:04d}", LANDMARKS[kind], 0.95, (10.0 * at, 20.0, 227.0, 227.0))
        for at, kind in enumerate(crops[: min(most, len(crops))])
    )
    return Entry(
        name=name, mission="mro", instrument="hirise", target="mars",
        time=(_FIRST + number * 60) * 10**9, novelty=float(numbers[0]), model="hirisenet",
        landmarks=marks,
    )  # fmt: skip

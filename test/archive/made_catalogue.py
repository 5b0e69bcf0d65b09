"""Small catalogues of made images, of everything that can be searched for."""

from __future__ import annotations

import random

from ai4mars_nav.archive.catalogue.entry import Answer, Entry, Landmark
from ai4mars_nav.archive.catalogue.query import CHOSEN, RANGES, SORTS, Query
from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.catalogue.write import Batch, Unit, put

CLASSES = ("wheel", "drill", "drill holes", "ground", "horizon", "mastcam cal target")
LANDMARKS = ("crater", "dark dune", "edge")
INSTRUMENTS = ("mastcam left", "mastcam right", "navcam left", "mahli")


def made_entry(rng: random.Random, number: int) -> Entry:
    """An image that lacks one thing or the other."""

    def maybe(value):
        return None if rng.random() < 0.25 else value

    sol = rng.randrange(40)
    classes = rng.sample(CLASSES, rng.randrange(4))
    crops = range(rng.choice((0, 0, 0, 5)))
    return Entry(
        name=f"{number % 40:04d}{('MR', 'ML', 'mh')[number % 3]}{number:06d}",
        mission=rng.choice(("msl", "m2020", "")),
        instrument=rng.choice(INSTRUMENTS),
        target=rng.choice(("", "mars", "sun")),
        site=rng.choice(("", "curiosity 3", "curiosity 31", "perseverance 3")),
        drive=maybe(rng.randrange(2000)),
        sol=maybe(sol),
        time=maybe(rng.randrange(30) * 10**17),
        north=maybe(rng.uniform(-50, 50)),
        east=maybe(rng.uniform(-50, 50)),
        sun=maybe(rng.uniform(-10, 90)),
        soil=maybe(rng.random()),
        bedrock=maybe(rng.random()),
        sand=maybe(rng.random()),
        big_rock=maybe(rng.random() / 10),
        rocks=maybe(rng.randrange(5)),
        novelty=maybe(rng.choice((0.5, 1.5, rng.random()))),
        model=rng.choice(("mslnet", "other")),
        answers=tuple(Answer(kind, rng.choice((0.9, rng.random()))) for kind in classes),
        landmarks=tuple(
            Landmark(f"crop {at}", rng.choice(LANDMARKS), rng.choice((0.95, 0.5))) for at in crops
        ),
    )


def fill(database, rng: random.Random, numbers: range) -> None:
    """Put made images of these numbers into a store, in two batches."""
    prepare(database)
    entries = [made_entry(rng, number) for number in numbers]
    half = len(entries) // 2
    for part in (entries[:half], entries[half:]):
        unit = (Unit(f"part {part[0].name}", "1"), len(part), ())
        put(database, Batch("made", (unit,), tuple(part)))


def made_query(rng: random.Random) -> Query:
    """Anything that can be asked, often of values that there are."""
    values = {
        "mission": ("msl", "m2020", "mars express"),
        "instrument": INSTRUMENTS,
        "target": ("mars", "sun"),
        "class": CLASSES,
        "landmark": LANDMARKS,
        "site": ("curiosity 3", "curiosity 31", "perseverance 3"),
    }
    chosen = {
        facet: frozenset(rng.sample(values[facet], rng.randrange(1, 3)))
        for facet in CHOSEN
        if rng.random() < 0.2
    }
    spans = {
        "sol": (0, 40),
        "drive": (0, 2000),
        "sun": (-10, 90),
        "rocks": (0, 5),
        "novelty": (0, 2),
    }
    ranges = {}
    for name in rng.sample(RANGES, rng.choice((0, 0, 0, 1, 2))):
        low, high = spans.get(name, (-50, 50) if name in ("north", "east") else (0, 100))
        ends = sorted(float(round(rng.uniform(low, high))) for _ in range(2))
        ranges[name] = (rng.choice((None, ends[0])), ends[1])
    words = (
        "whe",
        "drill",
        "hole",
        "left",
        "curiosity 31",
        "0012",
        "0003mr00",
        "mh",
        "msl",
        "zzz",
        "cal",
    )
    return Query(
        chosen=chosen,
        ranges=ranges,
        confidence=rng.choice((0, 0, 50, 90, 95)),
        landmarks=rng.choice((1, 1, 2)),
        text=" ".join(rng.sample(words, rng.choice((0, 0, 1, 2)))),
        sort=rng.choice(list(SORTS)),
        page=rng.choice((1, 1, 2, 3)),
    )

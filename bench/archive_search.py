"""The catalogue at full size: ingest, index, facets, free text, pages, neighbours.

    PYTHONPATH=. python bench/archive_search.py --rows 3700000 --folder FOLDER
    PYTHONPATH=. python bench/archive_search.py --rows 31000000

Rows are made from a seed (`made_archive.py`) and stay in FOLDER: a second run measures searches
alone. Without FOLDER only the index is made, and only its searches are measured. Queries are all
different; wall time, and processor time of all threads, which a busy machine changes little.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient

from ai4mars_nav.archive.catalogue import kept, search
from ai4mars_nav.archive.catalogue.build import current
from ai4mars_nav.archive.catalogue.columns import Snapshot
from ai4mars_nav.archive.catalogue.ingest import ingest
from ai4mars_nav.archive.catalogue.query import SORTS, Query
from ai4mars_nav.archive.catalogue.vector_kernels import closeness
from ai4mars_nav.archive.catalogue.vectors import DIMENSIONS
from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.web.app import create_app
from made_archive import CLASSES, INSTRUMENTS, LANDMARKS, MadeSource
from made_columns import made_snapshot

WORDS = (
    "wheel", "drill", "horizon", "crater", "dune", "mastcam", "navcam", "left", "curiosity", "sun",
    "hirise", "cal target", "0077ML", "nlb_4", "mahli wheel", "drill navcam", "phobos", "zzz",
)  # fmt: skip


def facet_query(rng: random.Random) -> Query:
    """One to five facets and ranges, the commonest values often."""
    chosen: dict[str, frozenset[str]] = {}
    ranges: dict[str, tuple[float | None, float | None]] = {}
    for facet in rng.sample(
        ("mission", "instrument", "target", "class", "landmark", "site", "sol", "sun", "sand",
         "north", "novelty", "rocks"),
        rng.randrange(1, 6),
    ):  # fmt: skip
        if facet == "class":
            chosen[facet] = frozenset(rng.sample(list(CLASSES), rng.randrange(1, 4)))
        elif facet == "landmark":
            chosen[facet] = frozenset(rng.sample(LANDMARKS, 1))
        elif facet == "instrument":
            chosen[facet] = frozenset(rng.sample(list(INSTRUMENTS), rng.randrange(1, 4)))
        elif facet == "mission":
            chosen[facet] = frozenset([rng.choice(("msl", "msl", "msl", "mro"))])
        elif facet == "target":
            chosen[facet] = frozenset([rng.choice(("mars", "sun"))])
        elif facet == "site":
            chosen[facet] = frozenset(
                f"curiosity {rng.randrange(127)}" for _ in range(rng.randrange(1, 4))
            )
        else:
            low = {"sol": 4200, "sun": 80, "sand": 100, "north": 200, "novelty": 3, "rocks": 4}
            first = rng.uniform(0, low[facet])
            ranges[facet] = (first, first + rng.uniform(0, low[facet]))
    return Query(
        chosen, ranges, rng.randrange(101), rng.choice((1, 1, 3, 5)), sort=rng.choice(list(SORTS))
    )


def text_query(rng: random.Random, number: int) -> Query:
    """Words, sometimes within a facet."""
    text = rng.choice(WORDS)
    if rng.random() < 0.3:
        text = f"{rng.randrange(4200):04d}M{rng.choice('LRH')}"
    chosen = {}
    if rng.random() < 0.3:
        chosen["instrument"] = frozenset(rng.sample(list(INSTRUMENTS), 2))
    return Query(chosen, text=text, confidence=number % 101, sort=rng.choice(list(SORTS)))


Times = list[tuple[float, float]]
"""Seconds on the wall and of processors, of each call."""


def told(name: str, times: Times, goal: str) -> None:
    """A row of the table."""
    wall, work = (1000.0 * np.array(seconds) for seconds in zip(*times, strict=True))
    spread = (f"{np.percentile(t, p):.1f}" for t in (wall, work) for p in (50, 95))
    print(f"| {name} | {' | '.join(spread)} | {goal} | {len(times)} | {_load()} |", flush=True)


def timed(calls: Sequence[Callable[[], object]]) -> Times:
    """The times of each call, after two to warm up."""
    for call in calls[:2]:
        call()
    found = []
    for call in calls:
        begin, work = time.perf_counter(), time.process_time()
        call()
        found.append((time.perf_counter() - begin, time.process_time() - work))
    return found


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def asked(snapshot: Snapshot, query: Query) -> None:
    """What a page needs of the index."""
    search.page(snapshot, query, search.search(snapshot, query))


def main() -> None:
    """Make what is not there, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_700_000)
    parser.add_argument("--folder", type=Path, help="where the store is, or is made")
    parser.add_argument("--store", default="", help="another store than a file in FOLDER")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--only-make", action="store_true", help="ingest and index, no searches")
    args = parser.parse_args()
    if args.folder is None:
        snapshot = made_snapshot(args.rows)
        size = sum(values.nbytes for values in kept.arrays(snapshot).values())
        print(f"columns of {args.rows:,} images: {size / 1e6:,.0f} MB")
    else:
        snapshot = stored(args)
    if args.only_make:
        return
    rng = random.Random(7)
    print("| what | median ms | p95 ms | processor median | p95 | goal ms | queries | load |")
    print("|---|---|---|---|---|---|---|---|")
    facets = [_call(snapshot, facet_query(rng)) for _ in range(args.queries)]
    told("facets with counts", timed(facets), "100")
    texts = [_call(snapshot, text_query(rng, at)) for at in range(args.queries)]
    told("free text with counts", timed(texts), "100")
    everything = [replace(Query(), confidence=at % 101) for at in range(20)]
    told("no filter", timed([_call(snapshot, query) for query in everything]), "")
    if args.folder is not None:
        pages(args, rng)
    vectors = made_vectors(min(len(snapshot.columns), 10_000_000))
    near = [lambda at=at: closeness(vectors, vectors[at]) for at in range(10)]
    told(f"neighbours among {len(vectors):,}", timed(near), "")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory: {peak:,.0f} MB at most")


def stored(args: argparse.Namespace) -> Snapshot:
    """The rows in a store, and its index; what is not there yet is made and timed."""
    args.folder.mkdir(parents=True, exist_ok=True)
    database = open_database(args.store or str(args.folder / "archive.db"))
    begin, work = time.perf_counter(), time.process_time()
    report = ingest(database, MadeSource(args.rows))
    if report.images:
        wall, cpu = time.perf_counter() - begin, time.process_time() - work
        print(
            f"ingest: {report.images:,} rows, {report.images / wall:,.0f} a second of wall time, "
            f"{report.images / cpu:,.0f} of processor time, load {_load()}"
        )
    keeping = args.folder / "kept" / "columns"
    begin, work = time.perf_counter(), time.process_time()
    known = kept.latest(keeping)
    fresh = current(database, known)
    snapshot = fresh if fresh is known else kept.keep(fresh, keeping)
    print(
        f"index: {len(snapshot.columns):,} images, {time.perf_counter() - begin:.1f} s "
        f"({time.process_time() - work:.1f} s of processor time)"
        f"{', as it was kept' if fresh is known else ''}"
    )
    for path in (*args.folder.glob("archive.db"), *sorted(keeping.rglob("*.npy"))):
        print(f"  {path.name}: {path.stat().st_size / 1e6:,.0f} MB")
    database.close()
    return snapshot


def pages(args: argparse.Namespace, rng: random.Random) -> None:
    """Whole pages by the application, without the network."""
    database = open_database(args.store or str(args.folder / "archive.db"))
    client = TestClient(create_app(database, (), keep=args.folder / "kept"))
    client.get("/")
    asked = [*(facet_query(rng) for _ in range(50)), *(text_query(rng, at) for at in range(50))]
    told("first page, HTML", timed([_opened(client, query) for query in asked]), "150")
    far = [replace(Query(), confidence=at, page=40) for at in range(20)]
    told("page 40, HTML", timed([_opened(client, query) for query in far]), "")
    database.close()


def made_vectors(count: int) -> np.ndarray:
    """Vectors as `vectors.py` keeps them."""
    rng = np.random.default_rng(3)
    block = rng.integers(-90, 91, (min(count, 100_000), DIMENSIONS), dtype=np.int8)
    return np.concatenate([block] * -(-count // len(block)))[:count]


def _call(snapshot: Snapshot, query: Query) -> Callable[[], None]:
    return lambda: asked(snapshot, query)


def _opened(client: TestClient, query: Query) -> Callable[[], None]:
    def open_it() -> None:
        answer = client.get(query.address())
        assert answer.status_code == 200, answer.text

    return open_it


if __name__ == "__main__":
    main()

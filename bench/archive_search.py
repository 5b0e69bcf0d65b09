"""The catalogue at full size: ingest, index, facets, free text, pages, neighbours.

    PYTHONPATH=. python bench/archive_search.py --rows 3700000 --folder FOLDER

Rows are made from a seed (`made_archive.py`) and stay in FOLDER: a second run measures searches
alone. Wall time, of queries that are all different; the load of the machine is told beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from fastapi.testclient import TestClient
from made_archive import CLASSES, INSTRUMENTS, LANDMARKS, MadeSource

from ai4mars_nav.archive.catalogue import search
from ai4mars_nav.archive.catalogue.build import current
from ai4mars_nav.archive.catalogue.columns import Snapshot
from ai4mars_nav.archive.catalogue.ingest import ingest
from ai4mars_nav.archive.catalogue.kept import keep, latest
from ai4mars_nav.archive.catalogue.query import SORTS, Query
from ai4mars_nav.archive.catalogue.vector_kernels import closeness
from ai4mars_nav.archive.catalogue.vectors import DIMENSIONS
from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.web.app import create_app

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


def told(name: str, seconds: Sequence[float], goal: str) -> None:
    """A row of the table."""
    p50, p95, most = (1000.0 * float(np.percentile(seconds, p)) for p in (50, 95, 100))
    load = os.getloadavg()[0]
    print(
        f"| {name} | {p50:.1f} | {p95:.1f} | {most:.1f} | {goal} | {len(seconds)} | {load:.1f} |",
        flush=True,
    )


def timed(calls: Sequence[Callable[[], object]]) -> list[float]:
    """Seconds of each call, after two to warm up."""
    for call in calls[:2]:
        call()
    found = []
    for call in calls:
        begin = time.perf_counter()
        call()
        found.append(time.perf_counter() - begin)
    return found


def asked(snapshot: Snapshot, query: Query) -> None:
    """What a page needs of the index."""
    search.page(snapshot, query, search.search(snapshot, query))


def main() -> None:
    """Make what is not there, then measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_700_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--store", default="", help="another store than a file in FOLDER")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--only-make", action="store_true", help="ingest and index, no searches")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    address = args.store or str(args.folder / "archive.db")
    database = open_database(address)
    begin, work = time.perf_counter(), time.process_time()
    report = ingest(database, MadeSource(args.rows))
    if report.images:
        wall, cpu = time.perf_counter() - begin, time.process_time() - work
        print(
            f"ingest: {report.images:,} rows, {report.images / wall:,.0f} a second of wall time, "
            f"{report.images / cpu:,.0f} of processor time, load {os.getloadavg()[0]:.1f}"
        )
    keeping = args.folder / "kept"
    begin, work = time.perf_counter(), time.process_time()
    known = latest(keeping / "columns")
    fresh = current(database, known)
    snapshot = fresh if fresh is known else keep(fresh, keeping / "columns")
    print(
        f"index: {len(snapshot.columns):,} images, {time.perf_counter() - begin:.1f} s "
        f"({time.process_time() - work:.1f} s of processor time)"
        f"{', as it was kept' if fresh is known else ''}"
    )
    for path in sorted(args.folder.glob("archive.db*")):
        print(f"{path.name}: {path.stat().st_size / 1e6:,.0f} MB")
    kept_bytes = sum(path.stat().st_size for path in keeping.rglob("*.npy"))
    print(f"columns: {kept_bytes / 1e6:,.0f} MB")
    if args.only_make:
        return
    rng = random.Random(7)
    print("| what | median ms | p95 ms | most ms | goal ms | queries | load |")
    print("|---|---|---|---|---|---|---|")
    facets = [facet_query(rng) for _ in range(args.queries)]
    told("facets with counts", timed([_call(snapshot, q) for q in facets]), "100")
    texts = [text_query(rng, at) for at in range(args.queries)]
    told("free text with counts", timed([_call(snapshot, q) for q in texts]), "100")
    everything = [replace(Query(), confidence=at % 101) for at in range(20)]
    told("no filter", timed([_call(snapshot, q) for q in everything]), "")
    client = TestClient(create_app(database, (), keep=keeping))
    client.get("/")
    pages = [*(facet_query(rng) for _ in range(50)), *(text_query(rng, at) for at in range(50))]
    told("first page, HTML", timed([lambda q=q: _opened(client, q) for q in pages]), "150")
    far = [lambda q=q: _opened(client, replace(q, page=40)) for q in everything]
    told("page 40, HTML", timed(far), "")
    vectors = rng_vectors(len(snapshot.columns))
    near = [lambda at=at: closeness(vectors, vectors[at]) for at in range(10)]
    told(f"neighbours of {len(vectors):,}", timed(near), "")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": len(snapshot.columns), "peak_mb": round(peak)}))
    database.close()


def rng_vectors(count: int) -> np.ndarray:
    """Vectors as `vectors.py` keeps them."""
    rng = np.random.default_rng(3)
    block = rng.integers(-90, 91, (min(count, 100_000), DIMENSIONS), dtype=np.int8)
    return np.concatenate([block] * -(-count // len(block)))[:count]


def _call(snapshot: Snapshot, query: Query) -> Callable[[], None]:
    return lambda: asked(snapshot, query)


def _opened(client: TestClient, query: Query) -> None:
    answer = client.get(query.address())
    assert answer.status_code == 200, answer.text


if __name__ == "__main__":
    main()

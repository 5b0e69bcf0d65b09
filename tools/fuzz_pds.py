"""Products spoilt at random: each is read, or refused by a PdsError that names file and keyword.

    .venv/bin/python tools/fuzz_pds.py FOLDER --count 10000 --seed 1

FOLDER holds the products to spoil; large ones are cut down to 16 x 16 pixels first. The same seed
spoils them the same way. Anything else than a PdsError ends the run and leaves the file behind.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from ai4mars_nav.pds import describe, pixels, sequence, view
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.find import SUFFIXES
from ai4mars_nav.pds.product import read_product

SMALL, EDGE = 1 << 16, 16
_NUMBER = re.compile(rb"(?<![\w.])[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")
_LABEL = 1 << 17
_ABSURD = (
    b"0", b"-1", b"99999999999", b"1e308", b"-1e999", b"1e-320", b"2#2#", b"16#FFFFFFFFFFFFFFFF#",
    b"NaN", b'"N/A"', b"(1,2", b"''", b"1" * 300, b"0.0000001", b"2147483648", b"<deg>",
)  # fmt: skip


def main() -> int:
    """Spoil, read and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="products to spoil")
    parser.add_argument("--count", type=int, default=10_000, help="of spoilt products (10000)")
    parser.add_argument("--seed", type=int, default=1, help="of the spoiling (1)")
    args = parser.parse_args()
    counts, slowest = fuzz(args.folder, args.count, args.seed)
    for outcome, number in counts.most_common():
        print(f"{number:6d}  {outcome}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"slowest product {1e3 * slowest:.0f} ms of processor time, peak memory {peak:.0f} MiB")
    return 0


def fuzz(folder: Path, count: int, seed: int) -> tuple[Counter[str], float]:
    """Outcomes of `count` spoilt products, and seconds of processor time of the slowest."""
    chance = random.Random(seed)
    sources = [
        (path.name, _small(path))
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
    ]
    counts: Counter[str] = Counter()
    slowest = 0.0
    work = Path(tempfile.mkdtemp(prefix="fuzz-pds-"))
    for path in folder.rglob("*.IMG"):  # what the XML labels name
        if path.with_suffix(".xml").exists():
            shutil.copy(path, work / path.name)
    for number in range(count):
        name, whole = chance.choice(sources)
        spoilt = spoil(whole, chance)
        path = work / f"spoilt{Path(name).suffix}"
        path.write_bytes(spoilt)
        start = time.process_time()
        try:
            counts[outcome(path)] += 1
        except Exception:
            print(f"number {number}, of {name}: {path}", file=sys.stderr)
            raise
        slowest = max(slowest, time.process_time() - start)
    shutil.rmtree(work)
    return counts, slowest


def outcome(path: Path) -> str:
    """`read`, or the keyword that an error named, without what is inside its brackets."""
    try:
        product = read_product(path)
        describe.lines(describe.described(product))
        counts = pixels.counts(product)
        pixels.grey(counts, product.bits, pixels.white_level(product, counts))
        if sequence.arrange([product]).shots:
            view.rectified(product, None)
    except PdsError as error:
        if not str(error).startswith(f"{error.path}: {error.keyword}: ") or not error.keyword:
            raise AssertionError(f"error without file and keyword: {error}") from error
        return f"refused: {re.sub(r' .line.*', '', error.keyword)[:40]}"
    return "read"


def spoil(whole: bytes, chance: random.Random) -> bytes:
    """One to three random changes."""
    for _ in range(chance.randint(1, 3)):
        whole = chance.choice((_number, _number, _bytes, _cut, _line, _twice, _end, _pixels))(
            whole, chance
        )
    return whole


def _number(whole: bytes, chance: random.Random) -> bytes:
    """A number of the label becomes another one, or none."""
    numbers = list(_NUMBER.finditer(whole[:_LABEL]))
    if not numbers:
        return whole
    match = chance.choice(numbers)
    return whole[: match.start()] + chance.choice(_ABSURD) + whole[match.end() :]


def _bytes(whole: bytes, chance: random.Random) -> bytes:
    """Up to eight bytes of the label become others."""
    changed = bytearray(whole)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(min(len(changed), _LABEL))] = chance.randrange(256)
    return bytes(changed)


def _cut(whole: bytes, chance: random.Random) -> bytes:
    """A piece is missing."""
    start = chance.randrange(len(whole) + 1)
    return whole[:start] + whole[start + chance.randint(1, 400) :]


def _line(whole: bytes, chance: random.Random) -> bytes:
    """Two lines change their places, or a keyword is one that nobody knows."""
    lines = whole[:_LABEL].split(b"\n")
    if len(lines) < 3:
        return whole
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    if chance.random() < 0.5:
        lines[one] = lines[one].replace(b"=", b"_UNKNOWN =", 1)
    return b"\n".join(lines) + whole[_LABEL:]


def _twice(whole: bytes, chance: random.Random) -> bytes:
    """A piece is there twice."""
    start = chance.randrange(len(whole) + 1)
    piece = whole[start : start + chance.randint(1, 2000)]
    return whole[:start] + piece + whole[start:]


def _end(whole: bytes, chance: random.Random) -> bytes:
    """The file is cut short."""
    return whole[: chance.randrange(len(whole) + 1)]


def _pixels(whole: bytes, chance: random.Random) -> bytes:
    """The last bytes are noise: nan, infinities, anything."""
    size = min(len(whole) // 2, 512)
    return whole[: len(whole) - size] + chance.randbytes(size)


def _small(path: Path) -> bytes:
    """The bytes of a product; of a large PDS3 one with its image cut down."""
    raw = path.read_bytes()
    if len(raw) <= SMALL or path.suffix.lower() == ".xml":
        return raw
    product = read_product(path)
    head, raster = raw[: product.raster.offset], product.raster
    for keyword, value in ((b"LINES", raster.lines), (b"LINE_SAMPLES", raster.samples)):
        stated = rb"(\r\n\s+" + keyword + rb"\s+= )" + str(value).encode() + rb"\b"
        at = head.index(b"= IMAGE\r\n")
        head = head[:at] + re.sub(stated, rb"\g<1>" + str(EDGE).encode(), head[at:], count=1)
    head = head.ljust(raster.offset)
    start = raster.offset
    return head + raw[start : start + EDGE * EDGE * raster.bands * raster.dtype.itemsize]


if __name__ == "__main__":
    sys.exit(main())

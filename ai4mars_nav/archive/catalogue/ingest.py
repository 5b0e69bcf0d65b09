"""Sources into the catalogue: what is new or has changed, in batches that survive a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai4mars_nav.archive.catalogue import from_landmarks as landmarks
from ai4mars_nav.archive.catalogue import from_novel as novel
from ai4mars_nav.archive.catalogue.entry import Entry
from ai4mars_nav.archive.catalogue.from_bag import BagSource
from ai4mars_nav.archive.catalogue.from_labels import LabelSource
from ai4mars_nav.archive.catalogue.from_landmarks import LandmarkSource
from ai4mars_nav.archive.catalogue.from_novel import NovelSource
from ai4mars_nav.archive.catalogue.from_pds import PdsSource
from ai4mars_nav.archive.catalogue.from_pictures import PictureSource
from ai4mars_nav.archive.catalogue.from_table import JOURNAL, TableSource
from ai4mars_nav.archive.catalogue.source import Source
from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.catalogue.write import Batch, Unit, put, stamps_of
from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.images import IMAGE_SUFFIXES
from ai4mars_nav.dataset.parallel import each
from ai4mars_nav.dataset.releases import folders_of
from ai4mars_nav.pds.find import SUFFIXES

BATCH = 10_000
"""Images, or units, of one transaction: what a kill costs at most."""
_BAG, _BAG_FILES = "metadata.yaml", (".mcap", ".db3")


@dataclass(frozen=True)
class Report:
    """What became of a source."""

    images: int
    """Read in this run."""
    done_before: int
    """Units that were in the catalogue as they are."""
    problems: tuple[str, ...]


Tell = Callable[[int, int], None]
"""Is told how many units of how many have been read."""


def sources_of(path: Path, images: Path | None = None) -> list[Source]:
    """What a path holds, told from what lies there."""
    path = path.resolve()
    if not path.exists():
        raise ArchiveError(f"{path}: there is no such file or folder")
    images = None if images is None else images.resolve()
    # landmarks keep a journal, too
    if (path / landmarks.TABLE).is_file():
        return [LandmarkSource(path, images)]
    if (path / novel.DOCUMENT).is_file():
        return [NovelSource(path, images)]
    if (path / JOURNAL).is_file():
        return [TableSource(path, images)]
    if path.suffix in _BAG_FILES or (path / _BAG).is_file():
        return [BagSource(path)]
    if path.is_file():
        return [PdsSource(path)]
    if _is_release(path):
        return [LabelSource(path)]
    found: list[Source] = [BagSource(one.parent) for one in sorted(path.rglob(_BAG))]
    suffixes = {one.suffix.lower() for one in path.rglob("*") if one.is_file()}
    if suffixes & set(SUFFIXES):
        found.append(PdsSource(path))
    if suffixes & set(IMAGE_SUFFIXES):
        found.append(PictureSource(path))
    if not found:
        raise ArchiveError(
            f"{path}: no table of classes, PDS products, AI4Mars folders, bags or pictures in it"
        )
    return found


def ingest(
    database: Database, source: Source, jobs: int = 1, tell: Tell | None = None, batch: int = BATCH
) -> Report:
    """Bring a source into the catalogue; killed at any time, the next run goes on."""
    prepare(database)
    known = stamps_of(database, source.place)
    units = list(source.units())
    todo = [unit for unit in units if known.get(unit.name) != unit.stamp]
    if source.root is not None:
        _register(database, source.root)
    images, problems = 0, list(source.odd())
    for made in _batches(source, todo, jobs, batch, tell):
        put(database, made)
        images += len(made.entries)
        problems += [text for _, _, found in made.units for text in found]
    return Report(images, len(units) - len(todo), tuple(problems))


def roots_of(database: Database) -> tuple[Path, ...]:
    """The folders that were ingested, and are there."""
    prepare(database)
    with database.reading() as session:
        rows = session.run("SELECT folder FROM catalogue_roots ORDER BY folder")
    return tuple(Path(folder) for (folder,) in rows if Path(folder).is_dir())


def _batches(
    source: Source, todo: Sequence[Unit], jobs: int, size: int, tell: Tell | None
) -> Iterator[Batch]:
    units: list[tuple[Unit, int, tuple[str, ...]]] = []
    entries: list[Entry] = []
    for done, (unit, read) in enumerate(each(source.read, todo, jobs), 1):
        units.append((unit, len(read.entries), read.problems))
        entries += read.entries
        if len(entries) >= size or len(units) >= size or done == len(todo):
            yield Batch(source.place, tuple(units), tuple(entries))
            units, entries = [], []
            if tell is not None:
                tell(done, len(todo))


def _register(database: Database, root: Path) -> None:
    with database.writing() as session:
        session.run(
            "INSERT INTO catalogue_roots VALUES (?) ON CONFLICT (folder) DO NOTHING", str(root)
        )


def _is_release(path: Path) -> bool:
    try:
        return bool(folders_of(path))
    except DatasetError:
        return False

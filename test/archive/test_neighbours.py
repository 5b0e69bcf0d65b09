"""What looks alike: exact, by the bytes that are kept, and by a real look at pictures."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.archive.catalogue.ingest import ingest, sources_of
from ai4mars_nav.archive.catalogue.look import look
from ai4mars_nav.archive.catalogue.records import records_of
from ai4mars_nav.archive.catalogue.vector_kernels import closeness
from ai4mars_nav.archive.catalogue.vectors import DIMENSIONS, Neighbours, compact
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.web.pictures import colours_of, place_of
from ai4mars_nav.dataset.images import write_image
from ai4mars_nav.share import content_model_file


def test_closeness_is_the_cosine():
    rng = np.random.default_rng(1)
    vectors = rng.integers(-127, 128, (300, DIMENSIONS), dtype=np.int8)
    vectors[7] = 0
    wide = vectors.astype(np.float64)
    for at in (0, 3):
        lengths = np.linalg.norm(wide, axis=1) * np.linalg.norm(wide[at])
        plain = np.divide(wide @ wide[at], lengths, out=np.zeros(300), where=lengths > 0)
        assert closeness(vectors, vectors[at]) == pytest.approx(plain, abs=1e-6)
    assert not closeness(vectors, vectors[7]).any()


def test_compact_vectors_keep_angles():
    rng = np.random.default_rng(2)
    features = np.abs(rng.standard_normal((60, 2560))) * rng.random((60, 1))
    features[30:] += features[0] * 2.0
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    kept = compact(features).astype(np.float64)
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    assert np.abs(unit @ unit.T - kept @ kept.T).max() < 0.25
    assert np.abs(unit @ unit.T - kept @ kept.T).mean() < 0.05
    # the length of the features says nothing
    assert np.abs(compact(features) - compact(3.0 * features)).max() <= 1


def scene(kind: int, seed: int) -> np.ndarray:
    """A picture of one of two kinds: stripes, or a bright disc."""
    y, x = np.mgrid[0:96, 0:96]
    stripes = 127 + 120 * np.sign(np.sin((x + seed) / 5.0))
    disc = np.where((x - 48 - seed) ** 2 + (y - 48) ** 2 < 900, 230, 40)
    picture = (stripes if kind == 0 else disc)[..., None] * np.array([1.0, 0.8, 0.6])
    return picture.astype(np.uint8)


@pytest.fixture
def pictures(tmp_path):
    """Three of each kind, and one that cannot be read."""
    folder = tmp_path / "pictures"
    for kind in (0, 1):
        for seed in range(3):
            write_image(folder / f"{'sd'[kind]}{seed}.png", scene(kind, seed))
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def test_images_of_one_kind_are_neighbours(database, pictures):
    (source,) = sources_of(pictures)
    ingest(database, source)
    model = content_model_file("hirisenet")

    def read(record):
        return colours_of(place_of((pictures.resolve(),), record), record)

    first = look(database, model, read)
    assert first.images == 6 and len(first.problems) == 1 and "bad.png" in first.problems[0]
    assert look(database, model, read).images == 0
    neighbours = Neighbours(database)
    names = {one.name: one.id for one in records_of(database, list(range(1, 8)))}
    for start in "sd":
        found = neighbours.of(names[f"pictures/{start}0.png"], 2)
        assert {one.image for one in found} == {names[f"pictures/{start}{n}.png"] for n in (1, 2)}
        assert all(0.0 < one.likeness <= 1.0 for one in found)
        assert [one.likeness for one in found] == sorted((o.likeness for o in found), reverse=True)
    assert neighbours.of(names["pictures/bad.png"], 3) == []
    # what comes later is found without a new start
    write_image(pictures / "s9.png", scene(0, 4))
    ingest(database, source)
    assert look(database, model, read).images == 1
    assert len(neighbours.of(names["pictures/s0.png"], 20)) == 6


def test_the_command_looks_at_what_was_ingested(tmp_path, pictures, capsys):
    store = ["--store", str(tmp_path / "a.db")]
    assert cli.main(["archive", "ingest", str(pictures), *store]) == 0
    assert cli.main(["archive", "look", "--model", "hirisenet", *store]) == 0
    assert "6 images looked at, 1 could not be" in capsys.readouterr().err


def test_a_picture_below_no_root_is_not_looked_at(database, pictures, tmp_path):
    (source,) = sources_of(pictures)
    ingest(database, source)
    (record,) = records_of(database, [1])
    with pytest.raises(ArchiveError, match="below no registered root"):
        place_of((tmp_path / "elsewhere",), record)

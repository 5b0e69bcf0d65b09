"""`ai4mars content novel`: what is new is found, shown and explained; a killed run goes on."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.content import feature_store
from ai4mars_nav.content.classify import find_images
from ai4mars_nav.content.demud import load_demud
from ai4mars_nav.content.feature_store import FeatureStore
from ai4mars_nav.content.features import pooled
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.content.where_new import in_words, places_of

from .conftest import paint


def novel(capsys, *words):
    code = cli.main(["content", "novel", *(str(word) for word in words), "--jobs", "1"])
    return code, *capsys.readouterr()


@pytest.fixture
def archive(tmp_path):
    """Twelve red pictures that are known; two red ones and one with a blue corner that are not."""
    for number in range(12):
        paint(tmp_path / "old" / f"{number:04d}ML0000000000000000I01_DRCL.png", 0, seed=number)
    for number in (20, 21):
        paint(tmp_path / "new" / f"{number:04d}ML0000000000000000I01_DRCL.png", 0, seed=number)
    odd = paint(tmp_path / "new" / "0022MR0000000000000000I01_DRCL.png", 0, seed=22)
    pixels = cv2.imread(str(odd))
    pixels[20:, 20:] = (250, 0, 0)
    assert cv2.imwrite(str(odd), pixels)
    return tmp_path


def test_what_is_new_comes_first_with_where_and_beside_what(archive, seeing_model, capsys):
    out = archive / "out"
    code, told, heard = novel(
        capsys, archive / "new", "--model", seeing_model, "--known", archive / "old", "-o", out,
        "-n", 2, "--components", 2,
    )  # fmt: skip
    assert code == 0, heard
    rows = list(csv.DictReader((out / "novel.csv").open()))
    assert [row["rank"] for row in rows] == ["1", "2"]
    assert rows[0]["product"] == "0022MR0000000000000000I01_DRCL"
    assert rows[0]["instrument"] == "mastcam right" and rows[0]["where"].startswith("lower right")
    assert rows[0]["nearest"].startswith("00") and float(rows[0]["unexplained"]) > 0.5
    found = json.loads((out / "novel.json").read_text())
    assert found["images"] == 3 and found["known"] == 12 and found["model"] == "seeing"
    first = found["newest"][0]
    assert np.argmax(first["places"]) == 3
    assert np.sum(first["places"]) == pytest.approx(first["score"], abs=1e-4)
    assert first["expected"]["class"] == "red"
    page = (out / "novel.html").read_text()
    assert page.count("<figure>") == 2 and "0022MR" in told
    # where it is new is warm, elsewhere the picture is grey
    strip = cv2.imread(str(out / "new-001.jpg")).astype(int)
    side = strip.shape[0]
    warm = strip[..., 2] - strip[..., 0]
    second = slice(side + 6, 2 * side + 6)
    assert warm[:, second][-40:, -40:].mean() > 60 > 20 > warm[:, second][:40, :40].mean()
    # all that were shown are known from now on
    assert load_demud(out / "known.npz").count == 14


def test_without_anything_known_there_is_nothing_beside_the_first(archive, seeing_model, capsys):
    out = archive / "out"
    code, _, heard = novel(capsys, archive / "new", "--model", seeing_model, "-o", out)
    assert code == 0, heard
    rows = list(csv.DictReader((out / "novel.csv").open()))
    assert len(rows) == 3 and rows[0]["nearest"] == "" and rows[0]["unexplained"] == "1.0"
    assert rows[1]["nearest"] == rows[0]["image"]


def test_known_images_among_the_others_are_left_out(archive, seeing_model, capsys):
    listed = archive / "all.txt"
    names = [path.relative_to(archive) for path in sorted(archive.rglob("*.png"))]
    listed.write_text("\n".join(str(name) for name in names))
    out = archive / "out"
    words = (listed, "--model", seeing_model, "--known", archive / "old", "-o", out)
    assert novel(capsys, *words)[0] == 0
    rows = list(csv.DictReader((out / "novel.csv").open()))
    assert sorted(row["image"] for row in rows) == [str(n) for n in names if "new" in str(n)]
    code, _, heard = novel(
        capsys, archive / "old", "--model", seeing_model, "--known", archive / "old", "-o",
        archive / "none",
    )  # fmt: skip
    assert code != 0 and "every image of it is one of" in heard


def test_bad_images_are_named_and_a_run_again_does_only_what_is_new(archive, seeing_model, capsys):
    out = archive / "out"
    (archive / "new" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    words = (archive / "new", "--model", seeing_model, "-o", out)
    code, _, heard = novel(capsys, *words)
    assert code == 0 and "cut.png" in heard and "look: 4 images, 0 are done" in heard
    document = json.loads((out / "novel.json").read_text())
    assert document["problems"] == {"unreadable file": 1} and document["images"] == 3
    paint(archive / "new" / "0023ML0000000000000000I01_DRCL.png", 2, seed=3)
    assert "look: 1 images, 4 are done" in novel(capsys, *words)[2]
    # mended since
    paint(archive / "new" / "cut.png", 1)
    assert "look: 1 images, 4 are done" in novel(capsys, *words)[2]
    document = json.loads((out / "novel.json").read_text())
    assert document["problems"] == {} and document["images"] == 5


def test_killed_between_a_part_and_its_line_it_looks_at_each_image_once(
    archive, seeing_model, monkeypatch
):
    sidecar, _ = load_content_model(seeing_model)
    images = find_images(archive / "old")
    whole = FeatureStore(archive / "whole", sidecar)
    whole.fill(seeing_model, whole.todo(images), 1, lambda _: None, part=5)

    class Killed(Exception):
        pass

    def kill(*_):
        raise Killed

    store = FeatureStore(archive / "killed", sidecar)
    store.fill(seeing_model, images[:5], 1, lambda _: None, part=5)
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(feature_store.Journal, "add", kill)
        store.fill(seeing_model, images[5:10], 1, lambda _: None, part=5)
    again = FeatureStore(archive / "killed", sidecar)
    todo = again.todo(images)
    assert todo == images[5:]
    again.fill(seeing_model, todo, 1, lambda _: None, part=5)
    np.testing.assert_array_equal(again.read(images).matrix, whole.read(images).matrix)


def test_the_shares_of_all_places_add_up_to_the_score():
    rng = np.random.default_rng(0)
    seen = rng.random((8, 3, 5)).astype(np.float32)
    seen[3] = 0.0
    residual = pooled(seen) - rng.random(16)
    places = places_of(seen, residual)
    assert places.shape == (3, 5)
    assert places.sum() == pytest.approx(np.linalg.norm(residual))
    assert not places_of(seen, np.zeros(16)).any()


def test_a_maximum_that_is_new_lies_where_it_is_and_one_that_is_missing_nowhere():
    seen = np.zeros((1, 6, 6), np.float32)
    seen[0, 5, 0] = 1.0
    places = places_of(seen, np.array([0.0, 0.5]))
    assert places[5, 0] == 0.5 and places.sum() == 0.5
    assert in_words(places) == "lower left (100%)"
    assert np.ptp(places_of(seen, np.array([0.0, -0.5]))) == 0.0
    assert in_words(np.zeros((6, 6))) == "nowhere"

"""The review: which labels are shown, the page, and ratings that are kept."""

from __future__ import annotations

import html
import re

import cv2
import numpy as np
import pytest

from ai4mars_nav import terrain
from ai4mars_nav.cli import main
from ai4mars_nav.dataset import chart, layout, review, review_page, tables
from ai4mars_nav.dataset.errors import DatasetError


def test_the_lowest_fifth_is_shown_the_worst_first():
    scores = {("P", f"u{n}"): n / 10 for n in range(10)} | {("Q", "alone"): float("nan")}
    assert review.lowest(scores, 0.2) == [("P", "u0"), ("P", "u1")]
    assert len(review.lowest(scores, 0.21)) == 3
    assert review.lowest({}, 0.2) == []
    with pytest.raises(DatasetError, match="share"):
        review.lowest(scores, 0.0)


def test_an_overlay_colours_what_is_labelled_only():
    picture = np.full((20, 30, 3), 100, np.uint8)
    label = np.full((20, 30), 255, np.uint8)
    label[:, 15:] = 2
    shown = review.overlay(picture, label)
    assert shown.shape == (20, 60, 3)
    assert (shown[:, :45] == 100).all()
    expected = 100 * (1 - review.OPACITY) + terrain.COLOURS[2] * review.OPACITY
    np.testing.assert_allclose(shown[5, 50], expected, atol=1.0)
    np.testing.assert_array_equal(shown[5, 45], terrain.COLOURS[2])  # its edge
    assert review.overlay(None, label).shape == (20, 30, 3)


def test_dark_pictures_are_shown_bright():
    grey = np.tile(np.linspace(20, 60, 64).astype(np.uint8)[:, None, None], (1, 64, 3))
    shown = review.overlay(grey, np.full((64, 64), 255, np.uint8))
    assert (shown.min(), shown.max()) == (0, 255)
    assert (np.diff(shown[:, 0, 0].astype(int)) >= 0).all()


def test_the_page_says_what_it_shows_and_nothing_gets_out_of_its_quotes():
    name = 'A"><script>x&'
    card = review_page.Card((name, "user 1"), 0.125, "pictures/a b#.jpg")
    text = review_page.page([card], {(name, "user 1"): 4})
    assert "<script>x" not in text
    assert html.escape(name, quote=True) in text
    assert "pictures/a%20b%23.jpg" in text
    assert "agreement 0.125" in text
    assert re.findall(r'value="(\d)" checked', text) == ["4"]
    for terrain_name in terrain.NAMES:
        assert terrain_name in text


@pytest.fixture
def campaign(tmp_path, product, put, blobs):
    """A data set and raw labels of it: user3 labels noise, the others agree."""
    grey = np.full((24, 40), 90, np.uint8)
    clear = np.zeros((24, 40), bool)
    for image in range(3):
        name = product(image)
        layout.write_frame(tmp_path / "data", name, "train", grey, grey * 0, (clear, clear))
        truth = np.kron(blobs(image, 1, (3, 5), 0.0)[0], np.ones((8, 8), np.uint8))
        for labeller in range(4):
            label = truth if labeller < 3 else blobs(image, 1)[0]
            put(tmp_path / "RAW" / name / f"user{labeller}.png", label)
    return tmp_path


def labels(*words):
    return main(["labels", *map(str, words)])


def test_from_scores_to_labels_that_are_thrown_out(campaign, product):
    raw, scores, out = campaign / "RAW", campaign / "scores.csv", campaign / "review"
    drawn = campaign / "scores.svg"
    words = ("agreement", raw, "-o", scores, "--histogram", drawn, "--jobs", 1)
    assert labels(*words) == 0
    assert "scores: 12 labels of 3 images, mean" in drawn.read_text()
    words = ("review", raw, "--scores", scores, "-o", out, "--data", campaign / "data")
    assert labels(*words) == 0
    ratings = tables.read_ratings(out / "ratings.csv")
    assert set(ratings) == {(product(n), "user3") for n in range(3)}
    assert set(ratings.values()) == {None}
    page = (out / "index.html").read_text()
    pictures = re.findall(r'src="(pictures/[^"]+)"', page)
    assert len(pictures) == 3
    for picture in pictures:
        assert cv2.imread(str(out / picture)).shape == (24, 80, 3)
    tables.write_ratings(out / "ratings.csv", ratings | {(product(0), "user3"): 1})
    assert labels(*words) == 0  # made again, the ratings are kept
    assert tables.read_ratings(out / "ratings.csv")[product(0), "user3"] == 1
    assert 'value="1" checked' in (out / "index.html").read_text()
    again = campaign / "again.csv"
    words = ("agreement", raw, "-o", again, "--ratings", out / "ratings.csv", "--jobs", 1)
    assert labels(*words) == 0
    left = tables.read_scores(again)
    assert (product(0), "user3") not in left
    assert len(left) == 11
    assert left[product(0), "user0"] == 1.0


def test_train_and_test_in_one_histogram(campaign, capsys):
    drawn, gold = campaign / "both.svg", campaign / "gold.csv"
    tables.write_scores(gold, {("P", "a"): 1.0, ("P", "b"): 1.0, ("Q", "c"): float("nan")})
    words = ("agreement", campaign / "RAW", "-o", campaign / "crowd.csv", "--jobs", 1)
    assert labels(*words, "--beside", gold) == 2
    assert "--histogram" in capsys.readouterr().err
    assert labels(*words, "--beside", gold, "--histogram", drawn) == 0
    text = drawn.read_text()
    assert "crowd: 12 labels of 3 images, mean 0." in text
    assert "gold: 2 labels of 2 images, mean 1.000" in text
    inks = re.findall(r'height="([\d.]+)" fill="(#[0-9a-f]{6})"', text)
    tall = [ink for height, ink in inks if float(height) > 10.0]
    assert len(set(tall)) == 2


def test_scores_that_cannot_be_read_are_named(campaign, capsys):
    (campaign / "scores.csv").write_text("product,labeller,score\nP,u,much\n")
    words = ("review", campaign / "RAW", "--scores", campaign / "scores.csv", "-o", campaign / "r")
    assert labels(*words) == 2
    assert "line 2: score 'much'" in capsys.readouterr().err


def test_a_histogram_draws_each_bin():
    text = chart.histogram("t", "x", {"a": [0.05, 0.05, 0.95, 1.0], "b": [0.5]}, bins=10)
    tall = [float(v) for v in re.findall(r'height="([\d.]+)" fill="#', text)]
    heights = [value for value in tall if value not in (10.0,)]  # less the legend's squares
    assert sum(value > 0 for value in heights) == 3
    assert text.startswith("<svg")

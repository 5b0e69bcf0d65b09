"""Pictures: what is drawn stands where its values say, and pages hold what they promise."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.learn.errors import ModelFileError
from ai4mars_nav.learn.pictures.axes import Axes, blank, column, dots, line
from ai4mars_nav.learn.pictures.big_rock import rock_page
from ai4mars_nav.learn.pictures.confusion import matrix
from ai4mars_nav.learn.pictures.examples import COUNT, Example, chosen, examples_page
from ai4mars_nav.learn.pictures.lists import Held, held, lists_page
from ai4mars_nav.learn.pictures.run import read_log, run_page
from ai4mars_nav.learn.pictures.sites import bars
from ai4mars_nav.learn.pictures.trust import reliability
from ai4mars_nav.learn.report import big_rock, by_site
from ai4mars_nav.learn.trust import trust_of

RED = (200, 0, 0)
AXES = Axes(20, 10, 100, 80, 0.0, 10.0, 0.0, 1.0)


def inked(picture, colour):
    """Rows and columns of the pixels of about one colour."""
    return np.nonzero(np.abs(picture.astype(int) - colour).max(axis=2) < 40)


def test_values_stand_where_the_axes_say_and_never_outside():
    found = AXES.at([0.0, 10.0, 5.0, 99.0], [0.0, 1.0, 0.5, -3.0])
    assert found.tolist() == [[20, 90], [120, 10], [70, 50], [120, 90]]


def test_a_dot_is_centred_on_its_value():
    picture = blank(140, 100)
    dots(picture, AXES, [5.0, np.nan], [0.5, 0.5], 6.0, RED)
    rows, columns = inked(picture, RED)
    assert abs(rows.mean() - 50) < 0.7 and abs(columns.mean() - 70) < 0.7


def test_a_line_is_broken_where_a_value_is_missing():
    picture = blank(140, 100)
    line(picture, AXES, np.arange(11.0), np.where(np.arange(11) == 5, np.nan, 0.5), RED)
    _, columns = inked(picture, RED)
    assert {*range(22, 59), *range(82, 118)} <= set(columns.tolist())
    assert not {*range(64, 77)} & set(columns.tolist())


def test_a_column_is_as_high_as_its_value():
    picture = blank(140, 100)
    column(picture, AXES, 2.0, 4.0, 0.75, RED)
    column(picture, AXES, 6.0, 8.0, 0.0, RED)
    rows, columns = inked(picture, RED)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (30, 90, 40, 59)


def test_a_page_of_examples_ranks_images_by_their_share_right():
    right = np.array([0.1, 0.9, 0.5, 0.7, 0.99, 0.3, 0.8, 0.95, 0.2])
    matrices = np.zeros((9, 4, 4), np.int64)
    matrices[:, 0, 0], matrices[:, 1, 0] = 1000 * right, 1000 * (1.0 - right)
    matrices[4] = np.diag([1000, 0, 0, 0])
    matrices[8] = np.diag([3, 3, 0, 0])
    pages = chosen(matrices)
    assert pages["best"] == [7, 1, 6, 3]
    assert pages["worst"] == [0, 5, 2, 3]
    assert pages["middle"] == [5, 2, 3, 6] and len(pages["middle"]) == COUNT
    assert chosen(np.zeros((2, 4, 4), np.int64)) == {}


def test_wrong_pixels_of_an_example_are_red_and_right_ones_as_light_as_sure():
    label = np.zeros((60, 60), np.uint8)
    label[:, :30], label[:20] = 1, 255
    said = np.zeros((60, 60), np.uint8)
    sure = np.full((60, 60), 0.5, np.float32)
    image = np.full((60, 60), 40, np.uint8)
    page = examples_page("t", "w", [Example("N", image, label, said, sure)])
    shades = page[118:418, -330:-30].astype(int)
    assert np.abs(shades[290, 10] - (184, 76, 71)).max() <= 2
    assert shades[290, 290].tolist() == shades[10, 10].tolist() == [128, 128, 128]


def test_an_example_without_a_label_is_shown_as_such():
    nothing = np.full((60, 60), 255, np.uint8)
    one = Example("N", nothing, nothing, np.zeros_like(nothing), np.ones((60, 60), np.float32))
    assert examples_page("t", "w", [one]).ndim == 3


def test_reliability_stands_below_the_diagonal_where_the_model_is_too_sure():
    truth = np.repeat(np.uint8([[0], [1]]), 500, axis=1)
    said, sure = np.zeros_like(truth), np.full(truth.shape, 0.9, np.float32)
    trust = trust_of(truth, said, sure)
    picture = reliability(trust, trust_of(truth, truth, sure), RED)
    rows, columns = inked(picture[:, 300:], RED)
    axes = Axes(56, 34, 318, 312, 0.0, 1.0, 0.0, 1.0)
    u, v = axes.at(0.9, 0.5)
    assert abs(rows.mean() - v) < 1.0 and abs(columns.mean() + 300 - u) < 1.0


def test_the_matrix_darkens_with_the_share_of_its_row():
    picture = matrix(np.array([[90, 10, 0, 0], [0, 5, 5, 0], [0, 0, 7, 0], [0, 0, 0, 0]]))
    corner = [picture[74 + 74 * row + 4, 190 + 118 * row + 4].astype(int).sum() for row in range(4)]
    assert corner[2] < corner[0] < corner[1] < corner[3] == 3 * 255


def test_a_bar_ends_at_the_score_of_its_site(product):
    half = np.array([[50, 50, 0, 0], [0, 100, 0, 0], [0] * 4, [0] * 4])
    names = [product(0, "002"), product(1, "005"), product(2, "007")]
    empty = np.zeros((4, 4), np.int64)
    rows = by_site(names, np.stack([half, np.diag([100, 0, 0, 0]), empty]))
    picture = bars(rows, 0.8)
    for index, score in ((0, (0.5 + 100 / 150) / 2), (1, 1.0)):
        row = picture[46 + 30 * index + 7]
        bar = np.flatnonzero((np.abs(row.astype(int) - (205, 213, 226)) < 6).all(axis=1))
        assert abs(bar.max() - (330 + 620 * score)) <= 2
    assert rows[2]["miou"] is None


def test_big_rock_without_any_is_still_a_page(product):
    names, none = [product(0, "002")], np.diag([9, 9, 9, 0])[None]
    assert rock_page("t", big_rock(names, none)).ndim == 3


def run_line(step, **more):
    losses = [1.0 / step] * 5
    one = {"step": step, "steps": 20, "loss": 1.0 / step, "rate": 1e-4, "step_s": 0.2}
    return json.dumps({**one, "eta_s": 1.0, "losses": losses, **more})


def test_lists_are_told_by_what_their_frames_hold(data):
    frames = frames_of_split(data, "val")
    name = frames[0].product
    one = held(frames, {(name.lower(), "a"): 0.5, (name, "b"): np.nan, ("other", "c"): 0.1})
    assert one.agreement.tolist() == [0.5]
    assert one.pixels.sum() == 6 * 60 * 64
    assert one.labelled.tolist() == [60 / 64] * 6
    assert one.brightness.size == 6 and 30 < one.brightness.min() < one.brightness.max() < 200


def test_columns_of_lists_are_as_high_as_their_shares():
    soil = Held(np.array([3, 1, 0, 0]), np.full(2, 60.0), np.ones(2), np.empty(0))
    rock = Held(np.array([0, 1, 0, 3]), np.full(2, 90.0), np.ones(2), np.empty(0))
    picture = lists_page("t", {"train": soil, "val": rock})[92 : 92 + 340, 36 : 36 + 520]
    high = {}
    for ink in ((96, 121, 159), (200, 96, 56)):
        rows, _ = np.nonzero((picture[34:] == ink).all(axis=2))
        high[ink] = 264 - rows.min()
    assert high[96, 121, 159] == pytest.approx(high[200, 96, 56], abs=1)
    assert high[96, 121, 159] / 264 == pytest.approx(0.75 / 0.9, abs=0.01)


def test_split_draws_its_lists(data, tmp_path):
    file = tmp_path / "lists.png"
    words = ["labels", "split", data, "-o", tmp_path / "lists", "--picture", file]
    assert main([*map(str, words), "--shares", "train=0.5", "val=0.5"]) == 0
    assert cv2.imread(str(file)).std() > 5


def test_a_run_is_read_with_every_loss_and_validation_where_it_is(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(f"{run_line(5)}\n{run_line(10, validation={'miou': 0.4})}\n" + '{"step": 15, ')
    log = read_log(path)
    assert log.losses.tolist() == [0.2] * 5 + [0.1] * 5
    assert log.ends.tolist() == [5, 10]
    assert (log.scored.tolist(), log.miou.tolist()) == ([10], [0.4])
    whole = run_page("run", log)
    path.write_text(f"{run_line(5)}\n{run_line(10)}\n")
    assert run_page("run", read_log(path)).shape == whole.shape


def test_a_log_that_is_none_is_refused_by_name(tmp_path):
    path = tmp_path / "log.jsonl"
    for text in ("", "[1]\n", '{"step": 1}\n'):
        path.write_text(text)
        with pytest.raises(ModelFileError, match=r"log\.jsonl"):
            read_log(path)

"""The crowd study: labellers do have their habits, and its answers come out of the data."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ai4mars_nav.dataset import crowd_study
from ai4mars_nav.dataset.crowd_study import METHODS, Scale, Score
from ai4mars_nav.dataset.simulated_crowd import (
    CROWDS,
    HABITS,
    draw_label,
    make_crowd,
    make_scene,
)

SMALL = Scale(edge=48, train=8, test=4, population=12, sample=1500)


def test_scenes_have_all_grounds_and_few_rocks():
    rng = np.random.default_rng(0)
    shares = np.mean(
        [np.bincount(make_scene(96, rng).truth.ravel(), minlength=4) for _ in range(30)], axis=0
    )
    shares /= shares.sum()
    assert (shares[:3] > 0.2).all()
    assert 0.002 < shares[3] < 0.06


@pytest.mark.parametrize("habit", HABITS)
def test_labellers_confuse_as_they_are_said_to(habit):
    rng = np.random.default_rng(1)
    labeller = dataclasses.replace(HABITS[habit], edge=0.0)
    said, blank = np.zeros((4, 4)), []
    for _ in range(60):
        scene = make_scene(64, rng)
        label = draw_label(scene, labeller, rng)
        blank.append((label == 255).mean())
        seen = label != 255
        np.add.at(said, (scene.truth[seen], label[seen]), 1)
    assert np.mean(blank) == pytest.approx(labeller.blank, abs=0.08)
    shares = said / said.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares[:3], labeller.confusion[:3], atol=0.06)
    np.testing.assert_allclose(shares[3], labeller.confusion[3], atol=0.2)  # few pixels


def test_edges_are_drawn_off_by_pixels_not_more():
    rng = np.random.default_rng(2)
    scene = make_scene(96, rng)
    sure = dataclasses.replace(HABITS["average"], confusion=np.eye(4), blank=0.0)
    wrong = [
        (draw_label(scene, dataclasses.replace(sure, edge=edge), rng) != scene.truth).mean()
        for edge in (0.0, 1.0, 4.0)
    ]
    assert wrong[0] == 0.0
    assert 0.005 < wrong[1] < 0.5 * wrong[2] < 0.2


def test_crowds_are_of_their_habits():
    for shares in CROWDS.values():
        assert sum(shares.values()) == pytest.approx(1.0)
    crowd = make_crowd("biased", 400, np.random.default_rng(0))
    share = np.mean([one.name.endswith("sand is soil") for one in crowd])
    assert share == pytest.approx(CROWDS["biased"]["sand is soil"], abs=0.1)
    for labeller in crowd:
        np.testing.assert_allclose(labeller.confusion.sum(axis=1), 1.0)


def test_one_run_again_is_the_same_and_truth_teaches_best():
    first = crowd_study.run_once("biased", 5, 3, SMALL)
    assert crowd_study.run_once("biased", 5, 3, SMALL) == first
    assert set(first) == set(METHODS)
    assert first["truth"].label_accuracy == first["truth"].coverage == 1.0
    assert first["truth"].accuracy == max(score.accuracy for score in first.values())
    assert first["soft votes"].coverage > first["majority merge"].coverage
    assert first["majority merge"].label_accuracy > first["random label"].label_accuracy


def test_the_table_and_plot_tell_the_scores():
    runs = [dict.fromkeys(METHODS, Score(0.5, 0.25, 0.75, value)) for value in (0.4, 0.6)]
    results = {("typical", 3): runs}
    lines = crowd_study.table(results).splitlines()
    assert len(lines) == 2 + len(METHODS)
    assert "0.500 ± 0.000 | 0.250 ± 0.000 | 0.750 ± 0.000 | 0.500 ± 0.100" in lines[2]
    drawn = crowd_study.plot(results, "miou", "a title")
    assert "typical, 3" in drawn
    assert drawn.count("<rect") == 1 + 2 * len(METHODS)

"""The classifiers in models/content/: whole, credited, and right about the published lists."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.content.calibration import calibrated
from ai4mars_nav.content.classifier import open_classifier
from ai4mars_nav.content.judge import see
from ai4mars_nav.content.label_lists import shown_in
from ai4mars_nav.content.label_set import read_label_set
from ai4mars_nav.content.listed import read_list
from ai4mars_nav.content.multi_label_list import labels_matrix
from ai4mars_nav.content.multi_label_report import claims_of
from ai4mars_nav.content.multi_label_scores import average_precisions
from ai4mars_nav.content.multi_label_sidecar import load_multi_label_model
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.share import SettingsError, content_model_file, label_set_file

DATA = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))
LISTS = {
    "mslnet": ("deepmars-msl", "val-calibrated-shuffled.txt", 25, 0.8),
    "hirisenet": ("deepmars-hirise", "val.txt", 7, 0.8),
}
"""Folder, list, classes, and what every eighth picture of the list must reach at least."""


@pytest.mark.parametrize("name", LISTS)
def test_weights_sidecar_and_card_belong_together(name):
    path = content_model_file(name)
    sidecar, content = load_content_model(path)
    assert sidecar.name == name and len(sidecar.classes) == LISTS[name][2]
    assert len(content) < 5_000_000
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    assert sidecar.training["attribution"] in card and "Wagstaff" in card
    alone = sidecar.scores["validation"]
    for held in (alone, alone["together"]):
        assert f"{held['halves']['accuracy']:.3f}" in card
    assert alone["together"]["halves"]["nll"] < alone["halves"]["nll"]


@pytest.mark.parametrize("name", LISTS)
def test_answers_on_the_validation_list(name):
    folder, listed, classes, least = LISTS[name]
    root = DATA / folder
    if not root.is_dir():
        pytest.skip(f"needs {folder} (AI4MARS_DATA)")
    path = content_model_file(name)
    chosen = read_list(root / listed, root, classes, Findings(skip=False))[::8]
    seen = see(path, chosen, Findings(skip=False), 1, lambda _: None)
    by = [one.origin.instrument for one in seen.listed]
    sidecar, _ = load_content_model(path)
    groups = [one.origin.group for one in seen.listed]
    alone = calibrated(seen.logits, sidecar.calibration, by)
    together = sidecar.in_company(seen.logits, groups, by)
    for shares in (alone, together):
        assert (shares.argmax(1) == [one.kind for one in seen.listed]).mean() > least


def test_a_name_that_is_not_there_names_those_that_are():
    with pytest.raises(
        SettingsError, match="there are ai4mars-scenes, hirisenet, mslnet, rover-or-surface"
    ):
        content_model_file("moonnet")


@pytest.mark.parametrize("name", LISTS)
def test_what_was_seen_comes_with_the_same_logits(name):
    classifier = open_classifier(content_model_file(name))
    picture = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    look = classifier.look(picture)
    np.testing.assert_array_equal(look.logits, classifier.logits(picture))
    assert look.seen.shape == (1280, 6, 6) and 0.0 <= look.seen.min() < look.seen.max() <= 6.0


def test_a_picture_of_nothing_gets_probabilities():
    shares = open_classifier(content_model_file("mslnet")).probabilities(
        np.zeros((30, 500, 3), np.uint8), "mahli"
    )
    assert shares.sum() == pytest.approx(1.0) and shares.min() >= 0.0


def test_the_scenes_model_is_whole_and_its_card_says_what_it_holds():
    path = content_model_file("ai4mars-scenes")
    sidecar, content = load_multi_label_model(path)
    label_set = read_label_set(label_set_file("ai4mars-scenes"))
    assert sidecar.classes == label_set.names and len(content) < 6_000_000
    card = path.with_suffix(".md").read_text(encoding="utf-8")
    judged = sidecar.scores["judged"]
    assert sidecar.training["attribution"] in card and f"{judged['mean_ece']:.4f}" in card
    assert judged["groups"] == 9


def test_the_scenes_model_on_other_sites():
    root = DATA / "ai4mars-256"
    if not root.is_dir():
        pytest.skip("needs ai4mars-256 (AI4MARS_DATA)")
    path = content_model_file("ai4mars-scenes")
    label_set = read_label_set(label_set_file("ai4mars-scenes"))
    listed = shown_in(root / "splits/val.txt", root, label_set, Findings(skip=False))[::8]
    seen = see(path, listed, Findings(skip=False), 1, lambda _: None)
    groups = [one.origin.group for one in seen.listed]
    sidecar, _ = load_multi_label_model(path)
    _, after = claims_of(seen.logits, labels_matrix(seen.listed), groups, sidecar)
    # answers at random would have the classes' mean share, .19
    assert np.nanmean(average_precisions(after)) > 0.5

"""Pictures of a group tell each other what is common there; alone they stay as they are."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.content import calibrate, scores
from ai4mars_nav.content.border import Border
from ai4mars_nav.content.calibration import Calibration, Scaling, softmax
from ai4mars_nav.content.classifier import Classifier, open_classifier
from ai4mars_nav.content.landmark_run import LandmarkRun
from ai4mars_nav.content.landmarked import landmarked
from ai4mars_nav.content.landmarks import LandmarkSettings
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.sidecar import (
    from_document,
    load_content_model,
    to_document,
    write_content_sidecar,
)
from ai4mars_nav.content.together import BEFOREHAND, Together, roles, told_together
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.perception.errors import ModelError

from . import orbit
from .conftest import paint

CLASSES = ("dune", "crater", "edge", "sun")
SUPPORT = (9, 9, 9, 0)
ROLES = roles(CLASSES, ("edge",), SUPPORT)
LEVEL = Scaling(1.0, (0.0, 0.0, 0.0))


def slowly(logits, groups, beforehand, rounds=100):
    """`told_together` with edge apart and sun unknown, picture by picture and class by class."""
    alone = [softmax(row[:3]) for row in logits]
    own = [list(row[:2]) for row in alone]
    found = own
    for _ in range(rounds):
        found = []
        for at, row in enumerate(alone):
            others = [
                own[other]
                for other in range(len(alone))
                if groups[other] == groups[at] and other != at
            ]
            heard = [sum(each[kind] for each in others) + beforehand / 2 for kind in range(2)]
            weighed = [row[kind] * heard[kind] for kind in range(2)]
            rest = row[0] + row[1]
            found.append([rest * each / sum(weighed) for each in weighed])
        own = [
            [(a + b) / 2 for a, b in zip(*each, strict=True)]
            for each in zip(own, found, strict=True)
        ]
    return np.array([[*new, row[2]] for new, row in zip(found, alone, strict=True)])


def crowded(seed=0):
    """Logits (n, 4), classes (n,) and groups of 30 groups, each mostly of one class of two."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(30), 20)
    kinds = np.where(rng.random(600) < 0.9, groups % 2, 1 - groups % 2)
    kinds[rng.random(600) < 0.2] = 2
    # so noisy that they are as sure as they are right
    logits = 0.9 * (rng.normal(0.0, 1.5, (600, 4)) + 2.0 * np.eye(4)[kinds])
    return logits, kinds, tuple(f"sol {at}" for at in groups)


def test_as_the_slow_twin_says():
    logits, _, groups = crowded()
    logits, groups = logits[:50], groups[:50]
    told = told_together(logits, groups, ROLES, BEFOREHAND)
    np.testing.assert_allclose(np.exp(told[:, :3]), slowly(logits, groups, BEFOREHAND), atol=1e-9)
    assert (told[:, 3] < -20).all()


def test_what_is_common_in_a_group_is_found_without_labels():
    logits, kinds, groups = crowded()
    before = calibrate.cross_fitted(logits, kinds, groups, ["hirise"] * 600, SUPPORT)[0]
    after = softmax(told_together(logits, groups, ROLES, BEFOREHAND))
    ground = kinds != 2
    assert (after[ground, :2].argmax(1) == kinds[ground]).mean() > (
        (before[ground, :2].argmax(1) == kinds[ground]).mean() + 0.05
    )
    both = [Judged(shares, kinds, groups) for shares in (before, after)]
    assert scores.surprise(both[1]) < scores.surprise(both[0]) - 0.05


def test_what_is_apart_keeps_its_probability():
    logits, _, groups = crowded()
    told = softmax(told_together(logits, groups, ROLES, BEFOREHAND))
    np.testing.assert_allclose(told[:, 2], softmax(logits[:, :3])[:, 2], atol=1e-9)


def test_a_picture_without_others_and_any_order_change_nothing():
    logits, _, groups = crowded()
    lone = told_together(logits, [str(at) for at in range(600)], ROLES, BEFOREHAND)
    np.testing.assert_allclose(np.exp(lone[:, :3]), softmax(logits[:, :3]), atol=1e-9)
    told = told_together(logits, groups, ROLES, BEFOREHAND)
    mixed = np.random.default_rng(1).permutation(600)
    again = told_together(logits[mixed], [groups[at] for at in mixed], ROLES, BEFOREHAND)
    np.testing.assert_allclose(again, told[mixed], atol=1e-9)


def test_two_cameras_of_a_sol_tell_each_other_nothing(crowd_model):
    sidecar, _ = load_content_model(crowd_model)
    logits = np.array([[1.2, 1.0, 0.0]] * 9 + [[1.0, 1.2, 0.0]])
    sols, mahli = ["sol 7"] * 10, ["mahli"] * 10
    assert sidecar.in_company(logits, sols, mahli).argmax(1).tolist() == [0] * 10
    two = [*mahli[:9], "mastcam left"]
    assert sidecar.in_company(logits, sols, two).argmax(1).tolist() == [0] * 9 + [1]


@pytest.fixture
def crowd_model(colour_model):
    """`colour_model`, whose pictures are told together, blue ones apart."""
    path = colour_model.with_name("crowd.onnx")
    path.write_bytes(colour_model.read_bytes())
    sidecar, _ = load_content_model(colour_model)
    model = replace(sidecar.model, file=path.name)
    together = Together(4.0, ("blue",), Calibration(LEVEL, 0.7, "its own definition"))
    write_content_sidecar(replace(sidecar, model=model, together=together), path)
    return path


def test_a_sidecar_comes_back(crowd_model):
    sidecar, _ = load_content_model(crowd_model)
    assert from_document(json.loads(json.dumps(to_document(sidecar))), "x.json") == sidecar
    assert sidecar.in_groups.calibration.abstain_below == 0.7
    assert sidecar.calibration.abstain_below == 0.6


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("beforehand", 0.0, "together.beforehand is 0.0, must be above 0"),
        ("apart", ["teal"], "together.apart names 'teal', which is none of its classes"),
        ("apart", ["red", "green", "blue"], "together.apart names every class"),
        ("calibration", {}, "together.calibration.temperature"),
        ("rounds", 3, "together.rounds is not a key"),
    ],
)
def test_a_sidecar_that_is_wrong_names_the_key(crowd_model, key, value, told):
    document = json.loads(crowd_model.with_suffix(".json").read_text())
    document["together"][key] = value
    with pytest.raises(ModelError, match=told):
        from_document(document, "x.json")


def test_evaluate_tells_of_each_group_together_and_of_each_picture_alone(
    tmp_path, crowd_model, capsys
):
    # one picture is a little more green than red; its sol is red
    lines = []
    for number in range(12):
        paint(tmp_path / f"0007MR00000{number:02d}.png", 0, seed=number)
        lines.append(f"0007MR00000{number:02d}.png 0")
    pixels = np.full((40, 40, 3), 60, np.uint8)
    pixels[..., 1] += 4
    cv2.imwrite(str(tmp_path / "0007MR0000099.png"), pixels)
    (tmp_path / "list.txt").write_text("\n".join([*lines, "0007MR0000099.png 0"]) + "\n")
    words = ["content", "evaluate", str(crowd_model), "--images", str(tmp_path)]
    words += ["--list", str(tmp_path / "list.txt"), "--json", str(tmp_path / "o.json")]
    words += ["--predictions", str(tmp_path / "p.csv"), "--jobs", "1"]
    assert cli.main(words) == 0
    found = json.loads((tmp_path / "o.json").read_text())
    assert (found["accuracy"], found["alone"]["accuracy"]) == (1.0, 12 / 13)
    assert found["abstain_below"] == 0.7
    told = capsys.readouterr().out
    assert "13 pictures told together, accuracy 1.000" in told
    assert "each alone, without the others of its sol and instrument or source image: accu" in told
    with (tmp_path / "p.csv").open() as file:
        assert {row["likeliest"] for row in csv.DictReader(file)} == {"red"}


def test_landmarks_of_an_image_are_told_together(crowd_model):
    sidecar, content = load_content_model(crowd_model)
    # grey squares look red, green and blue alike; what has no border is a little more red
    reddish = replace(sidecar.output, border=Border(0, -2.0, 0.2, 0.0, 0.1))
    classifier = Classifier(replace(sidecar, output=reddish), content)
    found = landmarked("ESP_011283_2265_RED", orbit.scene(1)[0], classifier, LandmarkSettings())
    assert len(found.landmarks) > 3
    alone = softmax(np.array([0.4, 0.0, 0.0]))
    for one in found.landmarks:
        assert one.answer == "red" and one.probability > alone[0] + 0.05
        # what red and green have between them stays, as blue is apart
        assert one.probability < 1.0 - alone[2] + 1e-6
    empty = landmarked("x", np.full((300, 300), 90, np.uint8), classifier, LandmarkSettings())
    assert empty.landmarks == ()


def test_landmarks_that_were_told_otherwise_are_not_gone_on_with(crowd_model, tmp_path):
    sidecar, _ = load_content_model(crowd_model)
    together = sidecar.together
    image = tmp_path / "ESP_011283_2265_RED.png"
    assert cv2.imwrite(str(image), np.full((300, 300), 90, np.uint8))
    begun = LandmarkRun(tmp_path / "out", sidecar, LandmarkSettings(), 0.9)
    begun.do(open_classifier(crowd_model), [(image.name, image)], lambda _: None)
    for changed, told in (
        (replace(together, beforehand=8.0), "beforehand"),
        (replace(together, apart=()), "apart"),
        (replace(together, calibration=replace(together.calibration, abstain_below=0.8)), "calib"),
    ):
        with pytest.raises(DatasetError, match=rf"begun with other settings \({told}"):
            other = replace(sidecar, together=changed)
            LandmarkRun(tmp_path / "out", other, LandmarkSettings(), 0.9)

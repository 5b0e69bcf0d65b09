"""Sidecars, calibration and scores, and `ai4mars content evaluate` from list to JSON."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.content import calibrate, scores
from ai4mars_nav.content.calibration import calibrated, softmax
from ai4mars_nav.content.classifier import open_classifier
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.network_sidecar import check_classes
from ai4mars_nav.content.scores import Judged
from ai4mars_nav.content.sidecar import from_document, load_content_model, to_document
from ai4mars_nav.perception.errors import ModelError

from .conftest import paint

SEEN = (9, 9, 9)
MAHLI = ["mahli"]


def test_a_sidecar_comes_back(colour_model):
    sidecar, _ = load_content_model(colour_model)
    document = json.loads(json.dumps(to_document(sidecar)))
    assert from_document(document, "x.json") == sidecar


@pytest.mark.parametrize(
    ("keys", "value", "told"),
    [
        (("format",), "ai4mars-model/1", "format is 'ai4mars-model/1'"),
        (("classes",), ["red", "red"], "classes names a class twice"),
        (("classes",), ["red"], "must be two names at least"),
        (("calibration", "bias"), [0.0], "calibration.bias has 1 numbers, must have 3"),
        (("calibration", "temperature"), 0.0, "calibration.temperature is 0.0"),
        (("calibration", "instruments"), {"mahli": 1}, "calibration.instruments.mahli must be"),
        (
            ("calibration", "instruments"),
            {"mahli": {"temperature": 1.0, "bias": [0.0]}},
            "calibration.instruments.mahli.bias has 1 numbers, must have 3",
        ),
        (
            ("calibration", "instruments"),
            {"mahli": {"temperature": 1.0, "bias": [0.0] * 3, "abstain_below": 0.5}},
            "calibration.instruments.mahli.abstain_below is not a key",
        ),
        (("input", "width"), 65, "input.width is 65, must be the height, 64"),
        (("preprocessing", "scale"), 1.0, "preprocessing.scale must be"),
        (("preprocessing", "mirrored"), 2, "preprocessing.mirrored is 2"),
        (("mood",), "good", "mood is not a key of this format"),
    ],
)
def test_a_sidecar_that_is_wrong_names_the_key(colour_model, keys, value, told):
    document = json.loads(colour_model.with_suffix(".json").read_text())
    section = document
    for key in keys[:-1]:
        section = section[key]
    section[keys[-1]] = value
    with pytest.raises(ModelError, match=f"x.json: .*{told}"):
        from_document(document, "x.json")


def test_a_class_map_of_other_weights(colour_model):
    sidecar, _ = load_content_model(colour_model)
    check_classes(sidecar, ("red", "green", "blue"), "map.txt")
    with pytest.raises(ModelError, match=r"map.txt: has 2 classes, colours.onnx .* with 3"):
        check_classes(sidecar, ("red", "green"), "map.txt")
    with pytest.raises(ModelError, match=r"map.txt: class 1 is 'teal', in colours.onnx it is"):
        check_classes(sidecar, ("red", "teal", "blue"), "map.txt")


def test_the_mirror_image_is_looked_at_too(colour_model):
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    classifier = open_classifier(colour_model)
    mean = (picture / 127.5 - 1.0).mean((0, 1)) * 10.0
    np.testing.assert_allclose(classifier.logits(picture), mean, atol=1e-4)
    np.testing.assert_allclose(classifier.probabilities(picture, "mahli"), softmax(mean), atol=1e-5)


def overconfident(count=2000, factor=4.0):
    """Logits that are `factor` times too large, and classes drawn by the right ones."""
    rng = np.random.default_rng(0)
    right = rng.normal(0.0, 1.5, (count, 3))
    chance = softmax(right)
    kinds = (rng.random((count, 1)) > chance.cumsum(1)).sum(1).clip(0, 2)
    return right * factor, kinds, tuple(f"sol {at // 50}" for at in range(count))


def test_a_temperature_is_found():
    logits, kinds, groups = overconfident()
    found = calibrate.fit_scaling(logits, kinds, SEEN)
    assert found.temperature == pytest.approx(4.0, rel=0.1)
    before, after = calibrate.cross_fitted(logits, kinds, groups, MAHLI * len(kinds), SEEN)
    assert scores.calibration_error(Judged(before, kinds, groups)) > 0.15
    assert scores.calibration_error(Judged(after, kinds, groups)) < 0.04


def test_how_common_a_class_is_is_found_and_few_pictures_do_not_shout():
    logits, kinds, _ = overconfident(factor=1.0)
    common = np.concatenate([np.flatnonzero(kinds == 0), np.flatnonzero(kinds == 1)[:100]])
    found = calibrate.fit_scaling(logits[common], kinds[common], SEEN)
    assert found.bias[0] - found.bias[1] == pytest.approx(np.log((kinds == 1).sum() / 100), abs=0.7)
    few = calibrate.fit_scaling(logits[:3], kinds[:3], SEEN)
    assert max(map(abs, few.bias)) < 0.5


def test_a_class_that_training_never_saw_is_never_answered():
    logits, kinds, _ = overconfident()
    support, by = (9, 0, 9), MAHLI * len(kinds)
    for found in (calibrate.fit(logits, kinds, by, support, "here"), calibrate.plain(support)):
        assert not (calibrated(logits, found, by).argmax(1) == 1).any()


def test_an_instrument_with_pictures_enough_has_a_scaling_of_its_own():
    logits, kinds, groups = overconfident()
    by = np.repeat(["mahli", "mastcam left", "mastcam right"], [1500, 450, 50])
    # one instrument's logits are far surer than the other's
    logits[by == "mastcam left"] *= 3.0
    found = calibrate.fit(logits, kinds, by.tolist(), SEEN, "here")
    assert set(found.instruments) == {"mahli", "mastcam left"}
    ratio = found.of("mastcam left").temperature / found.of("mahli").temperature
    assert ratio == pytest.approx(3.0, rel=0.2)
    assert found.of("mastcam right") == found.of("unknown") == found.shared
    shares = calibrated(logits, found, by.tolist())
    for at in (0, 1600, 1990):
        wanted = logits[at] / found.of(by[at]).temperature + found.of(by[at]).bias
        np.testing.assert_allclose(shares[at], softmax(wanted))
    _, after = calibrate.cross_fitted(logits, kinds, groups, by.tolist(), SEEN)
    _, shared = calibrate.cross_fitted(logits, kinds, groups, MAHLI * len(kinds), SEEN)
    assert scores.surprise(Judged(after, kinds, groups)) < scores.surprise(
        Judged(shared, kinds, groups)
    )


def test_one_instrument_alone_needs_no_scaling_of_its_own():
    logits, kinds, _ = overconfident()
    assert not calibrate.fit(logits, kinds, MAHLI * len(kinds), SEEN, "here").instruments


def test_a_scaling_by_instrument_comes_back_and_is_used(colour_model):
    document = json.loads(colour_model.with_suffix(".json").read_text())
    own = {"temperature": 2.0, "bias": [1.0, 0.0, 0.0]}
    document["calibration"]["instruments"] = {"mahli": own}
    sidecar = from_document(document, "x.json")
    assert json.loads(json.dumps(to_document(sidecar))) == document
    logits = np.array([[1.0, 2.0, 3.0]] * 2)
    shares = calibrated(logits, sidecar.calibration, ["mahli", "hirise"])
    np.testing.assert_allclose(shares, softmax(np.array([[1.5, 1.0, 1.5], [1.0, 2.0, 3.0]])))


def test_calibration_needs_pictures():
    with pytest.raises(ContentError, match="no picture to calibrate on"):
        calibrate.fit(np.empty((0, 3)), np.empty(0, np.int64), [], SEEN, "here")
    with pytest.raises(ContentError, match="two sols or source images"):
        calibrate.cross_fitted(
            np.zeros((4, 3)), np.zeros(4, np.int64), ["sol 1"] * 4, MAHLI * 4, SEEN
        )


def test_threshold():
    confidence = np.array([0.9, 0.8, 0.8, 0.6, 0.5])
    right = np.array([True, True, False, True, True])
    assert calibrate.threshold_for(confidence, right, 0.8) == 0.5
    assert calibrate.threshold_for(confidence, right, 1.0) == 0.9
    assert calibrate.threshold_for(confidence, np.zeros(5, bool), 0.9) == 1.0


def test_scores_by_hand():
    shares = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.1, 0.4]])
    judged = Judged(shares, np.array([0, 1, 1, 0]), ("a", "a", "b", "b"))
    assert scores.accuracy(judged) == 0.75
    assert scores.confusion(judged).tolist() == [[2, 0, 0], [1, 1, 0], [0, 0, 0]]
    first, second, third = scores.by_class(scores.confusion(judged))
    assert (first.precision, first.recall, first.f1) == (2 / 3, 1.0, 0.8)
    assert (second.precision, second.recall) == (1.0, 0.5)
    assert (third.support, third.precision, third.recall, third.f1) == (0, None, None, None)
    kept = scores.curve(judged, [0.0, 0.65, 0.99])
    assert [(k.accuracy, k.abstained) for k in kept] == [(0.75, 0.0), (1.0, 0.5), (None, 1.0)]
    # gaps 0.2, 0.6, 0.3 and 0.5, each in a bin of its own
    assert scores.calibration_error(judged) == pytest.approx(1.6 / 4)
    assert scores.surprise(judged) == pytest.approx(-np.log([0.8, 0.3, 0.7, 0.5]).mean())
    low, high = scores.interval(judged)
    assert (low, high) == (0.5, 1.0)
    found = scores.baselines(judged.kinds, (1, 5, 2))
    assert found == {"random": 1 / 3, "most common in training": 0.5}


def evaluate(model, folder, *more):
    words = ["content", "evaluate", str(model), "--images", str(folder)]
    words += ["--list", str(folder / "list.txt"), "--json", str(folder / "o.json"), "--jobs", "1"]
    return cli.main([*words, *more])


@pytest.fixture
def listed(tmp_path):
    for number, colour in enumerate((0, 1, 2, 2)):
        paint(tmp_path / f"000{number}MR0000000.png", colour, seed=number)
    paint(tmp_path / "holiday.png", 0)
    (tmp_path / "bad.png").write_bytes(b"")
    (tmp_path / "list.txt").write_text(
        "0000MR0000000.png 0\n0001MR0000000.png 1\n0002MR0000000.png 2\n0003MR0000000.png 1\n"
        "holiday.png 0\nbad.png 0\n0003MR0000000.png 9\n"
    )
    return tmp_path


def test_from_a_list_to_scores(listed, colour_model, capsys):
    assert evaluate(colour_model, listed, "--predictions", str(listed / "p.csv")) == 0
    found = json.loads((listed / "o.json").read_text())
    assert (found["pictures"], found["accuracy"]) == (5, 0.8)
    assert found["alone"] is None
    assert found["classes"]["green"]["recall"] == 0.5
    assert found["instruments"]["mastcam right"] == {"pictures": 4, "accuracy": 0.75}
    assert found["problems"] == {
        "class that the class map has not": 1,
        "unreadable file": 1,
        "unknown instrument": 1,
    }
    told = capsys.readouterr()
    assert "5 pictures, accuracy 0.800" in told.out and "bad.png" in told.err
    with (listed / "p.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["likeliest"] for row in rows] == ["red", "green", "blue", "blue", "red"]
    assert [row["truth"] for row in rows] == ["red", "green", "blue", "green", "red"]
    assert float(rows[0]["red"]) == float(rows[0]["confidence"]) > 0.6
    assert rows[0]["class"] == "red" and rows[0]["class_number"] == "0"


def test_bad_input_may_be_refused(listed, colour_model, capsys):
    assert evaluate(colour_model, listed, "--on-bad", "refuse") == 2
    assert "list.txt:7: class that the class map has not" in capsys.readouterr().err


def test_a_wrong_class_map_is_refused(listed, colour_model, capsys):
    (listed / "map.txt").write_text("0 red\n1 green\n")
    assert evaluate(colour_model, listed, "--classes", str(listed / "map.txt")) == 2
    assert "they do not belong together" in capsys.readouterr().err


def test_what_runs_a_classifier_needs_no_torch():
    code = (
        "import sys; from ai4mars_nav.content import classify, judge, report, table; "
        "assert not {'torch', 'onnx', 'ai4mars_nav.learn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

"""The commands: what they write is what is there, and what cannot be used is said, exit code 2."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import REFUSED, main
from ai4mars_nav.learn.scores import confusion
from ai4mars_nav.perception.sidecar import load_model

MODEL = Path(__file__).parents[2] / "models" / "terrain-256.onnx"
TRAIN = "msl/labels/train"
GOLD = "msl/labels/test/masked-gold-min3-100agree"


def evaluate(data: Path, out: Path, *options: str, model: Path = MODEL) -> int:
    arguments = ["--data", data, "--model", model, "--json", out / "scores.json", *options]
    return main(["evaluate", *map(str, arguments)])


def scores(out: Path) -> dict:
    return json.loads((out / "scores.json").read_text())


def read(path: Path) -> np.ndarray:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_predictions_score_as_the_command_says(data, tmp_path, capsys):
    out = tmp_path / "predicted"
    options = ("--labels", TRAIN, "--list", "splits/val.txt", "--predictions", str(out))
    assert evaluate(data, tmp_path, *options) == 0
    found = scores(tmp_path)
    assert "6 images of 2 sites" in capsys.readouterr().out
    names = (data / "splits/val.txt").read_text().split()
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{n}.png" for n in names)
    matrix = sum(
        confusion(read(data / TRAIN / f"{name}.png"), read(out / f"{name}.png")) for name in names
    )
    assert found["confusion"]["pixels"] == matrix.tolist()
    assert found["pixel_accuracy"] == pytest.approx(np.trace(matrix) / matrix.sum())
    assert found["classes"]["sand"]["support"] == matrix[2].sum()
    percent = np.array(found["confusion"]["percent_of_row"])
    np.testing.assert_allclose(percent.sum(axis=1), 100.0)
    assert [site["site"] for site in found["sites"]] == ["curiosity 005", "curiosity 007"]
    assert sum(site["labelled_pixels"] for site in found["sites"]) == found["labelled_pixels"]


def test_abstaining_predictions_keep_the_stated_coverage(data, tmp_path):
    out = tmp_path / "predicted"
    options = ("--labels", GOLD, "--predictions", str(out), "--abstain")
    assert evaluate(data, tmp_path, *options) == 0
    labels = [read(path) for path in sorted((data / GOLD).iterdir())]
    predicted = [read(path) for path in sorted(out.iterdir())]
    assert {path.name for path in out.iterdir()} == {p.name for p in (data / GOLD).iterdir()}
    kept = sum(((p != 255) & (t != 255)).sum() for p, t in zip(predicted, labels, strict=True))
    right = sum(((p == t) & (t != 255)).sum() for p, t in zip(predicted, labels, strict=True))
    said = scores(tmp_path)["abstention"]
    assert said["coverage"] == pytest.approx(kept / sum((t != 255).sum() for t in labels))
    assert said["accuracy"] == pytest.approx(right / kept)


def test_empty_masks_are_counted_and_named(data, tmp_path, product):
    empty = product(100, "005")
    cv2.imwrite(str(data / GOLD / f"{empty}_merged.png"), np.full((64, 64), 255, np.uint8))
    assert evaluate(data, tmp_path, "--labels", GOLD) == 0
    found = scores(tmp_path)
    assert found["empty_masks"] == {"count": 1, "products": [empty]}
    assert found["images"] == 2
    assert found["sites"][0]["miou"] is None


def test_a_folder_anywhere_in_frames_of_another_shape(data, tmp_path, product):
    name = product(0, "002")
    wide = np.random.default_rng(0).integers(20, 200, (48, 80)).astype(np.uint8)
    cv2.imwrite(str(data / "msl/images/edr" / f"{name}.jpg"), wide)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    cv2.imwrite(str(elsewhere / f"{name}_merged6.png"), np.full((48, 80), 1, np.uint8))
    other = product(1, "002")
    shutil.copy(data / TRAIN / f"{other}.png", elsewhere)
    out = tmp_path / "predicted"
    assert evaluate(data, tmp_path, "--labels", str(elsewhere), "--predictions", str(out)) == 0
    assert scores(tmp_path)["images"] == 2
    assert read(out / f"{name}_merged6.png").shape == (48, 80)


def test_a_label_without_image_is_refused_or_left_out_by_name(data, tmp_path, capsys):
    shutil.copy(next((data / TRAIN).iterdir()), data / GOLD / "NLA_nowhere.png")
    assert evaluate(data, tmp_path, "--labels", GOLD) == REFUSED
    assert "NLA_nowhere.png: label without image" in capsys.readouterr().err
    assert evaluate(data, tmp_path, "--labels", GOLD, "--on-bad", "skip") == 0
    assert "NLA_nowhere.png: label without image" in capsys.readouterr().err
    found = scores(tmp_path)
    assert found["images"] == 2
    assert len(found["left_out"]) == 1


def test_a_bad_label_is_refused_or_left_out_by_name(data, tmp_path, capsys, product):
    bad = f"{product(100, '005')}_merged.png"
    cv2.imwrite(str(data / GOLD / bad), np.full((64, 64), 9, np.uint8))
    assert evaluate(data, tmp_path, "--labels", GOLD) == REFUSED
    assert bad in capsys.readouterr().err
    out = tmp_path / "predicted"
    options = ("--labels", GOLD, "--on-bad", "skip", "--predictions", str(out))
    assert evaluate(data, tmp_path, *options) == 0
    assert scores(tmp_path)["images"] == 1
    assert [path.name for path in out.iterdir()] == [f"{product(101, '007')}_merged.png"]


def test_evaluate_names_what_is_missing(data, tmp_path, capsys):
    missing = tmp_path / "none.onnx"
    assert evaluate(data, tmp_path, "--labels", TRAIN, model=missing) == REFUSED
    assert "none.json" in capsys.readouterr().err
    assert evaluate(data, tmp_path, "--labels", "labels/night") == REFUSED
    assert "labels/night" in capsys.readouterr().err
    assert evaluate(data, tmp_path, "--labels", TRAIN, "--list", "night.txt") == REFUSED
    assert "night.txt" in capsys.readouterr().err
    assert evaluate(tmp_path, tmp_path, "--labels", str(data / TRAIN)) == REFUSED
    assert "no AI4Mars folders" in capsys.readouterr().err


def test_a_listed_product_without_label_is_refused_by_name(data, tmp_path, capsys, product):
    listed = tmp_path / "list.txt"
    listed.write_text(f"{product(0, '002')}\n{product(999, '002')}\n")
    assert evaluate(data, tmp_path, "--labels", TRAIN, "--list", str(listed)) == REFUSED
    assert product(999, "002") in capsys.readouterr().err


@pytest.mark.parametrize("folder", [GOLD, "msl/images/edr"])
def test_labels_and_images_are_never_written_over(data, tmp_path, capsys, folder):
    options = ("--labels", GOLD, "--predictions", str(data / folder))
    assert evaluate(data, tmp_path, *options) == REFUSED
    assert "name another folder" in capsys.readouterr().err


def calibrate(data: Path, out: Path, *options: str) -> int:
    arguments = ["--data", data, "--labels", TRAIN, "--model", MODEL, "--out", out, *options]
    return main(["calibrate", *map(str, arguments)])


def test_calibrate_writes_a_copy_that_keeps_its_weights_and_its_promise(data, tmp_path, capsys):
    out = tmp_path / "fitted"
    assert calibrate(data, out, "--list", "splits/val.txt", "--risk", "0.6") == 0
    assert "2 sites" in capsys.readouterr().out
    copy = out / MODEL.name
    assert copy.read_bytes() == MODEL.read_bytes()
    old, new = load_model(MODEL)[0], load_model(copy)[0]
    assert new.calibration.fitted_on == "ai4mars-tiny, train, val.txt, 2 sites"
    assert new.calibration.scale != old.calibration.scale
    listed = ("--labels", TRAIN, "--list", "splits/val.txt")
    errors = []
    for model in (MODEL, copy):
        assert evaluate(data, tmp_path, *listed, model=model) == 0
        errors.append(scores(tmp_path)["calibration"]["ece"])
    assert errors[1] < errors[0]
    assert scores(tmp_path)["abstention"]["accuracy"] > 0.35


def test_calibrate_refuses_what_cannot_be(data, tmp_path, capsys):
    assert calibrate(data, MODEL.parent, "--risk", "0.9") == REFUSED
    assert "name another folder" in capsys.readouterr().err
    for path in (data / TRAIN).iterdir():
        cv2.imwrite(str(path), np.full((64, 64), 255, np.uint8))
    assert calibrate(data, tmp_path / "out") == REFUSED
    assert "no labelled pixel" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        calibrate(data, tmp_path / "out", "--risk", "2")
    assert "share between 0 and 1" in capsys.readouterr().err


def test_train_and_export_name_what_is_missing(data, tmp_path, capsys):
    pytest.importorskip("torch")
    arguments = ["--data", str(data), "--split", "night", "--out", str(tmp_path)]
    assert main(["train", *arguments]) == REFUSED
    assert "night.txt" in capsys.readouterr().err
    pytest.importorskip("onnx")
    out = str(tmp_path / "models")
    assert main(["export", "--run", str(tmp_path), "--data", str(data), "--out", out]) == REFUSED
    assert "run.json" in capsys.readouterr().err

"""Several labels of the same images: gold variants, one labeller at random, the merge of all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import REFUSED, main
from ai4mars_nav.dataset.merge import MergeSettings, merge
from ai4mars_nav.dataset.raw import Stack
from ai4mars_nav.learn.crowd_sides import (
    MERGED,
    RANDOM,
    RANDOM_WHERE_MERGED,
    chosen_labeller,
    labeller_as_model,
    sides_of,
)
from ai4mars_nav.learn.evaluate import Measured
from ai4mars_nav.learn.report import contradicted
from ai4mars_nav.learn.scores import confusion
from ai4mars_nav.learn.trust import NOTHING

MODEL = Path(__file__).parents[2] / "models" / "terrain-256.onnx"
TRAIN = "msl/labels/train"
GOLD = "msl/labels/test/masked-gold-min3-100agree"


def evaluate(data, out, *options) -> int:
    arguments = ["--data", data, "--model", MODEL, "--json", out / "scores.json", *options]
    return main(["evaluate", *map(str, arguments)])


def scores(out) -> dict:
    return json.loads((out / "scores.json").read_text())


def stack(labels, product="N") -> Stack:
    return Stack(product, tuple(f"p{i}" for i in range(len(labels))), np.asarray(labels), ())


def test_the_random_labeller_is_drawn_by_seed_and_product_alone():
    labels = np.zeros((10, 2, 2), np.uint8)
    drawn = [chosen_labeller(stack(labels, f"N{i}"), 0) for i in range(200)]
    assert drawn == [chosen_labeller(stack(labels, f"n{i}"), 0) for i in range(200)]
    assert drawn != [chosen_labeller(stack(labels, f"N{i}"), 1) for i in range(200)]
    assert np.bincount(drawn, minlength=10).min() >= 8


def test_the_sides_of_a_stack_by_hand():
    labels = np.uint8([[[0, 1, 255]], [[0, 1, 2]], [[0, 2, 2]], [[1, 3, 2]]])
    crowd = stack(labels)
    one = labels[chosen_labeller(crowd, 0)]
    sides = sides_of(crowd, MergeSettings(), 0)
    assert sides[MERGED].tolist() == [[0, 255, 2]]
    assert sides[RANDOM].tolist() == one.tolist()
    assert sides[RANDOM_WHERE_MERGED].tolist() == [[one[0, 0], 255, one[0, 2]]]


def test_a_labeller_is_judged_by_the_others_alone():
    labels = np.uint8([[[0, 1]], [[0, 1]], [[0, 1]], [[0, 1]]])
    crowd = stack(labels)
    one = chosen_labeller(crowd, 0)
    labels[one] = 3
    found = labeller_as_model(crowd, MergeSettings(), 0)
    assert found[0, 3] == found[1, 3] == 1 and found.sum() == 2
    assert not labeller_as_model(stack(labels[:1]), MergeSettings(), 0).any()


@pytest.fixture
def raw(data, tmp_path) -> Path:
    """Five labellers of each validation image; one of them errs in the lower half."""
    root = tmp_path / "raw"
    for name in (data / "splits/val.txt").read_text().split():
        label = cv2.imread(str(data / TRAIN / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        (root / name).mkdir(parents=True)
        for person in range(5):
            mine = label.copy()
            if person == 4:
                mine[32:][mine[32:] != 255] = 3
            cv2.imwrite(str(root / name / f"p{person}.png"), mine)
    return root


def test_raw_labels_are_scored_at_random_and_merged_side_by_side(data, raw, tmp_path, capsys):
    assert (
        evaluate(data, tmp_path, "--raw", raw, "--labels", TRAIN, "--list", "splits/val.txt") == 0
    )
    found = scores(tmp_path)
    assert found["labels"] == TRAIN
    sides = found["side_by_side"]
    assert list(sides) == [TRAIN, MERGED, RANDOM, RANDOM_WHERE_MERGED]
    assert sides[MERGED]["confusion"] == sides[TRAIN]["confusion"] == found["confusion"]
    assert sides[RANDOM_WHERE_MERGED]["confusion"] == sides[RANDOM]["confusion"]
    names = (data / "splits/val.txt").read_text().split()
    people = np.zeros((4, 4), np.int64)
    for name in names:
        files = [raw / name / f"p{person}.png" for person in range(5)]
        labels = np.stack([cv2.imread(str(file), cv2.IMREAD_UNCHANGED) for file in files])
        one = chosen_labeller(stack(labels, name), 0)
        people += confusion(merge(np.delete(labels, one, axis=0)), labels[one])
    said = found["labeller_as_model"]
    assert said["pixel_accuracy"] == pytest.approx(np.trace(people) / people.sum())
    assert "random labeller against the merge of the others" in capsys.readouterr().out


def test_raw_labels_alone_are_judged_by_their_merge(data, raw, tmp_path):
    pictures = tmp_path / "pictures"
    assert evaluate(data, tmp_path, "--raw", raw, "--pictures", pictures) == 0
    assert scores(tmp_path)["labels"] == MERGED
    assert (pictures / "examples-worst.png").is_file()


def test_gold_variants_stand_side_by_side_with_their_counts(data, tmp_path, product, capsys):
    other = data / "msl/labels/test/masked-gold-min1-100agree"
    other.mkdir()
    rock = f"{product(100, '005')}_merged.png"
    cv2.imwrite(str(other / rock), np.full((64, 64), 3, np.uint8))
    variant = str(other.relative_to(data))
    assert evaluate(data, tmp_path, "--labels", GOLD, "--also", variant) == 0
    sides = scores(tmp_path)["side_by_side"]
    assert [sides[name]["images"] for name in (GOLD, variant)] == [2, 1]
    assert sides[variant]["big_rock"]["images_labelled"] == 1
    assert [one["product"] for one in sides[variant]["big_rock"]["images"]] == [product(100, "005")]
    rows = [line for line in capsys.readouterr().out.splitlines() if "masked-gold" in line]
    assert sum(variant in row for row in rows) == 1


def test_missions_have_a_row_each_where_there_are_several(data, tmp_path, capsys):
    spirit = "2N126468012EDN0200P1515L0M1"
    image = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    for folder, pixels in (("images/eff", image), ("labels/train", np.zeros((64, 64), np.uint8))):
        (data / "mer" / folder).mkdir(parents=True)
        cv2.imwrite(str(data / "mer" / folder / f"{spirit}.png"), pixels)
    both = tmp_path / "labels"
    both.mkdir()
    for path in [*(data / TRAIN).iterdir(), data / "mer/labels/train" / f"{spirit}.png"]:
        (both / path.name).write_bytes(path.read_bytes())
    assert evaluate(data, tmp_path, "--labels", both) == 0
    rows = scores(tmp_path)["missions"]
    assert [(row["mission"], row["images"], row["sites"]) for row in rows] == [
        ("MER", 1, 1),
        ("MSL", 18, 3),
    ]
    assert rows[0]["support"]["soil"] == 64 * 64
    assert "| MER | 1 |" in capsys.readouterr().out


def test_images_that_the_model_contradicts_are_named_and_weighed():
    half, wrong = np.diag([50, 0, 0, 0]), np.zeros((4, 4), np.int64)
    half[0, 1], wrong[0, 1] = 50, 100
    every = np.stack([half, wrong, np.diag([5, 5, 0, 0]), 0 * half])
    kept = np.stack([half, wrong // 4, 0 * half, 0 * half])
    found = contradicted(Measured(("a", "b", "c", "d"), every, kept, NOTHING, NOTHING))
    assert (found["count"], found["products"]) == (1, ["b"])
    assert found["share_of_wrong"] == pytest.approx(100 / 150)
    assert found["kept"] == 0.25
    assert found["miou_without"] == pytest.approx((55 / 105 + 5 / 55) / 2)
    right = Measured(("c",), every[2:3], every[2:3], NOTHING, NOTHING)
    assert contradicted(right)["share_of_wrong"] is None


def test_pictures_come_with_their_report(data, tmp_path):
    folder = tmp_path / "pictures"
    options = ("--labels", TRAIN, "--list", "splits/val.txt", "--pictures", folder)
    assert evaluate(data, tmp_path, *options) == 0
    shown = [
        file
        for page in ("report.md", "examples.md")
        for file in re.findall(r"\]\((.*)\)", (folder / page).read_text())
    ]
    assert shown[:4] == ["confusion.png", "sites.png", "trust.png", "big-rock.png"]
    assert shown[4:] == ["examples-best.png", "examples-middle.png", "examples-worst.png"]
    assert {path.name for path in folder.iterdir()} == {*shown, "report.md", "examples.md"}
    assert all(cv2.imread(str(folder / file)) is not None for file in shown)


def test_pictures_name_labels_as_they_are_below_the_data(data, tmp_path):
    folder = tmp_path / "pictures"
    options = ("--labels", data / TRAIN, "--list", data / "splits/val.txt", "--pictures", folder)
    assert evaluate(data, tmp_path, *options) == 0
    title = (folder / "report.md").read_text().splitlines()[0]
    assert title.endswith(f" on {TRAIN}, splits/val.txt")


def test_what_cannot_be_written_is_said_before_the_work(data, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    base = ["evaluate", "--data", str(data), "--model", str(MODEL), "--labels", TRAIN]
    for options, word in (
        (["--json", str(tmp_path)], "is a folder"),
        (["--json", str(file / "scores.json")], "is a file"),
        (["--json", str(tmp_path / "s.json"), "--pictures", str(file)], "is a file"),
        (["--json", str(tmp_path / "s.json"), "--pictures", str(data / TRAIN)], "another folder"),
        (["--json", str(tmp_path / "s.json"), "--abstain"], "name a folder with --predictions"),
    ):
        assert main([*base, *options]) == REFUSED
        said = capsys.readouterr().err
        assert word in said and "images," not in said
    assert main([*base[:5], "--json", str(tmp_path / "s.json")]) == REFUSED
    assert "nothing to score" in capsys.readouterr().err


def test_listed_images_without_raw_label_are_named(data, raw, tmp_path, capsys):
    missing = "NLA_397680000EDR_F0020000AUT_04096M1"
    listed = tmp_path / "list.txt"
    listed.write_text(f"{missing}\n")
    assert evaluate(data, tmp_path, "--raw", raw, "--list", listed) == REFUSED
    assert f"{missing}: image without label" in capsys.readouterr().err
    assert evaluate(data, tmp_path, "--raw", raw, "--list", listed, "--on-bad", "skip") == REFUSED
    assert "no raw label" in capsys.readouterr().err


def test_labels_without_a_pixel_are_named_and_the_others_scored(data, tmp_path, capsys):
    """Two labellers an image are too few for a merge."""
    name = (data / "splits/val.txt").read_text().split()[0]
    root = tmp_path / "raw"
    (root / name).mkdir(parents=True)
    for person in "ab":
        (root / name / f"{person}.png").write_bytes((data / TRAIN / f"{name}.png").read_bytes())
    assert evaluate(data, tmp_path, "--raw", root) == 0
    assert scores(tmp_path)["labels"] == RANDOM
    said = capsys.readouterr()
    assert f"not scored: {MERGED}" in said.err and "too few labels" in said.out
    cv2.imwrite(str(data / TRAIN / f"{name}.png"), np.full((64, 64), 255, np.uint8))
    listed = tmp_path / "list.txt"
    listed.write_text(f"{name}\n")
    assert evaluate(data, tmp_path, "--labels", TRAIN, "--list", listed) == REFUSED
    assert f"{TRAIN}: no labelled pixel" in capsys.readouterr().err

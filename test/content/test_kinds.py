"""Multi-label classifiers and sums from file to table and scores; what is refused."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.content.calibration import calibrated
from ai4mars_nav.content.chain import Platt, through_chain
from ai4mars_nav.content.classifier import open_classifier
from ai4mars_nav.content.kinds import load_any, open_any
from ai4mars_nav.content.multi_label_sidecar import (
    MultiLabelSidecar,
    load_multi_label_model,
    multi_label_document,
    multi_label_from_document,
    write_multi_label_sidecar,
)
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.content.summed import LEFT_OUT, read_summed
from ai4mars_nav.perception.errors import ModelError

from .conftest import paint
from .test_classify import rows, run

SET = """format: ai4mars-label-set/1
name: colours
about: which colours
attribution: nobody
licence: none
answer_from: 0.5
classes:
  - {name: red, what: much red}
  - {name: green, what: much green}
  - {name: blue, what: much blue}
"""
SUM = """format: ai4mars-content-sum/1
name: warm-or-cold
about: whether it is warm
sums: colours.onnx
classes: {warm: [red], cold: [blue]}
neither: [green]
answer_from: 0.8
"""


@pytest.fixture
def several(tmp_path, colour_model):
    """The tiny classifier as one of several classes in a chain."""
    path = tmp_path / "model" / "colours.onnx"
    path.parent.mkdir()
    shutil.copy(colour_model, path)
    plain, _ = load_content_model(colour_model)
    sidecar = MultiLabelSidecar(
        plain.name,
        plain.model,
        plain.input,
        plain.output,
        plain.classes,
        True,
        ((), (2.0,), (0.0, -1.0)),
        Platt((1.0, 2.0, 1.0), (0.0, 0.5, 0.0), "its own definition"),
        (0.5, 0.05, 0.5),
        "fp32",
        training={"support": [5, 3, 2]},
    )
    write_multi_label_sidecar(sidecar, path)
    return path


@pytest.fixture
def summed(tmp_path, colour_model):
    folder = tmp_path / "sum"
    folder.mkdir()
    for file in (colour_model, colour_model.with_suffix(".json")):
        shutil.copy(file, folder)
    (folder / "warm-or-cold.yaml").write_text(SUM)
    return folder / "warm-or-cold.yaml"


def test_a_multi_label_sidecar_comes_back(several):
    sidecar, _ = load_multi_label_model(several)
    document = json.loads(json.dumps(multi_label_document(sidecar)))
    assert multi_label_from_document(document, "x.json") == sidecar
    assert load_any(several) == sidecar
    assert sidecar.links_matrix().tolist() == [[0, 0, 0], [2, 0, 0], [0, -1, 0]]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("links", [[], [1.0]], "links has 2 rows, must have 3"),
        ("links", [[], [1.0], [1.0]], r"links\[2\].row has 1 numbers, must have 2"),
        ("answer_from", [0.5, 0.5], "answer_from has 2 numbers"),
        ("answer_from", [0.5, 0.5, 1.5], "answer_from is .* must lie in"),
        ("platt", {"temperature": [1, 0, 1], "bias": [0] * 3, "fitted_on": "x"}, "each must be"),
        ("chain", 1, "chain is not a key"),
    ],
)
def test_a_multi_label_sidecar_that_is_wrong_names_the_key(several, key, value, told):
    document = json.loads(several.with_suffix(".json").read_text())
    document[key] = value
    with pytest.raises(ModelError, match=f"x.json: .*{told}"):
        multi_label_from_document(document, "x.json")


def test_a_sidecar_of_no_known_kind_is_refused(several):
    several.with_suffix(".json").write_text('{"format": "ai4mars-moon/1"}')
    with pytest.raises(ModelError, match="format is 'ai4mars-moon/1', must be one of"):
        open_any(several)


def test_the_table_has_a_row_a_class_and_several_answers(tmp_path, several, capsys):
    for colour in range(3):
        paint(tmp_path / "in" / f"{colour}.png", colour)
    assert run(several, tmp_path / "in", tmp_path / "out.parquet") == 0
    found = rows(tmp_path / "out.parquet")
    sidecar, _ = load_multi_label_model(several)
    plain = open_any(several)
    assert len(found) == 9
    for at, row in enumerate(found):
        own = plain.logits(read_picture(tmp_path / "in" / row["image"]))[None]
        shares = through_chain(own, sidecar.links_matrix(), sidecar.platt)[0]
        assert row["probability"] == pytest.approx(shares[at % 3], abs=1e-6)
        assert row["answer"] == (shares[at % 3] >= sidecar.answer_from[at % 3])
        assert row["model_sha256"] == sidecar.model.sha256
    assert sum(row["answer"] for row in found) > 3
    capsys.readouterr()


def test_evaluate_tells_of_each_class_before_and_after(tmp_path, several, capsys):
    lines = ["image,red,green,blue"]
    for number in range(12):
        name = f"{number:04d}ML000000.png"
        paint(tmp_path / "in" / name, number % 3, seed=number)
        lines.append(",".join([name, *(str(int(number % 3 == at)) for at in range(3))]))
    (tmp_path / "list.csv").write_text("\n".join(lines))
    (tmp_path / "set.yaml").write_text(SET)
    words = ["content", "evaluate", str(several), "--images", str(tmp_path / "in")]
    words += ["--list", str(tmp_path / "list.csv"), "--json", str(tmp_path / "o.json")]
    words += ["--classes", str(tmp_path / "set.yaml"), "--jobs", "1"]
    assert cli.main([*words, "--predictions", str(tmp_path / "o.csv")]) == 0
    found = json.loads((tmp_path / "o.json").read_text())
    assert (found["pictures"], found["groups"]) == (12, 12)
    assert found["classes"]["red"]["support"] == 4
    # ten times the mean: all colours are ranked right
    assert found["mean_average_precision"] == pytest.approx(1.0)
    assert found["classes"]["green"]["ece"] != found["classes"]["green"]["ece_before"]
    with (tmp_path / "o.csv").open(newline="") as file:
        first = next(csv.DictReader(file))
    assert first["truth"] == "red" and "red" in first["answers"].split(";")
    assert "mean ECE" in capsys.readouterr().out
    (tmp_path / "set.yaml").write_text(SET.replace("red", "rose"))
    assert cli.main(words) == 2
    assert "class 0 is 'rose', in colours.onnx it is 'red'" in capsys.readouterr().err


def test_sums_are_of_the_other_classifiers_probabilities(tmp_path, summed, colour_model):
    picture = read_picture(paint(tmp_path / "a.png", 0))
    plain = open_classifier(colour_model)
    shares = plain.probabilities(picture, "mahli")
    classifier = open_any(summed)
    wanted = shares[[0, 2]] / (shares[0] + shares[2])
    np.testing.assert_allclose(classifier.probabilities(picture, "mahli"), wanted)
    sidecar = read_summed(summed)
    assert sidecar.classes == ("warm", "cold") and sidecar.group_of == (0, LEFT_OUT, 1)
    logits = plain.logits(picture)[None]
    assert calibrated(logits, sidecar.of.calibration, ["mahli"])[0] == pytest.approx(shares)
    assert sidecar.answered(np.array([[0.85, 0.15], [0.7, 0.3]])).tolist() == [
        [True, False],
        [False, False],
    ]


def test_the_identity_of_a_sum_changes_with_it_and_with_its_weights(summed):
    first = read_summed(summed).model.sha256
    summed.write_text(SUM.replace("0.8", "0.7"))
    assert read_summed(summed).model.sha256 != first
    summed.write_text(SUM)
    assert read_summed(summed).model.sha256 == first


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[red]", "[red, teal]", "names 'teal', which colours.onnx has not"),
        ("[red]", "[]", "names 'red' 0 times"),
        ("[red]", "[red, blue]", "names 'blue' 2 times"),
        ("cold: [blue]", "", "classes must hold two groups at least"),
        ("0.8", "1.8", "answer_from is 1.8"),
        ("colours.onnx", "moon.onnx", "moon.json: is missing"),
    ],
)
def test_a_sum_that_is_wrong_says_what(summed, old, new, told):
    summed.write_text(SUM.replace(old, new))
    with pytest.raises(ModelError, match=told):
        read_summed(summed)


def test_a_sum_over_an_archive_and_on_a_list(tmp_path, summed, capsys):
    lines = []
    for number in range(12):
        name = f"{number:04d}ML000000.png"
        paint(tmp_path / "in" / name, number % 3, seed=number)
        lines.append(f"{name} {number % 3}")
    (tmp_path / "list.txt").write_text("\n".join(lines))
    assert run(summed, tmp_path / "in", tmp_path / "out.parquet") == 0
    found = rows(tmp_path / "out.parquet")
    assert [row["class"] for row in found[:4]] == ["warm", "cold"] * 2
    assert {row["model"] for row in found} == {"warm-or-cold"}
    words = ["content", "evaluate", str(summed), "--images", str(tmp_path / "in"), "--list"]
    words += [str(tmp_path / "list.txt"), "--json", str(tmp_path / "o.json"), "--jobs", "1"]
    assert cli.main([*words, "--predictions", str(tmp_path / "o.csv")]) == 0
    scores = json.loads((tmp_path / "o.json").read_text())
    # pictures of green are of neither group
    assert scores["pictures"] == 8 and scores["classes"]["warm"]["support"] == 4
    assert scores["classes"]["warm"]["f1"] == scores["accuracy"] == 1.0
    assert scores["together"] is False
    assert scores["classes"]["cold"]["f1_interval95"] == [1.0, 1.0]
    assert "warm: 4 pictures, precision 1.0000" in capsys.readouterr().out


def test_a_multi_label_model_of_other_weights_is_refused(several):
    sidecar, _ = load_multi_label_model(several)
    write_multi_label_sidecar(
        replace(sidecar, model=replace(sidecar.model, sha256="0" * 64)), several
    )
    with pytest.raises(ModelError, match="weights and sidecar do not belong together"):
        open_any(several)

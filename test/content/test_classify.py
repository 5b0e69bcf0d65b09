"""Archive runs: each image once, whatever happens; bad ones named, new ones added."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.content import classify
from ai4mars_nav.content.classifier import open_classifier
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.parquet import write_parquet
from ai4mars_nav.content.pictures import read_picture
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.content.table import open_table

from .conftest import paint
from .parquet_reader import read_parquet


def rows(table):
    """All rows of all parts, as dictionaries."""
    found = []
    for part in sorted(table.glob("*.parquet")):
        columns = read_parquet(part)
        found += [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ]
    return found


def images_of(table):
    """How often each image is in the table; each time it is there with all classes."""
    counts = Counter(row["image"] for row in rows(table))
    assert all(count % 3 == 0 for count in counts.values())
    return {name: count // 3 for name, count in counts.items()}


def run(model, source, out, *more):
    words = ["content", "classify", str(source), "--model", str(model), "-o", str(out)]
    return cli.main([*words, "--jobs", "1", *more])


def test_parquet_comes_back(tmp_path):
    columns = {
        "words": ["", "ü", "long " * 50] * 40,
        "numbers": np.arange(120, dtype=np.int32) - 60,
        "shares": np.linspace(0, 1, 120).astype(np.float32),
        "truths": np.arange(120) % 7 == 0,
    }
    write_parquet(tmp_path / "a.parquet", columns)
    back = read_parquet(tmp_path / "a.parquet")
    assert list(back) == list(columns)
    assert all(back[name] == list(columns[name]) for name in columns)


def test_columns_that_do_not_fit(tmp_path):
    with pytest.raises(ContentError, match=r"columns of \[1, 2\] rows"):
        write_parquet(tmp_path / "a.parquet", {"a": ["x"], "b": ["x", "y"]})
    with pytest.raises(ContentError, match="column a: float64 is not written here"):
        write_parquet(tmp_path / "a.parquet", {"a": np.zeros(2)})


def test_rows_say_what_the_classifier_says(tmp_path, colour_model):
    for colour in range(3):
        paint(tmp_path / "in" / f"sub{colour}" / f"0012MR000000{colour}.png", colour)
    assert run(colour_model, tmp_path / "in", tmp_path / "out.parquet") == 0
    found = rows(tmp_path / "out.parquet")
    assert len(found) == 9
    sidecar, _ = load_content_model(colour_model)
    classifier = open_classifier(colour_model)
    for at, row in enumerate(found):
        shares = classifier.probabilities(
            read_picture(tmp_path / "in" / row["image"]), row["instrument"]
        )
        kind = at % 3
        assert row["probability"] == pytest.approx(shares[kind], abs=1e-6)
        assert (row["class"], row["class_number"]) == (sidecar.classes[kind], kind)
        assert row["answer"] == (shares[kind] > 0.6)
        assert (row["model"], row["model_sha256"]) == ("colours", sidecar.model.sha256)
        assert (row["instrument"], row["group"]) == ("mastcam right", "sol 12")
    assert [row["class"] for row in found if row["answer"]] == ["red", "green", "blue"]


def test_killed_twice_each_image_is_there_once(tmp_path, colour_model):
    first = paint(tmp_path / "in" / "0001ML0000000.png", 0, side=500)
    names = [f"{number:04d}ML0000000.png" for number in range(1, 1100)]
    for name in names[1:]:
        os.link(first, tmp_path / "in" / name)
    out, journal = tmp_path / "out.parquet", tmp_path / "out.parquet" / "_journal.jsonl"
    words = [sys.executable, "-m", "ai4mars_nav.cli", "content", "classify", str(tmp_path / "in")]
    words += ["--model", str(colour_model), "-o", str(out), "--jobs", "1"]
    for parts in (1, 3):
        command = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        while command.poll() is None:
            if journal.exists() and len(journal.read_text().splitlines()) > parts:
                command.send_signal(signal.SIGKILL)
                break
            time.sleep(0.005)
        assert command.wait() == -signal.SIGKILL
        done = images_of(out)
        assert 0 < len(done) < len(names)
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    assert images_of(out) == dict.fromkeys(names, 1)


def test_what_a_kill_left_does_not_count(tmp_path, colour_model):
    paint(tmp_path / "in" / "a.png", 0)
    out = tmp_path / "out.parquet"
    run(colour_model, tmp_path / "in", out)
    # a part was written, but not its line
    shutil.copy(out / "part-000000.parquet", out / "part-000001.parquet")
    # a line was torn
    with (out / "_journal.jsonl").open("a") as file:
        file.write('{"key": "part-000001.parquet", "ima')
    run(colour_model, tmp_path / "in", out)
    assert images_of(out) == {"a.png": 1}


def test_new_and_changed_images(tmp_path, colour_model, capsys):
    paint(tmp_path / "in" / "a.png", 0)
    paint(tmp_path / "in" / "b.png", 1)
    out = tmp_path / "out.parquet"
    run(colour_model, tmp_path / "in", out)
    paint(tmp_path / "in" / "a.png", 2, side=50)
    paint(tmp_path / "in" / "c.png", 1)
    capsys.readouterr()
    run(colour_model, tmp_path / "in", out)
    assert "1 have changed" in capsys.readouterr().err
    assert images_of(out) == {"a.png": 1, "b.png": 1, "c.png": 1}
    answers = {row["image"]: row["class"] for row in rows(out) if row["answer"]}
    assert answers == {"a.png": "blue", "b.png": "green", "c.png": "green"}
    (tmp_path / "in" / "c.png").unlink()
    run(colour_model, tmp_path / "in", out)
    assert "0 images to classify" in (told := capsys.readouterr().err)
    assert "1 of the table are not there any more" in told


def test_bad_images_are_named_and_not_tried_again(tmp_path, colour_model, capsys):
    paint(tmp_path / "in" / "good.png", 0)
    (tmp_path / "in" / "bad.png").write_bytes(b"")
    for _ in range(2):
        assert run(colour_model, tmp_path / "in", tmp_path / "out.parquet") == 0
        told = capsys.readouterr().err
        assert "1 of kind: unreadable file" in told and "bad.png" in told
        assert "of kind: unknown instrument" in told
    assert "0 images to classify" in told
    assert images_of(tmp_path / "out.parquet") == {"good.png": 1}
    paint(tmp_path / "in" / "bad.png", 1)
    run(colour_model, tmp_path / "in", tmp_path / "out.parquet")
    assert images_of(tmp_path / "out.parquet") == {"good.png": 1, "bad.png": 1}
    assert "unreadable" not in capsys.readouterr().err


def test_two_runs_on_one_output(tmp_path, colour_model, capsys):
    paint(tmp_path / "in" / "a.png", 0)
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / "_lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run(colour_model, tmp_path / "in", tmp_path / "out") == 2
    assert "another run is at work on it" in capsys.readouterr().err


def test_another_model_is_refused(tmp_path, colour_model, capsys):
    for name in "ab":
        paint(tmp_path / "in" / f"{name}.png", 0)
    out = tmp_path / "out"
    run(colour_model, tmp_path / "in", out)
    other = tmp_path / "other.onnx"
    shutil.copy(colour_model, other)
    document = json.loads(colour_model.with_suffix(".json").read_text())
    document["name"], document["onnx"]["file"] = "other", "other.onnx"
    other.with_suffix(".json").write_text(json.dumps(document))
    assert run(other, tmp_path / "in", out) == 2
    assert "model: colours, now other" in capsys.readouterr().err
    # the same weights, calibrated anew, give other probabilities
    shutil.copy(colour_model, tmp_path / colour_model.name)
    document["name"], document["onnx"]["file"] = "colours", colour_model.name
    document["calibration"]["temperature"] = 2.0
    (tmp_path / colour_model.name).with_suffix(".json").write_text(json.dumps(document))
    assert run(tmp_path / colour_model.name, tmp_path / "in", out) == 2
    assert "begun with other settings (calibration: " in capsys.readouterr().err


def test_outputs_and_sources_that_cannot_be_used(tmp_path, colour_model, capsys):
    paint(tmp_path / "in" / "a.png", 0)
    (tmp_path / "file").write_text("")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "x.parquet").write_text("")
    (tmp_path / "empty").mkdir()
    for source, out, told in (
        ("in", "file", "is a file; a table is a folder"),
        ("in", "theirs", "not of this command's"),
        ("empty", "out", "no images in it"),
        ("gone", "out", "no such folder or list"),
    ):
        assert run(colour_model, tmp_path / source, tmp_path / out) == 2
        assert told in capsys.readouterr().err
    assert (tmp_path / "theirs" / "x.parquet").exists()


def test_a_list_with_or_without_classes(tmp_path):
    paint(tmp_path / "sub" / "a b.png", 0)
    (tmp_path / "c 1").write_bytes(b"")
    (tmp_path / "list.txt").write_text("sub/a b.png 3\nc 1\nsub/a b.png 3\n\n")
    assert classify.find_images(tmp_path / "list.txt") == (
        ("c 1", tmp_path / "c 1"),
        ("sub/a b.png", tmp_path / "sub/a b.png"),
    )


def test_several_processes_find_the_same(tmp_path, colour_model):
    for number in range(6):
        paint(tmp_path / "in" / f"{number}.png", number % 3)
    images = classify.find_images(tmp_path / "in")
    sidecar, _ = load_content_model(colour_model)
    found = []
    for jobs in (1, 2):
        with open_table(tmp_path / f"out{jobs}", sidecar) as table:
            work = classify.plan(images, table)
            classify.run(colour_model, work, table, jobs, lambda _: None, part=2)
        found.append(sorted(rows(tmp_path / f"out{jobs}"), key=lambda row: row["image"]))
    assert found[0] == found[1] and len(found[0]) == 18

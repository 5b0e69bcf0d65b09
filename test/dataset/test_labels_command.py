"""`ai4mars labels agreement|merge|gold`, as users run them: results, bad input, kill, resume."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset import layout, slow, tables
from ai4mars_nav.dataset.dawid_skene import merge_by_crowd, read_crowd
from ai4mars_nav.dataset.errors import DatasetError
from ai4mars_nav.dataset.journal import Journal
from ai4mars_nav.dataset.votes import read_votes

IMAGES, LABELLERS = 5, 4
SETTINGS = {
    "command": "merge", "method": "majority", "min_labels": 3, "min_agreement": 0.65,
    "votes": None, "data": None,
}  # fmt: skip


def read(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


@pytest.fixture
def raw(tmp_path, put, blobs):
    for image in range(IMAGES):
        base = blobs(100 + image, 1)[0]
        for labeller, label in enumerate(blobs(image, LABELLERS)):
            agreed = np.where(label == 0, label, base)
            put(tmp_path / "RAW" / f"P{image}" / f"user{labeller}.png", agreed)
    return tmp_path / "RAW"


@pytest.fixture
def stacks(raw):
    return {
        folder.name: np.stack([read(path) for path in sorted(folder.iterdir())])
        for folder in sorted(raw.iterdir())
    }


def labels(*words):
    return main(["labels", *map(str, words)])


@pytest.mark.parametrize("jobs", [1, 2])
def test_merge(raw, stacks, tmp_path, jobs):
    out = tmp_path / "OUT"
    assert labels("merge", raw, "-o", out, "--jobs", jobs) == 0
    assert sorted(path.name for path in out.glob("*.png")) == [f"{p}.png" for p in stacks]
    for product, stack in stacks.items():
        expected = slow.merge(stack, 3, 0.65)
        np.testing.assert_array_equal(read(out / f"{product}.png"), expected)
        assert (expected != 255).any()


def test_merge_with_other_rules_and_votes(raw, stacks, tmp_path):
    out, votes = tmp_path / "OUT", tmp_path / "VOTES"
    words = ("--min-labels", 1, "--min-agreement", 0.4, "--votes", votes, "--jobs", 1)
    assert labels("merge", raw, "-o", out, *words) == 0
    for product, stack in stacks.items():
        expected = slow.merge(stack, 1, 0.4)
        np.testing.assert_array_equal(read(out / f"{product}.png"), expected)
        kept = read_votes(votes / f"{product}.png")
        np.testing.assert_array_equal(kept, slow.count_votes(stack))


def test_merge_by_the_habits_of_the_labellers(raw, stacks, tmp_path):
    out = tmp_path / "OUT"
    words = ("merge", raw, "-o", out, "--method", "dawid-skene", "--jobs", 1)
    assert labels(*words) == 0
    crowd = read_crowd(out / "crowd.json")
    assert crowd.labellers == tuple(f"user{n}" for n in range(LABELLERS))
    for product, stack in stacks.items():
        expected = merge_by_crowd(crowd, crowd.labellers, stack, 3, 0.65)
        np.testing.assert_array_equal(read(out / f"{product}.png"), expected)
        assert (expected != 255).any()
    stored = (out / "crowd.json").stat().st_mtime_ns
    (out / "P0.png").unlink()
    assert labels(*words) == 0  # goes on with the habits it has
    assert (out / "crowd.json").stat().st_mtime_ns == stored
    assert (out / "P0.png").exists()


@pytest.mark.parametrize("least", [1, 2, 3])
def test_gold(raw, stacks, tmp_path, least):
    out = tmp_path / "OUT"
    assert labels("gold", raw, "-o", out, "--min-labels", least, "--jobs", 1) == 0
    for product, stack in stacks.items():
        expected = slow.merge_gold(stack, least)
        np.testing.assert_array_equal(read(out / f"{product}_merged.png"), expected)


def test_agreement(raw, stacks, tmp_path):
    out = tmp_path / "scores.csv"
    assert labels("agreement", raw, "-o", out, "--jobs", 1) == 0
    assert out.read_text().splitlines()[0] == "product,labeller,score"
    scores = tables.read_scores(out)
    assert len(scores) == IMAGES * LABELLERS
    for product, stack in stacks.items():
        pairs = slow.pair_scores(stack)
        for n in range(LABELLERS):
            others = [pairs[n, m] for m in range(LABELLERS) if m != n]
            assert scores[product, f"user{n}"] == pytest.approx(np.mean(others), abs=1e-6)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["scores.csv"]


def test_bad_input_stops_the_run_and_is_named(raw, tmp_path, capsys):
    path = raw / "P2" / "user1.png"
    path.write_bytes(path.read_bytes()[:-20])
    for command, jobs in (("merge", 2), ("agreement", 1)):
        assert labels(command, raw, "-o", tmp_path / command, "--jobs", jobs) == 2
        told = capsys.readouterr().err
        assert "P2/user1.png: unreadable file: truncated" in told


def test_bad_input_is_skipped_named_and_counted(raw, stacks, tmp_path, capsys, put):
    path = raw / "P2" / "user1.png"
    path.write_bytes(path.read_bytes()[:-20])
    put(raw / "P3" / "user0.png", np.full((24, 40), 9, np.uint8))
    (raw / "P9").mkdir()
    out = tmp_path / "OUT"
    words = ("merge", raw, "-o", out, "--on-bad", "skip", "--jobs", 1)
    assert labels(*words) == 0
    told = capsys.readouterr().err
    for kind in ("unreadable file", "unknown label value", "image without label"):
        assert f"1 skipped: {kind}" in told
    assert "P2/user1.png" in told
    assert len((out / "problems.csv").read_text().splitlines()) == 4
    left = np.delete(stacks["P2"], 1, axis=0)
    np.testing.assert_array_equal(read(out / "P2.png"), slow.merge(left, 3, 0.65))
    # the second run has nothing to do and still tells of them
    assert labels(*words) == 0
    assert "1 skipped: unreadable file" in capsys.readouterr().err
    # and a run that refuses bad input finds it again
    assert labels("merge", raw, "-o", out, "--jobs", 1) == 2


def test_labels_rated_1_are_left_out(raw, stacks, tmp_path):
    assert labels("merge", raw, "-o", tmp_path / "OUT", "--jobs", 1) == 0
    ratings = {("P0", "user0"): 1, ("P0", "user1"): 2, ("P1", "user3"): None}
    ratings |= {("P2", f"user{n}"): 1 for n in range(LABELLERS)}
    tables.write_ratings(tmp_path / "ratings.csv", ratings)
    words = ("--ratings", tmp_path / "ratings.csv", "--jobs", 1)
    assert labels("merge", raw, "-o", tmp_path / "OUT", *words) == 0
    left = slow.merge(stacks["P0"][1:], 3, 0.65)
    np.testing.assert_array_equal(read(tmp_path / "OUT" / "P0.png"), left)
    np.testing.assert_array_equal(
        read(tmp_path / "OUT" / "P1.png"), slow.merge(stacks["P1"], 3, 0.65)
    )
    assert not (tmp_path / "OUT" / "P2.png").exists()


def test_what_is_done_is_not_done_again(raw, tmp_path, put):
    out = tmp_path / "OUT"
    assert labels("merge", raw, "-o", out, "--jobs", 1) == 0
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("*.png")}
    (out / "P1.png").unlink()
    put(raw / "P3" / "user9.png", np.zeros((24, 40), np.uint8))
    with (out / "journal.jsonl").open("a") as file:
        file.write('{"key": "torn')
    assert labels("merge", raw, "-o", out, "--jobs", 1) == 0
    after = {path.name: path.stat().st_mtime_ns for path in out.glob("*.png")}
    assert {name for name in before if before[name] != after[name]} == {"P1.png", "P3.png"}


def test_a_mask_that_changed_is_applied(raw, tmp_path, product, put):
    data, name = tmp_path / "DATA", product()
    clear = np.zeros((24, 40), bool)
    label = np.zeros((24, 40), np.uint8)
    layout.write_frame(data, name, "train", label, label, (clear, clear))
    for folder in raw.iterdir():
        shutil.rmtree(folder)
    for labeller in range(3):
        put(raw / name / f"user{labeller}.png", label)
    words = ("merge", raw, "-o", tmp_path / "OUT", "--data", data, "--jobs", 1)
    assert labels(*words) == 0
    hidden = clear.copy()
    hidden[:12] = True
    layout.write_frame(data, name, "train", label, label, (hidden, clear))
    assert labels(*words) == 0
    expected = np.where(hidden, 255, 0)
    np.testing.assert_array_equal(read(tmp_path / "OUT" / f"{name}.png"), expected)


def test_labels_of_images_that_are_gone_are_named(raw, tmp_path, capsys):
    words = ("merge", raw, "-o", tmp_path / "OUT", "--jobs", 1)
    assert labels(*words) == 0
    assert "are not of images" not in capsys.readouterr().err
    shutil.rmtree(raw / "P1")
    assert labels(*words) == 0
    told = capsys.readouterr().err
    assert f"1 files in {tmp_path / 'OUT'} are not of images in {raw}" in told
    assert "remove them if they are old: P1.png" in told


def test_empty_labels_are_named(raw, tmp_path, capsys, put):
    put(raw / "P3" / "user0.png", np.full((24, 40), 255, np.uint8))
    assert labels("merge", raw, "-o", tmp_path / "OUT", "--jobs", 1) == 0
    told = capsys.readouterr().err
    assert "1 labels were empty, or are once masked: thrown out: P3/user0" in told


def test_an_image_with_too_many_labels_is_named(raw, tmp_path, capsys, put):
    for labeller in range(28):
        put(raw / "P3" / f"more{labeller}.png", np.zeros((24, 40), np.uint8))
    words = ("merge", raw, "-o", tmp_path / "OUT", "--method", "dawid-skene", "--jobs", 1)
    assert labels(*words) == 2
    assert "P3: 32 labels of one image" in capsys.readouterr().err


def test_a_run_that_finished_nothing_binds_nobody(raw, tmp_path, put):
    put(raw / "P0" / "user0.png", np.full((24, 40), 9, np.uint8))
    words = ("merge", raw, "-o", tmp_path / "OUT", "--jobs", 1)
    assert labels(*words) == 2
    assert labels(*words, "--min-labels", 2, "--on-bad", "skip") == 0


def test_other_settings_need_another_output(raw, tmp_path, capsys):
    assert labels("merge", raw, "-o", tmp_path / "OUT", "--jobs", 1) == 0
    assert labels("merge", raw, "-o", tmp_path / "OUT", "--min-labels", 2, "--jobs", 1) == 2
    assert "other settings (min_labels: 3, now 2)" in capsys.readouterr().err


def test_a_killed_run_goes_on_and_ends_the_same(tmp_path, put, blobs):
    raw = tmp_path / "RAW"
    for image in range(60):
        for labeller, label in enumerate(blobs(image, 3, (160, 160))):
            put(raw / f"P{image:02d}" / f"user{labeller}.png", label)
    code = "import sys; from ai4mars_nav.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["labels", "merge", str(raw), "-o", str(tmp_path / "OUT"), "--jobs", "1"]
    process = subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE)
    while not list((tmp_path / "OUT").glob("*.png")) and process.poll() is None:
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "OUT").glob("*.png")}
    finished = set(Journal(tmp_path / "OUT" / "journal.jsonl", SETTINGS).done)
    assert before
    assert main(words) == 0
    assert main([*words[:4], str(tmp_path / "WHOLE"), "--jobs", "1"]) == 0
    for path in sorted((tmp_path / "WHOLE").glob("*.png")):
        same = tmp_path / "OUT" / path.name
        assert same.read_bytes() == path.read_bytes()
        if path.stem in finished:
            assert same.stat().st_mtime_ns == before[path.name]
    names = {path.name for path in (tmp_path / "OUT").glob("*.png")}
    assert len(names) == 60


def test_wrong_options_are_refused_in_words(raw, tmp_path, capsys):
    assert labels("merge", raw, "-o", tmp_path / "OUT", "--min-agreement", 1.5) == 2
    assert "min_agreement" in capsys.readouterr().err
    assert labels("merge", tmp_path / "nowhere", "-o", tmp_path / "OUT") == 2
    assert "no such folder" in capsys.readouterr().err
    assert labels("merge", raw, "-o", raw / "OUT", "--jobs", 1) == 2
    assert "where only raw labels may be" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert labels("merge", raw, "-o", tmp_path / "file", "--jobs", 1) == 2
    assert "cannot be written" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        labels("gold", raw, "-o", tmp_path / "OUT", "--min-labels", 4)


@pytest.mark.parametrize("command", ["agreement", "merge", "gold"])
def test_help_says_what_it_does(command, capsys):
    with pytest.raises(SystemExit) as ended:
        labels(command, "--help")
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "RAW/<product id>/<labeller>.png" in " ".join(text.split())
    assert len(text.split()) > 100


def test_a_foreign_journal_is_refused(tmp_path):
    (tmp_path / "journal.jsonl").write_text("not json\n")
    with pytest.raises(DatasetError, match="not a journal"):
        Journal(tmp_path / "journal.jsonl", {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("product,labeller\n", "the columns are"),
        ("product,labeller,rating\nP,u,6\n", "line 2: rating '6'"),
        ("product,labeller,rating\nP,u,1\nP,u,2\n", "line 3: P, u comes twice"),
        ("product,labeller,rating\nP,u\n", "line 2 has 2 columns"),
    ],
)
def test_damaged_ratings_are_named(tmp_path, text, told):
    (tmp_path / "ratings.csv").write_text(text)
    with pytest.raises(DatasetError, match=rf"ratings\.csv: {told}"):
        tables.read_ratings(tmp_path / "ratings.csv")

"""`ai4mars archive project`: from a folder or a search to an export, by hand."""

from __future__ import annotations

import json
import uuid

import numpy as np
import pytest

from ai4mars_nav.archive.catalogue.entry import Entry
from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.catalogue.write import Batch, Unit, put
from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.labelling import answers, projects, tasks
from ai4mars_nav.archive.labelling.answers import Given
from ai4mars_nav.cli import main

from .made_project import SIZE, add_labellers, write_pictures


@pytest.fixture
def command(tmp_path):
    """Runs `ai4mars archive project ...` on a store; its exit code."""
    store = ["--store", str(tmp_path / "archive.db")]
    return lambda *words: main(["archive", "project", *map(str, words), *store])


@pytest.fixture
def store(tmp_path):
    opened = open_database(str(tmp_path / "archive.db"))
    yield opened
    opened.close()


def test_from_a_folder_to_an_export(command, store, tmp_path, capsys):
    folder = tmp_path / "pictures"
    write_pictures(folder, 2)
    classes = tmp_path / "classes.csv"
    classes.write_text("value,name,colour,key,help\n0,rock,#aa0000,r,hard\n1,sand,#00aa00,s,soft\n")
    lessons = [{"image": f"pictures/{next(folder.iterdir()).name}", "text": "Sand.", "answer": [1]}]
    (tmp_path / "tutorial.json").write_text(json.dumps(lessons))
    add = ("add", "rocks", "--kind", "image", "--images", folder, "--classes", classes,
           "--labels-per-image", 1, "--tutorial", tmp_path / "tutorial.json")  # fmt: skip
    assert command(*add) == 0
    project = projects.project_named(store, "rocks")
    assert [one.key for one in project.classes] == ["r", "s"]
    assert project.tutorial[0].answer == (1,)
    # again: what is new is added
    write_pictures(folder, 3)
    assert command(*add) == 0
    assert "1 images added" in capsys.readouterr().err
    (one,) = add_labellers(store, 1)
    while (task := tasks.next_task(store, project, one.id, 1.0)) is not None:
        given = Given(uuid.uuid4().hex, {"classes": [1], "note": ""}, None, False, 1.0)
        answers.save_answer(store, task.id, one.id, given, 1.0)
    assert command("list") == 0
    assert "3 of 3 images have their 1 labels" in capsys.readouterr().out
    assert command("export", "rocks", "--layout", "deepmars", "-o", tmp_path / "out") == 0
    assert len((tmp_path / "out" / "labels.txt").read_text().splitlines()) == 3
    assert command("close", "rocks") == 0
    assert projects.project_named(store, "rocks").closed
    assert command("open", "rocks") == 0
    assert not projects.project_named(store, "rocks").closed


def test_the_pictures_of_a_search(command, store, tmp_path, capsys):
    paths = write_pictures(tmp_path / "pictures", 3)
    prepare(store)
    entries = tuple(
        Entry(path.stem, site=f"curiosity {n % 2}", file=str(path)) for n, path in enumerate(paths)
    )
    put(store, Batch("test", ((Unit("all", "1"), 3, ()),), entries))
    words = ("--kind", "pixels", "--query")
    address = "http://localhost:8040/?site=curiosity+0"
    assert command("add", "ground", *words, address) == 0
    project = projects.project_named(store, "ground")
    assert projects.progress(store, project, 0).images == 2
    assert command("add", "none", *words, "/?site=nowhere") == 2
    assert "finds no picture" in capsys.readouterr().err
    assert command("arrange", "ground", "--order", "uncertain") == 0
    assert projects.project_named(store, "ground").arranged == "uncertain"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--kind", "image"), "--classes"),
        (("--kind", "pixels", "--labels-per-image", 0), "0 labels an image"),
        (("--kind", "pixels", "--min-labels", 9), "9 labellers must agree, of 3"),
        (("--kind", "pixels", "--guess", "nothing"), "model 'nothing'"),
        (("--kind", "pixels", "--tutorial", "nothing.json"), "cannot be read as a tutorial"),
        (("--kind", "pixels", "--classes", "nothing.csv"), "cannot be read as classes"),
    ],
)
def test_projects_that_cannot_be(command, tmp_path, capsys, words, told):
    write_pictures(tmp_path / "pictures", 1)
    assert command("add", "p", "--images", tmp_path / "pictures", *words) == 2
    assert told in capsys.readouterr().err


def test_bad_images_are_refused_or_left_out(command, store, tmp_path, capsys):
    folder = tmp_path / "pictures"
    write_pictures(folder, 1)
    (folder / "cut.png").write_bytes(next(folder.iterdir()).read_bytes()[:100])
    add = ("add", "p", "--kind", "pixels", "--images", folder)
    assert command(*add) == 2
    assert "truncated" in capsys.readouterr().err
    assert command(*add, "--on-bad", "skip") == 0
    assert "left out: " in capsys.readouterr().err
    assert projects.progress(store, projects.project_named(store, "p"), 0).images == 1
    (tmp_path / "empty").mkdir()
    assert command("add", "q", "--kind", "pixels", "--images", tmp_path / "empty") == 2
    assert "names no image" in capsys.readouterr().err
    ranges = tmp_path / "ranges"
    ranges.mkdir()
    good = next(path for path in folder.iterdir() if path.stem != "cut")
    np.save(ranges / f"{good.stem}.npy", np.ones((SIZE[0], 3), np.float32))
    (folder / "cut.png").unlink()
    assert command("add", "r", "--kind", "pixels", "--images", folder, "--ranges", ranges) == 2
    assert "ranges of (48, 3)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lessons", "told"),
    [
        ("[]", "a tutorial is a list"),
        ('[{"image": "a.png"}]', "has other keys"),
        ('[{"image": "nothing.png", "text": ""}]', "no file 'nothing.png' beside it"),
        ('[{"image": "x.json", "text": "", "answer": "x"}]', "a list of class values"),
        ('[{"image": "x.json", "text": "", "answer": [7]}]', "an unknown class"),
    ],
)
def test_tutorials_that_cannot_be(command, tmp_path, capsys, lessons, told):
    write_pictures(tmp_path / "pictures", 1)
    (tmp_path / "x.json").write_text(lessons)
    (tmp_path / "c.txt").write_text("0 a\n1 b")
    words = ("add", "p", "--kind", "image", "--images", tmp_path / "pictures", "--classes")
    assert command(*words, tmp_path / "c.txt", "--tutorial", tmp_path / "x.json") == 2
    assert told in capsys.readouterr().err

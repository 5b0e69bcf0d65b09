"""Agreement, ratings, merging and export of what was labelled; the exports train."""

from __future__ import annotations

import csv
import json
import math
import uuid
from dataclasses import replace
from xml.etree import ElementTree as xml

import cv2
import numpy as np
import pytest

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.errors import ArchiveError, Missing
from ai4mars_nav.archive.labelling import answers, reviewing, tasks
from ai4mars_nav.archive.labelling.agreement import krippendorff, merged_classes, shared_scores
from ai4mars_nav.archive.labelling.answers import Given
from ai4mars_nav.archive.labelling.drawn import png_of
from ai4mars_nav.archive.labelling.export import export
from ai4mars_nav.dataset.agreement import agreement_scores
from ai4mars_nav.dataset.cvat import read_cvat
from ai4mars_nav.dataset.drawing import rasterise
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.layout import find_frames, read_frame
from ai4mars_nav.dataset.merge import MergeSettings, merge
from ai4mars_nav.dataset.raw import find_raw, read_stack
from ai4mars_nav.dataset.releases import TRAIN

from .made_project import SIZE, add_labellers, make_project, signed_in

RULE = MergeSettings(2, 0.5)


@pytest.fixture
def store(tmp_path):
    opened = open_database(str(tmp_path / "archive.db"))
    yield opened
    opened.close()


def label_all(database, project, labellers, say):
    """Everybody labels everything: `say(labeller number, product)` gives the content and label."""
    given = {}
    for number, one in enumerate(labellers):
        while (task := tasks.next_task(database, project, one.id, 10.0)) is not None:
            content, label = say(number, task.product)
            answer = Given(uuid.uuid4().hex, content, label, False, 2.0)
            given[task.product, number] = answers.save_answer(
                database, task.id, one.id, answer, 10.0
            )
    return given


def image_project(database, folder, count=6):
    """The first two of three labellers agree on all images, the third is always wrong."""
    project = make_project(database, folder, count=count, needed=3, min_labels=2)
    labellers = add_labellers(database, 3)
    names = sorted(path.stem for path in folder.iterdir())

    def say(number, product):
        value = names.index(product) % 2 if number < 2 else 2
        return {"classes": [value], "note": "=1+1" if number == 2 else ""}, None

    return project, labellers, label_all(database, project, labellers, say), names


def pixel_label(number: int) -> np.ndarray:
    label = np.full(SIZE, 255, np.uint8)
    label[:, :32] = 0
    label[:, 32:] = 1 if number < 2 else 2
    label[: 4 + number] = 255
    return label


def pixel_project(database, folder, count=6):
    project = make_project(database, folder, "pixels", count=count, needed=3, min_labels=2)
    labellers = add_labellers(database, 3)

    def say(number, _):
        return {"shapes": []}, png_of(pixel_label(number))

    return project, labellers, label_all(database, project, labellers, say)


def test_krippendorffs_own_example():
    # Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", C: nominal, missing data
    table = """
        1 2 3 3 2 1 4 1 2 . . .
        1 2 3 3 2 2 4 1 2 5 . 3
        . 3 3 3 2 3 4 2 2 5 1 .
        1 2 3 3 2 4 4 1 2 5 1 ."""
    rows = [line.split() for line in table.split("\n") if line.strip()]
    units = [
        [frozenset([int(v)]) for v in column if v != "."] for column in zip(*rows, strict=True)
    ]
    assert krippendorff(units) == pytest.approx(0.743, abs=5e-4)


def test_alpha_of_agreement_chance_and_nothing():
    a, b = frozenset([0]), frozenset([1])
    assert krippendorff([[a, a], [b, b]]) == 1.0
    assert krippendorff([[a, b], [a, b]]) == pytest.approx(-0.5)
    assert math.isnan(krippendorff([[a, a], [a, a]]))
    assert math.isnan(krippendorff([[a], [b]]))


def test_scores_and_votes_of_whole_images():
    a, b, both = frozenset([0]), frozenset([1]), frozenset([0, 1])
    assert shared_scores([a, a, both]) == [0.75, 0.75, 0.5]
    assert math.isnan(shared_scores([a])[0])
    assert merged_classes([a, a, b], RULE) == (0,)
    assert merged_classes([a, b], RULE) == ()
    # not more than one half
    assert merged_classes([a, a, b, b], RULE) == ()
    assert merged_classes([both, a, both], RULE) == (0, 1)


def test_review_of_whole_images(database, tmp_path):
    project, labellers, given, names = image_project(database, tmp_path / "pictures", count=2)
    admin = add_labellers(database, 1, "admin")[0]
    assert reviewing.fill_agreement(database, project, 60.0) == 0
    (row, _) = reviewing.rows_of(database, project, 0, 10)
    assert (row.answers, row.wanted, row.agreement) == (3, False, pytest.approx(1 / 3))
    found = reviewing.judge(database, project, row.image)
    assert found.classes == (names.index(row.product) % 2,)
    wrong = given[row.product, 2]
    assert found.scores[wrong] == 0.0
    assert reviewing.alpha_of(database, project) < 0.5
    # the wrong one is dropped: the image is free again, for somebody else
    assert reviewing.rate(database, wrong, admin, 1, 20.0) == (project.id, row.image)
    assert tasks.next_task(database, project, labellers[2].id, 21.0) is None
    assert tasks.next_task(database, project, admin.id, 22.0).image == row.image
    reviewing.fill_agreement(database, project, 60.0)
    again = next(r for r in reviewing.rows_of(database, project, 0, 10) if r.image == row.image)
    assert (again.answers, again.wanted, again.agreement) == (2, True, 1.0)
    reviewing.rate(database, wrong, admin, 4, 23.0)
    with database.reading() as session:
        assert session.run("SELECT rating FROM ratings ORDER BY id") == [(1,), (4,)]
        assert session.run("SELECT sum(dropped) FROM answers") == [(0,)]
    for rating in (0, 6):
        with pytest.raises(ArchiveError, match="a rating is 1 to 5"):
            reviewing.rate(database, wrong, admin, rating, 24.0)
    with pytest.raises(Missing, match="no answer 999"):
        reviewing.rate(database, 999, admin, 3, 24.0)
    hands = reviewing.hands_of(database, project)
    assert [(hand.name, hand.answers, hand.seconds) for hand in hands] == [
        (f"labeller{n}", 2, 2.0) for n in range(3)
    ]


def test_review_of_pixels_is_that_of_the_data_set(database, tmp_path):
    project, _, given = pixel_project(database, tmp_path / "pictures", count=1)
    ((row,),) = ([reviewing.rows_of(database, project, 0, 10)[0]],)
    found = reviewing.judge(database, project, row.image)
    stack = np.stack([pixel_label(n) for n in range(3)])
    expected = agreement_scores(stack)
    for (_, number), answer in given.items():
        assert found.scores[answer] == expected[number]
    assert (found.label == merge(stack, project.rule)).all()


def test_pages_of_the_review(store, tmp_path):
    project, labellers, given = pixel_project(store, tmp_path / "pictures", count=2)
    (reviewer,) = add_labellers(store, 1, "reviewer")
    client = signed_in(store, reviewer, [tmp_path / "pictures"])
    assert project.name in client.get("/review").text
    assert "the most disputed first" in client.get(f"/review/{project.id}").text
    row = reviewing.rows_of(store, project, 0, 1)[0]
    url = f"/review/{project.id}/images/{row.image}"
    page = client.get(url).text
    answer = given[row.product, 0]
    assert f"{url}/answers/{answer}.png" in page
    for picture in (f"{url}/merged.png", f"{url}/answers/{answer}.png"):
        shown = client.get(picture)
        assert shown.headers["content-type"] == "image/png"
        pixels = cv2.imdecode(np.frombuffer(shown.content, np.uint8), cv2.IMREAD_COLOR)
        assert pixels.shape == (*SIZE, 3)
    rated = client.post(f"/review/answers/{answer}", data={"rating": 1})
    assert (rated.status_code, rated.headers["location"]) == (303, f"{url}#a{answer}")
    assert "<strong>dropped</strong>" in client.get(url).text
    assert client.post(f"/review/answers/{answer}", data={"rating": 9}).status_code == 422
    for missing in (f"/review/{project.id}/images/999", f"{url}/answers/999.png", "/review/999"):
        assert client.get(missing).status_code == 404
    plain = signed_in(store, labellers[0], [tmp_path / "pictures"])
    assert plain.get(url).status_code == 403
    assert plain.post(f"/review/answers/{answer}", data={"rating": 5}).status_code == 403


def test_raw_is_what_the_labels_commands_begin_with(database, tmp_path):
    project, labellers, given = pixel_project(database, tmp_path / "pictures", count=2)
    product = sorted(product for product, _ in given)[0]
    reviewing.rate(database, given[product, 1], labellers[0], 1, 20.0)
    done = export(database, project, "raw", tmp_path / "out")
    assert (done.images, done.left_out) == (2, 0)
    raw = find_raw(tmp_path / "out" / "RAW", Findings(skip=False))
    stack = read_stack(raw[0], Findings(skip=False))
    assert stack.labellers == ("labeller0", "labeller1", "labeller2")
    assert (stack.labels[2] == pixel_label(2)).all()
    assert (tmp_path / "out" / "ratings.csv").read_text().splitlines()[1:] == [
        f"{product},labeller1,1"
    ]
    with pytest.raises(ArchiveError, match="something in it"):
        export(database, project, "raw", tmp_path / "out")


def test_csv_has_all_that_was_ever_said(database, tmp_path):
    project, labellers, given, _ = image_project(database, tmp_path / "pictures", count=2)
    last = max(number for (_, who), number in given.items() if who == 0)
    answers.take_back(database, last, labellers[0].id, 20.0)
    export(database, project, "csv", tmp_path / "out")
    with (tmp_path / "out" / "answers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert sorted(row["state"] for row in rows) == ["stands"] * 5 + ["taken back"]
    assert {row["classes"] for row in rows if row["labeller"] == "labeller2"} == {"drill hole"}
    # a spreadsheet takes no note for a formula
    assert {row["note"] for row in rows} == {"", "'=1+1"}
    assert rows[0]["given"] == "1970-01-01T00:00:10+00:00"


def test_cvat_has_masks_and_tags(store, tmp_path):
    project, _, _ = pixel_project(store, tmp_path / "pictures", count=1)
    export(store, project, "cvat", tmp_path / "out")
    (drawing,) = read_cvat(tmp_path / "out" / "annotations.xml", "all", {}, Findings(skip=False))
    stack = np.stack([pixel_label(n) for n in range(3)])
    assert (rasterise(drawing) == merge(stack, project.rule)).all()


def test_cvat_tags(store, tmp_path):
    project, _, _, names = image_project(store, tmp_path / "pictures", count=2)
    assert export(store, project, "cvat", tmp_path / "out").images == 2
    root = xml.parse(tmp_path / "out" / "annotations.xml").getroot()
    tags = {i.get("name"): [t.get("label") for t in i.iter("tag")] for i in root.iter("image")}
    assert tags == {f"{names[0]}.png": ["wheel"], f"{names[1]}.png": ["sun"]}
    # two of three agree, where three have to
    strict = replace(project, rule=MergeSettings(3, 0.65))
    done = export(store, strict, "cvat", tmp_path / "strict")
    assert (done.images, done.left_out) == (0, 2)


@pytest.mark.parametrize(
    ("kind", "layout", "words"),
    [
        ("image", "ai4mars", "layout ai4mars is of projects of pixels"),
        ("pixels", "deepmars", "layout deepmars is of projects of image"),
        ("image", "tiff", "no layout 'tiff'"),
    ],
)
def test_layouts_that_do_not_fit(store, tmp_path, kind, layout, words):
    project = make_project(store, tmp_path / "pictures", kind)
    with pytest.raises(ArchiveError, match=words):
        export(store, project, layout, tmp_path / "out")


def test_the_official_folders_train(store, tmp_path):
    torch = pytest.importorskip("torch")
    from ai4mars_nav.cli import main

    project, _, _ = pixel_project(store, tmp_path / "pictures", count=6)
    out = tmp_path / "out"
    assert export(store, project, "ai4mars", out).images == 6
    frames = find_frames(out, TRAIN, Findings(skip=False))
    image, label = read_frame(frames[0])
    assert image.shape == label.shape == SIZE
    assert set(np.unique(label)) == {0, 1, 255}
    lists = {p.stem: p.read_text().split() for p in (out / "splits").iterdir()}
    assert sorted(lists["train"] + lists["val"]) == sorted(frame.product for frame in frames)
    torch.set_num_threads(1)
    run = tmp_path / "run"
    words = ["train", "--data", str(out), "--out", str(run), "--steps", "2", "--side", "64"]
    assert main([*words, "--batch", "2"]) == 0
    assert any(run.iterdir())


def test_lists_of_whole_images_train(store, tmp_path):
    pytest.importorskip("torch")
    from ai4mars_nav.content.class_map import read_class_map
    from ai4mars_nav.content.learn.lesson import read_lesson

    project, _, _, names = image_project(store, tmp_path / "pictures", count=6)
    out = tmp_path / "out"
    assert export(store, project, "deepmars", out).images == 6
    kinds = read_class_map(out / "classes.txt")
    assert kinds == ("wheel", "sun", "drill hole")
    lesson = read_lesson(out / "labels.txt", out / "images", kinds, 32, Findings(skip=False))
    assert lesson.kinds.tolist() == [n % 2 for n in range(len(names))]


def test_history_is_in_the_store_as_it_was_sent(store, tmp_path):
    _, _, given, _ = image_project(store, tmp_path / "pictures", count=1)
    with store.reading() as session:
        rows = session.run("SELECT id, content FROM answers ORDER BY id")
    assert [row[0] for row in rows] == sorted(given.values())
    assert json.loads(rows[-1][1])["classes"] == [2]

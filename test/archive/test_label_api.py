"""The labelling API through the whole application: what the page may ask for, and what it gets."""

from __future__ import annotations

import json
import uuid

import cv2
import numpy as np
import pytest

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.labelling import images, projects
from ai4mars_nav.archive.labelling.classes import terrain_classes
from ai4mars_nav.archive.labelling.projects import Lesson, Plan
from ai4mars_nav.archive.labelling.tables import prepare_labelling
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.merge import MergeSettings

from .made_project import SIZE, add_labellers, make_project, product, signed_in, write_pictures

SQUARE = {"class": 1, "type": "polygon", "points": [[0, 0], [20, 0], [20, 20], [0, 20]]}
STROKE = {"class": 3, "type": "brush", "points": [[5, 5], [40, 30]], "width": 6}


def image_answer(*classes, **more):
    return {"kind": "image", "classes": classes, "client_id": str(uuid.uuid4()), **more}


def pixel_answer(*shapes, **more):
    return {
        "kind": "pixels", "shapes": shapes, "height": SIZE[0], "width": SIZE[1],
        "client_id": str(uuid.uuid4()), **more,
    }  # fmt: skip


@pytest.fixture
def store(tmp_path):
    opened = open_database(str(tmp_path / "archive.db"))
    yield opened
    opened.close()


def test_labelling_images_from_first_to_last(database, tmp_path):
    project = make_project(database, tmp_path / "pictures", count=3, needed=1)
    (account,) = add_labellers(database, 1)
    client = signed_in(database, account, [tmp_path / "pictures"])
    assert "image" in client.get("/label").text
    page = client.get(f"/label/{project.id}")
    facts = json.loads(page.text.split('id="project">')[1].split("</script>")[0])
    assert [one["name"] for one in facts["classes"]] == ["wheel", "sun", "drill hole"]
    following = f"/api/projects/{project.id}/next"
    first = client.get(following).json()
    assert (first["height"], first["width"]) == SIZE
    assert first["progress"] == {
        "mine": 0, "done": 0, "images": 3, "labels": 0, "labels_needed": 1,
    }  # fmt: skip
    assert client.get(following).json()["task"] == first["task"]
    assert client.post(f"/api/tasks/{first['task']}/later").status_code == 204
    given = []
    for _ in range(3):
        task = client.get(following).json()
        body = image_answer(2, note="a hole, <b>I think</b>", seconds=2.5)
        for _ in range(2):  # the second time as after a lost connection
            saved = client.post(f"/api/tasks/{task['task']}/answer", json=body)
            assert saved.status_code == 201
        given.append(saved.json()["answer"])
    assert task["task"] == first["task"]
    assert client.get(following).status_code == 204
    back = client.post(f"/api/answers/{given[-1]}/undo")
    assert (back.status_code, back.json()["task"]) == (200, first["task"])
    assert back.json()["last_answer"] == given[-2]
    draft = client.get(f"/api/tasks/{first['task']}/draft").json()
    assert draft["classes"] == [2]
    progress = client.get(f"/api/projects/{project.id}/progress").json()
    assert (progress["done"], progress["mine"]) == (2, 2)


def test_labelling_pixels(database, tmp_path):
    project = make_project(database, tmp_path / "pictures", "pixels", count=1, needed=1)
    (account,) = add_labellers(database, 1)
    client = signed_in(database, account, [tmp_path / "pictures"])
    task = client.get(f"/api/projects/{project.id}/next").json()
    draft = f"/api/tasks/{task['task']}/draft"
    assert client.get(draft).status_code == 204
    assert client.put(draft, json={"shapes": [SQUARE], "zoom": 2}).status_code == 204
    assert client.get(draft).json() == {"shapes": [SQUARE], "zoom": 2}
    sent = client.post(f"/api/tasks/{task['task']}/answer", json=pixel_answer(SQUARE, STROKE))
    assert sent.status_code == 201
    with database.reading() as session:
        ((content, label),) = session.run("SELECT content, label FROM answers")
    assert json.loads(content)["shapes"][0]["class"] == 1
    pixels = cv2.imdecode(np.frombuffer(bytes(label), np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels.shape == SIZE
    assert (pixels[2, 15], pixels[5, 5], pixels[40, 60]) == (1, 3, 255)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (image_answer(3), 422, "of this project"),
        (image_answer(1, 1), 422, "each once"),
        (image_answer(), 422, "classes"),
        (image_answer(1, client_id="x"), 422, "client_id"),
        (image_answer(1, seconds=-1), 422, "seconds"),
        (image_answer(1, note="\0"), 422, "control characters"),
        (image_answer(1, surprise=1), 422, "surprise"),
        (pixel_answer(SQUARE), 422, "of image"),
        ({"kind": "sound"}, 422, "sound"),
        ([], 422, "body"),
    ],
)
def test_answers_that_cannot_be(store, tmp_path, body, status, words):
    project = make_project(store, tmp_path / "pictures")
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [tmp_path / "pictures"])
    task = client.get(f"/api/projects/{project.id}/next").json()["task"]
    answer = client.post(f"/api/tasks/{task}/answer", json=body)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text
    broken = client.post(f"/api/tasks/{task}/answer", content=b"{")
    assert broken.status_code == 422
    half = json.dumps(image_answer(1, note="x")).replace('"x"', '"\\ud800"')
    assert client.post(f"/api/tasks/{task}/answer", content=half).status_code == 422


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (pixel_answer(SQUARE, width=9), "the image has 48 x 64"),
        (pixel_answer(), "shapes"),
        (pixel_answer({**SQUARE, "class": 7}), "no class 7"),
        (pixel_answer({**SQUARE, "class": 255}), "no pixel of the image is labelled"),
        (pixel_answer({**SQUARE, "points": [[0, 0], [1, 1]]}), "3 points at least"),
        (pixel_answer({**STROKE, "width": 0}), "pixels wide"),
    ],
)
def test_drawings_that_cannot_be(store, tmp_path, body, words):
    project = make_project(store, tmp_path / "pictures", "pixels")
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [tmp_path / "pictures"])
    task = client.get(f"/api/projects/{project.id}/next").json()["task"]
    answer = client.post(f"/api/tasks/{task}/answer", json=body)
    assert (answer.status_code, words in answer.json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize("depth", [100, 900, 100_000])
def test_drafts_however_deep(store, tmp_path, depth):
    project = make_project(store, tmp_path / "pictures")
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [tmp_path / "pictures"])
    task = client.get(f"/api/projects/{project.id}/next").json()["task"]
    deep = '{"shapes": ' + "[" * depth + "]" * depth + "}"
    answer = client.put(f"/api/tasks/{task}/draft", content=deep)
    assert answer.status_code in (204, 400, 422), answer.text
    assert client.get(f"/api/tasks/{task}/draft").status_code in (200, 204)


def test_others_tasks_are_not_there(store, tmp_path):
    project = make_project(store, tmp_path / "pictures")
    accounts = add_labellers(store, 2)
    mine, theirs = (signed_in(store, one, [tmp_path / "pictures"]) for one in accounts)
    task = mine.get(f"/api/projects/{project.id}/next").json()["task"]
    for call in (
        theirs.post(f"/api/tasks/{task}/answer", json=image_answer(1)),
        theirs.post(f"/api/tasks/{task}/later"),
        theirs.get(f"/api/tasks/{task}/draft"),
        theirs.get(f"/api/tasks/{task}/guess.png"),
        theirs.put(f"/api/tasks/{task}/draft", json={}),
        theirs.get("/api/projects/999/next"),
        theirs.get("/label/999"),
    ):
        assert call.status_code == 404, call.url


def test_a_closed_project_gives_nothing(store, tmp_path):
    project = make_project(store, tmp_path / "pictures")
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [tmp_path / "pictures"])
    projects.set_closed(store, project, 5.0)
    assert client.get(f"/api/projects/{project.id}/next").status_code == 204
    assert "No project is open" in client.get("/label").text


def test_an_image_outside_of_the_roots_is_told(store, tmp_path):
    project = make_project(store, tmp_path / "pictures")
    (account,) = add_labellers(store, 1)
    answer = signed_in(store, account).get(f"/api/projects/{project.id}/next")
    assert (answer.status_code, "start it with --root" in answer.text) == (422, True)


def test_scale_bar_and_what_is_far_away(store, tmp_path):
    prepare_labelling(store)
    folder, ranges = tmp_path / "pictures", tmp_path / "ranges"
    first, second, third = write_pictures(folder, 3)
    ranges.mkdir()
    metres = np.linspace(60.0, 2.0, SIZE[0], dtype=np.float32)[:, None].repeat(SIZE[1], 1)
    np.save(ranges / f"{first.stem}.npy", metres)
    mask = np.zeros(SIZE, np.uint8)
    mask[:10] = 1
    cv2.imwrite(str(ranges / f"{second.stem.replace('EDR', 'RNG')}.png"), mask)
    found = list(images.read_images([first, second, third], ranges, Findings(skip=False)))
    plan = Plan("ground", "pixels", terrain_classes(), 1, MergeSettings(1, 0.5))
    project = projects.add_project(store, plan, found, 1.0)
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [folder])
    tasks = {}
    for _ in range(3):
        task = client.get(f"/api/projects/{project.id}/next").json()
        tasks[task["product"]] = task
        client.post(f"/api/tasks/{task['task']}/answer", json=pixel_answer(SQUARE))
    bar = tasks[first.stem]["scale_bar"]
    assert bar["metres"] == 0.5
    assert bar["pixels"] == abs(bar["corners"][2][0] - bar["corners"][3][0]) > 0
    assert tasks[second.stem]["scale_bar"] is tasks[third.stem]["scale_bar"] is None
    assert tasks[third.stem]["range"] is None
    for name, far in ((first.stem, metres > 30.0), (second.stem, mask > 0)):
        png = client.get(tasks[name]["range"])
        assert png.headers["content-type"] == "image/png"
        shown = cv2.imdecode(np.frombuffer(png.content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert ((shown == 255) == far).all()


def test_a_models_guess_can_be_switched_off(store, tmp_path):
    project = make_project(store, tmp_path / "pictures", "pixels", guess="terrain-256-int8")
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [tmp_path / "pictures"])
    url = f"/api/projects/{project.id}/next"
    assert client.put("/api/account/guess", json={"on": False}).status_code == 204
    assert client.get(url).json()["guess"] is None
    client.put("/api/account/guess", json={"on": True})
    task = client.get(url).json()
    first, again = (client.get(task["guess"]).content for _ in range(2))
    assert first == again
    label = cv2.imdecode(np.frombuffer(first, np.uint8), cv2.IMREAD_UNCHANGED)
    assert label.shape == SIZE
    assert set(np.unique(label)) <= {0, 1, 2, 3, 255}
    body = pixel_answer(SQUARE, guess_used=True)
    client.post(f"/api/tasks/{task['task']}/answer", json=body)
    with store.reading() as session:
        assert session.run("SELECT guess_shown, guess_used FROM answers") == [(1, 1)]
        assert session.run("SELECT count(*) FROM guesses") == [(1,)]


def test_what_a_classifier_thinks(store, tmp_path):
    project = make_project(store, tmp_path / "pictures", guess="mslnet")
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [tmp_path / "pictures"])
    guess = client.get(f"/api/projects/{project.id}/next").json()["guess"]
    # of the three classes of the project those that the model has, too
    assert set(guess) <= {"0", "1", "2"}
    assert "1" in guess
    assert all(0.0 <= p <= 1.0 for p in guess.values())
    with pytest.raises(projects.ArchiveError, match="knows none of the classes cheese"):
        from ai4mars_nav.archive.labelling.guess import check_guess

        check_guess("image", ("cheese",), "mslnet")


def test_the_tutorial_reaches_the_page(store, tmp_path):
    lesson = str(write_pictures(tmp_path / "pictures", 1)[0])
    project = make_project(
        store, tmp_path / "pictures", tutorial=(Lesson(lesson, "</script><b>", (1,)),)
    )
    (account,) = add_labellers(store, 1)
    page = signed_in(store, account, [tmp_path / "pictures"]).get(f"/label/{project.id}").text
    facts = json.loads(page.split('id="project">')[1].split("</script>")[0])
    assert facts["tutorial"] == [
        {"image": f"/files/0/{product(0)}.png", "text": "</script><b>", "answer": [1]}
    ]


def test_a_store_or_model_that_fails_says_so_and_may_be_asked_again(store, tmp_path):
    project = make_project(store, tmp_path / "pictures", guess="gone")
    (account,) = add_labellers(store, 1)
    client = signed_in(store, account, [tmp_path / "pictures"])
    answer = client.get(f"/api/projects/{project.id}/next")
    assert (answer.status_code, "content model 'gone'" in answer.text) == (503, True)
    with store.writing() as session:
        session.run("DROP TABLE guesses")
        session.run("UPDATE projects SET guess = 'mslnet'")
    answer = client.get(f"/api/projects/{project.id}/next")
    assert (answer.status_code, "no such table" in answer.text) == (503, True)

"""Tasks and answers in both stores: who gets what, and that nothing is lost or doubled."""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest

from ai4mars_nav.archive.errors import Conflict, Missing
from ai4mars_nav.archive.labelling import answers, projects, tasks
from ai4mars_nav.archive.labelling.answers import Given
from ai4mars_nav.archive.labelling.tasks import LEASE

from .made_project import add_labellers, make_project


def given(value=0, client_id=None):
    return Given(client_id or uuid.uuid4().hex, {"classes": [value], "note": ""}, None, False, 1.0)


def history(database):
    with database.reading() as session:
        return session.run("SELECT id, task, taken_back FROM answers ORDER BY id")


def test_until_every_image_has_its_labels(database, tmp_path):
    project = make_project(database, tmp_path, count=5, needed=2)
    labellers = add_labellers(database, 3)
    seen = Counter()
    now = 10.0
    for _ in range(5):
        for one in labellers:
            now += 1.0
            task = tasks.next_task(database, project, one.id, now)
            if task is not None:
                seen[one.id, task.image] += 1
                answers.save_answer(database, task.id, one.id, given(), now)
    assert sum(seen.values()) == 10
    assert max(seen.values()) == 1
    assert set(Counter(image for _, image in seen).values()) == {2}
    far = projects.progress(database, project, labellers[0].id)
    assert (far.images, far.done, far.labels) == (5, 5, 10)
    assert far.mine == sum(count for (who, _), count in seen.items() if who == labellers[0].id)


def test_orders_differ_between_labellers(database, tmp_path):
    project = make_project(database, tmp_path, count=12, needed=3)
    orders = set()
    for one in add_labellers(database, 3):
        order = []
        while (task := tasks.next_task(database, project, one.id, 10.0)) is not None:
            order.append(task.product)
            answers.save_answer(database, task.id, one.id, given(), 10.0)
        assert len(set(order)) == 12
        orders.add(tuple(order))
    assert len(orders) == 3


def test_the_highest_priority_comes_first(database, tmp_path):
    project = make_project(database, tmp_path, count=6, needed=1)
    (one,) = add_labellers(database, 1)
    with database.reading() as session:
        numbers = [row[0] for row in session.run("SELECT id FROM project_images ORDER BY id")]
    projects.set_priorities(database, project, "uncertain", [(n, n % 4 + n / 100) for n in numbers])
    project = projects.project_of(database, project.id)
    order = []
    while (task := tasks.next_task(database, project, one.id, 10.0)) is not None:
        order.append(task.image)
        answers.save_answer(database, task.id, one.id, given(), 10.0)
    assert order == sorted(numbers, key=lambda n: -(n % 4 + n / 100))


def test_a_lease_keeps_an_image_and_ends(database, tmp_path):
    project = make_project(database, tmp_path, count=1, needed=1)
    first, second = add_labellers(database, 2)
    task = tasks.next_task(database, project, first.id, 0.0)
    assert tasks.next_task(database, project, first.id, 1.0) == task
    assert tasks.next_task(database, project, second.id, 2.0) is None
    tasks.save_draft(database, task.id, first.id, '{"shapes": []}', LEASE - 1.0)
    assert tasks.next_task(database, project, second.id, LEASE + 1.0) is None
    other = tasks.next_task(database, project, second.id, 2 * LEASE)
    assert other.image == task.image
    # what comes late is taken, and what was begun comes back to whoever has begun it
    assert tasks.next_task(database, project, first.id, 2 * LEASE + 1.0).draft == '{"shapes": []}'
    answers.save_answer(database, other.id, second.id, given(), 2 * LEASE + 2.0)
    answers.save_answer(database, task.id, first.id, given(), 2 * LEASE + 3.0)
    assert projects.progress(database, project, first.id).labels == 2


def test_a_forgotten_task_lapses_once_others_have_done_it(database, tmp_path):
    project = make_project(database, tmp_path, count=1, needed=1)
    first, second = add_labellers(database, 2)
    forgotten = tasks.next_task(database, project, first.id, 0.0)
    other = tasks.next_task(database, project, second.id, LEASE + 1.0)
    answers.save_answer(database, other.id, second.id, given(), LEASE + 2.0)
    assert tasks.next_task(database, project, first.id, LEASE + 3.0) is None
    with pytest.raises(Conflict, match="went to others"):
        answers.save_answer(database, forgotten.id, first.id, given(), LEASE + 4.0)
    # taken back, the image is free again, also for whoever forgot it
    answer = history(database)[0][0]
    answers.take_back(database, answer, second.id, LEASE + 5.0)
    tasks.put_off(database, other.id, second.id, LEASE + 6.0)
    again = tasks.next_task(database, project, first.id, LEASE + 7.0)
    assert (again.id, again.state) == (forgotten.id, "open")


def test_later_comes_again_last(database, tmp_path):
    project = make_project(database, tmp_path, count=3, needed=1)
    (one,) = add_labellers(database, 1)
    put_off = tasks.next_task(database, project, one.id, 1.0)
    tasks.save_draft(database, put_off.id, one.id, "{}", 1.0)
    tasks.put_off(database, put_off.id, one.id, 2.0)
    for now in (3.0, 4.0):
        task = tasks.next_task(database, project, one.id, now)
        assert task.id != put_off.id
        answers.save_answer(database, task.id, one.id, given(), now)
    again = tasks.next_task(database, project, one.id, 5.0)
    assert (again.id, again.draft) == (put_off.id, "{}")


def test_an_answer_is_saved_once(database, tmp_path):
    project = make_project(database, tmp_path, count=2, needed=1)
    first, second = add_labellers(database, 2)
    task = tasks.next_task(database, project, first.id, 1.0)
    sent = given(client_id="a")
    number = answers.save_answer(database, task.id, first.id, sent, 2.0)
    assert answers.save_answer(database, task.id, first.id, sent, 3.0) == number
    assert answers.known_answer(database, first.id, "a") == number
    assert answers.known_answer(database, second.id, "a") is None
    with pytest.raises(Conflict, match="answered already"):
        answers.save_answer(database, task.id, first.id, given(client_id="b"), 4.0)
    for call in (
        lambda: answers.save_answer(database, task.id, second.id, given(), 4.0),
        lambda: tasks.save_draft(database, task.id, second.id, "{}", 4.0),
        lambda: tasks.put_off(database, task.id, second.id, 4.0),
        lambda: answers.take_back(database, number, second.id, 4.0),
        lambda: answers.take_back(database, number + 1, first.id, 4.0),
    ):
        with pytest.raises(Missing, match="of yours"):
            call()
    assert len(history(database)) == 1


def test_taking_back_keeps_the_history(database, tmp_path):
    project = make_project(database, tmp_path, count=2, needed=1)
    (one,) = add_labellers(database, 1)
    numbers = []
    for now in (1.0, 2.0):
        task = tasks.next_task(database, project, one.id, now)
        numbers.append(answers.save_answer(database, task.id, one.id, given(int(now)), now))
    assert tasks.next_task(database, project, one.id, 3.0) is None
    with pytest.raises(Conflict, match="not your last"):
        answers.take_back(database, numbers[0], one.id, 4.0)
    back = answers.take_back(database, numbers[1], one.id, 5.0)
    assert (back.id, back.state) == (task.id, "open")
    assert '"classes": [2]' in back.draft
    with pytest.raises(Conflict, match="taken back already"):
        answers.take_back(database, numbers[1], one.id, 6.0)
    assert tasks.next_task(database, project, one.id, 7.0).id == task.id
    answers.save_answer(database, task.id, one.id, given(0), 8.0)
    assert [row[2] for row in history(database)] == [None, 5.0, None]
    assert projects.progress(database, project, one.id).labels == 2


def test_many_at_once_neither_double_nor_lose(database, tmp_path):
    project = make_project(database, tmp_path, count=20, needed=3)
    labellers = add_labellers(database, 6)
    saved, faults = [], []

    def work(account: int) -> None:
        try:
            while (task := tasks.next_task(database, project, account, 10.0)) is not None:
                saved.append(answers.save_answer(database, task.id, account, given(), 10.0))
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(one.id,)) for one in labellers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(saved) == [row[0] for row in history(database)]
    with database.reading() as session:
        counts = session.run("SELECT answers, wanted FROM project_images")
    # whoever had no image left may have gone while others held their last ones
    assert set(counts) <= {(3, 0), (2, 1)}
    assert len(set(saved)) == sum(row[0] for row in counts) >= 55

"""What admins do in the browser: accounts, invitations, projects; and what they may not."""

from __future__ import annotations

import re

import pytest

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.labelling import accounts, invitations, projects

from .made_project import WORDS, add_labellers, signed_in, write_pictures


@pytest.fixture
def store(tmp_path):
    opened = open_database(str(tmp_path / "archive.db"))
    yield opened
    opened.close()


@pytest.fixture
def admin(store, tmp_path):
    """An admin at a server that shows a folder of pictures."""
    write_pictures(tmp_path / "root" / "sol 1", 3)
    (account,) = add_labellers(store, 1, "admin")
    return signed_in(store, account, [(tmp_path / "root").resolve()])


def form(**more):
    return {"name": "rocks", "kind": "image", "root": 0, "labels_needed": 2, **more}


def test_an_invitation_is_shown_once(admin, store):
    page = admin.post("/admin/invitations", data={"role": "reviewer"}).text
    code = re.search(r"<code>(.+)</code>", page)[1]
    assert code not in admin.get("/admin").text
    assert invitations.join(store, code, "new", WORDS, 2.0).role == "reviewer"
    assert admin.post("/admin/invitations", data={"role": "king"}).status_code == 422


def test_roles_and_closing(admin, store):
    add_labellers(store, 1)
    assert admin.post("/admin/accounts/labeller0", data={"role": "reviewer"}).status_code == 303
    assert accounts.account_named(store, "labeller0").role == "reviewer"
    assert admin.post("/admin/accounts/labeller0", data={"role": "closed"}).status_code == 303
    assert accounts.list_accounts(store)[1].closed is not None
    alone = admin.post("/admin/accounts/admin0", data={"role": "labeller"})
    assert (alone.status_code, "the only admin" in alone.text) == (409, True)
    assert admin.post("/admin/accounts/nobody", data={"role": "admin"}).status_code == 404


def test_projects_of_a_folder_below_a_root(admin, store):
    classes = {"classes": ("c.txt", b"0 rock\n1 <sand>\n")}
    made = admin.post("/admin/projects", data=form(folder="sol 1"), files=classes)
    assert made.status_code == 303
    (project,) = projects.list_projects(store)
    assert (project.name, project.labels_needed) == ("rocks", 2)
    assert projects.progress(store, project, 0).images == 3
    page = admin.get("/admin").text
    assert "0 of 3 images done" in page
    admin.post(f"/admin/projects/{project.id}", data={"state": "closed"})
    assert projects.project_of(store, project.id).closed
    admin.post(f"/admin/projects/{project.id}", data={"state": "open"})
    assert not projects.project_of(store, project.id).closed
    ground = admin.post("/admin/projects", data=form(name="ground", kind="pixels"))
    assert ground.status_code == 303


@pytest.mark.parametrize(
    ("more", "classes", "words"),
    [
        ({"folder": "../"}, b"0 a\n1 b", "is no folder below this root"),
        ({"folder": "link"}, b"0 a\n1 b", "is no folder below this root"),
        ({"folder": "/etc"}, b"0 a\n1 b", "is no folder below this root"),
        ({"folder": "a\0b"}, b"0 a\n1 b", "no such root"),
        ({"root": 5}, b"0 a\n1 b", "no such root"),
        ({"ranges": ".."}, b"0 a\n1 b", "is no folder below this root"),
        ({}, None, "needs a file of classes"),
        ({}, b"0 a", "2 to 100"),
        ({}, b"\xff\xfe", "no text in UTF-8"),
        pytest.param({}, b"0 a\n" * 40_000, "over 100000 bytes", id="long"),
        ({}, b"0 a\n2 b", "from 0 without a gap"),
        ({}, b"0 a\n1 a", "two classes with the name"),
        ({"kind": "sound"}, b"0 a\n1 b", "kind &#39;sound&#39;"),
        ({"labels_needed": 0}, b"0 a\n1 b", "0 labels an image"),
        ({"model": "nothing"}, b"0 a\n1 b", "content model &#39;nothing&#39;"),
        ({"name": " "}, b"0 a\n1 b", "no name of a project"),
    ],
)
def test_projects_that_cannot_be(admin, store, tmp_path, more, classes, words):
    (tmp_path / "root" / "link").symlink_to("/etc")
    files = {"classes": ("c.txt", classes)} if classes else None
    answer = admin.post("/admin/projects", data=form(**more), files=files)
    assert (answer.status_code, words in answer.text) == (422, True), answer.text
    assert projects.list_projects(store) == []


def test_others_may_not(store):
    for role in ("labeller", "reviewer"):
        (account,) = add_labellers(store, 1, role)
        client = signed_in(store, account)
        assert client.get("/admin").status_code == 403
        assert client.post("/admin/invitations", data={"role": "admin"}).status_code == 403

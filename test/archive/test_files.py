"""Files are served from registered roots only, and as what they are."""

from __future__ import annotations

import os

import numpy as np
import pytest
from fastapi.testclient import TestClient

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.web.app import create_app
from ai4mars_nav.archive.web.roots import url_of
from ai4mars_nav.archive.web.thumbnails import Thumbnails
from ai4mars_nav.dataset.images import write_image


@pytest.fixture
def folder(tmp_path):
    """A root with an image, and secrets beside it that links point to."""
    root = tmp_path / "root"
    picture = np.arange(64 * 96 * 3, dtype=np.uint8).reshape(64, 96, 3)
    write_image(root / "a folder" / "pic ture.png", picture)
    write_image(root / ".hidden" / "picture.png", picture)
    write_image(tmp_path / "outside.png", picture)
    (root / "page.png").write_text("<script>alert(1)</script>")
    (root / "notes.txt").write_text("notes")
    (root / "link.png").symlink_to(tmp_path / "outside.png")
    (root / "way-out").symlink_to(tmp_path)
    (root / "way-in").symlink_to(root / "a folder")
    return root


@pytest.fixture
def client(folder, tmp_path):
    """The real application over that root."""
    database = open_database(str(tmp_path / "archive.db"))
    app = create_app(database, (folder.resolve(),), keep=tmp_path / "kept")
    with TestClient(app) as opened:
        yield opened
    database.close()


def test_an_image_comes_as_it_is_and_again_only_when_it_has_changed(client, folder):
    path = folder / "a folder" / "pic ture.png"
    url = url_of((folder.resolve(),), path)
    assert url == "/files/0/a%20folder/pic%20ture.png"
    first = client.get(url)
    assert first.content == path.read_bytes() and first.headers["content-type"] == "image/png"
    assert first.headers["x-content-type-options"] == "nosniff"
    again = client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content
    os.utime(path, ns=(1, 1))
    assert client.get(url, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_a_thumbnail_is_small_and_made_once(client, tmp_path):
    url = "/files/0/way-in/pic ture.png?side=160"
    first = client.get(url)
    assert first.status_code == 200 and first.headers["content-type"] == "image/jpeg"
    assert len(list((tmp_path / "kept").rglob("*.jpg"))) == 1
    assert client.get(url).content == first.content
    assert client.get("/files/0/a folder/pic ture.png?side=161").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "0/link.png", "0/way-out/outside.png", "0/../outside.png", "0/%2e%2e/outside.png",
        "0/..%2foutside.png", "0/a folder/../../outside.png", "0/notes.txt", "0/page.png",
        "0/.hidden/picture.png", "0//etc/passwd", "0/%2fetc%2fpasswd", "0/a%00b.png", "0/a folder",
        "0/..%5coutside.png", "1/a folder/pic ture.png", "-1/a folder/pic ture.png", "0/",
    ],
)  # fmt: skip
def test_there_is_no_way_out_of_a_root(client, path):
    answer = client.get(f"/files/{path}")
    assert answer.status_code in (404, 422), path
    assert "image" not in answer.headers["content-type"]
    assert b"script" not in answer.content


def test_a_damaged_image_has_no_thumbnail_and_says_why(client, folder):
    raw = (folder / "a folder" / "pic ture.png").read_bytes()
    (folder / "short.png").write_bytes(raw[:-20])
    answer = client.get("/files/0/short.png?side=160")
    assert answer.status_code == 415 and "truncated" in answer.text


def test_the_cache_of_thumbnails_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("ai4mars_nav.archive.web.thumbnails._BUCKET", 2)
    thumbnails = Thumbnails(tmp_path)
    picture = np.zeros((16, 16), np.uint8)
    for number in range(1000):
        thumbnails.jpeg(str(number), 160, lambda: picture)
    assert all(len(list(bucket.iterdir())) <= 2 for bucket in tmp_path.iterdir())


def test_no_root_has_no_address(folder, tmp_path):
    assert url_of((folder.resolve(),), tmp_path / "outside.png") is None
    assert url_of((folder.resolve(),), folder / "link.png") is None

"""The search page, its API and its exports, asked as a browser does, over real sources."""

from __future__ import annotations

import csv
import io
import random
import re
import tarfile

import numpy as np
import pytest
from fastapi.testclient import TestClient

from ai4mars_nav import cli
from ai4mars_nav.archive.catalogue import slow
from ai4mars_nav.archive.catalogue.ingest import ingest, roots_of, sources_of
from ai4mars_nav.archive.catalogue.query import Query
from ai4mars_nav.archive.catalogue.usage import by_month, classes_asked
from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.web.app import create_app
from ai4mars_nav.archive.web.reliability import reliability
from ai4mars_nav.dataset.images import write_image
from ai4mars_nav.perception.sidecar import read_document, sidecar_path
from ai4mars_nav.share import content_model_file

from ..pds.products import write_pair
from .made_catalogue import fill, made_query
from .made_sources import (
    PRODUCT,
    write_bag,
    write_pictures,
    write_release,
    write_table,
)

MAST = "0003MR0000120010100000E01_DRCL"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with something of every kind of source."""
    folder = tmp_path_factory.mktemp("sources")
    write_pictures(folder / "pictures")
    (folder / "table").mkdir()
    write_table(folder / "table", [{f"{MAST}.jpg": (0.95, 0.05, 0.0)}])
    crop = folder / "crops" / "ESP_011283_2265_RED-0001.jpg"
    write_image(crop, np.full((32, 32), 60, np.uint8))
    write_table(folder / "marks", [{crop.name: (0.96, 0.02, 0.02)}], hirise=True)
    write_release(folder / "ai4mars")
    write_pair(folder / "pds", "CAHVOR", "SITE_FRAME")
    write_bag(folder / "drive")
    address = str(folder / "archive.db")
    database = open_database(address)
    images = {"table": folder / "pictures", "marks": folder / "crops"}
    for name in ("pictures", "table", "marks", "ai4mars", "pds", "drive"):
        for source in sources_of(folder / name, images.get(name)):
            assert not ingest(database, source).problems
    yield database, address, folder
    database.close()


@pytest.fixture(scope="module")
def client(store):
    """The real application over that store."""
    database, _, folder = store
    with TestClient(create_app(database, roots_of(database), keep=folder / "kept")) as opened:
        yield opened


def ids(client, **asked):
    """The images of a search by name."""
    found = client.get("/api/search", params=asked)
    assert found.status_code == 200, found.text
    return {one["name"]: one["id"] for one in found.json()["images"]}


def test_the_page_shows_facets_counts_and_images(client):
    page = client.get("/").text
    assert "8 images" in page and page.count('<li class="card">') == 8
    assert re.search(r'name="class" value="wheel".*\n.*<span class="count">1</span>', page)
    assert 'name="landmarks"' in page and 'name="confidence"' in page
    narrow = client.get("/?class=wheel&confidence=90").text
    assert "1 image of wheel" in narrow and MAST in narrow
    assert "Nothing in the catalogue is all of this" in client.get("/?class=wheel&sol_from=9").text


def test_words_find_classes_instruments_and_products(client):
    assert set(ids(client, q="wheel")) == {MAST, "ESP_011283_2265_RED"}
    assert set(ids(client, q="wheel mastcam")) == {MAST}
    assert set(ids(client, q="nla_3976")) == {PRODUCT}
    assert set(ids(client, landmark="wheel", landmarks="1")) == {"ESP_011283_2265_RED"}
    assert not ids(client, landmark="wheel", landmarks="2")
    assert set(ids(client, rocks_from="1")) == {"drive/2000000000"}


def test_what_cannot_be_meant_is_said_in_words(client):
    for path in ("/?colour=red", "/map?sol_from=noon", "/export.csv?sort=up", "/images/1?at=0&x=1"):
        answer = client.get(path)
        assert answer.status_code == 422 and "<h1" in answer.text, path
    assert client.get("/api/search?page=0").json()["detail"].startswith("page is 0")
    assert client.get("/images/999").status_code == 404
    assert client.get(f"/images/{2**70}").status_code == 404


def test_every_kind_of_picture_is_shown(client):
    for name, at in ids(client).items():
        answer = client.get(f"/images/{at}/picture?side=160")
        assert answer.status_code == 200, (name, answer.text)
        assert answer.headers["content-type"] == "image/jpeg"
        assert client.get(f"/images/{at}").status_code == 200
    labelled = [n for n, at in ids(client).items() if _png(client.get(f"/images/{at}/classes.png"))]
    assert sorted(labelled) == [PRODUCT, "drive/1000000000", "drive/2000000000"]
    assert client.get("/images/1/picture?side=7").status_code == 422


def _png(answer):
    return answer.status_code == 200 and answer.content.startswith(b"\x89PNG")


def test_a_picture_outside_of_all_roots_is_not_shown(store):
    database, _, folder = store
    with TestClient(create_app(database, (folder / "pds",), keep=folder / "kept")) as client:
        found = ids(client)
        assert client.get(f"/images/{found[MAST]}/picture").status_code == 404
        page = client.get(f"/images/{found[MAST]}").text
        assert "is below no registered root" in page
        assert any(client.get(f"/images/{at}/picture").status_code == 200 for at in found.values())


def test_the_detail_page_says_what_where_and_how_sure(client):
    found = ids(client)
    page = client.get(f"/images/{found[MAST]}?class=wheel&at=0").text
    assert "95 %" in page and "MSL Curiosity" in page and "1 of 1" in page
    assert "is not known here" in page  # the model of the test is not installed
    labelled = client.get(f"/images/{found[PRODUCT]}").text
    assert 'class="classes"' in labelled and "sand 33 %" in labelled
    walked = client.get("/images/1?sort=name&at=1").text
    assert 'id="before"' in walked and 'id="after"' in walked


def test_the_reliability_of_a_shipped_class_is_what_its_sidecar_says():
    known = reliability("mslnet", "wheel", 0.97)
    scores = read_document(sidecar_path(content_model_file("mslnet")))["scores"]["validation"]
    judged = scores["later_sols"]
    assert known.band == (0.95, 0.99) and 0.9 < known.right_in_band <= 1.0
    low, high = (
        next(k for k in judged["curve"] if k["threshold"] == limit) for limit in known.band
    )
    kept = [(1 - k["abstained"]) * judged["pictures"] for k in (low, high)]
    right = [n * k["accuracy"] for n, k in zip(kept, (low, high), strict=True)]
    assert known.right_in_band == pytest.approx((right[0] - right[1]) / (kept[0] - kept[1]))
    assert 0 < known.claimed < judged["pictures"]
    assert reliability("mslnet", "wheel", 1.0).band == (0.99, 1.0)
    assert reliability("mslnet", "no such class", 0.5).precision is None
    assert reliability("nobody", "wheel", 0.9) is None
    assert reliability("../mslnet", "wheel", 0.9) is None


def test_the_map_draws_the_stops(client):
    page = client.get("/map?site=bag+drive").text
    assert page.count("<circle") == 2 and "2 m" in page
    stop = re.search(r'<a href="(/\?[^"]*)"', page).group(1).replace("&amp;", "&")
    assert "1 image" in client.get(stop).text
    assert "None of these images says where" in client.get("/map?class=wheel").text


def test_exports_hold_the_whole_result(client, store, tmp_path):
    rows = list(csv.reader(io.StringIO(client.get("/export.csv?sort=name").text)))
    assert len(rows) == 9 and rows[0][0] == "name"
    names = [row[0] for row in rows[1:]]
    assert client.get("/export.txt?sort=name").text.splitlines() == names
    packed = client.get("/export.bag?instrument=navcam+left&instrument=navcam+right&q=nlb")
    assert packed.status_code in (200, 422)
    bag = client.get("/export.bag?mission=msl&sun_from=-90")
    assert bag.status_code == 200, bag.text
    with tarfile.open(fileobj=io.BytesIO(bag.content)) as tar:
        assert "bag/metadata.yaml" in tar.getnames()
    assert "none of these images is a PDS product" in client.get("/export.bag?class=wheel").text
    _, address, _ = store
    out = tmp_path / "out.csv"
    words = ["archive", "export", "http://localhost/?class=wheel", "--store", address]
    assert cli.main([*words, "--csv", str(out)]) == 0
    assert [row[0] for row in csv.reader(out.open())] == ["name", MAST]
    assert cli.main([*words, "--products", str(out)]) == 0 and out.read_text() == f"{MAST}\n"
    assert cli.main([*words, "--bag", str(tmp_path / "bag")]) == cli.REFUSED


def test_a_cell_is_never_a_formula(tmp_path):
    database = open_database(str(tmp_path / "a.db"))
    write_image(tmp_path / "=1+1" / "a.png", np.zeros((20, 20), np.uint8))
    (source,) = sources_of(tmp_path / "=1+1")
    ingest(database, source)
    with TestClient(create_app(database, (), keep=tmp_path)) as client:
        assert "'=1+1/a.png" in client.get("/export.csv").text
    database.close()


def test_names_are_shown_as_text_and_never_as_markup(tmp_path):
    database = open_database(str(tmp_path / "a.db"))
    folder = tmp_path / "<script>alert(1)<"
    write_image(folder / "\"onerror='x'.png", np.zeros((20, 20), np.uint8))
    (source,) = sources_of(folder)
    ingest(database, source)
    with TestClient(create_app(database, roots_of(database), keep=tmp_path)) as client:
        for path in ("/", "/?q=%3Cscript%3Ex", "/images/1", "/map", "/?class=%22%3E%3Cscript%3E"):
            page = client.get(path).text
            assert "<script>" not in page and "<script>alert" not in page, path
            assert "onerror='" not in page.replace("&#34;onerror=&#39;", "")
    database.close()


def test_searches_are_counted_by_class_and_month_and_nothing_else(tmp_path, capsys):
    database = open_database(str(tmp_path / "a.db"))
    fill(database, random.Random(3), range(30))
    with TestClient(create_app(database, (), keep=tmp_path)) as client:
        for path in (
            "/?class=wheel",
            "/?q=wheel",
            "/?q=drill",
            "/?q=navcam",
            "/?class=wheel&page=2",
        ):
            client.get(path)
        page = client.get("/usage").text
    (counts,) = by_month(database).values()
    assert counts == {"wheel": 2, "drill": 1, "drill holes": 1}
    assert "drill holes" in page and "<svg" in page
    assert cli.main(["archive", "usage", "--store", str(tmp_path / "a.db")]) == 0
    assert ",wheel,2" in capsys.readouterr().out
    database.close()
    vocabulary = {"class": ("wheel", "dark_dune"), "landmark": ("crater",)}
    assert classes_asked(Query(text="dune"), vocabulary) == {"dark_dune"}


def test_an_address_leads_to_the_same_images_in_both_stores(database, tmp_path):
    rng = random.Random(8)
    fill(database, rng, range(120))
    images = slow.images_of(database)
    with TestClient(create_app(database, (), keep=tmp_path)) as client:
        for _ in range(25):
            query = made_query(rng)
            found = client.get(query.address("/api/search")).json()
            wanted, counts = slow.search(images, query)
            counts.pop("sol")
            assert found["total"] == len(wanted) and found["counts"] == counts
            assert [one["id"] for one in found["images"]] == slow.page(wanted, query)
            assert found["address"] == query.address()

"""Searching the columns finds and counts what a plain look at every row does, in both stores."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.archive.catalogue import kept, slow
from ai4mars_nav.archive.catalogue import search as fast
from ai4mars_nav.archive.catalogue.build import current
from ai4mars_nav.archive.catalogue.finder import Finder
from ai4mars_nav.archive.catalogue.query import BadQuery, Query, read_query
from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.database import open_database

from .made_catalogue import fill, made_query

SIZE = 10


def check(snapshot, images, query):
    """The fast and the plain search agree on everything."""
    found = fast.search(snapshot, query)
    ids, counts = slow.search(images, query)
    assert found.total == len(ids), query
    assert found.sols == counts.pop("sol"), query
    assert found.counts == counts, query
    assert fast.page(snapshot, query, found, SIZE) == slow.page(ids, query, SIZE), query


def test_any_search_is_that_of_the_plain_twin(database):
    prepare(database)
    rng = random.Random(9)
    fill(database, rng, range(400))
    snapshot, images = current(database, None), slow.images_of(database)
    for _ in range(400):
        check(snapshot, images, made_query(rng))


def test_a_snapshot_that_grew_is_one_made_at_once(database, tmp_path):
    prepare(database)
    rng = random.Random(4)
    known = None
    # the later rounds bring new images, and change old ones: numbers are drawn anew
    for numbers in (range(0, 60), range(60, 90), range(40, 130)):
        fill(database, rng, numbers)
        known = kept.keep(current(database, known), tmp_path / "index")
        whole, images = current(database, None), slow.images_of(database)
        assert np.array_equal(known.columns.ids, whole.columns.ids)
        for _ in range(60):
            query = made_query(rng)
            check(known, images, query)
            check(whole, images, query)
    assert len(list((tmp_path / "index").iterdir())) == 1


def test_several_threads_count_as_one(database, monkeypatch):
    prepare(database)
    rng = random.Random(5)
    fill(database, rng, range(200))
    snapshot, images = current(database, None), slow.images_of(database)
    monkeypatch.setattr(fast, "_SMALL", 0)
    monkeypatch.setattr(fast, "_THREADS", 3)
    for _ in range(50):
        check(snapshot, images, made_query(rng))


def test_the_finder_notices_what_is_new(database, tmp_path):
    finder = Finder(database, tmp_path / "index")
    assert finder.search(Query())[0].total == 0
    fill(database, random.Random(1), range(20))
    finder.refresh()
    found, ids = finder.search(Query())
    assert found.total == len(ids) == 20
    assert finder.search(replace(Query(), page=2))[1] == []
    # another process begins with what is kept
    again = Finder(database, tmp_path / "index")
    assert again.search(Query())[0].total == 20


def test_a_kept_index_of_another_store_or_a_damaged_one_is_made_again(tmp_path):
    stores = []
    for name in ("a", "b"):
        database = open_database(str(tmp_path / f"{name}.db"))
        prepare(database)
        fill(database, random.Random(name), range(10 if name == "a" else 30))
        stores.append(database)
    folder = tmp_path / "index"
    Finder(stores[0], folder).refresh()
    assert Finder(stores[1], folder).refresh().columns.ids.shape == (30,)
    (place,) = folder.iterdir()
    np.save(place / "ids.npy", np.zeros(3, np.int64))
    assert kept.latest(folder) is None
    assert len(Finder(stores[1], folder).refresh().columns) == 30
    for database in stores:
        database.close()


def test_an_address_says_all_of_a_query():
    rng = random.Random(2)
    for _ in range(200):
        query = made_query(rng)
        assert read_query(query.pairs()).pairs() == query.pairs()
    assert read_query([("q", "  "), ("sol_from", ""), ("class", "")]) == Query()
    assert Query().address() == "/"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("colour", "red", "'colour' is nothing that can be searched for"),
        ("sol_from", "noon", "sol_from is 'noon', must be a number"),
        ("sol_to", "nan", "a number that can be meant"),
        ("sun_to", "1e99", "a number that can be meant"),
        ("confidence", "101", "confidence is 101, must be 0 to 100"),
        ("confidence", "-1", "must be a whole number"),
        ("landmarks", "0", "landmarks is 0, must be 1 to"),
        ("page", "9" * 30, "must be a whole number"),
        ("sort", "colour", "sort is 'colour', must be one of newest"),
        ("q", "a b c d e f g h i", "9 words, at most 8"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(key, value, words):
    with pytest.raises(BadQuery, match=words):
        read_query([(key, value)])

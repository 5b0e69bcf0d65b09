"""Both stores keep the same promises."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ai4mars_nav.archive.database import migrate, open_database
from ai4mars_nav.archive.errors import ArchiveError, Conflict

STEPS = [
    "CREATE TABLE things (id {id}, name TEXT NOT NULL UNIQUE, size BIGINT, content {bytes})",
    "ALTER TABLE things ADD COLUMN weight DOUBLE PRECISION; CREATE INDEX heavy ON things (weight)",
]


def names(database):
    with database.reading() as session:
        return [row[0] for row in session.run("SELECT name FROM things ORDER BY name")]


def test_values_come_back_as_they_were(database):
    migrate(database, "things", STEPS)
    row = ("50 % ?", 2**40, b"\x00\xff", 0.1)
    insert = "INSERT INTO things (name, size, content, weight) VALUES (?, ?, ?, ?) RETURNING id"
    with database.writing() as session:
        ((first,),) = session.run(insert, *row)
        session.run_many(insert.removesuffix(" RETURNING id"), [("b", None, None, None)])
    with database.reading() as session:
        found = session.run("SELECT name, size, content, weight FROM things WHERE id = ?", first)
        like = session.run("SELECT name FROM things WHERE name LIKE '50 %'")
    assert [tuple(bytes(v) if isinstance(v, memoryview) else v for v in r) for r in found] == [row]
    assert like == [("50 % ?",)]


def test_a_write_takes_effect_whole_or_not_at_all(database):
    migrate(database, "things", STEPS)
    with pytest.raises(RuntimeError, match="amid"), database.writing() as session:
        session.run("INSERT INTO things (name) VALUES ('a')")
        raise RuntimeError("amid")
    with pytest.raises(Conflict), database.writing() as session:
        session.run("INSERT INTO things (name) VALUES ('b')")
        session.run("INSERT INTO things (name) VALUES ('b')")
    assert names(database) == []


def test_steps_are_taken_once_and_in_order(address):
    for steps in (STEPS[:1], STEPS, STEPS):
        database = open_database(address)
        migrate(database, "things", steps)
        count = len(names(database))
        with database.writing() as session:
            session.run("INSERT INTO things (name) VALUES (?)", f"n{count}")
        database.close()
    database = open_database(address)
    assert names(database) == ["n0", "n1", "n2"]
    with pytest.raises(ArchiveError, match="version 2, this program knows 1"):
        migrate(database, "things", STEPS[:1])
    database.close()


def test_threads_lose_no_write(database):
    migrate(database, "things", STEPS)
    with database.writing() as session:
        session.run("INSERT INTO things (name, size) VALUES ('count', 0)")

    def add() -> None:
        for _ in range(25):
            with database.writing() as session:
                ((size,),) = session.run("SELECT size FROM things")
                session.run("UPDATE things SET size = ?", size + 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert session.run("SELECT size FROM things") == [(100,)]


def test_a_file_that_is_no_store_is_named(tmp_path):
    bad = tmp_path / "notes.db"
    bad.write_text("these are notes, and no store at all, of more than sixteen bytes")
    with pytest.raises(ArchiveError, match=r"notes\.db: file is not a database"):
        open_database(str(bad))
    with pytest.raises(ArchiveError, match="cannot be reached"):
        open_database("postgresql://nobody@/none?host=/nowhere")
    with pytest.raises(ArchiveError, match="a store is a file, or postgresql"):
        open_database("mysql://x")


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_threads_that_have_ended_hold_nothing(database):
    """A server's threads come and go; PostgreSQL takes a hundred connections at once."""
    migrate(database, "things", STEPS)
    before, held = open_files(), []
    for _ in range(120):
        thread = threading.Thread(target=lambda: held.append(len(names(database))))
        thread.start()
        thread.join()
    assert held == [0] * 120
    assert open_files() < before + 20

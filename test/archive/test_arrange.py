"""What is labelled first: from the catalogue where it knows, else by looking."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.archive.catalogue.entry import Answer, Entry
from ai4mars_nav.archive.catalogue.tables import prepare
from ai4mars_nav.archive.catalogue.write import Batch, Unit, put
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling import projects
from ai4mars_nav.archive.labelling.arrange import Eyes, arrange, newness, ranks
from ai4mars_nav.archive.labelling.guess import Guesses
from ai4mars_nav.content.demud import Demud

from .made_project import make_project, product


def order_of(database, project):
    with database.reading() as session:
        rows = session.run(
            "SELECT product FROM project_images WHERE project = ? ORDER BY priority DESC",
            project.id,
        )
    return [row[0] for row in rows]


def test_ranks():
    assert ranks(np.array([5.0, 1.0, 9.0])).tolist() == [0.5, 0.0, 1.0]
    assert ranks(np.array([1.0, 1.0, 2.0])).tolist() == [0.25, 0.25, 1.0]
    assert ranks(np.array([3.0])).tolist() == [0.0]


def test_newness_is_demuds_order():
    features = np.random.default_rng(0).normal(size=(40, 6))
    features[7] += 30.0
    assert np.argsort(-newness(features)).tolist() == Demud().rank(features).order.tolist()


def test_the_catalogue_is_asked_first(database, tmp_path):
    project = make_project(database, tmp_path, count=3)
    names = [product(n) for n in range(3)]
    confidence, novelty = (0.9, 0.2, 0.5), (7.0, 1.0, 3.0)
    entries = [
        Entry(name, novelty=new, model="mslnet", answers=(Answer("sun", sure),))
        for name, sure, new in zip(names, confidence, novelty, strict=True)
    ]
    with pytest.raises(ArchiveError, match="has not classified these images"):
        arrange(database, project, "uncertain", Eyes())
    prepare(database)
    put(database, Batch("test", ((Unit("all", "1"), 3, ()),), tuple(entries)))
    arrange(database, project, "uncertain", Eyes())
    assert order_of(database, project) == [names[1], names[2], names[0]]
    arrange(database, project, "novel", Eyes())
    assert order_of(database, project) == [names[0], names[2], names[1]]
    arrange(database, project, "both", Eyes())
    assert order_of(database, project)[-1] == names[2]
    assert projects.project_of(database, project.id).arranged == "both"
    with pytest.raises(ArchiveError, match="must be one of"):
        arrange(database, project, "best", Eyes())


def test_models_look_where_it_does_not_know(database, tmp_path):
    whole = make_project(database, tmp_path / "a", count=3)
    ground = make_project(database, tmp_path / "b", "pixels", count=3)
    guesses = Guesses(database)
    eyes = Eyes(guesses.classifier("mslnet"), guesses.terrain("terrain-256-int8"))
    looked = []
    for project in (whole, ground):
        arrange(database, project, "both", eyes, lambda done, count: looked.append((done, count)))
        with database.reading() as session:
            rows = session.run("SELECT priority FROM project_images WHERE project = ?", project.id)
        assert max(rows) == (1.0,)
    assert looked == [(1, 3), (2, 3), (3, 3)] * 4
    with pytest.raises(ArchiveError, match="name a terrain model"):
        arrange(database, ground, "uncertain", Eyes(eyes.classifier))

"""What a labelling page left in the store, straight from its file."""

from __future__ import annotations

import contextlib
import sqlite3

from ai4mars_nav.archive.labelling.drawn import label_in


def ask(page, sql):
    """Rows straight from the store's file."""
    with contextlib.closing(
        sqlite3.connect(f"file:{page.served.store}?mode=ro", uri=True)
    ) as store:
        return store.execute(sql).fetchall()


def rows(page, columns, also="1 = 1"):
    """Answers in the page's project."""
    return ask(
        page,
        f"SELECT {columns} FROM answers a JOIN tasks t ON t.id = a.task"
        f" JOIN project_images i ON i.id = t.image WHERE t.project = {page.project} AND {also}",
    )


def drafts(page):
    """How many there are in the page's project."""
    sql = f"SELECT count(*) FROM tasks WHERE project = {page.project} AND draft IS NOT NULL"
    return ask(page, sql)[0][0]


def labels(page):
    """The labels that stand, by product."""
    found = rows(page, "i.product, a.label", "a.taken_back IS NULL")
    assert len({product for product, _ in found}) == len(found)
    return {product: label_in(png) for product, png in found}

"""Small CSV files with a heading: agreement scores, ratings, problems."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from ai4mars_nav.dataset.errors import DatasetError, Problem
from ai4mars_nav.dataset.images import write_text

SCORES = ("product", "labeller", "score")
RATINGS = ("product", "labeller", "rating")
ORBITAL = ("product", "terrain")
PROBLEMS = ("kind", "where", "text")

Label = tuple[str, str]
"""Product and labeller: what one label is known by."""


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows under a heading, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())


def read_table(path: Path, columns: Sequence[str]) -> list[tuple[int, list[str]]]:
    """The rows of a CSV file with just this heading, each with its line number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: cannot be read: {error}") from error
    reader = csv.reader(io.StringIO(text))
    heading = next(reader, [])
    if heading != list(columns):
        raise DatasetError(f"{path}: the columns are {heading}, must be {', '.join(columns)}")
    rows = []
    for row in reader:
        if len(row) != len(columns):
            where = f"{path}: line {reader.line_num}"
            raise DatasetError(f"{where} has {len(row)} columns, must be {len(columns)}")
        rows.append((reader.line_num, row))
    return rows


def write_scores(path: Path, scores: dict[Label, float]) -> None:
    """Write agreement scores by product and labeller."""
    rows = ((*label, f"{score:.6f}") for label, score in sorted(scores.items()))
    write_table(path, SCORES, rows)


def read_scores(path: Path) -> dict[Label, float]:
    """Agreement scores by product and labeller; nan of an image's only label."""
    scores: dict[Label, float] = {}
    for line, (product, labeller, text) in read_table(path, SCORES):
        if (product, labeller) in scores:
            raise DatasetError(f"{path}: line {line}: {product}, {labeller} comes twice")
        try:
            scores[product, labeller] = float(text)
        except ValueError as error:
            raise DatasetError(f"{path}: line {line}: score {text!r} is no number") from error
    return scores


def write_ratings(path: Path, ratings: dict[Label, int | None]) -> None:
    """Write ratings 1 to 5 by product and labeller; empty where there is none yet."""
    rows = ((*label, rating or "") for label, rating in ratings.items())
    write_table(path, RATINGS, rows)


def read_ratings(path: Path) -> dict[Label, int | None]:
    """Ratings 1 to 5, or none yet, by product and labeller, in the file's order."""
    ratings: dict[Label, int | None] = {}
    for line, (product, labeller, text) in read_table(path, RATINGS):
        if text.strip() not in ("", "1", "2", "3", "4", "5"):
            raise DatasetError(f"{path}: line {line}: rating {text!r} must be 1 to 5 or empty")
        if (product, labeller) in ratings:
            raise DatasetError(f"{path}: line {line}: {product}, {labeller} comes twice")
        ratings[product, labeller] = int(text) if text.strip() else None
    return ratings


def dropped_by(ratings: dict[Label, int | None]) -> frozenset[Label]:
    """The labels that the review throws out: those rated 1."""
    return frozenset(label for label, rating in ratings.items() if rating == 1)


def read_orbital(path: Path) -> dict[str, str]:
    """The orbital terrain class of each product's place."""
    classes: dict[str, str] = {}
    for line, (product, terrain) in read_table(path, ORBITAL):
        if product in classes:
            raise DatasetError(f"{path}: line {line}: {product} comes twice")
        classes[product] = terrain
    return classes


def write_problems(path: Path, problems: Iterable[Problem]) -> None:
    """Write the problems that were skipped."""
    write_table(path, PROBLEMS, ((p.kind, p.where, p.text) for p in problems))

"""The tables of the catalogue, the truth that the column index is made from."""

from __future__ import annotations

import uuid

from ai4mars_nav.archive.database import Database, migrate

PIECE = "catalogue"
FACETS = ("mission", "instrument", "target", "site")
"""Facets of which an image has one value."""
NUMBERS = (
    "drive", "north", "east", "sun", "soil", "bedrock", "sand", "big_rock", "rocks", "novelty",
)  # fmt: skip
"""What is searched by a range, in the order of the index's columns; sol and time besides."""

STEPS = (
    """
    CREATE TABLE catalogue_state (store TEXT NOT NULL, revision BIGINT NOT NULL);
    CREATE TABLE catalogue_roots (folder TEXT PRIMARY KEY);
    CREATE TABLE catalogue_names (
        id {id}, facet TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (facet, name)
    );
    CREATE TABLE catalogue_units (
        source TEXT NOT NULL, unit TEXT NOT NULL, stamp TEXT NOT NULL, images BIGINT NOT NULL,
        problems TEXT NOT NULL, PRIMARY KEY (source, unit)
    ) {clustered};
    CREATE TABLE images (
        id {id}, revision BIGINT NOT NULL, name TEXT NOT NULL UNIQUE,
        mission BIGINT, instrument BIGINT, target BIGINT, site BIGINT, drive BIGINT, sol BIGINT,
        time BIGINT, north DOUBLE PRECISION, east DOUBLE PRECISION, heading DOUBLE PRECISION,
        sun_azimuth DOUBLE PRECISION, sun DOUBLE PRECISION, soil DOUBLE PRECISION,
        bedrock DOUBLE PRECISION, sand DOUBLE PRECISION, big_rock DOUBLE PRECISION, rocks BIGINT,
        novelty DOUBLE PRECISION, width BIGINT, height BIGINT, file TEXT, part TEXT, label TEXT
    );
    CREATE INDEX images_revision ON images (revision);
    CREATE TABLE image_classes (
        image BIGINT NOT NULL, model BIGINT NOT NULL, kind BIGINT NOT NULL,
        confidence DOUBLE PRECISION NOT NULL, PRIMARY KEY (image, model, kind)
    ) {clustered};
    CREATE TABLE image_landmarks (
        image BIGINT NOT NULL, name TEXT NOT NULL, kind BIGINT NOT NULL,
        confidence DOUBLE PRECISION NOT NULL, box_left DOUBLE PRECISION, box_top DOUBLE PRECISION,
        box_width DOUBLE PRECISION, box_height DOUBLE PRECISION, file TEXT,
        PRIMARY KEY (image, name)
    ) {clustered};
    CREATE TABLE image_vectors (
        image BIGINT NOT NULL, model BIGINT NOT NULL, revision BIGINT NOT NULL,
        numbers {bytes} NOT NULL, PRIMARY KEY (image, model)
    ) {clustered};
    CREATE INDEX image_vectors_revision ON image_vectors (revision);
    CREATE TABLE catalogue_queries (
        month TEXT NOT NULL, kind TEXT NOT NULL, asked BIGINT NOT NULL, PRIMARY KEY (month, kind)
    ) {clustered}
    """,
)


def prepare(database: Database) -> None:
    """Bring the catalogue's tables up to date; a new store gets a name of its own."""
    migrate(database, PIECE, STEPS)
    with database.writing() as session:
        if not session.run("SELECT 1 FROM catalogue_state"):
            session.run("INSERT INTO catalogue_state VALUES (?, 0)", uuid.uuid4().hex)


def revision_of(database: Database) -> tuple[str, int]:
    """The store's own name, and a number that every write to the catalogue raises."""
    with database.reading() as session:
        ((store, revision),) = session.run("SELECT store, revision FROM catalogue_state")
    return str(store), int(revision)

"""The tables of accounts, projects, tasks and answers; times are seconds since the epoch."""

from __future__ import annotations

from ai4mars_nav.archive.database import Database, migrate

STEPS = (
    """
    CREATE TABLE accounts (
        id {id}, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, role TEXT NOT NULL,
        guess BIGINT NOT NULL DEFAULT 1, created DOUBLE PRECISION NOT NULL,
        closed DOUBLE PRECISION);
    CREATE TABLE invitations (
        code TEXT PRIMARY KEY, role TEXT NOT NULL, made_by BIGINT NOT NULL REFERENCES accounts (id),
        expires DOUBLE PRECISION NOT NULL, used_by BIGINT REFERENCES accounts (id));
    CREATE TABLE sessions (
        token TEXT PRIMARY KEY, account BIGINT NOT NULL REFERENCES accounts (id),
        begun DOUBLE PRECISION NOT NULL, seen DOUBLE PRECISION NOT NULL);
    CREATE INDEX sessions_of ON sessions (account)
    """,
    """
    CREATE TABLE projects (
        id {id}, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, classes TEXT NOT NULL,
        labels_needed BIGINT NOT NULL, min_labels BIGINT NOT NULL,
        min_agreement DOUBLE PRECISION NOT NULL, arranged TEXT NOT NULL, guess TEXT NOT NULL,
        tutorial TEXT NOT NULL, created DOUBLE PRECISION NOT NULL, closed DOUBLE PRECISION);
    CREATE TABLE project_images (
        id {id}, project BIGINT NOT NULL REFERENCES projects (id), product TEXT NOT NULL,
        path TEXT NOT NULL, height BIGINT NOT NULL, width BIGINT NOT NULL, ranges TEXT NOT NULL,
        bar TEXT NOT NULL, answers BIGINT NOT NULL DEFAULT 0, wanted BIGINT NOT NULL DEFAULT 1,
        shuffle BIGINT NOT NULL, priority DOUBLE PRECISION NOT NULL, agreement DOUBLE PRECISION,
        UNIQUE (project, product));
    CREATE INDEX images_by_chance ON project_images (project, wanted, shuffle);
    CREATE INDEX images_by_priority ON project_images (project, wanted, priority DESC, shuffle);
    CREATE TABLE tasks (
        id {id}, image BIGINT NOT NULL REFERENCES project_images (id),
        project BIGINT NOT NULL REFERENCES projects (id),
        account BIGINT NOT NULL REFERENCES accounts (id), state TEXT NOT NULL,
        leased DOUBLE PRECISION NOT NULL, lease_ends DOUBLE PRECISION NOT NULL,
        postponed DOUBLE PRECISION, guess_shown BIGINT NOT NULL DEFAULT 0, draft TEXT,
        UNIQUE (image, account));
    CREATE INDEX tasks_of ON tasks (account, project, state);
    CREATE TABLE answers (
        id {id}, task BIGINT NOT NULL REFERENCES tasks (id),
        account BIGINT NOT NULL REFERENCES accounts (id), client_id TEXT NOT NULL,
        content TEXT NOT NULL, label {bytes}, guess_shown BIGINT NOT NULL,
        guess_used BIGINT NOT NULL, seconds DOUBLE PRECISION NOT NULL,
        given DOUBLE PRECISION NOT NULL, taken_back DOUBLE PRECISION,
        dropped BIGINT NOT NULL DEFAULT 0, UNIQUE (account, client_id));
    CREATE UNIQUE INDEX one_answer_a_task ON answers (task) WHERE taken_back IS NULL;
    CREATE TABLE ratings (
        id {id}, answer BIGINT NOT NULL REFERENCES answers (id),
        account BIGINT NOT NULL REFERENCES accounts (id), rating BIGINT NOT NULL,
        given DOUBLE PRECISION NOT NULL);
    CREATE INDEX ratings_of ON ratings (answer);
    CREATE TABLE guesses (
        image BIGINT NOT NULL REFERENCES project_images (id), model TEXT NOT NULL,
        content {bytes} NOT NULL, PRIMARY KEY (image, model))
    """,
)


def prepare_labelling(database: Database) -> None:
    """Make the tables of this room, or bring them up to date."""
    migrate(database, "labelling", STEPS)

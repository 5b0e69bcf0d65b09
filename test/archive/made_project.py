"""What tests of labelling share: pictures on disk, a project of them, a signed-in client."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
from fastapi.testclient import TestClient

from ai4mars_nav.archive.labelling import accounts, images, projects
from ai4mars_nav.archive.labelling.classes import parse_classes, terrain_classes
from ai4mars_nav.archive.labelling.projects import Plan
from ai4mars_nav.archive.labelling.tables import prepare_labelling
from ai4mars_nav.archive.web.app import create_app
from ai4mars_nav.archive.web.security import Security
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.merge import MergeSettings

WORDS = "red dust blue sunset"
SIZE = (48, 64)
CLASSES = parse_classes("0 wheel\n1 sun\n2 drill hole", "three")


def product(number: int) -> str:
    """A NAVCAM product of a site of its own."""
    return f"NLB_{400000000 + number * 1000:09d}EDR_F{number % 1000:03d}0000NCAM00000M1"


def write_pictures(folder: Path, count: int) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    paths = [folder / f"{product(n)}.png" for n in range(count)]
    for path in paths:
        cv2.imwrite(str(path), rng.integers(0, 255, SIZE, np.uint8))
    return paths


def make_project(database, folder: Path, kind="image", count=4, needed=2, **more):
    """A project of new pictures in a folder."""
    prepare_labelling(database)
    paths = write_pictures(folder, count)
    found = list(images.read_images(paths, None, Findings(skip=False)))
    classes = CLASSES if kind == "image" else terrain_classes()
    rule = MergeSettings(more.pop("min_labels", needed), 0.65)
    plan = Plan(more.pop("name", kind), kind, classes, needed, rule, **more)
    return projects.add_project(database, plan, found, 1.0)


def add_labellers(database, count: int, role="labeller"):
    """Accounts that nobody can sign in to: their passwords are no hashes."""
    prepare_labelling(database)
    with database.writing() as session:
        return [
            accounts.insert_account(session, f"{role}{n}", "none", role, 1.0) for n in range(count)
        ]


def client_of(database, roots=(), **security) -> TestClient:
    app = create_app(database, tuple(roots), Security(**{"per_second": 1e6, **security}))
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


def signed_in(database, account, roots=(), **security) -> TestClient:
    """A client with a session of an account and its token on every request."""
    from ai4mars_nav.archive.labelling import sessions

    client = client_of(database, roots, **security)
    token = sessions.begin_session(database, account, time.time())
    client.cookies.set("ai4mars_session", token)
    client.headers["x-csrf-token"] = sessions.csrf_of(token)
    return client

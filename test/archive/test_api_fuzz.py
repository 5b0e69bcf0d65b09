"""A fuzz of the whole API from its own schema finds nothing, whoever asks."""

from __future__ import annotations

import os
import time

import pytest

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.labelling import accounts, projects, sessions, tasks
from ai4mars_nav.archive.web.app import create_app
from ai4mars_nav.archive.web.security import SESSION, Security

from .api_fuzz import fuzz
from .made_project import add_labellers, make_project

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))


@pytest.fixture
def store(tmp_path):
    """A store with a project of each kind, and somebody of each role who is at work on both."""
    opened = open_database(str(tmp_path / "archive.db"))
    made = [
        make_project(opened, tmp_path / "pictures", kind, count=3, needed=2)
        for kind in projects.KINDS
    ]
    for role in accounts.ROLES:
        (account,) = add_labellers(opened, 1, role)
        for project in made:
            tasks.next_task(opened, project, account.id, time.time())
    yield opened
    opened.close()


@pytest.mark.parametrize("role", ["nobody", *accounts.ROLES])
def test_the_fuzz_finds_nothing(store, tmp_path, role):
    app = create_app(store, (tmp_path.resolve(),), Security(per_second=1e9, at_once=10**9))
    cookies, headers = {}, {}
    if role != "nobody":
        account = accounts.account_named(store, f"{role}0")
        token = sessions.begin_session(store, account, time.time())
        cookies, headers = {SESSION: token}, {"x-csrf-token": sessions.csrf_of(token)}
    counts = fuzz(app, cookies, headers, EXAMPLES, seed=9)
    print(f"\n{role}: {sum(counts.values())} requests, {dict(sorted(counts.items()))}")
    assert max(counts) < 500
    if role == "nobody":
        assert 201 not in counts

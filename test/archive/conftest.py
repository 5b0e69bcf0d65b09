"""A browser, and stores of both kinds: PostgreSQL is a server of the tests' own, if installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

from ai4mars_nav.archive.database import open_database

from ..browser import running_browser


def _program(name: str) -> str | None:
    """A program of PostgreSQL: on the path, or where Debian puts it."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(beside[-1]) if beside else None)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with running_browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory):
    """Folder of the socket of a running server; skips where there is none to run."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not installed")
    # the path of a socket is short, and the server refuses to run as root
    home = tmp_path_factory.mktemp("pg")
    sockets = Path(tempfile.mkdtemp(prefix="ai4mars-pg-"))
    as_user: list[str] = []
    if os.geteuid() == 0:
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL does not run as root, and there is no runuser")
        as_user = ["runuser", "-u", "postgres", "--"]
        home = sockets / "data"
        shutil.chown(sockets, "postgres")
    data = home / "cluster"
    environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}

    def call(*words: str) -> None:
        subprocess.run(
            [*as_user, *words], check=True, cwd="/", env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip

    call(initdb, "-D", str(data), "-U", "ai4mars", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={sockets}"
    call(pg_ctl, "-D", str(data), "-w", "-o", options, "-l", str(sockets / "log"), "start")
    yield sockets
    call(pg_ctl, "-D", str(data), "-w", "-m", "immediate", "stop")
    shutil.rmtree(sockets, ignore_errors=True)


@pytest.fixture
def postgresql_address(postgresql):
    """The address of an empty database of this test's own."""
    import psycopg

    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"postgresql://ai4mars@/postgres?host={postgresql}", autocommit=True) as c:
        c.execute(f"CREATE DATABASE {name}")
    return f"postgresql://ai4mars@/{name}?host={postgresql}"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """An empty store of either kind."""
    if request.param == "sqlite":
        return str(tmp_path / "archive.db")
    return request.getfixturevalue("postgresql_address")


@pytest.fixture
def database(address):
    """An open store of either kind."""
    opened = open_database(address)
    yield opened
    opened.close()

"""`ai4mars archive`: accounts by hand, and who may be answered."""

from __future__ import annotations

import io

import pytest

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.labelling import accounts
from ai4mars_nav.cli import main


@pytest.fixture
def account(tmp_path, monkeypatch):
    """Runs `ai4mars archive account ...`; its exit code."""

    def run(*words: str, password: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        given = ["--password-stdin"] if password else []
        store = ["--store", str(tmp_path / "archive.db")]
        return main(["archive", "account", *words, *given, *store])

    return run


def test_accounts_by_hand(account, tmp_path, capsys):
    assert account("add", "ada", "--role", "admin", password="red dust blue sunset") == 0
    assert account("add", "bob", password="a dust devil over there") == 0
    assert account("role", "bob", "--role", "reviewer") == 0
    assert account("password", "bob", password="two dust devils over there") == 0
    assert account("list") == 0
    assert capsys.readouterr().out.split() == ["ada", "admin", "bob", "reviewer"]
    database = open_database(str(tmp_path / "archive.db"))
    assert accounts.whose(database, "bob", "a dust devil over there") is None
    assert accounts.whose(database, "bob", "two dust devils over there").role == "reviewer"
    database.close()
    assert account("close", "bob") == 0
    account("list")
    assert "bob reviewer closed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "ada"), "10 to 256 characters"),
        (("add", "a b"), "cannot be the name"),
        (("add", "ada", "--role", "king"), "no role 'king'"),
        (("add",), "account add is of one NAME"),
        (("list", "ada"), "account list is of all"),
        (("role", "ada"), "say which"),
        (("close", "ada"), "no account ada"),
    ],
)
def test_accounts_that_cannot_be(account, capsys, words, told):
    assert account(*words, password="short") == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--host", "0.0.0.0"), "say --require-login"),
        (("--key", "k.pem"), "--certificate and --key go together"),
    ],
)
def test_a_server_that_would_be_open_does_not_start(tmp_path, capsys, words, told):
    assert main(["archive", "serve", "--store", str(tmp_path / "a.db"), *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "a.db").exists()

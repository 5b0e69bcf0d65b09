"""Accounts: who may do what."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ai4mars_nav.archive.database import Database, Row, Session
from ai4mars_nav.archive.errors import ArchiveError, Conflict, Missing
from ai4mars_nav.archive.labelling import passwords

LABELLER, REVIEWER, ADMIN = "labeller", "reviewer", "admin"
ROLES = (LABELLER, REVIEWER, ADMIN)
"""Each may do what those before it may."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    id: int
    name: str
    role: str
    guess: bool
    """Whether they want to see what a model thinks."""

    def may(self, role: str) -> bool:
        """Whether they may do what a role may."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True)
class Listed:
    """An account in the admins' list."""

    account: Account
    created: float
    closed: float | None


def check_name(name: str) -> str:
    """The name in the one spelling it is known by; it is the name of label files, too."""
    plain = name.strip().lower()
    if not _NAME.fullmatch(plain):
        raise ArchiveError(
            f"{plain[:70]!r} cannot be the name of an account: letters a to z, digits and "
            ". _ @ - are, at most 64, the first a letter or digit"
        )
    return plain


def check_role(role: str) -> str:
    """A role that there is."""
    if role not in ROLES:
        raise ArchiveError(f"there is no role {role[:70]!r}, there are {', '.join(ROLES)}")
    return role


def add_account(database: Database, name: str, password: str, role: str, now: float) -> Account:
    """Make an account."""
    plain = check_name(name)
    stored = passwords.hashed(plain, password)
    with database.writing() as session:
        return insert_account(session, plain, stored, check_role(role), now)


def insert_account(session: Session, name: str, stored: str, role: str, now: float) -> Account:
    """Make an account of a checked name and a hashed password, within a write."""
    if session.run("SELECT 1 FROM accounts WHERE name = ?", name):
        raise Conflict(f"there is an account {name} already")
    ((number,),) = session.run(
        "INSERT INTO accounts (name, password, role, created) VALUES (?, ?, ?, ?) RETURNING id",
        name, stored, role, now,
    )  # fmt: skip
    return Account(number, name, role, True)


def whose(database: Database, name: str, password: str) -> Account | None:
    """The account that a name and its password open, None if they open none."""
    plain = name.strip().lower()
    found: list[Row] = []
    if _NAME.fullmatch(plain):
        with database.reading() as session:
            found = session.run(
                "SELECT id, name, role, guess, password FROM accounts"
                " WHERE name = ? AND closed IS NULL",
                plain,
            )
    stored = found[0][4] if found else None
    if not passwords.fits(stored, password):
        return None
    account = account_of(found[0])
    if passwords.is_dated(str(stored)):
        set_password(database, account, password)
    return account


def account_of(row: Row) -> Account:
    """The account of a row that begins with id, name, role, guess."""
    return Account(row[0], row[1], row[2], bool(row[3]))


def account_named(database: Database, name: str) -> Account:
    """The open account of a name."""
    with database.reading() as session:
        found = session.run(
            "SELECT id, name, role, guess FROM accounts WHERE name = ? AND closed IS NULL",
            check_name(name),
        )
    if not found:
        raise Missing(f"there is no account {name[:70]}")
    return account_of(found[0])


def list_accounts(database: Database) -> list[Listed]:
    """All accounts, by name."""
    with database.reading() as session:
        rows = session.run(
            "SELECT id, name, role, guess, created, closed FROM accounts ORDER BY name"
        )
    return [Listed(account_of(row), row[4], row[5]) for row in rows]


def set_password(database: Database, account: Account, password: str) -> None:
    """Change a password; whoever is signed in with the old one is signed out."""
    stored = passwords.hashed(account.name, password)
    with database.writing() as session:
        session.run("UPDATE accounts SET password = ? WHERE id = ?", stored, account.id)
        session.run("DELETE FROM sessions WHERE account = ?", account.id)


def set_role(database: Database, account: Account, role: str) -> None:
    """Give another role; the last admin stays one."""
    with database.writing() as session:
        session.run("UPDATE accounts SET role = ? WHERE id = ?", check_role(role), account.id)
        _check_admins(session, account)


def close_account(database: Database, account: Account, now: float) -> None:
    """Nobody signs in to it any more; what it has given stays."""
    with database.writing() as session:
        session.run("UPDATE accounts SET closed = ? WHERE id = ?", now, account.id)
        session.run("DELETE FROM sessions WHERE account = ?", account.id)
        _check_admins(session, account)


def set_guess(database: Database, account: Account, on: bool) -> None:
    """Whether they want to see what a model thinks."""
    with database.writing() as session:
        session.run("UPDATE accounts SET guess = ? WHERE id = ?", int(on), account.id)


def _check_admins(session: Session, account: Account) -> None:
    left = session.run("SELECT 1 FROM accounts WHERE role = ? AND closed IS NULL LIMIT 1", ADMIN)
    if account.role == ADMIN and not left:
        raise Conflict(f"{account.name} is the only admin; make another one first")

"""Invitations: a code with which somebody makes an account of their own, once."""

from __future__ import annotations

import hashlib
import secrets

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling import passwords
from ai4mars_nav.archive.labelling.accounts import Account, check_name, check_role, insert_account

LASTS = 14 * 86400.0
"""Seconds for which an invitation is good."""


def invite(database: Database, by: Account, role: str, now: float) -> str:
    """A new code, which is shown once: the store keeps a digest of it."""
    code = secrets.token_urlsafe(18)
    with database.writing() as session:
        session.run(
            "INSERT INTO invitations (code, role, made_by, expires) VALUES (?, ?, ?, ?)",
            _digest(code), check_role(role), by.id, now + LASTS,
        )  # fmt: skip
    return code


def join(database: Database, code: str, name: str, password: str, now: float) -> Account:
    """The account that an invitation makes; the code is used up by it."""
    plain = check_name(name)
    find = "SELECT role FROM invitations WHERE code = ? AND used_by IS NULL AND expires > ?"
    with database.reading() as session:
        found = session.run(find, _digest(code), now)
    if not found:
        # told before a password is computed, which takes long
        raise ArchiveError("this invitation is not known, was used already, or is too old")
    stored = passwords.hashed(plain, password)
    with database.writing() as session:
        found = session.run(find, _digest(code), now)
        if not found:
            raise ArchiveError("this invitation was used a moment ago")
        account = insert_account(session, plain, stored, found[0][0], now)
        session.run("UPDATE invitations SET used_by = ? WHERE code = ?", account.id, _digest(code))
    return account


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().encode("utf-8", "surrogatepass")).hexdigest()

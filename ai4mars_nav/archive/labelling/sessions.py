"""Who is signed in: a random token in their cookie, of which the store keeps a digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from ai4mars_nav.archive.database import Database
from ai4mars_nav.archive.labelling.accounts import Account, account_of

IDLE = 12 * 3600.0
"""Seconds after its last use at which a session ends."""
LONGEST = 14 * 86400.0
"""Seconds after which it ends, however much it is used."""
_NOTED = 600.0
"""Seconds between the times at which its use is written down."""


def begin_session(database: Database, account: Account, now: float) -> str:
    """Sign in: a new token. Sessions that have ended are forgotten."""
    token = secrets.token_urlsafe(32)
    with database.writing() as session:
        session.run("DELETE FROM sessions WHERE seen < ? OR begun < ?", now - IDLE, now - LONGEST)
        session.run(
            "INSERT INTO sessions (token, account, begun, seen) VALUES (?, ?, ?, ?)",
            _digest(token), account.id, now, now,
        )  # fmt: skip
    return token


def signed_in(database: Database, token: str, now: float) -> Account | None:
    """Whose session a token is, None if it is none or has ended."""
    with database.reading() as session:
        found = session.run(
            "SELECT a.id, a.name, a.role, a.guess, s.seen FROM sessions s"
            " JOIN accounts a ON a.id = s.account"
            " WHERE s.token = ? AND s.seen > ? AND s.begun > ? AND a.closed IS NULL",
            _digest(token), now - IDLE, now - LONGEST,
        )  # fmt: skip
    if not found:
        return None
    if now - found[0][4] > _NOTED:
        with database.writing() as session:
            session.run("UPDATE sessions SET seen = ? WHERE token = ?", now, _digest(token))
    return account_of(found[0])


def end_session(database: Database, token: str) -> None:
    """Sign out."""
    with database.writing() as session:
        session.run("DELETE FROM sessions WHERE token = ?", _digest(token))


def end_all(database: Database, account: Account) -> None:
    """Sign out everywhere."""
    with database.writing() as session:
        session.run("DELETE FROM sessions WHERE account = ?", account.id)


def csrf_of(token: str) -> str:
    """What a page of this session sends along with its writes: other sites cannot know it."""
    return hmac.new(token.encode(), b"ai4mars csrf", hashlib.sha256).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

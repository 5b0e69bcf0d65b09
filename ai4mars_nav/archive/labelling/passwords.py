"""Passwords: argon2id, and which ones are taken."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from ai4mars_nav.archive.errors import ArchiveError

SHORTEST, LONGEST = 10, 256
"""Characters of a password."""

_HASHER = PasswordHasher()
"""Argon2id with the parameters of RFC 9106 for little memory: 64 MiB and 3 passes a password."""
_TURNS = threading.BoundedSemaphore(2)
"""So many are computed at once: each takes its memory, whoever asks."""
_NOBODYS = _HASHER.hash("whoever is not there takes as long as whoever is")


def hashed(name: str, password: str) -> str:
    """What is stored of the password of `name`; one that is too weak is an error."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ArchiveError(f"a password has {SHORTEST} to {LONGEST} characters")
    if password.casefold() in (name.casefold(), name.casefold() * 2) or len(set(password)) < 4:
        raise ArchiveError("this password is too easy to guess; take a few words")
    with _TURNS:
        return _HASHER.hash(_plain(password))


def fits(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; None (no such account) takes as long and does not."""
    if len(password) > LONGEST:
        return False
    with _TURNS:
        try:
            return _HASHER.verify(stored or _NOBODYS, _plain(password)) and stored is not None
        except VerifyMismatchError:
            return False


def is_dated(stored: str) -> bool:
    """Whether a stored password was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def _plain(password: str) -> bytes:
    """The same bytes whichever keyboard typed it."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")

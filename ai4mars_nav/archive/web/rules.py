"""Who may ask for what: the one place where it is decided, by the beginning of the path."""

from __future__ import annotations

from ai4mars_nav.archive.labelling.accounts import ADMIN, LABELLER, REVIEWER

OPEN = "open"
"""For everybody, signed in or not."""
READ = "read"
"""For whoever may read the catalogue: everybody, or who is signed in if that is asked."""

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""

RULES = (
    ("/static/", OPEN),
    ("/account/in", OPEN),
    ("/account/join", OPEN),
    ("/openapi.json", READ),
    ("/account", LABELLER),
    ("/label", LABELLER),
    ("/api/account", LABELLER),
    ("/api/projects", LABELLER),
    ("/api/tasks", LABELLER),
    ("/api/answers", LABELLER),
    ("/review", REVIEWER),
    ("/api/review", REVIEWER),
    ("/admin", ADMIN),
    ("/api/admin", ADMIN),
)
"""The first that fits counts. What none fits is the catalogue: reading it is READ, and nobody but
an admin writes to it."""


def needed(method: str, path: str) -> str:
    """OPEN, READ or the role that a request needs."""
    for beginning, who in RULES:
        if path == beginning or path.startswith(beginning.rstrip("/") + "/"):
            return who
    return READ if method in SAFE else ADMIN

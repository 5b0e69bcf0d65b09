"""What every request passes first: size, host, who is signed in, what they may, CSRF, rates.

All answers get the headers that tell browsers to trust nothing but this server.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai4mars_nav.archive.labelling import sessions
from ai4mars_nav.archive.labelling.accounts import Account
from ai4mars_nav.archive.labelling.limits import Rate
from ai4mars_nav.archive.web import failures, rules

SESSION, FORM = "ai4mars_session", "ai4mars_form"
"""Cookies: who is signed in; what a form must repeat while nobody is."""
TOKEN_HEADER = "x-csrf-token"

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9._-]+)(:\d{1,5})?")
_STATIC = "/static/"

HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' blob: data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True)
class Security:
    """What may be chosen about it."""

    require_login: bool = False
    """Whether the catalogue, too, is for accounts alone."""
    hosts: tuple[str, ...] = ()
    """Names by which this server may be asked; none: any. Keeps other sites from naming it."""
    secure: bool = False
    """Whether pages are served over TLS, so that cookies may be bound to it."""
    most_bytes: int = 8 * 2**20
    """Of a request."""
    per_second: float = 30.0
    """Requests under /api of one session, or of one address where nobody is signed in."""
    at_once: int = 200


@dataclass(frozen=True)
class Visit:
    """Whose request it is: `request.state.visit`."""

    account: Account | None
    token: str
    """Of the session, or of the form cookie; empty without either."""

    @property
    def csrf(self) -> str:
        """What the pages send along with writes."""
        return sessions.csrf_of(self.token) if self.token else ""


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, words: str, wait: float = 0.0) -> None:
        super().__init__(words)
        self.status, self.words = status, words
        self.headers = {"retry-after": str(int(wait) + 1)} if wait else None


class Guard:
    """Stands before the application."""

    def __init__(self, app: ASGIApp, security: Security) -> None:
        self.app, self.security = app, security
        self._rate = Rate(security.per_second, security.at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        # what the router goes by; `request.url` is made of the host's name, too
        send = _with_headers(send, self.security, scope["path"])
        request = Request(scope, receive)
        # pages of refusals need it, too
        request.state.visit = Visit(None, "")
        try:
            self._check_host(request)
            body = await self._body(request)
            request.state.visit = await run_in_threadpool(_visit_of, request)
            whom = rules.needed(request.method, scope["path"])
            if not self._may(request.state.visit.account, whom):
                await failures.sign_in_first(request)(scope, receive, send)
                return
            if request.method not in rules.SAFE:
                _check_origin(request)
                await _check_token(scope, body, request.state.visit)
            self._check_rate(request)
        except Refused as error:
            refusal = failures.answer(request, error.status, error.words, error.headers)
            await refusal(scope, receive, send)
            return
        await self.app(scope, _replayed(body, receive), send)

    def _check_host(self, request: Request) -> None:
        host = request.headers.get("host", "")
        # what else stands there would become part of the addresses that are made of it
        if not _HOST.fullmatch(host):
            raise Refused(400, "this is no name of a host")
        if self.security.hosts and urlsplit(f"//{host}").hostname not in self.security.hosts:
            raise Refused(400, "this server is not known by that name (--host)")

    async def _body(self, request: Request) -> bytes:
        """All of it, unless it is too long."""
        most = self.security.most_bytes
        told = request.headers.get("content-length", "0")
        parts, length = [], 0
        if not told.isdecimal() or int(told) > most:
            raise Refused(413, f"a request of {told[:20]} bytes; at most {most} are taken")
        async for part in request.stream():
            length += len(part)
            if length > most:
                raise Refused(413, f"a request of more than {most} bytes")
            parts.append(part)
        return b"".join(parts)

    def _may(self, account: Account | None, whom: str) -> bool:
        """Whether they may; False if signing in might help, refused if it would not."""
        if whom == rules.OPEN or (whom == rules.READ and not self.security.require_login):
            return True
        if account is None:
            return False
        if whom == rules.READ or account.may(whom):
            return True
        raise Refused(403, f"{account.name} is a {account.role}; this is for a {whom}")

    def _check_rate(self, request: Request) -> None:
        if not request.scope["path"].startswith("/api/"):
            return
        visit: Visit = request.state.visit
        address = request.client.host if request.client else ""
        key = visit.token if visit.account else address
        if wait := self._rate.take(key, time.monotonic()):
            raise Refused(429, "too many requests; wait a moment", wait)


def visit_of(request: Request) -> Visit:
    """Whose request it is."""
    visit: Visit = request.state.visit
    return visit


def account_of(request: Request) -> Account:
    """Who is signed in, on routes that need somebody."""
    account = visit_of(request).account
    assert account is not None, "rules.py lets nobody in here who is not signed in"
    return account


def _visit_of(request: Request) -> Visit:
    token = request.cookies.get(SESSION, "")
    if token:
        database = request.app.state.archive.database
        account = sessions.signed_in(database, token, time.time())
        if account is not None:
            return Visit(account, token)
    return Visit(None, request.cookies.get(FORM, ""))


def _check_origin(request: Request) -> None:
    """Browsers say which site a write comes from; programs that say nothing need the token alone.

    An unreadable origin (null) is another's.
    """
    origin = request.headers.get("origin")
    same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not same or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Refused(403, "this comes from another site's page")


async def _check_token(scope: Scope, body: bytes, visit: Visit) -> None:
    """The token is in a header, or the field `csrf` of a form."""
    given = Headers(scope=scope).get(TOKEN_HEADER)
    if given is None:
        try:
            async with Request(scope, _replayed(body, _nothing)).form(max_files=4) as fields:
                found = fields.get("csrf")
        except HTTPException as error:
            raise Refused(400, f"the form cannot be read: {error.detail}") from error
        given = found if isinstance(found, str) else ""
    expected = visit.csrf
    if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refused(403, "the page is too old or its X-CSRF-Token is missing; load it again")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read already, then whatever comes."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _with_headers(
    send: Send, security: Security, path: str
) -> Callable[[Message], Awaitable[None]]:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            # pages tell of whoever is signed in; pictures say themselves how long they may be kept
            kept = "no-cache" if path.startswith(_STATIC) else "no-store"
            headers.setdefault("cache-control", kept)
            if security.secure:
                headers.setdefault("strict-transport-security", "max-age=31536000")
        await send(message)

    return sending

"""Signing in and out, joining by invitation, one's own account."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Form, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from ai4mars_nav.archive.errors import ArchiveError
from ai4mars_nav.archive.labelling import accounts, invitations, sessions
from ai4mars_nav.archive.labelling.accounts import Account
from ai4mars_nav.archive.labelling.limits import GrowingWait
from ai4mars_nav.archive.web.security import FORM, SESSION, Visit, account_of, visit_of

router = APIRouter()

Text = Annotated[str, Form(max_length=300)]


class SignIn:
    """Failures to sign in: at an account from an address, at an account, and from an address.

    Whoever guesses one password waits soon; a team behind one address, and somebody whose password
    is guessed at by others, late.
    """

    def __init__(self) -> None:
        self.one_at_one = GrowingWait(free=5)
        self.at_one = GrowingWait(free=30)
        self.from_one = GrowingWait(free=50)
        self.turns = CapacityLimiter(2)

    def wait(self, name: str, address: str) -> float:
        """Seconds until the next try."""
        return max(limit.wait(key, time.monotonic()) for limit, key in self._keys(name, address))

    def failed(self, name: str, address: str) -> None:
        """The password was another."""
        for limit, key in self._keys(name, address):
            limit.failed(key, time.monotonic())

    def succeeded(self, name: str, address: str) -> None:
        """It was the right one; what else comes from that address is still counted."""
        for limit, key in self._keys(name, address)[:2]:
            limit.succeeded(key)

    def _keys(self, name: str, address: str) -> tuple[tuple[GrowingWait, str], ...]:
        known = name.strip().lower()
        return (
            (self.one_at_one, f"{known} {address}"),
            (self.at_one, known),
            (self.from_one, address),
        )


@router.get("/account/in", include_in_schema=False)
def sign_in_page(request: Request, back: str = "/") -> Response:
    """The page to sign in."""
    return _form(request, "account_in.html", {"back": _within(back)})


@router.post("/account/in", include_in_schema=False)
async def sign_in(request: Request, name: Text, password: Text, back: Text = "/") -> Response:
    """Sign in, and on to where they wanted to go."""
    return await _in_turn(request, partial(_sign_in, request, name, password, back))


def _sign_in(request: Request, name: str, password: str, back: str) -> Response:
    tries, address = request.app.state.sign_in, _address(request)
    shown = {"back": _within(back), "name": name}
    if wait := tries.wait(name, address):
        return _too_many(request, "account_in.html", shown, wait)
    database = request.app.state.archive.database
    account = accounts.whose(database, name, password)
    if account is None:
        tries.failed(name, address)
        words = "There is no such account, or the password is another."
        return _form(request, "account_in.html", {**shown, "words": words}, 401)
    tries.succeeded(name, address)
    return _signed_in(request, account, _within(back))


@router.post("/account/out", include_in_schema=False)
def sign_out(request: Request) -> Response:
    """Sign out here."""
    sessions.end_session(request.app.state.archive.database, visit_of(request).token)
    return _signed_out()


@router.post("/account/out-everywhere", include_in_schema=False)
def sign_out_everywhere(request: Request) -> Response:
    """Sign out on all machines."""
    sessions.end_all(request.app.state.archive.database, account_of(request))
    return _signed_out()


@router.get("/account/join", include_in_schema=False)
def join_page(request: Request) -> Response:
    """The page to make an account with an invitation."""
    return _form(request, "account_join.html", {})


@router.post("/account/join", include_in_schema=False)
async def join(request: Request, code: Text, name: Text, password: Text, again: Text) -> Response:
    """Make an account and sign in."""
    return await _in_turn(request, partial(_join, request, code, name, password, again))


def _join(request: Request, code: str, name: str, password: str, again: str) -> Response:
    tries, address = request.app.state.sign_in, _address(request)
    shown = {"code": code, "name": name}
    if wait := tries.wait("", address):
        return _too_many(request, "account_join.html", shown, wait)
    try:
        _check_twice(password, again)
        database = request.app.state.archive.database
        account = invitations.join(database, code, name, password, time.time())
    except ArchiveError as error:
        tries.failed("", address)
        return _form(request, "account_join.html", {**shown, "words": str(error)}, 422)
    return _signed_in(request, account, "/label")


@router.get("/account", include_in_schema=False)
def account_page(request: Request, done: str = "") -> Response:
    """Their own account."""
    return _page(request, "account.html", {"done": done == "yes"})


@router.post("/account/password", include_in_schema=False)
async def change_password(request: Request, old: Text, password: Text, again: Text) -> Response:
    """Another password; all other sessions end."""
    return await _in_turn(request, partial(_change_password, request, old, password, again))


def _change_password(request: Request, old: str, password: str, again: str) -> Response:
    database, account = request.app.state.archive.database, account_of(request)
    tries, address = request.app.state.sign_in, _address(request)
    try:
        if wait := tries.wait(account.name, address):
            raise ArchiveError(f"too many tries, wait {int(wait) + 1} seconds")
        if accounts.whose(database, account.name, old) is None:
            tries.failed(account.name, address)
            raise ArchiveError("the old password is another")
        _check_twice(password, again)
        accounts.set_password(database, account, password)
    except ArchiveError as error:
        return _page(request, "account.html", {"words": str(error)}, 422)
    return _signed_in(request, account, "/account?done=yes")


@router.post("/account/guess", include_in_schema=False)
def choose_guess(request: Request, guess: Text = "") -> Response:
    """Whether they are shown what a model thinks."""
    accounts.set_guess(request.app.state.archive.database, account_of(request), guess == "on")
    return RedirectResponse("/account?done=yes", 303)


class Guess(BaseModel):
    """Whether a labeller is shown what a model thinks."""

    on: bool


@router.put("/api/account/guess", status_code=204)
def put_guess(request: Request, guess: Guess) -> None:
    """The same for scripts."""
    accounts.set_guess(request.app.state.archive.database, account_of(request), guess.on)


async def _in_turn(request: Request, work: Callable[[], Response]) -> Response:
    """Work that computes passwords: whoever waits for their turn holds no thread meanwhile, which
    others need who are signed in already."""
    return await to_thread.run_sync(work, limiter=request.app.state.sign_in.turns)


def _check_twice(password: str, again: str) -> None:
    if password != again:
        raise ArchiveError("the two passwords differ")


def _within(back: str) -> str:
    """A path of this server: nobody is sent elsewhere by a link that begins here."""
    inside = back.startswith("/") and not back.startswith("//") and "\\" not in back
    return back if inside and back.isprintable() else "/"


def _signed_in(request: Request, account: Account, target: str) -> Response:
    """A new session, whatever there was before it."""
    archive, before = request.app.state.archive, visit_of(request)
    if before.account is not None:
        sessions.end_session(archive.database, before.token)
    token = sessions.begin_session(archive.database, account, time.time())
    answer = RedirectResponse(target, 303)
    answer.set_cookie(
        SESSION, token, httponly=True, samesite="strict", secure=archive.security.secure
    )
    answer.delete_cookie(FORM)
    return answer


def _signed_out() -> Response:
    answer = RedirectResponse("/account/in", 303)
    answer.delete_cookie(SESSION)
    return answer


def _too_many(request: Request, name: str, shown: Mapping[str, object], wait: float) -> Response:
    words = f"Too many tries. Wait {int(wait) + 1} seconds, then try again."
    page = _form(request, name, {**shown, "words": words}, 429)
    page.headers["retry-after"] = str(int(wait) + 1)
    return page


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _form(request: Request, name: str, shown: Mapping[str, object], status: int = 200) -> Response:
    """A page with a form for whoever is not signed in: its token is bound to a cookie."""
    archive, visit = request.app.state.archive, visit_of(request)
    if visit.token:
        return _page(request, name, shown, status)
    token = secrets.token_urlsafe(18)
    request.state.visit = Visit(None, token)
    page = _page(request, name, shown, status)
    page.set_cookie(FORM, token, httponly=True, samesite="strict", secure=archive.security.secure)
    return page


def _page(request: Request, name: str, shown: Mapping[str, object], status: int = 200) -> Response:
    page: Response = request.app.state.archive.templates.TemplateResponse(
        request, name, {"page": "account", **shown}, status_code=status
    )
    return page

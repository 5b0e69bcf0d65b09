"""What every request passes first: roles, CSRF, hosts, sizes, waits, headers."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.labelling import accounts, invitations
from ai4mars_nav.archive.web import rules
from ai4mars_nav.archive.web.app import create_app
from ai4mars_nav.archive.web.security import Security

WORDS = "red dust blue sunset"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with an account of each role."""
    database = open_database(str(tmp_path_factory.mktemp("store") / "archive.db"))
    create_app(database, ())
    for role in accounts.ROLES:
        accounts.add_account(database, role, WORDS, role, 1.0)
    yield database
    database.close()


def visitor(store, **security):
    app = create_app(store, (), Security(**security))
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


def token_of(page) -> str:
    return re.search(r'name="csrf" (?:content|value)="(\w+)"', page.text)[1]


def sign_in(client, name, password=WORDS, back="/account"):
    form = {"csrf": token_of(client.get("/account/in")), "back": back}
    return client.post("/account/in", data={**form, "name": name, "password": password})


def test_signing_in_and_out(store):
    client = visitor(store)
    asked = client.get("/account?a=1")
    assert (asked.status_code, asked.headers["location"]) == (
        303, "/account/in?back=%2Faccount%3Fa%3D1",
    )  # fmt: skip
    assert "the password is another" in sign_in(client, "labeller", "wrong").text
    done = sign_in(client, "labeller")
    assert (done.status_code, done.headers["location"]) == (303, "/account")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    page = client.get("/account")
    assert "labeller" in page.text
    client.post("/account/out", data={"csrf": token_of(page)})
    assert client.get("/account").status_code == 303


def test_a_cookie_from_before_signing_out_is_worth_nothing(store):
    client = visitor(store)
    sign_in(client, "labeller")
    kept = client.cookies["ai4mars_session"]
    client.post("/account/out", data={"csrf": token_of(client.get("/account"))})
    later = visitor(store)
    later.cookies.set("ai4mars_session", kept)
    assert later.get("/account").status_code == 303
    # nor does a session that somebody else has begun survive signing in
    sign_in(client, "labeller")
    first = client.cookies["ai4mars_session"]
    sign_in(client, "labeller")
    assert client.cookies["ai4mars_session"] != first
    stale = visitor(store)
    stale.cookies.set("ai4mars_session", first)
    assert stale.get("/account").status_code == 303


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "/\r\nx", "evil"]
)
def test_nobody_is_sent_elsewhere(store, back):
    client = visitor(store)
    assert sign_in(client, "labeller", back=back).headers["location"] == "/"


@pytest.mark.parametrize("role", [None, *accounts.ROLES])
def test_each_role_may_what_the_rules_say(store, role):
    client = visitor(store)
    if role:
        sign_in(client, role)
    for beginning, whom in rules.RULES:
        path = beginning.rstrip("/") + "/nowhere"
        status = client.get(path).status_code
        may = whom in (rules.OPEN, rules.READ) or (
            role is not None and accounts.ROLES.index(role) >= accounts.ROLES.index(whom)
        )
        asked = 401 if path.startswith("/api/") else 303
        if may:
            assert status in (404, 422), path
        else:
            assert status == (asked if role is None else 403), path
    assert rules.needed("GET", "/whatever") == rules.READ
    assert rules.needed("DELETE", "/whatever") == "admin"
    assert rules.needed("GET", "/accounting") == rules.READ


def test_a_team_reads_nothing_without_an_account(store):
    client = visitor(store, require_login=True)
    assert client.get("/openapi.json").status_code == 303
    assert client.get("/static/site.css").status_code == 200
    sign_in(client, "labeller")
    assert client.get("/openapi.json").status_code == 200


def test_writes_want_the_token_of_the_session_and_no_other_site(store):
    client = visitor(store)
    sign_in(client, "labeller")
    token = token_of(client.get("/account"))
    body = {"on": False}
    own = {"x-csrf-token": token}
    assert client.put("/api/account/guess", json=body, headers=own).status_code == 204
    for headers in (
        {}, {"x-csrf-token": token[:-1]}, {"x-csrf-token": "é".encode()},
        own | {"origin": "http://evil.example"}, own | {"origin": "null"},
        own | {"origin": "http://localhost.evil.example"}, own | {"sec-fetch-site": "cross-site"},
    ):  # fmt: skip
        assert client.put("/api/account/guess", json=body, headers=headers).status_code == 403
    same = own | {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert client.put("/api/account/guess", json=body, headers=same).status_code == 204
    other = visitor(store)
    sign_in(other, "labeller")
    assert other.put("/api/account/guess", json=body, headers=own).status_code == 403
    assert other.post("/account/guess", data={"csrf": token}).status_code == 403
    # a multipart form is looked into, too; a broken one is refused in words
    mine = token_of(other.get("/account"))
    sent = other.post("/account/guess", data={"csrf": mine}, files={"x": b"y"})
    assert sent.status_code == 303
    broken = other.post(
        "/account/guess", content=b"x", headers={"content-type": "multipart/form-data"}
    )
    assert (broken.status_code, "cannot be read" in broken.text) == (400, True)


def test_long_requests_are_not_taken(store):
    client = visitor(store, most_bytes=1000)
    for content in (b"x" * 1001, (b"x" * 600 for _ in range(2))):
        answer = client.post("/account/in", content=content)
        assert (answer.status_code, "1000" in answer.text) == (413, True)
    told = client.post("/account/in", content=b"", headers={"content-length": "-1"})
    assert told.status_code == 413


def test_other_names_are_not_answered(store):
    client = visitor(store, hosts=("localhost", "::1"))
    assert client.get("/account/in").status_code == 200
    assert client.get("/account/in", headers={"host": "[::1]:8040"}).status_code == 200
    assert client.get("/account/in", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "host",
    ["localhost/static/?", "localhost/static/#", "a b", "", "localhost:80:80", "x@localhost"],
)
def test_a_host_that_is_none_opens_nothing(store, host):
    """What stands in that header must not count as part of the path that roles are told by."""
    for client in (visitor(store), visitor(store, hosts=("localhost",))):
        for path in ("/admin", "/review/1/images/1", "/label"):
            assert client.get(path, headers={"host": host}).status_code == 400


def test_a_path_with_marks_in_it_opens_nothing(store):
    client = visitor(store)
    for path in (
        "http://localhost//admin",
        "/admin%3F",
        "/admin%23/static/",
        "/static/..%2fadmin",
        "/admin/",
    ):
        answer = client.get(path)
        assert answer.status_code in (303, 307, 404), path
        assert "Invite" not in answer.text


def test_guessing_a_password_is_waited_for(store):
    client = visitor(store)
    answers = [sign_in(client, "reviewer", f"guess {n}").status_code for n in range(7)]
    assert answers == [401] * 5 + [429] * 2
    late = sign_in(client, "reviewer")
    assert late.status_code == 429
    assert 1 <= int(late.headers["retry-after"]) <= 2
    assert sign_in(client, "labeller").status_code == 303


def test_a_rate_for_the_api(store):
    client = visitor(store, per_second=0.001, at_once=3)
    sign_in(client, "labeller")
    statuses = [client.get("/api/projects/1/none").status_code for _ in range(4)]
    assert statuses == [404, 404, 404, 429]


def test_headers_are_on_all_answers(store):
    client = visitor(store)
    for path in ("/account/in", "/static/site.css", "/nowhere", "/api/nowhere", "/account"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_a_fault_of_ours_tells_nothing_and_keeps_the_headers(store):
    app = create_app(store, ())

    @app.get("/api/broken")
    def broken() -> None:
        raise RuntimeError("a secret")

    answer = TestClient(app, raise_server_exceptions=False).get("/api/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "default-src" in answer.headers["content-security-policy"]


def test_names_and_words_are_escaped(store):
    client = visitor(store)
    page = sign_in(client, '"><script>alert(1)</script>')
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_joining_by_invitation(store):
    admin = accounts.account_named(store, "admin")
    code = invitations.invite(store, admin, "labeller", 1e12)
    client = visitor(store)
    form = {"csrf": token_of(client.get("/account/join")), "code": code, "name": "newcomer"}
    typo = client.post("/account/join", data={**form, "password": WORDS, "again": "x"})
    assert (typo.status_code, "the two passwords differ" in typo.text) == (422, True)
    assert WORDS not in typo.text
    made = client.post("/account/join", data={**form, "password": WORDS, "again": WORDS})
    assert (made.status_code, made.headers["location"]) == (303, "/label")
    assert "newcomer" in client.get("/account").text


def test_another_password_ends_other_sessions(store):
    accounts.add_account(store, "changer", WORDS, "labeller", 1.0)
    here, there = visitor(store), visitor(store)
    sign_in(here, "changer")
    sign_in(there, "changer")
    form = {"csrf": token_of(here.get("/account")), "password": WORDS + "!", "again": WORDS + "!"}
    wrong = here.post("/account/password", data={**form, "old": "x"})
    assert (wrong.status_code, "the old password is another" in wrong.text) == (422, True)
    assert here.post("/account/password", data={**form, "old": WORDS}).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303

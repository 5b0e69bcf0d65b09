"""Accounts, invitations and sessions in both stores."""

from __future__ import annotations

import pytest

from ai4mars_nav.archive.errors import ArchiveError, Conflict, Missing
from ai4mars_nav.archive.labelling import accounts, invitations, limits, passwords, sessions
from ai4mars_nav.archive.labelling.tables import prepare_labelling

WORDS = "red dust blue sunset"


@pytest.fixture
def store(database):
    prepare_labelling(database)
    return database


def test_a_password_opens_its_account_alone(store):
    made = accounts.add_account(store, "Ada@jpl", WORDS, "reviewer", 1.0)
    assert accounts.whose(store, " ADA@jpl ", WORDS) == made
    assert made.name == "ada@jpl"
    for name, password in (("ada@jpl", WORDS + "!"), ("bob", WORDS), ("", ""), ("\0", "\0"),
                           ("ada@jpl", "x" * 10_000)):  # fmt: skip
        assert accounts.whose(store, name, password) is None
    with store.reading() as session:
        ((stored,),) = session.run("SELECT password FROM accounts")
    assert stored.startswith("$argon2id$")
    assert WORDS not in stored


def test_roles_contain_those_before_them(store):
    reviewer = accounts.add_account(store, "ada", WORDS, "reviewer", 1.0)
    assert [reviewer.may(role) for role in accounts.ROLES] == [True, True, False]
    accounts.set_role(store, reviewer, "admin")
    assert accounts.account_named(store, "ada").may("admin")


@pytest.mark.parametrize(
    ("name", "password", "role", "words"),
    [
        ("a b", WORDS, "labeller", "cannot be the name"),
        ("../x", WORDS, "labeller", "cannot be the name"),
        ("a" * 65, WORDS, "labeller", "cannot be the name"),
        ("ada", "short", "labeller", "10 to 256 characters"),
        ("ada", "aaaaaaaaaaaaaa", "labeller", "too easy"),
        ("margaret-hamilton", "Margaret-Hamilton", "labeller", "too easy"),
        ("ada", WORDS, "king", "no role 'king'"),
    ],
)
def test_what_cannot_be_an_account(store, name, password, role, words):
    with pytest.raises(ArchiveError, match=words):
        accounts.add_account(store, name, password, role, 1.0)
    assert accounts.list_accounts(store) == []


def test_a_name_is_given_once_and_the_last_admin_stays(store):
    admin = accounts.add_account(store, "ada", WORDS, "admin", 1.0)
    with pytest.raises(Conflict, match="account ada already"):
        accounts.add_account(store, "ADA", WORDS, "labeller", 1.0)
    for change in (
        lambda: accounts.set_role(store, admin, "labeller"),
        lambda: accounts.close_account(store, admin, 2.0),
    ):
        with pytest.raises(Conflict, match="the only admin"):
            change()
    assert accounts.account_named(store, "ada").may("admin")
    accounts.add_account(store, "bob", WORDS, "admin", 1.0)
    accounts.close_account(store, admin, 2.0)
    assert accounts.whose(store, "ada", WORDS) is None
    with pytest.raises(Missing, match="no account ada"):
        accounts.account_named(store, "ada")


def test_sessions_end_by_time_and_word(store):
    ada = accounts.add_account(store, "ada", WORDS, "labeller", 1.0)
    token = sessions.begin_session(store, ada, 0.0)
    assert sessions.signed_in(store, token, 1.0) == ada
    assert sessions.signed_in(store, "other", 1.0) is None
    # used now and then it lasts longer than idle ones, but not for ever
    now = 0.0
    while sessions.signed_in(store, token, now):
        now += sessions.IDLE / 2
    assert sessions.LONGEST <= now < sessions.LONGEST + sessions.IDLE
    idle = sessions.begin_session(store, ada, 0.0)
    assert sessions.signed_in(store, idle, sessions.IDLE + 1.0) is None
    one, other = (sessions.begin_session(store, ada, 0.0) for _ in range(2))
    sessions.end_session(store, one)
    assert sessions.signed_in(store, one, 1.0) is None
    assert sessions.signed_in(store, other, 1.0) == ada
    accounts.set_password(store, ada, "another set of words")
    assert sessions.signed_in(store, other, 1.0) is None
    with store.reading() as session:
        assert token not in str(session.run("SELECT * FROM sessions"))


def test_an_invitation_is_good_once_and_not_for_ever(store):
    admin = accounts.add_account(store, "ada", WORDS, "admin", 0.0)
    code = invitations.invite(store, admin, "reviewer", 0.0)
    with pytest.raises(ArchiveError, match="too old"):
        invitations.join(store, code, "bob", WORDS, invitations.LASTS + 1.0)
    with pytest.raises(ArchiveError, match="10 to 256"):
        invitations.join(store, code, "bob", "short", 1.0)
    with pytest.raises(Conflict, match="account ada already"):
        invitations.join(store, code, "ada", WORDS, 1.0)
    assert invitations.join(store, f" {code}\n", "bob", WORDS, 1.0).role == "reviewer"
    for again in (code, "guess", "\udce9"):
        with pytest.raises(ArchiveError, match="not known, was used already"):
            invitations.join(store, again, "eve", WORDS, 1.0)


def test_waits_grow_with_failures():
    wait = limits.GrowingWait(free=3, longest=60.0)
    waits = []
    for _ in range(9):
        wait.failed("ada", 0.0)
        waits.append(wait.wait("ada", 0.0))
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60]
    assert wait.wait("ada", 59.0) == 1.0
    assert wait.wait("bob", 0.0) == 0.0
    wait.succeeded("ada")
    assert wait.wait("ada", 0.0) == 0.0


def test_a_rate_lets_so_many_through():
    rate = limits.Rate(2.0, 5)
    assert [rate.take("a", 0.0) for _ in range(6)] == [0, 0, 0, 0, 0, 0.5]
    assert rate.take("b", 0.0) == 0.0
    assert [rate.take("a", 1.0) for _ in range(3)] == [0, 0, 0.5]


def test_old_parameters_are_renewed_at_the_next_sign_in(store, monkeypatch):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "_HASHER", weak)
        accounts.add_account(store, "ada", WORDS, "labeller", 1.0)
    assert accounts.whose(store, "ada", WORDS) is not None
    with store.reading() as session:
        ((stored,),) = session.run("SELECT password FROM accounts")
    assert not passwords.is_dated(stored)

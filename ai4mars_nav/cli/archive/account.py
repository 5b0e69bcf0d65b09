"""`ai4mars archive account`: accounts by hand, also the first one."""

from __future__ import annotations

import argparse
import getpass
import sys
import time
from typing import TYPE_CHECKING

from ai4mars_nav.cli.archive.store import add_store_argument

if TYPE_CHECKING:
    from ai4mars_nav.archive.database import Database

HELP = "add, list and close accounts, change roles and passwords"
DESCRIPTION = """Accounts of those who label (labeller), judge labels (reviewer) and make projects
and accounts (admin). The password is asked for on the terminal, or read from the first line of
standard input.
Example: ai4mars archive account add ada --role admin --store mars.db"""
ACTIONS = ("add", "list", "password", "role", "close")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ai4mars archive account`."""
    parser.add_argument("action", choices=ACTIONS, help="what to do")
    parser.add_argument("name", nargs="?", default="", help="of the account (all but list)")
    parser.add_argument("--role", help="labeller, reviewer or admin (add: labeller)")
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    add_store_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Do it."""
    from ai4mars_nav.archive.database import open_database
    from ai4mars_nav.archive.errors import ArchiveError
    from ai4mars_nav.archive.labelling.tables import prepare_labelling

    if bool(args.name) == (args.action == "list"):
        raise ArchiveError(f"account {args.action} is of {'all' if args.name else 'one NAME'}")
    database = open_database(args.store)
    try:
        prepare_labelling(database)
        _do(args, database)
    finally:
        database.close()
    return 0


def _do(args: argparse.Namespace, database: Database) -> None:
    from ai4mars_nav.archive.errors import ArchiveError
    from ai4mars_nav.archive.labelling import accounts

    if args.action == "list":
        for one in accounts.list_accounts(database):
            print(one.account.name, one.account.role, "" if one.closed is None else "closed")
    elif args.action == "add":
        role = accounts.check_role(args.role or accounts.LABELLER)
        made = accounts.add_account(database, args.name, _password(args), role, time.time())
        print(f"{made.name}: a {made.role}, may sign in", file=sys.stderr)
    elif args.action == "password":
        account = accounts.account_named(database, args.name)
        accounts.set_password(database, account, _password(args))
    elif args.action == "role":
        if args.role is None:
            raise ArchiveError("account role NAME --role: say which")
        accounts.set_role(database, accounts.account_named(database, args.name), args.role)
    else:
        account = accounts.account_named(database, args.name)
        accounts.close_account(database, account, time.time())


def _password(args: argparse.Namespace) -> str:
    from ai4mars_nav.archive.errors import ArchiveError

    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"password for {args.name}: ")
    if first != getpass.getpass("again: "):
        raise ArchiveError("the two passwords differ")
    return first

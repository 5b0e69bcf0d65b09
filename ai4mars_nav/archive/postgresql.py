"""The store in PostgreSQL, through psycopg: imported only when it is asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg

from ai4mars_nav.archive.database import Row, Session
from ai4mars_nav.archive.errors import ArchiveError, Conflict, StoreFault
from ai4mars_nav.archive.per_thread import PerThread


class PostgreSql:
    """A database on a PostgreSQL server, a connection a thread."""

    kind = "postgresql"

    def __init__(self, address: str) -> None:
        self._address = address
        self._connections = PerThread(self._connect)
        with self.reading() as session:
            session.run("SELECT 1")

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """See `Database`."""
        with self._transaction("REPEATABLE READ, READ ONLY") as session:
            yield session

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        """See `Database`. Writers take turns, as in SQLite."""
        with self._transaction("READ COMMITTED") as session:
            session.run("SELECT pg_advisory_xact_lock(hashtext('ai4mars archive'))")
            yield session

    def close(self) -> None:
        """See `Database`."""
        self._connections.close()

    @contextlib.contextmanager
    def _transaction(self, level: str) -> Iterator[Session]:
        connection = self._connection()
        try:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
                yield _PostgreSession(cursor)
        except psycopg.IntegrityError as error:
            raise Conflict(f"the PostgreSQL store: {error}") from error
        except psycopg.DataError as error:
            raise ArchiveError(f"the PostgreSQL store: {error}") from error
        except psycopg.Error as error:
            raise StoreFault(f"the PostgreSQL store: {error}") from error

    def _connection(self) -> psycopg.Connection[Row]:
        """This thread's own; a new one if the server has closed it."""
        if self._connections.mine().closed:
            self._connections.drop()
        return self._connections.mine()

    def _connect(self) -> psycopg.Connection[Row]:
        try:
            return psycopg.connect(self._address, autocommit=True)
        except psycopg.Error as error:
            # the address may hold a password, psycopg's words do not
            raise StoreFault(f"the PostgreSQL store cannot be reached: {error}") from error


class _PostgreSession:
    def __init__(self, cursor: psycopg.Cursor[Row]) -> None:
        self._cursor = cursor

    def run(self, sql: str, *values: Any) -> list[Row]:
        """See `Session`."""
        self._cursor.execute(_psycopg(sql), values)
        return self._cursor.fetchall() if self._cursor.description else []

    def run_many(self, sql: str, values: Iterable[Sequence[Any]]) -> None:
        """See `Session`."""
        self._cursor.executemany(_psycopg(sql), values)


def _psycopg(sql: str) -> bytes:
    """The statement with psycopg's marks for values."""
    return sql.replace("%", "%%").replace("?", "%s").encode()

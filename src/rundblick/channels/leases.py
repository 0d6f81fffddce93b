"""Who fetches for an account: one process at a time, by a lock that PostgreSQL takes back when the process is gone.

Two that fetched at once would do no harm, since a delivery's key is unique; they would only fetch everything twice.
"""

from __future__ import annotations

import contextlib
import threading

import psycopg

from rundblick.core import server

_LOCK = 8_160_000  # first half of the lock; the second is the account


class Leases:
    """The accounts that this process fetches for, on a connection of its own. Safe to use from several threads."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection[tuple[object, ...]] | None = None
        self._held: set[int] = set()
        self._guard = threading.Lock()

    def take(self, account: int) -> bool:
        """Whether this process may fetch for the account from now on. Raises psycopg.Error."""
        with self._guard:
            if account in self._held and self._alive():
                return True
            row = self._connected().execute("select pg_try_advisory_lock(%s, %s)", (_LOCK, account)).fetchone()
            if row is None or row[0] is not True:
                return False
            self._held.add(account)
            return True

    def holds(self, account: int) -> bool:
        """Whether it still may: with the connection the locks are gone."""
        with self._guard:
            return account in self._held and self._alive()

    def give_back(self, account: int) -> None:
        """Others may fetch for it."""
        with self._guard:
            if account in self._held:
                self._held.discard(account)
                with contextlib.suppress(psycopg.Error):
                    self._connected().execute("select pg_advisory_unlock(%s, %s)", (_LOCK, account))

    def close(self) -> None:
        """Give everything back."""
        with self._guard, contextlib.suppress(psycopg.Error):
            self._held.clear()
            if self._connection is not None:
                self._connection.close()

    def _alive(self) -> bool:
        try:
            if self._connection is not None and not self._connection.closed:
                self._connection.execute("select 1")
                return True
        except psycopg.Error:
            pass
        self._held.clear()
        return False

    def _connected(self) -> psycopg.Connection[tuple[object, ...]]:
        if self._connection is None or self._connection.closed or self._connection.broken:
            self._held.clear()
            self._connection = psycopg.connect(
                server.database_url(), autocommit=True, connect_timeout=5, application_name="rundblick post"
            )
        return self._connection

"""Rows that nobody asks for yet, written by a thread of its own through a connection of its own, while others go on.

    aside = Aside()
    aside.give([("core_event", ("id", "kind"), rows, "")])  # after the transaction that they belong to was committed
    aside.wait()
    aside.close()

For a database that is dropped when its run fails: what was given and is not written yet is lost with the process.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from queue import Queue
from typing import Final

from django.db import connection, transaction

from rundblick.core.database import SetAside, cursor, insert_rows

_MOST: Final = 4  # gifts that wait; then the giver waits


class AsideError(Exception):
    """Rows that were given could not be written; the cause tells why."""


class Aside:
    """One thread that writes what it is given, in order, each gift in a transaction. For one giver."""

    def __init__(self) -> None:
        self._gifts: Queue[Sequence[SetAside] | None] = Queue(_MOST)
        self._thread: threading.Thread | None = None
        self._error: Exception | None = None
        self._unwanted = False

    def give(self, sets: Sequence[SetAside]) -> None:
        """Hand over sets of rows; waits while too many wait. Raises AsideError for earlier ones."""
        self.heed()
        if self._thread is None:
            self._unwanted = False
            self._thread = threading.Thread(target=self._write_all, name="aside", daemon=True)
            self._thread.start()
        self._gifts.put(sets)

    def wait(self) -> None:
        """Until all of it is written. Raises AsideError."""
        self._gifts.join()
        self.heed()

    def heed(self) -> None:
        """Raise AsideError when something could not be written."""
        if self._error is not None:
            raise AsideError(str(self._error)) from self._error

    def close(self) -> None:
        """End the thread; what it has not begun is left out."""
        if self._thread is not None:
            self._unwanted = True
            self._gifts.put(None)
            self._thread.join()
            self._thread = None

    def _write_all(self) -> None:
        try:
            while True:
                sets = self._gifts.get()
                try:
                    if sets is None:
                        return
                    if self._error is None and not self._unwanted:
                        _write(sets)
                except Exception as error:
                    self._error = error
                finally:
                    self._gifts.task_done()
        finally:
            connection.close()  # this thread's own


def _write(sets: Sequence[SetAside]) -> None:
    with transaction.atomic(), cursor() as cur:
        for table, columns, rows, conflict in sets:
            insert_rows(cur, table, columns, rows, conflict)

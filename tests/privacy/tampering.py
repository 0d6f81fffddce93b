"""Changing facts behind the program's back, as an operator with the database's password could."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper


@contextmanager
def facts_unguarded(*tables: str) -> Iterator[CursorWrapper]:
    """A cursor that may change the facts of these tables."""
    with connection.cursor() as cur:
        cur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cur.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        try:
            yield cur
        finally:
            for table in tables:
                cur.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

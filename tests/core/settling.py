"""Waiting for other transactions to end: xids are counted over the whole server."""

from __future__ import annotations

import time

from django.db import connection


def settle(seconds: float = 60.0) -> None:
    """Return when everything that was written before this call is below the feed's horizon."""
    deadline = time.monotonic() + seconds
    with connection.cursor() as cur:
        cur.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        reached = cur.fetchone()[0]
        while time.monotonic() < deadline:
            cur.execute(
                "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %s::text::xid8 OR pg_sleep(0.005) IS NULL", [reached]
            )
            if cur.fetchone()[0]:
                return
    raise TimeoutError("a transaction of another process did not end")

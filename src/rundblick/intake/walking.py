"""Walking a batch that may fail: again where two stood in each other's way, halved where a piece is poisonous.

Halves are transactions of their own. A fault that hits every piece alike is nobody's piece: it stops the road.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection
from psycopg import errors
from psycopg.errors import UniqueViolation

from rundblick.core.again import stood_in_the_way
from rundblick.core.aside import AsideError
from rundblick.intake.pieces import Piece
from rundblick.intake.road import Road

log = structlog.get_logger()

RETRIES = 5  # of deadlocks and serialization errors


class RoadStopped(Exception):
    """A fault that hits every piece alike: the database is away, the disk is full, a stage has a bug. Nothing is lost:
    what waits goes on waiting; an alarm is due."""


def walk_halving(
    road: Road, pieces: Sequence[Piece], alike: int = 2, ending: UUID | None = None
) -> list[tuple[Piece, Exception]]:
    """Walk these pieces; returns those that no batch can take in, each with its fault.

    ``alike``: from how many pieces on it means that the fault is ours when every one of them fails. ``ending``: the
    attempt that has ended when none is left. Raises RoadStopped.
    """
    poisoned = _walk_or_split(road, pieces, ending)
    if len(poisoned) >= alike and len(poisoned) == len(pieces):
        raise RoadStopped(f"all {len(pieces)} pieces failed: {poisoned[0][1]!r}") from poisoned[0][1]
    return poisoned


def _walk_or_split(road: Road, pieces: Sequence[Piece], ending: UUID | None) -> list[tuple[Piece, Exception]]:
    if not pieces:
        return []
    try:
        walk_again(road, pieces, ending)
        return []
    except AsideError as error:
        raise RoadStopped(str(error)) from error
    except (InterfaceError, OperationalError) as error:
        _stop_if_general(error)
        failure: Exception = error
    except Exception as error:
        failure = error
    log.warning("batch failed", pieces=len(pieces), error=repr(failure))
    if len(pieces) == 1:
        return [(pieces[0], failure)]
    for piece in pieces:
        piece.reset()
    middle = len(pieces) // 2
    return _walk_or_split(road, pieces[:middle], None) + _walk_or_split(road, pieces[middle:], ending)


def walk_again(road: Road, pieces: Sequence[Piece], ending: UUID | None = None) -> None:
    """Walk, and try again where PostgreSQL says that two transactions stood in each other's way."""
    for attempt in range(RETRIES):
        if attempt:
            for piece in pieces:
                piece.reset()
        try:
            road.walk(pieces, ending)
            return
        except Exception as error:
            if not _stood_in_the_way(error) or attempt == RETRIES - 1:
                raise


def _stood_in_the_way(error: Exception) -> bool:
    # a content that two batches bring at once is kept by the first of them: the other one finds it when it looks again
    return stood_in_the_way(error) or isinstance(error, UniqueViolation) or isinstance(error.__cause__, UniqueViolation)


def _stop_if_general(error: Exception) -> None:
    """Faults that are no piece's: the server away, the disk full, too many connections."""
    cause = error.__cause__
    general = (errors.DiskFull, errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.OutOfMemory)
    if isinstance(error, InterfaceError) or isinstance(cause, general) or not _database_answers():
        connection.close()
        raise RoadStopped(str(error)) from error


def _database_answers() -> bool:
    try:
        with connection.cursor() as cur:
            cur.execute("SELECT 1")
    except Exception:
        return False
    return True

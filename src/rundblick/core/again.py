"""A transaction that stood in another one's way is done again, as PostgreSQL expects it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from django.db import connection
from psycopg import errors

Result = TypeVar("Result")

TRIES: Final = 5
_IN_THE_WAY: Final = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)
OWNER_IS_THERE: Final = "case_owner_is_there"
"""The database's refusal of an open case whose owner has left, or whose team is closed, in this moment."""


def stood_in_the_way(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is done again."""
    return any(
        isinstance(one, _IN_THE_WAY)
        or (isinstance(one, errors.CheckViolation) and one.diag.constraint_name == OWNER_IS_THERE)
        for one in _causes(error)
    )


def again(do: Callable[[], Result]) -> Result:
    """Do it, and do it again where another transaction stood in its way. ``do`` opens the transaction.

    Inside another transaction it is done once: that one has to be done again as a whole.
    """
    nested = connection.in_atomic_block
    for attempt in range(TRIES):
        try:
            return do()
        except Exception as error:
            if nested or attempt == TRIES - 1 or not stood_in_the_way(error):
                raise
            time.sleep(0.01 * 2**attempt)
    raise AssertionError("the last try returns or raises")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__

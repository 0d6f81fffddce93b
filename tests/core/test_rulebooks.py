"""Rules of a company are kept in versions, checked before they count, and put into force by one person at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.db import IntegrityError, InternalError, transaction

from rundblick.core.models import Event, Rulebook
from rundblick.core.rulebooks import (
    Kind,
    RuleError,
    StaleError,
    draft,
    in_force,
    put_in_force,
    save_draft,
    versions,
)

pytestmark = pytest.mark.django_db


class Toll(msgspec.Struct, frozen=True):
    price: int


def _check(told: Toll) -> None:
    if told.price < 0:
        raise RuleError("a price is not negative")


TOLL = Kind("toll", Toll, _check)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_before_anybody_set_rules_there_are_none() -> None:
    assert in_force(TOLL) is None


def test_what_was_put_into_force_last_holds_and_what_held_before_is_known() -> None:
    put_in_force(TOLL, Toll(1), by=7, seen=0, at=MONDAY)
    put_in_force(TOLL, Toll(2), by=None, seen=1, at=MONDAY + timedelta(days=1))
    now, then = in_force(TOLL), in_force(TOLL, MONDAY + timedelta(hours=1))
    assert now is not None and (now.version, now.told.price, now.by) == (2, 2, None)
    assert then is not None and (then.version, then.told.price, then.by) == (1, 1, 7)
    assert in_force(TOLL, MONDAY - timedelta(hours=1)) is None
    assert [book.version for book in versions(TOLL)] == [1, 2]
    assert Event.objects.filter(kind="rules.toll").count() == 2


def test_rules_that_cannot_hold_never_come_into_force() -> None:
    with pytest.raises(RuleError):
        put_in_force(TOLL, Toll(-1), by=None, seen=0)
    assert in_force(TOLL) is None


def test_who_decides_without_having_seen_the_newest_rules_is_stopped() -> None:
    put_in_force(TOLL, Toll(1), by=None, seen=0)
    with pytest.raises(StaleError) as stopped:
        put_in_force(TOLL, Toll(2), by=None, seen=0)
    assert stopped.value.version == 1
    assert len(versions(TOLL)) == 1


def test_a_draft_may_be_unfinished_and_goes_with_the_version_that_follows() -> None:
    save_draft(TOLL, Toll(-1), by=3)
    assert draft(TOLL) == Toll(-1)
    put_in_force(TOLL, Toll(3), by=3, seen=0)
    assert draft(TOLL) is None


def test_a_version_is_never_changed() -> None:
    put_in_force(TOLL, Toll(1), by=None, seen=0)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        Rulebook.objects.filter(kind="toll").update(version=9)

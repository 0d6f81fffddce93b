"""The road: what a batch gives, and that cutting and order change nothing."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.cases.models import Case, Message
from rundblick.core.installation import installation
from rundblick.core.message import Message as Reading
from rundblick.customers.models import Assignment, Customer
from rundblick.intake.pieces import Piece
from rundblick.intake.road import Road
from tests.intake.builders import START, mail_reading

pytestmark = pytest.mark.django_db


def pieces_of(readings: list[Reading]) -> list[Piece]:
    from rundblick.core.models import Delivery, Source

    source, _ = Source.objects.get_or_create(code="mailbox:test", kind="mail")
    made = []
    for reading in readings:
        delivery = Delivery.objects.create(
            source=source, source_key=str(random.getrandbits(64)), kind="mail", received_at=START
        )
        made.append(Piece(reading, source.pk, delivery.source_key, START, delivery.pk, "mail", live=True))
    return made


def walk(*batches: list[Reading]) -> None:
    road = Road(installation())
    for batch in batches:
        road.walk(pieces_of(batch))


def partition() -> set[frozenset[bytes]]:
    groups: dict[int, set[bytes]] = {}
    for message in Message.objects.all():
        groups.setdefault(message.case_id, set()).add(bytes(message.identity))
    return {frozenset(group) for group in groups.values()}


def test_a_mail_becomes_a_message_in_a_case_of_a_customer() -> None:
    walk([mail_reading("a", "anna@kunde.example")])
    case = Case.objects.get()
    assert case.customer_id == Customer.objects.get().pk
    assert case.owner_team_id and not case.owner_person_id
    assert (case.state, case.messages, case.opened_at) == ("new", 1, START)
    assert case.content.subject == "Betreff a"


def test_a_reply_joins_its_original_whichever_comes_first() -> None:
    original = mail_reading("a", "anna@kunde.example")
    reply = mail_reading("b", "bert@kunde.example", ("a",), 5)
    walk([reply], [original])
    assert len(partition()) == 1
    case = Case.objects.get(merged_into=None)
    assert case.opened_at == START
    assert case.content.subject == "Betreff a"


def test_two_cases_become_one_when_the_missing_link_comes() -> None:
    walk(
        [mail_reading("a", "anna@kunde.example")],
        [mail_reading("c", "anna@kunde.example", ("b",), 9)],
        [mail_reading("b", "anna@kunde.example", ("a",), 5)],
    )
    assert len(partition()) == 1
    survivor = Case.objects.get(merged_into=None)
    absorbed = Case.objects.exclude(merged_into=None).get()
    assert absorbed.merged_into_id == survivor.pk
    assert survivor.messages == 3


def test_the_same_mail_again_changes_nothing() -> None:
    mail = mail_reading("a", "anna@kunde.example")
    walk([mail, mail], [mail])
    assert Message.objects.count() == 1
    assert Case.objects.get().messages == 1


def tree(n: int, chance: random.Random) -> list[Reading]:
    """Mails of a few threads; each names one or two earlier ones, or none."""
    mails = []
    for i in range(n):
        parents = tuple(f"m{p}" for p in chance.sample(range(i), min(i, chance.choice((0, 1, 1, 2))))) if i else ()
        mails.append(mail_reading(f"m{i}", f"p{chance.randrange(4)}@kunde.example", parents, i))
    return mails


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), n=st.integers(1, 12), cuts=st.sets(st.integers(1, 11)))
def test_any_cut_and_any_order_gives_the_same_cases_and_customers(seed: int, n: int, cuts: set[int]) -> None:
    from django.db import transaction

    chance = random.Random(seed)
    mails = tree(n, chance)
    shuffled = chance.sample(mails, len(mails))
    edges = [0, *sorted(c for c in cuts if c < n), n]
    found = []
    for batches in ([mails], [shuffled[a:b] for a, b in pairwise(edges)]):
        with transaction.atomic():
            walk(*batches)
            found.append((partition(), facts(), customers()))
            transaction.set_rollback(True)
    assert found[0] == found[1]


def facts() -> set[tuple[object, ...]]:
    return {
        (c.opened_at, c.last_at, c.messages, c.content.subject, c.state, c.flagged)
        for c in Case.objects.filter(merged_into=None).select_related("content")
    }


def customers() -> int:
    return Assignment.objects.filter(valid_to=None).values("customer").distinct().count()

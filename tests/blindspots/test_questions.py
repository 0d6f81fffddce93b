"""Answers that ask for what is known: counted on a small company, with their cases, their cuts and what is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rundblick.blindspots.check import build_report
from rundblick.blindspots.disclosure import publishable
from rundblick.blindspots.measures.of_questions import NAME
from rundblick.blindspots.model import Measure, Report, Window
from rundblick.blindspots.saved import cases_behind
from rundblick.cases.models import Attachment, Case, Message, MessageContent
from rundblick.core.database import cursor
from rundblick.core.models import Delivery, Source
from rundblick.customers.models import Identifier, Order, RecordVersion
from tests.blindspots.world import FILES, World, beside, day

pytestmark = pytest.mark.django_db
WINDOW = Window(day(0), day(60), "Europe/Berlin")


@pytest.fixture
def world() -> World:
    return World()


def report() -> Report:
    return build_report(WINDOW, FILES, "en", now=datetime(2026, 12, 1, tzinfo=UTC))


def measured(name: str = NAME) -> Measure:
    return report().measures[name]


def counted(name: str = NAME) -> tuple[int, int]:
    """(answers that ask again, answers)"""
    measure = measured(name)
    assert measure.value is not None
    return round(measure.value * measure.n), measure.n


def said(case: Case, at: float, text: str, world: World, direction: str = "in") -> Message:
    message = world.message(case, at, direction)
    MessageContent.objects.create(message=message, text=text)
    return message


def answer(world: World, case: Case, at: float, asks_for: str | None = "customer_no", **values: Any) -> Message:
    return world.message(case, at, "out", asks_for=asks_for, **values)


def knows(world: World, customer: str, system: str, at: float, **facts: str) -> RecordVersion:
    record = world.record(customer, system)
    digest = f"{customer}{system}{at}".encode()
    return RecordVersion.objects.create(record=record, content_digest=digest, seen_at=day(at), key="k", facts=facts)


def test_where_no_answer_was_read_the_figure_says_what_to_add(world: World) -> None:
    world.message(world.case("anna"), 1, "out")
    missing = measured().missing
    assert missing is not None and missing.code == "no_data" and "direction = out" in missing.text


def test_an_answer_counts_when_any_system_knew_the_fact_before(world: World) -> None:
    case = world.case("anna")
    knows(world, "anna", "shop", 1, street="Am Hang 1", city="Kiel")
    answer(world, case, 2, "address")
    answer(world, case, 3, "birth_date")
    answer(world, case, 4, "")
    assert counted() == (1, 3)


def test_what_was_told_later_was_not_known(world: World) -> None:
    case = world.case("anna")
    answer(world, case, 2, "birth_date")
    knows(world, "anna", "shop", 3, birth_date="1980-01-01")
    assert counted() == (0, 1)


def test_what_somebody_else_has_told_is_not_known_of_this_customer(world: World) -> None:
    answer(world, world.case("anna"), 2, "birth_date")
    knows(world, "bert", "shop", 1, birth_date="1980-01-01")
    assert counted() == (0, 1)


def test_a_row_without_a_time_is_known_since_its_day_or_all_along(world: World) -> None:
    source = Source.objects.create(kind="file", name="customers.csv")
    early, late = world.case("anna"), world.case("bert")
    for customer, since in (("anna", "2020-05-01"), ("bert", "2026-04-01")):
        version = knows(world, customer, "crm", 50, birth_date="1980-01-01", since=since)
        delivery = Delivery.objects.create(source=source, source_key=customer, kind="row", received_at=day(50))
        RecordVersion.objects.create(
            record=version.record, content_digest=b"d" + customer.encode(), seen_at=day(50), key="k",
            facts={"birth_date": "1980-01-01", "since": since}, delivery=delivery,
        )  # fmt: skip
    answer(world, early, 2, "birth_date")
    answer(world, late, 2, "birth_date")  # on 4 March, a month before
    assert counted() == (1, 2)


def test_identifiers_and_orders_are_known(world: World) -> None:
    case = world.case("anna")
    knows(world, "anna", "crm", 0, city="Kiel")
    record = world.record("anna", "crm")
    Identifier.objects.create(record=record, kind="customer_no", value="4711", digest=b"i", strength="strong")
    order = world.order("anna", 3, 3)
    Order.objects.filter(pk=order.pk).update(at=day(1), article="Kettle")
    answer(world, case, 2, "customer_no")
    answer(world, case, 2.1, "model purchase_date")
    answer(world, case, 0.5, "order_no")  # asked before the order
    assert counted() == (2, 3)


def test_what_the_customer_wrote_in_the_case_before_is_known(world: World) -> None:
    case, other = world.case("anna"), world.case("anna")
    said(case, 1, "Guten Tag, meine Kundennummer ist 4711-22.", world)
    picture = said(other, 1, "Anbei ein Foto.", world)
    Attachment.objects.create(message=picture, position=0, blob_id=0, media_type="image/jpeg", size=1)
    answer(world, case, 2, "customer_no")
    answer(world, other, 2, "customer_no")
    answer(world, other, 3, "photo")
    answer(world, case, 3, "photo")
    answer(world, case, 0.5, "customer_no")
    assert counted() == (2, 5)


def test_the_cases_behind_it_can_be_opened_most_questions_first(world: World) -> None:
    once, twice, never = world.case("anna", key="once"), world.case("anna", key="twice"), world.case("anna")
    knows(world, "anna", "shop", 0, birth_date="1980-01-01")
    for case, at in ((once, 1), (twice, 1), (twice, 2)):
        answer(world, case, at, "birth_date")
    answer(world, never, 1, "")
    measure = measured()
    assert measure.cases_behind == 2 and measure.sample.worst == ("twice", "once")
    assert beside(measure, f"{NAME}.cases") == 2 and beside(measure, f"{NAME}.asked.birth_date") == 3
    saved = cases_behind(NAME, WINDOW)
    with cursor() as cur:
        cur.execute(saved.sql, saved.params)
        assert [row[0] for row in cur.fetchall()] == [twice.pk, once.pk]


def test_channels_and_teams_are_cuts_and_a_team_of_four_is_held_back(world: World) -> None:
    knows(world, "anna", "shop", 0, birth_date="1980-01-01")
    cases = [world.case(f"customer {n}") for n in range(6)] + [world.case("anna")]
    for n in range(40):
        person = f"agent {n % 4}"
        answer(world, cases[n % 7], 2, "birth_date", channel="email", team=world.team("Desk"), person=person)
    found = report()
    channel_cut = found.measures[f"{NAME}.channel.email"]
    assert (channel_cut.n, channel_cut.persons, channel_cut.value) == (40, 7, pytest.approx(5 / 40))
    (team_cut,) = [m for name, m in found.measures.items() if name.startswith(f"{NAME}.team.")]
    assert (team_cut.staff, team_cut.cases_behind) == (4, 1)
    shown = publishable(found).measures
    assert shown[team_cut.name].value is None and shown[team_cut.name].missing is not None
    for name in (channel_cut.name, team_cut.name):
        saved = cases_behind(name, WINDOW)
        with cursor() as cur:
            cur.execute(saved.sql, saved.params)
            assert [row[0] for row in cur.fetchall()] == [cases[6].pk]

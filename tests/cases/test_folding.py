"""What a case shows, from its log: rules of cases.folding, each in one scenario."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from rundblick.cases.folding import FOLDED, FOLDED_WITHOUT_ENTRIES, fold
from rundblick.cases.models import Case, CaseEntry
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.message import CaseValues, Message, Moment, Party, What
from rundblick.core.models import Source
from rundblick.customers.models import RecordVersion
from rundblick.intake.pieces import Piece
from rundblick.intake.road import Road
from tests.intake.builders import digest, mail_reading
from tests.intake.test_road import pieces_of

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def after(hours: float) -> Moment:
    return Moment(START + timedelta(hours=hours))


def entry(hours: float, state: str, seq: int = 0, customer: str = "K1", **values: object) -> Message:
    case = CaseValues(state=state, opened_at=after(0), **values)  # type: ignore[arg-type]
    return Message(
        what=What.CASE_EVENT,
        system="desk",
        identity=digest(hours, state, seq, repr(values)),
        content=digest(hours, state, seq, repr(values)),
        at=after(hours),
        seq=seq,
        party=Party("desk", customer) if customer else None,
        case_key="F1",
        case=case,
    )


def case_of(*entries: Message) -> Case:
    source, _ = Source.objects.get_or_create(code="file:test", kind="file")
    pieces = [Piece(e, source.pk, str(i), START) for i, e in enumerate(entries)]
    road = Road(installation())
    for piece in reversed(pieces):  # the last first: the order of arrival must not matter
        road.walk([piece])
    return Case.objects.get()


def test_unknown_says_nothing_and_the_last_known_counts() -> None:
    case = case_of(entry(0, "new", topic="Lieferung", team="T1"), entry(1, "open"), entry(2, "", promise_kept=True))
    assert (case.state, case.topic, case.promise_kept) == ("open", "Lieferung", True)
    assert case.owner_team is not None and case.owner_team.name == "T1"


def test_the_person_of_the_last_entry_that_names_somebody_owns() -> None:
    case = case_of(entry(0, "open", team="T1", person="P1"), entry(1, "open", team="T2"))
    assert case.owner_person is None and case.owner_team is not None and case.owner_team.name == "T2"


def test_events_of_one_minute_follow_the_sources_counter() -> None:
    case = case_of(entry(0, "new", 0), entry(1, "resolved", 2), entry(1, "open", 1))
    assert (case.state, case.resolved_at) == ("resolved", after(1).at)


def test_a_resolution_is_the_first_after_the_last_reopening_and_closing_is_none() -> None:
    log = [entry(0, "new"), entry(2, "resolved"), entry(4, "open"), entry(6, "resolved"), entry(7, "resolved", 1)]
    assert case_of(*log, entry(200, "closed")).resolved_at == after(6).at


def test_a_case_that_was_only_closed_was_never_resolved() -> None:
    case = case_of(entry(0, "new"), entry(9, "closed"))
    assert (case.state, case.resolved_at, case.closed_at) == ("closed", None, after(9).at)


def test_a_source_that_tells_resolutions_is_believed_also_when_it_does_not_know_one() -> None:
    told = {"tells_resolution": True}
    assert (
        case_of(entry(0, "new", **told), entry(5, "resolved", **told), entry(9, "closed", **told)).resolved_at is None
    )


@pytest.mark.parametrize(("counter", "stands"), [(None, False), (1, False), (0, True)])
def test_a_told_resolution_older_than_the_last_reopening_stands_only_if_the_counter_denies_it(
    counter: int | None, stands: bool
) -> None:
    told = {"tells_resolution": True, "resolved_at": after(5), "reopens": counter}
    case = case_of(
        entry(0, "new"), entry(5, "resolved", **told), entry(30, "open", **told), entry(40, "closed", **told)
    )
    assert (case.resolved_at is not None) is stands


def test_a_reopened_case_has_no_resolution() -> None:
    case = case_of(entry(0, "new"), entry(2, "resolved"), entry(4, "pending"))
    assert (case.state, case.resolved_at) == ("pending", None)


def test_the_last_known_customer_is_concerned_and_the_first_known_channel_counts() -> None:
    first = msgspec.structs.replace(entry(0, "new", customer="K1"), channel="phone")
    last = msgspec.structs.replace(entry(1, "open", customer="K2"), channel="mail")
    case = case_of(first, last, entry(2, "open", 1, customer=""))
    assert case.concerned is not None
    assert RecordVersion.objects.get(record=case.concerned).key == "K2"
    assert case.participants.get(part="concerned").record_id == case.concerned_id
    assert case.customer_id is not None
    assert case.channel == "phone"


def test_a_resolved_case_of_ours_is_open_again_when_its_customer_writes_again_but_not_by_a_machine() -> None:
    road = Road(installation())
    road.walk(pieces_of([mail_reading("a", "anna@kunde.example")]))
    case = Case.objects.get()
    CaseEntry.objects.create(
        identity=digest("done"), content_digest=digest("done"), event_id=0, case=case, at=after(1).at, state="resolved"
    )
    with cursor() as cur:
        fold(cur, [case.pk])
    machine = msgspec.structs.replace(mail_reading("b", "anna@kunde.example", ("a",), 90), sender="out_of_office")
    road.walk(pieces_of([machine]))
    case.refresh_from_db()
    assert (case.state, case.resolved_at) == ("resolved", after(1).at)
    road.walk(pieces_of([mail_reading("c", "anna@kunde.example", ("a",), 120)]))
    case.refresh_from_db()
    assert (case.state, case.resolved_at) == ("open", None)


def test_a_case_without_a_log_is_folded_the_same_without_one() -> None:
    road = Road(installation())
    sent = msgspec.structs.replace(mail_reading("b", "service@muster.example", ("a",), 30), direction="out")
    road.walk(pieces_of([mail_reading("a", "anna@kunde.example"), sent, mail_reading("c", "ben@kunde.example")]))
    with cursor() as cur:
        cur.execute(FOLDED + "ORDER BY c.id")
        whole = cur.fetchall()
        cur.execute(FOLDED_WITHOUT_ENTRIES + "ORDER BY c.id")
        assert cur.fetchall() == whole
    assert len(whole) == 2

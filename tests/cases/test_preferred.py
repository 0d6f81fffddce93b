"""By which channel a customer is best reached, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.preferred import Preferred, Told, Use, most_used, told_first
from rundblick.cases.side import Contact, talked_lately, uses_in
from rundblick.core.message import Channel

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
uses = st.lists(
    st.builds(
        Use,
        st.sampled_from([str(channel) for channel in Channel]),
        st.integers(0, 5_000).map(lambda minutes: AT + timedelta(minutes=minutes)),
        st.booleans(),
    )
)


def use(channel: str, days: int, answered: bool = True) -> Use:
    return Use(channel, AT - timedelta(days=days), answered)


@given(uses)
def test_the_order_of_contacts_changes_nothing_and_a_channel_that_was_answered_wins(some: list[Use]) -> None:
    found = most_used(some)
    assert found == most_used(list(reversed(some)))
    counted = [one for one in some if one.channel not in ("review", "self_service", "other")]
    assert (found is None) == (not counted)
    if found is not None:
        of_it = [one for one in counted if one.channel == found.channel]
        assert (found.used, found.of) == (len(of_it), len(counted))
        assert found.answered == sum(one.answered for one in of_it)
        assert found.answered > 0 or not any(one.answered for one in counted)
        assert found.at == max(one.at for one in of_it)


@given(uses)
def test_one_more_answered_contact_by_the_preferred_channel_never_changes_it(some: list[Use]) -> None:
    found = most_used(some)
    if found is not None:
        again = most_used([*some, Use(found.channel, AT + timedelta(days=30), True)])
        assert again is not None and again.channel == found.channel


def test_used_most_beats_used_last_where_both_were_answered() -> None:
    found = most_used([use("email", 9), use("email", 8), use("phone", 1)])
    assert found == Preferred(channel="email", why="used", at=AT - timedelta(days=8), used=2, of=3, answered=2)


def test_a_channel_where_nobody_answered_him_is_no_preference() -> None:
    found = most_used([use("social", 1, answered=False)] * 5 + [use("phone", 9)])
    assert found is not None and found.channel == "phone"
    found = most_used([use("social", 1, answered=False), use("chat", 2, answered=False)])
    assert found is not None and (found.channel, found.answered) == ("social", 0)


def test_what_was_told_or_noted_counts_before_what_he_uses_the_newer_of_both() -> None:
    used = most_used([use("email", 1)])
    noted = Preferred(channel="letter", why="set", at=AT, by=7)
    early, late = (Told("phone", "crm", AT + timedelta(days=day)) for day in (-1, 1))
    for told, set_, channel in (
        (None, None, "email"),
        (early, None, "phone"),
        (early, noted, "letter"),
        (late, noted, "phone"),
    ):
        found = told_first(told, set_, used)
        assert found is not None and found.channel == channel
    assert told_first(None, None, None) is None


def contact(days: float, direction: str, channel: str = "email", person: int | None = None, **told: object) -> Contact:
    at = AT - timedelta(days=days)
    values = {"sender": "human", "team": None, "case": 1, "dispatch": "", "system": "crm", "system_name": "CRM"} | told
    return Contact(at=at, channel=channel, direction=direction, person=person, **values)  # type: ignore[arg-type]


def test_he_was_answered_where_somebody_wrote_later_in_the_same_case_by_the_same_channel() -> None:
    newest_first = [
        contact(1, "in"),
        contact(2, "out", case=2),
        contact(3, "out"),
        contact(4, "in", channel="chat"),
        contact(5, "in"),
        contact(6, "in", channel="phone", person=3),
        contact(7, "out", dispatch="dead", channel="chat"),
    ]
    assert [(one.channel, one.answered) for one in uses_in(newest_first)] == [
        ("email", False),
        ("chat", False),
        ("email", True),
        ("phone", True),
    ]


def test_who_talked_to_him_is_named_once_and_the_reader_is_left_out() -> None:
    rows = [
        contact(1, "out", person=1),
        contact(2, "out", person=2),
        contact(3, "out", channel="chat", person=2),
        contact(4, "out", team=9),
        contact(5, "out"),
        contact(6, "in"),
        contact(200, "out", person=4),
    ]
    found = talked_lately(rows, AT - timedelta(days=90), but=1)
    assert [(one.person, one.team, one.channels, one.times) for one in found] == [
        (2, None, ("email", "chat"), 2),
        (None, 9, ("email",), 1),
        (None, None, ("email",), 1),
    ]

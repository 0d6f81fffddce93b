"""What the sample company shows when it is opened for the first time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rundblick.api.contact import read_contact
from rundblick.cases.models import Case, Commitment, Handover, Message
from rundblick.cli.sample import one_concern
from rundblick.cli.sample_handovers import hand_over_some
from rundblick.core.installation import installation
from rundblick.core.message import Message as Reading
from rundblick.core.message import What
from rundblick.intake.pieces import Piece
from rundblick.intake.road import Road
from rundblick.intake.work import take
from rundblick.people.models import Team
from rundblick.people.sample import join_sample_teams, make_sample_users
from tests.cases.test_topics import known
from tests.intake.builders import digest
from tests.intake.test_road import walk

pytestmark = pytest.mark.django_db


def test_a_letter_a_call_and_a_chat_about_one_concern_are_one_case() -> None:
    assert one_concern(datetime.now(UTC)) == 0, "there is nobody yet"
    party = known("KD-20017")
    walk([Reading(what=What.CUSTOMER, system="crm", identity=digest("k"), content=digest("k"), party=party)])
    assert one_concern(datetime.now(UTC)) == 3
    taken = take()
    assert taken is not None
    pieces: list[Piece] = []
    for one in taken[1]:
        reading = read_contact(one.envelope)
        assert isinstance(reading, Reading)
        pieces.append(one.piece(reading))
    Road(installation()).walk(pieces)
    case = Case.objects.get()
    assert sorted(Message.objects.filter(case=case).values_list("channel", flat=True)) == ["chat", "letter", "phone"]
    assert (case.channel, case.topic, case.customer_id is not None) == ("letter", "Lieferung", True)


def test_three_concerns_change_hands_in_each_way() -> None:
    assert hand_over_some(datetime.now(UTC)) == 0, "there is nobody yet"
    walk(
        [
            Reading(
                what=What.CUSTOMER,
                system="crm",
                identity=digest(key),
                content=digest(key),
                party=known(f"KD-2001{key}"),
            )
            for key in "1234"
        ]
    )
    Team.objects.get_or_create(key="firm", name="Elektro Muster (Partner)")
    make_sample_users()
    join_sample_teams()
    assert hand_over_some(datetime.now(UTC)) == 3
    rows = Handover.objects.order_by("entry__case_id", "entry__at")
    assert sorted((row.state, row.returns, row.border) for row in rows) == [
        ("accepted", False, False),
        ("accepted", True, False),
        ("given_back", False, True),
        ("offered", False, False),
    ]
    assert Commitment.objects.filter(state="open").count() == 2
    assert hand_over_some(datetime.now(UTC)) == 3, "and once more changes nothing"
    assert rows.count() == 4

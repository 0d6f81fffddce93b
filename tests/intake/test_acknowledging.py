"""The automatic acknowledgement, and everything that keeps it from talking to machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rundblick.cases.models import Case, Message
from rundblick.channels.email.sending import MailSender
from rundblick.channels.models import Account
from rundblick.core.models import Source
from rundblick.intake.acknowledging import BREAKER, acknowledge_due
from rundblick.intake.models import Acknowledged, Outgoing
from rundblick.intake.sending import work_once
from tests.channels.letters import an_account
from tests.channels.postbox import a_server
from tests.intake.test_answered import comes, mail

pytestmark = pytest.mark.django_db
TEXTS = {"acknowledge": True, "acknowledge_de": "Wir haben Ihre Nachricht: {number}.", "acknowledge_en": "We have it."}


def account(port: int = 1, **settings: Any) -> Account:
    made = an_account(port, **(TEXTS | settings))
    Source.objects.filter(pk=made.source_id).update(code="mailbox:service")  # the box that ``comes`` delivers to
    return made


def why_not() -> list[str]:
    return list(Acknowledged.objects.order_by("message_id").values_list("why_not", flat=True))


def test_it_is_off_by_default() -> None:
    account(acknowledge=False)
    comes(mail("anna@kunde.example"))
    assert acknowledge_due() == 0 and not Outgoing.objects.exists()


def test_a_persons_first_message_is_acknowledged_once_and_is_no_reaction() -> None:
    account()
    first = comes(mail("anna@kunde.example", "Paket", "Guten Tag, wo bleibt mein Paket, bitte?"))[0]
    assert [acknowledge_due(), acknowledge_due()] == [1, 0]
    assert first.case is not None
    sent = Message.objects.get(direction="out")
    assert (sent.sender, sent.case_id) == ("machine", first.case_id)
    assert sent.content.text in ("We have it.", f"Wir haben Ihre Nachricht: {first.case.number}.")
    with a_server() as box:
        Account.objects.update(
            settings=TEXTS | {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none"}
        )
        sender = MailSender()
        work_once(lambda _channel: sender)
        sender.close()
        path, _to, _raw = box.taken[0]
        assert path in ("", "<>", None)  # the empty path
        assert box.mails[0]["Auto-Submitted"] == "auto-replied"
    assert Case.objects.get(pk=first.case_id).first_reply_at is None
    assert Case.objects.get(pk=first.case_id).state == "new"


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        ("noreply@shop.example", {}),
        ("anna@kunde.example", {"Precedence": "bulk"}),
        ("anna@kunde.example", {"List_Id": "<list.example>"}),
        ("anna@kunde.example", {"Auto_Submitted": "auto-generated"}),
        ("MAILER-DAEMON@mx.example", {}),
        ("service@muster.example", {"To": "x@y.example"}),
    ],
)
def test_no_machine_no_list_and_nobody_of_us_gets_one(sender: str, more: dict[str, str]) -> None:
    account()
    comes(mail(sender, **more))
    assert acknowledge_due() == 0 and not Outgoing.objects.exists()


def test_against_a_machine_that_answers_everything_at_most_two_leave() -> None:
    """It sends no header that says so, changes the subject, and names no mail before it: each answer is a new case."""
    account()
    now = datetime.now(UTC)
    left = 0
    for turn in range(30):
        comes(mail("robot@dumb.example", f"Ticket {turn}", "Thank you for your message."))
        left += acknowledge_due(now + timedelta(seconds=turn))
    assert left == 1 and Outgoing.objects.count() == 1
    assert Case.objects.filter(merged_into=None).count() == 30
    assert set(why_not()) == {"", "hour"}


def test_an_address_gets_at_most_five_a_day() -> None:
    account()
    now = datetime.now(UTC)
    left = 0
    for turn in range(9):
        comes(mail("robot@dumb.example", f"Ticket {turn}", "Thank you."))
        at = now + timedelta(minutes=61 * turn)
        left += acknowledge_due(at)
        Outgoing.objects.filter(created_at__gt=at - timedelta(minutes=1)).update(created_at=at)
        Outgoing.objects.filter(created_at__lt=now + timedelta(seconds=30), id=Outgoing.objects.latest("id").pk).update(
            created_at=at
        )
    assert left == 5 and why_not()[5:] == ["day"] * 4


def test_the_breaker_stops_a_flood_of_strangers() -> None:
    account()
    comes(*[mail(f"p{i}@kunde.example", f"Frage {i}") for i in range(BREAKER.burst + 10)])
    now = datetime.now(UTC)
    assert acknowledge_due(now) == BREAKER.burst
    assert why_not().count("breaker") == 10


def test_old_mails_are_not_acknowledged_late() -> None:
    account()
    comes(mail("anna@kunde.example"))
    assert acknowledge_due(datetime.now(UTC) + timedelta(days=1)) == 0

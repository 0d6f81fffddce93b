"""A case that begins with one message shows at once what the fold would make of it; every other is folded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from rundblick.cases.folding import fold
from rundblick.cases.models import Case, Participant
from rundblick.channels.channel import load
from rundblick.core.database import cursor
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.message import Reading
from rundblick.core.registry import readers
from rundblick.intake.accept import accept
from rundblick.intake.road import Road
from rundblick.intake.work import work_once
from tests.intake.builders import START, mail_envelope

pytestmark = pytest.mark.django_db


class ReaderHere:
    def read_all(self, envelopes: Sequence[Envelope]) -> list[Reading]:
        return [load(readers[envelope.kind])(envelope) for envelope in envelopes]


def contact(key: str, **told: object) -> Envelope:
    return Envelope("api:1", key, "contact", START, json.dumps({"key": key, "text": "Hallo", **told}).encode())


def mail(key: str, **headers: str) -> Envelope:
    lines = {"From": "Anna <anna@kunde.example>", "Message-ID": f"<{key}@kunde.example>", "Subject": key, **headers}
    text = "".join(f"{name}: {value}\n" for name, value in lines.items()) + "\nGuten Tag\n"
    return Envelope("mailbox:service", key, "mail", START, text.encode())


ARRIVALS = {
    "of somebody new": [mail_envelope("a")],
    "of somebody known": [mail_envelope("a"), mail("b")],
    "of nobody": [mail("a", From=""), contact("b", channel="chat")],
    "copied to others and to himself": [mail("a", Cc="bert@kunde.example, anna@kunde.example")],
    "of ours": [contact("a", channel="phone", direction="out", sender={"phone": "030 123456"})],
    "with an answer in the same batch": [mail("a"), mail("b", **{"In-Reply-To": "<a@kunde.example>"})],
    "a copy from another mailbox": [mail_envelope("a"), mail_envelope("a", mailbox="sales")],
    "that names a claimed number": [
        contact("a", channel="form", sender={"email": "anna@kunde.example", "customer_no": "4711"}),
        contact("b", channel="branch", system="shop", sender={"email": "anna@kunde.example", "customer_no": "4711"}),
    ],
}


def shown() -> tuple[list[dict[str, Any]], set[tuple[int, int, str]]]:
    return list(Case.objects.order_by("id").values()), set(
        Participant.objects.values_list("case_id", "record_id", "part")
    )


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("arrivals", ARRIVALS.values(), ids=ARRIVALS)
def test_a_fold_changes_nothing(arrivals: list[Envelope], together: bool) -> None:
    road = Road(installation())
    for batch in [arrivals] if together else [[one] for one in arrivals]:
        accept(batch)
        work_once(road, ReaderHere())  # type: ignore[arg-type]
    before = shown()
    assert before[0]
    with cursor() as cur:
        fold(cur, [case["id"] for case in before[0]])
    assert shown() == before


def test_a_case_that_begins_with_one_message_is_not_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[Sequence[int]] = []
    monkeypatch.setattr("rundblick.intake.road.fold", lambda cur, cases, **_: folded.append(list(cases)))
    accept([mail("a"), mail("b", From="bert@kunde.example")])
    work_once(Road(installation()), ReaderHere())  # type: ignore[arg-type]
    accept([mail("c", **{"In-Reply-To": "<a@kunde.example>"})])
    work_once(Road(installation()), ReaderHere())  # type: ignore[arg-type]
    first = Case.objects.order_by("id").values_list("id", flat=True)[0]
    assert [cases for cases in folded if cases] == [[first]]

"""Why a message went where it went: the stages' codes, told in sentences."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rundblick.cases.models import Case, Message, RegroupedRow, Regrouping
from rundblick.cases.routing.told import decisions
from rundblick.cases.topics import WHY
from rundblick.core.database import cursor
from rundblick.core.numbers import spaced
from rundblick.desk import sql
from rundblick.desk.pages.dialogs import in_case
from rundblick.desk.shapes import Fact, Step
from rundblick.desk.templatetags.desk import channel_name
from rundblick.people import gate
from rundblick.people.gate import needs

_OUTCOMES: Final = {
    "recorded": gettext_lazy("Went through all stages"),
    "version": gettext_lazy("Went through: a new version of a known message"),
    "duplicate": gettext_lazy("Came again: nothing new in it"),
    "quarantined": gettext_lazy("Could not be recorded: kept in the quarantine"),
    "unreadable": gettext_lazy("Could not be read: kept in the quarantine"),
}
_MOVES: Final = {
    Regrouping.JOIN: gettext_lazy("A colleague joined its case with %(number)s."),
    Regrouping.MOVE: gettext_lazy("A colleague moved it to %(number)s."),
    Regrouping.UNDO: gettext_lazy("That was taken back: it stands in %(number)s."),
}
_BY_ITSELF: Final = gettext_lazy("Its case was joined by itself with %(number)s: same customer, same topic.")


@needs("case.read", about="message")
def why(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The log of one message, stage by stage, for everybody who may see its case; in a dialog or as a page."""
    message = gate.about(request, Message)
    context = {
        "area": "inbox",
        "case": message.case,
        "title": _("Why this message is here"),
        "part": "desk/parts/why.html",
        "steps": why_it_is_here(message),
        "happened": attempts(message),
    }
    return in_case(request, context)


def why_it_came_here(case: Case) -> list[Step]:
    """The steps of the road for the case's first message; empty for cases that come from a log."""
    first = Message.objects.filter(case=case, superseded=False).order_by("at", "seq", "id").first()
    found = why_it_is_here(first) if first is not None else []
    return found or routed_steps(case)


def why_it_is_here(message: Message) -> list[Step]:
    """The steps of the road for one message; empty for what was written here or comes from a log."""
    with cursor() as cur:
        cur.execute(sql.WHY, (message.delivery_id,))
        row = cur.fetchone()
    if row is None or message.case is None:
        return []
    stages, source, source_kind, source_name = row
    # Django's connection gives jsonb as text
    told: dict[str, Any] = json.loads(stages) if isinstance(stages, str) else stages
    return [*steps(message, told, source_name or _source_words(source, source_kind)), *_moves(message)]


def attempts(message: Message) -> list[Fact]:
    """What was done with the delivery of a message and when: it came, it was kept, what each attempt brought."""
    with cursor() as cur:
        cur.execute(sql.ATTEMPTS, (message.delivery_id,))
        rows = cur.fetchall()
    if not rows:
        return []
    received, recorded = rows[0][:2]
    told = [Fact(_("Reached us"), "", seen_at=received), Fact(_("Kept, byte for byte"), "", seen_at=recorded)]
    return told + [Fact(_OUTCOMES.get(kind, kind), "", seen_at=at) for _r, _k, kind, at in rows if kind]


def _moves(message: Message) -> list[Step]:
    """What people did with the message since, in order."""
    deeds = Regrouping.objects.filter(
        pk__in=RegroupedRow.objects.filter(kind="message", row_id=message.pk).values("regrouping_id")
    )
    return [
        Step((_BY_ITSELF if deed.why else _MOVES[deed.kind]) % {"number": spaced(deed.target.number)})
        for deed in deeds.select_related("target").order_by("pk")
    ]


def _source_words(code: str, kind: str) -> str:
    # a file's code is a digest, which tells a person nothing
    return _("a file") if code.startswith("file:") else code.partition(":")[2] or kind or code


def steps(message: Message, stages: dict[str, Any], source: str) -> list[Step]:
    """Sentences for the stages of one message."""
    case = message.case
    assert case is not None
    told = [Step(_("Came in through %(source)s and was kept as it arrived.") % {"source": source})]
    told.append(Step(_("Read as: %(channel)s.") % {"channel": channel_name(message.channel)}))
    record = (stages.get("identify") or {}).get("record")
    if record and case.customer_id:
        told.append(Step(_("The sender's identifier led to the customer.")))
    elif record:
        told.append(Step(_("The sender is known, but no strong identifier leads to a customer."), unsure=True))
    else:
        told.append(Step(_("The message does not say who sent it."), unsure=True))
    thread = stages.get("thread") or {}
    told.append(_topic_step(message, thread) if thread.get("why") == WHY else _thread_step(str(thread.get("why", ""))))
    if message.language:
        told.append(
            Step({"de": _("Language: German."), "en": _("Language: English.")}.get(message.language, message.language))
        )
    else:
        told.append(Step(_("Language: unsure."), unsure=True))
    if routed := routed_steps(case):
        told += routed
    elif case.owner_team_id or case.owner_person_id:
        told.append(Step(_("Every open case has somebody in charge; without a rule it is the default team.")))
    return told


def routed_steps(case: Case) -> list[Step]:
    """What the rules decided of a case, the last word of each kind: the team, then the person or why nobody."""
    return [Step(one.text, unsure=one.person is None and one.is_person) for one in decisions(case) if one.is_last]


def _topic_step(message: Message, thread: dict[str, Any]) -> Step:
    number = Case.objects.filter(pk=thread.get("case") or 0).values_list("number", flat=True).first() or ""
    return Step(
        _("Same topic as the open case %(number)s of this customer: %(topic)s.")
        % {"number": spaced(number), "topic": message.topic}
    )


def _thread_step(why: str) -> Step:
    return {
        "version": Step(_("It is a newer version of a message of this case.")),
        "thread": Step(_("It belongs to a conversation of this case.")),
        "tag": Step(_("Its subject names this case, and its sender takes part in it.")),
        "case_key": Step(_("Its system names this case.")),
    }.get(why, Step(_("It answers no earlier message, so it opened a new case.")))

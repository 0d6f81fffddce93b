"""Escalation: a case comes before somebody who can decide, once for each thing, and not into nothing.

    sweep()                                  # queue "out": what happened since, by the log
    escalate(case, by=person, reason="...")  # by hand
    take_note(escalation, by), end(escalation, by)

The rules are pure (cases.escalation_rules); what they look at is read for a batch (cases.seeing); who decides is chosen
from the people as they are (cases.deciders). One advisory lock orders all that makes escalations, so replays and a
second worker make none twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction

from rundblick.cases import work
from rundblick.cases.authority import Demand
from rundblick.cases.deciders import Chosen, Company, choose, company
from rundblick.cases.escalation_rules import ESCALATION, USUAL, Escalations, Rule, Seen, due_now
from rundblick.cases.models import OPEN_STATES, Case, Escalation
from rundblick.cases.seeing import former_of, look
from rundblick.core.announcing import announce_cases
from rundblick.core.calendars import CalendarError
from rundblick.core.database import cursor
from rundblick.core.feed import FeedEvent
from rundblick.core.following import follow
from rundblick.core.models import Event, EventObject
from rundblick.core.registry import Cursor
from rundblick.core.rulebooks import in_force
from rundblick.people.hours import calendar_of, timetables
from rundblick.people.models import Person, Team

log = structlog.get_logger("rundblick.escalation")

READER: Final = "escalation"
KINDS: Final = (
    "message.received", "case.handed_over", "case.given_back", "case.reopened", "clock.warned", "clock.breached",
    "commitment.broken",
)  # fmt: skip
_PORTION: Final = 100

_LIVING = "SELECT DISTINCT coalesce(merged_into_id, id) FROM cases_case WHERE id = ANY(%s)"
# a case that is resolved, closed or joined needs nobody's decision any more
_SETTLED = """
SELECT e.id, e.case_id FROM cases_escalation e JOIN cases_case c ON c.id = e.case_id
WHERE e.state <> 'ended' AND (c.merged_into_id IS NOT NULL OR c.state <> ALL(%s)) ORDER BY e.id LIMIT %s
FOR UPDATE OF e SKIP LOCKED
"""
_UNSEEN = """
SELECT e.id FROM cases_escalation e WHERE e.state = 'open' AND e.at < %s AND e.book IS NOT NULL
  AND coalesce((e.detail->>'stage')::int, 1) = 1 AND coalesce((e.detail->>'again_hours')::float, 0) > 0
ORDER BY e.at LIMIT %s
"""
_TO_HAND_OVER = """
SELECT e.id FROM cases_escalation e JOIN cases_case c ON c.id = e.case_id
WHERE e.state <> 'ended' AND e.detail->>'then' = 'hand_over' AND e.to_person_id IS NOT NULL
  AND c.owner_person_id IS DISTINCT FROM e.to_person_id
  AND NOT EXISTS (SELECT FROM cases_caseentry x WHERE x.case_id = c.id AND x.cause = 'escalation' AND x.at >= e.at)
ORDER BY e.id LIMIT %s
"""


def sweep(now: datetime | None = None) -> int:
    """Look at what happened since the last time; end what is settled; tell the next one where nobody looked."""
    at = now or datetime.now(UTC)
    done = follow(READER, KINDS, lambda cur, events: _looked(cur, events, at))
    return done + end_settled(at) + hand_over_due(at) + tell_next(at)


def _looked(cur: Cursor, events: Sequence[FeedEvent], now: datetime) -> None:
    cases = sorted({case for event in events for case in event.ids("case")})
    if cases:
        escalate_due(cur, cases, now)


def rules_in_force() -> tuple[Escalations, int]:
    """The rules that hold, and the id of their book, 0: nobody set any."""
    book = in_force(ESCALATION)
    return (USUAL, 0) if book is None else (book.told, book.id)


def escalate_due(cur: Cursor, cases: Sequence[int], now: datetime) -> list[Escalation]:
    """Escalate those of these cases that a rule says so of, inside the running transaction. Safe to repeat."""
    told, book = rules_in_force()
    if not told.rules:
        return []
    _lock(cur)
    cur.execute(_LIVING, (list(cases),))
    seen = look(cur, [case for (case,) in cur.fetchall()], now)
    if not seen:
        return []
    former = former_of(cur, [one.case for one in seen])
    here: Company | None = None
    made = []
    for one in seen:
        if here is not None or any(rule.teams for rule in told.rules):
            here = here or company(now)
            one = with_team(one, here)
        for due in due_now(told, one, former.get(one.case, ())):
            here = here or company(now)
            chosen = choose_for(here, due.rule, one)
            made.append(
                _made(one.case, due.trigger, due.rule.name, book, _detail(due.rule, due.trigger, one), chosen, now)
            )
            if chosen.person is not None:  # who gets many in one batch is not the emptiest any more
                person = here.people[chosen.person]
                here.people[chosen.person] = replace(person, open=person.open + 1)
    if made:
        announce_cases(cur, sorted({one.case_id for one in made}))
    return made


def with_team(seen: Seen, here: Company) -> Seen:
    """Seen with the uuid of its team, by which rules name teams."""
    crew = here.teams.get(seen.team or 0)
    return replace(seen, team_uuid=crew.uuid) if crew is not None else seen


def choose_for(here: Company, rule: Rule, seen: Seen, former: Sequence[int] = ()) -> Chosen:
    """Who decides about a case by a rule."""
    return choose(here, rule.to, seen.team, rule.needs, seen_by=rule.then == "tell", former=former)


def escalate(case: Case, by: Person, reason: str, at: datetime | None = None) -> Escalation:
    """By hand: the lead of the case's team is told, with the reason as a note. Raises WorkError.

    "empty", "not_open", or "escalated": somebody did so already, and nobody has ended that.
    """
    now = at or datetime.now(UTC)
    if not reason.strip():
        raise work.WorkError("empty")
    with transaction.atomic(), cursor() as cur:
        _lock(cur)
        locked = work.locked_case(case)
        if locked.state not in OPEN_STATES:
            raise work.WorkError("not_open")
        if Escalation.objects.filter(case=locked, trigger="person").exclude(state=Escalation.ENDED).exists():
            raise work.WorkError("escalated")
        note = work.add_note(locked, reason, by, now)
        here = company(now)
        seen = look(cur, [locked.pk], now)
        team = seen[0].team if seen else locked.owner_team_id
        chosen = choose(here, ("lead",), team, Demand(), former=[by.pk])
        detail = {"note": note.pk, "by": by.pk, "team": team, "again_hours": 4.0, "chain": ["lead"]}
        made = _made(locked.pk, "person", "", 0, detail, chosen, now, by)
        announce_cases(cur, [locked.pk])
    return made


def take_note(escalation: Escalation, by: Person, at: datetime | None = None) -> Escalation:
    """Somebody has it: nobody else is told. Raises WorkError "ended"."""
    return _settle(escalation, Escalation.SEEN, by, at)


def end(escalation: Escalation, by: Person, at: datetime | None = None) -> Escalation:
    """It is decided. Raises WorkError "ended" when somebody was faster."""
    return _settle(escalation, Escalation.ENDED, by, at)


def _settle(escalation: Escalation, state: str, by: Person, at: datetime | None) -> Escalation:
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        row = Escalation.objects.select_for_update().get(pk=escalation.pk)
        if row.state == Escalation.ENDED:
            raise work.WorkError("ended")
        row.state, row.settled_at, row.settled_by = state, now, by
        row.save(update_fields=["state", "settled_at", "settled_by"])
        _event(f"escalation.{state}", now, row, by)
        announce_cases(cur, [row.case_id])
    return row


def end_settled(now: datetime) -> int:
    """End the escalations of cases that are resolved, closed or joined to another one."""
    with transaction.atomic(), cursor() as cur:
        cur.execute(_SETTLED, (list(OPEN_STATES), _PORTION))
        ids = [row for row, _case in cur.fetchall()]
        for row in Escalation.objects.filter(pk__in=ids):
            row.state, row.settled_at, row.settled_by = Escalation.ENDED, now, None
            row.save(update_fields=["state", "settled_at", "settled_by"])
            _event("escalation.ended", now, row, None)
        return len(ids)


def tell_next(now: datetime) -> int:
    """Where nobody looked within the business hours of a rule, the next one of its chain is told: once."""
    with cursor() as cur:
        cur.execute(_UNSEEN, (now - timedelta(minutes=5), _PORTION))
        ids = [row for (row,) in cur.fetchall()]
    return sum(_tell_next(row, now) for row in ids)


def _tell_next(row: int, now: datetime) -> int:
    with transaction.atomic(), cursor() as cur:
        _lock(cur)
        first = Escalation.objects.select_for_update().get(pk=row)
        detail: dict[str, Any] = dict(first.detail or {})
        if first.state != Escalation.OPEN or not _is_over(first.at, detail, now):
            return 0
        here = company(now)
        chosen = choose(
            here, detail.get("chain", ["lead"]), detail.get("team"), Demand(),
            seen_by=detail.get("then") != "hand_over", former=[one for one in (first.to_person_id,) if one],
        )  # fmt: skip
        if chosen.person is None or chosen.person == first.to_person_id:
            return 0  # there is nobody else; it stays where it is, on the list of the management
        first.state, first.settled_at = Escalation.ENDED, now
        first.save(update_fields=["state", "settled_at"])
        detail |= {"stage": 2, "first": first.pk}
        _made(first.case_id, first.trigger, first.rule, first.book, detail, chosen, now)
        announce_cases(cur, [first.case_id])
    return 1


def _is_over(since: datetime, detail: dict[str, Any], now: datetime) -> bool:
    hours = float(detail.get("again_hours", 0))
    team = Team.objects.filter(pk=detail.get("team") or 0).values_list("uuid", flat=True).first()
    try:
        return calendar_of(timetables(), str(team or "")).business_seconds(since, now) >= hours * 3600
    except (CalendarError, ValueError):  # hours that are no hours: then by the clock on the wall
        return (now - since).total_seconds() >= hours * 3600


def hand_over_due(now: datetime) -> int:
    """Make the deciders owners where their rule says so; each case in a transaction of its own."""
    with cursor() as cur:
        cur.execute(_TO_HAND_OVER, (_PORTION,))
        ids = [row for (row,) in cur.fetchall()]
    done = 0
    for row in Escalation.objects.filter(pk__in=ids, to_person__isnull=False).select_related("to_person", "case"):
        to = row.to_person
        assert to is not None
        reason = f"{row.rule} ({row.trigger})" if row.rule else row.trigger
        try:
            work.hand_over(row.case, to, None, reason, cause="escalation", at=max(now, row.at))
        except work.WorkError as fault:
            log.info("not handed over", escalation=row.pk, why=fault.code)
            continue
        done += 1
    return done


@dataclass(frozen=True, slots=True)
class Preview:
    """What rules would have done with the cases in which something happened in the last days.

    by_rule  name -> how many cases; ``examples``: (case, rule, trigger, what was seen), the newest first
    """

    days: int
    cases: int
    escalated: int
    by_rule: dict[str, int]
    examples: tuple[tuple[int, str, str, dict[str, Any]], ...]


_LATELY = """
SELECT id FROM cases_case WHERE merged_into_id IS NULL AND last_at > %s AND last_at <= %s
ORDER BY last_at DESC, id DESC LIMIT %s
"""
_MOST_PREVIEWED: Final = 5000


def preview(told: Escalations, now: datetime | None = None, days: int = 7, examples: int = 10) -> Preview:
    """Which of the cases of the last days the rules would escalate, as these cases stand now. Nothing is written."""
    at = now or datetime.now(UTC)
    by_rule: dict[str, int] = {rule.name: 0 for rule in told.rules}
    shown: list[tuple[int, str, str, dict[str, Any]]] = []
    escalated = 0
    with cursor() as cur:
        cur.execute(_LATELY, (at - timedelta(days=days), at, _MOST_PREVIEWED))
        cases = [case for (case,) in cur.fetchall()]
        seen = [one for start in range(0, len(cases), 500) for one in look(cur, cases[start : start + 500], at, True)]
    here = company(at) if any(rule.teams for rule in told.rules) else None
    place = {case: n for n, case in enumerate(cases)}
    for one in sorted(seen, key=lambda one: place[one.case]):
        due = due_now(told, with_team(one, here) if here else one)
        escalated += bool(due)
        for each in due:
            by_rule[each.rule.name] += 1
            if len(shown) < examples:
                shown.append((one.case, each.rule.name, each.trigger, _detail(each.rule, each.trigger, one)))
    return Preview(days, len(cases), escalated, by_rule, tuple(shown))


def _detail(rule: Rule, trigger: str, seen: Seen) -> dict[str, Any]:
    """What was seen, as codes and ids."""
    found: dict[str, Any] = {
        "team": seen.team, "chain": list(rule.to), "again_hours": rule.again_hours, "then": rule.then,
    }  # fmt: skip
    if words := seen.codes.get("law", ()) if trigger == "law" else seen.codes.get("mood", ()):
        found["words"] = list(words)
    if seen.law:
        found["law"] = sorted(seen.law)
    if trigger == "law" or trigger == "reach" or trigger == "mood":
        found["message"] = seen.message.get(trigger) or seen.message.get("mood")
    if seen.clock:
        found["clock"] = sorted(seen.clock)
    numbers = {
        "mood": seen.mood, "followers": seen.followers, "unanswered": seen.unanswered, "reopened": seen.reopened,
        "again": seen.again, "handovers": seen.handovers,
    }  # fmt: skip
    found |= {name: n for name, n in numbers.items() if n}
    if rule.when.orders is not None:
        found["minor"] = seen.value.get(rule.when.orders.currency, 0)
        found["currency"] = rule.when.orders.currency
    return found


def _made(
    case: int, trigger: str, rule: str, book: int, detail: dict[str, Any], chosen: Chosen, now: datetime,
    by: Person | None = None,
) -> Escalation:  # fmt: skip
    row = Escalation(
        case_id=case, at=now, trigger=trigger, rule=rule, book=book,
        detail=detail | {"passed": [list(one) for one in chosen.passed]} if chosen.passed else detail,
        to_person_id=chosen.person, to_team_id=chosen.team,
    )  # fmt: skip
    row.event = _event("case.escalated", now, row, by)
    row.save()
    return row


def _event(kind: str, at: datetime, row: Escalation, by: Person | None) -> Event:
    event = Event.objects.create(
        kind=kind,
        occurred_at=at,
        actor_type="person" if by else "machine",
        actor_id=by.pk if by else None,
        data={"trigger": row.trigger},
    )
    objects = [("case", row.case_id), ("person", row.to_person_id), ("team", row.to_team_id)]
    if row.pk:
        objects.append(("escalation", row.pk))
    EventObject.objects.bulk_create(EventObject(event=event, type=t, object_id=i) for t, i in objects if i)
    return event


def _lock(cur: Cursor) -> None:
    cur.execute("SELECT pg_advisory_xact_lock(hashtext('escalation'))")

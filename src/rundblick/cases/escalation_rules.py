"""When a case goes to somebody who can decide: rules of the company, as pure functions over what is seen of a case.

    book = in_force(ESCALATION)
    for due in due_now(book.told if book else USUAL, seen, former): ...

A rule fires when all of its conditions hold. Of several rules with one trigger the first one counts, and a case
escalates once for each trigger, until that was ended and the thing happened anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from django.utils.translation import gettext as _

from rundblick.cases.authority import Demand, check_money
from rundblick.cases.deciders import Company, company
from rundblick.core.money import Money
from rundblick.core.rulebooks import Kind, RuleError
from rundblick.core.tones import Law

TRIGGERS: Final = ("law", "reach", "clock", "commitment", "mood", "repeat", "handover", "value")
"""In order of weight: a rule with several conditions is named by the first one. "person" comes from nobody's rule."""

PUBLIC: Final = ("social", "review")
CLOCKS: Final = (
    "reaction.warned", "reaction.breached", "resolution.warned", "resolution.breached",
)  # fmt: skip


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Conditions; all that are set must hold.

    clock       of CLOCKS, one of them holds
    commitment  a promise in the case was broken
    mood        1 annoyed, 2 angry, 3 furious in the customer's newest message
    law         kinds of words (core.tones.Law), one of them was written; ("any",) whichever
    public      written where all can read it; ``followers``: by somebody with at least so many
    unanswered  so many messages of the customer in a row without a human answer
    reopened    opened again so many times
    again       the so-manieth case of this customer and topic within 30 days
    handovers   handed over so many times; ``ping_pong``: it came back to who had it
    tiers       of one of these tiers
    orders      orders of at least this value in the last 12 months
    """

    clock: tuple[str, ...] = ()
    commitment: bool = False
    mood: int = 0
    law: tuple[str, ...] = ()
    public: bool = False
    followers: int = 0
    unanswered: int = 0
    reopened: int = 0
    again: int = 0
    handovers: int = 0
    ping_pong: bool = False
    tiers: tuple[str, ...] = ()
    orders: Money | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule.

    teams        uuids of teams whose cases it is about, () all; ``topics`` likewise
    then         "tell": the owner stays, the decider sees it; "hand_over": the decider becomes the owner
    to           chain of deciders (cases.deciders.choose); the management stands behind each
    needs        what he must be able to decide
    again_hours  business hours after which the next one is told, when nobody looked; 0 never
    texts        why, per language, for whoever reads it
    """

    name: str
    when: When
    to: tuple[str, ...] = ("lead",)
    then: Literal["tell", "hand_over"] = "tell"
    teams: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    needs: Demand = Demand()
    again_hours: float = 4.0
    texts: dict[str, str] = {}


class Escalations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of an open case. ``at``: trigger -> when that last happened, as far as it holds; recorded times.

    value       currency -> minor units of orders in the last 12 months
    unanswered  messages of the customer since a human last answered
    """

    case: int
    team: int | None = None
    team_uuid: str = ""
    owner: int | None = None
    topic: str = ""
    tier: str = ""
    clock: frozenset[str] = frozenset()
    commitment: bool = False
    mood: int = 0
    law: frozenset[str] = frozenset()
    public: bool = False
    followers: int = 0
    unanswered: int = 0
    reopened: int = 0
    again: int = 0
    handovers: int = 0
    ping_pong: bool = False
    value: Mapping[str, int] = field(default_factory=dict)
    at: Mapping[str, datetime] = field(default_factory=dict)
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # words of the vocabulary: "law", "mood"
    message: Mapping[str, int] = field(default_factory=dict)  # where they stand


@dataclass(frozen=True, slots=True)
class Former:
    """An escalation that this case had: trigger, when it was made, and when it was ended (None: it is not)."""

    trigger: str
    made: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """A rule that fires, by which trigger."""

    rule: Rule
    trigger: str


_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def trigger_of(when: When) -> str:
    """By which trigger a rule is named; "" of a rule without a condition."""
    return next((one for one in TRIGGERS if _asks(when, one)), "")


def fires(rule: Rule, seen: Seen) -> bool:
    """Whether all conditions of a rule hold. A rule without one never fires."""
    if rule.teams and seen.team_uuid not in rule.teams:
        return False
    if rule.topics and seen.topic not in rule.topics:
        return False
    return trigger_of(rule.when) != "" and all(_conditions(rule.when, seen))


def due_now(told: Escalations, seen: Seen, former: Sequence[Former] = ()) -> list[Due]:
    """The rules that escalate a case now: each trigger once, and not again for what happened before it was ended."""
    found: dict[str, Due] = {}
    for rule in told.rules:
        trigger = trigger_of(rule.when)
        if trigger in found or not fires(rule, seen):
            continue
        if all(_is_new(one, seen) for one in former if one.trigger == trigger):
            found[trigger] = Due(rule, trigger)
    return list(found.values())


def _is_new(former: Former, seen: Seen) -> bool:
    return former.ended is not None and seen.at.get(former.trigger, _LONG_AGO) > former.ended


def _conditions(when: When, seen: Seen) -> Iterator[bool]:
    if when.clock:
        yield bool(seen.clock & set(when.clock))
    if when.commitment:
        yield seen.commitment
    if when.law:
        yield bool(seen.law) if "any" in when.law else bool(seen.law & set(when.law))
    if when.public or when.followers:
        yield seen.public and seen.followers >= when.followers
    yield seen.mood >= when.mood
    yield seen.unanswered >= when.unanswered
    yield seen.reopened >= when.reopened
    yield seen.again >= when.again
    yield seen.handovers >= when.handovers
    if when.ping_pong:
        yield seen.ping_pong
    if when.tiers:
        yield seen.tier in when.tiers
    if when.orders is not None:
        yield seen.value.get(when.orders.currency, 0) >= when.orders.minor


def _asks(when: When, trigger: str) -> bool:
    return bool(
        {
            "law": when.law,
            "reach": when.public or when.followers,
            "clock": when.clock,
            "commitment": when.commitment,
            "mood": when.mood,
            "repeat": when.unanswered or when.reopened or when.again,
            "handover": when.handovers or when.ping_pong,
            "value": when.tiers or when.orders is not None,
        }[trigger]
    )


# --- what a book may say ------------------------------------------------------------------------------------------


def check(told: Escalations) -> None:
    """Raises RuleError with the rule that cannot hold, and why."""
    check_against(told, company())


def check_against(told: Escalations, here: Company) -> None:
    """``check`` in a company as it is."""
    names = [rule.name for rule in told.rules]
    for rule in told.rules:
        name = rule.name
        if not name.strip():
            raise RuleError(_("A rule needs a name: it tells people why they have a case before them."))
        if names.count(name) > 1:
            raise RuleError(_('There are two rules called "%s".') % name)
        _check_when(rule)
        for team in rule.teams:
            crew = here.team(team)
            if crew is None or crew.closed:
                raise RuleError(_('"%s" is about a team that is closed or not there.') % name)
        _check_chain(rule, here)


def _check_when(rule: Rule) -> None:
    when, name = rule.when, rule.name
    if not trigger_of(when):
        raise RuleError(_('"%s" has no condition, so every case would escalate.') % name)
    if unknown := [one for one in when.clock if one not in CLOCKS]:
        raise RuleError(_('"%(name)s": there is no clock "%(clock)s".') % {"name": name, "clock": unknown[0]})
    kinds = {"any", *(one.value for one in Law)}
    if unknown := [one for one in when.law if one not in kinds]:
        raise RuleError(
            _('"%(name)s": there are no words of the kind "%(kind)s".') % {"name": name, "kind": unknown[0]}
        )
    numbers = (when.followers, when.unanswered, when.reopened, when.again, when.handovers, rule.again_hours)
    if not 0 <= when.mood <= 3 or any(one < 0 for one in numbers):
        raise RuleError(_('"%s": a number is below 0, or a mood above 3.') % name)
    check_money(when.orders, name)
    check_money(rule.needs.goodwill, name)


def _check_chain(rule: Rule, here: Company) -> None:
    name = rule.name
    if not rule.to:
        raise RuleError(_('"%s" says nobody to whom it goes.') % name)
    deciders = [one for one in here.managers() if one.authority.covers(rule.needs)]
    for link in rule.to:
        kind, _colon, uuid = link.partition(":")
        person = here.person(uuid) if kind == "person" else None
        crew = here.team(uuid) if kind == "team" else None
        if kind not in ("lead", "managers", "person", "team"):
            raise RuleError(_('"%(name)s" goes to "%(whom)s", which is nobody.') % {"name": name, "whom": link})
        if kind == "person" and (person is None or not person.works):
            raise RuleError(_('"%s" goes to somebody who is not here any more.') % name)
        if kind == "team" and (crew is None or crew.closed):
            raise RuleError(_('"%s" goes to a team that is closed or not there.') % name)
        if crew is not None and not here.leads(crew.id):
            told = {"name": name, "team": crew.name}
            raise RuleError(_('"%(name)s" goes to %(team)s, which nobody leads.') % told)
        chosen = [person] if person else here.leads(crew.id) if crew else []
        if kind == "lead":
            chosen = [one for crew in here.teams.values() for one in here.leads(crew.id)]
        deciders += [one for one in chosen if one.authority.covers(rule.needs)]
    if not deciders:
        raise RuleError(
            _('"%s" needs a decision that nobody in its chain, and nobody in the management, may take.') % name
        )


ESCALATION: Final = Kind("escalation", Escalations, check)

USUAL: Final = Escalations(
    (
        Rule(
            "Solution overdue",
            When(clock=("resolution.breached",)),
            texts={
                "en": "The time in which a solution was promised is over.",
                "de": "Die Zeit, in der eine Lösung versprochen war, ist abgelaufen.",
            },
        ),
        Rule(
            "Words of law",
            When(law=("any",)),
            again_hours=2.0,
            texts={
                "en": "The customer speaks of law: a lawyer, a court, an authority, a deadline or his data.",
                "de": "Der Kunde spricht vom Recht: Anwalt, Gericht, Behörde, Frist oder seine Daten.",
            },
        ),
        Rule(
            "Angry in public",
            When(public=True, mood=2),
            again_hours=2.0,
            texts={
                "en": "The customer is angry, and everybody can read it.",
                "de": "Der Kunde ist verärgert, und alle können es lesen.",
            },
        ),
        Rule(
            "Third message without an answer",
            When(unanswered=3),
            texts={
                "en": "The customer has written three times and no person has answered.",
                "de": "Der Kunde hat dreimal geschrieben, und kein Mensch hat geantwortet.",
            },
        ),
        Rule(
            "Broken promise",
            When(commitment=True),
            texts={
                "en": "Something promised to the customer was not done in time.",
                "de": "Etwas, das dem Kunden zugesagt war, ist nicht rechtzeitig geschehen.",
            },
        ),
    )
)
"""The rules of the first day, until a company sets its own."""

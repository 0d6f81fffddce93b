"""Which team a case goes to: a function of what the case says, and of nothing else.

So it does not matter when, with what others, and by which worker a case came in (FOUNDATIONS 5); and what the rules of
an older version said can be said again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from rundblick.cases.routing.book import DIMENSIONS, Centre, Routing, Rule, claims
from rundblick.cases.routing.same import plain

# how much a dimension says that a centre names and a case has; more than all that come after it together
_WEIGHTS: Final = {"topics": 16, "addresses": 8, "tiers": 4, "channels": 2, "languages": 1}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case says of itself; "" is unknown. ``addresses``: sources through which its first message came."""

    topic: str = ""
    language: str = ""
    channel: str = ""
    tier: str = ""
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """A team by its uuid, "" the usual one; ``rule``: name of the explicit rule that decided.

    reason  {"step": "team", "by": "rule" | "centre" | "default", "matched": ["topics", ...]}
    """

    team: str
    rule: str
    reason: dict[str, Any] = field(hash=False, default_factory=dict)


class Finder:
    """Rules made ready for many cases."""

    def __init__(self, told: Routing) -> None:
        self._rules = [(rule, _sets(rule)) for rule in told.rules]
        self._centres = [(centre, _sets(centre)) for centre in told.centres]
        self._found: dict[Facts, TeamChoice] = {}
        self.asks_addresses = any(one.addresses for one in claims(told))

    def team_of(self, facts: Facts) -> TeamChoice:
        """Where a case goes."""
        choice = self._found.get(facts)
        if choice is None:
            if len(self._found) > 50_000:
                self._found.clear()
            choice = self._found[facts] = self._choose(facts)
        return choice

    def _choose(self, facts: Facts) -> TeamChoice:
        has = _values(facts)
        for rule, wanted in self._rules:
            if all(not wanted[one].isdisjoint(has[one]) for one in wanted):
                return TeamChoice(rule.team, rule.name, _reason("rule", wanted))
        best: tuple[int, Centre, list[str]] | None = None
        for centre, wanted in self._centres:
            matched = [one for one in wanted if not wanted[one].isdisjoint(has[one])]
            # an unsure language speaks against nobody
            if any(one not in matched and not (one == "languages" and not facts.language) for one in wanted):
                continue
            weight = sum(_WEIGHTS[one] for one in matched)
            if matched and (best is None or weight > best[0]):
                best = weight, centre, matched
        if best is not None:
            return TeamChoice(best[1].team, "", _reason("centre", best[2]))
        return TeamChoice("", "", _reason("default", ()))


def team_of(case: Facts, book: Routing) -> TeamChoice:
    """Where a case goes under these rules."""
    return finder(book).team_of(case)


@lru_cache(maxsize=8)
def finder(book: Routing) -> Finder:
    """The rules made ready, kept."""
    return Finder(book)


def _sets(one: Rule | Centre) -> dict[str, frozenset[str]]:
    return {name: frozenset(map(plain, words)) for name in DIMENSIONS if (words := getattr(one, name))}


def _values(facts: Facts) -> dict[str, frozenset[str]]:
    def known(word: str) -> frozenset[str]:
        return frozenset((plain(word),)) if word.strip() else frozenset()

    return {
        "topics": known(facts.topic),
        "languages": known(facts.language),
        "channels": known(facts.channel),
        "tiers": known(facts.tier),
        "addresses": frozenset(map(plain, facts.addresses)),
    }


def _reason(by: str, matched: Iterable[str]) -> dict[str, Any]:
    return {"step": "team", "by": by, "matched": [one for one in DIMENSIONS if one in set(matched)]}

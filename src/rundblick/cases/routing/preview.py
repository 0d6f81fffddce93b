"""What other rules would have done with the cases of the last week. Nothing is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from rundblick.cases.routing.book import ROUTING, Routing, check, warnings
from rundblick.cases.routing.following import addresses_of, facts_told, team_ids
from rundblick.cases.routing.teams import finder
from rundblick.core.database import cursor
from rundblick.core.rulebooks import in_force
from rundblick.people.models import Team

PERIOD: Final = timedelta(days=7)
EXAMPLES: Final = 12

_OPENED: Final = """
SELECT c.uuid, c.number, c.topic, c.language, c.channel, c.tier, {addresses}, moved.team_id IS NOT NULL, t.uuid::text
FROM cases_case c
LEFT JOIN LATERAL (
    SELECT e.team_id FROM cases_caseentry e WHERE e.case_id = c.id AND NOT e.superseded
    AND e.cause IN ('routing', 'skill') AND e.team_id IS NOT NULL ORDER BY e.at DESC, e.seq DESC, e.id DESC LIMIT 1
) moved ON true
LEFT JOIN people_team t ON t.id = moved.team_id
WHERE c.merged_into_id IS NULL AND c.system_id IS NULL AND c.opened_at > %s AND c.opened_at <= %s ORDER BY c.id
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A case that would go elsewhere; ``by``: name of the rule of the draft, "" a team's own claim, or none."""

    uuid: UUID
    number: str
    topic: str
    language: str
    channel: str
    now: Team
    then: Team
    by: str


@dataclass(frozen=True, slots=True)
class Preview:
    """cases      opened in the week; ``elsewhere`` of them would go to another team
    table         (team now, team then) -> cases
    moved         had to move on since (cause routing or skill); of these ``met_now`` come at once to where they ended
                  by the rules in force, ``met_then`` by the draft
    """

    since: datetime
    cases: int
    elsewhere: int
    table: dict[tuple[Team, Team], int]
    examples: list[Example]
    moved: int
    met_now: int
    met_then: int
    warnings: list[str]


def preview(draft: Routing, now: datetime) -> Preview:
    """Last week's cases under the rules in force and under the draft. Raises RuleError."""
    check(draft)
    book = in_force(ROUTING)
    before = finder(book.told if book is not None else Routing())
    after = finder(draft)
    asks = before.asks_addresses or after.asks_addresses
    with cursor() as cur:
        ids = team_ids(cur, draft) | (team_ids(cur, book.told) if book is not None else {})
        query = _OPENED.format(addresses=addresses_of("c.id") if asks else "NULL::text[]")
        cur.execute(query, (now - PERIOD, now))
        rows = cur.fetchall()
    teams = {team.pk: team for team in Team.objects.select_related("successor")}
    usual = next((team for team in teams.values() if team.is_default), None)

    def team(uuid: str) -> Team:
        """Who has it then: a closed team's cases are its successor's."""
        found = teams[ids[uuid]] if uuid in ids and uuid else None
        if found is not None and found.closed_at is not None:
            found = found.successor
        chosen = found or usual
        assert chosen is not None, "a case was opened, so there is a usual team"
        return chosen

    table: Counter[tuple[Team, Team]] = Counter()
    examples: list[Example] = []
    moved = met_now = met_then = 0
    for uuid, number, *told, had_to, ended in rows:
        facts = facts_told(told)
        one, other = before.team_of(facts), after.team_of(facts)
        pair = team(one.team), team(other.team)
        table[pair] += 1
        if had_to:
            moved += 1
            met_now += str(pair[0].uuid) == ended
            met_then += str(pair[1].uuid) == ended
        if pair[0].pk != pair[1].pk and len(examples) < EXAMPLES:
            examples.append(Example(uuid, number, facts.topic, facts.language, facts.channel, *pair, other.rule))
    elsewhere = sum(n for (one, other), n in table.items() if one.pk != other.pk)
    return Preview(now - PERIOD, len(rows), elsewhere, dict(table), examples, moved, met_now, met_then, warnings(draft))

"""The road's stage: the team of touched cases follows the rules, until an entry of the log names an owner.

Set by set, and nothing at all where no rules are in force. What was decided, by which version, stands in
``cases_routing``; ``rundblick verify`` decides it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import connection

from rundblick.cases.folding import fold
from rundblick.cases.routing.book import ROUTING, Routing, claims
from rundblick.cases.routing.teams import Facts, Finder, TeamChoice, finder
from rundblick.core.database import insert_rows
from rundblick.core.foreseeing import Question
from rundblick.core.ids import uuid7s
from rundblick.core.registry import Cursor, repeated_deliveries
from rundblick.core.rulebooks import NEWEST, Book, of_id
from rundblick.core.verification import Difference, Options

ASKED: Final = [ROUTING.name]

# cases of our own that no entry gave an owner, and which version decided last
_FACTS: Final = """
SELECT c.id, c.topic, c.language, c.channel, c.tier, c.routed_team_id, r.book, r.rule, {addresses}
FROM cases_case c
LEFT JOIN LATERAL (
    SELECT x.book, x.rule, x.team_id FROM cases_routing x
    WHERE x.case_id = c.id AND x.reason->>'step' = 'team' ORDER BY x.id DESC LIMIT 1
) r ON true
WHERE {which} AND c.merged_into_id IS NULL AND c.system_id IS NULL AND NOT EXISTS (
    SELECT FROM cases_caseentry e
    WHERE e.case_id = c.id AND NOT e.superseded AND (e.person_id IS NOT NULL OR e.team_id IS NOT NULL))
ORDER BY c.id
"""
_NO_ADDRESSES: Final = "NULL::text[]"
_ADDRESSES: Final = """(
    SELECT array_agg(DISTINCT s.code ORDER BY s.code) FROM (
        SELECT m.id, m.delivery_id FROM cases_message m WHERE m.case_id = {case} AND NOT m.superseded
        AND m.direction = 'in' ORDER BY m.at, m.seq, m.identity LIMIT 1
    ) f
    JOIN LATERAL (SELECT f.delivery_id AS id {again}) v ON true
    JOIN core_delivery d ON d.id = v.id JOIN core_source s ON s.id = d.source_id)"""

# What a case that begins with one message shows as its owner: as the fold says it of the team that the rules gave.
OWNER: Final = (
    "COALESCE((SELECT CASE WHEN t.closed_at IS NULL THEN t.id ELSE t.successor_id END FROM people_team t"
    " WHERE t.id = x.owner_team_id::bigint), (SELECT d.id FROM people_team d WHERE d.is_default))"
)


def facts_query(which: str, addresses: bool = True) -> str:
    """The statement that reads the facts of cases ``which``, a condition over ``c``."""
    return _FACTS.format(which=which, addresses=addresses_of("c.id") if addresses else _NO_ADDRESSES)


def addresses_of(case: str) -> str:
    """SQL: the sources through which the first message of a case came, repeated deliveries included."""
    again = "".join(f" UNION ALL SELECT a.delivery_id FROM ({one}) a WHERE a.message_id = f.id"
                    for one in repeated_deliveries)  # fmt: skip
    return _ADDRESSES.format(case=case, again=again)


def facts_told(row: Sequence[Any]) -> Facts:
    """(topic, language, channel, tier, addresses) as Facts."""
    topic, language, channel, tier, addresses = row
    return Facts(topic, language, channel, tier, frozenset(addresses or ()))


@dataclass(slots=True)
class Following:
    """The rules of one walk of the road.

    ids     uuid of a team -> its id; "": the usual one
    rows    of cases that begin, to be written with them
    """

    book: Book[Routing]
    rules: Finder
    ids: dict[str, int]
    rows: list[tuple[Any, ...]]

    def begins(self, case: int, facts: Facts) -> int:
        """The team of a case that begins; the decision is written with ``write``."""
        choice = self.rules.team_of(facts)
        team = self.team(choice)
        self.rows.append((case, team, choice, facts.topic))
        return team

    def team(self, choice: TeamChoice) -> int:
        return self.ids.get(choice.team) or self.ids[""]

    def write(self, cur: Cursor) -> None:
        """Write down what ``begins`` decided."""
        _write(cur, self.book.id, self.rows)
        self.rows = []


def following(cur: Cursor) -> Following | None:
    """The rules in force, None for none. The question may have been asked ahead."""
    cur.execute(NEWEST, (ASKED,))
    newest = dict(cur.fetchall()).get(ROUTING.name)
    if newest is None:
        return None
    book = _book(connection.settings_dict["NAME"], int(newest))
    return Following(book, finder(book.told), team_ids(cur, book.told), [])


@lru_cache(maxsize=4)
def _book(_database: str, id_: int) -> Book[Routing]:
    return of_id(ROUTING, id_)


def team_ids(cur: Cursor, told: Routing) -> dict[str, int]:
    """Ids of the teams that these rules name; "" is the usual team."""
    uuids = sorted({one.team for one in claims(told)})
    cur.execute(
        Question("SELECT uuid::text, id, is_default FROM people_team WHERE uuid = ANY(%s::uuid[]) OR is_default"),
        (uuids,),
    )
    found: dict[str, int] = {}
    for uuid, id_, is_default in cur.fetchall():
        found[uuid] = id_
        if is_default:
            found[""] = id_
    return found


def route(cur: Cursor, rules: Following, cases: Sequence[int]) -> list[int]:
    """Let the teams of these cases follow the rules; gives those that another team has now. They are folded."""
    if not cases:
        return []
    if "" not in rules.ids:
        return []  # an installation without any team: the next case makes the usual one
    query = facts_query("c.id = ANY(%s)", rules.rules.asks_addresses)
    cur.execute(query, (list(cases),))
    decided, changed = [], []
    for case, *told, former, book, rule, addresses in cur.fetchall():
        facts = facts_told((*told, addresses))
        choice = rules.rules.team_of(facts)
        team = rules.team(choice)
        if team != former:
            changed.append((case, team))
        if team != former or (book, rule) != (rules.book.id, choice.rule):
            decided.append((case, team, choice, facts.topic))
    if changed:
        cur.execute(
            "UPDATE cases_case c SET routed_team_id = n.team FROM unnest(%s::bigint[], %s::bigint[]) AS n(id, team)"
            " WHERE c.id = n.id",
            ([case for case, _ in changed], [team for _, team in changed]),
        )
        fold(cur, [case for case, _ in changed], subjects=[])
    _write(cur, rules.book.id, decided)
    return [case for case, _ in changed]


def follow_rules(cur: Cursor, cases: Sequence[int]) -> None:
    """For whoever changes what a case says beside the road: joins, moves."""
    rules = following(cur)
    if rules is not None:
        route(cur, rules, cases)


def _write(cur: Cursor, book: int, decided: Sequence[tuple[int, int, TeamChoice, str]]) -> None:
    now = datetime.now(UTC)
    insert_rows(
        cur,
        "cases_routing",
        ("uuid", "case_id", "at", "book", "rule", "team_id", "topic", "reason"),
        [
            (uuid, case, now, book, choice.rule, team, topic, json.dumps(choice.reason))
            for uuid, (case, team, choice, topic) in zip(uuid7s(len(decided)), decided, strict=True)
        ],
    )


_RECORDED: Final = """
SELECT DISTINCT ON (x.case_id) x.case_id, x.book, x.team_id FROM cases_routing x
WHERE x.reason->>'step' = 'team' ORDER BY x.case_id, x.id DESC
"""


def routed_teams(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """The team that the rules gave a case without an owner of its own is what the recorded version says of it."""
    cur.execute(f"SELECT r.* FROM ({_RECORDED}) r")
    recorded = {case: (book, team) for case, book, team in cur.fetchall()}
    cur.execute(facts_query("(c.routed_team_id IS NOT NULL OR EXISTS ("
                            "SELECT FROM cases_routing y WHERE y.case_id = c.id))"))  # fmt: skip
    rows = cur.fetchall()
    books: dict[int, tuple[Finder, dict[str, int]]] = {}
    for case, *told, stored, _book_id, _rule, addresses in rows:
        book, team = recorded.get(case, (None, None))
        if book is None:
            if stored is not None:
                yield Difference("cases_case", case, "routed_team_id", str(stored), "a recorded decision")
            continue
        if book not in books:
            told_then = of_id(ROUTING, book).told
            books[book] = finder(told_then), team_ids(cur, told_then)
        rules, ids = books[book]
        choice = rules.team_of(facts_told((*told, addresses)))
        # which team was the usual one then, the row itself says
        expected = ids.get(choice.team) if choice.team else team
        if stored != expected:
            yield Difference("cases_case", case, "routed_team_id", str(stored), str(expected))

"""Checks of this room for ``rundblick verify``: cases folded again from their messages and log entries."""

from __future__ import annotations

from collections.abc import Iterator

from rundblick.cases.folding import COLUMNS, FOLDED
from rundblick.core.numbers import is_valid
from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Options

_PORTION = 5_000  # cases folded by one statement

_PAIRS = ", ".join(f"t.{column}::text, f.{column}::text" for column in COLUMNS)
_DIFFERS = " OR ".join(f"t.{column} IS DISTINCT FROM f.{column}" for column in COLUMNS)
# What could not be read has a case before it has a message: what that shows comes from the quarantine.
_WITHOUT_FACTS = (
    "NOT EXISTS (SELECT FROM cases_message m WHERE m.case_id = t.id) "
    "AND NOT EXISTS (SELECT FROM cases_caseentry e WHERE e.case_id = t.id)"
)
_COMPARED = f"""
SELECT t.id, {_PAIRS} FROM cases_case t JOIN ({FOLDED} AND c.id > %(low)s AND c.id <= %(high)s) f ON f.id = t.id
WHERE ({_DIFFERS}) AND NOT (t.flagged AND {_WITHOUT_FACTS}) ORDER BY t.id
"""


def folded_cases(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """State, owner, times and counters of every case against what its messages and entries say."""
    cur.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM cases_case")
    row = cur.fetchone()
    assert row is not None
    for low in range(row[0] - 1, row[1], _PORTION):
        cur.execute(_COMPARED, {"low": low, "high": low + _PORTION})
        for case, *values in cur.fetchall():
            for column, stored, expected in zip(COLUMNS, values[::2], values[1::2], strict=True):
                if stored != expected:
                    yield Difference("cases_case", case, column, _told(stored), _told(expected))


def _told(value: str | None) -> str:
    return "unknown" if value is None else value


def customers_of_cases(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """The cached customer of a case against the assignment of the record that it is about."""
    cur.execute(
        "SELECT c.id, c.customer_id, a.customer_id FROM cases_case c LEFT JOIN customers_assignment a "
        "ON a.record_id = c.concerned_id AND a.valid_to IS NULL "
        "WHERE c.merged_into_id IS NULL AND c.customer_id IS DISTINCT FROM a.customer_id"
    )
    for row, stored, expected in cur:
        yield Difference("cases_case", row, "customer_id", _told(stored and str(stored)), _told(str(expected or "")))


def follow_customers(cur: Cursor) -> None:
    """Set the cached customer of every case again."""
    cur.execute(
        "UPDATE cases_case c SET customer_id = n.customer_id FROM cases_case o LEFT JOIN customers_assignment n "
        "ON n.record_id = o.concerned_id AND n.valid_to IS NULL "
        "WHERE o.id = c.id AND c.merged_into_id IS NULL AND c.customer_id IS DISTINCT FROM n.customer_id"
    )


def participants(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """The one concerned participant is the record that the case is about; who wrote in a case takes part in it."""
    cur.execute(
        "SELECT c.id, p.record_id, c.concerned_id FROM cases_case c "
        "LEFT JOIN cases_participant p ON p.case_id = c.id AND p.part = 'concerned' "
        "WHERE c.merged_into_id IS NULL AND p.record_id IS DISTINCT FROM c.concerned_id"
    )
    for row, stored, expected in cur:
        yield Difference("cases_participant", row, "concerned", _told(stored and str(stored)), _told(str(expected)))
    cur.execute(
        "SELECT DISTINCT m.case_id, m.record_id FROM cases_message m "
        "WHERE m.case_id IS NOT NULL AND m.record_id IS NOT NULL AND NOT m.superseded AND NOT EXISTS ("
        "SELECT FROM cases_participant p WHERE p.case_id = m.case_id AND p.record_id = m.record_id)"
    )
    for row, record in cur:
        yield Difference("cases_participant", row, "takes_part", "missing", str(record))


def joined_cases(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """A case that was joined to another leads to one that lives, and nothing stands in it any more."""
    cur.execute(
        "SELECT c.id, c.merged_into_id FROM cases_case c JOIN cases_case s ON s.id = c.merged_into_id "
        "WHERE s.merged_into_id IS NOT NULL"
    )
    for row, into in cur:
        yield Difference("cases_case", row, "merged_into_id", str(into), "a case that was not joined itself")
    for table in ("cases_message", "cases_caseentry"):
        cur.execute(
            f"SELECT m.id, m.case_id, c.merged_into_id FROM {table} m JOIN cases_case c ON c.id = m.case_id "
            "WHERE c.merged_into_id IS NOT NULL"
        )
        for row, stored, expected in cur:
            yield Difference(table, row, "case_id", str(stored), str(expected))


def regroupings(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """A deed that took messages or cases along stands exactly as long as nobody took it back."""
    cur.execute(
        "SELECT r.id, r.standing, NOT EXISTS (SELECT FROM cases_regrouping u WHERE u.undoes_id = r.id) "
        "FROM cases_regrouping r"
    )
    for row, stored, expected in cur:
        if stored != expected:
            yield Difference("cases_regrouping", row, "standing", str(stored), str(expected))


def versions(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Of the versions of one message exactly one counts; of an answer that was taken back none does."""
    cur.execute(
        "SELECT min(id), count(*) FILTER (WHERE NOT superseded) FROM cases_message GROUP BY identity "
        "HAVING count(*) FILTER (WHERE NOT superseded) <> CASE WHEN bool_or(dispatch = 'cancelled') THEN 0 ELSE 1 END"
    )
    for row, living in cur:
        yield Difference("cases_message", row, "superseded", f"{living} versions count", "1 version counts")


def case_numbers(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Numbers that people dictate carry their right check digit."""
    cur.execute("SELECT id, number FROM cases_case")
    for row, number in cur:
        if not is_valid(number):
            yield Difference("cases_case", row, "number", number, "a right check digit")


def owners(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Nobody who has left and no closed team owns an open case; what a closed team had is with one that is open."""
    cur.execute(
        "SELECT c.id, CASE WHEN p.id IS NOT NULL THEN 'owner_person_id' ELSE 'owner_team_id' END, coalesce(p.id, t.id) "
        "FROM cases_case c LEFT JOIN people_person p ON p.id = c.owner_person_id AND p.left_at IS NOT NULL "
        "LEFT JOIN people_team t ON t.id = c.owner_team_id AND t.closed_at IS NOT NULL "
        "WHERE c.state IN ('new', 'open', 'pending') AND c.merged_into_id IS NULL AND coalesce(p.id, t.id) IS NOT NULL"
    )
    for row, column, owner in cur.fetchall():
        yield Difference("cases_case", row, column, str(owner), "somebody who is there")
    cur.execute(
        "SELECT t.id, t.successor_id FROM people_team t LEFT JOIN people_team s ON s.id = t.successor_id "
        "WHERE t.closed_at IS NOT NULL AND (s.id IS NULL OR s.closed_at IS NOT NULL)"
    )
    for row, successor in cur.fetchall():
        yield Difference("people_team", row, "successor_id", _told(successor and str(successor)), "a team that is open")

"""Ask once: how often answers of people ask for what is known already; over all, by channel, by team.

What an answer asks for was read when it came in (``cases_message.asks_for``); whether it was known then is asked of all
systems of the customer and of what he had written in the case, for all questions at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from rundblick.blindspots import statistics
from rundblick.blindspots.measures.compute import share
from rundblick.blindspots.measures.frame import Frame, missing, with_cases_of
from rundblick.blindspots.measures.words import channel
from rundblick.blindspots.model import Better, Measure, Related, Unit
from rundblick.customers.known import known_of
from rundblick.customers.telling import TELLS

NAME = "repeated_questions_share"
_FILES = ("interactions", "mail")
_ANSWER = "m.direction = 'out' AND m.sender = 'human' AND NOT m.superseded AND m.asks_for IS NOT NULL"
# an expression holds no text from outside, and no sign of SQL beside the doubled quote and per cent
_TELLS = " ".join(
    f"WHEN '{kind}' THEN '{expression.replace(chr(39), chr(39) * 2).replace('%', '%%')}'"
    for kind, expression in TELLS.items()
)

REPEATED = f"""
WITH asking AS MATERIALIZED (
    SELECT m.id, m.case_id, m.at, m.channel, m.team_id, m.person_id, f.kind,
           coalesce(k.customer_id, a.customer_id) AS customer_id
    FROM cases_message m CROSS JOIN LATERAL unnest(string_to_array(m.asks_for, ' ')) AS f(kind)
    LEFT JOIN cases_case k ON k.id = m.case_id
    LEFT JOIN customers_assignment a ON m.case_id IS NULL AND a.record_id = m.record_id AND a.valid_to IS NULL
    WHERE {_ANSWER} AND m.asks_for <> ''
),
who AS (SELECT DISTINCT customer_id FROM asking WHERE customer_id IS NOT NULL),
{known_of("who")},
known_since AS MATERIALIZED (SELECT customer_id, kind, min(since) AS since FROM known GROUP BY 1, 2),
repeated AS MATERIALIZED (
    SELECT q.* FROM asking q LEFT JOIN known_since s ON s.customer_id = q.customer_id AND s.kind = q.kind
    WHERE s.since < q.at OR EXISTS (
        SELECT FROM cases_message b JOIN cases_messagecontent c ON c.message_id = b.id
        WHERE b.case_id = q.case_id AND b.at < q.at AND b.direction = 'in' AND b.sender = 'human' AND NOT b.superseded
          AND lower(c.text) ~ (CASE q.kind {_TELLS} END)) OR q.kind = 'photo' AND EXISTS (
        SELECT FROM cases_message b JOIN cases_attachment f ON f.message_id = b.id
        WHERE b.case_id = q.case_id AND b.at < q.at AND b.direction = 'in' AND NOT b.superseded
          AND f.media_type LIKE 'image/%%')
)
"""
_OF_CASES = "SELECT case_id AS id FROM repeated WHERE case_id IS NOT NULL {which} GROUP BY 1 ORDER BY count(*) DESC, 1"
CASES_ASKED_AGAIN = REPEATED + _OF_CASES.format(which="")
CASES_ASKED_AGAIN_ON = REPEATED + _OF_CASES.format(which="AND channel = %(channel)s")
CASES_ASKED_AGAIN_BY = REPEATED + _OF_CASES.format(
    which="AND team_id = (SELECT id FROM people_team WHERE uuid::text = %(team)s)"
)

_TABLE = "blindspot_repeated"
PREPARE = f"CREATE TEMPORARY TABLE {_TABLE} AS {REPEATED} SELECT id, case_id, channel, team_id, kind FROM repeated"
CLEAR = f"DROP TABLE IF EXISTS {_TABLE}"
_MOST_TEAMS = 12
_CUT = 30  # answers: a smaller channel or team is no cut of its own

_COUNTS = f"""
SELECT m.channel, m.team_id, count(*), count(*) FILTER (WHERE m.asks_for <> ''),
       count(*) FILTER (WHERE m.id IN (SELECT id FROM {_TABLE}))
FROM cases_message m WHERE {_ANSWER} GROUP BY 1, 2
"""
_PERSONS = f"""
SELECT count(DISTINCT coalesce(k.customer_id, -m.case_id, -m.record_id)), count(DISTINCT m.person_id)
FROM cases_message m LEFT JOIN cases_case k ON k.id = m.case_id
WHERE {_ANSWER} AND m.%(column)s = %(value)s
"""


def measures_of_questions(frame: Frame) -> list[Measure]:
    """The share of repeated questions, and its cuts by channel and team."""
    frame.cursor.execute(CLEAR)
    frame.cursor.execute(PREPARE, frame.params())
    counts = frame.rows(_COUNTS)
    n, asking, repeated = (sum(row[i] for row in counts) for i in (2, 3, 4))
    measure = share(_blank(frame, NAME, _("Answers that ask for what is known")), repeated, n)
    if measure.value is None:
        text = _("The words of your answers: mail archives, or contacts with direction = out and their text.")
        return [missing(measure, "no_data", text)]
    measure = replace(with_cases_of(frame, measure, _behind()), beside=_beside(frame, asking, repeated))
    found = [measure, *_by_channel(frame, counts), *_by_team(frame, counts)]
    frame.cursor.execute(CLEAR)
    return found


def _blank(frame: Frame, name: str, label: str) -> Measure:
    return Measure(
        name=name,
        label=label,
        definition=_(
            "Share of the answers of people that ask the customer for something that a system of the company knew of "
            "him at that time, or that he had written in the same case before."
        ),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="customer",
        window=frame.window,
        sources=frame.sources(_FILES),
        saved_query=name,
    )


def _behind(which: str = "") -> str:
    return f"SELECT case_id AS id FROM {_TABLE} WHERE case_id IS NOT NULL {which} GROUP BY 1 ORDER BY count(*) DESC, 1"


def _beside(frame: Frame, asking: int, repeated: int) -> tuple[Related, ...]:
    """Of the answers that ask for a fact at all; and which facts are asked for again."""
    found: list[Related] = []
    if asking:
        interval = statistics.wilson(repeated, asking)
        text = _("of the answers that ask for a fact at all")
        found.append(
            Related(f"{NAME}.of_asking", text, interval.value, Unit.SHARE, asking, interval.low, interval.high)
        )
    (cases,) = frame.row(f"SELECT count(DISTINCT case_id) FROM {_TABLE}")
    found.append(Related(f"{NAME}.cases", _("cases in which something known was asked for"), cases, Unit.COUNT))
    (anyway,) = frame.row("SELECT count(*) FROM core_event WHERE kind = 'question.repeated'")
    if anyway:
        text = _("asked all the same after a warning at the desk")
        found.append(Related(f"{NAME}.anyway", text, anyway, Unit.COUNT))
    names = fact_names()
    for kind, times in frame.rows(f"SELECT kind, count(*) FROM {_TABLE} GROUP BY 1 ORDER BY 2 DESC, 1"):
        text = _("asked for again: %(fact)s") % {"fact": names.get(kind, kind)}
        found.append(Related(f"{NAME}.asked.{kind}", text, times, Unit.COUNT))
    return tuple(found)


def _by_channel(frame: Frame, counts: Sequence[tuple[Any, ...]]) -> list[Measure]:
    found = []
    for code in sorted({row[0] for row in counts if row[0]}):
        label = _("Answers that ask for what is known: %(where)s") % {"where": channel(code)}
        rows = [row for row in counts if row[0] == code]
        blank = _blank(frame, f"{NAME}.channel.{code}", label)
        found += _cut(frame, blank, rows, "channel", code, "AND channel = %(value)s")
    return found


def _by_team(frame: Frame, counts: Sequence[tuple[Any, ...]]) -> list[Measure]:
    answers: Counter[int] = Counter()
    for _channel, team, n, _asking, _repeated in counts:
        if team is not None:
            answers[team] += n
    most = [team for team, _n in answers.most_common(_MOST_TEAMS)]
    teams = {
        id_: (uuid, name)
        for id_, uuid, name in frame.rows("SELECT id, uuid, name FROM people_team WHERE id = ANY(%(ids)s)", ids=most)
    }
    found = []
    for team in most:
        if team not in teams:
            continue
        uuid, name = teams[team]
        label = _("Answers that ask for what is known: %(where)s") % {"where": name}
        rows = [row for row in counts if row[1] == team]
        blank = _blank(frame, f"{NAME}.team.{uuid}", label)
        for measure in _cut(frame, blank, rows, "team_id", team, "AND team_id = %(value)s"):
            found.append(measure)
    return found


def _cut(
    frame: Frame, blank: Measure, rows: Sequence[tuple[Any, ...]], column: str, value: Any, which: str
) -> list[Measure]:
    """The share of one channel or team; of a team, how many people answered counts for the rule of five."""
    n, repeated = sum(row[2] for row in rows), sum(row[4] for row in rows)
    if n < _CUT:
        return []
    customers, staff = frame.row(_PERSONS.replace("%(column)s", column), value=value)
    measure = replace(share(blank, repeated, n), persons=customers, staff=staff if column == "team_id" else None)
    return [with_cases_of(frame, measure, _behind(which), value=value)]


def fact_names() -> dict[str, str]:
    """What the facts that texts ask for are called."""
    return {
        "customer_no": _("customer number"),
        "contract_no": _("contract number"),
        "order_no": _("order number"),
        "invoice_no": _("invoice number"),
        "case_no": _("number of the case"),
        "serial_no": _("serial number"),
        "model": _("model"),
        "tracking_no": _("tracking number"),
        "address": _("address"),
        "name": _("name"),
        "birth_date": _("date of birth"),
        "phone": _("telephone number"),
        "email": _("e-mail address"),
        "bank": _("bank account"),
        "purchase_date": _("date of purchase"),
        "receipt": _("proof of purchase"),
        "photo": _("photo"),
    }

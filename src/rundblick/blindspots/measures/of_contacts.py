"""What happened on the channels: answered or not, calls, public posts, busy hours against answers, promised dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from rundblick.blindspots import sql, statistics
from rundblick.blindspots.measures.compute import share
from rundblick.blindspots.measures.frame import Frame, missing, with_cases, with_cases_of
from rundblick.blindspots.model import Better, HeatMap, Measure, Unit

# What belongs together: a case, or where nobody made a case of it, all contacts of one source record (one handle).
_TALK = "coalesce(m.case_id, -m.record_id)"
_HUMAN_IN = f"m.direction = 'in' AND m.sender = 'human' AND NOT m.superseded AND {_TALK} IS NOT NULL"
# The last answer of a person in each; what came in no later than it was answered. One pass over the messages, where
# a look for each message would be many.
_REPLIED = (
    f"replied AS MATERIALIZED (SELECT {_TALK} AS talk, max(m.at) AS last_out FROM cases_message m "
    "WHERE m.direction = 'out' AND m.sender = 'human' AND NOT m.superseded GROUP BY 1)"
)
_ANY_OUT = "SELECT EXISTS (SELECT FROM cases_message WHERE direction = 'out' AND sender = 'human' AND NOT superseded)"
_CALL = "cases_message m JOIN cases_call c ON c.message_id = m.id WHERE m.direction = 'in' AND NOT m.superseded"
# Every channel on which a contact in waits for a contact out; a call is answered while it lasts.
_WRITTEN = "m.channel NOT IN ('phone', 'branch', 'self_service')"


@dataclass(frozen=True, slots=True)
class _Counted:
    """A share counted by one statement (successes, n); ``cases`` gives the ids, worst first."""

    name: str
    label: str
    definition: str
    better: Better
    group: str
    count: str
    cases: str
    needs: str
    files: tuple[str, ...]


def _answered_of(which: str) -> str:
    """(answered, all) of the contacts in that meet a condition."""
    return (
        f"WITH {_REPLIED} SELECT count(*) FILTER (WHERE r.last_out >= m.at), count(*) "
        f"FROM cases_message m LEFT JOIN replied r ON r.talk = {_TALK} WHERE {_HUMAN_IN} AND {which}"
    )


def _unanswered_of(which: str) -> str:
    """Cases with a contact in that nobody answered, the one that waits longest first."""
    return (
        f"WITH {_REPLIED} SELECT m.case_id AS id FROM cases_message m LEFT JOIN replied r ON r.talk = {_TALK} "
        f"WHERE m.case_id IS NOT NULL AND {_HUMAN_IN} AND {which} AND (r.last_out >= m.at) IS NOT TRUE "
        "GROUP BY m.case_id ORDER BY min(m.at), m.case_id"
    )


_SOCIAL = "m.channel = 'social'"
_OF_ANSWERS = ("inbound_answered_share", "social_answered_share", "social_dialogue_share")
CASES_UNANSWERED = _unanswered_of(_WRITTEN)
CASES_POSTS_UNANSWERED = _unanswered_of(_SOCIAL)
CASES_CALLS_LOST = (
    f"SELECT m.case_id AS id FROM {_CALL} AND (c.abandoned OR NOT c.answered) AND m.case_id IS NOT NULL "
    "GROUP BY m.case_id ORDER BY max(c.waited_s) DESC NULLS LAST, m.case_id"
)
CASES_CALLS_WAITED = (
    f"SELECT m.case_id AS id FROM {_CALL} AND (c.answered IS NOT TRUE OR c.waited_s > 20) AND m.case_id IS NOT NULL "
    "GROUP BY m.case_id ORDER BY max(c.waited_s) DESC NULLS LAST, m.case_id"
)
CASES_CALLS_HANDLED = (
    f"SELECT m.case_id AS id FROM {_CALL} AND c.talked_s > 0 AND m.case_id IS NOT NULL "
    "GROUP BY m.case_id ORDER BY sum(c.talked_s + coalesce(c.wrapped_s, 0)) DESC, m.case_id"
)
CASES_OF_LATE_ORDERS = """
SELECT k.id FROM cases_case k WHERE k.merged_into_id IS NULL AND k.customer_id IN (
    SELECT a.customer_id FROM customers_order o JOIN customers_assignment a ON a.record_id = o.record_id
    WHERE a.valid_to IS NULL AND o.done_at > o.promised_at)
ORDER BY k.opened_at, k.id
"""


def _counted() -> tuple[_Counted, ...]:
    calls_needed = _("A log of telephone calls: who waited how long, and whether the call was answered.")
    return (
        _Counted(
            "inbound_answered_share",
            _("Contacts in writing that got an answer"),
            _(
                "Share of what people wrote to the company that a person answered later in the same case, or to the "
                "same sender where nobody made a case of it."
            ),
            Better.HIGH,
            "speed",
            _answered_of(_WRITTEN),
            CASES_UNANSWERED,
            _("The contacts in and out themselves: mail archives, or a table of interactions."),
            ("interactions", "mail"),
        ),
        _Counted(
            "social_answered_share",
            _("Public posts that got an answer"),
            _("Share of the posts of people on social media that a person of the company answered."),
            Better.HIGH,
            "channels",
            _answered_of(_SOCIAL),
            CASES_POSTS_UNANSWERED,
            _("Posts and answers on social media: map interactions with channel = social."),
            ("interactions",),
        ),
        _Counted(
            "social_dialogue_share",
            _("Public posts that became a dialogue"),
            _("Share of the people or cases on social media in which somebody wrote again after the company's answer."),
            Better.HIGH,
            "channels",
            "WITH posts AS (SELECT min(m.at) FILTER (WHERE m.direction = 'out' AND m.sender = 'human') AS answered, "
            "max(m.at) FILTER (WHERE m.direction = 'in' AND m.sender = 'human') AS last_in "
            f"FROM cases_message m WHERE {_SOCIAL} AND NOT m.superseded AND {_TALK} IS NOT NULL GROUP BY {_TALK}) "
            "SELECT count(*) FILTER (WHERE last_in > answered), count(*) FROM posts WHERE last_in IS NOT NULL",
            CASES_POSTS_UNANSWERED,
            _("Posts and answers on social media: map interactions with channel = social."),
            ("interactions",),
        ),
        _Counted(
            "calls_answered_share",
            _("Calls that were answered"),
            _("Share of the offered calls that a person answered; calls given up while waiting stay in the count."),
            Better.HIGH,
            "speed",
            f"SELECT count(*) FILTER (WHERE c.answered), count(*) FROM {_CALL} AND c.answered IS NOT NULL",
            CASES_CALLS_LOST,
            calls_needed,
            ("calls",),
        ),
        _Counted(
            "calls_within_20_s_share",
            _("Calls answered within 20 seconds"),
            _(
                "Share of all offered calls that were answered within 20 seconds; calls given up while waiting stay "
                "in the count."
            ),
            Better.HIGH,
            "speed",
            f"SELECT count(*) FILTER (WHERE c.answered AND c.waited_s <= 20), count(*) FROM {_CALL} "
            "AND c.answered IS NOT NULL AND (c.waited_s IS NOT NULL OR NOT c.answered)",
            CASES_CALLS_WAITED,
            calls_needed,
            ("calls",),
        ),
        _Counted(
            "orders_on_time_share",
            _("Orders done by the promised date"),
            _("Share of orders, returns and repairs that were done by the promised time, where both times are known."),
            Better.HIGH,
            "speed",
            "SELECT count(*) FILTER (WHERE done_at <= promised_at), count(*) FROM customers_order "
            "WHERE done_at IS NOT NULL AND promised_at IS NOT NULL",
            CASES_OF_LATE_ORDERS,
            _("What was promised and when it was done: map promised_at and done_at of orders."),
            ("orders",),
        ),
    )


def measures_of_contacts(frame: Frame) -> list[Measure]:
    (answers_known,) = frame.row(_ANY_OUT)
    found = []
    for counted in _counted():
        blank = Measure(
            name=counted.name,
            label=counted.label,
            definition=counted.definition,
            unit=Unit.SHARE,
            better=counted.better,
            group=counted.group,
            window=frame.window,
            sources=frame.sources(counted.files),
            saved_query=counted.name,
        )
        successes, n = frame.row(counted.count)
        measure = share(blank, successes, n)
        if measure.value is None:
            found.append(missing(measure, "no_data", counted.needs))
        elif counted.name in _OF_ANSWERS and not answers_known:
            text = _("The answers themselves: the data hold only what came in, so nobody knows what was answered.")
            found.append(missing(measure, "no_answers", text))
        else:
            found.append(with_cases_of(frame, measure, counted.cases))
    found.append(_minutes(frame))
    return found


def _minutes(frame: Frame) -> Measure:
    blank = Measure(
        name="handling_minutes_median",
        label=_("Minutes per call"),
        definition=_("Median of talking and wrap-up time of an answered call, in minutes."),
        unit=Unit.MINUTES,
        group="speed",
        window=frame.window,
        sources=frame.sources(("calls",)),
        saved_query="handling_minutes_median",
    )
    minutes = "(c.talked_s + coalesce(c.wrapped_s, 0)) / 60.0"
    (n,) = frame.row(f"SELECT count(*) FROM {_CALL} AND c.talked_s > 0")
    if not n:
        return missing(blank, "no_data", _("A log of telephone calls with the time talked: map talked_s."))
    low, high = statistics.quantile_ranks(n, 0.5)
    value, bounds = frame.row(
        f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {minutes}), "
        f"percentile_disc(%(ranks)s::float8[]) WITHIN GROUP (ORDER BY {minutes}) FROM {_CALL} AND c.talked_s > 0",
        ranks=[((rank or 1) - 0.5) / n for rank in (low, high)],
    )
    measure = replace(
        blank,
        value=value,
        low=None if low is None else bounds[0],
        high=None if high is None else bounds[1],
        n=n,
        interval="order_statistics",
    )
    return with_cases_of(frame, measure, CASES_CALLS_HANDLED)


def heat_maps(frame: Frame) -> tuple[HeatMap, HeatMap]:
    """Contacts and answers by weekday and hour in the company's time zone."""
    contacts = _heat_map("contacts", _("When customers make contact"), frame.rows(sql.CONTACT_HOURS))
    answers = _heat_map("answers", _("When they are answered"), frame.rows(sql.ANSWER_HOURS))
    return contacts, answers


def _heat_map(name: str, label: str, rows: Sequence[tuple[int, int, int, int]]) -> HeatMap:
    cells, persons = [[0] * 24 for _day in range(7)], [[0] * 24 for _day in range(7)]
    for day, hour, n, who in rows:
        cells[day][hour], persons[day][hour] = n, who
    return HeatMap(
        name=name,
        label=label,
        n=sum(map(sum, cells)),
        cells=tuple(tuple(day) for day in cells),
        persons=tuple(tuple(day) for day in persons),
    )


def out_of_step(frame: Frame, contacts: HeatMap, answers: HeatMap) -> Measure:
    """How far the hours of answers lie from the hours of contacts: half the sum of the differences of their shares."""
    blank = Measure(
        name="out_of_step_share",
        label=_("Contacts out of step with the answers"),
        definition=_(
            "Share of contacts that would have to fall on other hours of the week for the answers to match them: "
            "0 when both have the same rhythm."
        ),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="speed",
        window=frame.window,
        sources=frame.sources(("cases", "case_events", "interactions", "mail", "calls")),
        saved_query="out_of_step_share",
    )
    if not contacts.n or not answers.n:
        return missing(blank, "no_data", _("Contacts and answers with their hour of the day."))
    pairs = [
        (c or 0, a or 0)
        for day_c, day_a in zip(contacts.cells, answers.cells, strict=True)
        for c, a in zip(day_c, day_a, strict=True)
    ]
    value = sum(abs(c / contacts.n - a / answers.n) for c, a in pairs) / 2
    return with_cases(frame, replace(blank, value=value, n=contacts.n), "contacts > 0", "contacts DESC")

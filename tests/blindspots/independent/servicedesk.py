"""The service-desk figures, counted once more from the words of their definitions, with csv and gzip alone.

Nothing of Rundblick is imported here, and nothing of its measures was read while this was written: where the two
counts agree, they agree by the definition and not by a shared mistake. ``python -m
tests.blindspots.independent.servicedesk FILE.csv.gz [ZONE]`` prints every figure, with those of the other readings.

The export (ServiceNow, UCI doi 10.24432/C57S4H), as it was found:

* 141,712 rows of 36 columns, 24,918 cases, no row twice; a case's rows stand together but not in order: by
  ``sys_updated_at`` (minutes, no zone) one case is out of order in the file, by ``sys_mod_count`` four more, and five
  cases hold one counter value twice at different times. Order is therefore time, then ``sys_mod_count``.
* ``opened_at``, ``resolved_at``, ``closed_at``, ``resolved_by`` and ``closed_code`` are constant in a case: they are
  the final values, written back onto every row. ``resolved_at`` is ``?`` on all rows of 1,556 cases.
* 1,543 of these 1,556 cases have an event in the state Resolved all the same; 13 went to Closed without one. In 295
  cases the log enters Resolved before ``resolved_at`` and is touched again in that state at ``resolved_at``.
* ``caller_id`` changes in 3 cases and is ``?`` in 3 others; ``contact_type`` changes in 5 and is never ``?``;
  ``category`` (the first of the two columns of that name) changes in 1,184 and is ``?`` throughout in 7.
* The counters ``reassignment_count`` and ``reopen_count`` only rise. ``reopen_count`` and the states disagree in one
  case: 0000137 goes Resolved, then New by time, with a counter of 0.
* The state ``-100`` (5 rows, 2 cases) is no state; it is unknown. No row cannot be read.

Readings. The first of each is the figure; the other is kept under ``other`` by its name.

cases, customers
    A case's customer is the last known ``caller_id`` in its event order, since a case has exactly one concerned
    person. Other: every caller who ever stood in a case (``customers_ever``).
channel_share
    The case's channel is the first known ``contact_type``: the way by which it came in. Other: the last known.
resolution_days_median, resolved_within_3_days_share
    The last known ``resolved_at`` of the source. "Both times known" speaks of cases that are resolved while the time
    is unknown: 1,543 here. They are neither unresolved (13 are) nor part of the median. A source that overwrites
    ``resolved_at`` at each resolution leaves the last one; 0000137 keeps its resolution because the source's reopen
    counter, which rules where there is one, says 0. Other: ``resolved_at``, else the time at which the log last
    entered Resolved without an open state after it (``resolution_or_event``); the log alone (``event``).
    Days are elapsed time / 86,400 s in the assumed zone; "within" includes 72 hours sharp; the window ends with the
    last event. The wider share counts cases whose resolution is unknown as not resolved in time.
handover_*
    The maximum of ``reassignment_count`` in a case, over all cases. Derived, beside it: changes from one known
    ``assignment_group`` to another known one (``?`` in between says nothing: A ? A is none, A ? B is one), and changes
    of the known person while the last known team is the same at both. Disagreement: share of cases in which the
    counter and the team changes differ.
people_per_case_mean
    Distinct known ``assigned_to``, over the cases where at least one is known: a case whose persons are unknown
    is not a case with no person. Other: over all cases, unknown as none.
reopened_share
    ``reopen_count`` above 0. Derived: an event in a known open state after one in Resolved or Closed; the figure is
    the same when only Resolved counts.
promise_kept_share
    The last known ``made_sla`` in event order, over the cases where it is known.
past_three_days_share
    Cases opened at least 72 hours before the last event, over those whose resolution time is known or which were never
    resolved: the share not resolved within 72 hours. A case that went to Closed without a resolution, or is open, was
    not resolved; the 1,543 that were resolved at an unknown time are not judged.
ping_pong_share
    Cases that came back to a team straight after it had handed them on (A B A over the known teams, each run of one
    team taken once), over the cases with a known team.
first_contact_resolution_gross
    As below, but a hand-over is no failure.
first_contact_resolution
    In this export a case's opening is its one visible inbound contact, so what can break it is: a hand-over
    (``reassignment_count`` above 0), a reopening (``reopen_count`` above 0), or a further case of the same customer
    with the same topic that was opened after this one (by time, then case number) and no later than 7 days after its
    resolution. A call while the first is still being worked on is a further contact, too. Judged are cases with a
    known customer, topic and resolution time; open are those resolved in the last 7 days of the window, not counted
    at all. Topic and customer are the last known. Others: only contacts after the resolution; 7 days from the
    opening; the topic as (category, subcategory); any topic; the resolution by log where the field is unknown.
busiest hours
    Cases opened, and cases resolved (``resolved_at``), by hour of the week in local time as written. The export has
    no answers, so a resolution stands for the answer.
several channels
    Customers with more than one channel, of the customers with a known channel.
"""

from __future__ import annotations

import csv
import gzip
import sys
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

UNKNOWN = {"?", ""}
OPEN_STATES = {
    "New",
    "Active",
    "Awaiting User Info",
    "Awaiting Vendor",
    "Awaiting Problem",
    "Awaiting Evidence",
}
DONE_STATES = {"Resolved", "Closed"}
THREE_DAYS = timedelta(days=3)
REPEAT_WINDOW = timedelta(days=7)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log; "" is unknown, times are UTC."""

    at: datetime
    seq: int
    state: str
    team: str
    person: str
    customer: str
    channel: str
    topic: str
    subtopic: str
    promise: str
    reassignments: int
    reopens: int


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its events in order. ``opened`` and ``resolved`` in UTC, the hours of the week 0..167 as written."""

    number: str
    opened: datetime
    resolved: datetime | None
    opened_hour: int
    resolved_hour: int | None
    events: tuple[Event, ...]

    def last(self, of: Callable[[Event], str]) -> str:
        return next((of(event) for event in reversed(self.events) if of(event)), "")

    def first(self, of: Callable[[Event], str]) -> str:
        return next((of(event) for event in self.events if of(event)), "")

    def handovers(self) -> int:
        return max(event.reassignments for event in self.events)

    def reopens(self) -> int:
        return max(event.reopens for event in self.events)


@dataclass(slots=True)
class Figures:
    """What was counted: ``figures`` by the names of the report, ``n`` their denominators, ``other`` other readings."""

    figures: dict[str, float] = field(default_factory=dict)
    n: dict[str, int] = field(default_factory=dict)
    other: dict[str, float] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)
    opened_by_hour: dict[int, int] = field(default_factory=dict)
    resolved_by_hour: dict[int, int] = field(default_factory=dict)

    def share(self, name: str, hits: int, of: int) -> None:
        self.figures[name] = hits / of
        self.n[name] = of


def read_cases(path: Path, zone: str, channels: Mapping[str, str]) -> tuple[int, list[Case]]:
    """The number of rows, and the cases of the export in the order of their numbers."""
    tz = ZoneInfo(zone)
    rows_of: dict[str, list[list[str]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        for row in reader:
            rows_of[row[0]].append(row)
    column = {name: header.index(name) for name in header}
    subtopic = header.index("category", column["category"] + 1)
    moments: dict[str, datetime] = {}

    def written(text: str) -> datetime:
        if text not in moments:
            moments[text] = datetime.strptime(text, "%d/%m/%Y %H:%M")
        return moments[text]

    def utc(text: str) -> datetime:
        return written(text).replace(tzinfo=tz).astimezone(UTC)

    def known(text: str) -> str:
        text = text.strip()
        return "" if text in UNKNOWN else text

    def event(row: list[str]) -> Event:
        state = known(row[column["ident_state"]])
        return Event(
            at=utc(row[column["sys_updated_at"]]),
            seq=int(row[column["sys_mod_count"]]),
            state=state if state in OPEN_STATES | DONE_STATES else "",
            team=known(row[column["assignment_group"]]),
            person=known(row[column["assigned_to"]]),
            customer=known(row[column["caller_id"]]),
            channel=channels.get(known(row[column["contact_type"]]).lower(), known(row[column["contact_type"]])),
            topic=known(row[column["category"]]),
            subtopic=known(row[subtopic]),
            promise=known(row[column["made_sla"]]),
            reassignments=int(row[column["reassignment_count"]]),
            reopens=int(row[column["reopen_count"]]),
        )

    cases = []
    for number in sorted(rows_of):
        rows = sorted(
            rows_of[number], key=lambda r: (utc(r[column["sys_updated_at"]]), int(r[column["sys_mod_count"]]))
        )
        opened = next(t for row in reversed(rows) if (t := known(row[column["opened_at"]])))
        resolved = next((t for row in reversed(rows) if (t := known(row[column["resolved_at"]]))), "")
        cases.append(
            Case(
                number=number,
                opened=utc(opened),
                resolved=utc(resolved) if resolved else None,
                opened_hour=hour_of_week(written(opened)),
                resolved_hour=hour_of_week(written(resolved)) if resolved else None,
                events=tuple(event(row) for row in rows),
            )
        )
    return sum(map(len, rows_of.values())), cases


def hour_of_week(moment: datetime) -> int:
    """0 is Monday 0:00 to 0:59, 167 is Sunday 23:00 to 23:59."""
    return moment.weekday() * 24 + moment.hour


def median(values: Iterable[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def days(span: timedelta) -> float:
    return span.total_seconds() / 86400


def resolution_by_log(case: Case) -> datetime | None:
    """When the log entered Resolved for the last time; None when it never did, or an open state came afterwards."""
    entered: datetime | None = None
    before = ""
    for event in case.events:
        if event.state == "Resolved" and before != "Resolved":
            entered = event.at
        elif event.state in OPEN_STATES:
            entered = None
        before = event.state or before
    return entered


def reopened_by_log(case: Case, done: set[str]) -> bool:
    seen = False
    for event in case.events:
        if seen and event.state in OPEN_STATES:
            return True
        seen = seen or event.state in done
    return False


def team_changes(case: Case) -> int:
    teams = [event.team for event in case.events if event.team]
    return sum(a != b for a, b in pairwise(teams))


def person_changes(case: Case) -> tuple[int, int]:
    """Changes of the known person: all, and those inside one team (the last known one, the same at both)."""
    every = inside = 0
    team = person = team_of_person = ""
    for event in case.events:
        team = event.team or team
        if not event.person:
            continue
        if person and event.person != person:
            every += 1
            inside += team == team_of_person
        person, team_of_person = event.person, team
    return every, inside


def count(path: Path, zone: str = "UTC", channels: Mapping[str, str] | None = None) -> Figures:
    """All figures of the export; times without zone are read as local times of ``zone``.

    ``channels``: the export's channels as they are called elsewhere, in lower case; two may become one.
    """
    rows, cases = read_cases(path, zone, channels or {})
    out = Figures()
    out.figures["rows"] = rows
    out.figures["cases"] = len(cases)
    end = max(event.at for case in cases for event in case.events)
    _count_customers(out, cases)
    _count_resolutions(out, cases, end)
    _count_three_days(out, cases, end)
    _count_handovers(out, cases)
    _count_ping_pong(out, cases)
    _count_people(out, cases)
    _count_reopenings_and_promises(out, cases)
    _count_first_contact(out, cases, end)
    out.opened_by_hour = dict(Counter(case.opened_hour for case in cases))
    out.resolved_by_hour = dict(Counter(case.resolved_hour for case in cases if case.resolved_hour is not None))
    return out


def _count_customers(out: Figures, cases: list[Case]) -> None:
    out.figures["customers"] = len({c for case in cases if (c := case.last(lambda e: e.customer))})
    out.other["customers_ever"] = len({e.customer for case in cases for e in case.events if e.customer})
    out.other["cases_without_customer"] = sum(not case.last(lambda e: e.customer) for case in cases)
    out.channels = dict(Counter(case.first(lambda e: e.channel) for case in cases))
    for name, n in Counter(case.last(lambda e: e.channel) for case in cases).items():
        out.other[f"cases_with_last_channel.{name}"] = n
    channels_of: dict[str, set[str]] = defaultdict(set)
    for case in cases:
        if customer := case.last(lambda e: e.customer):
            channels_of[customer].add(case.first(lambda e: e.channel))
    out.share("customers_with_several_channels_share", sum(len(c) > 1 for c in channels_of.values()), len(channels_of))


def _count_resolutions(out: Figures, cases: list[Case], end: datetime) -> None:
    early = [case for case in cases if case.opened <= end - THREE_DAYS]
    readings: dict[str, Callable[[Case], datetime | None]] = {
        "": lambda case: case.resolved,
        ".resolution_or_event": lambda case: case.resolved or resolution_by_log(case),
        ".event": resolution_by_log,
    }
    for suffix, resolution in readings.items():
        took = {case.number: at - case.opened for case in cases if (at := resolution(case))}
        kept = {number for number, span in took.items() if span <= THREE_DAYS}
        values = {
            "resolution_days_median": median(map(days, took.values())),
            "resolved_within_3_days_share": len(kept) / len(took),
            "resolved_within_3_days_share_of_all": sum(case.number in kept for case in early) / len(early),
        }
        if not suffix:
            out.figures |= values
            out.n["resolution_days_median"] = out.n["resolved_within_3_days_share"] = len(took)
            out.n["resolved_within_3_days_share_of_all"] = len(early)
            out.other["resolved_at_72_hours_sharp"] = sum(span == THREE_DAYS for span in took.values())
            out.other["resolved_before_opened"] = sum(span < timedelta(0) for span in took.values())
        else:
            out.other |= {name + suffix: value for name, value in values.items()}
            out.other["resolution_days_median.n" + suffix] = len(took)
    never = [c for c in cases if c.resolved is None and not any(e.state == "Resolved" for e in c.events)]
    out.figures["unresolved"] = len(never)
    out.other["resolution_time_unknown"] = sum(case.resolved is None for case in cases)


def _count_handovers(out: Figures, cases: list[Case]) -> None:
    counter = [case.handovers() for case in cases]
    n = len(cases)
    out.share("handover_share", sum(value > 0 for value in counter), n)
    out.share("handovers_8_or_more_share", sum(value >= 8 for value in counter), n)
    out.share("handovers_mean", sum(counter), n)
    teams = [team_changes(case) for case in cases]
    persons = [person_changes(case) for case in cases]
    derived = {
        "team": teams,
        "person": [every for every, _ in persons],
        "person_inside_team": [inside for _, inside in persons],
        "team_or_person_inside_team": [t + inside for t, (_, inside) in zip(teams, persons, strict=True)],
    }
    for name, values in derived.items():
        out.other[f"handover_share.{name}"] = sum(value > 0 for value in values) / n
        out.other[f"handovers_mean.{name}"] = sum(values) / n
        out.other[f"handovers_8_or_more_share.{name}"] = sum(value >= 8 for value in values) / n
        out.other[f"disagreement_share.{name}"] = sum(a != b for a, b in zip(counter, values, strict=True)) / n
        with_any = [(a > 0) != (b > 0) for a, b in zip(counter, values, strict=True)]
        out.other[f"disagreement_of_any_share.{name}"] = sum(with_any) / n


def _count_three_days(out: Figures, cases: list[Case], end: datetime) -> None:
    judged = past = 0
    for case in cases:
        if case.opened + THREE_DAYS > end or (case.resolved is not None and case.resolved < case.opened):
            continue
        if case.resolved is None and any(event.state == "Resolved" for event in case.events):
            continue
        judged += 1
        past += case.resolved is None or case.resolved - case.opened > THREE_DAYS
    out.share("past_three_days_share", past, judged)


def _count_ping_pong(out: Figures, cases: list[Case]) -> None:
    judged = back = 0
    for case in cases:
        path: list[str] = []
        for event in case.events:
            if event.team and (not path or path[-1] != event.team):
                path.append(event.team)
        judged += bool(path)
        back += any(path[n] == path[n + 2] for n in range(len(path) - 2))
    out.share("ping_pong_share", back, judged)


def _count_people(out: Figures, cases: list[Case]) -> None:
    people = [len({e.person for e in case.events if e.person}) for case in cases]
    known = [value for value in people if value]
    out.share("people_per_case_mean", sum(known), len(known))
    out.share("people_8_or_more_share", sum(value >= 8 for value in known), len(known))
    out.other["people_per_case_mean.over_all_cases"] = sum(people) / len(people)
    out.other["people_per_case_max"] = max(people)
    teams = [value for case in cases if (value := len({e.team for e in case.events if e.team}))]
    out.share("teams_per_case_mean", sum(teams), len(teams))


def _count_reopenings_and_promises(out: Figures, cases: list[Case]) -> None:
    out.share("reopened_share", sum(case.reopens() > 0 for case in cases), len(cases))
    for name, done in (("by_states", DONE_STATES), ("by_states_resolved_only", {"Resolved"})):
        derived = [reopened_by_log(case, done) for case in cases]
        out.other[f"reopened_share.{name}"] = sum(derived) / len(cases)
        out.other[f"reopened_disagree.{name}"] = sum(
            (case.reopens() > 0) != value for case, value in zip(cases, derived, strict=True)
        )
    promises = [value for case in cases if (value := case.last(lambda e: e.promise))]
    out.share("promise_kept_share", sum(value == "true" for value in promises), len(promises))


@dataclass(frozen=True, slots=True)
class FirstContactRule:
    """One reading of the net rule; see the module's text."""

    topic: Callable[[Case], tuple[str, ...]]
    resolution: Callable[[Case], datetime | None]
    start: str = "opening"  # further contacts count from the "opening" or from the "resolution" on
    net: bool = True  # a hand-over is a failure
    stop: str = "resolution"  # and until 7 days after the "resolution" or the "opening"


def _topic(case: Case) -> tuple[str, ...]:
    return (case.last(lambda e: e.topic),)


def _topic_and_subtopic(case: Case) -> tuple[str, ...]:
    return (case.last(lambda e: e.topic), case.last(lambda e: e.subtopic))


def _count_first_contact(out: Figures, cases: list[Case], end: datetime) -> None:
    def field_(case: Case) -> datetime | None:
        return case.resolved

    rules = {
        "": FirstContactRule(_topic, field_),
        "after_resolution_only": FirstContactRule(_topic, field_, start="resolution"),
        "7_days_from_opening": FirstContactRule(_topic, field_, stop="opening"),
        "topic_and_subtopic": FirstContactRule(_topic_and_subtopic, field_),
        "first_topic": FirstContactRule(lambda case: (case.first(lambda e: e.topic),), field_),
        "any_topic": FirstContactRule(lambda case: ("any",), field_),
        "resolution_or_event": FirstContactRule(_topic, lambda case: case.resolved or resolution_by_log(case)),
        "resolution_or_event_after_resolution_only": FirstContactRule(
            _topic, lambda case: case.resolved or resolution_by_log(case), start="resolution"
        ),
    }
    gross, judged, _open = first_contact(cases, end, FirstContactRule(_topic, field_, net=False))
    out.share("first_contact_resolution_gross", gross, judged)
    for name, rule in rules.items():
        good, judged, still_open = first_contact(cases, end, rule)
        if not name:
            out.share("first_contact_resolution", good, judged)
            out.figures["first_contact_resolution.solved"] = good
            out.figures["first_contact_resolution.open"] = still_open
            out.figures["first_contact_resolution.not_judgeable"] = len(cases) - judged - still_open
        else:
            out.other[f"first_contact_resolution.{name}"] = good / judged
            out.other[f"first_contact_resolution.{name}.n"] = judged
            out.other[f"first_contact_resolution.{name}.open"] = still_open


def first_contact(cases: list[Case], end: datetime, rule: FirstContactRule) -> tuple[int, int, int]:
    """(solved at first contact, judged, still open) under one reading."""
    contacts: dict[tuple[str, ...], list[tuple[datetime, str]]] = defaultdict(list)
    for case in cases:
        contacts[case.last(lambda e: e.customer), *rule.topic(case)].append((case.opened, case.number))
    for list_ in contacts.values():
        list_.sort()
    good = judged = still_open = 0
    for case in cases:
        customer, topic, resolved = case.last(lambda e: e.customer), rule.topic(case), rule.resolution(case)
        if not customer or not all(topic) or resolved is None:
            continue
        if resolved > end - REPEAT_WINDOW:
            still_open += 1
            continue
        judged += 1
        same = contacts[customer, *topic]
        after = (case.opened, case.number) if rule.start == "opening" else (resolved, "~")
        until = (resolved if rule.stop == "resolution" else case.opened) + REPEAT_WINDOW
        repeats = bisect_right(same, (until, "~")) - bisect_right(same, after)
        good += repeats <= 0 and case.reopens() == 0 and (case.handovers() == 0 or not rule.net)
    return good, judged, still_open


def main(arguments: list[str]) -> None:
    out = count(Path(arguments[0]), arguments[1] if len(arguments) > 1 else "UTC")
    for name, value in out.figures.items():
        print(f"{name:45} {value!r:24} n={out.n.get(name, '-')}")
    for name, cases in sorted(out.channels.items(), key=lambda item: -item[1]):
        print(f"channel {name:37} {cases:8} {cases / out.figures['cases']!r}")
    for title, hours in (("opened", out.opened_by_hour), ("resolved", out.resolved_by_hour)):
        busiest = sorted(hours.items(), key=lambda item: -item[1])[:5]
        print(title, ", ".join(f"{WEEKDAYS[h // 24]} {h % 24}h: {n}" for h, n in busiest))
    print("--- other readings")
    for name, value in out.other.items():
        print(f"{name:70} {value!r}")


if __name__ == "__main__":
    main(sys.argv[1:])

"""A small company in the database, built case by case, for tests of the measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from rundblick.blindspots.model import InputFile, Measure, Report
from rundblick.cases.models import Call, Case, CaseContent, CaseEntry, Message
from rundblick.core.models import System
from rundblick.customers.models import Assignment, Customer, Order, SourceRecord
from rundblick.people.models import Person, Team
from rundblick.voice.models import Rating

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # a Monday
FILES = (InputFile("tickets.csv", 10, 10, 0, (), "case_events", "desk"),)


def day(days: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=days)


@dataclass
class World:
    """Builds rows as the road leaves them; names of customers, teams and persons are made on first use."""

    systems: dict[str, System] = field(default_factory=dict)
    records: dict[tuple[str, str], SourceRecord] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    serial: count[int] = field(default_factory=lambda: count(1))

    def system(self, code: str) -> System:
        if code not in self.systems:
            self.systems[code] = System.objects.get_or_create(code=code)[0]
        return self.systems[code]

    def record(self, customer: str, system: str = "desk") -> SourceRecord:
        """The customer's record in a system, assigned to him."""
        key = (customer, system)
        if key not in self.records:
            if customer not in self.customers:
                self.customers[customer] = Customer.objects.create(number=f"C{next(self.serial)}")
            record = SourceRecord.objects.create(system=self.system(system), key_digest=self._digest())
            Assignment.objects.create(record=record, customer=self.customers[customer], event_id=0)
            self.records[key] = record
        return self.records[key]

    def team(self, name: str) -> Team | None:
        if name and name not in self.teams:
            self.teams[name] = Team.objects.create(system=self.system("desk"), key=name, name=name)
        return self.teams.get(name)

    def person(self, name: str) -> Person | None:
        if name and name not in self.persons:
            self.persons[name] = Person.objects.create(system=self.system("desk"), key_digest=self._digest())
        return self.persons.get(name)

    def case(
        self,
        customer: str = "",
        opened: float | None = 0,
        resolved: float | None = None,
        topic: str = "bill",
        log: Sequence[tuple[float, str, str, str]] = (),
        key: str = "",
        **values: Any,
    ) -> Case:
        """A case; times in days after the start. ``log``: (day, state, team, person), "" is unknown."""
        record = self.record(customer) if customer else None
        number = next(self.serial)
        case = Case.objects.create(
            number=f"N{number}",
            system=self.system("desk"),
            key_digest=self._digest(),
            concerned=record,
            customer=self.customers[customer] if customer else None,
            opened_at=None if opened is None else day(opened),
            resolved_at=None if resolved is None else day(resolved),
            last_at=day(max(opened or 0, resolved or 0)),
            topic=topic,
            **{"channel": "phone", "state": "closed", **values},
        )
        CaseContent.objects.create(case=case, key=key or f"K{number}")
        for seq, (at, state, team, person) in enumerate(log):
            self.entry(case, at, seq, state, team, person)
        return case

    def entry(self, case: Case, at: float, seq: int, state: str, team: str, person: str, **values: Any) -> CaseEntry:
        return CaseEntry.objects.create(
            identity=self._digest(),
            content_digest=b"c",
            event_id=0,
            case=case,
            at=day(at),
            seq=seq,
            state=state,
            team=self.team(team),
            person=self.person(person),
            **values,
        )

    def message(self, case: Case, at: float, direction: str = "in", **values: Any) -> Message:
        person = values.pop("person", "")
        call = values.pop("call", None)
        message = Message.objects.create(
            identity=self._digest(),
            content_digest=b"c",
            case=case,
            system=self.system("desk"),
            record=values.pop("record", case.concerned),
            direction=direction,
            at=day(at),
            person=self.person(person),
            **{"channel": "email", **values},
        )
        if call is not None:
            Call.objects.create(message=message, **call)
        return message

    def rating(self, value: float, customer: str = "", lane: str = "rating", **values: Any) -> Rating:
        return Rating.objects.create(
            identity=self._digest(),
            content_digest=b"c",
            lane=lane,
            system=self.system("survey"),
            record=self.record(customer, "survey") if customer else None,
            event_id=0,
            value=value,
            **{"low": 1, "high": 5, "at": day(1), **values},
        )

    def order(self, customer: str, promised: float, done: float) -> Order:
        return Order.objects.create(
            system=self.system("shop"),
            key_digest=self._digest(),
            key="o",
            record=self.record(customer, "shop"),
            promised_at=day(promised),
            done_at=day(done),
            content_digest=b"c",
        )

    def _digest(self) -> bytes:
        return next(self.serial).to_bytes(16, "big")


def value(report: Report, name: str) -> float | None:
    return report.measures[name].value


def beside(measure: Measure, name: str) -> float | None:
    """The figure of this name that stands beside a measure."""
    return next(figure.value for figure in measure.beside if figure.name == name)

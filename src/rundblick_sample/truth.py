"""The hidden truth: who is who, which contact belongs to which concern, and the true measures of the play."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rundblick_sample import hours
from rundblick_sample.case import FIRST_REPLY, SOLUTION, Case
from rundblick_sample.concern import Contact, Scene
from rundblick_sample.files import Entry
from rundblick_sample.people import Person
from rundblick_sample.writers import Delimited

WEEK = 7 * hours.DAY


class Truth:
    """Counts while the company is generated, and writes the truth files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._people = Delimited(
            folder / "people.csv", ["system", "key", "person_id", "household_id", "trap"], ",", ending="\n"
        )
        self._contacts = Delimited(
            folder / "concerns.csv",
            ["system", "kind", "key", "concern_id", "person_id", "topic", "direction", "automatic", "mood", "language",
                "asks_known", "answer",
             "promise"], ",", ending="\n",
        )  # fmt: skip
        self._concerns = Delimited(
            folder / "concern_list.csv",
            ["concern_id", "person_id", "topic", "opened", "solved", "claimed", "contacts_in", "channels", "cases",
                "owners", "first_contact_solved",
             "promises_kept", "promises_broken", "left", "long_chain", "answer", "on_behalf_of"], ",", ending="\n",
        )  # fmt: skip
        self._told: set[tuple[str, str, int]] = set()  # of this block: nobody is in two
        self.n: Counter[str] = Counter()
        self.channels: Counter[str] = Counter()
        self.case_channels: Counter[str] = Counter()
        self.answers: dict[str, Counter[str]] = {}
        self.asked: Counter[str] = Counter()
        self.resolution: list[float] = []
        self.long_chains: list[dict[str, Any]] = []
        self.used: Counter[int] = Counter()
        self.system_cases: dict[str, Counter[str]] = {"mail": Counter(), "repairs": Counter()}

    def entries(self, entries: Sequence[Entry]) -> None:
        """A new block begins with its customers' files."""
        self._told.clear()
        self._people.write([(e.system, e.key, e.person.id, e.person.household, e.seen.trap) for e in entries])
        for entry in entries:
            self.n[f"records.{entry.system}"] += 1
        numbers = Counter(entry.person.id for entry in entries)
        self.n["persons_with_number"] += len(numbers)
        self.n["persons_one_number"] += sum(count == 1 for count in numbers.values())

    def identity(self, system: str, key: str, person: Person, trap: str) -> None:
        """A record that a contact appears through; told once."""
        mark = (system, key, person.id)
        if mark in self._told:
            return
        self._told.add(mark)
        self._people.write([(system, key, person.id, person.household, trap)])
        self.n[f"records.{system}"] += 1

    def scene(self, scene: Scene) -> None:
        """One concern is over (or the window is)."""
        rows: list[tuple[Any, ...]] = []
        inbound = [c for c in scene.contacts if c.direction == "in" and not c.automatic]
        answer = ""
        for c in scene.contacts:
            rows.append((c.system, "contact", c.key, scene.id, c.person.id, c.topic.code, c.direction,
                    int(c.automatic), c.mood, c.language, c.asks,
                         c.answer, c.promise))  # fmt: skip
            self._contact(c)
            answer = c.answer or answer
        for case in scene.cases:
            if case.changes:
                rows.append(
                    (
                        case.system,
                        "case",
                        case.number,
                        scene.id,
                        case.person.id,
                        case.topic.code,
                        "",
                        0,
                        "",
                        "",
                        "",
                        "",
                        "",
                    )
                )
        self._contacts.write(rows)
        if not scene.contacts:
            return
        self.n["concerns"] += 1
        channels = sorted({c.channel for c in inbound})
        self.n["concerns_several_channels"] += len(channels) > 1
        self.n["concerns_left"] += scene.left
        systems = {c.system for c in scene.contacts} | {case.system for case in scene.cases if case.changes}
        self.n["concerns_one_system"] += len(systems) == 1
        self.n["promises_kept"] += scene.promises_kept
        self.n["promises_broken"] += scene.promises_broken
        self.n["concerns_long_chain"] += scene.long_chain
        solved_first = len(inbound) == 1 and scene.solved_at is not None and len(scene.owners) <= 1
        self.n["concerns_solved"] += scene.solved_at is not None
        cases = [case for case in scene.cases if case.changes]
        self._concerns.write([(
            scene.id, scene.person.id, scene.topic.code, hours.iso(scene.start),
            hours.iso(scene.solved_at) if scene.solved_at else "",
            hours.iso(scene.claimed_at) if scene.claimed_at and scene.claimed_at < hours.END else "", len(inbound),
            "+".join(channels), len(cases),
            len(set(scene.owners)), int(solved_first), scene.promises_kept, scene.promises_broken, int(scene.left),
            int(scene.long_chain), answer, scene.owner_id if scene.owner_id != scene.person.id else "",
        )])  # fmt: skip
        if scene.long_chain:
            self.long_chains.append(
                {"concern": scene.id, "cases": [c.number for c in cases], "people": sorted(set(scene.owners))}
            )

    def _contact(self, c: Contact) -> None:
        self.n["interactions"] += 1
        self.n[f"interactions.{c.system}"] += 1
        if c.direction == "in" and not c.automatic:
            self.channels[c.channel] += 1
            self.n["abandoned_calls"] += not c.answered
        if c.asks:
            self.asked[c.asks] += 1
        if c.answer:
            question, _, variant = c.answer.partition(":")
            self.answers.setdefault(question, Counter())[variant] += 1
        self.n["english"] += c.language == "en"
        if c.channel == "phone" and c.direction == "in":
            self.n["calls_offered"] += 1
            self.n["calls_in_20_s"] += c.answered and c.waited <= 20

    def first_contact(self, by_person: dict[int, list[tuple[Scene, list[Contact]]]]) -> None:
        """Net first-contact resolution over all channels: one contact in, no hand-over, quiet for seven days."""
        for scenes in by_person.values():
            for scene, inbound in scenes:
                real = [c for c in inbound if c.answered]
                if not real:
                    self.n["fcr_unanswered"] += 1
                    continue
                first = real[0].at
                if first > hours.END - WEEK:
                    self.n["fcr_open"] += 1
                    continue
                again = any(
                    c is not real[0] and c.topic.code == scene.topic.code and first < c.at <= first + WEEK
                    for _, others in scenes for c in others if c.answered
                )  # fmt: skip
                again_soon = again or len(real) > 1
                self.n["fcr_n"] += 1
                self.n["repeat_within_7_days"] += again
                self.n["fcr_true"] += not again_soon and scene.solved_at is not None and len(set(scene.owners)) <= 1
                self.n["fcr_by_contacts"] += not again_soon and len(set(scene.owners)) <= 1
                self.n["fcr_gross"] += not again_soon

    def case(self, case: Case) -> None:
        """A case after its log was folded."""
        per = self.system_cases[case.system]
        per["cases"] += 1
        self.case_channels[case.channel] += 1
        moved = case.reassignments if case.system == "mail" else case.log_reassignments
        per["handover_cases"] += moved > 0
        per["handovers"] += moved
        per["log_handover_cases"] += case.log_reassignments > 0
        per["log_handovers"] += case.log_reassignments
        per["people"] += len(case.people)
        per["people_cases"] += bool(case.people)
        per["people_8_or_more"] += len(case.people) >= 8
        per["handovers_8_or_more"] += moved >= 8
        per["reopened"] += case.reopens > 0
        per["kept_known"] += case.kept_last is not None
        per["kept"] += bool(case.kept_last)
        if case.first_reply is not None and case.system == "mail":
            per["replied"] += 1
            per["replied_in_time"] += (
                hours.OFFICE.elapsed(case.first_reply) - hours.OFFICE.elapsed(case.opened) <= FIRST_REPLY
            )
        if case.resolved is not None:
            per["resolved"] += 1
            lasted = case.resolved // 60 * 60 - case.opened // 60 * 60  # the exports know minutes
            per["resolved_3_days"] += lasted <= 72 * 3600
            self.resolution.append(lasted / hours.DAY)
            per["solved_in_promise"] += (
                hours.OFFICE.elapsed(case.resolved) - hours.OFFICE.elapsed(case.opened) <= SOLUTION
            )

    def close(
        self,
        persons: int,
        households: int,
        customers_in_cases: int,
        blind_spots: list[dict[str, Any]],
        meta: dict[str, Any],
    ) -> dict[str, Any]:
        """Writes measures.json, answers.json, blind_spots.json and closes the tables."""
        for table in (self._people, self._contacts, self._concerns):
            table.close()
        measures = self._measures(persons, households, customers_in_cases)
        measures["made_with"] = meta
        (self.folder / "measures.json").write_text(
            json.dumps(measures, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )
        answers = {q: dict(sorted(v.items())) for q, v in sorted(self.answers.items())}
        (self.folder / "answers.json").write_text(
            json.dumps(answers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        (self.folder / "blind_spots.json").write_text(
            json.dumps(blind_spots, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        return measures

    def _measures(self, persons: int, households: int, customers_in_cases: int) -> dict[str, Any]:
        n = self.n
        inbound = max(1, sum(self.channels.values()))
        both = self.system_cases["mail"] + self.system_cases["repairs"]
        as_exported = {name: _case_measures(counts) for name, counts in (("all", both), *self.system_cases.items())}
        as_exported["all"]["customers"] = customers_in_cases
        times = sorted(self.resolution)
        as_exported["all"]["resolution_days_median"] = _median(times)
        return {
            "persons": persons,
            "households": households,
            "concerns": n["concerns"],
            "interactions": n["interactions"],
            "interactions_by_system": {key.partition(".")[2]: value for key,
                value in sorted(n.items()) if key.startswith("interactions.")},
            "records_by_system": {key.partition(".")[2]: value for key,
                value in sorted(n.items()) if key.startswith("records.")},
            "channel_share_inbound": {name: round(count / inbound, 6) for name, count in sorted(self.channels.items())},
            "cases": as_exported,
            "first_contact_resolution": {
                "n": n["fcr_n"], "open": n["fcr_open"], "never_answered": n["fcr_unanswered"],
                "net_true": _share(n["fcr_true"], n["fcr_n"]),
                "net_by_contacts": _share(n["fcr_by_contacts"], n["fcr_n"]),
                "gross_by_contacts": _share(n["fcr_gross"], n["fcr_n"]),
            },
            "repeat_within_7_days_share": _share(n["repeat_within_7_days"], n["fcr_n"]),
            "concerns_solved_share": _share(n["concerns_solved"], n["concerns"]),
            "concerns_several_channels_share": _share(n["concerns_several_channels"], n["concerns"]),
            "concerns_left": n["concerns_left"],
            "concerns_in_one_system_share": _share(n["concerns_one_system"], n["concerns"]),
            "persons_with_one_number_share": _share(n["persons_one_number"], n["persons_with_number"]),
            "calls_answered_in_20_s_share": _share(n["calls_in_20_s"], n["calls_offered"]),
            "channel_share_cases": {
                name: round(count / max(1, sum(self.case_channels.values())), 6)
                for name, count in sorted(self.case_channels.items())
            },
            "long_chains": self.long_chains,
            "given_promises_kept_share": _share(n["promises_kept"], n["promises_kept"] + n["promises_broken"]),
            "asked_for_known_facts": dict(sorted(self.asked.items())),
            "abandoned_calls": n["abandoned_calls"],
            "english_share": _share(n["english"], n["interactions"]),
        }  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _median(values: list[float]) -> float | None:
    if not values:
        return None
    middle = len(values) // 2
    return round(values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2, 6)


def _case_measures(c: Counter[str]) -> dict[str, Any]:
    cases = c["cases"]
    return {
        "cases": cases,
        "resolved_cases": c["resolved"],
        "resolved_within_3_days_share": _share(c["resolved_3_days"], c["resolved"]),
        "handover_share": _share(c["handover_cases"], cases),
        "handovers_mean": _share(c["handovers"], cases),
        "handovers_8_or_more_share": _share(c["handovers_8_or_more"], cases),
        "handover_share_log": _share(c["log_handover_cases"], cases),
        "handovers_mean_log": _share(c["log_handovers"], cases),
        "people_per_case_mean": _share(c["people"], c["people_cases"]),
        "people_8_or_more": c["people_8_or_more"],
        "reopened_share": _share(c["reopened"], cases),
        "promise_kept_share": _share(c["kept"], c["kept_known"]),
        "promise_known": c["kept_known"],
        "first_reply_in_time_share": _share(c["replied_in_time"], c["replied"]),
        "solution_in_time_share": _share(c["solved_in_promise"], c["resolved"]),
    }

"""The hidden truth against the exports, counted again with csv alone."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from rundblick_sample.generate import generate
from tests.rundblick_sample.reading import (
    Record,
    archive,
    calls,
    letters,
    mails,
    measures,
    posts,
    repairs,
    sheet,
    table,
    tickets,
    truth,
    visits,
)


def exported_keys(company: Path) -> Counter[tuple[str, str, str]]:
    keys: Counter[tuple[str, str, str]] = Counter()
    keys.update(("mail", "contact", row["message_id"]) for row in archive(company))
    keys.update(("mail", "contact", str(mail["Message-ID"])) for mail in mails(company))
    keys.update(("phone", "contact", row["call_id"]) for row in calls(company))
    keys.update(("letters", "contact", row["lfd_nr"]) for row in letters(company))
    keys.update(("branch", "contact", row["Nr"]) for row in visits(company))
    keys.update(("social", "contact", row["id"]) for row in posts(company))
    keys.update(("mail", "case", number) for number in tickets(company))
    keys.update(("repairs", "case", number) for number in repairs(company))
    return keys


def test_truth_and_exports_hold_the_same_contacts_and_cases_each_once(company: Path) -> None:
    told = Counter((row["system"], row["kind"], row["key"]) for row in truth(company, "concerns.csv"))
    assert told == exported_keys(company)
    assert set(told.values()) == {1}


def test_every_record_of_a_person_has_its_truth(company: Path) -> None:
    told = {(row["system"], row["key"]) for row in truth(company, "people.csv")}
    exports = company / "exports"
    seen = {("crm", row["KDNR"]) for row in table(exports / "crm/kunden.csv", encoding="cp1252")}
    seen |= {("shop", row["customer_id"]) for row in table(exports / "shop/customers.csv.gz", ",")}
    seen |= {("billing", row["KONTO"]) for row in table(exports / "abrechnung/konten.tsv", "\t", "utf-8-sig")}
    seen |= {("repairs", number) for number in repairs(company)}
    seen |= {("letters", row["lfd_nr"]) for row in letters(company) if row["richtung"] == "Eingang"}
    seen |= {("branch", row["Nr"]) for row in visits(company)}
    seen |= {("phone", row["remote_number"]) for row in calls(company) if row["remote_number"] != "anonymous"}
    seen |= {("social", row["handle"]) for row in posts(company)}
    seen |= {
        ("mail", row["contact"]) for row in archive(company) if row["direction"] == "in" and row["auto"] == "false"
    }
    seen |= {("mail", row["adresse"]) for row in table(exports / "umfragen/kundenstimmen.csv")}
    seen |= {("mail", log[0]["Absender"]) for log in tickets(company).values()}
    assert seen <= told
    reviews = {("reviews", row["Review ID"]) for row in table(exports / "social/bewertungen.csv", ",")}
    assert reviews <= told
    assert {key for key in told if key[0] not in ("mail", "reviews")} <= seen


def test_each_concern_belongs_to_one_person(company: Path) -> None:
    owners: dict[str, set[str]] = {}
    for row in truth(company, "concerns.csv"):
        owners.setdefault(row["concern_id"], set()).add(row["person_id"])
    assert all(len(people) == 1 for people in owners.values())
    listed = {row["concern_id"]: row["person_id"] for row in truth(company, "concern_list.csv")}
    assert {concern: next(iter(people)) for concern, people in owners.items()} == listed


def moment(text: str) -> datetime | None:
    return datetime.strptime(text, "%d.%m.%Y %H:%M") if text else None


def counter(log: list[Record], column: str) -> int:
    return max(int(row[column]) for row in log)


def test_the_measures_of_the_ticket_desk_can_be_counted_again(company: Path) -> None:
    said = measures(company)["cases"]["mail"]
    logs = tickets(company)
    n = len(logs)
    assert said["cases"] == n
    hops = [counter(log, "Weiterleitungen") for log in logs.values()]
    assert said["handover_share"] == pytest.approx(sum(h > 0 for h in hops) / n, abs=1e-6)
    assert said["handovers_mean"] == pytest.approx(sum(hops) / n, abs=1e-6)
    assert said["handovers_8_or_more_share"] == pytest.approx(sum(h >= 8 for h in hops) / n, abs=1e-6)
    reopened = sum(counter(log, "Wiedereröffnet") > 0 for log in logs.values())
    assert said["reopened_share"] == pytest.approx(reopened / n, abs=1e-6)
    people = [len({row["Bearbeiter"] for row in log} - {"-"}) for log in logs.values()]
    assert said["people_per_case_mean"] == pytest.approx(sum(people) / sum(p > 0 for p in people), abs=1e-6)
    flags = [[row["Zusage gehalten"] for row in log if row["Zusage gehalten"] != "?"] for log in logs.values()]
    known = [values[-1] for values in flags if values]
    assert said["promise_kept_share"] == pytest.approx(known.count("ja") / len(known), abs=1e-6)
    last = [max(log, key=lambda row: int(row["Lfd"])) for log in logs.values()]
    times = [(moment(row["Eröffnet"]), moment(row["Gelöst"])) for row in last]
    took = [end - start for start, end in times if start and end]
    assert said["resolved_cases"] == len(took)
    quick = sum(one <= timedelta(hours=72) for one in took)
    assert said["resolved_within_3_days_share"] == pytest.approx(quick / len(took), abs=1e-6)


def test_hand_overs_of_repairs_are_the_changes_in_their_log(company: Path) -> None:
    moved = 0
    logs = repairs(company)
    for log in logs.values():
        owners = [(row["STATION"], row["TECHNIKER"]) for row in sorted(log, key=lambda row: int(row["POS"]))]
        moved += sum(a != b for a, b in pairwise(owners))
    assert measures(company)["cases"]["repairs"]["handovers_mean"] == pytest.approx(moved / len(logs), abs=1e-6)


def test_the_shares_of_the_channels_can_be_counted_again(company: Path) -> None:
    n = Counter({"phone": sum(row["direction"] == "in" for row in calls(company)), "branch": len(visits(company))})
    n["letter"] = sum(row["richtung"] == "Eingang" for row in letters(company))
    n["social"] = sum(row["direction"] == "theirs" for row in posts(company))
    told = {
        row["key"]: row
        for row in truth(company, "concerns.csv")
        if row["system"] == "mail" and row["kind"] == "contact"
    }
    written = sum(row["direction"] == "in" and row["automatic"] == "0" for row in told.values())
    shares = measures(company)["channel_share_inbound"]
    whole = sum(n.values()) + written
    assert shares["email"] + shares["form"] == pytest.approx(written / whole, abs=1e-5)
    for channel in ("phone", "branch", "letter", "social"):
        assert shares[channel] == pytest.approx(n[channel] / whole, abs=1e-5)
    assert sum(shares.values()) == pytest.approx(1, abs=1e-5)


def test_eight_long_chains_are_planted_and_lie_in_the_log(company: Path) -> None:
    chains = measures(company)["long_chains"]
    assert len(chains) == 8
    logs = tickets(company)
    for chain in chains:
        people = [
            len({row["Bearbeiter"] for row in logs[number]} - {"-"}) for number in chain["cases"] if number in logs
        ]
        assert max(people) >= 8


def test_one_request_gets_several_answers(company: Path) -> None:
    answers = json.loads((company / "truth/answers.json").read_text(encoding="utf-8"))
    assert len(answers) == 9
    assert all(len(variants) >= 2 for variants in answers.values())
    given = Counter(row["answer"] for row in truth(company, "concerns.csv") if row["answer"])
    assert given == Counter({f"{q}:{v}": n for q, variants in answers.items() for v, n in variants.items()})


def test_the_beliefs_and_the_answers_are_those_of_the_sheets(company: Path) -> None:
    believed: dict[str, list[int]] = {}
    for row in sheet(company / "exports/umfragen/selbstbild.xlsx"):
        believed.setdefault(row["Frage"], []).append(int(row["Schätzung"]))
    said: dict[str, list[int]] = {}
    for row in table(company / "exports/umfragen/kundenstimmen.csv"):
        if row["art"] == "item":
            said.setdefault(row["frage"], []).append(int(row["wert"]))
    spots = json.loads((company / "truth/blind_spots.json").read_text(encoding="utf-8"))
    assert len(spots) == 15
    for spot in spots:
        sheets = believed[spot["dimension"]], said[spot["dimension"]]
        means = [(sum(values) / len(values) - 1) * 25 for values in sheets]
        assert [spot["believed"], spot["said"]] == pytest.approx(means, abs=1e-3)
        assert spot["n_said"] >= 30


def test_the_planted_gaps_are_really_there(company: Path) -> None:
    spots = {spot["dimension"]: spot for spot in json.loads((company / "truth/blind_spots.json").read_text("utf-8"))}
    assert sum(spot["blind"] for spot in spots.values()) == 13
    assert all(spot["gap"] > 5 for spot in spots.values() if spot["blind"])
    assert spots["fast"]["gap"] > 25
    assert spots["types"]["gap"] < 0
    assert spots["fast"]["done"] < 45 < spots["fast"]["believed"]
    assert spots["answers"]["done"] < 20


def test_the_strike_makes_a_wave_of_late_deliveries(company: Path) -> None:
    weeks: Counter[bool] = Counter()
    for row in truth(company, "concern_list.csv"):
        if row["topic"] == "delivery_late":
            weeks["2026-03-09" <= row["opened"][:10] <= "2026-04-05"] += 1
    assert weeks[True] / 4 > 2 * weeks[False] / 52


@pytest.fixture(scope="module")
def two_thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("two") / "thousand"
    generate(out, 2_000, seed=21, interactions=1_000)
    return out


def customer_records(company: Path) -> list[tuple[str, str, str, str]]:
    """(system, key, folded name, birth date as year-month-day or "")."""
    fold = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})

    def turned(date: str) -> str:
        parts = date.split(".")
        return "-".join(reversed(parts)) if len(parts) == 3 and parts[0] != "00" else ""

    records = []
    exports = company / "exports"
    for row in table(exports / "crm/kunden.csv", encoding="cp1252"):
        records.append(("crm", row["KDNR"], f"{row['Vorname']} {row['Nachname']}", turned(row["Geburtsdatum"])))
    for row in table(exports / "shop/customers.csv.gz", ","):
        records.append(("shop", row["customer_id"], f"{row['first_name']} {row['last_name']}", row["date_of_birth"]))
    for row in table(exports / "abrechnung/konten.tsv", "\t", "utf-8-sig"):
        last, _, first = row["NAME"].partition(", ")
        records.append(("billing", row["KONTO"], f"{first} {last}", turned(row["GEBDAT"])))
    return [(system, key, name.lower().translate(fold), born) for system, key, name, born in records]


def pairs(groups: Counter[object]) -> int:
    return sum(n * (n - 1) // 2 for n in groups.values())


def test_exact_matching_of_name_and_birth_date_is_not_enough(two_thousand: Path) -> None:
    person = {(row["system"], row["key"]): row["person_id"] for row in truth(two_thousand, "people.csv")}
    records = customer_records(two_thousand)
    found: list[tuple[object, str]] = []
    for number, (system, key, name, born) in enumerate(records):
        found.append(((name, born) if born else number, person[system, key]))
    right = pairs(Counter(found))
    precision = right / pairs(Counter(group for group, _ in found))
    recall = right / pairs(Counter(who for _, who in found))
    f1 = 2 * precision * recall / (precision + recall)
    assert 0.30 < f1 < 0.70
    assert precision > 0.9


def test_the_traps_are_there(two_thousand: Path) -> None:
    traps = Counter(trap for row in truth(two_thousand, "people.csv") for trap in row["trap"].split("+"))
    wanted = {
        *("birth_date", "couple", "duplicate", "family", "flat_share", "former_address", "former_name", "initial"),
        *("middle_name", "misheard", "moved", "moved_out", "name_change", "nickname", "partner_card", "placeholder"),
        *("same_name_generation", "shared_device", "shared_mail", "shared_phone", "swapped_names", "twin", "typo"),
        "umlaut",
    }  # fmt: skip
    assert wanted <= {trap for trap, n in traps.items() if n >= 5}


def test_some_people_are_in_one_system_only_and_some_have_several_numbers_in_one(two_thousand: Path) -> None:
    numbers: dict[str, Counter[str]] = {}
    for row in truth(two_thousand, "people.csv"):
        if row["system"] in ("crm", "shop", "billing"):
            numbers.setdefault(row["person_id"], Counter())[row["system"]] += 1
    only_one = sum(len(systems) == 1 for systems in numbers.values())
    several = sum(max(systems.values()) > 1 for systems in numbers.values())
    assert 0.2 < only_one / len(numbers) < 0.6
    assert 0.05 < several / len(numbers) < 0.25

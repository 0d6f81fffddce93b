"""Who appears in exports: each source record once, however many rows and files tell of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rundblick.connectors.mapping import Mapping, MappingError, parse_mapping
from rundblick.core.message import Party
from rundblick.exports.inputs import open_inputs
from rundblick.exports.persons import Persons, read_persons

MAPPING = """
[[file]]
name = "crm/kunden*.csv"
is = "customers"
system = "crm"
dates = "day-first"
[file.columns]
key = "nr"
last_name = "name"
street = "strasse"
house_number = "haus"
birth_date = "geb"
[file.facts]
occupation = "beruf"

[[file]]
name = "anrufe.csv"
is = "calls"
system = "phone"
[file.columns]
at = "zeit"
phone = "nummer"
name = "wer"

[[file]]
name = "bestellungen.csv"
is = "orders"
system = "crm"
[file.columns]
key = "best"
customer = "nr"
last_name = "name"
city = "ort"
"""
CUSTOMERS = "nr;name;strasse;haus;geb;beruf\n"


@pytest.fixture
def mapping() -> Mapping:
    return parse_mapping(MAPPING)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "crm").mkdir()
    (tmp_path / "crm" / "kunden.csv").write_text(
        CUSTOMERS + "7;Muster;Am Hang;3;1.2.1980;Bäcker\n8;Meier;;;;\n7;Muster-Klein;Am Hang;3;1.2.1980;Bäcker\n"
    )
    (tmp_path / "anrufe.csv").write_text(
        "zeit;nummer;wer\n1.3.2026 10:00;0301234567;Anna\n2.3.2026 10:00;030 1234567;Bert\n"
        "3.3.2026 10:00;+49301234567;Anna\nirgendwann;0301234567;Carl\n"
    )
    (tmp_path / "bestellungen.csv").write_text("best;nr;name;ort\nB1;8;Mayer;Kiel\nB2;8;Meyer;Kiel\nB3;9;Neu;Bonn\n")
    return tmp_path


def known(persons: Persons) -> dict[str, Party]:
    return {f"{party.system}:{party.key}": party for party in persons.parties}


def test_a_list_tells_by_its_last_row_and_other_rows_fill_gaps(folder: Path, mapping: Mapping) -> None:
    found = known(read_persons(open_inputs([folder], mapping)))
    assert list(found) == ["crm:7", "crm:8", "crm:9", "phone:+49301234567"]
    assert found["crm:7"].facts == {
        "last_name": "Muster-Klein",
        "street": "Am Hang 3",
        "birth_date": "1980-02-01",
        "occupation": "Bäcker",
        "former_last_name": "Muster",
    }
    assert found["crm:8"].facts == {"last_name": "Meier", "city": "Kiel"}
    assert found["crm:9"].facts == {"last_name": "Neu", "city": "Bonn"}
    assert found["phone:+49301234567"].facts == {"name": "Anna"}


def test_what_cannot_be_read_is_counted_with_its_row(folder: Path, mapping: Mapping) -> None:
    persons = read_persons(open_inputs([folder], mapping))
    (calls,) = [one for one in persons.files if one.file.name == "anrufe.csv"]
    assert (calls.tally.read, calls.tally.unreadable, persons.unreadable) == (4, 1, 1)
    assert list(calls.rows.values()) == [[4]]


def test_the_order_of_rows_beside_a_list_does_not_matter(tmp_path: Path, mapping: Mapping) -> None:
    rows = ["B1;8;Mayer;Kiel", "B2;8;Meyer;Kiel", "B3;8;Meyer;Bonn", "B4;8;Mayer;Ulm"]
    facts = []
    for turn in range(4):
        order = rows[turn:] + rows[:turn]
        (tmp_path / "bestellungen.csv").write_text("best;nr;name;ort\n" + "\n".join(order) + "\n")
        (party,) = read_persons(open_inputs([tmp_path], mapping)).parties
        facts.append(party.facts)
    assert facts == [{"last_name": "Mayer", "city": "Kiel"}] * 4


def test_inputs_are_files_and_folders_in_any_order_and_none_is_read_twice(folder: Path, mapping: Mapping) -> None:
    whole = known(read_persons(open_inputs([folder], mapping)))
    single = [folder / "crm" / "kunden.csv", folder / "anrufe.csv", folder / "bestellungen.csv", folder / "anrufe.csv"]
    random.Random(1).shuffle(single)
    persons = read_persons(open_inputs(single, mapping))
    assert known(persons) == whole
    assert sorted(one.tally.read for one in persons.files) == [3, 3, 4]
    assert known(read_persons(open_inputs([folder, folder / "anrufe.csv"], mapping))) == whole


def test_a_single_file_is_known_by_its_own_name_or_with_its_folders(folder: Path, mapping: Mapping) -> None:
    (plan,) = open_inputs([folder / "crm" / "kunden.csv"], mapping).files
    assert (plan.name, plan.means) == ("crm/kunden.csv", "customers")
    (plan,) = open_inputs([folder / "anrufe.csv"], mapping).files
    assert (plan.name, plan.means) == ("anrufe.csv", "calls")
    (folder / "crm" / "fremd.csv").write_text("a;b\n1;2\n")
    (plan,) = open_inputs([folder / "crm" / "fremd.csv"], mapping).files
    assert (plan.name, plan.readable, [note.code for note in plan.remarks]) == ("fremd.csv", False, ["file.not_mapped"])


def test_missing_columns_of_all_inputs_are_told_before_anything_is_read(folder: Path, mapping: Mapping) -> None:
    (folder / "crm" / "kunden.csv").write_text("nr;name\n7;Muster\n")
    (folder / "anrufe.csv").write_text("zeit;nummer\n1.3.2026 10:00;030123456\n")
    with pytest.raises(MappingError) as caught:
        open_inputs([folder / "crm" / "kunden.csv", folder / "anrufe.csv"], mapping)
    told = {problem.note.values["column"] for problem in caught.value.problems}
    assert told == {"strasse", "haus", "geb", "beruf", "wer"}


def test_an_input_that_is_not_there_is_told(folder: Path, mapping: Mapping) -> None:
    with pytest.raises(FileNotFoundError, match="nirgends"):
        open_inputs([folder, folder / "nirgends.csv"], mapping)


def test_a_birth_date_with_a_slip_is_compared_by_its_digits(folder: Path, mapping: Mapping) -> None:
    (folder / "crm" / "kunden.csv").write_text(CUSTOMERS + "7;A;;;31.2.1980;\n8;B;;;unbekannt;\n9;C;;;28.2.1980;\n")
    found = known(read_persons(open_inputs([folder / "crm" / "kunden.csv"], mapping)))
    dates = {name: party.facts.get("birth_date") for name, party in found.items()}
    assert dates == {"crm:7": "1980-02-31", "crm:8": None, "crm:9": "1980-02-28"}
    assert all("birth_date_as_written" not in party.facts for party in found.values())


def test_an_earlier_row_of_a_record_and_columns_of_former_values_are_kept_as_former(tmp_path: Path) -> None:
    mapping = parse_mapping(
        '[[file]]\nname = "kunden.csv"\nis = "customers"\nsystem = "crm"\n[file.columns]\nkey = "nr"\n'
        'last_name = "name"\nstreet = ["strasse", "frueher", "davor"]\npostcode = ["plz", "plz_alt"]\n'
        'former_until = "bis"\nfirst_name = "vorname"\n'
    )
    (tmp_path / "kunden.csv").write_text(
        "nr;vorname;name;strasse;plz;frueher;davor;plz_alt;bis\n1;Ida;Dorn;Weg 1;11111;;;;\n"
        "1;Ida;Pahl;Weg 2;22222;Gasse 3;Markt 4;33333;2024-05-01\n2;Emil;Pahl;Weg 2;22222;;;;\n"
    )
    found = known(read_persons(open_inputs([tmp_path], mapping)))
    assert found["crm:1"].facts == {
        "first_name": "Ida",
        "last_name": "Pahl",
        "street": "Weg 2",
        "postcode": "22222",
        "former_street": "Gasse 3",
        "former_postcode": "33333",
        "former_until": "2024-05-01",
        "former_street_2": "Markt 4",
        "former_last_name": "Dorn",
    }
    assert found["crm:2"].facts == {"first_name": "Emil", "last_name": "Pahl", "street": "Weg 2", "postcode": "22222"}

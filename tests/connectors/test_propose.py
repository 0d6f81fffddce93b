"""A proposal from names and contents: golden files, and that each reads what it was made from."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import openpyxl
import pytest

from rundblick.connectors.guessing import describe, guess_column
from rundblick.connectors.mapping import parse_mapping
from rundblick.connectors.propose import propose
from rundblick.connectors.reading import open_folder, read_file, register_archive
from rundblick.connectors.synonyms import normal
from rundblick.core.message import Message

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("RUNDBLICK_TEST_DATA", ROOT.parent / "shared" / "data"))


def table(header: str, rows: list[str], delimiter: str = ",") -> bytes:
    """A delimited text from lines whose cells are separated by semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows(line.split(";") for line in [header, *rows])
    return out.getvalue().encode()


def write_company(folder: Path) -> None:
    """A small company with five systems, all of them a little odd."""
    n = range(1, 31)
    first, last = ["Anna", "Bert", "Cem"], ["Müller", "Öztürk", "Weiß"]
    head = "Kunden-Nr.;Anrede;Vorname;Nachname;geb. am;Geburtsdatum;Straße;PLZ;Ort;E-Mail;Telefon;Telefon;Kunde seit"
    rows = [
        f"K-{4700 + i};Frau;{first[i % 3]};{last[i % 3]};;{i % 28 + 1:02}.0{i % 9 + 1}.19{50 + i};Weg {i};0{1000 + i};"
        f"Köln;kunde{i}@example.org;030 23125{i:03};-;1.{i % 12 + 1}.2015"
        for i in n
    ]
    put(folder / "crm/Kundenliste.csv", table(head, rows, ";").decode().encode("cp1252"))
    head = "Ticketnummer;Lfd;Geändert am;Status;Gruppe;Bearbeiter;Kundennummer;Eröffnet am;Weiterleitungen;Geheim"
    states = ["Neu", "In Bearbeitung", "Gelöst", "Komisch"]
    rows = [
        f"{i // 3 + 1};{i % 3};{i % 28 + 1}/1/2016 10:{i:02};{states[i % 4]};G{i % 2};"
        f"{'?' if i % 5 == 0 else f'P{i % 4}'};K-{4700 + i};{i % 28 + 1}/1/2016 09:00;0;x"
        for i in n
    ]
    put(folder / "tickets/ticketlog_2016-01.csv", table(head, rows))
    put(folder / "tickets/ticketlog_2016-02.csv", (folder / "tickets/ticketlog_2016-01.csv").read_bytes())
    head = "call_id;start;caller_number;direction;wait_seconds;talk_time;answered;queue"
    rows = [f"c{i};2016-01-{i % 28 + 1:02}T10:00:00Z;030 23125{i:03};inbound;{i};{i * 7};yes;Q1" for i in n]
    put(folder / "anrufe.csv", table(head, rows))
    put(
        folder / "shop.json",
        json.dumps(
            {
                "orders": [
                    {
                        "order_number": f"B{i}",
                        "customer": {"customer_number": f"K-{4700 + i}"},
                        "total": i * 1.5,
                        "currency": "EUR",
                    }
                    | {"ordered_at": f"2016-01-{i % 28 + 1:02}", "type": "Kauf"}
                    for i in n
                ]
            }
        ).encode(),
    )
    book = openpyxl.Workbook()
    book.active.append(["Frage", "Schätzung", "von", "bis", "sicher %", "Nr."])
    for i in range(14):
        book.active.append([["Wir reagieren schnell", "Wir sind nett"][i % 2], 70 + i, 0, 100, 80, i])
    book.save(folder / "Selbstbild Führung.xlsx")
    put(folder / "seltsam.csv", b"foo,bar\n1,2\n3,4\n")
    put(folder / "kaputt.csv", bytes(range(256)) * 20)
    put(folder / "post/1.eml", b"From: a@example.org\nTo: service@firma.example\nSubject: x\n\nHallo\n")


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def golden(name: str, text: str) -> None:
    """Compare with the golden file; ``RUNDBLICK_WRITE_GOLDEN`` in the environment writes it anew."""
    path = GOLDEN / name
    if "WRITE_GOLDEN" in os.environ:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def read_with(folder: Path, text: str) -> dict[str, tuple[int, int]]:
    """Per file of tables: messages and unreadable rows when it is read by this mapping."""
    counts = {}
    for file in open_folder(folder, parse_mapping(text)).readable:
        if file.means != "mail":
            pieces = [piece for chunk in read_file(file) for piece in chunk]
            good = sum(isinstance(piece, Message) for piece in pieces)
            counts[file.name] = (good, len(pieces) - good)
    return counts


def test_the_proposal_for_a_small_company_reads_everything_in_it(tmp_path: Path) -> None:
    write_company(tmp_path)
    text = propose(tmp_path)
    golden("company.toml", text)
    assert parse_mapping(text).guessed
    assert read_with(tmp_path, text) == {
        "crm/Kundenliste.csv": (30, 0),
        "tickets/ticketlog_2016-01.csv": (30, 0),
        "tickets/ticketlog_2016-02.csv": (30, 0),
        "anrufe.csv": (30, 0),
        "shop.json": (30, 0),
        "Selbstbild Führung.xlsx": (7, 7),  # half of the questions are none of ours: told, and left to whoever reads it
    }


def test_a_proposal_holds_no_value_that_could_name_a_person(tmp_path: Path) -> None:
    write_company(tmp_path)
    text = propose(tmp_path)
    for secret in ("Müller", "Anna", "K-4701", "kunde1", "23125", "P1", "1950"):
        assert secret not in text


ZAMMAD = (
    "number;title;state;group;owner;customer;priority;created_at;first_response_at;close_at;article_count",
    "31001;Hilfe;pending reminder;Users;p1;a@example.org;2 normal;2016-02-29T01:16:23Z;2016-02-29T02:16:23Z;;3",
)
ZNUNY = (
    "Ticket#;Age;Created;Closed;First Response;State;Queue;Lock;Owner;CustomerID;CustomerUserID",
    "2016022910000012;3 d;2016-02-29 01:16:23;;2016-02-29 02:16:23;warten zur Erinnerung;Service;unlock;p1;Firma;anna",
)
ZENDESK = (
    "Id;Requester;Requester id;Requester email;Assignee;Group;Subject;Status;Priority;Via;Created at;Solved at;Reopens",
    "4711;Anna;99;a@example.org;p1;Support;Hilfe;Pending;High;Mail;2016-02-29 01:16;;0",
)


@pytest.mark.parametrize(("name", "lines"), [("zammad", ZAMMAD), ("znuny", ZNUNY), ("zendesk", ZENDESK)])
def test_the_exports_of_ticket_systems_are_known(tmp_path: Path, name: str, lines: tuple[str, str]) -> None:
    put(tmp_path / f"{name}.csv", table(lines[0], [lines[1], lines[1]]))
    text = propose(tmp_path)
    golden(f"{name}.toml", text)
    (file,) = open_folder(tmp_path, parse_mapping(text)).readable
    message = next(iter(read_file(file)))[0]
    assert isinstance(message, Message)
    assert message.case is not None
    assert (message.case.state, file.means, file.system) == ("pending", "cases", name)
    assert message.party is not None


def test_the_json_of_zendesk_is_known(tmp_path: Path) -> None:
    ticket = {"id": 1, "via": {"channel": "web"}, "requester_id": 9, "assignee_id": 3, "group_id": 4, "status": "hold"}
    ticket |= {"created_at": "2016-02-29T01:16:23Z", "ticket_form_id": None, "subject": "x", "description": "y"}
    put(tmp_path / "t.json", json.dumps({"tickets": [ticket, {**ticket, "id": 2}], "count": 2}).encode())
    (file,) = open_folder(tmp_path, parse_mapping(propose(tmp_path))).readable
    message = next(iter(read_file(file)))[0]
    assert isinstance(message, Message)
    assert message.case is not None
    assert (message.channel, message.case.state, message.text) == ("form", "open", "y")


def test_an_empty_folder_gives_a_mapping_that_reads_nothing(tmp_path: Path) -> None:
    assert open_folder(tmp_path, parse_mapping(propose(tmp_path))).readable == ()
    with pytest.raises(FileNotFoundError):
        propose(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Kunden-Nr.", "kundennr"),
        ("KundenNr", "kundennr"),
        ("kundennummer", "kundennr"),
        ("Customer_ID", "customernr"),
        ("Geändert von", "geaendertvon"),
        ("Straße", "strasse"),
        ("sys_mod_count", "sysmodcount"),
        ("Telefon#2", "telefon#2"),
    ],
)
def test_the_spellings_of_a_columns_name_meet(name: str, form: str) -> None:
    assert normal(name) == form


@pytest.mark.parametrize(
    ("name", "values", "concept"),
    [
        ("Kunden-Nr.", ["K1", "K2"] * 5, "customer_no"),
        ("Kunde", ["Anna Meier", "Bert Schulz"] * 5, "name"),
        ("opened_at", ["29/2/2016 01:16"] * 5, "opened_at"),
        ("opened_at", ["Tür", "Fenster"] * 5, None),
        ("E-Mail", ["ja", "nein"] * 5, None),
        ("xyz", [f"a{n}@example.org" for n in range(9)], "email"),
        ("xyz", ["neu", "offen", "gelöst"] * 5, "state"),
        ("active", ["true", "false"] * 5, None),
        ("u_customer_id", ["1", "2"] * 5, "customer_no"),
        ("Zuständig", ["P1", "P2"] * 5, "person"),
        ("assignment_group", ["1", "2"] * 5, "team"),
        ("talk_time", ["1:30", "0:20"] * 5, "talked_s"),
        ("Dauer", ["kurz", "lang"] * 5, None),
    ],
)
def test_a_column_is_guessed_by_its_name_unless_its_values_speak_against_it(
    name: str, values: list[str], concept: str | None
) -> None:
    guess = guess_column(describe(name, values))
    assert (guess.concept if guess else None) == concept


@pytest.mark.realdata
def test_the_proposal_for_the_service_desk_is_the_mapping_written_by_hand() -> None:
    (guessed,) = parse_mapping(propose(DATA / "servicedesk")).files
    (ours,) = parse_mapping((ROOT / "examples/servicedesk/rundblick.toml").read_text("utf-8")).files
    assert guessed.columns == ours.columns
    assert guessed.key == ours.key
    for field, table_of_field in guessed.values.items():
        assert table_of_field.items() <= ours.values[field].items()


@pytest.mark.realdata
def test_all_mails_come_with_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.connectors.reading._archives", {})
    register_archive("mail", "rundblick.channels.email.archives:iter_archive")
    plan = open_folder(DATA / "mail", parse_mapping(propose(DATA / "mail")))
    keys = {piece.envelope.source_key for f in plan.readable for chunk in read_file(f) for piece in chunk}  # type: ignore[union-attr]
    assert len(keys) == 479


def test_a_column_of_house_numbers_is_proposed(tmp_path: Path) -> None:
    rows = "".join(f"{n};Muster;Am Hang;{n % 90} a;24103;Kiel\n" for n in range(1, 30))
    (tmp_path / "kunden.csv").write_text("Kundennr;Nachname;Straße;Hausnummer;PLZ;Ort\n" + rows, "utf-8")
    (entry,) = parse_mapping(propose(tmp_path)).files
    assert (entry.columns["street"], entry.columns["house_number"]) == ("Straße", "Hausnummer")

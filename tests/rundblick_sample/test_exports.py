"""The exports themselves: the mapping fits them, mails are real mails, nothing in them belongs to anybody."""

from __future__ import annotations

import email.policy
import gzip
import re
import tomllib
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.rundblick_sample.reading import (
    archive,
    calls,
    letters,
    mails,
    posts,
    repairs,
    sheet,
    table,
    tickets,
    truth,
    visits,
)

TOP = Path(__file__).resolve().parents[2]
DOCUMENTED_FILE_KEYS = {
    *("name", "is", "system", "key", "encoding", "delimiter", "sheet", "dates", "decimal", "unknown", "mojibake"),
    *("own", "columns", "identifiers", "verified", "values"),
}  # fmt: skip


def mapping(company: Path) -> dict[str, Any]:
    return tomllib.loads((company / "exports/rundblick.toml").read_text(encoding="utf-8"))


def documented_fields() -> dict[str, set[str]]:
    """Fields of each kind of row, read from the tables of docs/mapping.md."""
    fields: dict[str, set[str]] = {}
    for line in (TOP / "docs/mapping.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and cells[1].startswith("`") and "," in cells[3]:
            fields.setdefault(cells[1].strip("`"), set()).update(re.findall(r"[a-z_]+", cells[3]))
    fields["case_events"] |= fields["cases"]
    return fields


def documented_promise() -> set[str]:
    """Keys of [promise], read from the example in docs/mapping.md."""
    text = (TOP / "docs/mapping.md").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z_]+) = ", text.partition("[promise]\n")[2].partition("[[promise.level]]")[0], re.M))


def test_the_mapping_uses_documented_keys_and_fields_only(company: Path) -> None:
    known = documented_fields()
    contact = {"email", "phone", "name", "first_name", "last_name", "postcode", "city", "street", "birth_date"}
    toml = mapping(company)
    assert set(toml) == {"rundblick", "promise", "file"}
    assert set(toml["promise"]) <= documented_promise()
    assert set(toml["rundblick"]) == {"version", "timezone", "language", "company", "country", "guessed"}
    assert toml["rundblick"]["guessed"] is False
    for file in toml["file"]:
        assert set(file) <= DOCUMENTED_FILE_KEYS
        for name in file.get("columns", {}):
            assert name.removesuffix("_time") in known[file["is"]] | contact, (file["name"], name)


def header(company: Path, file: dict[str, Any]) -> list[str]:
    path = next(iter((company / "exports").glob(file["name"])))
    if path.suffix == ".parquet":
        return list(calls(company)[0])
    if path.suffix == ".jsonl":
        return sorted({key for row in (archive(company) if "mail" in file["name"] else posts(company)) for key in row})
    if path.suffix == ".xlsx":
        return list(sheet(path)[0])
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding=file["encoding"]) as lines:
        return str(lines.readline()).rstrip("\r\n").split(file["delimiter"])


def test_every_mapped_column_is_in_its_file(company: Path) -> None:
    for file in mapping(company)["file"]:
        if file["is"] == "mail":
            assert (company / "exports" / file["name"]).exists()
            continue
        columns = header(company, file)
        named = [*file["columns"].values(), *file.get("identifiers", {}).values(), *file.get("key", [])]
        for column in named:
            word, _, number = column.partition("#")
            assert columns.count(word) >= int(number or 1), (file["name"], column)


def test_every_export_is_mapped(company: Path) -> None:
    exports = company / "exports"
    mapped = {path for file in mapping(company)["file"] for path in exports.glob(file["name"])}
    for path in exports.rglob("*"):
        if path.is_file() and path.name != "rundblick.toml":
            assert path in mapped or path.parent.parent in mapped, path


def test_every_state_is_translated(company: Path) -> None:
    files = {file["name"]: file for file in mapping(company)["file"]}
    states = {row["Status"] for log in tickets(company).values() for row in log}
    assert states <= set(files["mail/ticketlog.csv"]["values"]["state"])
    states = {row["STATUS"] for log in repairs(company).values() for row in log}
    assert states <= set(files["reparatur/rma_log.csv.gz"]["values"]["state"])


def test_logs_stand_in_the_order_of_time(company: Path) -> None:
    for log in tickets(company).values():
        times = [
            (row["Zeitpunkt"][6:10], row["Zeitpunkt"][3:5], row["Zeitpunkt"][:2], row["Zeitpunkt"][11:]) for row in log
        ]
        assert times == sorted(times)
        assert [int(row["Lfd"]) for row in log] == list(range(1, len(log) + 1))


def test_every_mail_parses_without_a_defect_and_answers_a_known_one(company: Path) -> None:
    known = {row["message_id"] for row in archive(company)} | {str(mail["Message-ID"]) for mail in mails(company)}
    texts = automatic = answers = html = 0
    for number, raw in enumerate(mails(company)):
        if number % 4:
            continue
        mail = message_from_bytes(raw.as_bytes(), policy=email.policy.default)
        assert not mail.defects
        assert mail["Date"].datetime.tzinfo is not None
        for part in mail.walk():
            assert not part.defects
            if part.get_content_type() == "text/plain":
                assert "�" not in part.get_content()
                texts += 1
            html += part.get_content_type() == "text/html"
        automatic += mail["Auto-Submitted"] is not None
        if mail["In-Reply-To"]:
            answers += 1
            assert str(mail["In-Reply-To"]).strip() in known
    assert min(texts, automatic, answers, html) > 30


def test_mails_carry_umlauts_in_several_charsets(company: Path) -> None:
    charsets = {part.get_content_charset() for mail in mails(company) for part in mail.walk()} - {None}
    assert {"utf-8", "iso-8859-1", "windows-1252", "us-ascii"} <= charsets


def every_text(company: Path) -> str:
    parts = []
    for path in sorted((company / "exports").rglob("*")):
        if path.is_file() and path.suffix not in (".parquet", ".xlsx"):
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            parts.append(raw.decode("latin-1"))
    parts.append("\n".join(str(row) for row in calls(company)))
    return "\n".join(parts)


def test_no_address_or_host_belongs_to_anybody(company: Path) -> None:
    text = every_text(company)
    hosts = {host.lower().rstrip(".") for host in re.findall(r"@([\w-]+(?:\.[\w-]+)+)", text)}
    assert hosts
    for host in hosts:
        assert re.search(r"(^|\.)example(\.(com|net|org|de))?$", host), host
    assert not re.findall(r"https?://|www\.", text)


RESERVED = ("3023125", "6990009", "4066969", "2214710", "8999998", "1500")


def national(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    for prefix in ("0049", "49", "0"):
        if digits.startswith(prefix):
            return digits.removeprefix(prefix)
    return digits


def test_telephone_numbers_are_reserved_or_not_in_use(company: Path) -> None:
    numbers = {row["remote_number"] for row in calls(company)} - {"anonymous"}
    exports = company / "exports"
    for row in table(exports / "crm/kunden.csv", encoding="cp1252"):
        numbers.add(row["Telefon"])
    numbers |= {row["phone"] for row in table(exports / "shop/customers.csv.gz", ",")}
    numbers |= {row["TEL"] for row in table(exports / "abrechnung/konten.tsv", "\t", "utf-8-sig")}
    numbers |= {log[0]["TELEFON"] for log in repairs(company).values()}
    numbers |= {row["Telefon"] for row in visits(company)}
    numbers -= {"", "-"}
    assert len(numbers) > 500
    for number in numbers:
        assert national(number).startswith(RESERVED), number


def bodies(company: Path) -> list[str]:
    return [row["body"] for row in archive(company) if row["direction"] == "in" and row["auto"] == "false"]


def test_hardly_two_customers_write_the_same(company: Path) -> None:
    texts = bodies(company) + [row["inhalt"] for row in letters(company) if row["richtung"] == "Eingang"]
    assert len(texts) > 500
    assert len(set(texts)) / len(texts) > 0.99
    sentences = [part.strip().lower() for text in texts for part in re.split(r"[.!?\n]+", text) if len(part) > 25]
    assert len(set(sentences)) / len(sentences) > 0.5


def test_texts_have_no_hole_and_no_leftover_of_the_grammar(company: Path) -> None:
    notes = [row["note"] for row in calls(company) if row["note"]]
    written = [row["text"] for row in posts(company)]
    answers = [row["body"] for row in archive(company) if row["direction"] == "out"]
    for text in [*bodies(company), *notes, *written, *answers]:
        assert not re.search(r"[{}|]|\$[a-z]", text), text
        assert "  " not in text, text


def test_about_one_in_twelve_texts_is_english(company: Path) -> None:
    rows = [row for row in truth(company, "concerns.csv") if row["kind"] == "contact"]
    assert 0.05 < sum(row["language"] == "en" for row in rows) / len(rows) < 0.12


def test_the_crm_has_a_column_name_twice_and_values_that_say_unknown(company: Path) -> None:
    head = (company / "exports/crm/kunden.csv").read_bytes().split(b"\r\n")[0].decode("cp1252").split(";")
    assert head.count("Telefon") == 2
    born = {row["Geburtsdatum"] for row in table(company / "exports/crm/kunden.csv", encoding="cp1252")}
    assert {"?", "-", "n/a"} <= born


@pytest.mark.parametrize("name", ["selbstbild.xlsx", "mitarbeiter.csv"])
def test_managers_and_staff_answered_all_fifteen_items(company: Path, name: str) -> None:
    path = company / "exports/umfragen" / name
    rows = sheet(path) if name.endswith("xlsx") else table(path, encoding="cp1252")
    people = {row["Nr."] if "Nr." in row else row["Bogen"] for row in rows}
    assert len(people) == (14 if name.endswith("xlsx") else 60)
    assert len(rows) == 15 * len(people)

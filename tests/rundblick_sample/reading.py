"""Reads the exports with nothing but the standard library (and pyarrow, openpyxl for their formats)."""

from __future__ import annotations

import csv
import gzip
import json
import mailbox
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq

Record = dict[str, str]


def table(path: Path, delimiter: str = ";", encoding: str = "utf-8") -> list[Record]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding=encoding, newline="") as lines:
        return list(csv.DictReader(lines, delimiter=delimiter))


def truth(company: Path, name: str) -> list[Record]:
    return table(company / "truth" / name, ",")


def measures(company: Path) -> dict[str, Any]:
    return dict(json.loads((company / "truth/measures.json").read_text(encoding="utf-8")))


def archive(company: Path) -> list[dict[str, Any]]:
    return _lines(company / "exports/mail/archiv.jsonl")


def posts(company: Path) -> list[dict[str, Any]]:
    return _lines(company / "exports/social/posts.jsonl")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def mails(company: Path) -> Iterator[Message]:
    box = mailbox.mbox(company / "exports/mail/service.mbox", create=False)
    try:
        yield from box
    finally:
        box.close()
    folder = mailbox.Maildir(company / "exports/mail/rechnung", create=False)
    try:
        yield from folder
    finally:
        folder.close()


def calls(company: Path) -> list[dict[str, Any]]:
    return list(pq.read_table(company / "exports/telefon/anrufe.parquet").to_pylist())


def tickets(company: Path) -> dict[str, list[Record]]:
    return _by(table(company / "exports/mail/ticketlog.csv", encoding="cp1252"), "Ticket")


def repairs(company: Path) -> dict[str, list[Record]]:
    return _by(table(company / "exports/reparatur/rma_log.csv.gz", encoding="cp1252"), "RMA")


def _by(rows: list[Record], key: str) -> dict[str, list[Record]]:
    cases: dict[str, list[Record]] = {}
    for row in rows:
        cases.setdefault(row[key], []).append(row)
    return cases


def letters(company: Path) -> list[Record]:
    return table(company / "exports/post/posteingang.csv")


def visits(company: Path) -> list[Record]:
    rows = table(company / "exports/filialen/besuche_2025_2026.csv", encoding="cp1252")
    return rows + sheet(company / "exports/filialen/besuche_kiel.xlsx")


def sheet(path: Path) -> list[Record]:
    book = openpyxl.load_workbook(path, read_only=True)
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    head = [str(cell) for cell in rows[0]]
    return [
        {name: "" if cell is None else str(cell) for name, cell in zip(head, row, strict=False)} for row in rows[1:]
    ]

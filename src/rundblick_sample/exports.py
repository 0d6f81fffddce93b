"""The eight systems' export files: what each system writes of what truly happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from rundblick_sample import clerks, company, hours, phones
from rundblick_sample.case import Case, Row
from rundblick_sample.clerks import Seen
from rundblick_sample.concern import Contact
from rundblick_sample.draw import Draw
from rundblick_sample.excel import Excel
from rundblick_sample.files import Entry, Payment, Purchase
from rundblick_sample.mails import Letter, write_maildir, write_mbox
from rundblick_sample.mapping import mapping_text
from rundblick_sample.people import fold
from rundblick_sample.writers import Delimited, JsonLines, Parquet, Sink

MBOX_LIMIT = 5_000
KIEL_LIMIT = 3_000
_STATE = {
    "new": "neu",
    "open": "in Arbeit",
    "pending": "wartet auf Kunde",
    "resolved": "gelöst",
    "closed": "geschlossen",
}
_BRANCH_HEAD = [
    "Nr",
    "Datum",
    "Uhrzeit",
    "Filiale",
    "Mitarbeiter",
    "Kunde",
    "Kundenkarte",
    "Telefon",
    "Anliegen",
    "Notiz",
    "Art",
    "Richtung",
]
_CALLS = pa.schema(
    [("call_id", pa.string()), ("started", pa.timestamp("s")), ("remote_number", pa.string()), ("direction",
            pa.string()),
     ("wait_s", pa.int32()), ("talk_s", pa.int32()), ("wrap_s", pa.int32()), ("answered", pa.bool_()), ("abandoned",
         pa.bool_()),
     ("queue", pa.string()), ("agent", pa.string()), ("transferred_to", pa.string()), ("reason", pa.string()),
     ("ivr_customer_no", pa.string()),
     ("note", pa.string())]
)  # fmt: skip
_EPOCH = 1_759_276_800  # 2025-10-01 00:00 as a wall clock reads it


def _phone(draw: Draw, number: tuple[str, str] | None, style: int | None = None) -> str:
    return "" if number is None else phones.written(number, draw.below(8) if style is None else style)


def _born(seen: Seen, order: str) -> str:
    if seen.born is None:
        return ""
    year, month, day = seen.born
    return f"{day:02d}.{month:02d}.{year}" if order == "dmy" else f"{year}-{month:02d}-{day:02d}"


def _full_name(draw: Draw, seen: Seen) -> str:
    u = draw.u()
    if u < 0.55:
        name = f"{seen.first} {seen.last}"
    elif u < 0.72:
        name = f"{seen.last}, {seen.first}"
    elif u < 0.9:
        name = f"{'Frau' if seen.female else 'Herr'} {seen.last}"
    else:
        name = f"{seen.first[0]}. {seen.last}"
    return name


class Exports:
    """All files of one sample company, open while it is generated."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rundblick.toml").write_text(mapping_text(), encoding="utf-8")
        self.letters: list[Letter] = []
        self.kiel_rows = 0
        f = folder
        self.sinks: dict[str, Sink] = {
            "crm": Delimited(f / "crm/kunden.csv", ["KDNR", "Anrede", "Titel", "Vorname", "Nachname", "Firma",
                    "Geburtsdatum", "Straße", "PLZ", "Ort",
                             "Telefon", "Telefon", "E-Mail", "Kundengruppe", "Kunde seit", "Jahresumsatz",
                             "Kontaktweg", "Sprache"], ";", "cp1252"),
            "shop": Delimited(f / "shop/customers.csv.gz", ["customer_id", "email", "first_name", "last_name",
                    "date_of_birth", "street", "zip", "city",
                              "phone", "created_at", "newsletter", "store_customer_no"], ",", ending="\n"),
            "orders": Delimited(f / "shop/orders.csv.gz", ["order_no", "customer_id", "type", "ordered_at", "status",
                    "item", "total", "currency",
                                "promised_delivery", "delivered_at"], ",", ending="\n"),
            "billing": Delimited(f / "abrechnung/konten.tsv", ["KONTO", "NAME", "GEBDAT", "STRASSE", "PLZ", "ORT",
                    "TEL", "MAIL", "KDNR"], "\t", "utf-8-sig"),
            "payments": Delimited(f / "abrechnung/posten.tsv", ["BELEG", "KONTO", "ART", "DATUM", "BETRAG", "WKZ",
                    "FAELLIG", "BEZAHLT", "STATUS", "MAHNSTUFE"],
                                  "\t", "utf-8-sig"),
            "phone": Parquet(f / "telefon/anrufe.parquet", _CALLS),
            "mail": JsonLines(f / "mail/archiv.jsonl", ["message_id", "date_utc", "direction", "source", "mailbox",
                    "contact", "from_name", "ticket", "category",
                              "agent", "auto", "in_reply_to", "order_ref", "customer_ref", "subject", "body"]),
            "tickets": Delimited(f / "mail/ticketlog.csv", ["Ticket", "Lfd", "Zeitpunkt", "Ereignis", "Status",
                    "Gruppe", "Bearbeiter", "Geändert von",
                                 "Weiterleitungen", "Wiedereröffnet", "Thema", "Eingang", "Priorität", "Absender",
                                 "Eröffnet", "Erste Antwort", "Gelöst",
                                 "Geschlossen", "Zusage gehalten"], ";", "cp1252"),
            "letters": Delimited(f / "post/posteingang.csv", ["lfd_nr", "datum", "richtung", "art", "vorgang", "bezug",
                    "name", "strasse", "plz", "ort",
                                 "kundennummer", "bearbeiter", "betreff", "inhalt"], ";"),
            "branch": Delimited(f / "filialen/besuche_2025_2026.csv", _BRANCH_HEAD, ";", "cp1252"),
            "kiel": Excel(f / "filialen/besuche_kiel.xlsx", _BRANCH_HEAD, "Besuche"),
            "social": JsonLines(f / "social/posts.jsonl", ["id", "created", "portal", "kind", "direction", "handle",
                    "agent", "in_reply_to", "text"]),
            "reviews": Delimited(f / "social/bewertungen.csv", ["Review ID", "Date", "Portal", "Author", "Stars",
                    "Min", "Max", "Title", "Text", "Reply Date",
                                 "Reply"], ",", ending="\n"),
            "rma": Delimited(f / "reparatur/rma_log.csv.gz", ["RMA", "POS", "DATUM", "ZEIT", "STATUS", "STATION",
                    "TECHNIKER", "ERFASST", "GRUND", "GERAET",
                             "AUFTRAG", "KUNDE", "STRASSE", "PLZ", "ORT", "TELEFON", "ANGELEGT"], ";", "cp1252"),
            "rma_orders": Delimited(f / "reparatur/vorgaenge.csv.gz", ["RMA", "ART", "ANGELEGT", "ERLEDIGT", "STATUS",
                    "GERAET", "AUFTRAG"], ";", "cp1252"),
            "ratings": Delimited(f / "umfragen/kundenstimmen.csv", ["antwort_id", "eingeladen", "beantwortet",
                    "adresse", "ticket", "art", "frage", "wert",
                                 "von", "bis", "weg", "kommentar"], ";"),
            "self_image": Excel(f / "umfragen/selbstbild.xlsx", ["Nr.", "Funktion", "Datum", "Frage", "Schätzung",
                    "von", "bis", "sicher %"], "Führungskreis"),
            "staff_view": Delimited(f / "umfragen/mitarbeiter.csv", ["Bogen", "Bereich", "Datum", "Frage", "Antwort",
                    "von", "bis"], ";", "cp1252"),
        }  # fmt: skip

    def close(self) -> None:
        """Writes what had to wait (mails in order of time) and closes all files."""
        self.letters.sort(key=lambda letter: letter.contact.at)
        box: list[Letter] = []
        folder: list[Letter] = []
        for letter in self.letters:
            (folder if letter.contact.box.startswith("rechnung") else box).append(letter)
        write_mbox(self.folder / "mail/service.mbox", box)
        write_maildir(self.folder / "mail/rechnung", folder)
        for sink in self.sinks.values():
            sink.close()

    def customers(self, draw: Draw, entries: Iterable[Entry]) -> None:
        rows: dict[str, list[tuple[Any, ...]]] = {"crm": [], "shop": [], "billing": []}
        for entry in entries:
            rows[entry.system].append(_ENTRY_ROW[entry.system](draw, entry))
        for system, lines in rows.items():
            self.sinks[system].write(lines)

    def purchases(self, purchases: Iterable[Purchase], payments: Iterable[Payment]) -> None:
        orders = [
            (p.number, p.entry.key, "order", hours.iso(p.at), p.status, p.article.name, f"{p.cents / 100:.2f}", "EUR",
                hours.iso_day(p.promised),
             hours.iso_day(p.delivered) if p.delivered else "")
            for p in purchases if p.entry is not None
        ]  # fmt: skip
        self.sinks["orders"].write(orders)
        items = []
        for p in payments:
            status = "bezahlt" if p.paid else "gemahnt" if p.due + 10 * hours.DAY < hours.END else "offen"
            items.append((p.number, p.entry.key, "RE", hours.german_day(p.at), company.euros(p.cents), "EUR",
                    hours.german_day(p.due),
                          hours.german_day(p.paid) if p.paid else "-", status, p.reminders))  # fmt: skip
        self.sinks["payments"].write(items)

    def contacts(self, draw: Draw, contacts: Sequence[Contact], names: dict[str, str]) -> None:
        """One block's contacts; ``names`` holds the display name of each mail address."""
        rows: dict[str, list[tuple[Any, ...]]] = {
            name: [] for name in ("phone", "mail", "letters", "branch", "kiel", "social")
        }
        said: dict[str, Contact] = {}
        for c in contacts:
            if c.system == "phone":
                rows["phone"].append(_call_row(c))
            elif c.system == "mail":
                if c.mbox and len(self.letters) < MBOX_LIMIT:
                    self.letters.append(_letter(c, names, said.get(c.reply_to)))
                    said[c.key] = c
                else:
                    rows["mail"].append(_mail_row(c, names))
            elif c.system == "letters":
                rows["letters"].append(_letter_row(draw, c))
            elif c.system == "branch":
                kiel = c.box == "Filiale Kiel" and self.kiel_rows < KIEL_LIMIT
                self.kiel_rows += kiel
                rows["kiel" if kiel else "branch"].append(_branch_row(draw, c))
            else:
                ours = c.direction == "out"
                rows["social"].append((c.key, hours.iso(c.at) + f"+0{hours.offset_hours(c.at)}:00", c.box, "post",
                        "ours" if ours else "theirs", c.sender,
                                       c.agent.name if c.agent else "", c.reply_to, c.text))  # fmt: skip
        for name, lines in rows.items():
            self.sinks[name].write(lines)

    def case(self, draw: Draw, case: Case, log: Sequence[Row]) -> None:
        if case.system == "mail":
            self.sinks["tickets"].write([_ticket_row(case, row) for row in log])
        else:
            seen = case.seen
            assert seen is not None
            address = seen.address
            phone = _phone(draw, seen.mobile or seen.landline) or "-"
            name = f"{seen.last} {seen.first}" if draw.chance(0.5) else f"{seen.first} {seen.last}"
            place = (clerks.street_line(draw, address), address[2], address[3]) if address else ("", "", "")
            self.sinks["rma"].write([_rma_row(case, row, name, place, phone) for row in log])
            kind = "REP" if case.topic.code == "repair" else "RET"
            self.sinks["rma_orders"].write([(case.number, kind, hours.german_day(case.opened),
                        hours.german_day(case.resolved) if case.resolved else "-",
                                             log[-1].kind, case.article, case.order)])  # fmt: skip


def _firm(draw: Draw, entry: Entry) -> str:
    if entry.tier != "Gewerbe":
        return ""
    kind = draw.pick(("Gästehaus", "Bäckerei", "Hausverwaltung", "Praxis", "Café", "Elektro", "Pension", "Kanzlei"))
    return f"{kind} {entry.person.last}{draw.pick(('', ' GmbH', ' e.K.', ' GbR'))}"


def _crm_row(draw: Draw, entry: Entry) -> tuple[Any, ...]:
    s = entry.seen
    a = s.address
    born = _born(s, "dmy") or draw.pick(("", "?", "n/a", "-", ""))
    salutation = ("Frau" if s.female else "Herr") if draw.chance(0.94) else draw.pick(("", "?", "Firma"))
    turnover = company.euros(int(draw.lognormal(32_000, 1.1)))
    return (
        entry.key, salutation, s.title, s.first, s.last, _firm(draw, entry), born,
        clerks.street_line(draw, a) if a else "",
        a[2] if a else "", a[3] if a else "",
        _phone(draw, s.landline), _phone(draw, s.mobile), s.mail, entry.tier, hours.german_day(entry.since), turnover,
        draw.pick(("Telefon", "E-Mail", "Brief", "", "-")), "E" if entry.person.english else "D",
    )  # fmt: skip


def _shop_row(draw: Draw, entry: Entry) -> tuple[Any, ...]:
    s = entry.seen
    a = s.address
    first, last = s.first, s.last
    if draw.chance(0.07):
        first, last = first.lower(), last.lower()
    elif draw.chance(0.02):
        first, last = first.upper(), last.upper()
    mail = s.mail.title() if draw.chance(0.01) else s.mail
    return (
        entry.key, mail, first, last, _born(s, "iso"), clerks.street_line(draw, a) if a else "", a[2] if a else "",
        a[3] if a else "",
        _phone(draw, s.mobile or s.landline, draw.pick((2, 4, 3, 5))), hours.iso(entry.since).replace("T", " "),
        "true" if draw.chance(0.4) else "false",
        entry.crm_no,
    )  # fmt: skip


def _billing_row(draw: Draw, entry: Entry) -> tuple[Any, ...]:
    s = entry.seen
    a = s.address
    name = fold(f"{s.last}, {s.first}").upper()[:24]
    if s.title and draw.chance(0.6):
        name = f"{fold(s.title).upper()} {name}"[:24]
    street = fold(clerks.street_line(draw, a)).upper().replace("STRASSE", "STR.") if a else "-"
    return (
        entry.key, name, _born(s, "dmy") or draw.pick(("", "-", "00.00.0000")), street, a[2] if a else "-",
        fold(a[3]).upper() if a else "-",
        _phone(draw, s.landline or s.mobile, draw.pick((1, 2, 7))) or "-", s.mail, entry.crm_no,
    )  # fmt: skip


_ENTRY_ROW = {"crm": _crm_row, "shop": _shop_row, "billing": _billing_row}


def _call_row(c: Contact) -> tuple[Any, ...]:
    agent = c.agent
    queue = agent.team if agent else "Hotline Kiel"
    reason = c.topic.label if agent and int(c.at) % 10 < 8 else None
    return (
        c.key, _EPOCH + int(c.at), c.sender or "anonymous", c.direction, c.waited, c.talked, c.wrapped, c.answered,
        not c.answered, queue,
        agent.name if agent else None, c.handed_to or None, reason, c.customer_no or None, c.text or None,
    )  # fmt: skip


def _mail_row(c: Contact, names: dict[str, str]) -> tuple[Any, ...]:
    return (
        c.key, hours.iso_utc(c.at), c.direction, "webform" if c.channel == "form" else "mail", c.box, c.sender,
        names.get(c.sender, "") if c.direction == "in" and not c.automatic else "", c.case,
        c.topic.label if int(c.at) % 9 else "?", c.agent.name if c.agent else "", "true" if c.automatic else "false",
        c.reply_to, c.order_no,
        c.customer_no, c.subject, c.text,
    )  # fmt: skip


def _letter(c: Contact, names: dict[str, str], quoted: Contact | None) -> Letter:
    quote = quoted is not None and not c.automatic and int(c.at) % 5 < 3
    if not quote or quoted is None:
        return Letter(c, names.get(c.sender, ""), "", "", 0.0)
    by = quoted.agent.name if quoted.agent else names.get(quoted.sender, "") or quoted.sender
    return Letter(c, names.get(c.sender, ""), quoted.text, by, quoted.at)


def _letter_row(draw: Draw, c: Contact) -> tuple[Any, ...]:
    seen = c.seen
    assert seen is not None
    a = seen.address
    ours = c.direction == "out"
    return (
        c.key, hours.german_day(c.at), "Ausgang" if ours else "Eingang", "Brief", c.reply_to if ours else c.key,
        c.reply_to,
        f"{seen.first} {seen.last}", clerks.street_line(draw, a) if a else "", a[2] if a else "", a[3] if a else "",
        c.customer_no,
        c.agent.name if c.agent else "", c.subject, c.text,
    )  # fmt: skip


def _branch_row(draw: Draw, c: Contact) -> tuple[Any, ...]:
    seen = c.seen
    assert seen is not None
    return (
        c.key, hours.german_day(c.at), hours.clock_time(c.at), c.box.removeprefix("Filiale "),
        c.agent.short if c.agent else "", _full_name(draw, seen),
        c.customer_no or draw.pick(("", "", "-", "?")), _phone(draw, seen.mobile or seen.landline), c.topic.label,
        c.text, "Besuch", "Eingang",
    )  # fmt: skip


def _ticket_row(case: Case, row: Row) -> tuple[Any, ...]:
    return (
        case.number, row.seq, hours.german(row.at), row.kind, _STATE[row.state], row.team or "?", row.agent or "-",
        row.by, row.reassignments, row.reopens,
        case.topic.label, "Webformular" if case.channel == "form" else "E-Mail", ("3 - normal", "2 - hoch",
            "1 - dringend")[row.reopens if row.reopens < 3 else 2],
        case.address, hours.german(case.opened), hours.german(row.first_reply) if row.first_reply else "",
        hours.german(row.resolved) if row.resolved else "",
        hours.german(row.closed) if row.closed else "", "?" if row.kept is None else "ja" if row.kept else "nein",
    )  # fmt: skip


def _rma_row(case: Case, row: Row, name: str, place: tuple[str, str, str], phone: str) -> tuple[Any, ...]:
    return (
        case.number, row.seq, hours.german_day(row.at), hours.clock_time(row.at), row.kind, row.team, row.agent,
        row.by, case.topic.label, case.article,
        case.order, name, *place, phone, hours.german(case.opened),
    )  # fmt: skip

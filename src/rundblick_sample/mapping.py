"""The mapping file that says what the exports mean, in the form that docs/mapping.md describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rundblick_sample.case import FIRST_REPLY, SOLUTION
from rundblick_sample.company import COMPANY, DOMAIN
from rundblick_sample.writers import toml_text


@dataclass(frozen=True, slots=True)
class Mapped:
    """One ``[[file]]`` of the mapping."""

    name: str
    is_: str
    system: str
    options: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    verified: Mapping[str, bool] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_STATES = {
    "neu": "new",
    "in Arbeit": "open",
    "wartet auf Kunde": "pending",
    "gelöst": "resolved",
    "geschlossen": "closed",
}
_RMA_STATES = {
    "angemeldet": "new", "eingegangen": "open", "in Prüfung": "open", "weitergegeben": "open",
    "wartet auf Teil": "open",
    "erledigt": "resolved", "abgeschlossen": "closed", "reklamiert": "open",
}  # fmt: skip
_PERSON = {"name": "name", "street": "strasse", "postcode": "plz", "city": "ort"}
_UNKNOWN = ["?", "-", "n/a"]

FILES = (
    Mapped("crm/kunden.csv", "customers", "crm",
           {"key": ["KDNR"], "encoding": "cp1252", "delimiter": ";", "dates": "day-first", "decimal": ",",
               "unknown": _UNKNOWN},
           {"key": "KDNR", "salutation": "Anrede", "first_name": "Vorname", "last_name": "Nachname", "company": "Firma",
            "birth_date": "Geburtsdatum", "street": "Straße", "postcode": "PLZ", "city": "Ort", "phone": "Telefon",
            "mobile": "Telefon#2",
            "email": "E-Mail", "tier": "Kundengruppe", "since": "Kunde seit", "preferred_channel": "Kontaktweg",
            "language": "Sprache"},
           {"customer_no": "KDNR"}, {}, {"preferred_channel": {"Telefon": "phone", "E-Mail": "email",
                   "Brief": "letter"},
                                         "language": {"D": "de", "E": "en"}}),
    Mapped("shop/customers.csv.gz", "customers", "shop",
           {"key": ["customer_id"], "encoding": "utf-8", "delimiter": ",", "dates": "year-first"},
           {"key": "customer_id", "first_name": "first_name", "last_name": "last_name", "email": "email",
               "birth_date": "date_of_birth",
            "street": "street", "postcode": "zip", "city": "city", "phone": "phone", "since": "created_at"},
           {"customer_no": "customer_id", "customer_no@crm": "store_customer_no"}, {"email": True}),
    Mapped("shop/orders.csv.gz", "orders", "shop",
           {"key": ["order_no"], "encoding": "utf-8", "delimiter": ",", "dates": "year-first", "decimal": "."},
           {"key": "order_no", "customer": "customer_id", "at": "ordered_at", "kind": "type", "status": "status",
               "amount": "total",
            "currency": "currency", "promised_at": "promised_delivery", "done_at": "delivered_at", "article": "item"},
           {"order_no": "order_no", "customer_no": "customer_id"}),
    Mapped("abrechnung/konten.tsv", "customers", "billing",
           {"key": ["KONTO"], "encoding": "utf-8-sig", "delimiter": "\t", "dates": "day-first", "unknown": ["-",
                   "00.00.0000"]},
           {"key": "KONTO", "name": "NAME", "birth_date": "GEBDAT", "street": "STRASSE", "postcode": "PLZ",
               "city": "ORT",
            "phone": "TEL", "email": "MAIL"},
           {"account_no": "KONTO", "customer_no@crm": "KDNR"}),
    Mapped("abrechnung/posten.tsv", "orders", "billing",
           {"key": ["BELEG"], "encoding": "utf-8-sig", "delimiter": "\t", "dates": "day-first", "decimal": ",",
               "unknown": ["-"]},
           {"key": "BELEG", "customer": "KONTO", "at": "DATUM", "kind": "ART", "status": "STATUS", "amount": "BETRAG",
            "currency": "WKZ", "promised_at": "FAELLIG", "done_at": "BEZAHLT"},
           {"account_no": "KONTO"}, {}, {"kind": {"RE": "payment"}}),
    Mapped("telefon/anrufe.parquet", "calls", "phone", {"key": ["call_id"], "unknown": ["anonymous"]},
           {"key": "call_id", "at": "started", "phone": "remote_number", "direction": "direction",
               "waited_s": "wait_s", "talked_s": "talk_s",
            "wrapped_s": "wrap_s", "answered": "answered", "abandoned": "abandoned", "team": "queue",
            "person": "agent", "topic": "reason",
            "text": "note"},
           {"customer_no@crm": "ivr_customer_no"}),
    Mapped("mail/archiv.jsonl", "interactions", "mail", {"key": ["message_id"], "dates": "year-first"},
           {"key": "message_id", "at": "date_utc", "customer": "contact", "email": "contact", "name": "from_name",
               "channel": "source", "direction": "direction",
            "case": "ticket", "topic": "category", "person": "agent", "automatic": "auto", "subject": "subject",
            "text": "body",
            "reply_to": "in_reply_to"},
           {"order_no@shop": "order_ref", "customer_no@crm": "customer_ref"}, {}, {"channel": {"mail": "email",
                   "webform": "form"}}),
    Mapped("mail/service.mbox", "mail", "mail", {"own": [f"service@{DOMAIN}", DOMAIN]}),
    Mapped("mail/rechnung", "mail", "mail", {"own": [f"rechnung@{DOMAIN}", DOMAIN]}),
    Mapped("mail/ticketlog.csv", "case_events", "mail",
           {"key": ["Ticket", "Lfd"], "encoding": "cp1252", "delimiter": ";", "dates": "day-first",
               "unknown": _UNKNOWN},
           {"case": "Ticket", "seq": "Lfd", "at": "Zeitpunkt", "state": "Status", "team": "Gruppe",
               "person": "Bearbeiter",
            "updated_by": "Geändert von", "reassignments": "Weiterleitungen", "reopens": "Wiedereröffnet",
            "promise_kept": "Zusage gehalten",
            "topic": "Thema", "channel": "Eingang", "priority": "Priorität", "customer": "Absender",
            "email": "Absender",
            "opened_at": "Eröffnet", "first_reply_at": "Erste Antwort", "resolved_at": "Gelöst",
            "closed_at": "Geschlossen"},
           {}, {}, {"state": _STATES, "channel": {"E-Mail": "email", "Webformular": "form"}}),
    Mapped("post/posteingang.csv", "interactions", "letters",
           {"key": ["lfd_nr"], "encoding": "utf-8", "delimiter": ";", "dates": "day-first", "unknown": _UNKNOWN},
           {"key": "lfd_nr", "at": "datum", "direction": "richtung", "channel": "art", "subject": "betreff",
               "text": "inhalt",
            "person": "bearbeiter", "reply_to": "bezug", "customer": "vorgang", **_PERSON},
           {"customer_no@crm": "kundennummer"}, {}, {"direction": {"Eingang": "in", "Ausgang": "out"},
               "channel": {"Brief": "letter"}}),
    Mapped("filialen/besuche_2*.csv", "interactions", "branch",
           {"key": ["Nr"], "encoding": "cp1252", "delimiter": ";", "dates": "day-first", "unknown": _UNKNOWN},
           {"key": "Nr", "at": "Datum", "at_time": "Uhrzeit", "team": "Filiale", "person": "Mitarbeiter",
               "name": "Kunde", "phone": "Telefon",
            "text": "Notiz", "topic": "Anliegen", "channel": "Art", "direction": "Richtung", "customer": "Nr"},
           {"customer_no@crm": "Kundenkarte"}, {}, {"channel": {"Besuch": "branch"}, "direction": {"Eingang": "in"}}),
    Mapped("filialen/besuche_kiel.xlsx", "interactions", "branch",
           {"key": ["Nr"], "sheet": "Besuche", "dates": "day-first", "unknown": _UNKNOWN},
           {"key": "Nr", "at": "Datum", "at_time": "Uhrzeit", "team": "Filiale", "person": "Mitarbeiter",
               "name": "Kunde", "phone": "Telefon",
            "text": "Notiz", "topic": "Anliegen", "channel": "Art", "direction": "Richtung", "customer": "Nr"},
           {"customer_no@crm": "Kundenkarte"}, {}, {"channel": {"Besuch": "branch"}, "direction": {"Eingang": "in"}}),
    Mapped("social/posts.jsonl", "interactions", "social", {"key": ["id"], "dates": "year-first"},
           {"key": "id", "at": "created", "customer": "handle", "channel": "kind", "direction": "direction",
               "person": "agent", "text": "text",
            "reply_to": "in_reply_to"},
           {"handle": "handle"}, {}, {"channel": {"post": "social"}, "direction": {"theirs": "in", "ours": "out"}}),
    Mapped("social/bewertungen.csv", "reviews", "social",
           {"key": ["Review ID"], "encoding": "utf-8", "delimiter": ",", "dates": "month-first"},
           {"key": "Review ID", "at": "Date", "value": "Stars", "low": "Min", "high": "Max", "author": "Author",
               "portal": "Portal",
            "title": "Title", "text": "Text", "reply_at": "Reply Date", "reply": "Reply"}),
    Mapped("reparatur/rma_log.csv.gz", "case_events", "repairs",
           {"key": ["RMA", "POS"], "encoding": "cp1252", "delimiter": ";", "dates": "day-first", "unknown": _UNKNOWN},
           {"case": "RMA", "seq": "POS", "at": "DATUM", "at_time": "ZEIT", "state": "STATUS", "team": "STATION",
               "person": "TECHNIKER",
            "updated_by": "ERFASST", "topic": "GRUND", "customer": "RMA", "name": "KUNDE", "street": "STRASSE",
            "postcode": "PLZ", "city": "ORT",
            "phone": "TELEFON", "opened_at": "ANGELEGT"},
           {"order_no@shop": "AUFTRAG"}, {}, {"state": _RMA_STATES}),
    Mapped("reparatur/vorgaenge.csv.gz", "orders", "repairs",
           {"key": ["RMA"], "encoding": "cp1252", "delimiter": ";", "dates": "day-first", "unknown": _UNKNOWN},
           {"key": "RMA", "customer": "RMA", "at": "ANGELEGT", "kind": "ART", "status": "STATUS",
               "done_at": "ERLEDIGT", "article": "GERAET"},
           {"order_no@shop": "AUFTRAG"}, {}, {"kind": {"REP": "repair", "RET": "return"}}),
    Mapped("umfragen/kundenstimmen.csv", "ratings", "mail",
           {"key": ["antwort_id"], "encoding": "utf-8", "delimiter": ";", "dates": "day-first", "decimal": ","},
           {"key": "antwort_id", "at": "beantwortet", "invited_at": "eingeladen", "customer": "adresse",
               "email": "adresse", "case": "ticket",
            "kind": "art", "dimension": "frage", "value": "wert", "low": "von", "high": "bis", "channel": "weg",
            "text": "kommentar"},
           {}, {}, {"channel": {"Mail": "email"}}),
    Mapped("umfragen/selbstbild.xlsx", "self_image", "management", {"sheet": "Führungskreis", "dates": "day-first"},
           {"dimension": "Frage", "value": "Schätzung", "low": "von", "high": "bis", "sure": "sicher %",
               "respondent": "Nr.", "at": "Datum"}),
    Mapped("umfragen/mitarbeiter.csv", "staff_view", "management",
           {"encoding": "cp1252", "delimiter": ";", "dates": "day-first", "decimal": ","},
           {"dimension": "Frage", "value": "Antwort", "low": "von", "high": "bis", "team": "Bereich",
               "respondent": "Bogen", "at": "Datum"}),
)  # fmt: skip


def mapping_text() -> str:
    """The whole ``rundblick.toml``."""
    tables: list[tuple[str, Mapping[str, Any]]] = [
        (
            "[rundblick]",
            {
                "version": 1,
                "timezone": "Europe/Berlin",
                "language": "de",
                "company": COMPANY,
                "country": "DE",
                "guessed": False,
            },
        ),
        # solved and answered in office hours; the desk's own flag goes on while the customer has the ball
        (
            "[promise]",
            {
                "hours": "Mo-Fr 08:00-17:00",
                "holidays": "DE-SH",
                "closed": ["2025-12-24", "2025-12-31"],
                "pending": "runs",
                "reaction_hours": FIRST_REPLY // 3600,
                "resolution_hours": SOLUTION // 3600,
            },
        ),
    ]
    for file in FILES:
        tables.append(("[[file]]", {"name": file.name, "is": file.is_, "system": file.system, **file.options}))
        if file.columns:
            tables.append(("[file.columns]", file.columns))
        if file.identifiers:
            tables.append(("[file.identifiers]", file.identifiers))
        if file.verified:
            tables.append(("[file.verified]", file.verified))
        for name, values in file.values.items():
            tables.append((f"[file.values.{name}]", values))
    return toml_text(tables)

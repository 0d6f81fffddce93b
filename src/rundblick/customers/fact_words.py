"""How German and English texts call the facts that a company asks its customers for, as expressions over folded text.

Folded text is lower case with ä, ö, ü, ß written out (``customers.asking.folded``); an ä of an expression stands for
what people write as ä, ae or, in a hurry, a. The first fact whose expression matches at a place has it: longer names
come first, so that an e-mail address is no address and the date of an order is no order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# "ä" of the sources below: written out, or without its dots
_SPELLED: Final = {"ä": "(?:ae|a)", "ö": "(?:oe|o)", "ü": "(?:ue|u)", "ß": "(?:ss|s)"}


def spelled(expression: str) -> str:
    """An expression written with umlauts, for folded text in any spelling of them."""
    for letter, either in _SPELLED.items():
        expression = expression.replace(letter, either)
    return expression


_NO = r"[ .:-]{0,2}(?:nummern?|nr|num|id)\b"
_NO_EN = r"(?:[ -]?(?:numbers?|no|nr|id|code|reference|ref)\b|[ ]?#)"
# "Kunden- und Bestellnummer": the second half stands with the last one
_HANGING = r"-(?= ?(?:und|oder|bzw|u|/|,|sowie|and|or)\b| ?[/,])"


def _numbered(german: str, english: str, more: str = "") -> str:
    parts = [f"(?:{german})(?:{_NO}|{_HANGING})", f"(?:{english}){_NO_EN}"]
    return "|".join([*parts, more] if more else parts)


# kind -> expression. Kinds are those of identifiers and facts where there is one (docs/mapping.md).
NAMES: Final[dict[str, str]] = {
    "email": r"(?:e-?mail|mail)(?:[ -]?ad+resse?n?\b|[ -]?addy|[ -]?anschrift)|email (?:address|id)",
    "birth_date": r"geb(?:urts|\.)?[ -]?(?:datum|dat\b|tag\b)|geburtsjahr|dates? of birth|birth[ -]?(?:date|day)"
        r"|\bdob\b",
    "phone": _numbered(
        r"(?:tele(?:f|ph)on|\btele?|(?:rück)?ruf|rückruf|handy|mobil(?:funk|telefon)?|festnetz|kontakt|fon|whatsapp)",
        r"(?:tele)?phone|mobile(?: phone)?|cell(?: ?phone)?|contact|call-?back|landline",
        r"\bdurchwahl|\b(?:ihr|dein)e?[nr]? (?:tele(?:f|ph)on|handy)\b(?! ?(?:ist|war|hat|funktion))"
        r"|nummer,? (?:unter|auf) der (?:wir|ich) (?:sie|dich)|number (?:where|on which|at which|to reach"
        r"|we can reach)",
    ),
    "purchase_date": r"(?:kauf|bestell|rechnungs|anschaffungs|erwerbs)[ -]?(?:datum|tag)\b"
    r"|(?:datum|tag|zeitpunkt) (?:des|der|ihrer|ihres|deiner|deines) (?:\w+ )?(?:kauf|bestell|erwerb|rechnung"
    r"|anschaff)\w*"
    r"|dates? of (?:the |your )?(?:purchase|order|invoice)|(?:purchase|order|invoice) date",
    "serial_no": _numbered(
        r"serien|serial|fabrikations|fertigungs|(?:geräte|maschinen)",
        r"serial|manufacturing",
        r"\bs/n\b|\bfd[ -]?(?:nummer|nr)\b|\bimei\b",
    ),
    "model": _numbered(r"modell?|typen|artikel|produkt|material", r"model|article|product|item|part")
    + r"|\bmodell?(?:bezeichnung|namen?|e)?\b|typen(?:bezeichnung|schild)|typbezeichnung|geräte(?:typ|bezeichnung)"
    r"|(?:exact |full )?model(?: name)?\b|(?:type|rating) plate|bezeichnung (?:des|ihres|deines) \w+",
    "tracking_no": _numbered(r"sendungs?|trackings?|paket|sendungsverfolgungs", r"tracking|parcel"),
    "invoice_no": _numbered(
        r"rechnungs?|rechn\.?|beleg|\brg\.?|\bre\.?",
        r"invoice|bill|billing",
        r"nummer (?:der|ihrer|deiner|auf der) rechnung|number (?:of|on) (?:the|your) (?:invoice|bill)",
    ),
    "customer_no": _numbered(
        r"kunden(?:konto)?|\bkd\.?|\bkdn\.?|mitglieds?|debitoren|kundin",
        r"customer|client|member(?:ship)?|account",
        r"\bkdnr|\bkundnr|\bkundenkennung|nummer (?:ihres|deines) kundenkontos",
    ),
    "contract_no": _numbered(
        r"vertrags?(?:konto)?|policen|versicherungs(?:schein)?|abo",
        r"contract|policy|subscription",
        r"nummer (?:des|ihres|deines) vertrag\w*|number of (?:the|your) contract",
    ),
    "case_no": _numbered(
        r"ticket|vorgangs?|fall|bearbeitungs|rma|reparatur(?:auftrags)?|retouren|rücksende|schaden|referenz"
        r"|reklamations",
        r"ticket|case|rma|incident|repair|returns?|claim|complaint|reference",
        r"aktenzeichen",
    ),
    "order_no": _numbered(
        r"bestell(?:ungs)?|auftrags?(?:bestätigungs)?|best\.?|order|bestellungen",
        r"orders?|purchase|booking|order confirmation",
        r"nummer (?:der|ihrer|deiner|zur|zu ihrer|zu deiner) bestellung|nummer (?:des|ihres|deines) auftrag\w*"
        r"|number (?:of|for) (?:the|your) order",
    ),
    "bank": r"\biban\b|bankverbindung|bankdaten|konto(?:nummer|nr|daten|verbindung)|bank(?:ing)? (?:details"
        r"|account)|account details",
    "address": r"(?<!-)(?:liefer|rechnungs|versand|wohn|post|privat|abholungs|abhol|heimat|zustell|melde|einsatz"
        r"|haus|firmen|kunden)?-?"
    r"(?:ad+resse?n?|ad+ress?daten|anschrift(?:en)?)\b"
    r"|(?:plz|postleitzahl|hausnummer|wohnort)\b|stra(?:ss|s)e (?:und|u\.?|mit|\+) haus\w*|post(?:al )?code"
    r"|zip ?code",
    "receipt": r"kaufbeleg|kassenbon|kassenzettel|kassenbeleg|kaufnachweis|quittung|rechnungskopie"
    r"|kopie (?:der|ihrer|deiner|von der|einer) (?:\w+ )?rechnung|proof of purchase|(?:sales |till )?receipt"
    r"|copy of (?:the|your) (?:\w+ )?(?:invoice|bill)",
    "photo": r"\b(?:handy)?(?:fotos?|photos?|bild(?:er|ern|material)?|aufnahmen?|pictures?|images?|screenshots?"
        r"|schnappschuss|pics?)\b"
    r"|photographs?\b",
    "name": r"(?:vor|nach|familien)-?(?:namen?\b|(?= ?(?:und|u\.?) nachname))|(?:vollständige|vollstaendige"
        r"|komplette|volle)[nr]? namen?\b"
    r"|\b(?:ihren|deinen|ihr|dein) namen?\b|\b(?:full|last|first|family|your) name\b|surname",
}  # fmt: skip

KINDS: Final = tuple(NAMES)

NOUN: Final = re.compile(r"\b(?:" + "|".join(f"(?P<{kind}>{spelled(names)})" for kind, names in NAMES.items()) + ")")

STEMS: Final[Sequence[str]] = (
    *("num", "nr", " no.", " no ", " no?", " no,", " #", "adres", "addres", "anschrift", "geb", "birth", "dob", "tele"),
    *(
        "phone",
        "handy",
        "fon",
        "durchwahl",
        "datum",
        "date",
        "tag de",
        "modell",
        "model",
        "bezeichnung",
        "iban",
        "bank",
    ),
    *(
        "konto",
        "account",
        "plz",
        "postleit",
        "postal",
        "postc",
        "post c",
        "zip",
        "wohn",
        "stra",
        "beleg",
        "bon",
        "zettel",
    ),
    *(
        "quittung",
        "nachweis",
        "kopie",
        "copy",
        "proof",
        "receipt",
        "foto",
        "photo",
        "bild",
        "aufnahme",
        "pictur",
        "image",
    ),
    *("screenshot", "schnapp", "pics", "pic ", "name", "s/n", "imei", "aktenzeichen", "-id", " id", "id?", "plate"),
    *("typ", "kunden-", "tell-", "rags-", "ungs-", "serien-", "fon-", "code", "reference", "kennung", "wann", "when"),
    *(
        "welche",
        "which",
        "what m",
        "what d",
        "what n",
        "what p",
        "what i",
        "what e",
        "was f",
        "erreich",
        "reach",
        "wohin",
    ),
    *("where", "heiss", "heiß", "wie alt"),
)
"""Where none of these stands, no fact is named and none is asked for in other words: the cheap question comes first."""

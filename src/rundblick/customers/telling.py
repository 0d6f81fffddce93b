"""Facts that a customer tells in his own words: "Meine Kundennummer ist 4711". So nobody need ask for them again.

Expressions over lower-case text in the part of the language that Python's ``re`` and PostgreSQL share, since the report
asks the database: no word borders, no look-around. In doubt nothing is told.
"""

from __future__ import annotations

import re
from typing import Final

_LABELLED: Final = "[ .:-]{0,2}(?:nummer|nr|number|no|num|id)[^0-9\n]{0,24}[a-z]{0,4}[-/ ]?[0-9][0-9 ./-]{3,}"

TELLS: Final[dict[str, str]] = {
    "customer_no": f"(?:kunden|kd|customer|client|account){_LABELLED}",
    "contract_no": f"(?:vertrags?|contract|policy){_LABELLED}",
    "order_no": f"(?:bestell(?:ungs)?|auftrags?|order){_LABELLED}"
    "|(?:bestellung|auftrag|order) (?:mit der nummer |nr[.]? |no[.]? |#)?[a-z]{0,4}[-/ ]?[0-9]{4,}",
    "invoice_no": f"(?:rechnungs?|invoice){_LABELLED}|rechnung (?:nr[.]? )?[a-z]{{0,4}}[-/ ]?[0-9]{{4,}}",
    "serial_no": f"(?:serien|serial|ger(?:ä|ae)te){_LABELLED}",
    "birth_date": "(?:geb|born|birth)[^0-9\n]{0,24}[0-9]{1,2}[./-] ?[0-9a-zä]{1,9}[./ -] ?[0-9]{2,4}",
    "purchase_date": "(?:gekauft|kauf|bestellt|bought|purchase)[^0-9\n]{0,30}[0-9]{1,2}[./] ?[0-9]{1,2}[./]",
    "phone": "(?:^|[^0-9a-z])(?:[+]|00?)[1-9][0-9]{1,4}[ ()/-]{0,3}[0-9][0-9 /-]{4,}[0-9]",
    "email": "[^ \n@<>]+@[^ \n@<>]+[.][a-z]{2,}",
    "bank": "(?:^|[^a-z])[a-z]{2}[0-9]{2} ?[0-9]{4} ?[0-9]{4} ?[0-9]{4}",
    "address": "(?:str|stra(?:ß|ss)e|weg|platz|allee|gasse|ring|damm|ufer|street|road)[.]? [0-9]{1,4}"
    "[^0-9]{0,30}[0-9]{4,5} [a-zäöü]",
}

_COMPILED: Final = {kind: re.compile(expression) for kind, expression in TELLS.items()}


def told_value(text: str, kind: str) -> str:
    """The words in which a text tells a fact of this kind, "" when it does not."""
    expression = _COMPILED.get(kind)
    match = expression.search(text.lower()) if expression is not None else None
    return " ".join(text[match.start() : match.end()].split()) if match is not None else ""

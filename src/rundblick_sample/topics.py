"""What customers come about, how often, who ought to solve it, and how hard that is here."""

from __future__ import annotations

from dataclasses import dataclass

from rundblick_sample.draw import Weighted


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of concern. Shares are 0..1; ``team`` is where it is solved."""

    code: str
    label: str
    weight: float
    team: str
    solved_first: float  # true share solved by the first answer
    wrong_team: float  # share that lands with a team that cannot solve it
    repair: bool = False  # opens a number with returns and repairs


TOPICS = (
    Topic("delivery_late", "Lieferverzug", 17, "Versand", 0.44, 0.42),
    Topic("invoice", "Rechnung", 11, "Rechnungswesen", 0.56, 0.38),
    Topic("return", "Retoure/Erstattung", 13, "Retouren", 0.40, 0.36, True),
    Topic("repair", "Reparatur/Garantie", 14, "Werkstatt", 0.32, 0.40, True),
    Topic("damaged", "Transportschaden/Falschlieferung", 8, "Retouren", 0.40, 0.38, True),
    Topic("product", "Produktfrage", 12, "E-Mail-Service", 0.72, 0.16),
    Topic("order_change", "Bestelländerung/Storno", 7, "Versand", 0.58, 0.28),
    Topic("cancel", "Kündigung Wartungsvertrag", 4, "Vertragsservice", 0.46, 0.40),
    Topic("address", "Adressänderung", 5, "E-Mail-Service", 0.70, 0.14),
    Topic("reminder", "Mahnung", 4, "Rechnungswesen", 0.46, 0.44),
    Topic("appointment", "Technikertermin", 6, "Werkstatt", 0.46, 0.34),
    Topic("complaint", "Beschwerde Service", 3, "Beschwerdestelle", 0.32, 0.48),
)
TOPIC = Weighted(TOPICS, [topic.weight for topic in TOPICS])
BY_CODE = {topic.code: topic for topic in TOPICS}

"""What CRM, shop and billing know of a person, and what he bought: the three files of customers and their orders."""

from __future__ import annotations

from dataclasses import dataclass, field

from rundblick_sample import clerks, company, hours
from rundblick_sample.clerks import Seen
from rundblick_sample.company import Article
from rundblick_sample.draw import Draw, Weighted
from rundblick_sample.people import Person

_TIERS = Weighted(["Standard", "Silber", "Gold", "Gewerbe"], [72, 16, 8, 4])


@dataclass(slots=True)
class Entry:
    """One customer number in one system."""

    system: str
    key: str
    person: Person
    seen: Seen
    since: float
    tier: str = "Standard"
    crm_no: str = ""
    left_at: float | None = None


@dataclass(slots=True)
class Purchase:
    """One order, or a purchase over the counter (then without a number)."""

    number: str
    entry: Entry | None
    person: Person
    article: Article
    at: float
    cents: int
    promised: float
    delivered: float | None
    place: str
    status: str = "zugestellt"


@dataclass(slots=True)
class Payment:
    """One item of an account."""

    number: str
    entry: Entry
    at: float
    cents: int
    due: float
    paid: float | None
    reminders: int


@dataclass(slots=True)
class Numbers:
    """The next free number of each system."""

    crm: int = 1_204_117
    shop: int = 50_231
    billing: int = 700_410
    order: int = 4_400_190
    invoice: int = 81_240_077
    concern: int = 0
    contact: dict[str, int] = field(default_factory=dict)

    def next(self, name: str, first: int = 1) -> int:
        value = self.contact.get(name, first)
        self.contact[name] = value + 1
        return value


@dataclass(slots=True)
class Known:
    """All that the three files hold of one person."""

    crm: list[Entry] = field(default_factory=list)
    shop: list[Entry] = field(default_factory=list)
    billing: list[Entry] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)


def _check_digit(number: int) -> int:
    return (7 * sum((i % 3 + 1) * int(d) for i, d in enumerate(str(number)))) % 10


def enrol(draw: Draw, numbers: Numbers, person: Person, household: list[Person]) -> Known:
    """Files one person in CRM, shop and billing: in some, in none, in some of them twice."""
    known = Known()
    age = person.age
    start = -900 * hours.DAY
    if draw.chance(0.66):
        _enter(draw, numbers, "crm", known.crm, person, household, start)
        if draw.chance(0.085):
            _enter(draw, numbers, "crm", known.crm, person, household, start)
            _mark(known.crm)
    if person.mails and draw.chance(0.74 if age < 55 else 0.42):
        _enter(draw, numbers, "shop", known.shop, person, household, start)
        if draw.chance(0.11):
            _enter(draw, numbers, "shop", known.shop, person, household, start)
            _mark(known.shop)
    if draw.chance(0.46) or not (known.crm or known.shop):
        _enter(draw, numbers, "billing", known.billing, person, household, start)
        if draw.chance(0.05):
            _enter(draw, numbers, "billing", known.billing, person, household, start)
            _mark(known.billing)
    if known.crm:
        for entry in known.shop:
            if draw.chance(0.17):
                entry.crm_no = draw.pick(known.crm).key
        for entry in known.billing:
            if draw.chance(0.30):
                entry.crm_no = draw.pick(known.crm).key
    _buy(draw, numbers, person, known)
    return known


def mix_cards(draw: Draw, home: list[Known]) -> None:
    """Couples share the customer card: now and then the shop or the accounts hold the other one's number."""
    if len(home) < 2 or not draw.chance(0.10):
        return
    one, other = home[0], home[1]
    for entry in (*one.shop, *one.billing):
        if other.crm and draw.chance(0.5):
            entry.crm_no = other.crm[0].key
            trap = entry.seen.trap
            entry.seen.trap = "partner_card" if trap == "plain" else f"{trap}+partner_card"


def _mark(entries: list[Entry]) -> None:
    for entry in entries:
        entry.seen.trap = "duplicate" if entry.seen.trap == "plain" else f"{entry.seen.trap}+duplicate"


def _enter(
    draw: Draw, numbers: Numbers, system: str, entries: list[Entry], person: Person, household: list[Person], start: int
) -> None:
    since = start + draw.u() * (hours.END - start) * 0.86
    if system == "crm":
        numbers.crm += draw.between(1, 3)
        key = f"{numbers.crm}{_check_digit(numbers.crm)}"
        seen = clerks.seen(draw, person, clerks.CRM, household)
    elif system == "shop":
        numbers.shop += 1
        key = f"C{numbers.shop:07d}"
        seen = clerks.seen(draw, person, clerks.SHOP, household)
    else:
        numbers.billing += draw.between(1, 2)
        key = f"D-{numbers.billing}"
        seen = clerks.seen(draw, person, clerks.BILLING, household)
    entries.append(Entry(system, key, person, seen, since, _TIERS.draw(draw.u())))
    person.systems.add(system)


def _buy(draw: Draw, numbers: Numbers, person: Person, known: Known) -> None:
    for entry in known.shop:
        for _ in range(1 + int(draw.exponential(1.75))):
            known.purchases.append(_order(draw, numbers, person, entry))
    if not known.shop:
        for _ in range(1 + draw.chance(0.3)):
            article = company.ARTICLE.draw(draw.u())
            at = hours.arrivals("visit").draw(draw) - (draw.between(0, 260) * hours.DAY)
            known.purchases.append(
                Purchase("", None, person, article, at, article.cents, at, at, draw.pick(company.BRANCHES), "abgeholt")
            )
    for account in known.billing:
        for _ in range(1 + int(draw.exponential(1.3))):
            at = -60 * hours.DAY + draw.u() * (hours.END + 60 * hours.DAY)
            cents = draw.pick(known.purchases).cents if draw.chance(0.7) else draw.pick((990, 1490, 2490, 4990, 7900))
            due = at + 14 * hours.DAY
            late = draw.chance(0.15)
            paid = at + draw.lognormal(9, 0.5) * hours.DAY if not late else due + draw.lognormal(16, 0.7) * hours.DAY
            reminders = 0 if not late else 1 + draw.chance(0.4)
            numbers.invoice += draw.between(1, 4)
            known.payments.append(
                Payment(f"RE{numbers.invoice}", account, at, cents, due, paid if paid < hours.END else None, reminders)
            )


def _order(draw: Draw, numbers: Numbers, person: Person, entry: Entry) -> Purchase:
    at = hours.arrivals("any").draw(draw) - (366 * hours.DAY if draw.chance(0.28) else 0)
    article = company.ARTICLE.draw(draw.u())
    numbers.order += draw.between(1, 3)
    promised = (at // hours.DAY + draw.between(2, 6)) * hours.DAY + 18 * 3600
    day = at / hours.DAY
    struck = hours.STRIKE[0] - 4 <= day < hours.STRIKE[1]
    late = draw.chance(0.80 if struck else 0.20)
    delivered: float | None = promised - draw.between(0, 2) * hours.DAY - draw.below(28_000)
    if late:
        delivered = promised + draw.lognormal(9 if struck else 4, 0.6) * hours.DAY
    delivered = max(delivered or 0.0, at + hours.DAY)
    status = "zugestellt"
    if draw.chance(0.03):
        delivered, status = None, "storniert"
    elif delivered >= hours.END:
        delivered, status = None, "in Zustellung"
    cents = article.cents * (2 if draw.chance(0.04) else 1)
    return Purchase(f"NL{numbers.order}", entry, person, article, at, cents, promised, delivered, "Onlineshop", status)

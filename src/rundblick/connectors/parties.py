"""Who a row is about: the source record, its identifiers and facts, from the columns that a mapping names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import Any, Final

from rundblick.connectors.fields import AS_WRITTEN, CONTACT, EVERYWHERE, FORMER
from rundblick.connectors.formats import Cell, cell_text
from rundblick.connectors.mapping import FileMapping
from rundblick.connectors.notes import Notes
from rundblick.connectors.values import Reader, Values, clean
from rundblick.core.message import Identifier, Party, Strength
from rundblick.customers.identifiers import MOBILE, email_normal, fold_name, handle_normal, number_normal, phone_normal

_CACHE: Final = 50_000
_CONTACT_FIELDS = ("email", "phone", "mobile")

PartyOf = Callable[[list[Any], bytes], Party | None]


def compile_party(
    entry: FileMapping, header: Sequence[str], system: str, country: str, values: Values
) -> PartyOf | None:
    """A function from (cells, identity of the row) to the row's party; ``None`` when no column names anybody.

    The party's key is the row's customer key. Without one it is what the row has: a mail address or telephone number
    (systems "email" and "phone", as for live contacts), a number another system issued, a name with address or birth
    date; a bare name stays with its own row, since a name proves nothing.
    """
    place = {name: index for index, name in enumerate(header)}
    key_field = {"customers": "key", "reviews": "customer"}.get(entry.means, "customer")
    key_column = entry.columns.get(key_field)
    if key_column is None and entry.means == "reviews":
        key_column = entry.columns.get("author")
    facts = _fact_columns(entry)
    identifiers = _identifier_columns(entry, system)
    columns = [key_column] if key_column is not None else []
    columns += [column for _, column in facts] + [column for *_, column in identifiers]
    if not columns:
        return None
    fixed = {field: value for field, value in entry.fixed.items() if field in CONTACT or field in _ABOUT}
    build = _Build(entry, system, country, values, key_column, facts, identifiers, fixed)
    if len(columns) == 1:
        only = place[columns[0]]
        one_cache: dict[Cell, Party | None] = {}

        def of_one(cells: list[Any], identity: bytes) -> Party | None:
            cell = cells[only]
            try:
                return one_cache[cell]
            except KeyError:
                party = build((cell,), identity)
            if build.repeatable:
                if len(one_cache) >= _CACHE:
                    one_cache.clear()
                one_cache[cell] = party
            return party

        return of_one
    pick = itemgetter(*(place[column] for column in columns))
    if entry.means == "customers":
        return lambda cells, identity: build(pick(cells), identity)
    cache: dict[tuple[Cell, ...], Party | None] = {}

    def of_many(cells: list[Any], identity: bytes) -> Party | None:
        picked = pick(cells)
        try:
            return cache[picked]
        except KeyError:
            party = build(picked, identity)
        if build.repeatable:
            if len(cache) >= _CACHE:
                cache.clear()
            cache[picked] = party
        return party

    return of_many


_ABOUT = ("tier", "language", "since", "preferred_channel")


def _fact_columns(entry: FileMapping) -> list[tuple[str, str]]:
    wanted = CONTACT - set(_CONTACT_FIELDS)
    if entry.means == "customers":
        wanted = wanted | set(_ABOUT) | FORMER
    mapped = [(field, column) for field, column in entry.columns.items() if field in wanted]
    if "birth_date" in entry.columns:
        mapped.append((AS_WRITTEN, entry.columns["birth_date"]))
    return mapped + list(entry.facts.items())


def _identifier_columns(entry: FileMapping, system: str) -> list[tuple[str, str, str]]:
    """(kind, issuer, column) of the contact fields and the identifiers table."""
    found = []
    for field in _CONTACT_FIELDS:
        if field in entry.columns:
            found.append(("phone" if field == "mobile" else field, "", entry.columns[field]))
    for one in entry.identifiers:
        found.append((one.kind, "" if one.kind in EVERYWHERE else one.issuer or system, one.column))
    return found


class _Build:
    """Builds a party from the cells of its columns: key first (if any), then facts, then identifiers."""

    def __init__(
        self,
        entry: FileMapping,
        system: str,
        country: str,
        values: Values,
        key_column: str | None,
        facts: list[tuple[str, str]],
        identifiers: list[tuple[str, str, str]],
        fixed: dict[str, str],
    ) -> None:
        self._system = system
        self._country = country
        self._unknown = values.unknown
        self._notes: Notes = values.notes
        self._has_key = key_column is not None
        self._facts = [(field, self._fact_reader(values, field, column)) for field, column in facts]
        self._identifiers = [(kind, issuer, column, kind in entry.verified) for kind, issuer, column in identifiers]
        self._fixed = fixed
        self._house_number = "house_number" in fixed or any(field == "house_number" for field, _ in facts)
        self._former_houses = [
            field.removeprefix("former_house_number") for field, _ in facts if field.startswith("former_house_number")
        ]
        self._handle = entry.means == "reviews" and "customer" not in entry.columns
        self.repeatable = True  # whether the last party is the same for every row with these cells

    @staticmethod
    def _fact_reader(values: Values, field: str, column: str) -> Reader[str]:
        if field == AS_WRITTEN:
            return values.day_as_written(column)
        if field in ("birth_date", "since") or field.startswith("former_until"):
            return values.day(column)
        return values.text(column, field)

    def __call__(self, cells: tuple[Cell, ...], identity: bytes) -> Party | None:
        at = 0
        key = ""
        if self._has_key:
            key = self._known(cells[0])
            at = 1
        facts = dict(self._fixed)
        for field, reader in self._facts:
            value = reader[cells[at]]
            at += 1
            if value:
                facts[field] = value
        if self._house_number and (number := facts.pop("house_number", "")) and (street := facts.get("street")):
            facts["street"] = f"{street} {number}"
        for suffix in self._former_houses:
            number, street = facts.pop("former_house_number" + suffix, ""), facts.get("former_street" + suffix)
            if number and street:
                facts["former_street" + suffix] = f"{street} {number}"
        identifiers: list[Identifier] = []
        for kind, issuer, column, verified in self._identifiers:
            text = self._known(cells[at])
            at += 1
            if not text:
                continue
            one = self._identifier(kind, issuer, text, verified)
            if one is None:
                facts.setdefault(kind, text)
                self._notes.add("identifier.unreadable", column=column, kind=kind)
            elif one not in identifiers:
                identifiers.append(one)
        self.repeatable = True
        if key:
            if self._handle:
                identifiers.append(Identifier("handle", handle_normal(key) or key.lower(), self._system))
            return Party(self._system, key, tuple(identifiers), facts)
        return self._without_key(tuple(identifiers), facts, identity)

    def _known(self, cell: Cell) -> str:
        text = clean(cell_text(cell))
        return "" if text.casefold() in self._unknown else text

    def _identifier(self, kind: str, issuer: str, text: str, verified: bool) -> Identifier | None:
        if kind == "email":
            address = email_normal(text)
            strength = Strength.STRONG if verified else Strength.WEAK
            return Identifier(kind, address, "", strength, verified) if address else None
        if kind == "phone":
            number = phone_normal(text, self._country)
            if number is None:
                return None
            weak = Strength.WEAK if number.startswith(MOBILE) else Strength.HOUSEHOLD
            return Identifier(kind, number, "", Strength.STRONG if verified else weak, verified)
        if kind == "handle":
            handle = handle_normal(text)
            return Identifier(kind, handle, issuer, Strength.STRONG, verified) if handle else None
        value = number_normal(text)
        return Identifier(kind, value, issuer, Strength.STRONG, verified) if value else None

    def _without_key(self, identifiers: tuple[Identifier, ...], facts: dict[str, str], identity: bytes) -> Party | None:
        by_kind = {one.kind: one for one in reversed(identifiers)}
        for one in identifiers:
            if one.kind not in ("email", "phone"):
                return Party(self._system, f"{one.kind}@{one.issuer}:{one.value}", identifiers, facts)
        for kind in ("email", "phone"):
            if kind in by_kind:
                return Party(kind, by_kind[kind].value, identifiers, facts)
        if not facts.keys() & {"name", "first_name", "last_name", "company"}:
            return None
        name = " ".join(fold_name(facts.get(f, "")) for f in ("name", "first_name", "last_name", "company"))
        place = [facts.get(f, "") for f in ("birth_date", "street", "postcode")]
        if any(place):
            said = "\x1f".join([name, place[0], fold_name(place[1]), place[2]])
            digest = blake2b(said.encode(), digest_size=12).hexdigest()
            return Party(self._system, f"person:{digest}", identifiers, facts)
        self.repeatable = False
        return Party(self._system, f"row:{identity.hex()}", identifiers, facts)

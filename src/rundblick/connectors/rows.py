"""From the rows of one file to typed messages, compiled once per file: ``compile_rows``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final

import msgspec

from rundblick.connectors.encodings import repairer
from rundblick.connectors.fields import CHOICES, FIELDS, WHAT, Kind
from rundblick.connectors.formats import Cell, cell_text
from rundblick.connectors.identity import compile_identity
from rundblick.connectors.mapping import FileMapping
from rundblick.connectors.notes import Notes
from rundblick.connectors.parties import compile_party
from rundblick.connectors.values import Constant, Reader, ValueFault, Values, minor_units, unknown_marks
from rundblick.core.envelope import Span
from rundblick.core.message import (
    CallValues,
    CaseValues,
    Channel,
    Direction,
    Message,
    OrderValues,
    RatingValues,
    Sender,
    Thread,
    Unreadable,
)
from rundblick.customers.asking import asks_for

RowReader = Callable[[list[Cell], int, int, int], Message | Unreadable]

_CURRENCIES: Final = {"DE": "EUR", "AT": "EUR", "CH": "CHF"}
_SCALES: Final = {
    "csat": (1.0, 5.0),
    "nps": (0.0, 10.0),
    "ces": (1.0, 7.0),
    "item": (1.0, 5.0),
    "solved": (0.0, 1.0),
    "": (1.0, 5.0),
}
_SOLVED: Final = {"ja": 1.0, "yes": 1.0, "true": 1.0, "wahr": 1.0, "nein": 0.0, "no": 0.0, "false": 0.0, "falsch": 0.0}
_NO_THREAD: Final = Thread()


class RowContext(msgspec.Struct, frozen=True):
    """What is known of a file beside its mapping.

    orders    order of day and month by column, as found in the values
    decimals  decimal sign by column, as found in the values
    scale     (low, high) for values whose scale neither a column nor the kind of rating tells
    """

    system: str
    zone: str = "Europe/Berlin"
    country: str = "DE"
    orders: dict[str, str] = {}
    decimals: dict[str, str] = {}
    scale: tuple[float, float] | None = None


def compile_rows(entry: FileMapping, header: Sequence[str], context: RowContext, notes: Notes) -> RowReader:
    """A function from (cells, row number, start, end) of a row to its ``Message``, or ``Unreadable`` with its fault.

    ``header`` must hold every column that ``entry`` names (see ``mapping.missing_columns``). The function counts the
    rows of equal content when the file has no key columns: call it once per row, in the file's order.
    """
    columns = _Columns(entry, header, context, notes)
    identify = compile_identity(entry, header, context.system, columns.values.unknown)
    build = _BUILDERS[entry.means](columns)
    prepare = columns.prepare()
    join = "\x1f".join

    def read(cells: list[Any], number: int, start: int = 0, end: int = 0) -> Message | Unreadable:
        try:
            said = join(cells)
        except TypeError:
            said = join([cell_text(cell) for cell in cells])
        content = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        try:
            identity = identify(cells, content)
            if prepare is not None:
                prepare(cells)
            cells.append("")
            return build(cells, identity, content, Span(number, start, end))
        except ValueFault as fault:
            return Unreadable(fault=fault.code, detail=fault.detail, row=number, span=Span(number, start, end))

    return _repairing(read, entry.mojibake, notes) if entry.mojibake else read


def _repairing(read: RowReader, kind: str, notes: Notes) -> RowReader:
    """Repairs every text of a row first, and counts the rows in which something changed."""
    repair = repairer(kind)

    def repaired(cells: list[Any], number: int, start: int = 0, end: int = 0) -> Message | Unreadable:
        changed = False
        for place, cell in enumerate(cells):
            if type(cell) is str and not cell.isascii():
                better = repair(cell)
                if better != cell:
                    cells[place] = better
                    changed = True
        if changed:
            notes.add("text.repaired", kind=kind)
        return read(cells, number, start, end)

    return repaired


# --- columns ----------------------------------------------------------------------------------------------------


class _Columns:
    """The readers of a file's fields. A field without column reads the empty cell that is put behind every row."""

    def __init__(self, entry: FileMapping, header: Sequence[str], context: RowContext, notes: Notes) -> None:
        self.entry = entry
        self.header = header
        self.context = context
        self.notes = notes
        self.system = context.system
        self.what = WHAT[entry.means]
        self.kinds = FIELDS[entry.means]
        self._place = {name: index for index, name in enumerate(header)}
        self._pairs: list[tuple[int, int]] = []
        dates = dict.fromkeys(entry.columns.values(), entry.dates) if entry.dates else context.orders
        decimals = dict.fromkeys(header, entry.decimal) if entry.decimal else context.decimals
        self.values = Values(context.zone, unknown_marks(entry.unknown), entry.values, dates, decimals, notes)
        self.party = compile_party(entry, header, context.system, context.country, self.values) or (lambda *_: None)

    def of(self, field: str, default: object = "") -> tuple[int, Reader[Any]]:
        """The place of a field's cell and the reader for it. ``default``: its value when no column holds it."""
        column = self.entry.columns.get(field)
        if column is None:
            fixed = self.entry.fixed.get(field)
            if fixed is None:
                return -1, Constant(default)
            reader = self._reader(field, self.kinds[field], field)
            return -1, Constant(reader.read(fixed))
        reader = self._reader(field, self.kinds[field], column)
        clock = self.entry.columns.get(f"{field}_time")
        if clock is None:
            return self._place[column], reader
        self._pairs.append((self._place[column], self._place[clock]))
        return len(self.header) + len(self._pairs) - 1, reader

    def _reader(self, field: str, kind: Kind, column: str) -> Reader[Any]:
        values = self.values
        if kind in CHOICES:
            return values.choice(column, field, kind)
        if kind is Kind.FLAG:
            return values.flag(column, field)
        if kind is Kind.TEXT:
            return values.text(column, field)
        simple: dict[Kind, Callable[[str], Reader[Any]]] = {
            Kind.KEY: values.text,
            Kind.LONG: values.long,
            Kind.MOMENT: values.moment,
            Kind.DAY: values.day,
            Kind.COUNT: values.count,
            Kind.NUMBER: values.number,
            Kind.SECONDS: values.seconds,
            Kind.MONEY: values.money,
        }
        return simple[kind](column)

    def needed(self, field: str) -> tuple[int, Reader[Any]]:
        """Like ``of``, for a field without which the row says nothing: unknown makes the row unreadable."""
        place, reader = self.of(field)
        read = reader.read

        def needed(cell: Any) -> Any:
            value = read(cell)
            if value is None or value == "":
                raise ValueFault("value.missing", reader.column or field)
            return value

        if isinstance(reader, Constant):
            return place, reader
        return place, Reader(reader.column, needed)

    def prepare(self) -> Callable[[list[Any]], None] | None:
        """Puts each pair of a date and a time of day behind the cells, where its reader expects it."""
        pairs = self._pairs
        if not pairs:
            return None

        def add_pairs(cells: list[Any]) -> None:
            cells.extend([(cells[day], cells[clock]) for day, clock in pairs])

        return add_pairs


Build = Callable[[list[Any], bytes, bytes, Span], Message]


def _case_values(columns: _Columns) -> Callable[[list[Any]], CaseValues]:
    i_state, state = columns.of("state")
    i_opened, opened = columns.of("opened_at", None)
    i_reply, reply = columns.of("first_reply_at", None)
    i_resolved, resolved = columns.of("resolved_at", None)
    i_closed, closed = columns.of("closed_at", None)
    i_team, team = columns.of("team")
    i_person, person = columns.of("person")
    i_topic, topic = columns.of("topic")
    i_tier, tier = columns.of("tier")
    i_priority, priority = columns.of("priority")
    i_reassigned, reassigned = columns.of("reassignments", None)
    i_reopens, reopens = columns.of("reopens", None)
    i_promise, promise = columns.of("promise_kept", None)
    i_by, by = columns.of("updated_by")
    tells_resolution = "resolved_at" in columns.entry.columns

    def build(cells: list[Any]) -> CaseValues:
        return CaseValues(
            state[cells[i_state]],
            opened[cells[i_opened]],
            reply[cells[i_reply]],
            resolved[cells[i_resolved]],
            closed[cells[i_closed]],
            team[cells[i_team]],
            person[cells[i_person]],
            topic[cells[i_topic]],
            tier[cells[i_tier]],
            priority[cells[i_priority]],
            reassigned[cells[i_reassigned]],
            reopens[cells[i_reopens]],
            promise[cells[i_promise]],
            by[cells[i_by]],
            tells_resolution,
        )

    return build


def _cases(columns: _Columns) -> Build:
    what, system, party = columns.what, columns.system, columns.party
    log = columns.entry.means == "case_events"
    i_case, case_key = columns.needed("case")
    i_at, at = columns.needed("at") if log else (-1, Constant(None))
    i_seq, seq = columns.of("seq", None) if log else (-1, Constant(None))
    i_channel, channel = columns.of("channel")
    i_subject, subject = columns.of("subject")
    i_text, text = columns.of("text")
    case_values = _case_values(columns)

    def build(cells: list[Any], identity: bytes, content: bytes, span: Span) -> Message:
        values = case_values(cells)
        key = case_key[cells[i_case]]
        return Message(
            what=what,
            system=system,
            identity=identity,
            content=content,
            key="" if log else key,
            at=at[cells[i_at]] if log else values.opened_at,
            seq=seq[cells[i_seq]],
            channel=channel[cells[i_channel]],
            party=party(cells, identity),
            case_key=key,
            subject=subject[cells[i_subject]],
            text=text[cells[i_text]],
            case=values,
            team=values.team,
            person=values.person,
            topic=values.topic,
            span=span,
        )

    return build


def _interactions(columns: _Columns) -> Build:
    what, system, party = columns.what, columns.system, columns.party
    i_at, at = columns.needed("at")
    i_key, key = columns.of("key")
    i_channel, channel = columns.of("channel")
    i_direction, direction = columns.of("direction", Direction.IN.value)
    i_case, case_key = columns.of("case")
    i_topic, topic = columns.of("topic")
    i_team, team = columns.of("team")
    i_person, person = columns.of("person")
    i_automatic, automatic = columns.of("automatic", None)
    i_subject, subject = columns.of("subject")
    i_text, text = columns.of("text")
    i_reply_to, reply_to = columns.of("reply_to")

    def build(cells: list[Any], identity: bytes, content: bytes, span: Span) -> Message:
        way = direction[cells[i_direction]] or "in"
        sender = "machine" if automatic[cells[i_automatic]] else "human"
        words = text[cells[i_text]]
        own, parent = key[cells[i_key]], reply_to[cells[i_reply_to]]
        thread = _NO_THREAD
        if own or parent:
            thread = Thread((f"{system}:{own}",) if own else (), (f"{system}:{parent}",) if parent else ())
        return Message(
            what=what,
            system=system,
            identity=identity,
            content=content,
            key=own,
            at=at[cells[i_at]],
            channel=channel[cells[i_channel]],
            direction=way,
            sender=sender,
            party=party(cells, identity),
            case_key=case_key[cells[i_case]],
            subject=subject[cells[i_subject]],
            text=words,
            thread=thread,
            team=team[cells[i_team]],
            person=person[cells[i_person]],
            topic=topic[cells[i_topic]],
            span=span,
            asks_for=asks_for(way, sender, words),
        )

    return build


def _calls(columns: _Columns) -> Build:
    what, system, party = columns.what, columns.system, columns.party
    i_at, at = columns.needed("at")
    i_key, key = columns.of("key")
    i_direction, direction = columns.of("direction", Direction.IN.value)
    i_waited, waited = columns.of("waited_s", None)
    i_talked, talked = columns.of("talked_s", None)
    i_wrapped, wrapped = columns.of("wrapped_s", None)
    i_answered, answered = columns.of("answered", None)
    i_abandoned, abandoned = columns.of("abandoned", None)
    i_case, case_key = columns.of("case")
    i_topic, topic = columns.of("topic")
    i_team, team = columns.of("team")
    i_person, person = columns.of("person")
    i_text, text = columns.of("text")
    phone = Channel.PHONE.value

    def build(cells: list[Any], identity: bytes, content: bytes, span: Span) -> Message:
        way = direction[cells[i_direction]] or "in"
        words = text[cells[i_text]]
        return Message(
            what=what,
            system=system,
            identity=identity,
            content=content,
            key=key[cells[i_key]],
            at=at[cells[i_at]],
            channel=phone,
            direction=way,
            party=party(cells, identity),
            case_key=case_key[cells[i_case]],
            text=words,
            call=CallValues(
                waited[cells[i_waited]],
                talked[cells[i_talked]],
                wrapped[cells[i_wrapped]],
                answered[cells[i_answered]],
                abandoned[cells[i_abandoned]],
            ),
            team=team[cells[i_team]],
            person=person[cells[i_person]],
            topic=topic[cells[i_topic]],
            span=span,
            asks_for=asks_for(way, Sender.HUMAN, words),
        )

    return build


def _customers(columns: _Columns) -> Build:
    what, system, party = columns.what, columns.system, columns.party
    i_key, key = columns.needed("key")

    def build(cells: list[Any], identity: bytes, content: bytes, span: Span) -> Message:
        return Message(
            what=what,
            system=system,
            identity=identity,
            content=content,
            key=key[cells[i_key]],
            party=party(cells, identity),
            span=span,
        )

    return build


def _orders(columns: _Columns) -> Build:
    what, system, party = columns.what, columns.system, columns.party
    usual = _CURRENCIES.get(columns.context.country, "EUR")
    i_key, key = columns.needed("key")
    i_at, at = columns.of("at", None)
    i_kind, kind = columns.of("kind", "order")
    i_status, status = columns.of("status")
    i_amount, amount = columns.of("amount", None)
    i_currency, currency = columns.of("currency")
    i_promised, promised = columns.of("promised_at", None)
    i_done, done = columns.of("done_at", None)
    i_article, article = columns.of("article")

    def build(cells: list[Any], identity: bytes, content: bytes, span: Span) -> Message:
        money = amount[cells[i_amount]]
        code = currency[cells[i_currency]].upper() or (money[1] if money else "") or usual
        return Message(
            what=what,
            system=system,
            identity=identity,
            content=content,
            key=key[cells[i_key]],
            at=at[cells[i_at]],
            party=party(cells, identity),
            order=OrderValues(
                kind[cells[i_kind]] or "order",
                status[cells[i_status]],
                minor_units(money[0], code) if money else None,
                code if money else "",
                promised[cells[i_promised]],
                done[cells[i_done]],
                article[cells[i_article]],
            ),
            span=span,
        )

    return build


def _ratings(columns: _Columns) -> Build:
    """Ratings, reviews, managers' predictions and employees' views: a value on a scale."""
    what, system, party, means = columns.what, columns.system, columns.party, columns.entry.means
    asked = means in ("self_image", "staff_view")
    i_at, at = columns.of("at", None) if asked else columns.needed("at")
    i_value, value = columns.needed("value")
    i_low, low = columns.of("low", None)
    i_high, high = columns.of("high", None)
    has = columns.kinds.__contains__
    nothing: tuple[int, Reader[Any]] = (-1, Constant(""))
    none: tuple[int, Reader[Any]] = (-1, Constant(None))
    i_dimension, dimension = (columns.needed if asked else columns.of)("dimension") if has("dimension") else nothing
    i_kind, kind = columns.of("kind") if has("kind") else nothing
    i_key, key = columns.of("key") if has("key") else nothing
    i_case, case_key = columns.of("case") if has("case") else nothing
    i_channel, channel = columns.of("channel") if has("channel") else nothing
    i_text, text = columns.of("text") if has("text") else nothing
    i_title, title = columns.of("title") if has("title") else nothing
    i_invited, invited = columns.of("invited_at", None) if has("invited_at") else none
    i_sure, sure = columns.of("sure", None) if has("sure") else none
    i_portal, portal = columns.of("portal") if has("portal") else nothing
    i_reply_at, reply_at = columns.of("reply_at", None) if has("reply_at") else none
    i_reply, reply = columns.of("reply") if has("reply") else nothing
    i_team, team = columns.of("team") if has("team") else nothing
    i_person, person = columns.of("respondent") if has("respondent") else nothing
    told = Channel.REVIEW.value if means == "reviews" else ""
    assumed = columns.context.scale

    def build(cells: list[Any], identity: bytes, content: bytes, span: Span) -> Message:
        sort = kind[cells[i_kind]]
        usual = _SCALES[sort] if sort or assumed is None else assumed
        said = _SOLVED.get(cell_text(cells[i_value]).strip().casefold()) if sort == "solved" else None
        number = value[cells[i_value]] if said is None else said
        bottom, top = low[cells[i_low]], high[cells[i_high]]
        bottom = usual[0] if bottom is None else bottom
        top = usual[1] if top is None else top
        if not bottom <= number <= top or bottom == top:
            raise ValueFault("value.range", value.column, low=f"{bottom:g}", high=f"{top:g}")
        return Message(
            what=what,
            system=system,
            identity=identity,
            content=content,
            key=key[cells[i_key]],
            at=at[cells[i_at]],
            channel=told or channel[cells[i_channel]],
            party=None if asked else party(cells, identity),
            case_key=case_key[cells[i_case]],
            subject=title[cells[i_title]],
            text=text[cells[i_text]],
            rating=RatingValues(
                number,
                bottom,
                top,
                sort,
                dimension[cells[i_dimension]],
                sure[cells[i_sure]],
                invited[cells[i_invited]],
                portal[cells[i_portal]],
                reply_at[cells[i_reply_at]],
                reply[cells[i_reply]],
            ),
            team=team[cells[i_team]],
            person=person[cells[i_person]],
            span=span,
        )

    return build


_BUILDERS: Final[dict[str, Callable[[_Columns], Build]]] = {
    "customers": _customers,
    "cases": _cases,
    "case_events": _cases,
    "interactions": _interactions,
    "calls": _calls,
    "orders": _orders,
    "ratings": _ratings,
    "reviews": _ratings,
    "self_image": _ratings,
    "staff_view": _ratings,
}

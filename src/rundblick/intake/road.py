"""The one road in: identify, thread, understand, route, record - each over a whole batch, in one transaction.

    Road(installation).walk(pieces)

Live input and bulk input walk this same code; a batch of n gives what n batches of one give (FOUNDATIONS 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from rundblick.cases.folding import fold
from rundblick.cases.routing.following import ASKED, Following, following, route
from rundblick.cases.threading import (
    FIND_THREADS,
    Placed,
    Placing,
    Topical,
    legacy_systems,
    numbers_in,
    place,
    tags_in,
)
from rundblick.cases.topics import go_on_in_open_cases
from rundblick.core.announcing import announce_cases
from rundblick.core.aside import Aside
from rundblick.core.database import SetAside, along, cursor, foresee, gathering, leaving
from rundblick.core.digests import Digests
from rundblick.core.foreseeing import Question
from rundblick.core.locks import MOST, lock_all, lock_keys, plan_as_usual
from rundblick.core.message import Direction, Message, Sender
from rundblick.core.models import Installation
from rundblick.core.registry import Cursor, recorders, understanding
from rundblick.core.rulebooks import NEWEST
from rundblick.customers.identifying import Alone, Marks, Sighting, identify, questions
from rundblick.intake import recording
from rundblick.intake.bounces import note_bounces
from rundblick.intake.forgotten import forget, forget_repeated
from rundblick.intake.names import Names
from rundblick.intake.pieces import CONTACTS, ENTRIES, Piece
from rundblick.intake.signed import known_copies, open_signed

STORED_IN = (("cases_message", CONTACTS), ("cases_caseentry", ENTRIES))
# what no stage asks while rows of a file that is read for the first time are walked
UNASKED = frozenset(
    {
        "cases_call",
        "cases_entrycontent",
        "cases_messagecontent",
        "core_delivery",
        "core_event",
        "core_eventobject",
        "customers_recordversion",
        "intake_outcome",
        "voice_ratingcontent",
    }
)
FOLDED_AT_ONCE = 4000  # cases that ``Road.finish`` brings up to date in one transaction


@dataclass(frozen=True, slots=True)
class Options:
    """What a walk does beside recording.

    search      fill the search vectors (a check's own database needs none)
    understand  ask for the language
    notify      tell the live process which cases changed
    unseen      nobody looks into the database before ``Road.finish``, and a walk that fails costs all of it: columns of
                cases are folded there, once, and what no stage asks is written beside the walk
    """

    search: bool = True
    understand: bool = True
    notify: bool = True
    unseen: bool = False


class Road:
    """The road into one installation's database."""

    def __init__(self, installation: Installation, options: Options | None = None) -> None:
        self.digests = Digests(bytes(installation.salt))
        self.names = Names(self.digests)
        self.marks = Marks(self.digests)
        self.options = options or Options()
        self.is_proven = False  # it has brought a batch to its end that was kept before (intake.work)
        self._aside = Aside() if self.options.unseen else None
        self._unfolded: dict[int, bool] = {}  # case -> whether messages came to it

    def finish(self) -> None:
        """Bring to an end what the walks left for later (``Options.unseen``). Raises what the database raises."""
        if self._aside is not None:
            self._aside.wait()
        cases = sorted(self._unfolded)
        for start in range(0, len(cases), FOLDED_AT_ONCE):
            with transaction.atomic(), cursor() as cur:
                lock_all(cur)
                self._fold_left(cur, cases[start : start + FOLDED_AT_ONCE])
        self._unfolded.clear()

    def close(self) -> None:
        """Let go of what the walks used; without ``finish`` what they left is lost."""
        if self._aside is not None:
            self._aside.close()

    def walk(self, pieces: Sequence[Piece], ending: UUID | None = None) -> None:
        """Take a batch through all stages, or leave nothing of it behind. ``ending``: the attempt that it ends.

        Raises what the database or a stage raises.
        """
        if not pieces:
            return
        self.names.learn(piece.reading for piece in pieces)
        aside = self._aside
        if aside is not None and not all(piece.first_reading for piece in pieces):
            aside.wait()  # these may be asked whether they were here before
            aside = None
        try:
            left = self._walk_whole(pieces, ending, aside is not None)
        except Alone:
            for piece in pieces:
                piece.reset()
            left = self._walk_whole(pieces, ending, aside is not None, alone=True)
        if aside is not None:
            aside.give(left)

    def _walk_whole(
        self, pieces: Sequence[Piece], ending: UUID | None, leaves: bool, alone: bool = False
    ) -> list[SetAside]:
        """One transaction; gives what it left to be written beside (``leaves``). Raises Alone."""
        nested = connection.in_atomic_block
        with transaction.atomic(), cursor() as cur:
            with gathering(cur), leaving(cur, UNASKED if leaves else ()) as left:
                self._walk(cur, pieces, alone)
                if ending is not None:
                    along(cur, "UPDATE intake_attempt SET ended_at = now() WHERE lease = %s", (ending,))
            if nested:
                plan_as_usual(cur)
        return left

    def _walk(self, cur: Cursor, pieces: Sequence[Piece], alone: bool) -> None:
        recording.write_deliveries(cur, pieces)
        pieces = [piece for piece in pieces if not piece.settled]
        if not pieces:
            return
        forget(cur, pieces, self.marks)
        echoes = open_signed(pieces)
        alone = self._lock(cur, pieces, alone)
        if len(pieces) <= MOST:
            foresee(cur, self._questions(pieces))
        rules = None if self.options.unseen else following(cur)
        self._find_known(cur, pieces)
        known_copies(cur, pieces, echoes)
        recording.keep_originals(cur, pieces)
        pieces = [piece for piece in pieces if not piece.settled]
        forget_repeated(cur, pieces)
        self._identify(cur, pieces, alone)
        fresh = [piece for piece in pieces if not piece.known]
        placed, placings = self._thread(cur, fresh)
        languages = self._understand(fresh)
        touched, begun = self._record(cur, fresh, placed, placings, languages, rules)
        self._fold(cur, [case for case in touched if case not in begun], fresh, placed)
        recording.write_outcomes(cur, pieces)
        if rules is not None:
            touched = self._follow(cur, rules, pieces, touched, begun)
        if touched and self.options.notify:
            announce_cases(cur, touched)

    def _lock(self, cur: Cursor, pieces: Sequence[Piece], alone: bool) -> bool:
        """Hold what the batch may change; gives whether that is everything."""
        if alone or _needs_every_lock(pieces):
            lock_all(cur)
            return True
        keys = self.marks.all(
            [p for piece in pieces for p in (piece.reading.party, *piece.reading.copied) if p is not None]
        )
        for piece in pieces:
            reading = piece.reading
            keys.add(reading.identity)
            keys.update(self._thread_keys(reading))
            if reading.case_key:
                keys.add(self.digests.case(reading.system, reading.case_key))
        return lock_keys(cur, keys, by_keys=True)

    def _questions(self, pieces: Sequence[Piece]) -> dict[Question, list[Any]]:
        """What the stages will ask about these pieces."""
        parties = [p for piece in pieces for p in (piece.reading.party, *piece.reading.copied) if p is not None]
        asked = questions(parties, self.names.systems, self.marks)
        for table, kinds in STORED_IN:
            asked[recording.stored_question(table)] = [[p.reading.identity for p in pieces if p.reading.what in kinds]]
        loose = {key for p in pieces if not p.reading.case_key for key in self._thread_keys(p.reading)}
        return {
            **asked,
            FIND_THREADS: [list(loose)],
            recording.DEFAULT_TEAM: [[1]],
            **recording.questions(pieces),
            NEWEST: [ASKED],
        }

    def _thread_keys(self, reading: Message) -> tuple[bytes, ...]:
        return tuple(self.digests.thread(key) for key in (*reading.thread.own, *reading.thread.parents))

    def _find_known(self, cur: Cursor, pieces: Sequence[Piece]) -> None:
        """Mark pieces whose content is stored already, and the second of two equal ones in this batch."""
        for table, kinds in STORED_IN:
            mine = [piece for piece in pieces if piece.reading.what in kinds]
            if not mine:
                continue
            stored = recording.stored_versions(cur, table, [piece.reading.identity for piece in mine])
            recording.mark_known(mine, stored)

    def _identify(self, cur: Cursor, pieces: Sequence[Piece], alone: bool) -> None:
        systems = self.names.systems
        sightings = [
            Sighting(party, systems[party.system], piece.at, piece.delivery)
            for piece in pieces
            for party in (piece.reading.party, *piece.reading.copied)
            if party is not None
        ]
        records, customers = identify(cur, sightings, self.marks, alone=alone)
        for piece in pieces:
            party = piece.reading.party
            if party is not None:
                piece.record = records[party.system, party.key]
                piece.customer = customers.get(piece.record)
            piece.copied = [records[p.system, p.key] for p in piece.reading.copied]

    def _thread(self, cur: Cursor, pieces: Sequence[Piece]) -> tuple[Placed, list[Placing]]:
        placings = []
        named: list[tuple[Placing, Piece]] = []
        for piece in pieces:
            reading = piece.reading
            # a rating may name a case that comes later: then the case begins with it
            if reading.what not in CONTACTS and reading.what not in ENTRIES and not reading.case_key:
                continue
            placing = piece.placing
            if placing is None:  # a new version stands where the old one stands
                placing = piece.placing = Placing()
            placing.keys = self._thread_keys(reading)
            placing.needs_case = piece.live or reading.what in ENTRIES
            if reading.case_key:
                placing.case_key = self.digests.case(reading.system, reading.case_key)
                placing.case_system = self.names.systems[reading.system]
            placings.append(placing)
            named.append((placing, piece))
        self._name_cases(cur, named)
        if self.options.unseen:  # nobody works in its cases, and a figure must not rest on what was put together here
            return place(cur, placings, self._fold_left), placings
        placed = place(cur, placings)
        if placed.new and any(piece.reading.topic and piece.live for piece in pieces):
            for placing, piece in named:
                placing.at, placing.topical = piece.at, _topical(piece)
            go_on_in_open_cases(cur, placed)
        return placed, placings

    def _fold(self, cur: Cursor, touched: Sequence[int], fresh: Sequence[Piece], placed: Placed) -> None:
        whats = {piece.reading.what for piece in fresh}
        if self.options.unseen:
            for case in touched:  # one of a batch that is rolled back may stay: it leads to no case
                self._unfolded[case] = bool(whats & CONTACTS) or self._unfolded.get(case, False)
            return
        new = {group[0].case for group in placed.new}
        # what began with one message has its subject from it
        alone = {group[0].case for group in placed.new if len(group) == 1 and group[0].case_key is None}
        subjects = [case for case in touched if case not in alone] if whats & CONTACTS else []
        fold(cur, touched, subjects=subjects, with_entries=bool(whats & ENTRIES) or not new.issuperset(touched))

    def _fold_left(self, cur: Cursor, cases: Sequence[int]) -> None:
        left = [case for case in cases if case in self._unfolded]
        fold(cur, left, subjects=[case for case in left if self._unfolded[case]])

    def _name_cases(self, cur: Cursor, named: Sequence[tuple[Placing, Piece]]) -> None:
        """What subjects name: numbers of our cases, and keys that a legacy system may have given one."""
        tagged = []
        for placing, piece in named:
            subject = piece.reading.subject
            if subject and not piece.reading.case_key and placing.known_case is None:
                placing.record = piece.record
                placing.numbers = numbers_in(subject)
                placing.waits = bool(placing.numbers)
                if tags := tags_in(subject):
                    placing.waits = True
                    tagged.append((placing, tags))
        systems = legacy_systems(cur) if tagged else {}
        for placing, tags in tagged:
            placing.tags = tuple((id_, self.digests.case(code, tag)) for code, id_ in systems.items() for tag in tags)

    def _understand(self, pieces: Sequence[Piece]) -> list[str]:
        """The language of each piece's text, "" where it is unsure or has no text."""
        found = [piece.reading.language for piece in pieces]
        if not self.options.understand or not understanding:
            return found
        asked = [i for i, piece in enumerate(pieces) if piece.reading.text and not found[i]]
        if asked:
            texts = [pieces[i].reading.text for i in asked]
            for i, language in zip(asked, understanding[0](texts), strict=True):
                found[i] = language
        return found

    def _follow(
        self, cur: Cursor, rules: Following, pieces: Sequence[Piece], touched: Sequence[int], begun: set[int]
    ) -> list[int]:
        """Let cases without an owner of their own follow the rules; gives all that are touched by now."""
        left = {case for case in touched if case not in begun}
        if rules.rules.asks_addresses:  # what came before may have come to another address now
            here = {p.reading.identity: p.placing.case for p in pieces if p.placing and p.placing.case}
            left |= {here[p.reading.identity] for p in pieces if p.known and p.live and p.reading.identity in here}
        return sorted({*touched, *route(cur, rules, sorted(left))})

    def _record(
        self,
        cur: Cursor,
        pieces: Sequence[Piece],
        placed: Placed,
        placings: Sequence[Placing],
        languages: list[str],
        rules: Following | None,
    ) -> tuple[list[int], set[int]]:
        """Write what the pieces are; gives the cases that this touches, and those of them that need no fold."""
        if rules is not None and rules.rules.asks_addresses:
            self.names.learn_source_codes(cur, [piece.source for piece in pieces if piece.source])
        created, begun = recording.create_cases(cur, placed, pieces, languages, self.names, rules, self.options.search)
        recording.join_cases(cur, placed.joins)
        contacts = [(p, lang) for p, lang in zip(pieces, languages, strict=True) if p.reading.what in CONTACTS]
        recording.write_messages(cur, contacts, self.names, self.digests, self.options.search, begun)
        note_bounces(cur, [piece for piece, _ in contacts], self.digests)
        recording.write_entries(cur, [p for p in pieces if p.reading.what in ENTRIES], self.names)
        recording.write_orders_told(cur, [p for p in pieces if p.reading.order is not None], self.names, self.digests)
        by_kind: dict[str, list[Piece]] = {}
        for piece in pieces:
            if piece.reading.what in recorders:
                by_kind.setdefault(piece.reading.what, []).append(piece)
        for what, group in by_kind.items():
            recorders[what](cur, group, self)
        touched = {placing.case for placing in placings if placing.case is not None}
        return sorted(touched | set(created)), begun


def _topical(piece: Piece) -> Topical | None:
    """What it says of its topic, where a person wrote it to us of his own accord: it answers nothing."""
    reading = piece.reading
    if (
        not reading.topic
        or not piece.live
        or piece.record is None
        or reading.direction != Direction.IN
        or reading.sender != Sender.HUMAN
        or reading.thread.parents
    ):
        return None
    return Topical(piece.record, reading.topic, reading.channel, piece.at, (piece.seq, reading.identity))


def _needs_every_lock(pieces: Sequence[Piece]) -> bool:
    """So many pieces need more stripes than one batch may hold."""
    return len(pieces) > MOST

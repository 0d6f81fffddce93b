"""Names that pieces use - systems, teams, persons - and their ids.

Made ahead of the batch, in transactions of their own: a name is harmless when the batch then fails, and what is
remembered here is always committed.
"""

from __future__ import annotations

from collections.abc import Iterable

from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.foreseeing import Question
from rundblick.core.ids import uuid7s
from rundblick.core.message import Message
from rundblick.core.registry import Cursor
from rundblick.intake.accept import source_ids


class Names:
    """Ids of systems, teams and persons by their names; one for each road."""

    def __init__(self, digests: Digests) -> None:
        self._digests = digests
        self.sources: dict[str, int] = {}
        self.source_codes: dict[int, str] = {}  # of those that somebody asked for
        self.systems: dict[str, int] = {}
        self.teams: dict[tuple[str, str], int] = {}
        self.persons: dict[tuple[str, str], int] = {}

    def learn(self, readings: Iterable[Message]) -> None:
        """Make sure that every name in these readings has an id."""
        systems: set[str] = set()
        teams: set[tuple[str, str]] = set()
        persons: set[tuple[str, str]] = set()
        for reading in readings:
            system = reading.system
            systems.add(system)
            for party in (reading.party, *reading.copied):
                if party is not None:
                    systems.add(party.system)
            case = reading.case
            if reading.team:
                teams.add((system, reading.team))
            if reading.person:
                persons.add((system, reading.person))
            if case is not None:
                if case.team:
                    teams.add((system, case.team))
                if case.person:
                    persons.add((system, case.person))
                if case.updated_by:
                    persons.add((system, case.updated_by))
        self._learn_systems(systems - self.systems.keys())
        self._learn_teams(teams - self.teams.keys())
        self._learn_persons(persons - self.persons.keys())

    def learn_sources(self, sources: set[tuple[str, str]]) -> None:
        """Make sure that these sources, (code, kind), have ids."""
        new = {(code, kind) for code, kind in sources if code not in self.sources}
        if new:
            with cursor() as cur:
                self.sources.update(source_ids(cur, new))

    def _learn_systems(self, new: set[str]) -> None:
        if not new:
            return
        with cursor() as cur:
            codes = sorted(new)
            cur.execute(
                "INSERT INTO core_system (code, name) SELECT c, '' FROM unnest(%s::text[]) AS c ON CONFLICT DO NOTHING",
                (codes,),
            )
            cur.execute("SELECT code, id FROM core_system WHERE code = ANY(%s)", (codes,))
            self.systems.update(cur.fetchall())

    def _learn_teams(self, new: set[tuple[str, str]]) -> None:
        if not new:
            return
        ordered = sorted(new)
        ids = [self.systems[system] for system, _ in ordered]
        keys = [key for _, key in ordered]
        with cursor() as cur:
            cur.execute(
                "INSERT INTO people_team (uuid, system_id, key, name, is_default, is_partner)"
                " SELECT u, s, k, k, false, false FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS t(u, s, k)"
                " ON CONFLICT DO NOTHING",
                (uuid7s(len(ordered)), ids, keys),
            )
            cur.execute(
                "SELECT s.code, t.key, t.id FROM people_team t JOIN core_system s ON s.id = t.system_id"
                " JOIN unnest(%s::bigint[], %s::text[]) AS w(s, k) ON w.s = t.system_id AND w.k = t.key",
                (ids, keys),
            )
            self.teams.update({(system, key): team for system, key, team in cur.fetchall()})

    def _learn_persons(self, new: set[tuple[str, str]]) -> None:
        if not new:
            return
        ordered = sorted(new)
        by_digest = {self._digests.person(system, key): (system, key) for system, key in ordered}
        with cursor() as cur:
            cur.execute(
                "INSERT INTO people_person (uuid, system_id, key_digest)"
                " SELECT u, s, d FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[]) AS t(u, s, d)"
                " ON CONFLICT DO NOTHING",
                (uuid7s(len(ordered)), [self.systems[s] for s, _ in by_digest.values()], list(by_digest)),
            )
            cur.execute("SELECT key_digest, id FROM people_person WHERE key_digest = ANY(%s)", (list(by_digest),))
            found = {by_digest[bytes(digest)]: person for digest, person in cur.fetchall()}
            cur.execute(
                "INSERT INTO people_personcontent (person_id, key, name)"
                " SELECT p, k, k FROM unnest(%s::bigint[], %s::text[]) AS t(p, k) ON CONFLICT DO NOTHING",
                (list(found.values()), [key for _, key in found]),
            )
            self.persons.update(found)

    def learn_source_codes(self, cur: Cursor, sources: Iterable[int]) -> None:
        """Know the codes of these sources, for rules about addresses."""
        new = sorted(set(sources) - self.source_codes.keys())
        if new:
            cur.execute(Question("SELECT id, code FROM core_source WHERE id = ANY(%s)"), (new,))
            self.source_codes |= dict(cur.fetchall())

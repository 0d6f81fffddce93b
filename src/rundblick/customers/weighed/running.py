"""A run: what a model says of all records is worked out at once and written as the difference to what stands.

    run = match(look(model_of(row), tell), by=person.pk, progress=tell)     # look(): a first model is learned
    undo_run(run.pk, by=person.pk)

Working it out needs no lock and changes nothing. It is written in lots of whole components, each a transaction of its
own that holds the lock of all batches: edges, and what ``customers.deciding`` makes of them. So a run that is broken
off leaves a state that is right as far as it goes, and the next one finishes it. A run is one act: ``undo_run`` writes
the reverse, and gives numbers back to where they were.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import Error as DjangoError
from django.db import connection, transaction
from psycopg import Error

from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.ids import uuid7
from rundblick.core.installation import installation
from rundblick.core.locks import lock_all
from rundblick.core.registry import Cursor
from rundblick.customers.clusters import UNPROVEN, Constraints, clusters
from rundblick.customers.deciding import Deed, decide, weighed_of
from rundblick.customers.matching import Model, from_json, to_json
from rundblick.customers.matching.answers import Answers
from rundblick.customers.matching.engine import collector_paused
from rundblick.customers.matching.model import Numbers
from rundblick.customers.matching.table import Table
from rundblick.customers.matching.training import NO_ANSWERS
from rundblick.customers.models import Customer, MatchModel, MatchRun
from rundblick.customers.on_spark import candidates_of, require_spark
from rundblick.customers.weighed import index, sql
from rundblick.customers.weighed.answered import answered
from rundblick.customers.weighed.arriving import weigh
from rundblick.customers.weighed.edges import Said, Wanted, prepare, read_by, said_of, weighed_by
from rundblick.customers.weighed.index import Ready
from rundblick.customers.weighed.parties import Known, all_parties
from rundblick.customers.weighed.reviewing import renew

Progress = Callable[[str, int, int], None]
Pair = tuple[int, int]

LOT = 4_000  # records that one transaction decides about
_ALONE = 8_142_001  # key of the lock of the one run


class RunError(ValueError):
    """A run cannot be done; ``code`` says why.

    running   another run is under way
    empty     there is nobody to learn from
    unknown   there is no such model, or run
    in_force  the model is in force already
    undone    the run was taken back already
    later     a later run stands: it has to be taken back first
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Change:
    """Customers (numbers) that would become one, or one that would become ``into`` several.

    groups  their records: as customers are now, or as they would be then
    """

    numbers: tuple[str, ...]
    into: int = 1
    groups: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What a model would change: nothing of it was written."""

    model: str
    records: int
    customers_before: int
    customers_after: int
    merges: tuple[Change, ...]
    splits: tuple[Change, ...]
    asked: int
    numbers: tuple[Numbers, ...] = ()


# -- models ----------------------------------------------------------------------------------------------------------


def keep_model(model: Model) -> MatchModel:
    """Keep a model beside the one in force; one that is known already is given as it is."""
    row, _ = MatchModel.objects.get_or_create(
        version=model.version,
        defaults={
            "weights": to_json(model).decode(),
            "auto": model.auto,
            "repeating": json.dumps(model.repeating),
            "records": model.records,
            "answers": model.origin.same + model.origin.different,
        },
    )
    return row


def model_in_force() -> MatchModel | None:
    """The model that decides, None before the first run."""
    return MatchModel.objects.filter(in_force=True).first()


def model_of(row: MatchModel) -> Model:
    """The weights of a kept model."""
    return from_json(row.weights.encode())


def _put_in_force(cur: Cursor, model: int | None) -> None:
    cur.execute("UPDATE customers_matchmodel SET in_force = false WHERE in_force AND id IS DISTINCT FROM %s", (model,))
    cur.execute("UPDATE customers_matchmodel SET in_force = true WHERE id = %s AND NOT in_force", (model,))


# -- what is seen before anything is written -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """All records as they stood, what people decided about them, and what a model says of them.

    since  what came later than this may not be in it
    table  the records as the model reads them; None where nothing is to be weighed as it comes
    """

    known: Known
    constraints: Constraints
    model: Model
    edges: Mapping[Pair, Wanted]
    since: datetime
    table: Table | None = None


def look(
    model: Model | None = None,
    progress: Progress = lambda *_: None,
    exclusive: Mapping[str, str] | None = None,
    spark: bool = False,
) -> Seen:
    """Read every record and work out all edges, in one snapshot. Without a model one is learned, also from what people
    answered. ``exclusive``: which systems give each person one number (yes, no, measured), instead of the setting.

    ``spark``: pairs are found and weighed on Spark; the edges are the same. Raises RunError "empty", NoSpark.
    """
    if spark:  # before hours of reading and learning
        require_spark()
    known, constraints, answers, since = everybody(progress)
    if not len(known):
        raise RunError("empty")
    found = weigh_all(known, constraints, model, progress, answers=answers, exclusive=exclusive, spark=spark)
    used, said, table = found
    return Seen(known, constraints, used, said.wanted(known.ids), since, table)


def weigh_all(
    known: Known,
    constraints: Constraints,
    model: Model | None,
    progress: Progress = lambda *_: None,
    *,
    answers: Answers = NO_ANSWERS,
    exclusive: Mapping[str, str] | None = None,
    spark: bool = False,
) -> tuple[Model, Said, Table]:
    """What a model says of these records, and how it reads them; one is learned from them, and from ``answers``, when
    none is given."""
    prepared = None
    if model is None:
        told = settings.RUNDBLICK.exclusive() if exclusive is None else exclusive
        model, prepared = prepare(known, progress, answers, told)
    if prepared is None or spark:
        prepared = weighed_by(model, known, progress, candidates_of(known.parties) if spark else None)
    return model, said_of(known, model, constraints.together, prepared=prepared), prepared.table


def everybody(progress: Progress = lambda *_: None) -> tuple[Known, Constraints, Answers, datetime]:
    """Every record, what people decided about them, and what they answered, in one snapshot; and since when something
    may be missing in it."""
    nested = connection.in_atomic_block
    with cursor() as cur:
        cur.execute(sql.SINCE)
        ((since,),) = cur.fetchall()
    with transaction.atomic(), cursor() as cur:
        if not nested:
            cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        known = all_parties(cur, progress)
        cur.execute(sql.TOGETHER)
        together = [members for (members,) in cur.fetchall()]
        cur.execute(sql.APART)
        constraints = Constraints(together, [(one, other) for one, other in cur.fetchall()])
        return known, constraints, answered(cur, known), since


def preview(seen: Seen) -> Preview:
    """Which customers would come together or fall apart."""
    known, places = seen.known, seen.known.places()
    live = {record for record, party in zip(known.ids, known.parties, strict=True) if party.system in UNPROVEN}
    repeating = json.dumps(seen.model.repeating)
    rows = [
        (a, b, one.weight, one.rule, one.decision, seen.model.auto, a in live, b in live, repeating)
        for (a, b), one in seen.edges.items()
    ]
    told = seen.constraints.among(places)
    parts = clusters(zip(known.ids, known.digests, strict=True), known.links, told, weighed_of(rows))
    current = dict(zip(known.ids, known.customers, strict=True))
    homes: dict[int, set[int]] = defaultdict(set)
    for place, part in enumerate(parts):
        for record in part:
            homes[current[record]].add(place)
    numbers = dict(Customer.objects.filter(pk__in=set(current.values())).values_list("id", "number"))
    merges = []
    for part in parts:
        found = sorted({current[record] for record in part})
        if len(found) > 1:
            groups = tuple(tuple(r for r in part if current[r] == customer) for customer in found)
            merges.append(Change(tuple(numbers[customer] for customer in found), groups=groups))
    splits = [
        Change(
            (numbers[customer],),
            len(found),
            tuple(tuple(r for r in parts[place] if current[r] == customer) for place in sorted(found)),
        )
        for customer, found in sorted(homes.items())
        if len(found) > 1
    ]
    asked = sum(1 for one in seen.edges.values() if one.decision == "review")
    return Preview(
        seen.model.version,
        len(known),
        len(homes),
        len(parts),
        tuple(merges),
        tuple(splits),
        asked,
        seen.model.origin.numbers,
    )


# -- runs ------------------------------------------------------------------------------------------------------------


def match(seen: Seen, by: int | None = None, progress: Progress = lambda *_: None, *, live: bool = True) -> MatchRun:
    """Write what was seen; its model is in force from now on. Raises RunError "running".

    ``live``: what comes in afterwards is weighed as it comes; without, nothing is made ready for it.
    """
    with _alone():
        row, former = keep_model(seen.model), model_in_force()
        kind = MatchRun.ADOPT if former is not None and former.pk != row.pk else MatchRun.MATCH
        run = _begin(MatchRun(kind=kind, model=row, former=former, records=len(seen.known)), by)
        with cursor() as cur:
            cur.execute(sql.STANDING)
            standing = {(a, b): (edge, weight, rule, said, m) for edge, a, b, weight, rule, said, m in cur.fetchall()}
        lots = _Lots()
        for pair, one in seen.edges.items():
            was = standing.pop(pair, None)
            if was is None or was[1:] != (one.weight, one.rule, one.decision, row.pk):
                lots.add(pair, ended=was[0] if was else None, added=(one.weight, one.rule, one.decision, row.pk))
        for pair, was in standing.items():
            lots.add(pair, ended=was[0])
        _apply(run, by, lots, progress)
        if live:
            _make_index(run, seen.known, seen.table, seen.since, progress)
        return _finish(run, progress)


def undo_run(run: int, by: int | None = None, progress: Progress = lambda *_: None) -> MatchRun:
    """Take a run back: what stood before it stands again, and numbers return to where they were.

    Taking back the taking back does it again. Raises RunError "running", "unknown", "undone" or "later".
    """
    with _alone():
        row = MatchRun.objects.filter(pk=run).first()
        if row is None:
            raise RunError("unknown")
        _may_undo(row)
        undoing = MatchRun(kind=MatchRun.UNDO, model_id=row.former_id, former_id=row.model_id, undoes=row)
        lots = _Lots()
        with cursor() as cur:
            cur.execute(sql.BROUGHT, (run,))
            for edge, a, b, *_ in cur.fetchall():
                lots.add((a, b), ended=edge)
            cur.execute(sql.ENDED, (run, run))
            for _edge, a, b, weight, rule, said, model in cur.fetchall():
                lots.add((a, b), added=(weight, rule, said, model))
            cur.execute(sql.HOMES, (run,))
            homes = dict(cur.fetchall())
            cur.execute(sql.BEGUN, (run,))
            ((since,),) = cur.fetchall()
        undoing = _begin(undoing, by)
        _apply(undoing, by, lots, progress, homes)
        if undoing.model_id is not None and not installation().read_only:  # nothing comes into what a check kept
            with cursor() as cur:
                known = all_parties(cur, progress)
            _make_index(undoing, known, None, since, progress)
        return _finish(undoing, progress)


def standing_runs() -> list[int]:
    """Ids of the runs that hold, the last one at the end: only that one can be taken back."""
    held: list[int] = []
    undone: dict[int, int] = {}  # an undoing: what it took back
    rows: Iterable[tuple[int, int | None]] = MatchRun.objects.order_by("id").values_list("id", "undoes_id")
    for run, undoes in rows:
        if undoes is None:
            held.append(run)
        elif undoes in held:
            held.remove(undoes)
            undone[run] = undoes
        elif undoes in undone:
            held.append(undone.pop(undoes))
            undone[run] = undoes
    return held


def _may_undo(run: MatchRun) -> None:
    if MatchRun.objects.filter(undoes=run).exists():
        raise RunError("undone")
    held = standing_runs()
    last = MatchRun.objects.order_by("-id").values_list("id", flat=True)[0]
    if run.pk != last and (not held or held[-1] != run.pk):
        raise RunError("later")


@contextmanager
def _alone() -> Iterator[None]:
    """No other run meanwhile, in any process."""
    with cursor() as cur:
        cur.execute("SELECT pg_try_advisory_lock(%s)", (_ALONE,))
        held = bool((cur.fetchone() or (False,))[0])
    if not held:
        raise RunError("running")
    try:
        yield
    finally:
        # a connection that broke has let go of its locks
        with suppress(Error, DjangoError), cursor() as cur:
            cur.execute("SELECT pg_advisory_unlock(%s)", (_ALONE,))


def _begin(run: MatchRun, by: int | None) -> MatchRun:
    """Write the run with its event, and put its model into force."""
    with transaction.atomic(), cursor() as cur:
        lock_all(cur)
        run.pk = draw_ids(cur, {"customers_matchrun": 1})["customers_matchrun"][0]
        run.event_id = draw_ids(cur, {"core_event": 1})["core_event"][0]
        run.uuid = uuid7()
        insert_rows(
            cur,
            "core_event",
            ("id", "kind", "occurred_at", "actor_type", "actor_id"),
            [(run.event_id, f"match.{run.kind}", datetime.now(UTC), "machine" if by is None else "person", by)],
        )
        objects = [("match_run", run.pk), *([("person", by)] if by is not None else [])]
        insert_rows(
            cur, "core_eventobject", ("event_id", "type", "object_id"), [(run.event_id, *one) for one in objects]
        )
        run.save(force_insert=True)
        _put_in_force(cur, run.model_id)
        index.suspend(cur)
    return run


@contextmanager
def suspended(*, until_a_run: bool = False) -> Iterator[None]:
    """Nothing is weighed as it comes while this lasts: many records are weighed faster together.

    What came is weighed by a run inside; where there was none, at the end; or, ``until_a_run``, by the next one, and
    nothing is weighed until then.
    """
    with transaction.atomic(), cursor() as cur:
        cur.execute(sql.SINCE)
        ((since,),) = cur.fetchall()
        lock_all(cur)
        model = index.ready(cur)
        last = _last_run(cur)
        if model is not None:
            index.suspend(cur)
    if until_a_run:
        model = None
    try:
        yield
    except BaseException:
        with suppress(Error, DjangoError):  # what broke it off is said, not what came of that
            _resume(model, last, since)
        raise
    _resume(model, last, since)


def _resume(model: Ready | None, last: int, since: datetime) -> None:
    """Weigh what came while nothing was weighed, unless a run did or does."""
    if model is None:
        return
    with suppress(RunError), _alone():
        with cursor() as cur:
            if index.ready(cur) is not None or _last_run(cur) != last:
                return  # a run has made the index anew, or was broken off
        _weigh_late(model, since)
        with transaction.atomic(), cursor() as cur:
            lock_all(cur)
            renew(cur, model.run)


def _last_run(cur: Cursor) -> int:
    cur.execute("SELECT COALESCE(max(id), 0) FROM customers_matchrun")
    ((last,),) = cur.fetchall()
    return int(last)


def _make_index(run: MatchRun, known: Known, table: Table | None, since: datetime, progress: Progress) -> None:
    """Let what comes in be weighed from now on, and weigh what came since these records were read.

    ``table``: the records as the model of the run reads them, where they are there already.
    """
    with cursor() as cur:
        model = index.ready_for(cur, run.model_id or 0, run.pk)
        index.build(cur, model, known.ids, read_by(model.model, known) if table is None else table, progress)
    _weigh_late(model, since)


def _weigh_late(model: Ready, since: datetime) -> None:
    """Weigh what came since some time, then let what comes be weighed as it comes."""
    done: dict[int, datetime] = {}
    while True:
        with transaction.atomic(), cursor() as cur:
            lock_all(cur)
            cur.execute(sql.LATE, {"since": since})
            late = {record: at for record, at in cur.fetchall() if done.get(record) != at}
            some = dict(sorted(late.items())[:LOT])
            if some:
                cur.execute(sql.DIGESTS, (list(some),))
                touched = {record: bytes(digest) for record, digest in cur.fetchall()}
                decide(cur, weigh(cur, model, touched, None).concerned, alone=True)
                done.update(some)
            if len(some) == len(late):
                index.open_to(cur, model)
                return


def _finish(run: MatchRun, progress: Progress) -> MatchRun:
    with transaction.atomic(), cursor() as cur:
        lock_all(cur)
        renew(cur, run.pk)
        cur.execute("UPDATE customers_matchrun SET finished_at = now() WHERE id = %s", (run.pk,))
    progress("done", 1, 1)
    run.refresh_from_db()
    return run


class _Lots:
    """Edges that end and edges that come, in lots of whole components."""

    def __init__(self) -> None:
        self._ended: dict[Pair, int] = {}
        self._added: dict[Pair, tuple[float, str, str, int]] = {}

    def add(self, pair: Pair, ended: int | None = None, added: tuple[float, str, str, int] | None = None) -> None:
        """An edge (id) of a pair ends, one (weight, rule, decision, model) comes; or both."""
        if ended is not None:
            self._ended[pair] = ended
        if added is not None:
            self._added[pair] = added

    def __len__(self) -> int:
        return len(self._ended.keys() | self._added.keys())

    def __iter__(self) -> Iterator[tuple[list[int], list[tuple[int, int, float, str, str, int]], set[int]]]:
        """(ids of edges that end, rows of edges that come, records that are concerned)"""
        pairs = sorted(self._ended.keys() | self._added.keys())
        lot: list[Pair] = []
        records: set[int] = set()
        for component in _components(pairs):
            if lot and len(records) + len({r for pair in component for r in pair}) > LOT:
                yield self._lot(lot, records)
                lot, records = [], set()
            lot += component
            records.update(r for pair in component for r in pair)
        if lot:
            yield self._lot(lot, records)

    def _lot(
        self, pairs: Iterable[Pair], records: set[int]
    ) -> tuple[list[int], list[tuple[int, int, float, str, str, int]], set[int]]:
        kept = list(pairs)
        ended = [self._ended[pair] for pair in kept if pair in self._ended]
        return ended, [(*pair, *self._added[pair]) for pair in kept if pair in self._added], records


def _components(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """Pairs that share records, side by side."""
    parent: dict[int, int] = {}

    def root(record: int) -> int:
        while parent.setdefault(record, record) != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for a, b in pairs:
        parent[root(b)] = root(a)
    found: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[root(pair[0])].append(pair)
    return list(found.values())


def _apply(
    run: MatchRun, by: int | None, lots: _Lots, progress: Progress, homes: Mapping[int, int] | None = None
) -> None:
    """Write lot by lot, and decide whom it is about."""
    done, total = 0, len(lots)
    told = homes or {}
    with cursor() as cur:
        cur.execute(sql.ANALYZE)
    for ended, added, records in lots:
        with collector_paused(), transaction.atomic(), cursor() as cur:
            lock_all(cur)
            if ended:
                cur.execute(sql.END, (run.pk, ended))
            insert_rows(
                cur,
                "customers_matchedge",
                ("run_id", "a_id", "b_id", "weight", "rule", "decision", "model_id"),
                [(run.pk, a, b, weight, rule, said, model) for a, b, weight, rule, said, model in added],
            )
            cur.execute(sql.DIGESTS, (sorted(records),))
            touched = {record: bytes(digest) for record, digest in cur.fetchall()}
            moves = decide(cur, touched, deed=Deed(run.pk, by, told, "match_run"), alone=True)
            cur.execute(sql.COUNT, (len(added), len(ended), len(moves), run.pk))
        done += len({*ended}) if not added else len(added)
        progress("write", min(done, total), total)

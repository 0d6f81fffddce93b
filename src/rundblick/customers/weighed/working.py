"""Work about models that takes minutes: asked for in the desk or over the API, done by a worker of the slow queue.

    job = ask(MatchJob.PREVIEW, by=person.pk, model=row.pk)
    adopt(row.pk, by=person.pk)            # with four eyes the second person's word makes the job
    take_up()                              # what the worker does: the oldest job that is due, 0 when there is none

A model beside the one in force changes nothing: ``MatchChange`` says what it would. Putting it into force, and taking
that back, are runs (customers.weighed.running).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction

from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.registry import Cursor
from rundblick.core.sweeps import Sweep
from rundblick.customers.models import MatchApproval, MatchChange, MatchJob, MatchModel, MatchRun

log = structlog.get_logger("rundblick.models")

WAKE = "rundblick_models"
LEASE = timedelta(minutes=10)  # without a word from the worker after which a job is taken up again
TRIES = 2  # a job whose worker vanished so often is not tried again
_EVERY_S = 1.0  # between two words

_TAKE = """
UPDATE customers_matchjob SET state = 'running', lease_until = now() + %(lease)s, tries = tries + 1
WHERE id = (
    SELECT id FROM customers_matchjob
    WHERE state = 'waiting' OR (state = 'running' AND lease_until < now())
    ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
_TOLD = "UPDATE customers_matchjob SET stage = %s, done = %s, total = %s, lease_until = now() + %s WHERE id = %s"


KEPT = 5  # previews whose changes are kept
_FORGET = """
WITH old AS (
    DELETE FROM customers_matchchange WHERE job_id NOT IN (
        SELECT id FROM customers_matchjob WHERE kind IN ('learn', 'preview') ORDER BY id DESC LIMIT %(kept)s
    ) RETURNING id
)
DELETE FROM customers_matchchangerecord WHERE change_id IN (SELECT id FROM old)
"""


class JobError(ValueError):
    """A job cannot be asked for; ``code`` says why.

    busy      one is under way already
    in_force  the model is in force already
    again     four eyes: this person has said so already, another one has to
    nothing   there is no run that could be taken back
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# -- asking ----------------------------------------------------------------------------------------------------------


def ask(kind: str, by: int | None, model: int | None = None, run: int | None = None) -> MatchJob:
    """Put a job where the worker finds it. Raises JobError "busy"."""
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", (_ASKING,))
        if under_way() is not None:
            raise JobError("busy")
        job = MatchJob(kind=kind, model_id=model, run_id=run, asked_by_id=by)
        job.pk = draw_ids(cur, {"customers_matchjob": 1})["customers_matchjob"][0]
        objects = [("match_job", job.pk), *([("match_model", model)] if model else [])]
        job.event_id = _event(cur, f"models.{kind}_asked", by, objects)
        job.save(force_insert=True)
        cur.execute(f"NOTIFY {WAKE}")
    job.refresh_from_db()
    return job


_ASKING = 8_142_002  # key of the lock under which a job is asked for


def adopt(model: int, by: int | None) -> MatchJob | None:
    """Put a model into force; with four eyes the first word is kept (None), and another person's makes the job.

    Raises JobError "in_force", "again" or "busy".
    """
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", (_ASKING,))
        if MatchModel.objects.filter(pk=model, in_force=True).exists():
            raise JobError("in_force")
        before = MatchApproval.objects.filter(model_id=model, job__isnull=True)
        if settings.RUNDBLICK.review_four_eyes:
            if before.filter(person_id=by).exists():
                raise JobError("again")
            if not before.exists():
                event = _event(cur, "models.approved", by, [("match_model", model)])
                MatchApproval.objects.create(model_id=model, person_id=by, event_id=event)
                return None
        job = ask(MatchJob.ADOPT, by, model=model)
        before.update(job=job)
    return job


def approved_by(model: int) -> list[int | None]:
    """Persons whose word waits for a second one."""
    return list(MatchApproval.objects.filter(model_id=model, job__isnull=True).values_list("person_id", flat=True))


def under_way() -> MatchJob | None:
    """The job that waits or runs."""
    return MatchJob.objects.filter(state__in=(MatchJob.WAITING, MatchJob.RUNNING)).order_by("id").first()


def _event(cur: Cursor, kind: str, by: int | None, objects: Sequence[tuple[str, int]]) -> int:
    event = draw_ids(cur, {"core_event": 1})["core_event"][0]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "actor_type", "actor_id"),
        [(event, kind, datetime.now(UTC), "machine" if by is None else "person", by)],
    )
    about = [*objects, *([("person", by)] if by is not None else [])]
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), [(event, *one) for one in about])
    return event


# -- doing -----------------------------------------------------------------------------------------------------------


def jobs_sweep() -> Sweep:
    """The sweep of the slow queue."""
    return take_up


def take_up() -> int:
    """Do the oldest job that is due; how many that were, 0 or 1."""
    with cursor() as cur:
        cur.execute(_TAKE, {"lease": LEASE})
        row = cur.fetchone()
    if row is None:
        return 0
    job = MatchJob.objects.get(pk=row[0])
    if job.tries > TRIES:
        _failed(job, "broken")
        return 1
    from rundblick.customers.weighed.running import RunError  # numpy and scipy: only where a job is done

    try:
        _do(job, _Words(job.pk))
    except RunError as error:
        _failed(job, error.code)
    except Exception as error:
        log.error("job failed", job=str(job.uuid), kind=job.kind, error=repr(error), exc_info=True)
        _failed(job, "broken")
    else:
        MatchJob.objects.filter(pk=job.pk).update(state=MatchJob.DONE, finished_at=datetime.now(UTC))
    return 1


def _failed(job: MatchJob, code: str) -> None:
    MatchJob.objects.filter(pk=job.pk).update(state=MatchJob.FAILED, fault=code, finished_at=datetime.now(UTC))


class _Words:
    """Tells how far a job is, at most once a second, and that its worker lives."""

    def __init__(self, job: int) -> None:
        self._job = job
        self._last = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        # inside a transaction nobody would see it, and the one that reads everything may not write
        if now - self._last < _EVERY_S or connection.in_atomic_block:
            return
        self._last = now
        with cursor() as cur:
            cur.execute(_TOLD, (stage, done, total, LEASE, self._job))


def _do(job: MatchJob, tell: _Words) -> None:
    from rundblick.customers.weighed.running import keep_model, look, match, model_of, preview, undo_run

    if job.kind == MatchJob.UNDO:
        job.run = undo_run(job.run_id or 0, job.asked_by_id, tell)
        job.save(update_fields=["run"])
        return
    seen = look(model_of(job.model) if job.model is not None else None, tell)
    if job.kind == MatchJob.ADOPT:
        job.run = match(seen, job.asked_by_id, tell)
        job.save(update_fields=["run"])
        return
    shown = preview(seen)
    job.model = keep_model(seen.model)
    job.records, job.customers_before, job.customers_after = (
        shown.records,
        shown.customers_before,
        shown.customers_after,
    )
    job.merges, job.splits, job.questions = len(shown.merges), len(shown.splits), shown.asked
    with transaction.atomic(), cursor() as cur:
        changes = [
            *((MatchChange.MERGE, change.groups) for change in shown.merges),
            *((MatchChange.SPLIT, change.groups) for change in shown.splits),
        ]
        ids = draw_ids(cur, {"customers_matchchange": len(changes)})["customers_matchchange"]
        insert_rows(
            cur,
            "customers_matchchange",
            ("id", "job_id", "kind", "moved", "groups"),
            [(n, job.pk, kind, _moved(groups), len(groups)) for n, (kind, groups) in zip(ids, changes, strict=True)],
        )
        insert_rows(
            cur,
            "customers_matchchangerecord",
            ("change_id", "record_id", "place"),
            [
                (n, record, place)
                for n, (_, groups) in zip(ids, changes, strict=True)
                for place, group in enumerate(groups)
                for record in group
            ],
        )
        cur.execute(_FORGET, {"kept": KEPT})
        job.save(
            update_fields=["model", "records", "customers_before", "customers_after", "merges", "splits", "questions"]
        )


def _moved(groups: Sequence[Sequence[int]]) -> int:
    """Records that come to another customer: all but those of the largest group."""
    sizes = [len(group) for group in groups]
    return sum(sizes) - max(sizes)


# -- what a model would change ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changed:
    """A change; ``groups``: (record, its customer now) of each group."""

    id: int
    kind: str
    moved: int
    groups: tuple[tuple[tuple[int, int], ...], ...]


_CHANGES = """
SELECT id, kind, moved FROM customers_matchchange
WHERE job_id = %(job)s AND kind = %(kind)s AND (moved, -id) < (%(moved)s, -%(last)s)
ORDER BY moved DESC, id LIMIT %(limit)s
"""
_RECORDS = """
SELECT m.change_id, m.place, m.record_id, a.customer_id
FROM customers_matchchangerecord m
JOIN customers_assignment a ON a.record_id = m.record_id AND a.valid_to IS NULL
WHERE m.change_id = ANY(%s) ORDER BY m.change_id, m.place, m.record_id
"""
_FIRST = (2**62, 0)


def changes(cur: Cursor, job: int, kind: str, limit: int, after: tuple[int, int] | None = None) -> list[Changed]:
    """What a preview found, what moves most first; ``after``: (moved, id) of the last one of the page before."""
    moved, last = after or _FIRST
    cur.execute(_CHANGES, {"job": job, "kind": kind, "moved": moved, "last": last, "limit": limit})
    rows = cur.fetchall()
    cur.execute(_RECORDS, ([row[0] for row in rows],))
    found: dict[int, dict[int, list[tuple[int, int]]]] = {row[0]: {} for row in rows}
    for change, place, record, customer in cur.fetchall():
        found[change].setdefault(place, []).append((record, customer))
    return [
        Changed(change, what, n, tuple(tuple(group) for _, group in sorted(found[change].items())))
        for change, what, n in rows
    ]


def change_of(cur: Cursor, job: int, change: int) -> Changed | None:
    """One change of a preview."""
    row = MatchChange.objects.filter(pk=change, job_id=job).first()
    if row is None:
        return None
    return next(iter(changes(cur, job, row.kind, 1, (row.moved, row.pk - 1))), None)


def last_run() -> MatchRun | None:
    """The run that can be taken back, None when nothing stands."""
    from rundblick.customers.weighed.running import standing_runs

    held = standing_runs()
    return MatchRun.objects.filter(pk=held[-1]).first() if held else None

"""The daily proof that nothing is missing: what each source says it has, against what is stored.

A source is asked by its counter (``core.counting``); what came of it stands here, one row for each source and day. The
newest row of a source says whether it is green; the worst of a day stays visible after it was mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from rundblick.core.counting import Counted, counters
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.sweeps import Sweep
from rundblick.intake.models import Proof, ProofWish

log = structlog.get_logger("rundblick.proof")

WANTED = "rundblick_proof"
"""The channel of NOTIFY: somebody wants to know now."""

EVERY_S = 600.0
_LOCK = 8_160_002  # one process counts at a time


def prove(kinds: Iterable[str] | None = None) -> list[Proof]:
    """Ask every source, or those of these kinds, and keep what came of it; the proofs, in order of sources.

    Goes over the network: call it outside of transactions. A counter that fails leaves its sources as they were;
    without the database it raises.
    """
    found: list[Proof] = []
    for kind in sorted(counters if kinds is None else set(kinds) & set(counters)):
        try:
            for counted in counters[kind]():
                found.append(_keep(kind, counted))
        except DatabaseError:
            raise
        except Exception:
            log.exception("counter failed", kind=kind)
    return sorted(found, key=lambda proof: proof.source_id)


def today() -> date:
    """The company's own day."""
    return datetime.now(ZoneInfo(installation().zone)).date()


def _keep(kind: str, counted: Counted) -> Proof:
    values = {
        "told": counted.told,
        "kept": counted.kept,
        "waiting": counted.waiting,
        "lost": counted.lost,
        "missing": list(counted.missing),
        "fault": counted.fault,
        "detail": counted.detail,
        "good": counted.good,
        "at": Now(),
    }
    proof, _made = Proof.objects.update_or_create(source_id=counted.source, kind=kind, day=today(), defaults=values)
    Proof.objects.filter(pk=proof.pk).update(worst=Greatest(F("worst"), counted.lost))
    if not counted.good:
        log.warning("proof is red", source=counted.source, lost=counted.lost, fault=counted.fault)
    proof.refresh_from_db()
    return proof


def latest() -> list[Proof]:
    """The newest proof of each source, the red ones first."""
    newest = Proof.objects.order_by("source_id", "kind", "-day").distinct("source_id", "kind").select_related("source")
    return sorted(newest, key=lambda proof: (proof.good, proof.kind == "file", proof.source.name, proof.pk))


def ask_for() -> None:
    """Have everything counted soon, by the worker of slow work."""
    with transaction.atomic(), cursor() as cur:
        ProofWish.objects.create()
        cur.execute("SELECT pg_notify(%s, '')", (WANTED,))


def is_wanted() -> bool:
    """Whether somebody asked and was not answered yet."""
    return ProofWish.objects.filter(done_at=None).exists()


def proving() -> Sweep:
    """Counts once a day, and when somebody asks."""

    def sweep() -> int:
        wishes = list(ProofWish.objects.filter(done_at=None).values_list("id", flat=True))
        if not wishes and Proof.objects.filter(day=today()).exists():
            return 0
        if not wishes and not any(True for _ in _sources()):
            return 0
        with _alone() as mine:
            if not mine:
                return 0
            prove()
        ProofWish.objects.filter(pk__in=wishes).update(done_at=Now())
        ProofWish.objects.exclude(done_at=None).filter(pk__lt=max(wishes, default=0)).delete()
        return 1 if wishes else 0

    return sweep


def _sources() -> Iterator[int]:
    """Something to count, found without asking anybody."""
    with cursor() as cur:
        cur.execute("SELECT id FROM core_source LIMIT 1")
        yield from (row[0] for row in cur.fetchall())


@contextmanager
def _alone() -> Iterator[bool]:
    with cursor() as cur:
        cur.execute("SELECT pg_try_advisory_lock(%s, 0)", (_LOCK,))
        row = cur.fetchone()
    mine = bool(row and row[0])
    try:
        yield mine
    finally:
        if mine:
            with cursor() as cur:
                cur.execute("SELECT pg_advisory_unlock(%s, 0)", (_LOCK,))


# a file that was read to its end: every row is a delivery or stands among the unreadable ones; the mails of an archive
# are deliveries of the archive, whatever file it was read from (connectors.reading)
_FILES = """
SELECT f.source_id, f.rows_read, f.rows_unreadable,
       (SELECT count(*) FROM core_delivery d WHERE d.source_id IN (
           SELECT f.source_id
           UNION ALL
           SELECT s.id FROM core_source s WHERE f.what = 'mail' AND s.code = 'archive:' || f.system || ':' || f.name
       )), f.done_at IS NULL
FROM intake_intakefile f
WHERE (f.done_at IS NOT NULL OR f.begun_at < now() - interval '1 day')
  AND NOT EXISTS (
    SELECT FROM intake_proof p WHERE p.source_id = f.source_id AND p.kind = 'file' AND p.good
      AND p.at > coalesce(f.done_at, f.begun_at) AND p.at > now() - interval '7 days')
ORDER BY f.source_id
"""


def count_files() -> Iterator[Counted]:
    """Files of exports: rows read against rows stored and rows that could not be read. What was proven since it was
    read is counted again only once a week."""
    with cursor() as cur:
        cur.execute(_FILES)
        rows = cur.fetchall()
    for source, read, unreadable, stored, cut_off in rows:
        lost = max(0, read - unreadable - stored)
        yield Counted(source, read, min(read, stored + unreadable), lost=lost, fault="cut_off" if cut_off else "")

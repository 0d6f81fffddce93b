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

from rundblick.core.counting import MOST_NAMED, Counted, counters
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.registry import Cursor
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


# a file that was read to its end: every row is a delivery or stands among the unreadable ones
_FILES = """
SELECT f.source_id, f.rows_read, f.rows_unreadable,
       (SELECT count(*) FROM core_delivery d WHERE d.source_id = f.source_id), f.done_at IS NULL, a.id,
       EXISTS (SELECT FROM intake_archivelist l WHERE l.source_id = f.source_id)
FROM intake_intakefile f
LEFT JOIN core_source a ON f.what = 'mail' AND a.code = 'archive:' || f.system || ':' || f.name
WHERE (f.done_at IS NOT NULL OR f.begun_at < now() - interval '1 day')
  AND NOT EXISTS (
    SELECT FROM intake_proof p WHERE p.source_id = f.source_id AND p.kind = 'file' AND p.good
      AND p.at > coalesce(f.done_at, f.begun_at) AND p.at > now() - interval '7 days')
ORDER BY f.source_id
"""

# The mails of an archive are deliveries of the archive, whatever version of the file they were read from
# (connectors.reading); so each version is counted by what it told, mail by mail, and none can stand in for another's.
# A mail whose content came from another place of the archive is here.
_MAILS = """
WITH told AS (
    SELECT l.first + n.i AS number, encode(substr(l.contents, n.i * 8 + 1, 8), 'hex') AS content
    FROM intake_archivelist l, generate_series(0, length(l.contents) / 8 - 1) AS n (i)
    WHERE l.source_id = %(file)s
), kept AS (
    SELECT DISTINCT split_part(d.source_key, '#', 2) AS content FROM core_delivery d WHERE d.source_id = %(archive)s
), lost AS (
    SELECT told.number FROM told LEFT JOIN kept USING (content) WHERE kept.content IS NULL
)
SELECT (SELECT count(*) FROM told), (SELECT count(*) FROM lost),
       ARRAY(SELECT number FROM lost ORDER BY number LIMIT %(most)s)
"""

# an archive that was read before its versions kept a list: only that there are enough deliveries can be said
_UNLISTED = "SELECT count(*) FROM core_delivery WHERE source_id = %s"


def count_files() -> Iterator[Counted]:
    """Files of exports: rows read against rows stored and rows that could not be read; of mails, each one that the file
    told. What was proven since it was read is counted again only once a week. ``missing`` are numbers in the file."""
    with cursor() as cur:
        cur.execute(_FILES)
        rows = cur.fetchall()
        for source, read, unreadable, stored, cut_off, archive, listed in rows:
            missing: tuple[str, ...] = ()
            if listed:
                told, lost, numbers = _mails(cur, source, archive)
                kept, missing = told - lost, tuple(str(number) for number in numbers)
            else:
                if archive is not None:
                    cur.execute(_UNLISTED, (archive,))
                    stored += int((cur.fetchone() or (0,))[0])
                told, lost = read, max(0, read - unreadable - stored)
                kept = min(read, stored + unreadable)
            fault = "cut_off" if cut_off else "rows" if lost else ""
            yield Counted(source, told, kept, missing=missing, lost=lost, fault=fault)


def _mails(cur: Cursor, source: int, archive: int | None) -> tuple[int, int, list[int]]:
    """(mails that a file told, how many of them are not here, their numbers in the file)."""
    cur.execute(_MAILS, {"file": source, "archive": archive or 0, "most": MOST_NAMED})
    row = cur.fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), list(row[2])

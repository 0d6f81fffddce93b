"""Rundblick's side of the bench: keep, read, identify by strong identifiers, thread, route, record.

    python -m bench.ingest_ours FOLDER BATCH POSTMASTER [weighed]

with RUNDBLICK_DATABASE_URL: a migrated, empty database. "weighed": with a model in force, so that who is not known by
an identifier is weighed as he comes; the model is learned from invented people.

Prints one JSON object. The process that reads mails counts as ours; so does every process of the database.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import django

from bench.cpu import cpu_seconds
from bench.mails import WARM_UP, real_mails, warm_up_mails
from rundblick.core.envelope import Envelope

PEOPLE = 2_000  # invented ones, of whom the model is learned
_BEGIN = (
    "An",
    "Ber",
    "Car",
    "Dor",
    "El",
    "Fri",
    "Ger",
    "Han",
    "In",
    "Jo",
    "Kar",
    "Lo",
    "Mar",
    "Nor",
    "Ot",
    "Pe",
    "Ros",
)
_MIDDLE = ("ber", "den", "fel", "gen", "hol", "ken", "lin", "mer", "ster", "ten", "wal", "zen")
_END = ("a", "ard", "e", "en", "er", "in", "ke", "mann", "o", "sen", "ta")


def weigh() -> None:
    """Put a model into force, over a table that holds the people it was learned from."""
    from bench.lookup_ours import identified
    from rundblick.core.message import Identifier, Party
    from rundblick.customers.weighed.running import look, match

    chance, parties = random.Random(3), []
    for n in range(PEOPLE):
        facts = {
            "first_name": f"{chance.choice(_BEGIN)}{chance.choice(_END)}",
            "last_name": f"{chance.choice(_BEGIN)}{chance.choice(_MIDDLE)}{chance.choice(_END)}",
            "birth_date": f"{chance.randrange(1940, 2005)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
            "street": f"{chance.choice(_BEGIN)}weg {chance.randrange(1, 80)}",
            "postcode": f"24{chance.randrange(100, 160)}",
        }
        address = (Identifier("email", f"{facts['first_name']}.{n}@bench.example".lower()),)
        for system in chance.sample(("crm", "shop"), chance.choice((1, 2))):
            parties.append(Party(system, f"{system}{n}", address if chance.random() < 0.7 else (), facts))
    identified(parties, alone=True)
    match(look())


def main(folder: Path, batch: int, postmaster: int, weighed: bool) -> None:
    django.setup()
    from django.db import connection

    from rundblick.core.installation import installation
    from rundblick.core.registry import readers, understanding
    from rundblick.intake.reading import ReadingProcess
    from rundblick.intake.road import Options, Road
    from rundblick.intake.work import receive

    road = Road(installation(), Options(understand=False))
    now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def envelopes(mails: list[bytes], source: str) -> list[Envelope]:
        # what a mailbox or an archive gives: its own key for each mail
        return [Envelope(source, f"{n}:{sha256(raw).hexdigest()[:8]}", "mail", now, raw) for n, raw in enumerate(mails)]

    def feed(all_of_them: list[Envelope]) -> None:
        for start in range(0, len(all_of_them), batch):
            receive(road, all_of_them[start : start + batch], reader.read_all)

    if weighed:
        weigh()
    mails = envelopes(real_mails(folder), "mailbox:bench")
    with ReadingProcess(dict(readers)) as reader:
        feed(envelopes(warm_up_mails(), "mailbox:warm"))
        before, database_before, begun = cpu_seconds(os.getpid()), cpu_seconds(postmaster), time.monotonic()
        feed(mails)
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")  # what was only put off counts for whoever put it off
        python, database = cpu_seconds(os.getpid()) - before, cpu_seconds(postmaster) - database_before
        wall = time.monotonic() - begun
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM core_delivery d JOIN core_source s ON s.id = d.source_id"
            " JOIN intake_outcome o ON o.delivery_id = d.id WHERE s.code = 'mailbox:bench'"
        )
        ended = cursor.fetchone()[0]
        cursor.execute(
            "SELECT split_part(d.source_key, ':', 1)::int, coalesce(c.merged_into_id, c.id) FROM core_delivery d"
            " JOIN core_source s ON s.id = d.source_id AND s.code = 'mailbox:bench'"
            " JOIN intake_outcome o ON o.delivery_id = d.id AND o.object_type = 'message'"
            " JOIN cases_message m ON m.id = o.object_id JOIN cases_case c ON c.id = m.case_id"
        )
        case_of = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM cases_message")
        messages = cursor.fetchone()[0] - WARM_UP
        cursor.execute("SELECT count(*) FROM cases_message m JOIN cases_messagecontent c ON c.message_id = m.id")
        stored = cursor.fetchone()[0] - WARM_UP
    language = None
    if understanding:
        with connection.cursor() as cursor:
            cursor.execute("SELECT text FROM cases_messagecontent")
            texts = [text for (text,) in cursor.fetchall()]
        understanding[0](texts[:20])
        before = cpu_seconds(os.getpid())
        understanding[0](texts)
        language = (cpu_seconds(os.getpid()) - before) / len(texts) * 1000
    each = 1000 / len(mails)
    result = {
        "mails": len(mails),
        "python_ms": python * each,
        "postgres_ms": database * each,
        "cpu_ms": (python + database) * each,
        "wall_ms": wall * each,
        "lost": len(mails) - ended,
        "messages": messages,
        "with_content": stored,
        "understanding_ms": language,
        "cases": [case_of.get(position) for position in range(len(mails))],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rundblick.settings")
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:] == ["weighed"])

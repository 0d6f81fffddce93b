"""The first start: the sample company, or an empty installation with a link for its first administrator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from rundblick.core.home import Settings

SEED = 2026
LOADED = "loaded"

Say = Callable[[str], None]


def prepare(folder: Path, settings: Settings, *, own: bool, say: Say) -> str:
    """Bring a new database to a state in which somebody can sign in; returns what to say about how.

    The sample company is loaded only into a database that we made ourselves and marked as sample. A load that was cut
    short goes on at the next start: what is there already is not loaded twice.
    """
    from django.db import connection

    from rundblick.blindspots.sample import show_figures
    from rundblick.cases.sample import set_hours_and_promises
    from rundblick.cli.sample_beside import beside_some
    from rundblick.cli.sample_escalation import hard_cases
    from rundblick.cli.sample_handovers import hand_over_some
    from rundblick.cli.sample_inbox import keep_some
    from rundblick.cli.sample_routing import competence_centres
    from rundblick.cli.sample_searches import show_search
    from rundblick.cli.sample_talk import talk_some
    from rundblick.cli.sample_writing import text_modules
    from rundblick.core.installation import installation
    from rundblick.core.models import Installation
    from rundblick.people.models import User
    from rundblick.people.sample import SAMPLE_PASSWORD, join_sample_teams, make_sample_users

    try:
        is_new = not Installation.objects.exists()
        here = installation()
        if is_new and settings.sample and not own:
            here.sample = True
            here.save(update_fields=["sample"])
        if here.sample:
            make_sample_users()
            if not (folder / "sample" / LOADED).exists() and load(folder, settings.sample_customers, say):
                mapping = tomllib.loads((folder / "sample" / "exports" / "rundblick.toml").read_text(encoding="utf-8"))
                here.company = _company(mapping)
                here.save(update_fields=["company"])
                join_sample_teams()
                set_hours_and_promises()
                _let_answer(mapping)
                competence_centres(datetime.now(UTC))
                one_concern(datetime.now(UTC))
                hand_over_some(datetime.now(UTC))
                beside_some(datetime.now(UTC))
                show_figures()
                hard_cases(datetime.now(UTC))
                talk_some(datetime.now(UTC))
                show_search(datetime.now(UTC))
                keep_some(datetime.now(UTC))
                text_modules()
                (folder / "sample" / LOADED).touch()
            addresses = User.objects.filter(is_active=True).order_by("id").values_list("email", flat=True)[:6]
            who = "\n".join(f"  {address}" for address in addresses)
            return _("Sign in as one of these, with the password %(password)s:\n%(who)s") % {
                "password": SAMPLE_PASSWORD,
                "who": who,
            }
        if not User.objects.filter(is_active=True).exists():
            return _("Nobody can sign in yet. For the first administrator's link run: rundblick admin-link ADDRESS")
        return ""
    finally:
        connection.close()


def load(folder: Path, customers: int, say: Say) -> bool:
    """Make the sample company's exports, take them in, and find who is one customer by weights learned from them.

    Each in a process of its own; says whether that worked. Without the last step the desk shows the company all the
    same, with what identifiers prove.
    """
    target = folder / "sample"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700)
    say(_("Loading the sample company, once ..."))
    make = [sys.executable, "-m", "rundblick_sample.cli", str(target), "--customers", str(customers)]
    take = [sys.executable, "-m", "rundblick.cli.main", "import", str(target / "exports")]
    match = [sys.executable, "-m", "rundblick.cli.main", "customers", "match", "--quiet"]
    log = folder / "log" / "sample.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with log.open("ab") as output:
        for command in ([*make, "--seed", str(SEED)], take, match):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=os.environ, check=False
            )
            # 1: done, with parts that could not be read, which the sample company has on purpose
            if done.returncode not in (0, 1) and command is not match:
                say(
                    _("The sample company could not be loaded; %(log)s says why. The desk starts without it.")
                    % {"log": log}
                )
                return False
    return True


def _let_answer(mapping: dict[str, Any]) -> None:
    """A mail account that the desk can answer through; what it sends becomes a file and leaves nothing."""
    from rundblick.channels.accounts import fill, save
    from rundblick.channels.channel import channels
    from rundblick.channels.models import Account

    own = [one for file in mapping.get("file", ()) for one in file.get("own", ()) if "@" in one]
    if own and not Account.objects.filter(address__iexact=own[0]).exists():
        told = {"name": _company(mapping), "address": own[0], "receive": "none", "send": "folder"}
        save(fill(channels["email"], told), by=None)


# what a customer wrote, called about and asked in a chat, signed in to the shop: one concern, hours before the start
_CONCERN: Final = (
    (
        "letter",
        27.0,
        "Meine Lieferung fehlt",
        (
            "Sehr geehrte Damen und Herren,\n\nder Trockner, den ich vor drei Wochen bestellt habe, ist bis heute "
            "nicht gekommen. Niemand hat mir Bescheid gegeben. Bitte teilen Sie mir mit, wann er geliefert wird."
        ),
    ),
    (
        "phone",
        3.0,
        "",
        "Fragt nach dem Trockner, zu dem er geschrieben hat. Will wissen, ob der Termin am Freitag steht.",
    ),
    ("chat", 0.4, "", "Hallo, kommt der Trockner nun am Freitag? Ich muss mir sonst freinehmen."),
)


def one_concern(now: datetime) -> int:
    """A letter, a call and a chat of one customer about one topic come in, as they would live; gives how many.

    The road puts them into one case (cases.topics), as whoever opens the desk for the first time can see.
    """
    from rundblick.core.envelope import Envelope
    from rundblick.core.installation import installation
    from rundblick.customers.models import RecordVersion, SourceRecord
    from rundblick.intake.accept import accept

    record = SourceRecord.objects.filter(system_id__code="crm").order_by("id").first()
    said = RecordVersion.objects.filter(record=record).order_by("-seen_at", "-id").first()
    if record is None or said is None:
        return 0
    ours = installation()
    envelopes = []
    for channel, hours, subject, text in _CONCERN:
        contact = {
            "key": f"sample-{channel}",
            "system": "crm",
            "channel": channel,
            "at": (now - timedelta(hours=hours)).isoformat(),
            "sender": {"customer_no": said.key, "verified": True},
            "subject": subject,
            "text": text,
            "topic": "Lieferung",
            "language": "de",
        }
        hints = {"country": ours.country, "timezone": ours.zone}
        raw = json.dumps(contact).encode()
        envelopes.append(Envelope("api:sample", f"sample-{channel}", "contact", now, raw, hints=hints))
    accept(envelopes)
    return len(envelopes)


def _company(mapping: dict[str, Any]) -> str:
    return str(mapping.get("rundblick", {}).get("company", ""))

"""Why a message went where it went: the stages' codes, told in sentences."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from rundblick.cases.models import Case
from rundblick.core.database import cursor
from rundblick.desk import sql
from rundblick.desk.shapes import Step
from rundblick.desk.templatetags.desk import channel_name


def why_it_came_here(case: Case) -> list[Step]:
    """The steps of the road for the case's first message; empty for cases that come from a log."""
    with cursor() as cur:
        cur.execute(sql.WHY, (case.pk,))
        row = cur.fetchone()
    if row is None:
        return []
    stages, _kind, _at, source, source_kind, source_name = row
    # Django's connection gives jsonb as text
    told: dict[str, Any] = json.loads(stages) if isinstance(stages, str) else stages
    return steps(case, told, source_name or _source_words(source, source_kind))


def _source_words(code: str, kind: str) -> str:
    # a file's code is a digest, which tells a person nothing
    return _("a file") if code.startswith("file:") else code.partition(":")[2] or kind or code


def steps(case: Case, stages: dict[str, Any], source: str) -> list[Step]:
    """Sentences for the stages of one message."""
    told = [Step(_("Came in through %(source)s and was kept as it arrived.") % {"source": source})]
    if case.channel:
        told.append(Step(_("Read as: %(channel)s.") % {"channel": channel_name(case.channel)}))
    record = (stages.get("identify") or {}).get("record")
    if record and case.customer_id:
        told.append(Step(_("The sender's identifier led to the customer.")))
    elif record:
        told.append(Step(_("The sender is known, but no strong identifier leads to a customer."), unsure=True))
    else:
        told.append(Step(_("The message does not say who sent it."), unsure=True))
    told.append(_thread_step(str((stages.get("thread") or {}).get("why", ""))))
    if case.language:
        told.append(
            Step({"de": _("Language: German."), "en": _("Language: English.")}.get(case.language, case.language))
        )
    else:
        told.append(Step(_("Language: unsure."), unsure=True))
    if case.owner_team_id or case.owner_person_id:
        told.append(Step(_("Every open case has somebody in charge; without a rule it is the default team.")))
    return told


def _thread_step(why: str) -> Step:
    return {
        "version": Step(_("It is a newer version of a message of this case.")),
        "thread": Step(_("It belongs to a conversation of this case.")),
        "case_key": Step(_("Its system names this case.")),
    }.get(why, Step(_("It answers no earlier message, so it opened a new case.")))

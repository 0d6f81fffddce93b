"""The report over the installation's own database: computed once for all readers of a language, anew when it is old."""

from __future__ import annotations

import threading
import time
from typing import Final

from django.db import connection

from rundblick.blindspots.check import build_report
from rundblick.blindspots.disclosure import publishable
from rundblick.blindspots.model import Report, Window
from rundblick.blindspots.saved import cases_behind
from rundblick.cases.promising import of_report
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.models import Event

FRESH_S: Final = 600
MOST_CASES: Final = 20_000  # ids that one figure keeps at hand

_lock = threading.Lock()
_built: dict[tuple[str, str], tuple[float, int, Report]] = {}
_behind: dict[tuple[str, str, str], list[int]] = {}


def latest_report(language: str) -> Report:
    """The report in ``language`` ("de" or "en"), at most ten minutes behind the last event; nobody's ids in it."""
    key = (str(connection.settings_dict["NAME"]), language)
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    with _lock:
        kept = _built.get(key)
        if kept is not None and (kept[1] == newest or time.monotonic() - kept[0] < FRESH_S):
            return kept[2]
        ours = installation()
        report = build_report(
            None,
            (),
            language,
            company=ours.company,
            country=ours.country,
            zone=ours.zone,
            promise=of_report(),
        )
        made = publishable(report)
        _built[key] = (time.monotonic(), newest, made)
        _behind.clear()
        return made


def forget() -> None:
    """Compute the report anew for the next reader."""
    with _lock:
        _built.clear()
        _behind.clear()


def ids_behind(query: str, window: Window) -> list[int]:
    """The cases of a saved query, the worst first, whoever asks: the gate filters them for the reader.

    At most MOST_CASES. Raises blindspots.saved.UnknownFigure.
    """
    key = (str(connection.settings_dict["NAME"]), query, window.end.isoformat())
    if key not in _behind:
        saved = cases_behind(query, window, of_report())
        with cursor() as cur:
            # the saved statement holds no text from outside; its values go in as parameters
            cur.execute(f"SELECT id FROM ({saved.sql}) AS saved LIMIT {MOST_CASES}", saved.params)
            _behind[key] = [row[0] for row in cur.fetchall()]
    return _behind[key]

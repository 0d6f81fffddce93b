"""The rules of the sample company. Only ever set in a database that is marked as sample."""

from __future__ import annotations

from rundblick.cases.promising import PROMISE, put_hours
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import in_force, put_in_force
from rundblick.people.hours import TIMETABLES, Timetable, Timetables
from rundblick.people.models import Team

_CLOSED = {"2026-12-24": "", "2026-12-31": "", "2026-12-23": "08:00-12:00"}
_SIMPLE = ("Adresse", "Rechnung", "Termin", "Öffnungszeiten")


def set_hours_and_promises() -> None:
    """When the company and its partners work, and what it promises; what somebody has set stays."""
    if in_force(TIMETABLES) is None:
        tables = (
            Timetable("Kundenservice", "Mo-Fr 08:00-17:00", "Europe/Berlin", "DE-SH", _CLOSED),
            Timetable("Werkstätten", "Mo-Fr 07:00-12:00 12:45-16:00", "Europe/Berlin", "DE-SH", _CLOSED),
            Timetable("Telefon", "Mo-Fr 08:00-20:00; Sa 09:00-14:00", "Europe/Berlin", "DE-SH", _CLOSED),
        )
        partners = Team.objects.filter(name__contains="(Partner)").values_list("uuid", flat=True)
        put_hours(Timetables(tables, {str(uuid): "Werkstätten" for uuid in partners}), by=None, seen=0)
    if in_force(PROMISE) is None:
        levels = (
            Level(1, name="Anrufe", resolution_days=1, channels=("phone",), calendar="Telefon"),
            Level(4, name="Einfache Themen", resolution_days=1, simple=True),
            Level(4, name="Alles andere", resolution_days=3),
        )
        put_in_force(PROMISE, Promise(levels, simple=_SIMPLE), by=None, seen=0)

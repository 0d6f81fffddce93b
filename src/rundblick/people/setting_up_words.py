"""The steps of the first hour that people's own tables decide: company, teams, hours, colleagues, fields."""

from __future__ import annotations

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rundblick.core.models import Installation, Rulebook
from rundblick.people.fields import FIELDS
from rundblick.people.hours import TIMETABLES, timetables
from rundblick.people.models import SetUpMark, Team, User
from rundblick.people.setting_up import Step, register

_NAMED: Final = 3


def register_steps() -> None:
    """This room's steps."""
    for step in (
        Step("company", 10, gettext_lazy("The company"),
             gettext_lazy("Its name, where it is, and on which holidays it is closed."), _company),
        Step("teams", 20, gettext_lazy("Teams"),
             gettext_lazy("Who works together, and to whom goes what nobody else owns."), _teams),
        Step("hours", 30, gettext_lazy("Opening hours"),
             gettext_lazy("When you work. Promises to customers count by these hours."), _hours),
        Step("colleagues", 60, gettext_lazy("Colleagues"),
             gettext_lazy("Paste their addresses; each gets a link to choose a password."), _colleagues),
        Step("fields", 70, gettext_lazy("Who sees what"),
             gettext_lazy("Birth dates, payment data, telephone numbers: whom they are shown to."), _fields),
    ):  # fmt: skip
        register(step)


def _company() -> str:
    return Installation.objects.values_list("company", flat=True).first() or ""


def _teams() -> str:
    ours = Team.objects.filter(system__isnull=True, closed_at__isnull=True)
    if not ours.filter(is_default=True).exists():
        return ""
    return _listed(list(ours.order_by("-is_default", "name").values_list("name", flat=True)))


def _hours() -> str:
    """Holidays that came with the company's place are not yet hours that somebody looked at."""
    n = Rulebook.objects.filter(kind=TIMETABLES.name).count()
    with_company = SetUpMark.objects.filter(code="company").exists()
    kept = SetUpMark.objects.filter(code="hours", state="done").exists()
    return timetables().tables[0].hours if n > (1 if with_company else 0) or kept else ""


def _colleagues() -> str:
    n = User.objects.filter(~Q(role=""), is_active=True).count() - 1
    return ngettext("%(n)d beside you", "%(n)d beside you", n) % {"n": n} if n > 0 else ""


def _fields() -> str:
    return _("set by you") if Rulebook.objects.filter(kind=FIELDS.name).exists() else ""


def _listed(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    more = len(names) - _NAMED
    return _("%(names)s and %(n)d more") % {"names": ", ".join(names[:_NAMED]), "n": more}

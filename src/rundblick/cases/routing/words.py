"""Why a case is where it is, in the reader's language: the codes of ``cases_routing`` as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

DIMENSION_NAMES: Final = {
    "topics": gettext_lazy("topic"),
    "languages": gettext_lazy("language"),
    "channels": gettext_lazy("channel"),
    "tiers": gettext_lazy("tier"),
    "addresses": gettext_lazy("address"),
}
LANGUAGES: Final = {
    "de": gettext_lazy("German"),
    "en": gettext_lazy("English"),
    "fr": gettext_lazy("French"),
    "it": gettext_lazy("Italian"),
    "es": gettext_lazy("Spanish"),
    "nl": gettext_lazy("Dutch"),
    "pl": gettext_lazy("Polish"),
    "tr": gettext_lazy("Turkish"),
    "da": gettext_lazy("Danish"),
}


def language_name(code: str) -> str:
    """A language as a reader calls it; one that is not known by its code."""
    return str(LANGUAGES.get(code.casefold(), code))


def team_reason(reason: Mapping[str, Any], rule: str, team: str) -> str:
    """Why the rules gave a case to a team."""
    matched = _list(str(DIMENSION_NAMES[one]) for one in reason.get("matched", ()) if one in DIMENSION_NAMES)
    if reason.get("by") == "rule":
        return _('The rule "%(rule)s" sends it to %(team)s: by %(matched)s.') % {
            "rule": rule, "team": team, "matched": matched}  # fmt: skip
    if reason.get("by") == "centre":
        return _("%(team)s takes such cases: by %(matched)s.") % {"team": team, "matched": matched}
    return _("No rule fits, so it went to the usual team, %(team)s.") % {"team": team}


def person_reason(reason: Mapping[str, Any], person: str, team: str) -> str:
    """Why the rules gave a case to a person, or to nobody."""
    if "none" in reason:
        return _nobody(reason, team)
    facts = []
    if reason.get("language"):
        facts.append(_("speaks %(language)s") % {"language": language_name(str(reason["language"]))})
    if reason.get("topic"):
        facts.append(_('knows "%(topic)s"') % {"topic": reason["topic"]})
    load, most = reason.get("load", (0, 0))
    facts.append(_("had %(n)d of %(most)d cases") % {"n": load, "most": most})
    if reason.get("knows"):
        facts.append(_("has helped this customer before"))
    if (fit := reason.get("fit")) is not None:
        facts.append(_("keeps %(share)d %% of such cases") % {"share": round(100 * float(fit))})
    told = _("%(person)s has it: %(facts)s.") % {"person": person, "facts": ", ".join(facts)}
    if reason.get("room"):
        return told + " " + _("It was given so that somebody has time for another case too.")
    others = int(reason.get("others", 0))
    if not others:
        return told + " " + _("Nobody else was possible.")
    return told + " " + ngettext("%d other was possible.", "%d others were possible.", others) % others


def _nobody(reason: Mapping[str, Any], team: str) -> str:
    code = reason["none"]
    if code == "language":
        language = language_name(str(reason.get("language", "")))
        why = _("nobody there speaks %(language)s") % {"language": language}
    elif code == "topic":
        why = _('nobody there knows "%(topic)s"') % {"topic": reason.get("topic", "")}
    elif code == "tier":
        why = _('nobody there serves the tier "%(tier)s"') % {"tier": reason.get("tier", "")}
    elif code == "away" and reason.get("until"):
        why = _("everybody who could is away until %(when)s") % {"when": _moment(str(reason["until"]))}
    else:
        why = {
            "away": _("everybody who could is away until further notice"),
            "full": _("everybody who could has as many cases as he can have"),
            "returned": _("everybody who could had it already and passed it on"),
            "nobody": _("nobody works there"),
        }.get(str(code), str(code))
    return _("It waits with %(team)s: %(why)s.") % {"team": team, "why": why}


def _moment(text: str) -> str:
    at = timezone.localtime(datetime.fromisoformat(text))
    return date_format(at, "D j. M, H:i") if _is_german() else date_format(at, "D j M, H:i")


def _is_german() -> bool:
    from django.utils.translation import get_language

    return (get_language() or "").startswith("de")


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)

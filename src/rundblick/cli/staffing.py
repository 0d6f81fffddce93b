"""``rundblick staffing``: how many people so many calls need, by Erlang C or A. Needs no database."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.cli.starting import CommandError
from rundblick.people.erlang import Load, Service, StaffingError, Target, needed, scheduled, served
from rundblick.people.staffing_words import staffing_fault

_DURATION = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*(s|m|min|h)?\s*$")
_SECONDS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "staffing",
        help=_("how many people so many calls need"),
        description=_(
            "How many people so many calls need, so that enough of the offered calls are answered in time. By "
            "Erlang C, which counts on nobody hanging up; with --patience by Erlang A."
        ),
        epilog=_("Example: rundblick staffing --calls 100 --per 30m --aht 8m --target 80/20 --patience 120s"),
    )
    parser.add_argument("--calls", type=float, required=True, help=_("calls that are offered in the time of --per"))
    parser.add_argument("--per", default="30m", help=_("in which time they come (default: 30m)"))
    parser.add_argument("--aht", required=True, help=_("talk and wrap-up of a call: 8m, 480s"))
    parser.add_argument(
        "--target", default="80/20", help=_("share of the offered calls in per cent, and seconds (default: 80/20)")
    )
    parser.add_argument("--patience", help=_("after how long callers hang up, on average: 120s"))
    parser.add_argument("--agents", type=int, help=_("what so many people give, instead of how many are needed"))
    parser.add_argument("--shrinkage", default="0", help=_("share of paid time without calls, in per cent: 30"))
    parser.add_argument("--json", action="store_true", help=_("for programs"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the figures; raises CommandError for numbers that nothing can be computed from."""
    try:
        load = Load(arguments.calls, seconds(arguments.per, "per"), seconds(arguments.aht, "aht"))
        target = target_of(arguments.target)
        patience = seconds(arguments.patience, "patience") if arguments.patience is not None else None
        shrinkage = _per_cent(arguments.shrinkage)
        found = (
            needed(load, target, patience)
            if arguments.agents is None
            else served(load, arguments.agents, target, patience)
        )
        roster = scheduled(found.agents, shrinkage)
    except StaffingError as fault:
        raise CommandError(staffing_fault(fault)) from fault
    if arguments.json:
        told = {"erlangs": load.erlangs, "model": "A" if patience else "C", **asdict(found), "scheduled": roster}
        print(json.dumps(told, indent=2))
    else:
        print("\n".join(_lines(load, target, patience, found, roster, shrinkage)))
    return 0


def seconds(text: str, field: str) -> float:
    """ "30m", "480s", "1,5h" or plain seconds. Raises StaffingError."""
    found = _DURATION.match(text)
    if found is None:
        raise StaffingError(field)
    return float(found[1].replace(",", ".")) * _SECONDS[found[2] or ""]


def target_of(text: str) -> Target:
    """ "80/20": 80 per cent within 20 seconds. Raises StaffingError."""
    share, _slash, within = text.partition("/")
    try:
        return Target(float(share) / 100, float(within.strip().removesuffix("s")))
    except ValueError:
        raise StaffingError("target") from None


def _per_cent(text: str) -> float:
    try:
        return float(text.strip().removesuffix("%").replace(",", ".")) / 100
    except ValueError:
        raise StaffingError("shrinkage") from None


def _lines(
    load: Load, target: Target, patience: float | None, found: Service, roster: int, shrinkage: float
) -> list[str]:
    told = {
        "agents": found.agents,
        "level": f"{found.level * 100:.1f}",
        "within": f"{target.within_s:g}",
        "load": f"{load.erlangs:.1f}",
        "wait": "∞" if found.asa_s is None else f"{found.asa_s:.0f}",
        "busy": f"{found.occupancy * 100:.0f}",
        "lost": f"{found.abandoned * 100:.1f}",
        "roster": roster,
        "shrinkage": f"{shrinkage * 100:g}",
    }
    lines = [
        pgettext("staffing", "People at the telephone: %(agents)s (load %(load)s Erlang)") % told,
        _("Answered within %(within)s s: %(level)s %% of the offered calls") % told,
        _("Mean wait of an answered call: %(wait)s s; busy: %(busy)s %% of the time") % told,
    ]
    if patience is None:
        lines.append(_("By Erlang C: counted on nobody hanging up."))
    else:
        lines.append(_("By Erlang A: %(lost)s %% of the offered calls hang up.") % told)
    if shrinkage:
        lines.append(_("On the roster, with %(shrinkage)s %% shrinkage: %(roster)s") % told)
    return lines

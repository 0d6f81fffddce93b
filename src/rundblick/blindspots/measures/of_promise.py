"""What is said with the share of kept promises: by which of two ways it was judged, and what stands beside it."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from rundblick.blindspots import sql, statistics
from rundblick.blindspots.measures.frame import Frame
from rundblick.blindspots.model import Related, Unit
from rundblick.core.calendars import STATES
from rundblick.core.promises import Level, Promise

NAME = "promise_kept_share"


def definition(frame: Frame, basis: str) -> str:
    """The sentence that says by what the promise was judged; ``basis`` as ``Measure.basis``."""
    if basis == "source":
        return _(
            "Share of cases in which the promised level of service was kept, by the last known value of the source's "
            "own flag, over cases where the flag is known."
        )
    told = {"promise": "" if frame.promise is None else promise_text(frame.promise)}
    if basis == "derived":
        return (
            _(
                "Share of cases in which the promised level of service was kept, by our own clocks: %(promise)s; an "
                "answer without a solution is no success."
            )
            % told
        )
    return (
        _(
            "Share of cases in which the promised level of service was kept, by the last known value of the source's "
            "own flag where there is one, else by our own clocks: %(promise)s; an answer without a solution is no "
            "success."
        )
        % told
    )


def promise_text(promise: Promise) -> str:
    """A promise in words: "first answer within 4, resolution within 27 opening hours (Mo-Fr 08:00-17:00, ...)"."""
    if len(promise.levels) == 1:
        targets = _targets(promise.levels[0])
    else:
        targets = _("by the targets of %(n)s levels") % {"n": len(promise.levels)}
    hours = {level.hours or promise.hours for level in promise.levels}
    if hours == {""}:
        times = [_("round the clock")]
    elif len(hours) == 1:
        times = [hours.pop()]
    else:
        times = [_("each level by its own opening hours")]
    if promise.holidays:
        country, _dash, state = promise.holidays.partition("-")
        times.append(_("not on the public holidays of %(place)s") % {"place": STATES[country].get(state, country)})
    if promise.pending == "pauses":
        times.append(_("the clock of the resolution stands while the customer has the ball"))
    return f"{targets} ({', '.join(times)})"


def _targets(level: Level) -> str:
    reaction, resolution = _hours(level.reaction_hours), _hours(level.resolution_hours)
    if not resolution:
        return _("first answer within %(reaction)s opening hours") % {"reaction": reaction}
    if not reaction:
        return _("resolution within %(resolution)s opening hours") % {"resolution": resolution}
    return _("first answer within %(reaction)s, resolution within %(resolution)s opening hours") % {
        "reaction": reaction,
        "resolution": resolution,
    }


def _hours(hours: float | None) -> str:
    return "" if hours is None else str(number_format(f"{hours:g}"))


def beside(frame: Frame) -> tuple[Related, ...]:
    """Reaction and resolution each by itself, and who is not judged; nothing without a promise."""
    if frame.promise is None:
        return ()
    reacted, reactions, resolved, resolutions, unjudged, half = frame.row(
        "SELECT count(*) FILTER (WHERE reaction_kept), count(reaction_kept), "
        "count(*) FILTER (WHERE resolution_kept), count(resolution_kept), "
        "count(*) FILTER (WHERE promise IS NULL), "
        "count(*) FILTER (WHERE promise_half AND promise_source IS NULL AND promise IS NOT NULL) "
        f"FROM {sql.FACTS_TABLE}"
    )
    found = []
    for part, label, kept, n in (
        ("reaction", _("first answer in time, by our own clocks"), reacted, reactions),
        ("resolution", _("resolved in time, by our own clocks"), resolved, resolutions),
    ):
        if n:
            share = statistics.wilson(kept, n)
            found.append(Related(f"{NAME}.{part}", label, share.value, Unit.SHARE, n, share.low, share.high))
    if unjudged:
        label = _("cases not judged: promised nothing, not yet due, or without known times")
        found.append(Related(f"{NAME}.not_judged", label, unjudged, Unit.COUNT))
    if half:
        label = _("cases judged by answer or resolution alone, since their system does not tell the other")
        found.append(Related(f"{NAME}.by_one_alone", label, half, Unit.COUNT))
    return tuple(found)

"""What is wrong with numbers that no staffing can be computed from, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rundblick.people.erlang import StaffingError


def staffing_fault(fault: StaffingError) -> str:
    """Which number it is, and what to write instead."""
    return {
        "calls": _("Calls must be 0 or more, and no more work than 20,000 people at once could do."),
        "per": _("The time in which the calls come must be a second or more: 30m, 1h, 1800s."),
        "aht": _("The handling time must be a second or more: 8m, 480s."),
        "target": _("The target must look like 80/20: 1 to 99 per cent of the calls, within so many seconds."),
        "patience": _("Patience must be a second or more: 120s, 2m. Leave it out for: nobody hangs up."),
        "agents": _("People must be 0 to 30,000."),
        "shrinkage": _("Shrinkage must be 0 to below 100 per cent."),
    }[fault.field]

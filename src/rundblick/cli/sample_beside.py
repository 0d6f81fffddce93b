"""What stands beside a case in the sample company: how somebody wants to be reached, and what was asked twice."""

from __future__ import annotations

from datetime import datetime, timedelta


def beside_some(now: datetime) -> int:
    """The customers of the sample agent's live cases get something beside them; gives how many."""
    from rundblick.cases.asking import asked_again
    from rundblick.cases.deeds import person_of
    from rundblick.cases.models import OPEN_STATES, Case
    from rundblick.cases.preferred import set_preferred
    from rundblick.people.models import User

    agent = User.objects.filter(is_active=True, email__startswith="agent@").first()
    if agent is None:
        return 0
    person = person_of(agent)
    live = Case.objects.filter(system__isnull=True, state__in=OPEN_STATES, merged_into__isnull=True)
    cases = list(live.filter(owner_person=person, customer__isnull=False).order_by("id")[:2])
    for place, case in enumerate(cases):
        if case.customer is None:
            continue
        if place == 0:
            set_preferred(case.customer, "phone", person, now - timedelta(days=2))
        asked_again(case, ("customer_no", "model") if place else ("birth_date",), person, now - timedelta(hours=2))
    return len(cases)

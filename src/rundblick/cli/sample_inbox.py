"""The sample company's inbox: what its agent watches, and filters that she and her team keep."""

from __future__ import annotations

from datetime import datetime, timedelta


def keep_some(now: datetime) -> int:
    """The sample agent watches two cases of her team and keeps two filters; gives how many cases she watches."""
    from rundblick.cases import filters, watching
    from rundblick.cases.deeds import person_of
    from rundblick.cases.models import SavedFilter
    from rundblick.people.models import Team, User

    user = User.objects.filter(email__startswith="agent@", is_active=True).first()
    if user is None:
        return 0
    agent = person_of(user)
    of_team = filters.cases_of(user, filters.Wanted()).exclude(owner_person=agent).order_by("-last_at")
    cases = list(of_team.values_list("pk", flat=True)[:2])
    watching.watch(agent, cases, now - timedelta(days=2))  # so that what came since is unread
    if not SavedFilter.objects.exists():
        filters.save_filter(user, agent, "Rechnungen, dringendste zuerst", "view=team&topic=Rechnung&order=due")
        team = Team.objects.filter(memberships__person=agent, closed_at__isnull=True).order_by("pk").first()
        if team is not None:
            filters.save_filter(user, agent, "Noch niemand zuständig", "view=team&owner=nobody", team)
    return len(cases)

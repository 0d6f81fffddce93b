"""Who is away, and who takes his cases meanwhile.

    add_absence(person, begin, end, deputy, by=user)
    end_absence(absence, by=user)
    hand_absences()                              a sweep: what is due is handed over, exactly once

When an absence begins, his open cases in which something is due before he is back go to his deputy, or to their teams
where he has none, or where the deputy is away himself. What waits for the customer stays with him; when the customer
writes meanwhile, that case goes too. What was handed over stays with who has it: nobody is asked to give it back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from rundblick.cases.leaving import lock_persons, to_person, to_teams
from rundblick.cases.reassigning import Heir, Held, hand_all, held
from rundblick.core.again import again
from rundblick.core.database import cursor
from rundblick.core.registry import Cursor
from rundblick.people.models import Absence, Person, User
from rundblick.people.users import person_of_user, record

LONGEST: Final = timedelta(days=5 * 366)
_RING: Final = 50  # deputies of deputies that are followed


class AbsenceError(ValueError):
    """It cannot be entered as asked; the text says why and what to do, ``code`` the same for programs.

    order     the end is not after the beginning
    past      it is over already
    long      it lasts longer than five years
    left      this person has left
    overlaps  he is away at that time already
    deputy    the deputy has left, is away himself, or is he himself
    ring      somebody would in the end deputize for himself
    ended     it has ended already
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def add_absence(
    person: Person,
    begin: datetime,
    end: datetime | None,
    deputy: Person | None,
    by: User | None,
    at: datetime | None = None,
) -> Absence:
    """He is away in [begin, end), without ``end`` until further notice. Raises AbsenceError.

    One that has begun already hands his cases over at once.
    """
    now = at or datetime.now(UTC)
    if end is not None and end <= begin:
        raise AbsenceError("order", _("The absence ends before it begins. Check the two dates."))
    if end is not None and end <= now:
        raise AbsenceError("past", _("This absence is over already. Enter one that is still to come."))
    if begin > now + LONGEST or begin < now - LONGEST or (end is not None and end - begin > LONGEST):
        raise AbsenceError("long", _("An absence begins within five years and lasts at most five years."))
    with transaction.atomic(), cursor() as cur:
        gone = lock_persons(cur, person.pk, deputy.pk if deputy is not None else None)
        if gone[person.pk] is not None:
            raise AbsenceError("left", _("This person has left."))
        _refuse_overlap(person, begin, end)
        if deputy is not None:
            _refuse_deputy(person, deputy, gone[deputy.pk], begin, end)
        absence = Absence.objects.create(person=person, begin=begin, end=end, deputy=deputy, made_by=by)
        objects = [("person", person.pk)] + ([("person", deputy.pk)] if deputy is not None else [])
        record("absence.entered", by, now, *objects, begin=begin.isoformat(), end=end.isoformat() if end else None)
    if begin <= now:
        hand_absence(absence.pk, now)
        absence.refresh_from_db()
    return absence


def end_absence(absence: Absence, by: User | None, at: datetime | None = None) -> None:
    """He is back; an absence that has not begun is dropped. Raises AbsenceError "ended"."""
    now = at or datetime.now(UTC)
    with transaction.atomic():
        found = Absence.objects.select_for_update().filter(pk=absence.pk).first()
        if found is None or (found.end is not None and found.end <= now):
            raise AbsenceError("ended", _("This absence has ended already."))
        if found.begin >= now:
            found.delete()
        else:
            Absence.objects.filter(pk=found.pk).update(end=now, handed_at=found.handed_at or now)
        record("absence.ended", by, now, ("person", found.person_id), begin=found.begin.isoformat())


def away(at: datetime | None = None) -> Q:
    """The filter of persons who are away at a time (now)."""
    now = at or datetime.now(UTC)
    current = Absence.objects.filter(Q(end__isnull=True) | Q(end__gt=now), begin__lte=now)
    return Q(pk__in=current.values("person_id"))


# -- what is handed over ----------------------------------------------------------------------------------------------

# Due before he is back: by the clocks where they run, and everything he has to do where none does. What waits for the
# customer (pending) stays with him.
_DUE: Final = """
SELECT c.id FROM cases_case c
WHERE c.owner_person_id = %(person)s AND c.merged_into_id IS NULL AND c.state IN ('new', 'open')
  AND (%(end)s::timestamptz IS NULL
       OR NOT EXISTS (SELECT FROM cases_clock k WHERE k.case_id = c.id)
       OR EXISTS (SELECT FROM cases_clock k WHERE k.case_id = c.id AND k.due_at < %(end)s)
       OR EXISTS (SELECT FROM cases_commitment m
                  WHERE m.case_id = c.id AND m.state = 'open' AND m.due_at < %(end)s))
ORDER BY c.id FOR UPDATE OF c
"""

# Somebody wrote while he is away, after the case came to him: by when it came in, since a mail may be late.
_WROTE: Final = """
SELECT c.id FROM cases_case c
WHERE c.owner_person_id = %(person)s AND c.merged_into_id IS NULL AND c.state IN ('new', 'open', 'pending')
  AND EXISTS (
      SELECT FROM cases_message m LEFT JOIN core_delivery d ON d.id = m.delivery_id
      WHERE m.case_id = c.id AND NOT m.superseded AND m.direction = 'in' AND m.sender IN ('human', 'bounce_hard')
        AND COALESCE(d.recorded_at, m.at) >= %(begin)s
        AND NOT EXISTS (SELECT FROM cases_caseentry e JOIN core_event v ON v.id = e.event_id
                        WHERE e.case_id = c.id AND NOT e.superseded AND e.person_id = %(person)s
                          AND v.recorded_at > COALESCE(d.recorded_at, m.at)))
ORDER BY c.id FOR UPDATE OF c
"""

_BEGUN: Final = """
SELECT id FROM people_absence WHERE handed_at IS NULL AND begin <= %(now)s ORDER BY begin, id
"""
_CURRENT: Final = """
SELECT a.id FROM people_absence a
WHERE a.handed_at IS NOT NULL AND a.begin <= %(now)s AND (a."end" IS NULL OR a."end" > %(now)s)
  AND EXISTS (SELECT FROM cases_case c WHERE c.owner_person_id = a.person_id AND c.merged_into_id IS NULL
              AND c.state IN ('new', 'open', 'pending'))
ORDER BY a.id
"""


def make_sweep() -> Callable[[], int]:
    """The sweep of absences: gives how many cases it handed over."""
    return hand_absences


def hand_absences(at: datetime | None = None) -> int:
    """Hand over what is due of everybody who is away now, in the installation's language."""
    now = at or datetime.now(UTC)
    with cursor() as cur:
        cur.execute(_BEGUN, {"now": now})
        begun = [absence for (absence,) in cur.fetchall()]
        cur.execute(_CURRENT, {"now": now})
        current = [absence for (absence,) in cur.fetchall()]
    with translation.override(settings.LANGUAGE_CODE):
        return sum(hand_absence(absence, now) for absence in begun) + sum(
            hand_replies(absence, now) for absence in current
        )


def hand_absence(absence: int, now: datetime) -> int:
    """Hand over what is due before somebody is back, once; how many cases went."""
    return again(lambda: _hand(absence, now, begun=False))


def hand_replies(absence: int, now: datetime) -> int:
    """Hand over the cases of somebody who is away in which somebody wrote since; how many went."""
    return again(lambda: _hand(absence, now, begun=True))


def _hand(absence: int, now: datetime, *, begun: bool) -> int:
    with transaction.atomic(), cursor() as cur:
        found = Absence.objects.select_for_update(skip_locked=True).filter(pk=absence).first()
        if found is None or (found.handed_at is not None) is not begun:
            return 0
        if not begun:
            Absence.objects.filter(pk=absence).update(handed_at=now)
        over = found.end is not None and found.end <= now
        if over or Person.objects.filter(pk=found.person_id, left_at__isnull=False).exists():
            return 0
        cur.execute(_WROTE if begun else _DUE, {"person": found.person_id, "begin": found.begin, "end": found.end})
        cases = held(cur, [case for (case,) in cur.fetchall()])
        if not cases:
            return 0
        told = _("A customer wrote while its owner is away.") if begun else _("Its owner is away.")
        hand_all(cur, cases, _heir(cur, found, now), cause="absence", reason=told, by=_by(found), at=now)
        return len(cases)


def _by(absence: Absence) -> int | None:
    """Whoever entered the absence decided it; the machine only waited."""
    user = User.objects.filter(pk=absence.made_by_id).first() if absence.made_by_id is not None else None
    return person_of_user(user).pk if user is not None else None


def _heir(cur: Cursor, absence: Absence, now: datetime) -> Callable[[Held], Heir]:
    """The deputy, when he is there now; else the teams."""
    deputy = absence.deputy_id
    if deputy is not None:
        cur.execute("SELECT left_at FROM people_person WHERE id = %s FOR KEY SHARE", (deputy,))
        row = cur.fetchone()
        there = row is not None and row[0] is None and not Person.objects.filter(away(now), pk=deputy).exists()
        if there:
            return to_person(deputy)
    return to_teams(absence.person_id)


# -- what is refused --------------------------------------------------------------------------------------------------


def _within(begin: datetime, end: datetime | None) -> Q:
    """The filter of absences that share time with [begin, end)."""
    shares = Q(end__isnull=True) | Q(end__gt=begin)
    return shares & Q(begin__lt=end) if end is not None else shares


def _refuse_overlap(person: Person, begin: datetime, end: datetime | None) -> None:
    other = Absence.objects.filter(_within(begin, end), person=person).order_by("begin").first()
    if other is not None:
        since = f"{other.begin:%Y-%m-%d}"
        raise AbsenceError(
            "overlaps",
            _("This person is away at that time already: until further notice since %(begin)s.") % {"begin": since}
            if other.end is None
            else _("This person is away at that time already: from %(begin)s to %(end)s.")
            % {"begin": since, "end": f"{other.end:%Y-%m-%d}"},
        )


def _refuse_deputy(
    person: Person, deputy: Person, left_at: datetime | None, begin: datetime, end: datetime | None
) -> None:
    if deputy.pk == person.pk:
        raise AbsenceError("deputy", _("Nobody deputizes for himself. Choose somebody else, or leave it to the team."))
    if left_at is not None:
        raise AbsenceError("deputy", _("The deputy has left. Choose somebody who is there."))
    follow: Person | None = deputy
    for _step in range(_RING):
        theirs = Absence.objects.filter(_within(begin, end), person=follow).select_related("deputy").first()
        follow = theirs.deputy if theirs is not None else None
        if follow is None:
            break
        if follow.pk == person.pk:
            raise AbsenceError(
                "ring",
                _(
                    "The deputy is away at that time too, and would be deputized for by this very person."
                    " Choose somebody else."
                ),
            )
    if Absence.objects.filter(_within(begin, end), person=deputy).exists():
        raise AbsenceError("deputy", _("The deputy is away at that time too. Choose somebody who is there."))

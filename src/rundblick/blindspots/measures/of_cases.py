"""The measures that case data alone can give: speed, one owner, solved at once, promises.

Conditions and columns are those of ``sql.case_facts``. The table of definitions is docs/report.md.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rundblick.blindspots.measures.specs import Mean, Quantile, Share, Spec
from rundblick.blindspots.model import Better, Unit

RESOLVED = "resolution_days IS NOT NULL"
HELD = "handovers IS NOT NULL"
JUDGED = "first_contact IN ('yes', 'no')"
_ALL = ("cases", "case_events", "interactions", "mail", "calls")
_CONTACTS = ("interactions", "mail", "calls")

_NEEDS_TIMES = _("When cases were opened and when they were resolved: map opened_at and resolved_at, or state.")
_NEEDS_REPLY = _("When a person answered first: map first_reply_at, or give the contacts in and out.")
_NEEDS_CONCERNS = _("Resolved cases with known customers: map customer, opened_at and resolved_at.")
_NEEDS_BORDER = _("Which teams are outside firms: mark them as partners under Teams; and a log of who had a case.")
_NEEDS_OWNER = _("Who had the case: map team, person or reassignments of a case log.")

SPEED = (
    Spec(
        name="first_reply_hours_median",
        label=_("Time to the first human answer, median"),
        definition=_(
            "From the opening of a case to the first answer by a person, in hours of the calendar; automatic replies "
            "are no answer. Half of the cases waited longer."
        ),
        unit=Unit.HOURS,
        better=Better.LOW,
        group="speed",
        value=Quantile("reply_hours", 0.5),
        behind="reply_hours IS NOT NULL",
        worst="reply_hours DESC",
        needs=_NEEDS_REPLY,
        files=_ALL,
    ),
    Spec(
        name="first_reply_hours_p90",
        label=_("Time to the first human answer, slowest tenth"),
        definition=_(
            "The time that the slowest tenth of the cases exceeds, from opening to the first answer by a person."
        ),
        unit=Unit.HOURS,
        better=Better.LOW,
        group="speed",
        value=Quantile("reply_hours", 0.9),
        behind="reply_hours IS NOT NULL",
        worst="reply_hours DESC",
        needs=_NEEDS_REPLY,
        files=_ALL,
    ),
    Spec(
        name="resolution_days_median",
        label=_("Time to the resolution, median"),
        definition=_(
            "From the opening of a case to its last resolution that was not reopened, in calendar days, over resolved "
            "cases with both times known; closing a case counts for nothing."
        ),
        unit=Unit.DAYS,
        better=Better.LOW,
        group="speed",
        value=Quantile("resolution_days", 0.5),
        behind=RESOLVED,
        worst="resolution_days DESC",
        needs=_NEEDS_TIMES,
    ),
    Spec(
        name="resolution_days_p90",
        label=_("Time to the resolution, slowest tenth"),
        definition=_("The time to the resolution that the slowest tenth of the resolved cases exceeds, calendar days."),
        unit=Unit.DAYS,
        better=Better.LOW,
        group="speed",
        value=Quantile("resolution_days", 0.9),
        behind=RESOLVED,
        worst="resolution_days DESC",
        needs=_NEEDS_TIMES,
    ),
    Spec(
        name="resolved_within_3_days_share",
        label=_("Resolved within three days"),
        definition=_("Share of the cases with a known resolution that were resolved within 72 hours of their opening."),
        unit=Unit.SHARE,
        better=Better.HIGH,
        group="speed",
        value=Share("resolution_days <= 3", RESOLVED),
        behind="resolution_days > 3",
        worst="resolution_days DESC",
        needs=_NEEDS_TIMES,
    ),
    Spec(
        name="past_three_days_share",
        label=_("Beyond three days"),
        definition=_(
            "Share of the cases opened at least 72 hours before the end of the window that were not resolved within "
            "72 hours of their opening, open ones included: a failure whatever was promised, and an answer without a "
            "solution changes nothing of it."
        ),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="speed",
        value=Share("past", "past IS NOT NULL"),
        behind="past",
        worst="resolution_days DESC NULLS FIRST, opened_at",
        needs=_NEEDS_TIMES,
    ),
    Spec(
        name="promise_kept_share",
        label=_("Promise kept"),
        definition=_(
            "Share of cases in which the promised level of service was kept, by the last known value of the source's "
            "own flag where there is one, else by our own clocks."
        ),
        unit=Unit.SHARE,
        better=Better.HIGH,
        group="speed",
        value=Share("promise", "promise IS NOT NULL"),
        behind="NOT promise",
        worst="resolution_days DESC NULLS LAST",
        needs=_(
            "Whether the promise was kept: map promise_kept; or write under [promise] of the mapping file what was "
            "promised, and map opened_at, first_reply_at and resolved_at."
        ),
        files=_ALL,
        source="promise_source",
        derived="promise_derived",
        ways=(_("by the source's own flag"), _("by our own clocks")),
    ),
)

OWNER = (
    Spec(
        name="handover_share",
        label=_("Cases handed over at least once"),
        definition=_(
            "Share of cases with at least one hand-over, by the source's own counter (its maximum in a case) where "
            "there is one, else by changes from one known team or person to another; the first assignment is none."
        ),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="owner",
        value=Share("handovers > 0", HELD),
        behind="handovers > 0",
        worst="handovers DESC",
        needs=_NEEDS_OWNER,
        files=_ALL,
        source="handovers_source",
        derived="handovers_derived",
    ),
    Spec(
        name="handovers_mean",
        label=_("Hand-overs per case"),
        definition=_("Mean number of hand-overs of a case, counted as for the share of cases handed over."),
        unit=Unit.MEAN,
        better=Better.LOW,
        group="owner",
        value=Mean("handovers"),
        behind="handovers > 0",
        worst="handovers DESC",
        needs=_NEEDS_OWNER,
        files=_ALL,
        source="handovers_source",
        derived="handovers_derived",
    ),
    Spec(
        name="handovers_8_or_more_share",
        label=_("Cases handed over eight times or more"),
        definition=_("Share of cases with eight or more hand-overs, counted as for the share of cases handed over."),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="owner",
        value=Share("handovers >= 8", HELD),
        behind="handovers >= 8",
        worst="handovers DESC",
        needs=_NEEDS_OWNER,
        files=_ALL,
        source="handovers_source",
        derived="handovers_derived",
    ),
    Spec(
        name="team_changes_mean",
        label=_("Changes of team per case"),
        definition=_("Mean number of changes from one known team to another in the order of the case's log."),
        unit=Unit.MEAN,
        better=Better.LOW,
        group="owner",
        value=Mean("team_changes"),
        behind="team_changes > 0",
        worst="team_changes DESC",
        needs=_NEEDS_OWNER,
        files=_ALL,
    ),
    Spec(
        name="person_changes_in_team_mean",
        label=_("Changes of person inside a team, per case"),
        definition=_("Mean number of changes from one known person to another while the team stayed the same."),
        unit=Unit.MEAN,
        better=Better.LOW,
        group="owner",
        value=Mean("person_changes"),
        behind="person_changes > 0",
        worst="person_changes DESC",
        needs=_NEEDS_OWNER,
        files=_ALL,
    ),
    Spec(
        name="ping_pong_share",
        label=_("Cases sent back and forth"),
        definition=_("Share of cases that came back to a team straight after it had handed them to another one."),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="owner",
        value=Share("returns > 0", "returns IS NOT NULL"),
        behind="returns > 0",
        worst="returns DESC",
        needs=_("Which team had the case at which time: map team of a case log."),
        files=_ALL,
    ),
    Spec(
        name="people_per_case_mean",
        label=_("People per case"),
        definition=_(
            "Mean number of different known persons to whom a case was assigned; who only typed in it is not counted."
        ),
        unit=Unit.MEAN,
        better=Better.LOW,
        group="owner",
        value=Mean("people"),
        behind="people > 1",
        worst="people DESC",
        needs=_("To whom a case was assigned: map person of a case log."),
        files=_ALL,
    ),
    Spec(
        name="one_person_share",
        label=_("Cases in one person's hands"),
        definition=_("Share of cases that were assigned to one single person, over cases with a known person."),
        unit=Unit.SHARE,
        better=Better.HIGH,
        group="owner",
        value=Share("people = 1", "people IS NOT NULL"),
        behind="people > 1",
        worst="people DESC",
        needs=_("To whom a case was assigned: map person of a case log."),
        files=_ALL,
    ),
    Spec(
        name="people_3_or_more_share",
        label=_("Cases with three people or more"),
        definition=_("Share of cases that were assigned to three or more different persons."),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="owner",
        value=Share("people >= 3", "people IS NOT NULL"),
        behind="people >= 3",
        worst="people DESC",
        needs=_("To whom a case was assigned: map person of a case log."),
        files=_ALL,
    ),
    Spec(
        name="people_8_or_more_share",
        label=_("Cases with eight people or more"),
        definition=_("Share of cases that were assigned to eight or more different persons."),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="owner",
        value=Share("people >= 8", "people IS NOT NULL"),
        behind="people >= 8",
        worst="people DESC",
        needs=_("To whom a case was assigned: map person of a case log."),
        files=_ALL,
    ),
    Spec(
        name="teams_per_case_mean",
        label=_("Teams per case"),
        definition=_("Mean number of different known teams to which a case was assigned."),
        unit=Unit.MEAN,
        better=Better.LOW,
        group="owner",
        value=Mean("teams"),
        behind="teams > 1",
        worst="teams DESC",
        needs=_("Which team had the case: map team of a case log."),
        files=_ALL,
    ),
    Spec(
        name="people_talked_to_mean",
        label=_("People the customer talked to, per case"),
        definition=_(
            "Mean number of different persons of the company who wrote to the customer or spoke with him in a case: "
            "what he sees of hand-overs. Who only had the case is not counted, nor are automatic messages."
        ),
        unit=Unit.MEAN,
        better=Better.LOW,
        group="owner",
        value=Mean("talked"),
        behind="talked > 1",
        worst="talked DESC",
        needs=_("Who wrote or spoke: contacts in and out with their person."),
        files=_CONTACTS,
    ),
    Spec(
        name="people_talked_to_3_or_more_share",
        label=_("Cases in which the customer talked to three people or more"),
        definition=_(
            "Share of cases in which three or more different persons wrote to the customer or spoke with him."
        ),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="owner",
        value=Share("talked >= 3", "talked IS NOT NULL"),
        behind="talked >= 3",
        worst="talked DESC",
        needs=_("Who wrote or spoke: contacts in and out with their person."),
        files=_CONTACTS,
    ),
    Spec(
        name="border_handover_share",
        label=_("Cases handed over the company's border"),
        definition=_(
            "Share of the cases with a known owner that went from a team of the company to an outside firm, or back "
            "from one, at least once."
        ),
        unit=Unit.SHARE,
        better=Better.NEITHER,
        group="owner",
        value=Share("border > 0", "border IS NOT NULL"),
        behind="border > 0",
        worst="border DESC, outside_hours DESC NULLS LAST",
        needs=_NEEDS_BORDER,
        files=_ALL,
    ),
    Spec(
        name="outside_hours_median",
        label=_("Time at outside firms, median"),
        definition=_(
            "Hours of the calendar for which a case lay with outside firms, all its stays there together, until it "
            "was resolved or the window ended; over the cases that were there. Half of them lay longer."
        ),
        unit=Unit.HOURS,
        better=Better.LOW,
        group="owner",
        value=Quantile("outside_hours", 0.5),
        behind="outside_hours IS NOT NULL",
        worst="outside_hours DESC",
        needs=_NEEDS_BORDER,
        files=_ALL,
    ),
    Spec(
        name="outside_hours_p90",
        label=_("Time at outside firms, slowest tenth"),
        definition=_("The hours at outside firms that the slowest tenth of the cases that were there exceeds."),
        unit=Unit.HOURS,
        better=Better.LOW,
        group="owner",
        value=Quantile("outside_hours", 0.9),
        behind="outside_hours IS NOT NULL",
        worst="outside_hours DESC",
        needs=_NEEDS_BORDER,
        files=_ALL,
    ),
)

SOLVED = (
    Spec(
        name="first_contact_resolution",
        label=_("Solved at the first contact"),
        definition=_(
            "Share of resolved concerns of known customers with exactly one contact, no hand-over, no reopening, and "
            "no further contact of the customer on the same topic until 7 days after the resolution (30 for letters, "
            "deliveries and invoices), on any channel; concerns for which these days have not passed are still open "
            "and count neither way."
        ),
        unit=Unit.SHARE,
        better=Better.HIGH,
        group="solved",
        value=Share("first_contact = 'yes'", JUDGED),
        behind="first_contact = 'no'",
        worst="contacts DESC, handovers DESC NULLS LAST",
        needs=_NEEDS_CONCERNS,
        files=_ALL,
    ),
    Spec(
        name="first_contact_resolution_gross",
        label=_("Solved at the first contact, as the customer sees it"),
        definition=_(
            "As solved at the first contact, but a hand-over inside the company is no failure: the customer made "
            "contact once, and that was enough."
        ),
        unit=Unit.SHARE,
        better=Better.HIGH,
        group="solved",
        value=Share("one_contact", JUDGED),
        behind=f"{JUDGED} AND NOT one_contact",
        worst="contacts DESC",
        needs=_NEEDS_CONCERNS,
        files=_ALL,
    ),
    Spec(
        name="reopened_share",
        label=_("Reopened cases"),
        definition=_(
            "Share of cases that were opened again after a resolution, by the source's own counter where there is one, "
            "else by an open state after a resolved one in the log."
        ),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="solved",
        value=Share("reopened", "reopened IS NOT NULL"),
        behind="reopened",
        worst="resolution_days DESC NULLS LAST",
        needs=_("The states of a case over time: map state of a case log, or reopens."),
        source="reopened_source",
        derived="reopened_derived",
    ),
    Spec(
        name="came_back_share",
        label=_("Customers who had to ask again"),
        definition=_(
            "Share of resolved concerns of known customers after which the customer made contact on the same topic "
            "within 7 days (30 for letters, deliveries and invoices), on any channel."
        ),
        unit=Unit.SHARE,
        better=Better.LOW,
        group="solved",
        value=Share("came_back_at IS NOT NULL", JUDGED),
        behind=f"{JUDGED} AND came_back_at IS NOT NULL",
        worst="contacts DESC",
        needs=_NEEDS_CONCERNS,
        files=_ALL,
    ),
)

CHANNELS = (
    Spec(
        name="cases_several_channels_share",
        label=_("Cases over several channels"),
        definition=_("Share of cases in which the customer made contact on two or more different channels."),
        unit=Unit.SHARE,
        better=Better.NEITHER,
        group="channels",
        value=Share("channels > 1", "channels > 0"),
        behind="channels > 1",
        worst="channels DESC, contacts DESC",
        needs=_("The channel of each contact: map channel."),
        files=_ALL,
    ),
)

SPECS: tuple[Spec, ...] = SPEED + OWNER + SOLVED + CHANNELS

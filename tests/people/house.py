"""A small house for tests of who may do what: two teams, a partner firm, and one case of each kind.

Olga owns a case in Support. Kurt is her colleague there. Sven is a stranger to it: he works in Billing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from rundblick.cases.models import (
    Attachment,
    AttachmentContent,
    BulkDeed,
    BulkRow,
    Case,
    CaseContent,
    CaseEntry,
    CaseLink,
    Commitment,
    CommitmentContent,
    Escalation,
    Handover,
    Mention,
    Message,
    MessageContent,
    Regrouping,
    SavedFilter,
    SavedSearch,
    SideTalk,
    SideTalkContent,
)
from rundblick.channels.models import Account
from rundblick.core.ids import uuid7
from rundblick.core.models import Blob, Delivery, Event, Source, System
from rundblick.core.numbers import case_number, customer_number
from rundblick.customers.merging import merge_customers
from rundblick.customers.models import Assignment, Customer, IdentityAct, MatchRun, ReviewItem, SourceRecord
from rundblick.intake.models import Outgoing, OutgoingContent, Quarantine
from rundblick.people.models import Absence, Membership, Person, Role, Team, User

_serials = count(4_000_001)  # far from the numbers that the program gives
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "a long enough password"


@dataclass(frozen=True, slots=True)
class House:
    support: Team
    billing: Team
    repairs: Team  # an outside firm
    olga: User
    kurt: User
    sven: User
    lena: User  # leads Support
    maria: User  # manager
    anton: User  # administrator
    paul: User  # of the outside firm
    nora: User  # has no role
    ida: User  # reads figures
    rolf: User  # audits
    anna: Customer  # has cases in Support and in Billing
    bernd: Customer  # in Billing only
    clara: Customer  # at the outside firm
    olgas: Case
    supports: Case
    annas_at_billing: Case
    billings: Case
    svens: Case
    repair: Case

    def everyone(self) -> dict[str, User]:
        return {
            "agent": self.olga,
            "lead": self.lena,
            "manager": self.maria,
            "admin": self.anton,
            "partner": self.paul,
            "analyst": self.ida,
            "auditor": self.rolf,
            "no role": self.nora,
        }

    def cases(self) -> list[Case]:
        return [self.olgas, self.supports, self.annas_at_billing, self.billings, self.svens, self.repair]


def a_user(name: str, role: str, *teams: Team) -> User:
    email = f"{name.lower()}{next(_serials)}@rundblick.example"
    user = User.objects.create(email=email, name=name, role=role, welcomed_at=AT)  # has worked here before
    person = Person.objects.create(user=user)
    Membership.objects.bulk_create([Membership(person=person, team=team) for team in teams])
    return user


def a_team(name: str, **fields: Any) -> Team:
    return Team.objects.create(key=f"{name}-{next(_serials)}", name=name, **fields)


def a_customer() -> Customer:
    """A customer whom the CRM knows through one record."""
    serial = next(_serials)
    system, _ = System.objects.get_or_create(code="crm")
    record = SourceRecord.objects.create(system=system, key_digest=serial.to_bytes(16))
    customer = Customer.objects.create(number=customer_number(serial))
    event = Event.objects.create(kind="customer.found", occurred_at=AT)
    Assignment.objects.create(record=record, customer=customer, event=event)
    return customer


def a_case(owner: Team | User, customer: Customer | None = None, **fields: Any) -> Case:
    """A case with one log entry that says whose it is: folding it changes nothing."""
    serial = next(_serials)
    of = {"team": owner} if isinstance(owner, Team) else {"person": owner.person}
    record = None if customer is None else Assignment.objects.get(customer=customer).record
    case = Case.objects.create(
        number=case_number(serial),
        customer=customer,
        concerned=record,
        opened_at=AT,
        last_at=AT,
        **{f"owner_{kind}": who for kind, who in of.items()},
        **fields,
    )
    CaseContent.objects.create(case=case, subject=f"Case {case.number}")
    event = Event.objects.create(kind="case.told", occurred_at=AT)
    CaseEntry.objects.create(
        identity=serial.to_bytes(16),
        content_digest=serial.to_bytes(16),
        event=event,
        case=case,
        at=AT,
        record=record,
        state=case.state,
        opened_at=AT,
        **of,
    )
    return case


def a_message(case: Case, text: str = "Where is my parcel?", at: datetime = AT) -> Message:
    serial = next(_serials)
    system, _ = System.objects.get_or_create(code="email")
    identity = serial.to_bytes(16)
    message = Message.objects.create(
        identity=identity,
        content_digest=identity,
        case=case,
        system=system,
        channel="email",
        direction="in",
        at=at,
        seq=serial,
    )
    MessageContent.objects.create(message=message, subject="Parcel", text=text)
    return message


def an_attachment(message: Message) -> Attachment:
    blob = Blob.objects.create(sha256=next(_serials).to_bytes(32), size=3)
    attachment = Attachment.objects.create(message=message, position=0, blob=blob, media_type="text/plain", size=3)
    AttachmentContent.objects.create(attachment=attachment, name="parcel.txt")
    return attachment


def an_identity_act(customer: Customer) -> IdentityAct:
    """Somebody else was merged into this customer."""
    return merge_customers(customer.pk, a_customer().pk, None, "known twice")


def a_question(one: Customer, team: Team) -> ReviewItem:
    """Whether somebody of whom this team has a case is this customer, is asked."""
    other = a_customer()
    a_case(team, other)
    a, b = sorted(Assignment.objects.get(customer=c, valid_to=None).record_id for c in (one, other))
    run = MatchRun.objects.create(kind=MatchRun.MATCH, event=Event.objects.create(kind="match.match", occurred_at=AT))
    return ReviewItem.objects.create(run=run, a_id=a, b_id=b, weight=1.0, why="weight", value=1.0)


def a_regrouping(case: Case) -> Regrouping:
    """Another case, without a message, was joined with this one."""
    event = Event.objects.create(kind="case.joined", occurred_at=AT)
    assert case.owner_team is not None
    other = a_case(case.owner_team, merged_into=case)
    return Regrouping.objects.create(kind=Regrouping.JOIN, event=event, source=other, target=case)


def an_escalation(case: Case, to: User | None = None, **fields: Any) -> Escalation:
    """The case came before somebody who can decide."""
    event = Event.objects.create(kind="case.escalated", occurred_at=AT)
    person = to.person if to else None
    told = {"trigger": "law", "rule": "Words of law", "detail": {"words": ["anwalt"]}, "at": AT} | fields
    return Escalation.objects.create(case=case, event=event, to_person=person, **told)


def a_saved_search(team: Team, name: str = "Parcel", query: str = "parcel") -> SavedSearch:
    return SavedSearch.objects.create(team=team, name=name, query=query)


def a_kept_piece(case: Case | None) -> Quarantine:
    serial = next(_serials)
    source = Source.objects.create(code=f"mailbox:{serial}", kind="mailbox")
    delivery = Delivery.objects.create(source=source, source_key=str(serial), kind="mail", received_at=AT)
    return Quarantine.objects.create(
        source=source, delivery=delivery if case else None, case=case, fault="mail.broken", rows=None if case else [1]
    )


def a_letter(case: Case) -> Outgoing:
    """An answer that its mail server refused."""
    message = a_message(case, "It comes tomorrow.")
    source = Source.objects.create(code=f"mailbox:{next(_serials)}", kind="mail")
    outgoing = Outgoing.objects.create(
        key=message.uuid, message=message, source=source, channel="email", state="dead", due_at=AT, first_due_at=AT
    )
    OutgoingContent.objects.create(outgoing=outgoing, key="k", recipients=[{"address": "a@b.example", "part": "to"}])
    Message.objects.filter(pk=message.pk).update(dispatch="dead")
    return outgoing


def a_house() -> House:
    support, billing = a_team("Support"), a_team("Billing")
    repairs = a_team("Repairs Ltd", is_partner=True)
    olga, kurt = a_user("Olga", Role.AGENT, support), a_user("Kurt", Role.AGENT, support)
    sven = a_user("Sven", Role.AGENT, billing)
    anna, bernd, clara = a_customer(), a_customer(), a_customer()
    return House(
        support=support,
        billing=billing,
        repairs=repairs,
        olga=olga,
        kurt=kurt,
        sven=sven,
        lena=a_user("Lena", Role.LEAD, support),
        maria=a_user("Maria", Role.MANAGER),
        anton=a_user("Anton", Role.ADMIN),
        paul=a_user("Paul", Role.PARTNER, repairs),
        nora=a_user("Nora", ""),
        ida=a_user("Ida", Role.ANALYST),
        rolf=a_user("Rolf", Role.AUDITOR),
        anna=anna,
        bernd=bernd,
        clara=clara,
        olgas=a_case(olga, anna),
        supports=a_case(support),
        annas_at_billing=a_case(billing, anna),
        billings=a_case(billing, bernd),
        svens=a_case(sven, bernd),
        repair=a_case(repairs, clara),
    )


def a_handover(case: Case) -> Handover:
    """The case was somebody's of an outside firm, and is offered to the team that has it."""
    entry = CaseEntry.objects.create(
        identity=(serial := next(_serials)).to_bytes(16),
        content_digest=serial.to_bytes(16),
        event=Event.objects.create(kind="case.handed_over", occurred_at=AT),
        case=case,
        at=AT + timedelta(minutes=1),
        team=case.owner_team,
        cause="routing",
    )
    return Handover.objects.create(entry=entry, from_team=a_team("Elsewhere"), to_team=case.owner_team)


def a_saved_filter(of: Team) -> SavedFilter:
    """A filter that a team finds beside its inbox."""
    return SavedFilter.objects.create(name="New ones", query="view=team&state=new", team=of)


def a_bulk_deed(case: Case, by: User) -> BulkDeed:
    """He watches a case since he chose it among many."""
    deed = BulkDeed.objects.create(person=by.person, kind="watch", key=uuid7())
    BulkRow.objects.create(deed=deed, place=0, case=case, state=BulkRow.DONE)
    return deed


def a_commitment(case: Case) -> Commitment:
    """The customer was promised something for tomorrow."""
    event = Event.objects.create(kind="commitment.made", occurred_at=AT)
    made = datetime.now(UTC)
    made_of = Commitment.objects.create(case=case, event=event, made_at=made, due_at=made + timedelta(days=1))
    CommitmentContent.objects.create(commitment=made_of, text="A call")
    return made_of


def an_absence(user: User) -> Absence:
    """He is away for a week that is still to come."""
    begin = datetime.now(UTC) + timedelta(days=30)
    return Absence.objects.create(person=user.person, begin=begin, end=begin + timedelta(days=7))


def an_account() -> Account:
    """An address of the company at which mail is handed over."""
    serial = next(_serials)
    source = Source.objects.create(code=f"mailbox:service{serial}@muster.example", kind="mail")
    settings = {"receive": "door", "send": "none"}
    return Account.objects.create(
        source=source, channel="email", address=f"service{serial}@muster.example", settings=settings
    )


def a_link(case: Case) -> CaseLink:
    """The case and another one of its team have one cause."""
    assert case.owner_team is not None
    event = Event.objects.create(kind="case.linked", occurred_at=AT)
    return CaseLink.objects.create(a=case, b=a_case(case.owner_team), kind=CaseLink.CAUSE, event=event, made_at=AT)


def a_side_talk(case: Case) -> SideTalk:
    """Somebody outside was asked about the case."""
    event = Event.objects.create(kind="side_talk.begun", occurred_at=AT)
    talk = SideTalk.objects.create(case=case, kind=SideTalk.MAIL, event=event, opened_at=AT, last_at=AT)
    recipients = [{"address": "werkstatt@lieferant.example", "name": "Werkstatt"}]
    SideTalkContent.objects.create(talk=talk, heading="Ersatzteil", recipients=recipients)
    return talk


def a_mention(case: Case, of: User) -> Mention:
    """A colleague named him in a note of the case."""
    return Mention.objects.create(case=case, person=of.person, message=a_message(case), at=AT)

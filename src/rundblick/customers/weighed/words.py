"""What the three faces say about runs, questions and explanations, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.customers.weighed.reviewing import ReviewError
from rundblick.customers.weighed.running import RunError
from rundblick.customers.weighed.working import JobError


def stage_label(stage: str) -> str:
    """What a run is doing; "" for stages that take no time."""
    return {
        "read": _("reading records"),
        "train": _("learning"),
        "compare": _("comparing pairs"),
        "decide": _("forming customers"),
        "write": _("writing"),
        "index": _("making the index"),
    }.get(stage, "")


def run_refusal(error: RunError) -> str:
    """Why a run was not done, and what to do."""
    return {
        "running": _("Another run is under way. Wait until it is done."),
        "empty": _("There are no records yet: import some first."),
        "unknown": _("There is no such run."),
        "undone": _("It was undone already."),
        "later": _("A later run stands. Take that one back first."),
    }[error.code]


def run_kind(kind: str) -> str:
    """What a run was."""
    return {
        "match": pgettext("run", "matched"),
        "adopt": pgettext("run", "model put into force"),
        "undo": pgettext("run", "taken back"),
    }[kind]


def job_kind(kind: str) -> str:
    """What a job about a model does."""
    return {
        "learn": pgettext("job", "Learn a model"),
        "preview": pgettext("job", "What a model would change"),
        "adopt": pgettext("job", "Put a model into force"),
        "undo": pgettext("job", "Take the last run back"),
    }[kind]


def job_stage(stage: str) -> str:
    """How far it is; "" before it began."""
    return {
        "": _("reading records"),
        "read": _("reading records"),
        "train": _("learning"),
        "compare": _("comparing pairs"),
        "write": _("writing"),
        "index": _("making the index"),
        "done": _("writing"),
    }.get(stage, stage)


def job_refusal(error: JobError) -> str:
    """Why a job cannot be asked for, or why it failed, and what to do."""
    return {
        "busy": _("Another job is under way. Wait until it is done."),
        "in_force": _("This model is in force already."),
        "again": _("You have said so already. Somebody else has to agree."),
        "nothing": _("This run cannot be taken back: a later one stands, or it was taken back already."),
        "broken": _("Something broke; the log says what. Nothing is half done: ask for it again."),
    }.get(error.code) or run_refusal(RunError(error.code))


def review_refusal(error: ReviewError) -> str:
    """Why an answer was not taken, and what to do."""
    return {
        "closed": _("The question is settled already."),
        "again": _("You have said so already. Somebody else has to agree."),
        "open": _("There is no answer that could be taken back."),
    }[error.code]


def why_asked(why: str) -> str:
    """Why a person is asked."""
    return {
        "weight": _("The records are alike, but not surely one person's"),
        "household": _("Much in common, but rather two people of one household"),
        "numbers": _("Alike, but one system knows them under two numbers"),
        "confirmed": _("Alike, but people have put both together before"),
        "joined": _("Joined by what they say, though one system knows them under two numbers: please look"),
    }[why]


def field_label(field: str) -> str:
    """A row of the waterfall."""
    if field.startswith("fact:"):
        return field.removeprefix("fact:").replace("_", " ")
    return {
        "before_any_evidence": _("Before any evidence"),
        "address_counted_once": _("One move changes all of an address"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "further_names": _("Further names"),
        "birth_date": _("Birth date"),
        "street": _("Street"),
        "house": _("House number"),
        "postcode": _("Postcode"),
        "city": _("City"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "landline": _("Landline"),
        "company": _("Company"),
        "number": _("Customer number"),
        "system": _("System"),
        "gender": _("Salutation"),
        "year_in_address": _("Year in the mail address"),
    }.get(field, field.replace("_", " "))


def level_label(level: str) -> str:
    """How alike two values are."""
    return {
        "a generation apart": _("a generation apart"),
        "alike": _("alike"),
        "alike, both known names": _("alike, both common names"),
        "alike, same number": _("alike, same number"),
        "day and month swapped": _("day and month swapped"),
        "different": _("different"),
        "equal": pgettext("values", "equal"),
        "first and last name swapped": _("first and last name swapped"),
        "initial": _("an initial"),
        "near": _("near"),
        "not the year of birth": _("not the year of birth"),
        "one slip": _("one slip"),
        "one within the other": _("one within the other"),
        "part of a double name": _("part of a double name"),
        "same before the @": _("the same before the @"),
        "same street, other number": _("same street, other number"),
        "short form": _("a short form"),
        "slip": _("a slip"),
        "some in common": _("some in common"),
        "sounds alike": _("sounds alike"),
        "the same": _("the same"),
        "the year of birth": _("the year of birth"),
        "two numbers of one system": _("two numbers of one system"),
        "two parts of three": _("two parts of three"),
        "two systems": _("two systems"),
        "within a year": _("within a year"),
    }.get(level, level)


def against(rule: str) -> str:
    """The rule that speaks against one person."""
    return {
        "household": _("Rather somebody else of the household"),
        "generations": _("One name, two generations"),
        "two_people": _("Rather two people of one household"),
        "two_numbers": _("One system knows both under two numbers"),
    }.get(rule, rule.replace("_", " "))


def rule_label(rule: str) -> str:
    """What attached a record."""
    return {
        "number": pgettext("rule", "The customer's number"),
        "person": pgettext("rule", "A person's decision"),
        "same_number": pgettext("rule", "The same identifier"),
        "weight": pgettext("rule", "Enough in common"),
    }[rule]

"""The seven myths and the magic eight: what is claimed, what is asked, and which measure shows what is done."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from rundblick.blindspots.measures.specs import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One row.

    claim       the sentence that managers, staff and customers rate
    question    what the row finds out
    done        measure (a share) that shows behaviour; "" when the data of today cannot show it
    turned      the share is bad for the customer, so 1 minus it counts
    said_kinds  kinds of ratings that answer the claim as well, where nobody was asked it in these words
    measures    measures that belong to the row, the first one is its headline
    needs       what would have to be there to measure behaviour
    """

    code: str
    kind: str
    number: int
    claim: Text
    question: Text
    done: str = ""
    turned: bool = False
    said_kinds: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    needs: Text = ""


MYTHS: tuple[Dimension, ...] = (
    Dimension(
        code="know_customer",
        kind="myth",
        number=1,
        claim=_("We know our customers."),
        question=_("Does whoever answers know who is asking?"),
        needs=_("Whether whoever answered saw all the customer's numbers and earlier contacts; exports do not tell."),
        measures=("known_customer_share", "repeated_questions_share", "numbers_per_customer_mean"),
    ),
    Dimension(
        code="one_voice",
        kind="myth",
        number=2,
        claim=_("We speak with one voice."),
        question=_("Is a concern told once, or again to everybody it is handed to?"),
        done="handover_share",
        turned=True,
        measures=("handover_share", "handovers_mean", "ping_pong_share", "repeated_questions_share"),
    ),
    Dimension(
        code="no_number",
        kind="myth",
        number=3,
        claim=_("You are no number to us."),
        question=_("Under how many numbers is one and the same customer kept?"),
        needs=_(
            "Which numbers belong to one person. So far only strong identifiers join them, so the figures are the "
            "least there is."
        ),
        measures=("numbers_per_customer_mean", "one_number_share"),
    ),
    Dimension(
        code="satisfied",
        kind="myth",
        number=4,
        claim=_("Our customers are all satisfied."),
        question=_("How many say so themselves?"),
        said_kinds=("csat",),
        measures=("csat_share", "nps", "review_low_share"),
        needs=_("Which cases are complaints, and what became of them."),
    ),
    Dimension(
        code="fast",
        kind="myth",
        number=5,
        claim=_("We react quickly."),
        question=_("Is it solved within three days, and was the first answer quick?"),
        done="resolved_within_3_days_share",
        measures=(
            "resolved_within_3_days_share",
            "resolution_days_median",
            "first_reply_hours_median",
            "promise_kept_share",
        ),
    ),
    Dimension(
        code="social",
        kind="myth",
        number=6,
        claim=_("We are social: we are in dialogue."),
        question=_("Does a public post get an answer, and does it become a dialogue?"),
        done="social_answered_share",
        measures=("social_answered_share", "social_dialogue_share", "reviews_answered_share"),
    ),
    Dimension(
        code="customer_first",
        kind="myth",
        number=7,
        claim=_("The customer is at the centre."),
        question=_("Is it easy for the customer, and is mended what goes wrong?"),
        said_kinds=("ces",),
        measures=("ces_share", "first_contact_resolution", "came_back_share"),
        needs=_("What was mended within 30 days after a customer's bad experience: a list of improvements."),
    ),
)

MAGIC_EIGHT: tuple[Dimension, ...] = (
    Dimension(
        code="types",
        kind="magic",
        number=1,
        claim=_("We meet each of the eight types of customers in his own way."),
        question=_("Are customers told apart by how they want to be spoken to?"),
        needs=_("Which type a customer was in a contact; today's systems do not keep it."),
    ),
    Dimension(
        code="tiers",
        kind="magic",
        number=2,
        claim=_("Each customer gets the level of service he was promised."),
        question=_("How many tiers are there, and is their promise kept?"),
        done="promise_kept_share",
        measures=("tiers", "promise_kept_share"),
    ),
    Dimension(
        code="minutes",
        kind="magic",
        number=3,
        claim=_("Eight minutes are enough, and nobody waits."),
        question=_("How long does a call take, and how many wait no longer than 20 seconds?"),
        done="calls_within_20_s_share",
        measures=("handling_minutes_median", "calls_within_20_s_share", "calls_answered_share", "out_of_step_share"),
    ),
    Dimension(
        code="channels",
        kind="magic",
        number=4,
        claim=_("We can be reached on every channel, and on each of them we answer."),
        question=_("How many channels are in use, and who writes, does he get an answer?"),
        done="inbound_answered_share",
        measures=(
            "channels",
            "inbound_answered_share",
            "customers_several_channels_share",
            "cases_several_channels_share",
        ),
    ),
    Dimension(
        code="people",
        kind="magic",
        number=5,
        claim=_("The customer deals with one person only."),
        question=_("How many people have a case in their hands?"),
        done="one_person_share",
        measures=(
            "people_per_case_mean",
            "one_person_share",
            "people_3_or_more_share",
            "people_8_or_more_share",
            "handovers_8_or_more_share",
        ),
    ),
    Dimension(
        code="systems",
        kind="magic",
        number=6,
        claim=_("All we know about a customer stands in one place."),
        question=_("Over how many systems is a customer scattered?"),
        needs=_(
            "Which numbers belong to one person. So far only strong identifiers join them, so the figures are the "
            "least there is."
        ),
        measures=("systems", "one_system_share"),
    ),
    Dimension(
        code="answers",
        kind="magic",
        number=7,
        claim=_("The same question gets the same answer."),
        question=_("How many different answers does one question get?"),
        needs=_("The texts of the answers, compared question by question; this report does not do that yet."),
    ),
    Dimension(
        code="months",
        kind="magic",
        number=8,
        claim=_("We ask our customers all the time."),
        question=_("How long ago was a customer last asked?"),
        done="asked_90_days_share",
        measures=("months_since_asked_median", "asked_90_days_share"),
    ),
)

DIMENSIONS: tuple[Dimension, ...] = MYTHS + MAGIC_EIGHT

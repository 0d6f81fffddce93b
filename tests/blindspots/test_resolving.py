"""Who is one customer in a report: when it is weighed, when not, and what the report says of it."""

from __future__ import annotations

import pytest
from django.utils import translation

from rundblick.blindspots import resolving
from rundblick.blindspots.model import Matching
from rundblick.blindspots.report.formats import Formats
from rundblick.customers.models import MatchEdge, MatchModel
from tests.blindspots.factories import measure
from tests.customers.known import come, known, partition
from tests.customers.town import learned, town

FORMATS = Formats.of("en", "DE", "UTC")


@pytest.mark.django_db
def test_records_of_people_are_weighed_and_the_report_says_how_many_became_how_many() -> None:
    records = come(*town(300, seed=21)[0])
    found, model = resolving.resolve(None, weigh=True, lasting=False)
    assert model is not None and model.version == found.model
    assert found.records == len(records) and found.by_identifiers is not None
    assert found.customers == len(partition()) < found.by_identifiers
    assert (found.learned, found.skipped, len(found.model)) == ("here", "", 16)
    assert not MatchModel.objects.exists()


@pytest.mark.django_db
def test_what_somebody_will_look_at_is_written_with_its_pairs() -> None:
    come(*town(60, seed=22)[0])
    found, _model = resolving.resolve(learned(), weigh=True, lasting=True)
    assert (found.learned, found.model) == ("before", learned().version)
    assert MatchEdge.objects.exists()
    assert resolving.standing().model == learned().version


@pytest.mark.django_db
def test_switched_off_customers_stay_what_identifies_them() -> None:
    come(*town(300, seed=21)[0])
    before = partition()
    found, _model = resolving.resolve(None, weigh=False, lasting=False)
    assert partition() == before and (found.skipped, found.model, found.customers) == ("off", "", len(before))


@pytest.mark.django_db
def test_addresses_with_nothing_but_a_display_name_are_not_weighed_and_join_nobody() -> None:
    names = ("Anna Meier", "Jan Schulz", "Ute Brandt")
    come(*[known("email", f"p{i}@host{i % 40}.example", name=names[i % 3]) for i in range(400)])
    before = partition()
    found, _model = resolving.resolve(None, weigh=True, lasting=False)
    assert found.skipped == "few" and found.by_identifiers == found.customers == 400
    assert partition() == before


@pytest.mark.django_db
def test_records_without_anything_to_compare_are_said_to_be_too_few() -> None:
    come(*[known("desk", f"Caller {i}") for i in range(50)])
    found, _model = resolving.resolve(None, weigh=True, lasting=False)
    assert (found.skipped, found.records, found.customers) == ("few", 50, 50)


FOUND = Matching(records=9000, by_identifiers=7000, customers=4000, model="5e1180cc36fac04d", learned="here")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (FOUND, "9,000 records: what identifies them makes 7,000 customers; names, birth dates, addresses and"),
        (Matching(records=9000, by_identifiers=7000, customers=7000, skipped="off"), "were not weighed."),
        (Matching(records=12, by_identifiers=12, customers=12, skipped="few"), "fewer than 300 records"),
        (Matching(records=9000, customers=4000, model="5e11", learned="before"), "by identifiers and by weighing"),
    ],
)
def test_it_is_said_in_words(found: Matching, expected: str) -> None:
    with translation.override("en"):
        assert expected in resolving.told(found, [], FORMATS).text


def test_the_figures_that_rest_on_it_are_named_and_those_without_a_value_are_not() -> None:
    customers = measure("customers", label="Customers")
    cut = measure("repeated_questions_share.channel.email", label="cut")
    empty = measure("came_back_share", value=None)
    with translation.override("en"):
        told = resolving.told(FOUND, [customers, cut, empty, measure("reopened_share")], FORMATS)
    assert told.figures == ("customers", "repeated_questions_share.channel.email")
    assert told.text.endswith("Figures that rest on it: Customers.")

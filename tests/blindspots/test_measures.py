"""Each measure counts what its definition says, on small companies that can be counted by eye."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rundblick.blindspots.check import build_report
from rundblick.blindspots.model import Measure, Report, Window
from rundblick.blindspots.repeats import REPEATS, Repeats
from rundblick.cases.models import Case, Handover, Message, Routing
from rundblick.core.database import cursor
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import put_in_force
from rundblick.people.models import Team
from tests.blindspots.world import FILES, World, beside, day, value

pytestmark = pytest.mark.django_db

WINDOW = Window(day(0), day(60), "Europe/Berlin")


@pytest.fixture
def world() -> World:
    return World()


def report(window: Window | None = WINDOW, **more: Any) -> Report:
    return build_report(window, FILES, "en", now=datetime(2026, 12, 1, tzinfo=UTC), **more)


def measured(name: str, **more: Any) -> Measure:
    return report(**more).measures[name]


def test_an_empty_database_gives_a_report_in_which_everything_is_missing() -> None:
    empty = report(None)
    assert empty.totals.cases == 0 and empty.window is None
    assert value(empty, "cases") == 0
    assert all(m.value is None and m.missing is not None for m in empty.measures.values() if m.unit != "count")


def test_a_window_runs_from_the_first_to_the_last_moment_but_not_into_the_future(world: World) -> None:
    world.case("anna", 0, 3)
    world.case("bert", 2, 9_000)
    window = report(None).window
    assert window is not None
    assert (window.start, window.end) == (day(0), day(3))


def test_cases_customers_and_contacts_are_counted_and_unknown_customers_are_none(world: World) -> None:
    first = world.case("anna")
    world.case("anna")
    world.case("")
    world.message(first, 0)
    world.message(first, 1, "out")
    world.message(first, 2, "note")
    found = report()
    assert (found.totals.cases, found.totals.customers) == (3, 1)
    assert found.totals.interactions == 4  # one in, one out, two openings without a contact of their own; no note
    assert value(found, "known_customer_share") == pytest.approx(2 / 3)


def test_a_case_joined_to_another_and_one_that_only_keeps_something_unreadable_do_not_count(world: World) -> None:
    case = world.case("anna")
    world.case("anna", merged_into=case)
    world.case("", flagged=True)
    assert report().totals.cases == 1


def test_resolution_times_leave_out_the_unresolved_and_the_impossible_and_say_so(world: World) -> None:
    for resolved in (1, 2, 4, 10):
        world.case("anna", 0, resolved)
    world.case("anna", 0, None)
    world.case("anna", 5, 3)
    median = measured("resolution_days_median")
    assert (median.value, median.n) == (3.0, 4)
    assert beside(median, "unresolved") == 1
    assert beside(median, "impossible_times") == 1


def test_three_days_are_seventy_two_hours_to_the_second(world: World) -> None:
    for resolved in (3.0, 3.0 + 1 / 86_400, 0.1):
        world.case("anna", 0, resolved)
    world.case("anna", 0, None)
    world.case("anna", 58, None)  # younger than three days at the end: cannot have failed yet
    share = measured("resolved_within_3_days_share")
    assert (share.value, share.n) == (pytest.approx(2 / 3), 3)
    assert beside(share, "resolved_within_3_days_share.of_all") == pytest.approx(2 / 4)


def test_the_first_assignment_is_no_handover_and_unknown_between_is_none_either(world: World) -> None:
    world.case("anna", log=[(0, "new", "", ""), (1, "open", "A", "ina"), (2, "open", "", ""), (3, "open", "A", "ina")])
    world.case("anna", log=[(0, "open", "A", "ina"), (1, "open", "", ""), (2, "open", "B", "")])
    world.case("anna", log=[(0, "open", "", "")])
    found = report()
    assert value(found, "handover_share") == pytest.approx(1 / 2)
    assert found.measures["handover_share"].n == 2  # of the third nobody knows who had it
    assert found.measures["handover_share"].basis == "derived"


def test_team_and_person_changing_together_are_one_handover_and_person_changes_in_a_team_are_counted_apart(
    world: World,
) -> None:
    world.case(
        "anna", log=[(0, "open", "A", "ina"), (1, "open", "B", "jan"), (2, "open", "B", "kai"), (3, "open", "A", "ina")]
    )
    found = report()
    assert value(found, "handovers_mean") == 3
    assert value(found, "team_changes_mean") == 2
    assert value(found, "person_changes_in_team_mean") == 1
    assert value(found, "ping_pong_share") == 1
    assert value(found, "people_per_case_mean") == 3
    assert value(found, "teams_per_case_mean") == 2


def test_whoever_takes_a_case_after_it_went_to_another_team_is_no_change_inside_a_team(world: World) -> None:
    world.case("anna", log=[(0, "open", "A", "ina"), (1, "open", "B", ""), (2, "open", "B", "jan")])
    world.case("bert", log=[(0, "open", "A", "ina"), (1, "open", "", "kai"), (2, "open", "A", "")])
    found = report()
    assert value(found, "team_changes_mean") == 1 / 2
    assert value(found, "person_changes_in_team_mean") == 1 / 2  # Ina to Kai in A; not Ina in A to Jan in B


def handed_over(world: World, case: Case, at: float, team: str, person: str = "") -> None:
    """A hand-over as our desk writes it: with a cause."""
    world.entry(case, at, 0, "", team, person, cause="request")


def test_in_our_desk_a_case_is_handed_over_from_the_team_that_it_fell_to(world: World) -> None:
    default = world.team("default")
    assert default is not None
    Team.objects.filter(pk=default.pk).update(is_default=True)
    moved = world.case("anna", channel="email")
    handed_over(world, moved, 1, "A")
    taken = world.case("bert", channel="email")
    handed_over(world, taken, 1, "default", "ina")  # who takes it from his own team has it first
    found = report()
    assert (value(found, "handovers_mean"), found.measures["handovers_mean"].n) == (1 / 2, 2)
    assert value(found, "team_changes_mean") == 1 / 2
    assert value(found, "teams_per_case_mean") == 3 / 2
    assert value(found, "person_changes_in_team_mean") == 0


def test_in_our_desk_hand_overs_between_persons_and_teams_count(world: World) -> None:
    case = world.case("anna", log=[(0, "open", "A", "ina")])
    handed_over(world, case, 1, "B")  # Ina of A gives it to B
    handed_over(world, case, 2, "B", "jan")  # Jan takes it there
    handed_over(world, case, 3, "B")  # and lays it back
    handed_over(world, case, 4, "B", "kai")
    handed_over(world, case, 5, "A", "ina")
    found = report()
    assert value(found, "handovers_mean") == 4  # to B, Ina to Jan, Jan to Kai, back to Ina in A
    assert value(found, "team_changes_mean") == 2
    assert value(found, "person_changes_in_team_mean") == 1
    assert value(found, "ping_pong_share") == 1


def test_an_export_that_names_the_team_everything_falls_to_names_no_team(world: World) -> None:
    default = world.team("default")
    assert default is not None
    Team.objects.filter(pk=default.pk).update(is_default=True)
    world.case("anna", log=[(0, "open", "default", ""), (1, "open", "A", ""), (2, "open", "default", "")])
    assert value(report(), "handovers_mean") == 0


def test_what_our_desk_did_after_an_import_comes_on_top_of_the_sources_counter(world: World) -> None:
    case = world.case("anna", log=[(0, "open", "A", "ina")], reassignments=2)
    handed_over(world, case, 1, "B")
    handed_over(world, case, 2, "A")
    mean = measured("handovers_mean")
    assert (mean.value, mean.basis) == (4, "source")
    assert beside(mean, "handovers_mean.derived") == 2


def test_events_of_one_time_are_ordered_by_the_sources_counter(world: World) -> None:
    case = world.case("anna")
    world.entry(case, 1, 3, "open", "B", "")
    world.entry(case, 1, 1, "open", "A", "")
    world.entry(case, 1, 2, "open", "A", "")
    assert value(report(), "team_changes_mean") == 1


def test_the_sources_own_counter_wins_and_the_disagreement_is_printed(world: World) -> None:
    moved = [(0, "open", "A", ""), (1, "open", "B", "")]
    world.case("anna", log=moved, reassignments=1)
    world.case("anna", log=moved, reassignments=0)
    world.case("anna", log=moved, reassignments=9)
    share, eight = measured("handover_share"), measured("handovers_8_or_more_share")
    assert (share.value, share.basis) == (pytest.approx(2 / 3), "source")
    assert beside(share, "handover_share.derived") == 1
    assert beside(share, "handover_share.disagreement") == pytest.approx(1 / 3)
    assert eight.value == pytest.approx(1 / 3)
    assert beside(eight, "handovers_8_or_more_share.disagreement") == pytest.approx(1 / 3)
    assert beside(measured("handovers_mean"), "handovers_mean.disagreement") == pytest.approx(2 / 3)


def test_a_superseded_entry_and_a_superseded_message_do_not_count(world: World) -> None:
    case = world.case("anna", log=[(0, "open", "A", "")])
    world.entry(case, 1, 1, "open", "B", "", superseded=True)
    world.message(case, 0, superseded=True)
    found = report()
    assert value(found, "handover_share") == 0
    assert found.totals.interactions == 1


def test_contacts_tell_who_had_a_case_only_where_no_log_does(world: World) -> None:
    told = world.case("anna", log=[(0, "open", "A", "ina")])
    world.message(told, 1, "out", person="jan")
    silent = world.case("anna")
    world.message(silent, 1, "out", person="ina")
    world.message(silent, 2, "out", person="jan")
    found = report()
    assert value(found, "people_per_case_mean") == pytest.approx(1.5)
    assert value(found, "handover_share") == pytest.approx(1 / 2)


def test_reopened_is_an_open_state_after_a_resolved_one_unless_the_source_counts_itself(world: World) -> None:
    world.case("anna", log=[(0, "open", "", ""), (1, "resolved", "", ""), (2, "open", "", "")])
    world.case("anna", log=[(0, "open", "", ""), (1, "resolved", "", ""), (2, "closed", "", "")])
    world.case("anna", log=[(0, "resolved", "", "")], reopens=2)
    share = measured("reopened_share")
    assert (share.value, share.n, share.basis) == (pytest.approx(2 / 3), 3, "mixed")
    assert beside(share, "reopened_share.disagreement") == 1


def test_promises_are_counted_where_they_are_known(world: World) -> None:
    for kept in (True, True, False, None):
        world.case("anna", promise_kept=kept)
    share = measured("promise_kept_share")
    assert (share.value, share.n, share.cases_behind) == (pytest.approx(2 / 3), 3, 1)


FIRST_CONTACT = {
    "one contact, nothing after": ([{"customer": "a"}], "yes"),
    "handed over": ([{"customer": "a", "reassignments": 1}], "no"),
    "reopened": ([{"customer": "a", "reopens": 1}], "no"),
    "customer unknown": ([{"customer": ""}], "not_judgeable"),
    "never resolved": ([{"customer": "a", "resolved": None}], "not_judgeable"),
    "resolved in the last seven days": ([{"customer": "a", "resolved": 54}], "open"),
    "resolved seven days before the end": ([{"customer": "a", "resolved": 53}], "yes"),
    "asked again within seven days": ([{"customer": "a"}, {"customer": "a", "opened": 6, "resolved": None}], "no"),
    "asked again at the last second": ([{"customer": "a"}, {"customer": "a", "opened": 8, "resolved": None}], "no"),
    "asked again a second later": ([{"customer": "a"}, {"customer": "a", "opened": 8 + 1e-4, "resolved": None}], "yes"),
    "another topic": ([{"customer": "a"}, {"customer": "a", "opened": 6, "topic": "move", "resolved": None}], "yes"),
    "another customer": ([{"customer": "a"}, {"customer": "b", "opened": 6, "resolved": None}], "yes"),
    "a letter, asked again after three weeks": (
        [{"customer": "a", "channel": "letter"}, {"customer": "a", "opened": 22, "resolved": None}],
        "no",
    ),
    "a letter, asked again after a month": (
        [{"customer": "a", "channel": "letter"}, {"customer": "a", "opened": 31 + 1e-4, "resolved": None}],
        "yes",
    ),
    "an invoice resolved in the last thirty days": ([{"customer": "a", "topic": "Rechnung", "resolved": 31}], "open"),
    "a delivery, asked again after three weeks": (
        [{"customer": "a", "topic": "Lieferung"}, {"customer": "a", "topic": "Lieferung", "opened": 22}],
        "no",
    ),
    "an earlier case": ([{"customer": "a", "opened": 0.5}, {"customer": "a", "opened": 0, "resolved": None}], "yes"),
}


@pytest.mark.parametrize("story", FIRST_CONTACT)
def test_first_contact_resolution_follows_the_net_rule(world: World, story: str) -> None:
    cases, expected = FIRST_CONTACT[story]
    for values in cases:
        world.case(**{"resolved": 1, **values})
    measure = measured("first_contact_resolution")
    counts = {
        "yes": beside(measure, "first_contact_resolution.numerator"),
        "judged": beside(measure, "first_contact_resolution.denominator"),
        "open": beside(measure, "first_contact_resolution.open"),
        "not_judgeable": beside(measure, "first_contact_resolution.not_judgeable"),
    } if measure.value is not None else None  # fmt: skip
    others = len(cases) - 1
    if expected in ("yes", "no"):
        wanted = {"yes": int(expected == "yes"), "judged": 1, "open": 0, "not_judgeable": others}
        assert counts == wanted
    else:
        assert measure.missing is not None  # nothing could be judged, so there is no number


def test_what_a_company_calls_slow_waits_thirty_days_too(world: World) -> None:
    world.case("anna", 0, 1, topic="Kuchen")
    world.case("anna", 21, None, topic="Kuchen")
    assert value(report(), "first_contact_resolution") == 1
    put_in_force(REPEATS, Repeats(("kuchen",)), by=None, seen=0)
    assert value(report(), "first_contact_resolution") == 0


def test_a_hand_over_inside_is_a_failure_for_us_and_none_for_the_customer(world: World) -> None:
    world.case("anna", 0, 1, reassignments=1)
    world.case("bert", 0, 1)
    world.case("cora", 0, 1)
    world.case("cora", 3, 4)  # again: a failure for both
    world.rating(1, kind="solved", low=0, high=1)
    found = report()
    net, gross = found.measures["first_contact_resolution"], found.measures["first_contact_resolution_gross"]
    assert (net.value, net.n) == (2 / 4, 4)
    assert (gross.value, gross.n) == (3 / 4, 4)
    assert beside(net, "first_contact_resolution.gross") == 3 / 4
    assert beside(net, "first_contact_resolution.told") == 1
    assert beside(gross, "first_contact_resolution_gross.numerator") == 3
    assert value(found, "first_contact_resolution_told") == 1


def test_beyond_three_days_counts_what_is_still_open_and_leaves_out_what_nobody_knows(world: World) -> None:
    world.case("anna", 0, 3)
    world.case("anna", 0, 3 + 1 / 86_400)
    for opened in (0, 57, 57 + 1e-4):  # the last one is not three days old: it cannot have failed yet
        world.case("anna", opened, None, state="open", owner_team=world.team("A"))
    world.case("anna", 5, 3)  # ends before it begins
    world.case("anna", 0, None, log=[(1, "resolved", "", "")])  # resolved, nobody knows when
    share = measured("past_three_days_share")
    assert (share.value, share.n) == (3 / 4, 4)
    assert beside(share, "past_three_days_share.open") == 2
    assert beside(share, "past_three_days_share.not_judged") == 2


def test_an_answer_without_a_solution_is_no_kept_promise(world: World) -> None:
    promised = Promise((Level(4, None),))
    for opened, reply, resolved, state in (
        (0, 0.1, 10, "resolved"),  # answered in time, and solved: kept
        (0, 0.1, None, "open"),  # answered in time, and nothing after: broken at the outer limit
        (59, 59.1, None, "open"),  # not three days old: not judged
        (0, 1, 2, "resolved"),  # answered too late
    ):
        world.case("anna", opened, resolved, first_reply_at=day(reply), state=state, owner_team=world.team("A"))
    kept = measured("promise_kept_share", promise=promised)
    assert (kept.value, kept.n) == (1 / 3, 3)
    assert "no success" in kept.definition


def test_customers_talk_to_those_who_write_or_speak_not_to_owners(world: World) -> None:
    case = world.case("anna", log=[(0, "open", "A", "ina"), (1, "open", "B", "jan"), (2, "open", "C", "kai")])
    world.message(case, 0, person="ina")  # who opened the mail was not seen
    world.message(case, 1, "out", person="jan")
    world.message(case, 1.5, "out", person="jan")
    world.message(case, 2, "out", person="kai", sender="auto_reply")
    world.message(case, 3, channel="phone", person="kai")
    world.message(case, 4, "out", person="ina", dispatch="dead")
    world.message(case, 5, "note", person="ina")
    world.message(world.case("bert"), 0)  # nobody answered: nobody knows
    found = report()
    assert (value(found, "people_talked_to_mean"), found.measures["people_talked_to_mean"].n) == (2, 1)
    assert value(found, "people_talked_to_3_or_more_share") == 0
    assert value(found, "people_per_case_mean") == 3


def test_hand_overs_over_the_border_and_the_time_outside(world: World) -> None:
    world.case(
        "anna", 0, 9, log=[(0, "open", "A", ""), (1, "open", "Firm", ""), (2, "open", "Firm", ""), (3, "open", "A", "")]
    )
    world.case("bert", 0, 5, log=[(0, "open", "A", ""), (1, "open", "Firm", "")])  # resolved out there
    world.case("cora", 0, None, state="open", owner_team=world.team("A"), log=[(0, "open", "Firm", "")])
    world.case("dora", 0, 5, log=[(0, "open", "A", ""), (1, "open", "B", "")])
    assert measured("border_handover_share").missing is not None  # no team is an outside firm
    Team.objects.filter(name="Firm").update(is_partner=True)
    found = report()
    border = found.measures["border_handover_share"]
    assert (border.value, border.n, border.cases_behind) == (2 / 4, 4, 2)
    outside = found.measures["outside_hours_median"]
    assert (outside.value, outside.n) == (96, 3)  # two days, four days, and the sixty to the end of the window


def test_hand_overs_in_the_desk_are_told_by_cause_and_what_came_back(world: World) -> None:
    case = world.case("anna", log=[(0, "open", "A", "")])
    for at, cause, state in ((1, "routing", "accepted"), (2, "given_back", "accepted"), (3, "skill", "given_back")):
        entry = world.entry(case, at, at, "open", "B" if at % 2 else "A", "", cause=cause)
        Handover.objects.create(entry=entry, state=state, returns=at == 2)
    routed = world.entry(case, 4, 4, "open", "C", "", cause="routing")
    Routing.objects.create(case=case, entry=routed, at=day(4), book=0)  # the rules did it: nobody handed over
    found = report()
    assert value(found, "handover_cause_share.routing") == pytest.approx(1 / 3)
    back = found.measures["handovers_given_back_share"]
    assert (back.value, back.n, back.cases_behind) == (pytest.approx(1 / 3), 3, 1)
    assert beside(back, "handovers_given_back_share.returns") == 1


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({"at": 0.5}, 0),  # a second contact before the resolution
        ({"at": 5}, 0),  # the same concern again, after it
        ({"at": 9}, 1),  # later than seven days
        ({"at": 5, "direction": "out"}, 1),  # our own answer is no contact
        ({"at": 5, "sender": "auto_reply"}, 1),  # nor is a machine
    ],
)
def test_contacts_inside_the_case_count_when_people_send_them(
    world: World, second: dict[str, Any], expected: float
) -> None:
    case = world.case("anna", 0, 1)
    world.message(case, 0)
    world.message(case, **second)
    assert value(report(), "first_contact_resolution") == expected


def test_channels_have_shares_of_the_cases_whose_channel_is_known(world: World) -> None:
    for channel in ("phone", "phone", "email", ""):
        world.case("anna", channel=channel)
    found = report()
    assert value(found, "channel_share.phone") == pytest.approx(2 / 3)
    assert found.measures["channel_share.phone"].n == 3
    assert found.measures["channel_share.email"].persons == 1
    assert value(found, "channels") == 2
    assert value(found, "customers_several_channels_share") == 1


def test_a_case_over_several_channels_is_one_case(world: World) -> None:
    case = world.case("anna")
    world.message(case, 0, channel="email")
    world.message(case, 1, channel="chat")
    world.message(case, 2, "out", channel="letter")
    world.case("anna")
    assert value(report(), "cases_several_channels_share") == pytest.approx(1 / 2)


def test_a_call_that_nobody_made_a_case_of_is_a_contact_too(world: World) -> None:
    case = world.case("anna")
    world.message(case, 0, channel="email")
    call = world.message(case, 0, channel="phone")
    call.case = None
    call.save(update_fields=["case"])
    found = report()
    assert value(found, "channel_share.phone") == pytest.approx(1 / 2)
    assert value(found, "customers_several_channels_share") == 1


def test_numbers_per_customer_need_a_second_system(world: World) -> None:
    world.case("anna")
    assert measured("one_number_share").missing is not None
    world.record("anna", "shop")
    world.case("bert")
    found = report()
    assert value(found, "numbers_per_customer_mean") == pytest.approx(1.5)
    assert value(found, "one_number_share") == pytest.approx(1 / 2)
    assert value(found, "one_system_share") == pytest.approx(1 / 2)


def test_written_contacts_are_answered_by_people_later_in_the_same_case(world: World) -> None:
    answered, ignored = world.case("anna"), world.case("anna")
    world.message(answered, 1)
    world.message(answered, 2, "out")
    world.message(answered, 3)
    world.message(ignored, 1)
    world.message(ignored, 2, "out", sender="auto_reply")
    share = measured("inbound_answered_share")
    assert (share.value, share.n, share.cases_behind) == (pytest.approx(1 / 3), 3, 2)


def test_posts_become_a_dialogue_when_the_person_writes_again(world: World) -> None:
    for turns in (["in", "out", "in"], ["in", "out"], ["in"]):
        case = world.case("anna")
        for at, direction in enumerate(turns):
            world.message(case, at, direction, channel="social")
    found = report()
    assert value(found, "social_answered_share") == pytest.approx(2 / 4)
    assert value(found, "social_dialogue_share") == pytest.approx(1 / 3)


def test_posts_that_nobody_made_a_case_of_are_answered_by_a_reply_to_their_sender(world: World) -> None:
    case = world.case("")
    for who, direction, at in (("anna", "in", 1), ("anna", "out", 2), ("bert", "in", 1)):
        message = world.message(case, at, direction, channel="social", record=world.record(who, "social"))
        Message.objects.filter(pk=message.pk).update(case=None)
    found = report()
    assert value(found, "social_answered_share") == pytest.approx(1 / 2)
    assert value(found, "social_dialogue_share") == 0


def test_where_the_data_hold_no_answer_at_all_nobody_can_say_what_was_answered(world: World) -> None:
    world.message(world.case("anna"), 1)
    missing = measured("inbound_answered_share").missing
    assert missing is not None and missing.code == "no_answers"


def test_lost_calls_stay_in_the_count(world: World) -> None:
    case = world.case("anna")
    for answered, waited in ((True, 5), (True, 20), (True, 21), (False, 90)):
        world.message(
            case,
            1,
            channel="phone",
            call={"answered": answered, "waited_s": waited, "talked_s": 300 if answered else 0},
        )
    found = report()
    assert value(found, "calls_answered_share") == pytest.approx(3 / 4)
    assert value(found, "calls_within_20_s_share") == pytest.approx(2 / 4)
    assert value(found, "handling_minutes_median") == 5


def test_orders_are_on_time_by_their_promise(world: World) -> None:
    world.case("anna")
    world.order("anna", promised=3, done=3)
    world.order("anna", promised=3, done=4)
    assert value(report(), "orders_on_time_share") == pytest.approx(1 / 2)


def test_answers_on_any_scale_are_read_by_their_own_ends(world: World) -> None:
    for rating, high in ((5, 5), (4, 5), (3, 5)):
        world.rating(rating, "anna", kind="csat", high=high)
    for rating in (10, 9, 8, 6, 0):
        world.rating(rating, "anna", kind="nps", low=0, high=10)
    for rating in (7, 5, 4):
        world.rating(rating, "anna", kind="ces", high=7)
    found = report()
    assert value(found, "csat_share") == pytest.approx(2 / 3)
    assert value(found, "nps") == pytest.approx(0)
    assert value(found, "ces_share") == pytest.approx(2 / 3)


def test_reviews_stand_beside_ratings_and_their_newest_version_counts(world: World) -> None:
    world.rating(1, lane="review", reply_at=day(3))
    world.rating(5, lane="review", superseded=True)
    world.rating(4, lane="review")
    found = report()
    assert value(found, "review_low_share") == pytest.approx(1 / 2)
    assert value(found, "reviews_answered_share") == pytest.approx(1 / 2)
    assert beside(found.measures["reviews_answered_share"], "review_reply_days_median") == 2
    assert value(found, "csat_share") is None


def test_customers_are_counted_as_asked_by_the_date_of_the_invitation(world: World) -> None:
    world.case("anna", 100)
    world.case("bert", 100)
    world.case("cora", 100)
    world.rating(4, "anna", kind="csat", at=day(150), invited_at=day(149))
    world.rating(4, "bert", kind="csat", at=day(10))
    found = report(Window(day(0), day(200), "UTC"))
    assert value(found, "asked_90_days_share") == pytest.approx(1 / 3)
    assert beside(found.measures["asked_90_days_share"], "never_asked") == 1
    assert value(found, "months_since_asked_median") == pytest.approx((51 + 190) / 2 / 30.4375)


def test_hours_of_the_week_are_local_and_days_without_hours_are_left_out(world: World) -> None:
    case = world.case("anna", 0)  # Monday 8:00 UTC is 9:00 in Berlin
    world.message(case, 0)
    world.message(case, 1, precision="day")
    world.message(case, 0.5, "out", person="ina")
    contacts, answers = report().heat_maps
    assert (contacts.n, contacts.cells[0][9]) == (1, 1)
    assert (answers.n, answers.cells[0][21]) == (1, 1)


def test_a_system_that_tells_days_only_gives_no_hours(world: World) -> None:
    for days in range(4):
        world.case("anna", days - 9 / 24, days)  # midnight in Berlin, every time
    assert report().heat_maps == ()
    assert measured("out_of_step_share").missing is not None


def test_answers_in_step_with_contacts_leave_nothing_to_move(world: World) -> None:
    case = world.case("anna")
    world.message(case, 0)
    world.message(case, 0.25)
    world.message(case, 0.01, "out")
    world.message(case, 7, "out")
    assert value(report(), "out_of_step_share") == pytest.approx(1 / 2)


def test_distributions_add_up_and_the_last_bar_is_open(world: World) -> None:
    for reassignments in (0, 0, 1, 30):
        world.case("anna", 0, reassignments + 0.5, reassignments=reassignments)
    found = {d.name: d for d in report().distributions}
    assert sum(b.count or 0 for b in found["handovers"].bins) == 4
    assert (found["handovers"].bins[-1].high, found["handovers"].bins[-1].count) == (None, 1)
    assert [b.count for b in found["resolution_days"].bins if b.count] == [2, 1, 1]


def test_months_that_are_not_whole_are_left_out(world: World) -> None:
    for days in (0, 31, 45, 70):
        world.case("anna", days, days + 1)
    months = {s.name: s for s in report(Window(day(-1.5), day(75), "Europe/Berlin")).series}
    assert [point.at for point in months["cases"].points] == ["2026-03-01", "2026-04-01"]


def test_worst_cases_come_first_the_rest_is_drawn_and_nobody_stands_twice(world: World) -> None:
    for n in range(230):
        world.case("anna", 0, 4 + n, key=f"T{n}")
    measure = measured("resolved_within_3_days_share")
    assert measure.cases_behind == 230
    assert measure.sample.worst[:2] == ("T229", "T228")
    assert (len(measure.sample.worst), len(measure.sample.random)) == (100, 100)
    assert not set(measure.sample.worst) & set(measure.sample.random)
    assert measured("resolved_within_3_days_share").sample == measure.sample


def test_every_measure_has_its_words_its_files_and_a_saved_query_or_the_reason_why_not(world: World) -> None:
    world.case("anna", 0, 1, log=[(0, "open", "A", "ina")])
    for measure in report().measures.values():
        assert measure.label and measure.definition.endswith(".") and measure.saved_query and measure.window == WINDOW
        assert (measure.value is None) == (measure.missing is not None), measure.name
        if measure.value is not None:
            assert measure.sources == ("tickets.csv",), measure.name


def test_german_words_come_with_a_german_report(world: World) -> None:
    world.case("anna", 0, 1)
    german = build_report(WINDOW, FILES, "de")
    assert german.measures["cases"].label == "Fälle"
    assert german.myths[4].claim == "Wir reagieren schnell."


def test_the_report_leaves_no_table_behind(world: World) -> None:
    world.case("anna", 0, 1)
    report()
    with cursor() as cur:
        cur.execute("SELECT count(*) FROM pg_class WHERE relname = 'blindspot_case'")
        assert cur.fetchone() == (0,)
    assert Case.objects.count() == 1

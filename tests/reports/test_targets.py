"""The targets page: how far each promise is, what is missing, what pace, and the rule in words."""

import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.programme.models import Target, TargetKind
from coopevents.programme.queries import get_period
from coopevents.reports import targets
from tests.browsing import signed_in
from tests.event_factories import close, make_event
from tests.factories import make_code, make_organisation, make_support

TODAY = "2026-10-01T03:00:00Z"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def period(programme):
    return get_period(programme, "2026")


def standing_of(period, code):
    return next(one for one in targets.standings(period) if one.target.indicator == code)


def found(programme, day: date) -> None:
    organisation = make_organisation(programme, founded_on=day)
    make_code(organisation)
    make_support(organisation, supported_on=day)


def test_the_cards_stand_in_the_order_of_the_promises(period):
    assert [one.target.indicator for one in targets.standings(period)] == [
        *("I1", "I12", "I13", "I14", "I8"),
    ]


def test_a_count_is_compared_with_the_total_and_asks_for_a_pace(programme, period):
    for day in (date(2025, 3, 1), date(2026, 3, 1), date(2026, 4, 1)):
        found(programme, day)

    standing = standing_of(period, "I12")

    assert (standing.now.value, standing.total.value, standing.missing) == (2, 3, 7)
    # From 1 October 2026 to 31 December 2030 there are 1,552 days: 7 × 365.25 / 1,552 = 1.65.
    assert standing.pace_needed == Decimal("1.7")
    # From 21 August 2024 there are 771 days: 3 × 365.25 / 771 = 1.42.
    assert standing.pace_so_far == Decimal("1.5")
    assert standing.wanted == "10"


def test_what_no_room_counts_yet_is_not_zero(period):
    for code in ("I14", "I8"):
        standing = standing_of(period, code)

        assert (standing.reached, standing.missing) == (None, None)
        assert (standing.pace_needed, standing.pace_so_far) == (None, None)


@pytest.mark.parametrize(
    ("held", "missing", "over"), [(0, 2, False), (2, 0, False), (3, 0, False), (4, 0, True)]
)
def test_a_range_is_met_from_its_least_on_and_more_is_over_plan(
    programme, period, held, missing, over
):
    for month in range(1, held + 1):
        close(make_event(programme, sessions=[(date(2026, month, 10), "08:00", "11:00")]))

    standing = standing_of(period, "I1")

    assert (standing.missing, standing.is_over_plan, standing.wanted) == (missing, over, "2–3")
    assert standing.pace_needed is None


def test_a_met_target_needs_no_pace(programme, period):
    for number in range(10):
        found(programme, date(2025, 3, 1 + number))

    standing = standing_of(period, "I12")

    assert (standing.missing, standing.pace_needed) == (0, None)


@pytest.mark.case(27)
def test_a_later_version_of_a_target_holds_from_its_day_on(programme, period):
    db.session.add(
        Target(
            programme_id=programme.id,
            indicator="I12",
            kind=TargetKind.COUNT,
            lower_value=Decimal(25),
            per_year=False,
            territory_id=programme.territory_id,
            due_on=date(2030, 12, 31),
            effective_on=date(2026, 1, 1),
            text={"vi": "25 hợp tác xã", "en": "25 cooperatives", "ar": "25 تعاونية"},
            document="12/CTPH-HLHPN-LMHTX",
        )
    )
    db.session.flush()

    now, before = standing_of(period, "I12"), standing_of(get_period(programme, "2025"), "I12")

    assert (now.wanted, now.target.document) == ("25", "12/CTPH-HLHPN-LMHTX")
    assert (before.wanted, before.target.effective_on) == ("10", date(2024, 8, 21))


def test_the_page_says_the_rule_beside_every_number_and_opens_its_rows(client, programme, period):
    found(programme, date(2026, 3, 1))
    officer = signed_in(client, programme, Role.VIEWER)

    page = officer.get("/programme/targets?lang=en").text
    links = re.findall(r'href="(/programme/figures/[^"]+)"', page)

    assert [link.partition("?")[0] for link in links] == [
        f"/programme/figures/{code}"
        for code in ("I1", "I1", "I12", "I12", "I13", "I13", "I14", "I14")
    ]
    assert page.count("How it is counted") == 5
    assert page.count("Not counted yet") == 2
    assert "2.2 a year" in page
    for link in links:
        address = link.replace("&amp;", "&")
        answer = officer.get(f"{address}&lang=en")
        assert answer.status_code == 200
    assert "Hợp tác xã Mẫu" in officer.get(links[2].replace("&amp;", "&")).text


@pytest.mark.case(34)
def test_an_empty_register_of_groups_is_said(client, programme):
    officer = signed_in(client, programme, Role.VIEWER)

    warned = officer.get("/programme/targets?lang=en").text
    coverage = officer.get("/programme/figures/I7?lang=en").text

    assert "No women-led cooperative group stands in the register" in warned
    # The denominator is shown, and with nothing to divide by there is a dash.
    assert re.search(r'figure-number">\s*—', coverage)
    assert re.search(r'Denominator</span>\s*<strong class="figure-number">0<', coverage)


def test_another_period_is_chosen_by_its_number_only(client, programme):
    officer = signed_in(client, programme, Role.VIEWER)

    assert officer.get("/programme/targets?period=999999").status_code == 404
    assert officer.get("/programme/figures/I99").status_code == 404

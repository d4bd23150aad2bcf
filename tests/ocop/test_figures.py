"""Certificates on a day: who holds them, how long they are valid, and the two figures."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coopevents.db import db
from coopevents.directory.classification import WOMEN_HEADED
from coopevents.directory.figures import holders_of_certificates, holders_of_stars, register_stats
from coopevents.directory.models import (
    OcopTransfer,
    OrganisationKind,
    OrganisationStatusKind,
    Register,
)
from coopevents.ocop import figures, queries
from coopevents.ocop.queries import CertificateState
from tests.factories import make_certificate, make_organisation, make_status

DAY = date(2026, 12, 14)
"""A cut-off: the last day of the report year 2026."""


def pass_on(certificate, to, on: date, *, undone_at=None) -> OcopTransfer:
    row = OcopTransfer(
        certificate_id=certificate.id,
        organisation_id=to.id,
        transferred_on=on,
        document="QĐ 5",
        undone_at=undone_at,
    )
    db.session.add(row)
    db.session.flush()
    return row


def by_star(counted) -> dict[int, list[int]]:
    """Answer the rows behind each number, having seen that there are as many as it says."""
    assert {stars: figure.value for stars, figure in counted.items()} == {
        stars: len(figure.ids()) for stars, figure in counted.items()
    }
    return {stars: figure.ids() for stars, figure in counted.items()}


def states(programme, day: date) -> list[str]:
    page = queries.list_certificates(programme.register, day)
    return [line.state.value for line in page.items]


@pytest.mark.case(30)
@pytest.mark.parametrize(
    ("issued_on", "ends_on"),
    [
        (date(2023, 12, 14), date(2026, 12, 14)),  # the cut-off itself
        (date(2023, 12, 15), date(2026, 12, 15)),
        (date(2024, 2, 29), date(2027, 2, 28)),  # there is no 29/02 then: the month's last day
        (date(2025, 2, 28), date(2028, 2, 28)),
        (date(2023, 8, 31), date(2026, 8, 31)),
        (date(2023, 1, 31), date(2026, 1, 31)),
    ],
)
def test_a_certificate_is_valid_while_the_cut_off_lies_before_issue_plus_36_months(
    programme, issued_on, ends_on
):
    organisation = make_organisation(programme)
    certificate = make_certificate(organisation, issued_on=issued_on, stars=4)
    last_day = ends_on - timedelta(days=1)

    counted = {
        day: (
            by_star(figures.organisations_by_star(programme.register, day))[4],
            by_star(figures.products_by_star(programme.register, day))[4],
            register_stats(programme.register, day).ocop_cooperatives.value,
            states(programme, day),
        )
        for day in (last_day, ends_on)
    }

    assert counted == {
        last_day: ([organisation.id], [certificate.id], 1, ["expiring"]),
        ends_on: ([], [], 0, ["expired"]),
    }
    assert queries.get_line(certificate, last_day).ends_on == ends_on


def test_organisations_and_products_by_star_are_two_figures(programme):
    one, other = make_organisation(programme), make_organisation(programme)
    tea = make_certificate(one, stars=3, issued_on=date(2025, 1, 1), product="Chè")
    honey = make_certificate(one, stars=4, issued_on=date(2025, 1, 1), product="Mật ong")
    rice = make_certificate(other, stars=3, issued_on=date(2025, 1, 1), product="Gạo")

    organisations = by_star(figures.organisations_by_star(programme.register, DAY))
    products = by_star(figures.products_by_star(programme.register, DAY))

    assert organisations == {3: [other.id], 4: [one.id], 5: []}
    assert products == {3: [tea.id, rice.id], 4: [honey.id], 5: []}


def test_a_product_ranked_anew_while_its_older_certificate_runs_is_one_product(programme):
    organisation = make_organisation(programme)
    make_certificate(organisation, stars=3, issued_on=date(2024, 6, 1), product="Chè")
    newer = make_certificate(organisation, stars=4, issued_on=date(2026, 6, 1), product="chè")

    products = by_star(figures.products_by_star(programme.register, DAY))

    assert products == {3: [], 4: [newer.id], 5: []}


def test_both_figures_may_be_asked_of_women_led_ones_and_of_a_kind(programme):
    led = make_organisation(programme)
    not_led = make_organisation(programme, woman_head=False)
    group = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP)
    of_led, of_other, of_group = (
        make_certificate(who, stars=3, issued_on=date(2025, 1, 1)) for who in (led, not_led, group)
    )
    asked = {"rule": WOMEN_HEADED}, {"kinds": {OrganisationKind.COOPERATIVE_GROUP}}, {}

    organisations = [
        by_star(figures.organisations_by_star(programme.register, DAY, **how))[3] for how in asked
    ]
    products = [
        by_star(figures.products_by_star(programme.register, DAY, **how))[3] for how in asked
    ]

    assert organisations == [[led.id, group.id], [group.id], [led.id, not_led.id, group.id]]
    assert products == [
        [of_led.id, of_group.id],
        [of_group.id],
        [of_led.id, of_other.id, of_group.id],
    ]


def test_whoever_it_was_passed_to_holds_it_from_that_day_on(programme):
    first, second, third = (make_organisation(programme) for _number in range(3))
    certificate = make_certificate(first, stars=5, issued_on=date(2025, 1, 1))
    pass_on(certificate, second, date(2025, 6, 10))
    pass_on(certificate, third, date(2026, 1, 1))

    days = (date(2025, 6, 9), date(2025, 6, 10), date(2025, 12, 31), date(2026, 1, 1))
    holders = [list(db.session.scalars(holders_of_certificates(day))) for day in days]

    assert holders == [[first.id], [second.id], [second.id], [third.id]]
    assert [list(db.session.scalars(holders_of_stars(5, day))) for day in days] == holders
    assert [
        by_star(figures.organisations_by_star(programme.register, day))[5] for day in days
    ] == holders


def test_a_transfer_taken_back_counts_for_no_day(programme):
    first, second = make_organisation(programme), make_organisation(programme)
    certificate = make_certificate(first, issued_on=date(2025, 1, 1))
    pass_on(certificate, second, date(2025, 6, 10), undone_at=certificate.recorded_at)

    assert list(db.session.scalars(holders_of_certificates(DAY))) == [first.id]


def test_the_stars_of_two_holders_are_told_apart_after_a_transfer(programme):
    first, second = make_organisation(programme), make_organisation(programme)
    passed = make_certificate(first, stars=5, issued_on=date(2025, 1, 1), product="Chè")
    make_certificate(first, stars=3, issued_on=date(2025, 1, 1), product="Gạo")
    make_certificate(second, stars=4, issued_on=date(2025, 1, 1), product="Mật ong")
    pass_on(passed, second, date(2026, 1, 1))

    days = (date(2025, 12, 31), date(2026, 1, 1))

    assert [by_star(figures.organisations_by_star(programme.register, day)) for day in days] == [
        {3: [], 4: [second.id], 5: [first.id]},
        {3: [first.id], 4: [], 5: [second.id]},
    ]


def test_what_nobody_operating_holds_is_in_no_figure_and_listed_apart(programme):
    gone = make_organisation(programme, status=None)
    make_status(gone, valid_to=date(2026, 6, 9))
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 6, 10))
    heir = make_organisation(programme)
    certificate = make_certificate(gone, stars=4, issued_on=date(2025, 1, 1))

    def counted(day: date) -> tuple[list[int], list[int], list[int]]:
        return (
            by_star(figures.organisations_by_star(programme.register, day))[4],
            by_star(figures.products_by_star(programme.register, day))[4],
            figures.certificates_without_holder(programme.register, day).ids(),
        )

    before, orphaned = counted(date(2026, 6, 9)), counted(DAY)
    pass_on(certificate, heir, date(2026, 6, 10))
    after = counted(DAY)

    assert before == ([gone.id], [certificate.id], [])
    assert orphaned == ([], [], [certificate.id])
    assert after == ([heir.id], [certificate.id], [])


def test_another_register_is_in_no_figure(programme):
    other = Register(key="other", name={"vi": "Khác"})
    db.session.add(other)
    db.session.flush()
    make_certificate(make_organisation(programme), stars=3, issued_on=date(2025, 1, 1))

    counted = (
        by_star(figures.organisations_by_star(other, DAY)),
        by_star(figures.products_by_star(other, DAY)),
        figures.certificates_without_holder(other, DAY).value,
        queries.list_certificates(other, DAY).items,
        set(queries.count_by_state(other, DAY).values()),
    )

    assert counted == ({3: [], 4: [], 5: []}, {3: [], 4: [], 5: []}, 0, [], {0})


days = st.dates(date(2023, 6, 1), date(2027, 6, 1))
certificates = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["Chè", "Gạo"]),
    st.integers(3, 5),
    days,
    st.none() | days,
    st.lists(
        st.tuples(st.integers(0, 3), days, st.booleans()), max_size=3, unique_by=lambda t: t[1]
    ),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(issued=st.lists(certificates, max_size=6), day=days)
def test_every_figure_is_what_plain_python_counts(programme, issued, day):
    savepoint = db.session.begin_nested()
    try:
        owners = [make_organisation(programme) for _number in range(4)]
        stars_of: dict[int, list[int]] = defaultdict(list)
        best: dict[tuple[int, str], int] = {}
        told = dict.fromkeys(CertificateState, 0)
        for place, product, stars, issued_on, withdrawn_on, transfers in issued:
            certificate = make_certificate(
                owners[place],
                product=product,
                stars=stars,
                issued_on=issued_on,
                withdrawn_on=withdrawn_on,
            )
            holder = owners[place].id
            for to, on, undone in sorted(transfers, key=lambda each: each[1]):
                undone_at = certificate.recorded_at if undone else None
                pass_on(certificate, owners[to], on, undone_at=undone_at)
                holder = owners[to].id if on <= day and not undone else holder
            ends_on = three_years_after(issued_on)
            withdrawn = withdrawn_on is not None and withdrawn_on <= day
            if issued_on <= day < ends_on and not withdrawn:
                stars_of[holder].append(stars)
                best[holder, product] = max(stars, best.get((holder, product), 0))
                told[CertificateState.VALID] += 1
                told[CertificateState.EXPIRING] += ends_on <= day + timedelta(days=90)
            elif issued_on <= day:
                over = CertificateState.WITHDRAWN if withdrawn else CertificateState.EXPIRED
                told[over] += 1

        organisations = by_star(figures.organisations_by_star(programme.register, day))
        products = by_star(figures.products_by_star(programme.register, day))

        assert organisations == {
            stars: sorted(id_ for id_, all_of in stars_of.items() if max(all_of) == stars)
            for stars in (3, 4, 5)
        }
        assert {stars: len(ids) for stars, ids in products.items()} == {
            stars: list(best.values()).count(stars) for stars in (3, 4, 5)
        }
        assert queries.count_by_state(programme.register, day) == told
        assert {
            state: len(
                queries.list_certificates(programme.register, day, state=state, limit=None).items
            )
            for state in CertificateState
        } == told
    finally:
        savepoint.rollback()
        db.session.expire_all()


def three_years_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 3)
    except ValueError:
        return date(day.year + 3, 2, 28)

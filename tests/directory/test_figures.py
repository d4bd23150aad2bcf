"""Every published figure against plain Python over the rows."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory.classification import WOMEN_HEADED
from coopevents.directory.figures import register_stats
from coopevents.directory.models import (
    ClassificationOverride,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationKind,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.intake.service import import_register
from tests.factories import (
    make_certificate,
    make_head_count,
    make_organisation,
    make_override,
    make_status,
    make_support,
)
from tests.intake import sheets

AS_OF = date(2024, 7, 31)
DAY = date(2024, 8, 21)
SIZE = 40


def small_register() -> bytes:
    """Answer a workbook of forty organisations, some with certificates."""
    titles = ["Giám đốc", "Chủ tịch HĐQT", "Phó giám đốc", "Thành viên", "Tổ trưởng"]
    rows = [
        sheets.row(
            name=f"HTX {number}",
            sex="Nữ" if number % 3 else "Nam",
            title=titles[number % 5],
            mark="",
            support="x" if number % 4 == 0 else "",
        )
        for number in range(SIZE)
    ]
    rankings = [
        (
            f"HTX {number}",
            *sheets.RANKING[1:4],
            3 + number // 4 % 3,
            f"{number}/QĐ",
            date(2023, 5, 4),
        )
        for number in range(0, SIZE, 2)
    ]
    return sheets.register(*rows, rankings=rankings)


def plainly_counted(day: date) -> dict[str, object]:
    """Answer the published figures, counted with loops over rows that were simply loaded."""
    kinds = {row.id: row.kind for row in db.session.scalars(select(Organisation))}
    women = {p.id for p in db.session.scalars(select(Person)) if p.sex is Sex.FEMALE}
    operating = {
        row.organisation_id
        for row in db.session.scalars(select(OrganisationStatus))
        if row.status is OrganisationStatusKind.OPERATING and holds(row, day)
    }
    led = {
        post.organisation_id
        for post in db.session.scalars(select(Post))
        if post.kind in {PostKind.BOARD_CHAIR, PostKind.DIRECTOR, PostKind.GROUP_LEADER}
        and post.person_id in women
        and holds(post, day)
    }
    for decision in db.session.scalars(select(ClassificationOverride)):
        if decision.rule == "WOMEN_HEADED" and holds(decision, day):
            (led.add if decision.women_led else led.discard)(decision.organisation_id)
    stars: dict[int, int] = defaultdict(int)
    for paper in db.session.scalars(select(OcopCertificate)):
        withdrawn = paper.withdrawn_on is not None and paper.withdrawn_on <= day
        if paper.issued_on <= day < three_years_after(paper.issued_on) and not withdrawn:
            stars[paper.organisation_id] = max(stars[paper.organisation_id], paper.stars)
    supported = {
        row.organisation_id
        for row in db.session.scalars(select(OrganisationSupport))
        if row.supported_on is None or row.supported_on <= day
    }
    members: dict[int, tuple[date, int]] = {}
    for count in db.session.scalars(select(HeadCount)):
        known = members.get(count.organisation_id, (date.min, 0))
        if known[0] < count.as_of <= day:
            members[count.organisation_id] = (count.as_of, count.members or 0)
    cooperatives = {i for i in operating if kinds[i] is OrganisationKind.COOPERATIVE}
    groups = {i for i in operating if kinds[i] is OrganisationKind.COOPERATIVE_GROUP}
    with_stars = [stars[i] for i in cooperatives & led if i in stars]
    return {
        "cooperatives": len(cooperatives),
        "groups": len(groups),
        "women_led_cooperatives": len(cooperatives & led),
        "ocop_cooperatives": len(cooperatives & set(stars)),
        "ocop_women_led": len(with_stars),
        "ocop_women_led_by_star": {str(n): with_stars.count(n) for n in (3, 4, 5)},
        "union_supported": {
            "cooperatives": len(cooperatives & supported),
            "groups": len(groups & supported),
            "members": sum(
                members[i][1] for i in (cooperatives | groups) & supported if i in members
            ),
        },
    }


def holds(row, day: date) -> bool:
    return (row.valid_from or date.min) <= day <= (row.valid_to or date.max)


def three_years_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 3)
    except ValueError:
        return date(day.year + 3, 2, 28)


days = st.dates(date(2021, 8, 1), date(2025, 3, 1)) | st.sampled_from(
    [DAY, DAY - timedelta(days=1), DAY + timedelta(days=1), date(2021, 8, 21), date(2021, 8, 22)]
)
spans = st.tuples(st.none() | days, st.none() | days).map(
    lambda span: span if None in span else (min(span), max(span))
)
places = st.integers(0, SIZE - 1)
changes = st.lists(
    st.one_of(
        st.tuples(st.just("sex"), places, st.sampled_from(Sex)),
        st.tuples(st.just("post"), places, st.sampled_from(PostKind)),
        st.tuples(st.just("post_days"), places, spans),
        st.tuples(st.just("kind"), places, st.sampled_from(OrganisationKind)),
        st.tuples(st.just("status"), places, st.sampled_from(OrganisationStatusKind)),
        st.tuples(st.just("status_days"), places, spans),
        st.tuples(st.just("certificate"), places, st.tuples(st.integers(3, 5), days)),
        st.tuples(st.just("withdrawn"), places, days),
        st.tuples(st.just("issued"), places, days),
        st.tuples(st.just("support"), places, st.none() | days),
        st.tuples(st.just("unsupported"), places, st.none()),
        st.tuples(st.just("head_count"), places, st.tuples(days, st.none() | st.integers(5, 500))),
        st.tuples(st.just("decision"), places, st.tuples(st.booleans(), spans)),
    ),
    min_size=1,
    max_size=25,
)


@pytest.fixture
def imported(programme):
    import_register(
        programme.register, programme.territory, "so.xlsx", small_register(), as_of=AS_OF
    )
    return programme


def rows(table, organisation: Organisation) -> list:
    found = db.session.scalars(select(table).where(table.organisation_id == organisation.id))
    return found.all()


def assign(table, *fields: str):
    """Answer what sets the fields of the organisation's first row in the table."""

    def change(organisation: Organisation, value) -> None:
        values = value if len(fields) > 1 else (value,)
        for row in rows(table, organisation)[:1]:
            for field, new in zip(fields, values, strict=True):
                setattr(row, field, new)

    return change


def support(organisation: Organisation, day: date | None) -> None:
    if day not in {row.supported_on for row in rows(OrganisationSupport, organisation)}:
        make_support(organisation, supported_on=day)


def count_heads(organisation: Organisation, told: tuple[date, int | None]) -> None:
    if told[0] not in {row.as_of for row in rows(HeadCount, organisation)}:
        make_head_count(organisation, told[0], members=told[1], women=None)


def decide(organisation: Organisation, told: tuple[bool, tuple]) -> None:
    if not rows(ClassificationOverride, organisation):
        make_override(organisation, told[0], valid_from=told[1][0], valid_to=told[1][1])


CHANGES = {
    "sex": lambda organisation, sex: setattr(rows(Post, organisation)[0].person, "sex", sex),
    "kind": lambda organisation, kind: setattr(organisation, "kind", kind),
    "post": assign(Post, "kind"),
    "post_days": assign(Post, "valid_from", "valid_to"),
    "status": assign(OrganisationStatus, "status"),
    "status_days": assign(OrganisationStatus, "valid_from", "valid_to"),
    "issued": assign(OcopCertificate, "issued_on"),
    "withdrawn": assign(OcopCertificate, "withdrawn_on"),
    "certificate": lambda organisation, told: make_certificate(
        organisation, stars=told[0], issued_on=told[1]
    ),
    "support": support,
    "unsupported": lambda organisation, _told: [
        db.session.delete(row) for row in rows(OrganisationSupport, organisation)
    ],
    "head_count": count_heads,
    "decision": decide,
}


def change(what: str, place: int, value) -> None:
    """Change one row of the organisation at the place."""
    organisation = db.session.scalars(
        select(Organisation).order_by(Organisation.id).offset(place).limit(1)
    ).one()
    CHANGES[what](organisation, value)
    db.session.flush()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(changed=changes, day=days)
def test_every_published_figure_is_what_plain_python_counts(imported, changed, day):
    register = imported.register
    savepoint = db.session.begin_nested()
    try:
        for what, place, value in changed:
            change(what, place, value)

        stats = register_stats(register, day)

        assert stats.as_json() == plainly_counted(day)
        for figure in (stats.cooperatives, stats.women_led_cooperatives, stats.ocop_women_led):
            assert figure.value == len(set(figure.ids()))
    finally:
        savepoint.rollback()
        db.session.expire_all()


def test_the_small_register_has_some_of_everything(imported):
    # So that the property above compares numbers rather than zeros.
    figures = register_stats(imported.register, DAY).as_json()

    assert figures == plainly_counted(DAY)
    assert figures == {
        "cooperatives": 40,
        "groups": 0,
        "women_led_cooperatives": 15,
        "ocop_cooperatives": 20,
        "ocop_women_led": 7,
        "ocop_women_led_by_star": {"3": 2, "4": 2, "5": 3},
        "union_supported": {"cooperatives": 10, "groups": 0, "members": 120},
    }


@pytest.mark.parametrize(
    ("issued_on", "day", "valid"),
    [
        (date(2021, 8, 22), DAY, True),
        (date(2021, 8, 21), DAY, False),
        (DAY, DAY, True),
        (date(2024, 8, 22), DAY, False),
        (date(2024, 2, 29), date(2027, 2, 27), True),
        (date(2024, 2, 29), date(2027, 2, 28), False),
        (date(2021, 2, 28), date(2024, 2, 27), True),
        (date(2021, 2, 28), date(2024, 2, 28), False),
        (date(2021, 8, 31), date(2024, 8, 30), True),
        (date(2021, 8, 31), date(2024, 8, 31), False),
    ],
)
def test_a_certificate_is_valid_for_36_months_and_not_on_the_last_day(
    programme, issued_on, day, valid
):
    make_certificate(make_organisation(programme), issued_on=issued_on)

    assert register_stats(programme.register, day).ocop_cooperatives.value == int(valid)


def test_a_withdrawn_certificate_ends_on_the_day_it_is_withdrawn(programme):
    organisation = make_organisation(programme)
    make_certificate(organisation, issued_on=date(2024, 1, 1), withdrawn_on=DAY)

    days = [date(2024, 8, 20), DAY]

    assert [register_stats(programme.register, day).ocop_cooperatives.value for day in days] == [
        1,
        0,
    ]


def test_a_cooperative_is_counted_by_its_highest_valid_star(programme):
    organisation = make_organisation(programme)
    make_certificate(organisation, stars=5, issued_on=date(2021, 8, 21))
    make_certificate(organisation, stars=4, issued_on=date(2024, 1, 1))
    make_certificate(organisation, stars=3, issued_on=date(2024, 1, 1))

    stars = register_stats(programme.register, DAY).ocop_women_led_by_star

    assert {number: figure.ids() for number, figure in stars.items()} == {
        3: [],
        4: [organisation.id],
        5: [],
    }


def test_members_are_those_of_the_last_head_count_of_the_day_or_before(programme):
    organisation = make_organisation(programme)
    make_support(organisation)
    make_head_count(organisation, date(2024, 1, 1), members=10)
    last = make_head_count(organisation, DAY, members=20)
    make_head_count(organisation, date(2024, 8, 22), members=40)

    members = register_stats(programme.register, DAY).supported_members

    assert (members.value, members.ids()) == (20, [last.id])


def test_a_dissolved_cooperative_is_in_no_figure_from_that_day_on(programme):
    organisation = make_organisation(programme, status=None)
    make_status(organisation, valid_to=date(2024, 8, 20))
    make_status(organisation, OrganisationStatusKind.DISSOLVED, valid_from=DAY)

    counts = [
        register_stats(programme.register, day, WOMEN_HEADED).women_led_cooperatives.value
        for day in (date(2024, 8, 20), DAY)
    ]

    assert counts == [1, 0]

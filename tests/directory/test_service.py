"""Changes from a day on: the row that held before ends, what is known of later stays."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory import classification, lineage, service
from coopevents.directory.classification import WOMEN_HEADED, WOMEN_IN_MANAGEMENT, class_on
from coopevents.directory.dated import rows_of
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    DatePrecision,
    HeadCount,
    OrganisationAddress,
    OrganisationCode,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
)
from coopevents.directory.service import Founding, Heads, Support
from coopevents.errors import DomainError, InputError
from coopevents.i18n import force_locale
from coopevents.territory import units
from tests.directory.keeping import FOUNDED, enter, names, told, union_id
from tests.factories import find_commune, make_name, make_organisation, make_status


@pytest.fixture(autouse=True)
def _today(app):
    with time_machine.travel("2026-11-25T03:00:00Z", tick=False), force_locale("en"):
        yield


def test_what_is_entered_holds_since_the_founding(programme):
    commune = find_commune(programme, "Gia Điền")
    body = union_id()

    organisation = enter(
        programme,
        "  HTX  Chè Hoà ",
        unit=commune,
        line="Khu 5",
        sector="Trồng chè",
        codes={"registration": "18 01 07", "tax": "2600123456"},
        contacts=[(Channel.EMAIL, "Che@Coop.example"), (Channel.PHONE, "0912 345 678")],
        supports=[Support(body, date(2020, 2, 1))],
        source="QĐ 12",
    )

    assert names(organisation) == [("HTX Chè Hoà", FOUNDED, None)]
    (status,) = rows_of(OrganisationStatus, organisation.id)
    assert (status.status, status.valid_from, status.source) == ("operating", FOUNDED, "QĐ 12")
    (seat,) = rows_of(OrganisationAddress, organisation.id)
    assert (seat.unit, seat.line, seat.valid_from) == (commune, "Khu 5", FOUNDED)
    (sector,) = rows_of(OrganisationSector, organisation.id)
    assert (sector.sector, sector.valid_from) == ("Trồng chè", FOUNDED)
    assert [(row.scheme, row.code) for row in rows_of(OrganisationCode, organisation.id)] == [
        ("registration", "180107"),
        ("tax", "2600123456"),
    ]
    points = db.session.scalars(select(ContactPoint).order_by(ContactPoint.rank)).all()
    assert [(p.channel, p.value, p.rank) for p in points] == [
        ("email", "che@coop.example", 1),
        ("phone", "+84912345678", 2),
    ]
    (support,) = db.session.scalars(select(OrganisationSupport)).all()
    assert (support.body_id, support.supported_on) == (body, date(2020, 2, 1))
    assert told(organisation)[-1] == (
        "organisation.entered",
        {"name": (None, "HTX Chè Hoà"), "kind": (None, "cooperative")},
    )


def test_of_an_unknown_founding_nothing_has_a_beginning(programme):
    organisation = enter(programme, founded=None)

    assert (organisation.founded_on, organisation.founded_precision) == (None, None)
    assert names(organisation) == [("HTX Chè Mẫu", None, None)]


def test_a_seat_in_todays_commune_is_no_older_than_the_commune(programme):
    new = next(unit for unit in _todays_communes(programme) if unit.valid_from == date(2025, 7, 1))

    organisation = enter(programme, unit=new)

    (seat,) = rows_of(OrganisationAddress, organisation.id)
    assert seat.valid_from == date(2025, 7, 1)


def _todays_communes(programme):
    return units.communes_of(units.territory_on(programme.territory, date(2026, 1, 1)))


@pytest.mark.parametrize(
    "founded", [Founding(date(2026, 11, 26)), Founding(date(202, 1, 1), DatePrecision.YEAR)]
)
def test_a_founding_to_come_or_long_before_anything_is_refused(programme, founded):
    with pytest.raises(InputError) as refused:
        enter(programme, founded=founded)

    assert list(refused.value.fields) == ["founded_on"]


@pytest.mark.parametrize("name", ["", "   ", "– . –"])
def test_an_organisation_without_a_name_is_refused(programme, name):
    with pytest.raises(InputError) as refused:
        enter(programme, name)

    assert list(refused.value.fields) == ["name"]


def test_a_name_from_a_day_on_ends_the_one_before_it(programme):
    organisation = enter(programme, "HTX Cũ")

    service.rename(organisation, "HTX Mới", since=date(2026, 6, 10), source="QĐ 7")

    assert names(organisation) == [
        ("HTX Cũ", FOUNDED, date(2026, 6, 9)),
        ("HTX Mới", date(2026, 6, 10), None),
    ]
    assert told(organisation)[-1] == (
        "organisation.renamed",
        {"name": ("HTX Cũ", "HTX Mới"), "since": (None, "2026-06-10")},
    )


def test_a_change_in_the_middle_splits_the_row_that_held_that_day(programme):
    organisation = enter(programme, "HTX Một")
    service.rename(organisation, "HTX Ba", since=date(2025, 1, 1))

    service.rename(organisation, "HTX Hai", since=date(2023, 1, 1))

    assert names(organisation) == [
        ("HTX Một", FOUNDED, date(2022, 12, 31)),
        ("HTX Hai", date(2023, 1, 1), date(2024, 12, 31)),
        ("HTX Ba", date(2025, 1, 1), None),
    ]


def test_a_change_before_what_is_known_reaches_to_what_is_known(programme):
    organisation = make_organisation(programme, status=None)
    make_status(organisation, valid_from=date(2024, 1, 1))

    service.change_status(organisation, OrganisationStatusKind.SUSPENDED, since=date(2023, 5, 1))

    assert [
        (row.status, row.valid_from, row.valid_to)
        for row in rows_of(OrganisationStatus, organisation.id)
    ] == [
        ("suspended", date(2023, 5, 1), date(2023, 12, 31)),
        ("operating", date(2024, 1, 1), None),
    ]


@pytest.mark.parametrize(
    ("name", "since", "sentence"),
    [
        ("HTX Cũ", date(2025, 6, 1), "already"),
        ("HTX Mới", date(2025, 6, 1), "correct that day"),
        ("HTX Khác", date(2026, 1, 1), "correct it"),
        ("HTX Khác", FOUNDED, "correct it"),
        ("HTX Khác", date(2020, 2, 29), "founded on"),
        ("HTX Khác", date(2026, 10, 1), "ended on"),
        ("HTX Khác", date(2062, 1, 1), "too far"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_a_sentence(programme, name, since, sentence):
    organisation = enter(programme, "HTX Cũ")
    service.rename(organisation, "HTX Mới", since=date(2026, 1, 1))
    lineage.dissolve(organisation, on=date(2026, 10, 1))
    before = names(organisation)

    with pytest.raises(DomainError) as refused:
        service.rename(organisation, name, since=since)

    assert (sentence in str(refused.value), names(organisation)) == (True, before)


def test_what_happened_before_the_end_may_still_be_written(programme):
    organisation = enter(programme, "HTX Cũ")
    lineage.dissolve(organisation, on=date(2026, 10, 1))

    service.change_status(organisation, OrganisationStatusKind.SUSPENDED, since=date(2026, 5, 1))

    assert [
        (row.status, row.valid_from, row.valid_to)
        for row in rows_of(OrganisationStatus, organisation.id)
    ] == [
        ("operating", FOUNDED, date(2026, 4, 30)),
        ("suspended", date(2026, 5, 1), date(2026, 9, 30)),
        ("dissolved", date(2026, 10, 1), None),
    ]


def test_dissolving_is_no_mere_change_of_state(programme):
    with pytest.raises(DomainError):
        service.change_status(
            enter(programme), OrganisationStatusKind.DISSOLVED, since=date(2026, 5, 1)
        )


def test_a_move_seats_it_in_the_commune_of_that_day(programme):
    first, second = find_commune(programme), find_commune(programme, "Gia Điền")
    organisation = enter(programme, unit=first)

    service.move(organisation, second, since=date(2024, 5, 1), line="Khu 2")

    assert [
        (row.unit, row.line, row.valid_from, row.valid_to)
        for row in rows_of(OrganisationAddress, organisation.id)
    ] == [
        (first, None, FOUNDED, date(2024, 4, 30)),
        (second, "Khu 2", date(2024, 5, 1), None),
    ]


def test_a_move_into_a_commune_that_did_not_exist_is_refused(programme):
    old = find_commune(programme, "Gia Điền")

    with pytest.raises(InputError) as refused:
        service.move(enter(programme), old, since=date(2025, 7, 1))

    assert list(refused.value.fields) == ["commune"]


def test_a_sector_changes_from_a_day_on(programme):
    organisation = enter(programme, sector="Trồng chè")

    service.change_sector(organisation, "Du lịch", since=date(2024, 5, 1))

    assert [(row.sector, row.valid_to) for row in rows_of(OrganisationSector, organisation.id)] == [
        ("Trồng chè", date(2024, 4, 30)),
        ("Du lịch", None),
    ]


def test_a_code_of_another_organisation_is_refused_with_its_name(programme):
    holder = enter(programme, "HTX Bưởi", codes={"tax": "2600123456"})
    other = enter(programme, "HTX Rau")

    with pytest.raises(DomainError) as refused:
        service.give_code(other, "tax", "2600 123 456", since=date(2024, 1, 1))

    assert "HTX Bưởi" in str(refused.value)
    assert list(refused.value.fields) == ["code"]
    assert rows_of(OrganisationCode, other.id) == []
    service.give_code(holder, "tax", "2600999999", since=date(2025, 1, 1))
    service.give_code(other, "tax", "2600123456", since=date(2025, 1, 1))
    assert [row.code for row in rows_of(OrganisationCode, other.id)] == ["2600123456"]


def test_the_code_of_who_ended_is_free_for_what_follows(programme):
    organisation = enter(programme, codes={"tax": "2600123456"})
    lineage.dissolve(organisation, on=date(2026, 5, 1))

    other = enter(programme, "HTX Sau", Founding(date(2026, 5, 1)), codes={"tax": "2600123456"})

    assert [row.valid_from for row in rows_of(OrganisationCode, other.id)] == [date(2026, 5, 1)]


def test_a_code_told_of_after_the_end_ends_with_the_organisation(programme):
    organisation = enter(programme)
    lineage.dissolve(organisation, on=date(2026, 5, 1))

    service.give_code(organisation, "tax", "2600123456", since=date(2024, 1, 1))

    assert [row.valid_to for row in rows_of(OrganisationCode, organisation.id)] == [
        date(2026, 4, 30)
    ]


@pytest.mark.parametrize(
    ("scheme", "code"), [("tax", "12345"), ("tax", "26001234567"), ("registration", "?")]
)
def test_what_is_no_code_is_refused(programme, scheme, code):
    with pytest.raises(InputError):
        service.give_code(enter(programme), scheme, code, since=date(2024, 1, 1))


def test_heads_nobody_told_are_not_zero(programme):
    organisation = enter(programme)

    service.count_heads(organisation, date(2026, 6, 30), Heads(members=40, women_members=25))

    (count,) = db.session.scalars(select(HeadCount)).all()
    assert (count.members, count.women_members, count.workers, count.women_workers) == (
        *(40, 25),
        *(None, None),
    )


@pytest.mark.parametrize(
    ("heads", "as_of"),
    [
        (Heads(members=5, women_members=6), date(2026, 1, 1)),
        (Heads(workers=5, women_workers=6), date(2026, 1, 1)),
        (Heads(), date(2026, 1, 1)),
        (Heads(members=5), date(2026, 11, 26)),
        (Heads(members=5), date(2020, 2, 29)),
        (Heads(members=5), date(2026, 6, 30)),
    ],
)
def test_a_head_count_that_cannot_be_is_refused(programme, heads, as_of):
    organisation = enter(programme)
    service.count_heads(organisation, date(2026, 6, 30), Heads(members=0))

    with pytest.raises(DomainError):
        service.count_heads(organisation, as_of, heads)

    assert len(db.session.scalars(select(HeadCount)).all()) == 1


def test_a_support_is_written_once(programme):
    organisation = enter(programme)
    service.support_founding(organisation, Support(union_id()))

    with pytest.raises(DomainError):
        service.support_founding(organisation, Support(union_id()))

    service.support_founding(organisation, Support(union_id(), date(2020, 2, 1)))
    assert len(db.session.scalars(select(OrganisationSupport)).all()) == 2


def test_a_decision_wins_in_its_days_and_by_its_rule_alone(programme):
    organisation = make_organisation(programme, woman_head=False)

    row = service.override(
        organisation,
        WOMEN_HEADED,
        women_led=True,
        reason="Biên bản 3",
        since=date(2025, 1, 1),
        until=date(2025, 12, 31),
    )

    days = (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert [class_on(organisation.id, WOMEN_HEADED, on) for on in days] == [
        *(False, True, True, False)
    ]
    assert class_on(organisation.id, WOMEN_IN_MANAGEMENT, days[1]) is False
    assert row.reason == "Biên bản 3"


def test_two_decisions_by_one_rule_on_one_day_are_refused(programme):
    organisation = make_organisation(programme)
    decided = {"women_led": False, "reason": "Biên bản 3"}
    row = service.override(organisation, WOMEN_HEADED, **decided, since=date(2025, 1, 1))

    with pytest.raises(DomainError):
        service.override(
            organisation,
            WOMEN_HEADED,
            **decided,
            since=date(2024, 1, 1),
            until=date(2025, 1, 1),
        )

    service.end_override(organisation, row, date(2025, 6, 30))
    service.override(organisation, WOMEN_HEADED, **decided, since=date(2025, 7, 1))
    with pytest.raises(DomainError):
        service.end_override(organisation, row, date(2024, 12, 31))


@pytest.mark.parametrize("number", [1, 3])
def test_classes_of_many_are_one_question(programme, count_queries, number):
    ids = [make_organisation(programme, woman_head=None).id for _ in range(number)]

    with count_queries() as asked:
        found = classification.classes_on(ids, WOMEN_HEADED, date(2026, 1, 1))

    assert (asked.number, found) == (1, dict.fromkeys(ids, None))


def test_an_unknown_beginning_ends_where_a_change_begins(programme):
    organisation = make_organisation(programme, name="HTX Cũ")

    service.rename(organisation, "HTX Mới", since=date(2024, 1, 1))

    assert names(organisation) == [
        ("HTX Cũ", None, date(2023, 12, 31)),
        ("HTX Mới", date(2024, 1, 1), None),
    ]


def test_a_change_in_a_gap_ends_where_the_next_begins(programme):
    organisation = enter(programme, "HTX Một")
    rows_of(OrganisationName, organisation.id)[0].valid_to = date(2021, 1, 1)
    make_name(organisation, "HTX Ba", valid_from=date(2025, 1, 1))

    service.rename(organisation, "HTX Hai", since=date(2023, 1, 1))

    assert names(organisation)[1] == ("HTX Hai", date(2023, 1, 1), date(2024, 12, 31))

"""What was typed wrong is put right in its row; what stood there before stays in the audit."""

from datetime import date

import pytest
import time_machine

from coopevents.db import db
from coopevents.directory import corrections, lineage, queries, record, service
from coopevents.directory.classification import WOMEN_HEADED, class_on
from coopevents.directory.dated import rows_of
from coopevents.directory.models import (
    ClassificationOverride,
    DatePrecision,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    Post,
)
from coopevents.directory.service import Founding, Heads, NewOrganisation, Support
from coopevents.errors import DomainError, NotFoundError
from coopevents.i18n import force_locale
from tests.directory.keeping import FOUNDED, enter, names, told, union_id
from tests.factories import (
    find_commune,
    make_organisation,
    make_person,
    make_post,
)


@pytest.fixture(autouse=True)
def _today(app):
    with time_machine.travel("2026-11-25T03:00:00Z", tick=False), force_locale("en"):
        yield


def test_a_correction_keeps_the_days_and_the_audit_what_stood_there(programme):
    organisation = enter(programme, "HTX Che")
    service.rename(organisation, "HTX Chè Mới", since=date(2026, 1, 1))
    row = rows_of(OrganisationName, organisation.id)[0]

    corrections.correct(organisation, row, {"name": "HTX Chè"}, reason="gõ thiếu dấu")

    assert names(organisation) == [
        ("HTX Chè", FOUNDED, date(2025, 12, 31)),
        ("HTX Chè Mới", date(2026, 1, 1), None),
    ]
    assert queries.name_on([organisation.id], date(2021, 1, 1)) == {organisation.id: "HTX Chè"}
    act, values = told(organisation)[-1]
    assert (act, values["name"], values["reason"]) == (
        "organisation.corrected",
        ("HTX Che", "HTX Chè"),
        (None, "gõ thiếu dấu"),
    )
    (shown,) = record.list_corrections(organisation)
    assert (shown.told, shown.reason) == ([("HTX Che", "HTX Chè")], "gõ thiếu dấu")


def test_each_kind_of_fact_can_be_put_right(programme):
    first, second = find_commune(programme), find_commune(programme, "Gia Điền")
    one = enter(programme, unit=first, sector="Che", codes={"tax": "2600123456"})
    service.change_status(one, OrganisationStatusKind.SUSPENDED, since=date(2025, 1, 1))
    service.count_heads(one, date(2026, 1, 1), Heads(members=400))
    service.support_founding(one, Support(union_id()))
    decided = service.override(
        one, WOMEN_HEADED, women_led=True, reason="BB 1", since=date(2025, 1, 1)
    )
    rows = [
        (rows_of(OrganisationAddress, one.id)[0], {"administrative_unit_id": second.id}),
        (rows_of(OrganisationSector, one.id)[0], {"sector": "Chè"}),
        (rows_of(OrganisationCode, one.id)[0], {"code": "2600654321"}),
        (
            rows_of(OrganisationStatus, one.id)[1],
            {"status": OrganisationStatusKind.STOPPED},
        ),
        (record.list_head_counts(one)[0], {"members": 40, "as_of": date(2026, 1, 2)}),
        (
            record.list_supports(one)[0][0],
            {"body_id": union_id(), "supported_on": date(2020, 2, 1)},
        ),
        (decided, {"women_led": False, "reason": "BB 2"}),
    ]
    rows[4][1].update({"women_members": None, "workers": None, "women_workers": None})

    for row, values in rows:
        corrections.correct(one, row, values, reason="gõ nhầm")

    for row, values in rows:
        db.session.refresh(row)
        assert {name: getattr(row, name) for name in values} == values
    assert class_on(one.id, WOMEN_HEADED, date(2025, 6, 1)) is False
    assert len([act for act, _v in told(one) if act == "organisation.corrected"]) == len(rows)


def test_corrections_that_make_no_sense_are_refused(programme):
    enter(programme, "HTX Bưởi", codes={"tax": "2600999999"})
    one = enter(programme, codes={"tax": "2600123456"})
    lineage.dissolve(one, on=date(2026, 5, 1))
    (name,) = rows_of(OrganisationName, one.id)
    (code,) = rows_of(OrganisationCode, one.id)
    operating, dissolved = rows_of(OrganisationStatus, one.id)
    refused = [
        (name, {"name": "HTX Chè Mẫu"}, "không đổi gì"),
        (name, {"name": "  "}, "để trống"),
        (name, {"name": "HTX Khác"}, " "),
        (code, {"code": "2600999999"}, "của đơn vị khác"),
        (dissolved, {"status": OrganisationStatusKind.OPERATING}, "sống lại"),
        (operating, {"status": OrganisationStatusKind.DISSOLVED}, "chết sớm"),
    ]

    for row, values, reason in refused:
        with pytest.raises(DomainError):
            corrections.correct(one, row, values, reason=reason)

    assert names(one) == [("HTX Chè Mẫu", FOUNDED, None)]


def test_a_day_put_right_moves_the_border_between_two_rows(programme):
    one = enter(programme, "HTX Cũ")
    service.rename(one, "HTX Mới", since=date(2026, 1, 1))
    row = rows_of(OrganisationName, one.id)[1]

    for since in (date(2026, 3, 1), date(2025, 10, 1)):
        corrections.correct_day(one, row, since, reason="gõ nhầm ngày")

    assert names(one) == [
        ("HTX Cũ", FOUNDED, date(2025, 9, 30)),
        ("HTX Mới", date(2025, 10, 1), None),
    ]


@pytest.mark.parametrize(
    "since", [None, FOUNDED, date(2020, 2, 1), date(2027, 12, 1), date(2026, 1, 1)]
)
def test_a_day_that_would_swallow_a_row_is_refused(programme, since):
    one = enter(programme, "HTX Cũ")
    service.rename(one, "HTX Mới", since=date(2026, 1, 1))
    before = names(one)

    with pytest.raises(DomainError):
        corrections.correct_day(
            one, rows_of(OrganisationName, one.id)[1], since, reason="gõ nhầm ngày"
        )

    assert names(one) == before


def test_a_gap_before_a_row_is_not_reached_across(programme):
    one = enter(programme, "HTX Một")
    rows_of(OrganisationName, one.id)[0].valid_to = date(2021, 1, 1)
    service.rename(one, "HTX Hai", since=date(2023, 1, 1))
    row = rows_of(OrganisationName, one.id)[1]

    with pytest.raises(DomainError):
        corrections.correct_day(one, row, date(2021, 1, 1), reason="gõ nhầm")
    corrections.correct_day(one, row, date(2022, 1, 1), reason="gõ nhầm")

    assert names(one) == [
        ("HTX Một", FOUNDED, date(2021, 1, 1)),
        ("HTX Hai", date(2022, 1, 1), None),
    ]


def test_value_and_day_are_put_right_together(programme):
    one = enter(programme, "HTX Cũ")
    service.rename(one, "HTX Moi", since=date(2026, 1, 1))
    row = rows_of(OrganisationName, one.id)[1]

    corrections.put_right(one, row, {"name": "HTX Mới"}, since=date(2025, 1, 1), reason="gõ nhầm")

    assert names(one)[1] == ("HTX Mới", date(2025, 1, 1), None)
    with pytest.raises(DomainError):
        corrections.put_right(
            one, row, {"name": "HTX Mới"}, since=date(2025, 1, 1), reason="gõ nhầm"
        )


@pytest.mark.parametrize("on", [date(2019, 3, 1), date(2021, 3, 1)])
def test_a_founding_put_right_takes_with_it_what_began_that_day(programme, on):
    one = enter(programme, unit=find_commune(programme))
    make_post(make_person(programme), one, valid_from=FOUNDED)
    service.rename(one, "HTX Mới", since=date(2026, 1, 1))

    corrections.correct_founding(one, Founding(on), reason="theo giấy chứng nhận")

    assert one.founded_on == on
    assert [row[1] for row in names(one)] == [on, date(2026, 1, 1)]
    assert [
        rows_of(table, one.id)[0].valid_from
        for table in (OrganisationAddress, OrganisationStatus, Post)
    ] == [on] * 3


def test_a_founding_nobody_knew_begins_the_state_alone(programme):
    one = make_organisation(programme)

    corrections.correct_founding(
        one, Founding(date(2015, 1, 1), DatePrecision.YEAR), reason="theo giấy chứng nhận"
    )

    assert (one.founded_on, one.founded_precision) == (date(2015, 1, 1), "year")
    assert rows_of(OrganisationStatus, one.id)[0].valid_from == date(2015, 1, 1)
    assert rows_of(OrganisationName, one.id)[0].valid_from is None
    assert rows_of(Post, one.id)[0].valid_from is None
    corrections.correct_founding(one, None, reason="không có căn cứ")
    assert (one.founded_on, rows_of(OrganisationStatus, one.id)[0].valid_from) == (None, None)


def test_a_founding_after_something_is_known_is_refused(programme):
    one = enter(programme, "HTX Cũ")
    service.rename(one, "HTX Mới", since=date(2021, 1, 1))

    for founded in (Founding(date(2021, 6, 1)), Founding(FOUNDED), Founding(date(2026, 12, 1))):
        with pytest.raises(DomainError):
            corrections.correct_founding(one, founded, reason="gõ nhầm")

    assert one.founded_on == FOUNDED


def test_a_founding_by_an_act_is_the_day_of_the_act(programme):
    one = make_organisation(programme)
    new = NewOrganisation(OrganisationKind.COOPERATIVE, "HTX Tách")
    made = lineage.split_off(one, new, on=date(2026, 5, 1))

    with pytest.raises(DomainError):
        corrections.correct_founding(made, Founding(date(2026, 4, 1)), reason="gõ nhầm")


def test_a_row_of_another_organisation_is_not_there(programme):
    one, other = enter(programme), enter(programme, "HTX Khác")
    decided = service.override(
        other, WOMEN_HEADED, women_led=True, reason="BB 1", since=date(2025, 1, 1)
    )

    assert corrections.get_row("override", decided.id, other) is decided
    with pytest.raises(NotFoundError):
        corrections.get_row("override", decided.id, one)
    assert rows_of(ClassificationOverride, one.id) == []

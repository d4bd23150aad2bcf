"""What a case led to: proven, recorded once, and taken back by a row that stays."""

import uuid
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.directory import lineage
from coopevents.directory.checks import REGISTRATION
from coopevents.directory.dated import rows_of
from coopevents.directory.models import (
    DatePrecision,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    OrganisationStatusKind,
)
from coopevents.directory.service import NewOrganisation
from coopevents.errors import DomainError
from coopevents.outcomes.advice import founding, queries
from coopevents.outcomes.advice.founding import FoundingEntry, NewBody
from coopevents.outcomes.advice.models import Founding, Outcome, Purpose
from tests.factories import (
    find_commune,
    make_code,
    make_organisation,
    make_other_programme,
    make_status,
)
from tests.outcomes.advice.cases import make_case, make_founding, make_move
from tests.outcomes.advice.test_service import refused, told

FOUNDED, TODAY = date(2026, 5, 4), date(2026, 10, 1)
GROUP = OrganisationKind.COOPERATIVE_GROUP
NUMBERED = FoundingEntry(FOUNDED, "1807 000001")
CERTIFIED = FoundingEntry(FOUNDED, certified_on=FOUNDED, certified_by="UBND xã Long Cốc")


pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def case(programme):
    return make_case(programme)


@pytest.fixture
def one(programme):
    return make_organisation(programme, name="HTX Chè Long Cốc", founded_on=FOUNDED)


def record(case, organisation, entry=NUMBERED, form=None) -> Founding:
    return founding.record_founding(case, organisation, entry, form or uuid.uuid4())


def rows() -> list[Founding]:
    return list(db.session.scalars(select(Founding).order_by(Founding.id)))


def test_a_founding_bears_its_legal_day_and_its_number(case, one):
    row = record(case, one)

    assert (row.registered_on, row.registration_number) == (FOUNDED, "1807000001")
    assert (row.certified_on, row.certified_by, row.reason) == (None, None, None)
    assert queries.get_line(case).founding == row
    assert told("advice.founding_recorded") == {
        "organisation_id": (None, str(one.id)),
        "registered_on": (None, "2026-05-04"),
        "registration_number": (None, "1807000001"),
    }


def test_a_group_without_a_number_has_its_contract_certified(programme, case):
    row = record(case, make_organisation(programme, kind=GROUP), CERTIFIED)

    assert (row.registration_number, row.certified_by) == (None, "UBND xã Long Cốc")


def test_a_founding_sent_twice_is_one_row(programme, case, one):
    form = uuid.uuid4()
    first = record(case, one, form=form)

    assert record(case, one, form=form) is first
    assert rows() == [first]
    assert refused(record, make_case(programme), one, form=form) == []


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        (FoundingEntry(FOUNDED), ["registration"]),
        (FoundingEntry(FOUNDED, "  "), ["registration"]),
        (FoundingEntry(FOUNDED, "?"), ["code", "registration"]),
        (FoundingEntry(date(2026, 10, 2), "18-07"), ["registered_on"]),
        (FoundingEntry(date(1800, 1, 1), "18-07"), ["registered_on"]),
        (FoundingEntry(date(2026, 5, 5), "18-07"), ["registered_on"]),
        (FoundingEntry(FOUNDED, certified_on=FOUNDED), ["certified_by"]),
        (FoundingEntry(FOUNDED, certified_by="UBND xã"), ["certified_on"]),
        (
            FoundingEntry(FOUNDED, certified_on=date(2026, 10, 2), certified_by="UBND xã"),
            ["certified_on"],
        ),
    ],
)
def test_a_founding_without_a_day_or_a_paper_is_refused(case, one, entry, fields):
    assert refused(record, case, one, entry) == fields
    assert rows() == []


def test_a_year_in_the_register_leaves_the_day_of_it_open(case, one):
    one.founded_on, one.founded_precision = date(2026, 1, 1), DatePrecision.YEAR

    before = FoundingEntry(date(2025, 5, 4), "18-07")
    assert refused(record, case, one, before) == ["registered_on"]
    assert record(case, one).registered_on == FOUNDED


def test_what_was_dissolved_by_then_was_not_founded(programme, case):
    gone = make_organisation(programme, status=None)
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 1, 1))

    assert refused(record, case, gone) == ["registered_on"]


def test_what_the_programme_does_not_found_is_refused(programme, case, one):
    union = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_UNION)
    merged, foreign = make_organisation(programme), make_organisation(programme)
    merged.duplicate_of_id = one.id
    foreign.register_id = make_other_programme(programme, own_register=True).register_id
    strengthened = make_case(programme, one, purpose=Purpose.STRENGTHEN)
    other = make_case(programme, make_organisation(programme))
    closed = make_case(programme)
    make_move(closed)

    for of, organisation in (
        (case, union),
        (case, merged),
        (case, foreign),
        (strengthened, one),
        (other, one),
        (closed, one),
    ):
        assert refused(record, of, organisation) == []
    assert rows() == []


def test_a_case_leads_to_one_founding_and_an_organisation_comes_of_one_case(programme, case, one):
    first = record(case, one)

    second = FoundingEntry(FOUNDED, "18-08")
    assert refused(record, case, make_organisation(programme), second) == []
    assert refused(record, make_case(programme), one, second) == []
    assert rows() == [first]


def test_a_number_belongs_to_one_organisation(programme, case, one):
    taken = make_organisation(programme)
    make_code(taken, "1807000001")
    assert refused(record, case, one) == ["registration"]

    make_code(one, "18-09")
    assert refused(record, case, one, FoundingEntry(FOUNDED, "18-10")) == ["registration"]

    make_founding(make_case(programme), make_organisation(programme), FOUNDED, number="18-11")
    other = make_organisation(programme)
    assert refused(record, case, other, FoundingEntry(FOUNDED, "18-11")) == ["registration"]
    assert record(case, one, FoundingEntry(FOUNDED, "18-09")).registration_number == "18-09"


@pytest.mark.case(28)
def test_a_converted_group_led_to_the_cooperative_it_became(programme):
    group = make_organisation(programme, kind=GROUP, founded_on=date(2020, 1, 1))
    case = make_case(programme, group, purpose=Purpose.CONVERT)
    alien = make_organisation(programme)

    # Before the act of converting there is nothing the case can have led to.
    assert founding.candidates(case) == []
    assert refused(record, case, group) == refused(record, case, alien) == []
    new = NewOrganisation(OrganisationKind.COOPERATIVE, "HTX Chè")
    cooperative = lineage.convert(group, new, on=FOUNDED)

    assert founding.candidates(case) == [cooperative.id]
    assert record(case, cooperative).organisation_id == cooperative.id
    # The link stands beside it: the group is the cooperative's past, not another's.
    assert refused(record, case, alien, FoundingEntry(FOUNDED, "18-08")) == []


def test_a_case_for_an_organisation_leads_to_it_under_whatever_entry_is_kept(programme, one):
    case = make_case(programme, one)
    kept = make_organisation(programme)
    one.duplicate_of_id = kept.id
    db.session.flush()

    assert founding.candidates(case) == [kept.id]
    assert record(case, kept).organisation_id == kept.id


def new_body(programme, name="HTX Rau Tân Sơn", **said) -> NewBody:
    told = {"kind": OrganisationKind.COOPERATIVE, "unit": find_commune(programme), **said}
    return NewBody(name=name, **told)


def test_what_was_founded_is_entered_into_the_register_with_it(programme, case):
    form = uuid.uuid4()

    row = founding.found_new(case, new_body(programme), NUMBERED, form)

    one = db.session.get_one(Organisation, row.organisation_id)
    assert (one.kind, one.founded_on) == (OrganisationKind.COOPERATIVE, FOUNDED)
    assert [name.name for name in rows_of(OrganisationName, one.id)] == ["HTX Rau Tân Sơn"]
    (code,) = rows_of(OrganisationCode, one.id)
    assert (code.scheme, code.code, code.valid_from) == (REGISTRATION, "1807000001", FOUNDED)
    assert founding.found_new(case, new_body(programme), NUMBERED, form) is row
    assert rows() == [row]


def test_a_group_entered_by_its_contract_has_no_number(programme, case):
    row = founding.found_new(case, new_body(programme, kind=GROUP), CERTIFIED, uuid.uuid4())

    assert rows_of(OrganisationCode, row.organisation_id) == []


def test_nothing_new_is_entered_that_cannot_have_been_founded(programme, case, one):
    before = len(db.session.scalars(select(Organisation)).all())
    named = make_case(programme, one)
    closed, led = make_case(programme), make_case(programme)
    make_move(closed)
    make_founding(led, one, FOUNDED, number="18-05")

    def fields(of=case, entry=NUMBERED, **said):
        with db.session.begin_nested() as attempt:
            told = refused(founding.found_new, of, new_body(programme, **said), entry, uuid.uuid4())
            attempt.rollback()
        return told

    assert fields(kind=OrganisationKind.AGENCY) == ["kind"]
    assert fields(entry=FoundingEntry(FOUNDED)) == ["registration"]
    assert fields(entry=FoundingEntry(FOUNDED, "18-05")) == ["registration"]
    assert fields(name="htx che long coc") == ["name"]
    assert fields(of=named) == fields(of=closed) == fields(of=led) == []
    assert len(db.session.scalars(select(Organisation)).all()) == before
    twin = founding.found_new(
        case, new_body(programme, "HTX Chè Long Cốc", is_another=True), NUMBERED, uuid.uuid4()
    )
    assert twin.organisation_id != one.id


def test_a_founding_by_mistake_is_taken_back_by_a_row_that_says_why(programme, case, one):
    first, form = record(case, one), uuid.uuid4()

    undone = founding.take_back(case, "Nhầm hồ sơ", form)

    assert rows() == [first, undone]
    assert (undone.corrects_id, undone.reason) == (first.id, "Nhầm hồ sơ")
    assert queries.find_founding(case) is None
    assert founding.take_back(case, "Nhầm hồ sơ", form) is undone
    assert refused(founding.take_back, case, "Lại", uuid.uuid4()) == []
    # Then it may be recorded anew, here or in the case it belongs to.
    again = record(make_case(programme), one)
    assert rows() == [first, undone, again]
    db.session.commit()
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts[-3:] == [
        "advice.founding_recorded",
        "advice.founding_taken_back",
        "advice.founding_recorded",
    ]


def test_a_founding_is_not_taken_back_without_a_reason_or_behind_a_closed_case(case, one):
    first = record(case, one)

    assert refused(founding.take_back, case, " ", uuid.uuid4()) == ["reason"]
    make_move(case, TODAY, Outcome.FOUNDED)
    with pytest.raises(DomainError, match="closed"):
        founding.take_back(case, "Nhầm", uuid.uuid4())
    assert rows() == [first]


def test_the_database_wants_a_number_or_a_certification(case, one):
    with pytest.raises(IntegrityError, match="number_or_certification"):
        make_founding(case, one, FOUNDED, number=None)
    db.session.rollback()

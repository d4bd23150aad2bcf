"""Which rows are of one organisation, which may be, and what is remembered of the answers."""

from collections.abc import Sequence
from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory.models import (
    OcopCertificate,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    OrganisationName,
)
from coopevents.directory.queries import address_on, name_on
from coopevents.intake import service
from coopevents.intake.matching import core
from coopevents.intake.models import Decision, ImportBatch, ImportIdentity, ImportState, Likeness
from coopevents.territory.models import AdministrativeSuccession
from tests.factories import find_commune, make_name, make_organisation
from tests.intake import sheets
from tests.intake.office import work

AS_OF, LATER, LATEST = date(2024, 7, 31), date(2025, 1, 31), date(2025, 5, 31)
FOUNDED = date(2015, 3, 9)


@pytest.fixture
def check(programme):
    """Upload these entries and have them checked; answer the batch."""
    files = iter(range(1_000))

    def check(*entries: dict, as_of: date = AS_OF, rankings: Sequence = ()) -> ImportBatch:
        batch = service.upload(
            *(programme.register, programme.territory),
            *(f"so-{next(files)}.xlsx", sheets.register(*entries, rankings=rankings)),
            as_of=as_of,
        )
        book = service.open_file(batch)
        service.choose_columns(batch, book, service.mappings_of(batch))
        db.session.commit()
        return batch

    return check


def asked(batch: ImportBatch):
    return service.queries.list_questions(batch)


def likenesses(batch: ImportBatch) -> list[tuple[int, list[str], str]]:
    return [
        (question.row, [one["likeness"] for one in question.candidates], question.proposed)
        for question in asked(batch)
    ]


def answer(batch: ImportBatch, decision: Decision, same_as: int | None = None) -> None:
    """Decide about the batch's only question, and have the batch written."""
    (question,) = asked(batch)
    service.decide(batch, {question.id: (decision, same_as)})
    db.session.commit()
    write(batch)


def write(batch: ImportBatch) -> None:
    service.request_writing(batch)
    db.session.commit()
    work()
    assert batch.state is ImportState.WRITTEN, batch.last_error


def stand(programme, **told) -> Organisation:
    """Make the organisation that the usual row tells of, unlike it in what is given."""
    facts = {"name": "HTX chè Gia Điền", "commune": "Gia Điền", "founded_on": FOUNDED, **told}
    return make_organisation(programme, woman_head=None, **facts)


@pytest.mark.parametrize(
    ("told", "likeness", "proposed"),
    [
        ({"founded_on": date(2016, 3, 9)}, Likeness.NAME_AND_COMMUNE, Decision.DIFFERENT),
        ({"founded_on": None}, Likeness.NAME_AND_COMMUNE, Decision.SAME),
        ({"name": "Hợp tác xã Chè Gia Điền"}, Likeness.NAME_AND_COMMUNE, Decision.SAME),
        ({"commune": "Đan Thượng"}, Likeness.NAME_AND_DAY, Decision.SAME),
        (
            {"name": "HTX Mới", "phone": "+84900000001"},
            Likeness.PLACE_DAY_PERSON,
            Decision.SAME,
        ),
    ],
)
def test_a_row_like_an_organisation_of_the_register_is_asked_about(
    programme, check, told, likeness, proposed
):
    organisation = stand(programme, **told)

    batch = check(sheets.row())

    (question,) = asked(batch)
    assert likenesses(batch) == [(7, [likeness], proposed)]
    assert question.candidates[0]["organisation_id"] == organisation.id
    assert question.decision is None


@pytest.mark.parametrize(
    "told",
    [
        {"name": "HTX Mới"},
        {"commune": "Đan Thượng", "founded_on": date(2016, 3, 9)},
        {"kind": OrganisationKind.COOPERATIVE_GROUP, "commune": "Đan Thượng"},
        {"name": "HTX Mới", "phone": "+84900000001", "founded_on": date(2016, 3, 9)},
    ],
)
def test_a_row_that_shares_less_is_new_without_a_question(programme, check, told):
    stand(programme, **told)

    batch = check(sheets.row())

    assert asked(batch) == []
    assert batch.summary["new"] == {"cooperative": 1}


def test_an_organisation_that_has_its_own_row_is_like_no_other_row_of_the_register(
    programme, check
):
    stand(programme)

    batch = check(sheets.row(), sheets.row(name="Hợp tác xã Chè Gia Điền", phone="0900000009"))

    assert asked(batch) == []


def test_a_row_said_to_be_of_an_organisation_changes_it_from_the_day_and_is_remembered(
    programme, check
):
    organisation = stand(programme, name="HTX rau", phone="+84900000001")
    batch = check(sheets.row())

    answer(batch, Decision.SAME, 0)

    later = check(sheets.row(note="x"), as_of=LATER)
    ids = [organisation.id]
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 1
    assert name_on(ids, AS_OF) == {organisation.id: "HTX chè Gia Điền"}
    assert name_on(ids, date(2024, 7, 30)) == {organisation.id: "HTX rau"}
    assert (asked(later), later.summary["same"]) == ([], 1)


def test_a_row_said_to_be_of_an_organisation_elsewhere_moves_it_from_the_day(programme, check):
    organisation = stand(programme, commune="Đan Thượng")
    batch = check(sheets.row())

    answer(batch, Decision.SAME, 0)

    seats = {
        day: address_on([organisation.id], day)[organisation.id].name
        for day in (date(2024, 7, 30), AS_OF)
    }
    assert seats == {date(2024, 7, 30): "Xã Đan Thượng", AS_OF: "Xã Gia Điền"}


def test_a_founding_day_told_otherwise_is_remembered_and_changes_nothing(programme, check):
    stand(programme, founded_on=date(2016, 3, 9))
    answer(check(sheets.row()), Decision.SAME, 0)

    later = check(sheets.row(note="x"), as_of=LATER)

    assert (asked(later), later.summary["same"]) == ([], 1)
    assert db.session.scalars(select(Organisation.founded_on)).all() == [date(2016, 3, 9)]


def test_a_row_said_to_be_different_is_one_of_its_own_and_nobody_asks_again(programme, check):
    stand(programme, founded_on=date(2016, 3, 9))
    answer(check(sheets.row()), Decision.DIFFERENT)

    later = check(sheets.row(note="x"), as_of=LATER)

    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 2
    assert (asked(later), later.summary["same"], later.summary["absent"]) == ([], 1, 1)


def test_a_row_left_out_writes_nothing_and_is_asked_about_again(programme, check):
    stand(programme, founded_on=date(2016, 3, 9))
    batch = check(sheets.row())
    answer(batch, Decision.SKIP)

    later = check(sheets.row(note="x"), as_of=LATER)

    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 1
    assert batch.summary["left_out"] == 1
    assert likenesses(later) == [(7, [Likeness.NAME_AND_COMMUNE], Decision.DIFFERENT)]


def test_a_row_said_to_repeat_a_like_one_is_remembered(check):
    batch = check(sheets.row(), sheets.row(founded=2015, members=99))
    answer(batch, Decision.SAME, 0)

    later = check(sheets.row(), sheets.row(founded=2015, members=99, note="x"), as_of=LATER)

    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 1
    assert db.session.scalar(select(func.count()).select_from(ImportIdentity)) == 1
    assert (asked(later), later.summary["same"], later.summary["left_out"]) == ([], 1, 1)


@pytest.mark.parametrize("founded", [2015, date(2016, 1, 1)], ids=["may_be", "unlike"])
def test_a_row_said_to_repeat_one_of_a_known_organisation_is_of_that_organisation(check, founded):
    """Its certificate has one owner, though two rows of the workbook bear the name."""
    write(check(sheets.row()))
    ranking = (*sheets.RANKING, date(2024, 1, 15))
    twice = sheets.row(founded=founded, number=2)
    batch = check(sheets.row(), twice, as_of=LATER, rankings=[ranking])

    answer(batch, Decision.SAME, 0)

    organisation = db.session.scalars(select(Organisation)).one()
    certificate = db.session.scalars(select(OcopCertificate)).one()
    remembered = db.session.scalars(select(ImportIdentity)).one()
    assert certificate.organisation_id == remembered.organisation_id == organisation.id


def test_two_rows_of_two_entries_that_were_merged_are_one_row(programme, check):
    kept = stand(programme, name="HTX chè Gia Điền")
    merged = stand(programme, name="HTX chè Xanh")
    merged.duplicate_of_id = kept.id
    db.session.commit()

    batch = check(sheets.row(), sheets.row(name="HTX chè Xanh", phone="", number=2), as_of=LATER)

    assert (asked(batch), batch.summary["left_out"], batch.summary["new"]) == ([], 1, {})


def test_what_was_decided_stays_in_the_audit(programme, check):
    organisation = stand(programme, founded_on=date(2016, 3, 9))
    batch = check(sheets.row())

    answer(batch, Decision.SAME, 0)

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "import.decided")).one()
    values = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id)).all()
    assert entry.subject_id == batch.id
    assert [(value.field, value.after) for value in values] == [
        ("HTX!7", f"same {organisation.id}")
    ]


def test_three_rows_of_one_organisation_are_asked_about_twice(check):
    batch = check(sheets.row(), sheets.row(), sheets.row())

    assert likenesses(batch) == [
        (8, [Likeness.TWICE], Decision.SAME),
        (9, [Likeness.TWICE], Decision.SAME),
    ]


def test_answers_stay_when_the_file_is_checked_again(programme, check):
    stand(programme, founded_on=date(2016, 3, 9))
    batch = check(sheets.row(), sheets.row(name="HTX rau"), sheets.row(name="HTX rau"))
    first, second = asked(batch)
    service.decide(batch, {first.id: (Decision.DIFFERENT, None)})

    service.request_check(batch, rows=3)
    db.session.commit()

    assert [question.decision for question in asked(batch)] == [Decision.DIFFERENT, None]
    assert asked(batch)[1].candidates == second.candidates


def test_an_answer_about_an_organisation_that_is_gone_is_asked_for_again(programme, check):
    organisation = stand(programme, founded_on=date(2016, 3, 9))
    batch = check(sheets.row(), sheets.row(name="HTX rau"), sheets.row(name="HTX rau"))
    first = asked(batch)[0]
    service.decide(batch, {first.id: (Decision.SAME, 0)})
    stand(programme, name="Hợp tác xã chè Gia Điền", founded_on=date(2017, 3, 9))
    one = db.session.scalars(
        select(OrganisationName).where(OrganisationName.organisation_id == organisation.id)
    ).one()
    one.valid_to = date(2024, 1, 1)
    make_name(organisation, "HTX đổi tên", valid_from=date(2024, 1, 2))

    service.request_check(batch, rows=3)
    db.session.commit()

    assert [question.decision for question in asked(batch)] == [None, None]


def test_the_reform_of_2025_makes_no_organisation_another_one(programme, check):
    organisation = stand(programme)
    unit = find_commune(programme, "Gia Điền")
    successors = service.units.territory_on(programme.territory, date(2025, 7, 1))
    batch = check(sheets.row(), as_of=AS_OF)
    write(batch)
    today = next(
        new for new in service.units.communes_of(successors) if new.id in _went_whole_into(unit.id)
    )

    later = check(sheets.row(commune=today.name, district=""), as_of=date(2025, 8, 1))

    assert (asked(later), later.summary["same"], later.summary["absent"]) == ([], 1, 0)
    addresses = select(OrganisationAddress.organisation_id, OrganisationAddress.valid_to)
    assert db.session.execute(addresses).all() == [(organisation.id, None)]


def _went_whole_into(unit_id: int) -> set[int]:
    return set(
        db.session.scalars(
            select(AdministrativeSuccession.new_id).where(
                AdministrativeSuccession.old_id == unit_id
            )
        )
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("htx dich vu nong nghiep gia dien", "gia dien"),
        ("hop tac xa che gia dien", "che gia dien"),
        ("to hop tac rau", "rau"),
        ("htx dich vu nong nghiep", "htx dich vu nong nghiep"),
    ],
)
def test_the_core_of_a_name_is_what_it_is_called(name, told):
    assert core(name) == told

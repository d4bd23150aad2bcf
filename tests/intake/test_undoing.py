"""A batch goes out of the register whole, and only while nothing newer rests on it."""

from datetime import date

import pytest
from sqlalchemy import select

from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory.models import (
    ClassificationOverride,
    ContactPoint,
    LineageKind,
    Organisation,
    OrganisationLineage,
    OrganisationName,
    Person,
    Post,
)
from coopevents.duplicates.models import PersonMerge
from coopevents.errors import DomainError
from coopevents.intake import batches, undoing
from coopevents.intake.models import ImportBatch, ImportChange, ImportState
from coopevents.intake.service import import_register
from tests.event_factories import make_event, make_invitation, make_walk_in
from tests.factories import make_head_count, make_name, make_person, make_post
from tests.intake import sheets
from tests.intake.office import fingerprint

AS_OF, LATER, LATEST = date(2024, 7, 31), date(2025, 1, 31), date(2025, 3, 31)


pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def bring(programme):
    """Import these entries as of a day; answer the batch."""

    def bring(*entries: dict, as_of: date = AS_OF, **more: object) -> ImportBatch:
        result = import_register(
            *(programme.register, programme.territory),
            *(f"so-{as_of}.xlsx", sheets.register(*entries, **more)),
            as_of=as_of,
        )
        db.session.commit()
        return db.session.get_one(ImportBatch, result.batch_id)

    return bring


def one(table):
    return db.session.scalars(select(table).order_by(table.id)).first()


def test_a_first_import_undone_leaves_nothing_but_its_record(bring):
    empty = fingerprint()
    batch = bring(sheets.row(support="x"), rankings=[(*sheets.RANKING, date(2023, 5, 4))])
    changes = db.session.scalars(select(ImportChange.id).order_by(ImportChange.id)).all()

    batches.undo(batch)
    db.session.commit()

    assert fingerprint() == empty
    assert batch.state is ImportState.UNDONE
    assert db.session.scalars(select(ImportChange.id).order_by(ImportChange.id)).all() == changes


def test_a_second_import_undone_gives_back_what_it_ended_and_moved(bring):
    bring(sheets.row())
    before = fingerprint()
    changed = sheets.row(
        person="Lê Văn Sơn",
        sex="Nam",
        mark="",
        members=20,
        sector="Dịch vụ",
        email="son@coop.example",
        phone="0900000009",
        support="x",
    )
    batch = bring(changed, sheets.row(name="HTX rau Gia Điền"), as_of=LATER)
    written = fingerprint()

    batches.undo(batch)
    db.session.commit()

    assert written != before
    assert fingerprint() == before


def test_a_post_that_was_taken_up_again_keeps_the_import_that_ended_it(bring):
    bring(sheets.row())
    mai = one(Post)
    batch = bring(sheets.row(person="Lê Văn Sơn", sex="Nam", mark=""), as_of=LATER)
    make_post(mai.person, mai.organisation, mai.kind, valid_from=LATEST)
    db.session.commit()
    before = fingerprint()

    with pytest.raises(DomainError, match="later posts: 1"):
        batches.undo(batch)
    db.session.commit()

    assert fingerprint() == before


def test_importing_again_after_an_undo_writes_the_same(bring):
    batches.undo(bring(sheets.row()))
    db.session.commit()

    again = bring(sheets.row())

    assert (again.state, db.session.scalar(select(OrganisationName.name))) == (
        ImportState.WRITTEN,
        "HTX chè Gia Điền",
    )


def _invite(programme):
    make_invitation(make_event(programme), one(Organisation))
    return "invitations"


def _take_the_roll(programme):
    make_walk_in(make_event(programme), one(Organisation))
    return "walk-ins"


def _end_a_post(_programme):
    one(Post).valid_to = LATER
    return "later facts that ended those of the workbook"


def _rename(_programme):
    one(OrganisationName).valid_to = date(2024, 12, 31)
    make_name(one(Organisation), "HTX khác", valid_from=date(2025, 1, 1))
    return "later names"


def _count_heads(_programme):
    make_head_count(one(Organisation), LATER)
    return "later head counts"


def _correct(_programme):
    audit.record("person.corrected", "person", one(Person).id, changes={"name": ("a", "b")})
    return "later edits (person.corrected)"


def _merge(programme):
    kept = make_person(programme)
    db.session.add(PersonMerge(kept_id=kept.id, merged_id=one(Person).id, reason="một người"))
    return "merged people"


def _absorb(_programme):
    db.session.add(
        OrganisationLineage(
            kind=LineageKind.DISSOLVE, effective_on=LATER, old_id=one(Organisation).id
        )
    )
    return "acts of merging, dividing or ending"


def _override(_programme):
    db.session.add(
        ClassificationOverride(
            organisation_id=one(Organisation).id,
            rule="WOMEN_HEADED",
            women_led=False,
            reason="xác minh",
        )
    )
    return "decisions about being led by women"


@pytest.mark.parametrize(
    "touch",
    [
        *(_invite, _take_the_roll, _end_a_post, _rename, _count_heads, _correct, _merge),
        *(_absorb, _override),
    ],
)
def test_an_import_something_newer_rests_on_is_not_undone(bring, programme, touch):
    batch = bring(sheets.row())
    what = touch(programme)
    db.session.commit()
    before = fingerprint()

    with pytest.raises(DomainError) as refusal:
        batches.undo(batch)
    db.session.commit()

    assert what in {touched.what for touched in undoing.touches(batch)}
    assert f"{what}: 1" in str(refusal.value)
    assert (fingerprint(), batch.state) == (before, ImportState.WRITTEN)


def test_an_import_that_a_later_one_went_on_from_is_undone_after_it(bring):
    first = bring(sheets.row())
    second = bring(sheets.row(members=20), as_of=LATER)

    with pytest.raises(DomainError) as refusal:
        batches.undo(first)
    db.session.rollback()
    batches.undo(second)
    db.session.commit()
    batches.undo(first)
    db.session.commit()

    assert f"the import of {second.file_name}" in str(refusal.value)
    assert db.session.scalar(select(Organisation.id)) is None


def test_an_import_whose_order_of_contacts_was_changed_is_not_undone(bring):
    bring(sheets.row())
    second = bring(sheets.row(email="son@coop.example"), as_of=LATER)
    old = db.session.scalars(
        select(ContactPoint).where(ContactPoint.value == "mai@coop.example")
    ).one()
    old.rank = 9
    db.session.commit()

    touched = [touch.what for touch in undoing.touches(second)]

    assert touched == ["a later order of the ways to reach an organisation"]


def test_what_touched_is_asked_in_as_many_queries_for_three_as_for_one(bring, count_queries):
    asked = []
    for number, day in ((1, AS_OF), (3, LATER)):
        batch = bring(*(sheets.row(name=f"HTX {day} {n}") for n in range(number)), as_of=day)
        with count_queries() as counted:
            undoing.touches(batch)
        asked.append(counted.number)

    assert asked[0] == asked[1]

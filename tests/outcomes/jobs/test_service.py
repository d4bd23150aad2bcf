"""Entering counts: once, corrected knowingly, verified by somebody else."""

import uuid
from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from coopevents import access
from coopevents.access import Actor
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.directory.models import OrganisationKind, OrganisationStatusKind
from coopevents.errors import DomainError, InputError
from coopevents.outcomes.jobs import queries, service
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.models import CountSource, JobCount, JobCountVerification
from coopevents.outcomes.jobs.service import StandsAlreadyError, Told
from tests.factories import make_organisation, make_status
from tests.outcomes.factories import make_count

HALF = HalfYear(2026, 1)


@pytest.fixture(autouse=True)
def _in_the_summer_of_2026(app, english):
    with time_machine.travel("2026-07-10T03:00:00Z", tick=True):
        yield


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè", founded_on=date(2015, 5, 4))


def told(members=10, workers=4, both=2, **more):
    said = {
        "counted_on": date(2026, 6, 14),
        "source": CountSource.VISIT,
        "paper": "Biên bản 05",
    }
    return Told(members, workers, both, **(said | more))


def record(programme, organisation, said=None, half=HALF, submission=None, **more):
    return service.record(
        programme, organisation, half, said or told(), submission or uuid.uuid4(), **more
    )


def standing(programme, organisation):
    found = queries.standing_counts(programme).get(organisation.id, {})
    return {half.key: (one.count.persons, bool(one.verification)) for half, one in found.items()}


def make_actor(programme, name):
    user = accounts.create_user(f"{name}@coop.example", f"Cán bộ {name}", "correct horse battery")
    accounts.add_member(user, Role.OFFICER, programme_id=programme.id, body=None)
    return Actor("user", user.id, user.full_name, ("officer",), programme.id)


def acts():
    db.session.commit()
    return list(db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)))


def test_a_count_is_written_with_its_paper_and_day(programme, tea):
    row = record(programme, tea, told(paper="  Biên bản   05 "))

    assert (row.persons, row.half_year, row.paper) == (12, HALF, "Biên bản 05")
    assert standing(programme, tea) == {"2026-1": (12, False)}
    assert acts()[-1] == "job_count.recorded"


def test_the_same_form_sent_twice_is_one_count(programme, tea):
    number = uuid.uuid4()

    first, second = (record(programme, tea, submission=number) for _ in range(2))

    assert first is second
    assert db.session.scalar(select(func.count()).select_from(JobCount)) == 1


def test_a_form_of_one_organisation_says_nothing_of_another(programme, tea):
    number = uuid.uuid4()
    record(programme, tea, submission=number)

    with pytest.raises(InputError):
        record(programme, make_organisation(programme), submission=number)


def test_who_did_not_know_that_something_stands_is_told(programme, tea):
    first = record(programme, tea)

    with pytest.raises(StandsAlreadyError) as refusal:
        record(programme, tea, told(11))

    assert refusal.value.standing is first
    assert standing(programme, tea) == {"2026-1": (12, False)}


def test_a_correction_stands_instead_and_says_why(programme, tea):
    first = record(programme, tea)
    with pytest.raises(InputError) as unexplained:
        record(programme, tea, told(11), corrects_id=first.id)

    second = record(programme, tea, told(11), corrects_id=first.id, reason="Ghi nhầm")

    assert unexplained.value.fields.keys() == {"reason"}
    assert (second.corrects_id, second.reason) == (first.id, "Ghi nhầm")
    assert standing(programme, tea) == {"2026-1": (13, False)}
    with pytest.raises(StandsAlreadyError):
        record(programme, tea, told(12), corrects_id=first.id, reason="Ghi nhầm")
    assert acts()[-1] == "job_count.corrected"


def test_a_correction_that_changes_nothing_is_refused(programme, tea):
    first = record(programme, tea)

    with pytest.raises(InputError):
        record(programme, tea, corrects_id=first.id, reason="Ghi nhầm")


def test_a_correction_is_to_be_verified_anew(programme, tea):
    first = record(programme, tea)
    service.verify(programme, [first])

    record(programme, tea, told(11), corrects_id=first.id, reason="Ghi nhầm")

    assert standing(programme, tea) == {"2026-1": (13, False)}


def test_what_is_taken_back_is_missing_and_may_be_entered_anew(programme, tea):
    first, number = record(programme, tea), uuid.uuid4()

    gone, again = (service.withdraw(programme, first, "Nhầm đơn vị", number) for _ in range(2))

    assert gone is again
    assert standing(programme, tea) == {}
    with pytest.raises(DomainError):
        service.withdraw(programme, gone, "Nhầm đơn vị", uuid.uuid4())
    record(programme, tea, told(3, 0, 0), corrects_id=gone.id, reason="Số đúng")
    assert standing(programme, tea) == {"2026-1": (3, False)}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (told(both=5), "women_both"),
        (told(members=1), "women_both"),
        (told(members=-1, both=0), "women_members"),
        (told(workers=100_001), "women_workers"),
        (told(counted_on=date(2026, 7, 11)), "counted_on"),
        (told(counted_on=date(2025, 12, 14)), "counted_on"),
        (told(paper=" "), "paper"),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(programme, tea, said, field):
    with pytest.raises(InputError) as refusal:
        record(programme, tea, said)

    assert refusal.value.fields.keys() == {field}
    assert standing(programme, tea) == {}


def test_one_that_did_not_exist_has_no_count(programme):
    gone = make_organisation(programme, status=None)
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 6, 14))
    young = make_organisation(programme, founded_on=date(2026, 6, 15))

    for one in (gone, young):
        with pytest.raises(InputError):
            record(programme, one)


def test_jobs_of_a_union_of_cooperatives_are_not_counted(programme):
    union = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_UNION)

    with pytest.raises(DomainError):
        record(programme, union)


@pytest.mark.parametrize("half", [HalfYear(2023, 2), HalfYear(2027, 1)])
def test_half_years_outside_the_programme_are_refused(programme, tea, half):
    with pytest.raises(DomainError):
        record(programme, tea, half=half)


def test_who_entered_a_count_does_not_verify_it(programme, tea):
    one, other = make_actor(programme, "one"), make_actor(programme, "other")
    with access.acting(one):
        count = record(programme, tea)

        with pytest.raises(DomainError):
            service.verify(programme, [count])

    assert standing(programme, tea) == {"2026-1": (12, False)}
    with access.acting(other):
        service.verify(programme, [count])
    (row,) = db.session.scalars(select(JobCountVerification))
    assert (row.count_id, row.verified_by_id, row.by_label) == (count.id, other.id, other.label)
    assert acts()[-1] == "job_count.verified"


def test_verifying_twice_is_once(programme, tea):
    count = record(programme, tea)

    assert [len(service.verify(programme, [count])) for _ in range(2)] == [1, 0]


def test_several_are_verified_or_none(programme, tea):
    rice = make_organisation(programme)
    first, second = record(programme, tea), record(programme, rice)
    record(programme, rice, told(11), corrects_id=second.id, reason="Ghi nhầm")

    with pytest.raises(DomainError):
        service.verify(programme, [first, second])
    db.session.rollback()

    assert db.session.scalar(select(func.count()).select_from(JobCountVerification)) == 0


def test_the_database_keeps_what_the_service_does(programme, tea):
    count = make_count(programme, tea, "2026-1", 10, 4, 2)
    for wrong in (
        "UPDATE job_counts SET women_members = 1",
        "DELETE FROM job_counts",
        "DELETE FROM job_count_verifications",
    ):
        with pytest.raises(ProgrammingError), db.session.begin_nested():
            db.session.execute(text(wrong))
    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_count(programme, tea, "2026-1", 11)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_count(programme, tea, "2025-1", 3, 4, 4)
    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_count(programme, tea, "2025-1", None)

    assert standing(programme, tea) == {"2026-1": (count.persons, True)}

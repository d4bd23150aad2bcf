"""Entering people and keeping their posts: what is written, what is refused, what is kept."""

from datetime import date

import pytest
from sqlalchemy import select

from coopevents.attendance.counting import kept_people
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory.classification import WOMEN_HEADED, class_on
from coopevents.directory.models import (
    DatePrecision,
    OrganisationStatusKind,
    Person,
    Post,
    PostKind,
    Register,
    Sex,
)
from coopevents.errors import DomainError, InputError
from coopevents.people import queries, service
from coopevents.people.service import PersonEntry, Tenure
from tests.event_factories import make_merge
from tests.factories import make_organisation, make_person, make_post, make_status

DAY = date(2026, 8, 1)


def told(act: str) -> dict[str, tuple[str | None, str | None]]:
    """Answer what the audit keeps of the act: each field before and after."""
    db.session.commit()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == act)).one()
    values = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id))
    return {value.field: (value.before, value.after) for value in values}


@pytest.fixture
def tea(programme):
    return make_organisation(
        programme, name="HTX Chè", woman_head=None, founded_on=date(2024, 5, 10)
    )


def test_a_person_is_kept_as_she_was_typed_and_can_be_found(programme):
    entry = PersonEntry("  Nguyễn  Thị Hoà ", Sex.FEMALE, 1985, "bà")

    person = service.enter_person(programme.register_id, entry)

    assert (person.full_name, person.name_fold) == ("Nguyễn Thị Hoà", "nguyen thi hoa")
    assert (person.sex, person.birth_year, person.honorific) == (Sex.FEMALE, 1985, "bà")
    assert told("person.entered") == {
        "full_name": (None, "Nguyễn Thị Hoà"),
        "sex": (None, "female"),
        "birth_year": (None, "1985"),
        "honorific": (None, "bà"),
    }


def test_no_name_tells_a_sex(programme):
    person = service.enter_person(programme.register_id, PersonEntry("Nguyễn Thị Lan"))

    assert person.sex is Sex.NOT_STATED


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (PersonEntry("  "), "full_name"),
        (PersonEntry("Lê Thị Hoa", birth_year=85), "birth_year"),
        (PersonEntry("Lê Thị Hoa", birth_year=2999), "birth_year"),
    ],
)
def test_what_no_person_can_be_is_refused(programme, entry, field):
    with pytest.raises(InputError) as refused:
        service.enter_person(programme.register_id, entry)

    assert list(refused.value.fields) == [field]
    assert db.session.scalars(select(Person)).all() == []


def test_a_correction_keeps_what_stood_there_before(programme):
    person = make_person(programme, full_name="Lê Thị Hoa", sex=Sex.MALE)

    service.correct_person(person, PersonEntry("Lê Thị Hoá", Sex.FEMALE))

    assert (person.name_fold, person.sex) == ("le thi hoa", Sex.FEMALE)
    assert told("person.corrected") == {
        "full_name": ("Lê Thị Hoa", "Lê Thị Hoá"),
        "sex": ("male", "female"),
    }


def test_a_correction_of_nothing_writes_nothing(programme):
    person = make_person(programme, full_name="Lê Thị Hoa")

    service.correct_person(person, PersonEntry("Lê Thị Hoa", person.sex))
    db.session.commit()

    acts = db.session.scalars(select(AuditEntry.act)).all()
    assert [act for act in acts if act.startswith("person.")] == []


def test_a_post_is_held_from_its_first_to_its_last_day(programme, tea):
    person = make_person(programme)
    post = service.give_post(person, tea, PostKind.DIRECTOR, Tenure(date(2025, 1, 1)))

    service.end_post(post, DAY)

    days = (date(2024, 12, 31), date(2025, 1, 1), DAY, date(2026, 8, 2))
    assert [class_on(tea.id, WOMEN_HEADED, day) for day in days] == [None, True, True, None]
    assert told("post.ended") == {"valid_to": (None, "2026-08-01")}


def test_a_post_that_has_ended_does_not_end_again(programme, tea):
    post = make_post(make_person(programme), tea, valid_to=DAY)

    with pytest.raises(DomainError):
        service.end_post(post, date(2026, 9, 1))

    assert post.valid_to == DAY


def test_one_act_ends_a_post_and_begins_the_next(programme, tea):
    woman, man = make_person(programme), make_person(programme, sex=Sex.MALE)
    post = service.give_post(woman, tea, PostKind.DIRECTOR, Tenure(date(2025, 1, 1)))

    next_post = service.succeed(post, man, DAY, source="Biên bản đại hội")

    assert (post.valid_from, post.valid_to) == (date(2025, 1, 1), date(2026, 7, 31))
    assert (next_post.person, next_post.kind) == (man, PostKind.DIRECTOR)
    assert (next_post.valid_from, next_post.valid_to) == (DAY, None)
    assert next_post.source == "Biên bản đại hội"
    days = (date(2026, 7, 31), DAY)
    assert [class_on(tea.id, WOMEN_HEADED, day) for day in days] == [True, False]


@pytest.mark.parametrize("from_day", [date(2025, 1, 1), date(2024, 12, 31)])
def test_nobody_follows_before_the_post_was_taken_up(programme, tea, from_day):
    post = make_post(make_person(programme), tea, valid_from=date(2025, 1, 1))

    with pytest.raises(InputError) as refused:
        service.succeed(post, make_person(programme), from_day)

    assert list(refused.value.fields) == ["from_day"]
    assert post.valid_to is None


def test_nobody_follows_herself(programme, tea):
    post = make_post(make_person(programme), tea)

    with pytest.raises(InputError):
        service.succeed(post, post.person, DAY)

    assert post.valid_to is None


def test_a_refused_succession_ends_nothing(programme, tea):
    post = make_post(make_person(programme), tea)
    successor = make_person(programme)
    make_post(successor, tea, valid_from=date(2026, 1, 1))
    db.session.commit()

    with pytest.raises(InputError):
        service.succeed(post, successor, DAY)
    db.session.rollback()

    assert post.valid_to is None


@pytest.mark.parametrize(
    ("tenure", "field"),
    [
        (Tenure(date(2024, 5, 9)), "valid_from"),
        (Tenure(date(2025, 2, 1), date(2025, 1, 31)), "valid_to"),
    ],
)
def test_days_that_cannot_be_are_refused(programme, tea, tenure, field):
    with pytest.raises(InputError) as refused:
        service.give_post(make_person(programme), tea, PostKind.DIRECTOR, tenure)

    assert list(refused.value.fields) == [field]
    assert db.session.scalars(select(Post)).all() == []


def test_a_founding_of_which_only_the_year_is_known_refuses_no_day_of_it(programme, tea):
    tea.founded_on, tea.founded_precision = date(2024, 1, 1), DatePrecision.YEAR

    post = service.give_post(
        make_person(programme), tea, PostKind.DIRECTOR, Tenure(date(2024, 1, 1))
    )
    with pytest.raises(InputError) as refused:
        service.give_post(
            make_person(programme), tea, PostKind.DIRECTOR, Tenure(date(2023, 12, 31))
        )

    assert post.valid_from == date(2024, 1, 1)
    assert "2024" in str(refused.value)


def test_nobody_gets_a_post_where_nothing_is_any_more(programme):
    gone = make_organisation(programme, status=None, woman_head=None)
    make_status(gone, valid_to=date(2025, 12, 31))
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 1, 1))
    person = make_person(programme)

    last = service.give_post(
        person, gone, PostKind.DIRECTOR, Tenure(date(2025, 1, 1), date(2025, 12, 31))
    )
    with pytest.raises(InputError):
        service.give_post(person, gone, PostKind.DIRECTOR, Tenure(date(2026, 1, 1)))

    assert db.session.scalars(select(Post)).all() == [last]


@pytest.mark.parametrize(
    ("held", "asked", "refused"),
    [
        ((None, None), (DAY, None), True),
        ((date(2025, 1, 1), DAY), (DAY, None), True),
        ((date(2025, 1, 1), date(2026, 7, 31)), (DAY, None), False),
        ((date(2026, 9, 1), None), (DAY, None), True),
        ((date(2026, 9, 1), None), (DAY, date(2026, 8, 31)), False),
    ],
)
def test_the_same_post_is_not_held_twice_on_a_day(programme, tea, held, asked, refused):
    person = make_person(programme)
    make_post(person, tea, PostKind.DIRECTOR, valid_from=held[0], valid_to=held[1])

    try:
        service.give_post(person, tea, PostKind.DIRECTOR, Tenure(*asked))
        was_refused = False
    except InputError:
        was_refused = True

    assert was_refused is refused
    assert len(db.session.scalars(select(Post)).all()) == (1 if refused else 2)


def test_two_people_may_hold_one_kind_of_post_and_one_person_two(programme, tea):
    first, second = make_person(programme), make_person(programme)

    for person, kind in (
        (first, PostKind.BOARD_MEMBER),
        (second, PostKind.BOARD_MEMBER),
        (first, PostKind.ACCOUNTANT),
    ):
        service.give_post(person, tea, kind, Tenure(DAY))

    assert len(db.session.scalars(select(Post)).all()) == 3


def test_a_person_of_another_register_gets_no_post(programme, tea):
    other = Register(key="other", name={"vi": "Khác"})
    db.session.add(other)
    db.session.flush()

    with pytest.raises(DomainError):
        service.give_post(make_person(other), tea, PostKind.DIRECTOR, Tenure(DAY))

    assert db.session.scalars(select(Post)).all() == []


def test_a_correction_of_a_post_keeps_the_old_days_and_the_reason(programme, tea):
    post = make_post(make_person(programme), tea, valid_from=date(2025, 1, 1))

    service.correct_post(
        post,
        PostKind.BOARD_CHAIR,
        Tenure(date(2025, 2, 1)),
        title=None,
        reason="Gõ nhầm tháng",
    )

    assert (post.kind, post.valid_from) == (PostKind.BOARD_CHAIR, date(2025, 2, 1))
    assert told("post.corrected") == {
        "kind": ("director", "board_chair"),
        "valid_from": ("2025-01-01", "2025-02-01"),
        "reason": (None, "Gõ nhầm tháng"),
    }


def test_a_correction_without_a_reason_is_refused(programme, tea):
    post = make_post(make_person(programme), tea)

    with pytest.raises(InputError):
        service.correct_post(post, PostKind.OTHER, Tenure(DAY), title=None, reason=" ")

    assert post.kind is PostKind.DIRECTOR


def test_a_post_struck_out_is_gone_and_the_audit_keeps_the_whole_of_it(programme, tea):
    post = make_post(make_person(programme), tea, valid_from=DAY)
    person_id = post.person_id

    service.take_back_post(post, "Nhầm người")

    assert db.session.scalars(select(Post)).all() == []
    assert told("post.taken_back") == {
        "person_id": (str(person_id), None),
        "organisation_id": (str(tea.id), None),
        "kind": ("director", None),
        "valid_from": ("2026-08-01", None),
        "reason": (None, "Nhầm người"),
    }


def test_the_posts_of_an_organisation_name_who_was_kept(programme, tea):
    kept, merged = make_person(programme), make_person(programme)
    former = make_post(merged, tea, valid_to=date(2025, 12, 31))
    make_merge(kept, merged)
    accountant = make_post(make_person(programme), tea, PostKind.ACCOUNTANT)
    chair = make_post(make_person(programme), tea, PostKind.BOARD_CHAIR)

    lines = queries.posts_in(tea.id, kept=kept_people())

    assert [(line.post, line.person) for line in lines] == [
        (chair, chair.person),
        (accountant, accountant.person),
        (former, kept),
    ]

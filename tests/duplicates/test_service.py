"""Merging, undoing it, and remembering what is two: what it changes and what it refuses."""

import itertools
import uuid
from contextlib import contextmanager
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts import service as accounts
from coopevents.attendance import roll
from coopevents.attendance.attended import attended_by_organisations, attended_by_people
from coopevents.attendance.grid import attendance_by_organisation
from coopevents.audiences import audience
from coopevents.audiences.audience import Exclusion
from coopevents.audiences.choice import Audience
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.delegates.service import register_delegates
from coopevents.directory import lists, seats
from coopevents.directory import queries as directory
from coopevents.directory.classification import WOMEN_HEADED, class_on
from coopevents.directory.figures import register_stats
from coopevents.directory.models import (
    Channel,
    LineageKind,
    OrganisationLineage,
    OrganisationStatusKind,
    Person,
    Post,
    PostKind,
    Register,
    Sex,
)
from coopevents.duplicates import candidates, queries, service
from coopevents.duplicates.models import DistinctPair, OrganisationMerge, PersonMerge
from coopevents.errors import DomainError, InputError
from coopevents.i18n import force_locale
from coopevents.invitations.queries import list_invited
from coopevents.ocop import queries as ocop
from coopevents.registrations.models import Registration
from tests import event_factories as made
from tests.duplicates.figures import FROM, TO, facts, fingerprint
from tests.factories import (
    find_commune,
    make_certificate,
    make_contact_point,
    make_head_count,
    make_organisation,
    make_override,
    make_person,
    make_post,
    make_status,
    make_support,
)

WHY = "Nhập hai lần"
TODAY = date(2026, 11, 25)


@contextmanager
def refused(words):
    """Expect a refusal that says so, in English, and nothing decided beside it."""
    before = decided()
    with force_locale("en"), pytest.raises(DomainError, match=words):
        yield
    assert decided() == before


def decided():
    """Answer the decisions that stand, and who counts as whom."""
    tables = (PersonMerge, OrganisationMerge, DistinctPair)
    numbers = [db.session.query(table).count() for table in tables]
    return numbers, dict(db.session.query(Person.id, Person.duplicate_of_id).all())


@pytest.fixture
def three(programme):
    return [make_person(programme, full_name=f"Lê Thị Mẫu {n}") for n in "abc"]


@pytest.fixture
def twice(programme):
    """An organisation that was entered twice: the entry to keep, and the other."""
    commune = find_commune(programme, "Gia Điền")
    kept = make_organisation(programme, name="HTX Chè Xanh", commune=commune, woman_head=None)
    other = make_organisation(
        programme, name="Hợp tác xã chè xanh Gia Điền", commune=commune, email="che@coop.example"
    )
    return kept, other


def test_a_merged_person_counts_as_the_kept_one_through_every_step(three):
    oldest, middle, kept = three

    service.merge_people(middle, oldest, WHY)
    onward = service.merge_people(kept, middle, WHY)
    together = queries.kept_person_ids([p.id for p in three])
    service.undo_merge(onward)

    assert together == {oldest.id: kept.id, middle.id: kept.id, kept.id: kept.id}
    assert queries.kept_person_ids([p.id for p in three]) == {
        oldest.id: middle.id,
        middle.id: middle.id,
        kept.id: kept.id,
    }


def test_undoing_an_inner_merge_leaves_the_outer_one(three):
    oldest, middle, kept = three
    inner = service.merge_people(middle, oldest, WHY)
    service.merge_people(kept, middle, WHY)

    service.undo_merge(inner)

    assert queries.kept_person_ids([p.id for p in three]) == {
        oldest.id: oldest.id,
        middle.id: kept.id,
        kept.id: kept.id,
    }


def test_nobody_is_merged_with_herself(three):
    with refused("one and the same"):
        service.merge_people(three[0], three[0], WHY)


def test_merges_never_run_in_a_circle(three):
    first, second, _third = three
    service.merge_people(first, second, WHY)

    with refused("Lê Thị Mẫu b was merged into Lê Thị Mẫu a already"):
        service.merge_people(second, first, WHY)


def test_nobody_is_merged_twice(three):
    first, second, third = three
    service.merge_people(first, second, WHY)

    with refused("Lê Thị Mẫu b was merged into Lê Thị Mẫu a already"):
        service.merge_people(third, second, WHY)


def test_entries_of_two_registers_are_not_merged(programme):
    other = Register(key="other", name={"vi": "Sổ khác"})
    db.session.add(other)
    db.session.flush()
    here = make_person(programme)
    there = make_person(programme)
    there.register_id = other.id
    db.session.flush()

    with refused("different registers"):
        service.merge_people(here, there, WHY)


def test_a_merge_needs_a_reason(three):
    with pytest.raises(InputError) as refusal:
        service.merge_people(three[0], three[1], "  ")

    assert set(refusal.value.fields) == {"reason"}
    assert three[1].duplicate_of_id is None


def test_a_merge_is_undone_once(three):
    merge = service.merge_people(three[0], three[1], WHY)
    service.undo_merge(merge)

    with refused("undone already"):
        service.undo_merge(merge)


def test_whoever_was_told_apart_is_not_merged(three):
    first, second, third = three
    service.tell_apart(first, second, "Khác năm sinh")
    service.merge_people(third, second, WHY)

    with refused("are different"):
        service.merge_people(first, third, WHY)


def test_the_merged_are_not_told_apart(three):
    service.merge_people(three[0], three[1], WHY)

    with refused("are merged"):
        service.tell_apart(three[0], three[1], "Khác năm sinh")


def test_two_are_told_apart_once(three):
    service.tell_apart(three[0], three[1], "Khác năm sinh")

    with refused("remembered already"):
        service.tell_apart(three[1], three[0], "Khác năm sinh")


def test_a_decision_that_two_are_two_may_be_taken_back(programme):
    first, second = (make_person(programme, full_name="Nguyễn Thị Hương") for _ in "ab")
    pair = service.tell_apart(first, second, "Khác thôn")
    remembered = candidates.list_people(programme.register).total

    service.take_back(pair)

    assert (remembered, candidates.list_people(programme.register).total) == (0, 1)
    with refused("taken back already"):
        service.take_back(pair)


def test_a_decision_that_two_are_two_holds_for_what_they_count_as(programme):
    first, second, third = (
        make_person(programme, full_name=name)
        for name in ("Nguyễn Thị Hương", "Nguyễn Thị Hương", "Nguyễn Thị Hường")
    )
    service.tell_apart(first, second, "Khác thôn")

    service.merge_people(third, second, WHY)

    assert candidates.list_people(programme.register).items == []


@pytest.mark.parametrize("steps", [1, 2])
def test_a_cooperative_that_was_absorbed_is_no_duplicate(programme, steps):
    bodies = [make_organisation(programme, name=f"HTX Chè {n}") for n in range(steps + 1)]
    for old, new in itertools.pairwise(bodies):
        db.session.add(
            OrganisationLineage(
                kind=LineageKind.ABSORB,
                old_id=old.id,
                new_id=new.id,
                effective_on=date(2026, 6, 10),
            )
        )
    db.session.flush()

    with refused("came out of one another"):
        service.merge_organisations(bodies[-1], bodies[0], WHY)


def test_what_was_decided_is_told_to_the_audit(three):
    merge = service.merge_people(three[0], three[1], WHY)
    service.undo_merge(merge)
    pair = service.tell_apart(three[0], three[1], "Khác năm sinh")
    service.take_back(pair)
    db.session.commit()

    acts = db.session.execute(
        select(AuditEntry.act, AuditEntry.subject_id).order_by(AuditEntry.id.desc()).limit(4)
    ).all()

    assert [tuple(row) for row in reversed(acts)] == [
        ("person.merged", three[1].id),
        ("person.unmerged", three[1].id),
        ("person.told_apart", three[0].id),
        ("person.told_apart_no_more", three[0].id),
    ]


def _history(programme, first, second):
    """Give both entries a past: who came for them, what they won, what is told of them."""
    people = [make_person(programme), make_person(programme)]
    for entry, person in zip((first, second), people, strict=True):
        make_post(person, entry)
        make_support(entry)
        make_head_count(entry, date(2026, 1, 1), members=10 if entry is first else 90)
        make_certificate(entry, stars=3 if entry is first else 4, issued_on=date(2025, 5, 1))
    event = made.make_event(programme, sessions=[(date(2026, 3, 10), *made.MORNING)])
    (session,) = made.sessions_of(event)
    for entry, person in zip((first, second), people, strict=True):
        made.make_invitation(event, entry)
        made.make_entry(session, made.make_registration(event, person, entry))
    made.make_entry(session, made.make_walk_in(event, second))
    return made.close(event), people


@pytest.mark.case(20)
def test_a_merge_changes_no_row_and_undone_everything_is_as_before(programme, twice):
    kept, other = twice
    _event, (kept_one, other_one) = _history(programme, kept, other)
    before, untouched = fingerprint(programme), facts()

    merges = [
        service.merge_organisations(kept, other, WHY),
        service.merge_people(kept_one, other_one, WHY),
    ]
    together, still = fingerprint(programme), facts()
    for merge in merges:
        service.undo_merge(merge)

    assert still == untouched
    assert [together["indicators"][code][0] for code in ("I2", "I3")] == [2, 2]
    assert [before["indicators"][code][0] for code in ("I2", "I3")] == [3, 3]
    assert (before["indicators"]["I7"][1:3], together["indicators"]["I7"][1:3]) == ((2, 2), (1, 1))
    assert fingerprint(programme) == before
    assert facts() == untouched


def test_the_figures_of_a_merged_organisation_are_the_kept_ones(programme, twice):
    kept, other = twice
    _history(programme, kept, other)

    service.merge_organisations(kept, other, WHY)

    stats = register_stats(programme.register, TODAY)
    assert stats.cooperatives.ids() == [kept.id]
    assert stats.women_led_cooperatives.ids() == [kept.id]
    assert stats.ocop_cooperatives.ids() == [kept.id]
    assert stats.ocop_women_led_by_star[4].ids() == [kept.id]
    assert stats.ocop_women_led_by_star[3].ids() == []
    assert stats.supported_cooperatives.ids() == [kept.id]
    # On one day the kept entry's count holds.
    assert stats.supported_members.value == 10


def test_a_merged_organisation_is_in_no_list(programme, twice):
    kept, other = twice
    service.merge_organisations(kept, other, WHY)

    listed = lists.list_organisations(programme.register, on=TODAY).items
    found = lists.list_organisations(programme.register, on=TODAY, q="chè xanh gia điền").items

    assert [line.id for line in listed] == [kept.id]
    # What it was called finds the entry it counts as, under that one's name.
    assert [(line.id, line.name) for line in found] == [(kept.id, "HTX Chè Xanh")]
    assert db.session.scalars(directory.operating(programme.register, TODAY)).all() == [kept.id]


def test_a_commune_of_merged_entries_only_is_in_no_choice(programme):
    kept = make_organisation(programme, commune="Gia Điền")
    other = make_organisation(programme, commune="Thu Cúc")

    service.merge_organisations(kept, other, WHY)

    places = seats.list_places(programme.register, date(2024, 9, 1))
    assert [place.unit for place in places] == [find_commune(programme, "Gia Điền")]


def test_what_is_known_of_a_merged_organisation_is_told_of_the_kept_one(programme, twice):
    kept, other = twice
    _event, (_own, hers) = _history(programme, kept, other)
    make_contact_point(kept, Channel.EMAIL, "xanh@coop.example")

    service.merge_organisations(kept, other, WHY)

    posts = directory.posts_on([kept.id], TODAY)[kept.id]
    points = directory.contact_points([kept.id])[kept.id]
    assert hers.id in {post.person_id for post in posts}
    assert {post.person_id for post in directory.history(Post, kept.id)} == {
        post.person_id for post in posts
    }
    assert [point.value for point in points] == ["xanh@coop.example", "che@coop.example"]
    assert sorted(line.certificate.stars for line in ocop.of_organisation(kept.id, TODAY).held) == [
        3,
        4,
    ]
    assert [row.members for row in directory.list_head_counts(kept.id)] == [10, 90]


def test_the_post_of_a_merged_person_is_the_kept_ones(programme):
    organisation = make_organisation(programme, woman_head=None)
    unknown = make_person(programme, sex=Sex.NOT_STATED)
    make_post(unknown, organisation)
    known = make_person(programme, full_name="Nguyễn Thị Hòa")
    before = class_on(organisation.id, WOMEN_HEADED, TODAY)

    service.merge_people(known, unknown, WHY)

    (post,) = directory.posts_on([organisation.id], TODAY)[organisation.id]
    assert (post.holder, post.person) == (known, unknown)
    assert (before, class_on(organisation.id, WOMEN_HEADED, TODAY)) == (None, True)


@pytest.mark.parametrize("own", [True, False, None])
def test_of_two_decisions_about_merged_entries_the_kept_ones_holds(programme, twice, own):
    kept, other = twice
    make_override(other, True)
    if own is not None:
        make_override(kept, own)

    service.merge_organisations(kept, other, WHY)

    assert class_on(kept.id, WOMEN_HEADED, TODAY) is (True if own is None else own)


def test_a_merged_organisation_is_not_invited(programme, twice):
    kept, other = twice
    event = made.make_event(programme)
    service.merge_organisations(kept, other, WHY)

    everybody = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    chosen = audience.preview(event, Audience(organisation_ids=(other.id,)), seats=2)
    made.make_invitation(event, other)
    again = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)

    for shown in (everybody, chosen):
        assert [(i.organisation_id, i.address) for i in shown.invitees] == [
            (kept.id, "che@coop.example")
        ]
    assert [(i.organisation_id, i.reason) for i in again.left_out] == [
        (kept.id, Exclusion.ALREADY_INVITED)
    ]
    assert [invited.name for invited in list_invited(event)] == ["HTX Chè Xanh"]


def test_attendance_of_a_merged_organisation_is_the_kept_ones(programme, twice):
    kept, other = twice
    event, people = _history(programme, kept, other)
    service.merge_organisations(kept, other, WHY)

    grid = attendance_by_organisation(programme, FROM, TO)
    (came,) = attended_by_organisations([kept.id])[kept.id]

    assert [(row.organisation_id, row.people, row.invited) for row in grid.rows] == [
        (kept.id, 3, 1)
    ]
    assert (came.event_id, came.last_on) == (event.id, date(2026, 3, 10))
    assert [c.event_id for c in attended_by_people([people[1].id])[people[1].id]] == [event.id]


def test_the_roll_lists_merged_entries_under_the_kept_ones(programme, twice):
    kept, other = twice
    event = made.make_event(programme)
    (session,) = made.sessions_of(event)
    kept_one, other_one = (
        make_person(programme, full_name=name) for name in ("Lê Thị Hòa", "Lê Thị Hoà")
    )
    made.make_registration(event, other_one, other)
    service.merge_organisations(kept, other, WHY)
    service.merge_people(kept_one, other_one, WHY)

    (group,) = roll.expected(event, session)

    assert (group.organisation_id, group.name) == (kept.id, "HTX Chè Xanh")
    assert [person.full_name for person in group.people] == ["Lê Thị Hòa"]


@time_machine.travel("2026-05-01T03:00:00Z")
def test_a_delegate_entered_twice_keeps_the_one_place_she_has(programme, twice):
    kept, other = twice
    event = made.make_event(programme)
    invitation = made.make_invitation(event, kept)
    named = [NamedDelegate("Lê Thị Hoà", Sex.FEMALE, PostKind.MEMBER)]
    (first,) = register_delegates(invitation, named, uuid.uuid4())
    other_one = first.person
    kept_one = make_person(programme, full_name="Lê Thị Hòa")
    service.merge_people(kept_one, other_one, WHY)
    service.merge_organisations(other, kept, WHY)

    (again,) = register_delegates(invitation, named, uuid.uuid4())

    assert again.id == first.id
    assert [row.id for row in db.session.scalars(select(Registration))] == [first.id]


def test_a_merge_remembers_who_decided(programme, three):
    user = accounts.create_user("canbo@coop.example", "Cán bộ mẫu", "correct horse battery")
    merge = service.merge_people(three[0], three[1], WHY)
    merge.merged_by_id = user.id
    db.session.flush()

    (listed,) = queries.list_merges(type(three[0]), programme.register).items

    assert (listed.reason, listed.merged_by.full_name) == (WHY, "Cán bộ mẫu")


def test_a_dissolved_twin_does_not_close_the_kept_entry(programme):
    kept = make_organisation(programme)
    other = make_organisation(programme, status=None)
    make_status(other, OrganisationStatusKind.DISSOLVED)

    service.merge_organisations(kept, other, WHY)

    assert db.session.scalars(directory.operating(programme.register, TODAY)).all() == [kept.id]

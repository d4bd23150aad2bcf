"""Ways to reach people and organisations: shared, in order, held back, given up, taken up."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from coopevents import clock
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.delegates import service as registering
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    OrganisationKind,
    PostKind,
    Sex,
)
from coopevents.errors import DomainError, InputError
from coopevents.invitations import service as invitations
from coopevents.people import queries, reaching
from coopevents.people.queries import Sharer
from coopevents.people.reaching import Way
from coopevents.registrations import queries as registrations
from tests.event_factories import make_event, make_invitation
from tests.factories import make_contact_point, make_organisation, make_person, make_post

DAY = date(2026, 6, 10)


def acts() -> list[str]:
    """Answer what the audit tells of ways to reach somebody."""
    db.session.commit()
    told = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))
    return [act for act in told if act.startswith("contact.")]


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè", woman_head=None)


@pytest.mark.parametrize(
    ("channel", "typed", "value"),
    [
        (Channel.EMAIL, "Hoa@Coop.example", "hoa@coop.example"),
        (Channel.PHONE, "0912 345 678", "+84912345678"),
        (Channel.ZALO, "0912.345.678", "+84912345678"),
        (Channel.PAPER, "Khu 3,  xã Yên Kỳ", "Khu 3, xã Yên Kỳ"),
    ],
)
def test_a_way_is_kept_in_its_normal_form_beside_the_form_typed(tea, channel, typed, value):
    point = reaching.add_way(tea, Way(channel, typed))

    assert (point.value, point.value_as_typed) == (value, " ".join(typed.split()))


@pytest.mark.parametrize(
    ("channel", "typed"),
    [(Channel.EMAIL, "hoa@"), (Channel.PHONE, "09123"), (Channel.ZALO, "x"), (Channel.PAPER, " ")],
)
def test_what_leads_nowhere_is_refused_beside_its_field(tea, channel, typed):
    with pytest.raises(InputError) as refused:
        reaching.add_way(tea, Way(channel, typed))

    assert list(refused.value.fields) == ["typed"]
    assert db.session.scalars(select(ContactPoint)).all() == []


def test_the_same_way_is_not_kept_twice_of_one(programme):
    person = make_person(programme)
    reaching.add_way(person, Way(Channel.PHONE, "0912345678"))

    with pytest.raises(InputError):
        reaching.add_way(person, Way(Channel.PHONE, "+84 912 345 678"))

    assert len(reaching.points_of(person)) == 1


@pytest.mark.case(18)
def test_a_family_shares_a_phone_and_an_address_and_each_keeps_a_link_of_its_own(programme):
    mother, daughter = (
        make_person(programme, full_name=name) for name in ("Lê Thị Hoa", "Lê Thị Mai")
    )
    tea, rice = (
        make_organisation(programme, name=name, woman_head=None) for name in ("HTX Chè", "HTX Gạo")
    )

    # A contact may belong to many: nothing is refused, and it is shown who else has it.
    phones = [
        reaching.add_way(who, Way(Channel.PHONE, "0912345678")) for who in (mother, daughter, tea)
    ]
    shared = queries.shared_with(phones[:1], programme.register_id, DAY)
    assert {point.value for point in phones} == {"+84912345678"}
    assert shared == {
        phones[0].id: [
            Sharer("Lê Thị Mai", person_id=daughter.id),
            Sharer("HTX Chè", organisation_id=tea.id),
        ]
    }

    # No unique index on the phone, nor on any value.
    unique = db.session.execute(
        text(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'contact_points'"
            " AND indexdef LIKE 'CREATE UNIQUE%'"
        )
    ).scalars()
    assert [index for index in unique if "value" in index] == []

    # The link is of the seats, not of the address: two invitations to one address have two links,
    # and what is answered behind one leaves the other's seat as it was.
    event = make_event(programme, sessions=[(date(2099, 10, 6), "08:00", "11:00")])
    asked = [make_invitation(event, organisation, seats=1) for organisation in (tea, rice)]
    links = [invitations.new_link(invitation) for invitation in asked]
    tokens = [link.rpartition("/")[2] for link in links]
    assert [invitations.open_link(token).id for token in tokens] == [
        invitation.id for invitation in asked
    ]
    for invitation, name in zip(asked, ("Lê Thị Hoa", "Lê Thị Mai"), strict=True):
        delegate = NamedDelegate(name, Sex.FEMALE, PostKind.MEMBER, "nha@coop.example")
        registering.register_delegates(invitation, [delegate], uuid4())
        assert [d.person.full_name for d in registrations.list_delegates(invitation)] == [name]
    seats = [registrations.list_delegates(invitation)[0].registration.id for invitation in asked]
    assert len(set(seats)) == 2


def test_a_person_without_any_way_is_nothing_unusual(programme):
    person = make_person(programme)

    assert (reaching.points_of(person), queries.contact_points_of([person.id])) == ([], [])


def test_ways_are_tried_in_their_order_and_can_be_moved(tea):
    first, second, third = (
        reaching.add_way(tea, Way(Channel.PHONE, number))
        for number in ("0912345671", "0912345672", "0912345673")
    )

    reaching.move(third, up=True)
    reaching.move(first, up=True)
    reaching.move(first, up=False)

    assert reaching.points_of(tea) == [third, first, second]
    assert [point.rank for point in reaching.points_of(tea)] == [1, 2, 3]
    assert acts() == ["contact.added"] * 3 + ["contact.moved"] * 2


def test_ways_imported_with_the_same_rank_are_put_in_order_when_moved(tea):
    points = [make_contact_point(tea, Channel.PHONE, f"+8491234567{n}", rank=1) for n in range(3)]

    reaching.move(points[2], up=True)

    assert reaching.points_of(tea) == [points[0], points[2], points[1]]


def test_what_is_held_or_given_up_is_no_way_until_it_is_taken_up_again(tea):
    mail = reaching.add_way(tea, Way(Channel.EMAIL, "an@coop.example"))
    phone = reaching.add_way(tea, Way(Channel.PHONE, "0912345678"))
    unwanted = make_contact_point(tea, Channel.EMAIL, "xin@coop.example", rank=9)
    unwanted.unsubscribed_at = clock.now()

    reaching.hold(mail, "Hộp thư đầy")
    reaching.give_up(phone)
    silent = queries.reachable_by([tea.id])
    reaching.take_up(mail)
    reaching.take_up(phone)
    reaching.take_up(unwanted)

    assert silent == {}
    assert queries.reachable_by([tea.id]) == {
        tea.id: {Channel.EMAIL: [mail], Channel.PHONE: [phone]}
    }
    assert (mail.held_at, mail.held_reason, phone.dead_at) == (None, None, None)
    assert unwanted.unsubscribed_at is not None


def test_a_way_is_held_only_for_a_reason_and_only_while_it_lives(tea):
    point = reaching.add_way(tea, Way(Channel.PHONE, "0912345678"))

    with pytest.raises(InputError):
        reaching.hold(point, "  ")
    reaching.give_up(point)
    with pytest.raises(DomainError):
        reaching.hold(point, "Không nghe máy")

    assert point.held_at is None


def test_a_good_use_is_remembered(tea):
    point = reaching.add_way(tea, Way(Channel.PHONE, "0912345678"))

    reaching.note_good_use(point)

    assert point.last_good_at is not None
    assert acts() == ["contact.added", "contact.reached"]


def test_a_way_through_the_union_names_the_branch_and_the_official(programme, tea):
    branch = make_organisation(
        programme, name="Hội LHPN xã Yên Kỳ", kind=OrganisationKind.UNION_BRANCH, woman_head=None
    )
    official = make_person(programme, full_name="Lê Thị Mai")
    make_post(official, branch, PostKind.UNION_OFFICIAL)

    offered = queries.union_ways(programme.register, DAY)
    point = reaching.add_way(tea, Way(Channel.COMMUNE_UNION, "gọi buổi tối", branch, official))

    assert [(way.label, way.organisation_id, way.person_id) for way in offered] == [
        ("Hội LHPN xã Yên Kỳ", branch.id, None),
        ("Hội LHPN xã Yên Kỳ – Lê Thị Mai", branch.id, official.id),
    ]
    assert (point.value, point.value_as_typed) == ("Lê Thị Mai, Hội LHPN xã Yên Kỳ", "gọi buổi tối")
    assert (point.via_organisation_id, point.via_person_id) == (branch.id, official.id)


def test_only_a_branch_of_the_union_passes_messages_on(programme, tea):
    for via in (None, make_organisation(programme)):
        with pytest.raises(InputError) as refused:
            reaching.add_way(tea, Way(Channel.COMMUNE_UNION, via=via))
        assert list(refused.value.fields) == ["via"]

    assert reaching.points_of(tea) == []


def test_a_correction_keeps_the_way_its_place_and_its_past(tea):
    point = reaching.add_way(tea, Way(Channel.PHONE, "0912345678"))
    reaching.note_good_use(point)

    reaching.correct_way(point, Way(Channel.EMAIL, "an@coop.example"))

    assert (point.channel, point.value, point.rank) == (Channel.EMAIL, "an@coop.example", 1)
    assert point.last_good_at is not None
    assert acts()[-1] == "contact.corrected"


def test_the_ways_of_many_organisations_are_read_at_once(programme, count_queries):
    ids, numbers = [], []
    for number in range(3):
        ids.append(make_organisation(programme, email=f"an{number}@coop.example").id)
        with count_queries() as asked:
            answered = queries.reachable_by(ids)
        numbers.append((len(answered), asked.number))

    assert numbers == [(1, 1), (2, 1), (3, 1)]

"""Somebody or some organisation entered twice, or coming by two invitations, counts once."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select, text

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.errors import InputError
from coopevents.invitations import queries as invitations_of_event
from coopevents.invitations.models import InvitationState
from coopevents.lifecycle import placing, replying
from coopevents.mail.models import Message
from coopevents.registrations import holds, offers, queries
from coopevents.registrations.models import RegistrationState, Representation
from tests.browsing import signed_in
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_person, make_post
from tests.guests.making import invite_person

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=SESSIONS, capacity=2)


def invited(event, name: str, *, seats: int = 2):
    organisation = make_organisation(
        event.programme, name=f"HTX {name}", email=f"{name.lower()}@coop.example"
    )
    return make_invitation(event, organisation, seats=seats)


def accept(invitation, *names: str, email: str | None = None) -> None:
    delegates = [NamedDelegate(name, Sex.FEMALE, PostKind.DIRECTOR, email) for name in names]
    replying.accept_invitation(invitation, delegates, uuid4(), Channel.EMAIL, "vi")


def decline(invitation) -> None:
    replying.decline_invitation(invitation, "", uuid4(), Channel.EMAIL, "vi")


def withdraw_first(invitation) -> None:
    (first, *_others) = queries.list_delegates(invitation)
    replying.withdraw_delegate(invitation, first.registration.id, uuid4(), Channel.EMAIL, "vi")


def merge_delegate(invitation, into=None):
    """Find that the delegate was entered twice; answer who was kept."""
    (delegate,) = queries.list_delegates(invitation)
    kept = into or make_person(invitation.event.programme, full_name="Trần Thị Hoà")
    duplicates.merge_people(kept, delegate.person, "Nhập hai lần")
    return kept


def told(template: str) -> list[str]:
    found = select(Message.address).where(Message.template == template).order_by(Message.address)
    return list(db.session.scalars(found))


@pytest.mark.case(20)
def test_a_delegate_merged_meanwhile_stands_once_and_for_nobody_once_she_does_not_come(event):
    invitation = invited(event, "An")
    accept(invitation, "Trần Thị Hoà")
    kept = merge_delegate(invitation)

    accept(invitation, "Trần Thị Hoà")
    standing = [one.withdrawn_at for one in db.session.scalars(select(Representation))]
    (delegate,) = queries.list_delegates(invitation)
    named = delegate.person
    decline(invitation)

    assert standing == [None]
    assert named is kept
    assert [one.withdrawn_at is None for one in db.session.scalars(select(Representation))] == [
        False
    ]


def test_the_list_of_places_names_whom_a_merged_delegate_counts_as(
    event, client, programme, count_queries
):
    event.capacity = 1
    invitations = [invited(event, name, seats=1) for name in ("An", "Bo", "Cu", "Du")]
    for invitation in invitations:
        accept(invitation, f"Trần Thị {invitation.id}")
    officer = signed_in(client, programme, Role.OFFICER)
    path = f"/events/{event.id}/places/"
    officer.get(path)
    with count_queries() as before:
        officer.get(path)
    for number, invitation in enumerate(invitations):
        merge_delegate(invitation, make_person(programme, full_name=f"Lê Thị Giữ {number}"))
    db.session.expire_all()

    with count_queries() as after:
        page = officer.get(path).text

    assert [f"Lê Thị Giữ {number}" in page for number in range(4)] == [False, True, True, True]
    assert "Trần Thị" not in page
    assert after.number == before.number


def test_merged_persons_stand_in_the_list_under_the_names_they_count_as(event, programme):
    persons = [make_person(programme, full_name=f"Trần Thị {name}") for name in ("An", "Bo")]
    for person in persons:
        invite_person(event, person)
    duplicates.merge_people(
        make_person(programme, full_name="Trần Thị Yến"), persons[0], "Nhập hai lần"
    )

    names = [one.name for one in invitations_of_event.list_invited(event)]

    assert names == ["Trần Thị Bo", "Trần Thị Yến"]


@pytest.mark.case(20)
def test_two_delegates_found_to_be_one_are_named_again_without_another_seat(event):
    one, other = invited(event, "An", seats=1), invited(event, "Bo", seats=1)
    accept(one, "Trần Thị Hoà")
    accept(other, "Trần Thị Hoà")
    (kept,) = queries.list_delegates(other)
    merge_delegate(one, into=kept.person)

    accept(one, "Trần Thị Hoà")

    assert [d.person for d in queries.list_delegates(one)] == [kept.person]


def test_a_merged_delegate_is_told_at_the_address_she_gave(event):
    invitation = invited(event, "An")
    accept(invitation, "Trần Thị Hoà")
    merge_delegate(invitation)

    accept(invitation, "Trần Thị Hoà", email="hoa@coop.example")

    assert told("registration_confirmed") == [
        "an@coop.example",
        "an@coop.example",
        "hoa@coop.example",
    ]


@pytest.mark.case(18)
def test_an_address_a_delegate_shares_with_her_cooperative_is_told_once(event):
    invitation = invited(event, "An")

    accept(invitation, "Trần Thị Hoà", email="an@coop.example")

    assert told("registration_confirmed") == ["an@coop.example"]


@pytest.mark.case(8)
def test_both_cooperatives_of_a_delegate_are_told_that_she_got_a_place(programme, event):
    full, one = invited(event, "An"), invited(event, "Bo")
    accept(full, "Một", "Hai")
    accept(one, "Trần Thị Hoà")
    (delegate,) = queries.list_delegates(one)
    both = make_organisation(programme, name="HTX Cam", email="cam@coop.example")
    make_post(delegate.person, both, PostKind.DIRECTOR)
    accept(make_invitation(event, both), "Trần Thị Hoà")

    withdraw_first(full)

    assert delegate.registration.state is RegistrationState.CONFIRMED
    assert told("registration_promoted") == ["bo@coop.example", "cam@coop.example"]


@pytest.mark.case(9)
def test_the_cooperative_of_an_invited_person_is_told_of_an_offer_and_of_its_end(event):
    event.offer_hours = 8
    full, theirs = invited(event, "An"), invited(event, "Bo")
    accept(full, "Một", "Hai")
    accept(theirs, "Trần Thị Hoà")
    (delegate,) = queries.list_delegates(theirs)
    accept(invite_person(event, delegate.person))

    withdraw_first(full)
    with time_machine.travel("2026-05-08T03:00:00Z", tick=True):
        placing.rebalance(event, "vi")

    assert delegate.registration.state is RegistrationState.CANCELLED
    assert told("place_offered") == ["bo@coop.example"]
    assert told("place_offer_over") == ["bo@coop.example"]


def test_an_answer_is_kept_though_another_form_was_answered_while_it_waited(event):
    invitation = invited(event, "An")
    accept(invitation, "Trần Thị Hoà")
    # Another process declined after this one had read the invitation.
    db.session.execute(text("UPDATE invitations SET state = 'declined'"))

    accept(invitation, "Trần Thị Hoà")

    db.session.expire_all()
    assert invitation.state is InvitationState.ACCEPTED


def test_a_place_held_for_a_merged_entry_is_taken_by_a_delegate_of_the_kept_one(client, event):
    one, other, late = invited(event, "An"), invited(event, "Bo"), invited(event, "Cam")
    placing.hold_places(event, one, 1, date(2026, 6, 1), "vi")
    accept(late, "Một")
    duplicates.merge_organisations(other.organisation, one.organisation, "Nhập hai lần")
    signed_in(client, event.programme, Role.OFFICER)

    accept(other, "Trần Thị Hoà")
    page = client.get(f"/events/{event.id}/places/")

    assert page.status_code == 200
    assert holds.held_places(event) == {other.organisation_id: 0}
    assert [d.registration.state for d in queries.list_delegates(other)] == [
        RegistrationState.CONFIRMED
    ]


def test_no_second_place_is_held_for_the_entry_that_was_kept(event):
    one, other = invited(event, "An"), invited(event, "Bo")
    placing.hold_places(event, one, 1, date(2026, 6, 1), "vi")
    duplicates.merge_organisations(other.organisation, one.organisation, "Nhập hai lần")

    with pytest.raises(InputError):
        placing.hold_places(event, other, 1, date(2026, 6, 1), "vi")


@pytest.mark.case(20)
def test_two_delegates_found_to_be_one_sit_on_one_chair(event):
    one, other, late = invited(event, "An"), invited(event, "Bo"), invited(event, "Cam")
    accept(one, "Trần Thị Hoà")
    accept(other, "Trần Thị Hoà")
    (kept,) = queries.list_delegates(other)
    merge_delegate(one, into=kept.person)

    accept(late, "Một")

    assert queries.count_taken(event) == 2
    assert queries.count_by_state(event) == {
        RegistrationState.CONFIRMED: 2,
        RegistrationState.OFFERED: 0,
        RegistrationState.WAITING: 0,
        RegistrationState.CANCELLED: 0,
    }


@pytest.mark.case(20)
def test_whoever_has_a_place_by_another_entry_waits_for_none(event):
    one, other, late = invited(event, "An"), invited(event, "Bo"), invited(event, "Cam")
    accept(one, "Trần Thị Hoà", "Một")
    accept(other, "Trần Thị Hoà")
    accept(late, "Hai")
    (waiting,) = queries.list_delegates(other)
    placed, _other = queries.list_delegates(one)
    duplicates.merge_people(placed.person, waiting.person, "Nhập hai lần")

    replying.withdraw_delegate(one, _other.registration.id, uuid4(), Channel.EMAIL, "vi")

    assert [d.registration.state for d in queries.list_delegates(late)] == [
        RegistrationState.CONFIRMED
    ]
    assert queries.count_by_state(event)[RegistrationState.WAITING] == 0


@pytest.mark.case(8)
def test_an_offer_passed_on_by_one_of_two_cooperatives_stays_with_the_other(programme, event):
    event.offer_hours = 8
    full, one = invited(event, "An"), invited(event, "Bo")
    accept(full, "Một", "Hai")
    accept(one, "Trần Thị Hoà")
    (delegate,) = queries.list_delegates(one)
    both = make_organisation(programme, name="HTX Cam", email="cam@coop.example")
    make_post(delegate.person, both, PostKind.DIRECTOR)
    other = make_invitation(event, both)
    accept(other, "Trần Thị Hoà")
    withdraw_first(full)
    offer = offers.find_open_offer(delegate.registration.id)

    replying.pass_place_on(one, offer, uuid4(), Channel.EMAIL, "vi")

    assert queries.list_delegates(one) == []
    assert one.state is InvitationState.DECLINED
    assert [d.registration.state for d in queries.list_delegates(other)] == [
        RegistrationState.OFFERED
    ]
    replying.pass_place_on(other, offer, uuid4(), Channel.EMAIL, "vi")
    assert delegate.registration.state is RegistrationState.CANCELLED

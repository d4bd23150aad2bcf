from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, Person, PostKind, Sex
from coopevents.errors import DomainError, InputError
from coopevents.invitations.models import InvitationAnswer, InvitationState
from coopevents.lifecycle import replying
from coopevents.mail.models import Message
from coopevents.registrations import queries
from coopevents.registrations.models import Registration, RegistrationState
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_person, make_post

pytestmark = pytest.mark.usefixtures("app")

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
CONFIRMED, WAITING, CANCELLED = (
    RegistrationState.CONFIRMED,
    RegistrationState.WAITING,
    RegistrationState.CANCELLED,
)


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


def delegate(name: str = "Nguyễn Thị Hoa", sex: Sex = Sex.FEMALE, email=None) -> NamedDelegate:
    return NamedDelegate(name, sex, PostKind.DIRECTOR, email)


def accept(invitation, *delegates, submission=None) -> None:
    replying.accept_invitation(invitation, delegates, submission or uuid4(), Channel.EMAIL, "vi")


def decline(invitation) -> None:
    replying.decline_invitation(invitation, "", uuid4(), Channel.EMAIL, "vi")


def invited(programme, event, *, seats: int = 2):
    number = uuid4().hex[:6]
    organisation = make_organisation(
        programme, name=f"HTX {number}", email=f"{number}@coop.example"
    )
    return make_invitation(event, organisation, seats=seats)


def states(invitation) -> list[tuple[str, RegistrationState]]:
    return [(d.person.full_name, d.registration.state) for d in queries.list_delegates(invitation)]


def messages(template: str) -> list[str]:
    return list(
        db.session.scalars(
            select(Message.address).where(Message.template == template).order_by(Message.id)
        )
    )


def test_accepting_gives_each_delegate_a_place_and_one_mail_to_the_cooperative(programme):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)

    accept(invitation, delegate("Nguyễn Thị Hoa"), delegate("Trần Văn Bình", Sex.MALE))

    assert invitation.state is InvitationState.ACCEPTED
    assert states(invitation) == [("Nguyễn Thị Hoa", CONFIRMED), ("Trần Văn Bình", CONFIRMED)]
    assert len(messages("registration_confirmed")) == 1


def test_a_delegate_with_an_address_of_her_own_is_told_too(programme):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)

    accept(invitation, delegate(email="hoa@coop.example"))

    assert messages("registration_confirmed")[1:] == ["hoa@coop.example"]


def test_the_same_form_sent_twice_is_one_answer(programme):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)
    submission = uuid4()

    accept(invitation, delegate(), submission=submission)
    accept(invitation, delegate(), submission=submission)

    assert db.session.scalar(select(func.count()).select_from(InvitationAnswer)) == 1
    assert len(messages("registration_confirmed")) == 1


def test_a_full_event_puts_the_next_on_the_waiting_list(programme):
    event = make_event(programme, sessions=SESSIONS, capacity=1)
    first, second = invited(programme, event), invited(programme, event)

    accept(first, delegate("Nguyễn Thị Hoa"))
    accept(second, delegate("Lê Thị Mai"))

    assert states(first) == [("Nguyễn Thị Hoa", CONFIRMED)]
    assert states(second) == [("Lê Thị Mai", WAITING)]


def test_a_place_given_back_goes_to_the_head_of_the_waiting_list_who_is_told(programme):
    event = make_event(programme, sessions=SESSIONS, capacity=1)
    first, second, third = (invited(programme, event) for _ in range(3))
    for invitation, name in ((first, "Hoa"), (second, "Mai"), (third, "Lan")):
        accept(invitation, delegate(name))

    decline(first)

    assert first.state is InvitationState.DECLINED
    assert (states(first), states(second), states(third)) == (
        [],
        [("Mai", CONFIRMED)],
        [("Lan", WAITING)],
    )
    assert len(messages("registration_promoted")) == 1


def test_who_cancels_and_registers_again_is_told_again(programme):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)

    accept(invitation, delegate())
    decline(invitation)
    accept(invitation, delegate())

    assert states(invitation) == [("Nguyễn Thị Hoa", CONFIRMED)]
    assert len(messages("registration_confirmed")) == 2


def test_changing_delegates_keeps_the_one_who_stays(programme):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)
    accept(invitation, delegate("Hoa"), delegate("Mai"))
    kept = queries.list_delegates(invitation)[0].registration.id

    accept(invitation, delegate("Hoa"), delegate("Lan"))

    assert states(invitation) == [("Hoa", CONFIRMED), ("Lan", CONFIRMED)]
    assert queries.list_delegates(invitation)[0].registration.id == kept
    gone = db.session.scalars(
        select(Registration.state).join(Person).where(Person.full_name == "Mai")
    ).one()
    assert gone is CANCELLED


def test_the_representative_of_the_register_is_recognised_by_name(programme):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)
    head = make_person(programme, full_name="Đinh Thị Hòa")
    make_post(head, invitation.organisation)

    accept(invitation, delegate("đinh thị hoà"))

    assert queries.list_delegates(invitation)[0].person.id == head.id


def test_one_delegate_of_two_cooperatives_takes_one_place_and_stands_for_both(programme):
    event = make_event(programme, sessions=SESSIONS, capacity=1)
    first, second = invited(programme, event), invited(programme, event)
    head = make_person(programme, full_name="Nguyễn Thị Hoa")
    for invitation in (first, second):
        make_post(head, invitation.organisation)

    accept(first, delegate("Nguyễn Thị Hoa"))
    accept(second, delegate("Nguyễn Thị Hoa"))
    both = (states(first), states(second))
    decline(first)

    assert both == ([("Nguyễn Thị Hoa", CONFIRMED)],) * 2
    assert queries.count_taken(event) == 1
    # She still comes for the second cooperative, whatever the first says.
    assert (states(first), states(second)) == ([], [("Nguyễn Thị Hoa", CONFIRMED)])
    registration = db.session.scalars(select(Registration)).one()
    assert queries.organisations_of([registration]) == {registration.id: {second.organisation_id}}


def test_namesakes_of_two_cooperatives_are_two_people(programme):
    event = make_event(programme, sessions=SESSIONS)
    first, second = invited(programme, event), invited(programme, event)

    accept(first, delegate("Nguyễn Thị Hương"))
    accept(second, delegate("Nguyễn Thị Hương"))

    assert queries.list_delegates(first)[0].person.id != queries.list_delegates(second)[0].person.id


@pytest.mark.parametrize(
    "delegates",
    [
        [],
        [delegate("Hoa"), delegate("Mai"), delegate("Lan")],
        [delegate("Hoa"), delegate("Hoa")],
        [delegate(" ")],
    ],
    ids=["nobody", "more than the seats", "the same twice", "no name"],
)
def test_wrong_delegates_are_refused(programme, delegates):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)

    with pytest.raises(InputError):
        accept(invitation, *delegates)


def test_nothing_changes_once_the_activity_has_begun(programme):
    event = make_event(programme, sessions=SESSIONS)
    invitation = invited(programme, event)

    with time_machine.travel("2026-06-10T00:30:00Z", tick=False):
        with pytest.raises(DomainError):
            accept(invitation, delegate())
        with pytest.raises(DomainError):
            decline(invitation)

from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.audiences import audience
from coopevents.audiences.audience import Exclusion
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.errors import DomainError
from coopevents.events.models import EventState
from coopevents.invitations.models import AccessLink, Invitation, InvitationRound
from coopevents.lifecycle import inviting
from coopevents.mail.models import Message, MessageState, Priority
from tests.event_factories import make_event
from tests.factories import make_contact_point, make_organisation

pytestmark = pytest.mark.usefixtures("app")

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
COOPERATIVES = Audience(kinds=("cooperative",))


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=False):
        yield


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def test_an_empty_audience_is_nobody(programme):
    make_organisation(programme, email="a@coop.example")
    event = make_event(programme, sessions=SESSIONS)

    shown = audience.preview(event, Audience(), seats=2)

    assert (shown.invitees, shown.left_out) == ([], [])


def test_preview_names_everybody_and_why_the_others_are_left_out(programme):
    reachable = make_organisation(programme, name="HTX An", email="an@coop.example")
    make_organisation(programme, name="HTX Bình", email=None)
    held = make_organisation(programme, name="HTX Cúc")
    make_contact_point(held, Channel.EMAIL, "cuc@coop.example").held_at = date(2026, 4, 1)
    quiet = make_organisation(programme, name="HTX Dung")
    make_contact_point(quiet, Channel.EMAIL, "d@coop.example").unsubscribed_at = date(2026, 4, 1)
    event = make_event(programme, sessions=SESSIONS)

    shown = audience.preview(event, COOPERATIVES, seats=2)

    assert [(i.organisation_id, i.address) for i in shown.invitees] == [
        (reachable.id, "an@coop.example")
    ]
    assert [(one.name, one.reason) for one in shown.left_out] == [
        ("HTX Bình", Exclusion.NO_EMAIL),
        ("HTX Cúc", Exclusion.EMAIL_HELD),
        ("HTX Dung", Exclusion.UNSUBSCRIBED),
    ]


def test_women_led_only_leaves_the_others_out(programme):
    hers = make_organisation(programme, email="a@coop.example", woman_head=True)
    make_organisation(programme, email="b@coop.example", woman_head=False)
    event = make_event(programme, sessions=SESSIONS)

    shown = audience.preview(event, Audience(women_led=True), seats=2)

    assert [one.organisation_id for one in shown.invitees] == [hers.id]


@pytest.mark.parametrize("number", [1, 3])
def test_preview_asks_the_same_number_of_questions(programme, number, count_queries):
    for place in range(number):
        make_organisation(programme, email=f"m{place}@coop.example")
    event = make_event(programme, sessions=SESSIONS)

    with count_queries() as asked:
        audience.preview(event, COOPERATIVES, seats=2)

    assert asked.number == 5


def test_inviting_writes_one_invitation_link_and_message_each(programme):
    for place in range(3):
        make_organisation(programme, email=f"m{place}@coop.example")
    event = make_event(programme, sessions=SESSIONS)
    shown = audience.preview(event, COOPERATIVES, seats=2)

    opened = inviting.invite(event, shown, "vi")

    messages = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [m.address for m in messages] == [one.address for one in shown.invitees]
    assert {m.batch_id for m in messages} == {opened.batch_id}
    assert {m.state for m in messages} == {MessageState.QUEUED}
    assert {m.priority for m in messages} == {Priority.ROUND}
    assert (count(Invitation), count(AccessLink)) == (3, 3)


def test_nobody_is_invited_twice_to_one_event(programme):
    make_organisation(programme, email="a@coop.example")
    event = make_event(programme, sessions=SESSIONS)
    inviting.invite(event, audience.preview(event, COOPERATIVES, seats=2), "vi")
    make_organisation(programme, email="b@coop.example")

    again = audience.preview(event, COOPERATIVES, seats=2)
    inviting.invite(event, again, "vi")

    assert [one.reason for one in again.left_out] == [Exclusion.ALREADY_INVITED]
    assert count(Invitation) == 2


def test_a_preview_goes_stale_when_the_list_changes(programme):
    make_organisation(programme, email="a@coop.example")
    event = make_event(programme, sessions=SESSIONS)
    token = audience.preview_token(event, audience.preview(event, COOPERATIVES, seats=2))
    fresh = audience.confirmed(event, token)

    make_organisation(programme, email="b@coop.example")

    assert len(fresh.invitees) == 1
    with pytest.raises(DomainError):
        audience.confirmed(event, token)


def test_a_preview_is_good_for_its_own_event_and_for_half_an_hour(programme):
    make_organisation(programme, email="a@coop.example")
    event, other = (make_event(programme, sessions=SESSIONS) for _ in range(2))
    token = audience.preview_token(event, audience.preview(event, COOPERATIVES, seats=2))

    with pytest.raises(DomainError):
        audience.confirmed(other, token)
    with time_machine.travel("2026-05-01T03:31:00Z"), pytest.raises(DomainError):
        audience.confirmed(event, token)
    with pytest.raises(DomainError):
        audience.confirmed(event, "no token of ours")


@pytest.mark.parametrize("state", [EventState.DRAFT, EventState.CANCELLED])
def test_only_a_published_event_is_invited_to(programme, state):
    make_organisation(programme, email="a@coop.example")
    event = make_event(programme, sessions=SESSIONS, state=state)

    with pytest.raises(DomainError):
        inviting.invite(event, audience.preview(event, COOPERATIVES, seats=2), "vi")

    assert count(InvitationRound) == 0

"""Inviting persons: officials, speakers and guests, each to come herself."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.audience import Exclusion
from coopevents.audiences.choice import Audience
from coopevents.channels.queries import list_standing
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.delegates.service import register_delegates
from coopevents.directory.models import Channel, ContactPoint, PostKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.events.models import EventTrainer, PartInEvent
from coopevents.guests import choosing, service
from coopevents.guests.choosing import Picked
from coopevents.invitations import queries
from coopevents.invitations.models import (
    AccessLink,
    Invitation,
    InvitationState,
    InvitedAs,
)
from coopevents.lifecycle import inviting
from coopevents.mail.models import Message, MessageState
from coopevents.mail.rendering import render
from coopevents.people import reaching
from tests.browsing import hidden, post, signed_in
from tests.event_factories import make_event, make_invitation
from tests.factories import (
    make_contact_point,
    make_organisation,
    make_other_programme,
    make_person,
    make_post,
)
from tests.guests.making import invite_person

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=SESSIONS)


def text_of(message):
    return render(message, clock.now()).body


def previewed(event, *people, as_=InvitedAs.OFFICIAL):
    return choosing.preview(event, [Picked(one.id, as_) for one in people])


def test_inviting_writes_invitation_round_link_and_mail(event, official):
    opened = service.invite(event, previewed(event, official), {}, "vi")

    invitation = db.session.scalars(select(Invitation)).one()
    message = db.session.scalars(select(Message)).one()
    assert (invitation.person_id, invitation.organisation_id) == (official.id, None)
    assert (invitation.invited_as, invitation.seats) == (InvitedAs.OFFICIAL, 1)
    assert opened.audience == {"persons": [[official.id, "official"]]}
    assert db.session.scalars(select(AccessLink.invitation_id)).all() == [invitation.id]
    assert (message.address, message.recipient_name) == ("yen@coop.example", "Lê Thị Hải Yến")
    assert (message.state, message.about_id) == (MessageState.QUEUED, invitation.id)
    assert message.batch_id == opened.batch_id


def test_the_mail_speaks_to_her_and_names_her_post(event, official):
    service.invite(event, previewed(event, official), {}, "vi")

    text = text_of(db.session.scalars(select(Message)).one())

    (greeting,) = [line for line in text.splitlines() if "Hải Yến" in line]
    assert "Lê Thị Hải Yến, Phó Chủ tịch, Liên minh HTX tỉnh" in greeting
    assert "đơn vị" not in text
    assert "\n\n\n" not in text


def test_who_speaks_for_a_unit_only_the_agenda_knows_is_greeted_with_it(programme, event):
    speaker = make_person(programme, full_name="Trần Văn An", sex=Sex.MALE, email="an@x.example")
    db.session.add(
        EventTrainer(
            event_id=event.id,
            person_id=speaker.id,
            full_name="Trần Văn An",
            name_fold="tran van an",
            part=PartInEvent.SPEAKER,
            unit="Sở Nông nghiệp",
        )
    )
    service.invite(event, previewed(event, speaker, as_=InvitedAs.SPEAKER), {}, "en")

    message = db.session.scalars(select(Message)).one()

    assert message.context["personal"] == {
        "organisation": "Mr Trần Văn An, Sở Nông nghiệp",
        "herself": "yes",
    }


def test_each_way_not_to_be_mailed_is_told_with_its_reason(programme, event, official):
    silent = make_person(programme, full_name="Không Thư")
    unwilling = make_person(programme, full_name="Không Muốn", email="no@coop.example")
    broken = make_person(programme, full_name="Thư Hỏng", email="bad@coop.example")
    db.session.scalar(_point_of(unwilling)).unsubscribed_at = event.published_at
    reaching.hold(db.session.scalar(_point_of(broken)), "550")
    make_contact_point(silent, Channel.PHONE, "+84912000222")
    invite_person(event, official)

    shown = previewed(event, official, silent, unwilling, broken)

    assert [(g.person, g.reason) for g in shown.guests] == [
        (official, Exclusion.ALREADY_INVITED),
        (silent, Exclusion.NO_EMAIL),
        (unwilling, Exclusion.UNSUBSCRIBED),
        (broken, Exclusion.EMAIL_HELD),
    ]
    assert shown.by_mail == []
    assert [g.person for g in shown.left_out] == [official]
    assert [g.channels for g in shown.by_hand] == [
        (Channel.PHONE, Channel.PAPER),
        (Channel.PAPER,),
        (Channel.PAPER,),
    ]


def _point_of(person):
    return select(ContactPoint).where(ContactPoint.person_id == person.id)


def test_nobody_is_invited_twice_by_another_entry(programme, event, official):
    twin = make_person(programme, full_name="Le Thi Hai Yen", email="yen2@coop.example")
    invite_person(event, twin)
    duplicates.merge_people(official, twin, "Nhập hai lần")

    shown = previewed(event, twin, official)

    assert [(g.person, g.reason) for g in shown.guests] == [(official, Exclusion.ALREADY_INVITED)]


def test_who_comes_as_a_delegate_already_is_warned_of_and_can_still_be_invited(
    programme, event, official
):
    htx = make_organisation(programme, name="HTX Rau An")
    make_post(official, htx)
    delegate = NamedDelegate("Lê Thị Hải Yến", Sex.FEMALE, PostKind.DIRECTOR)
    register_delegates(make_invitation(event, htx), [delegate], uuid4())

    (guest,) = previewed(event, official).by_mail

    assert guest.delegate_of == ("HTX Rau An",)
    assert guest.reason is None


def test_a_person_of_another_register_is_refused(programme, event):
    stranger = make_person(make_other_programme(programme, own_register=True))

    with pytest.raises(NotFoundError):
        previewed(event, stranger)


def test_more_than_a_hundred_at_once_are_refused(event):
    with pytest.raises(InputError):
        choosing.preview(event, [Picked(n, InvitedAs.GUEST) for n in range(1, 102)])


def test_a_list_that_changed_since_it_was_seen_is_stale(programme, event, official):
    token = choosing.preview_token(event, previewed(event, official))
    reaching.hold(db.session.scalar(_point_of(official)), "550")

    with pytest.raises(DomainError):
        choosing.confirmed(event, token)


def test_a_list_of_another_activity_is_stale(programme, event, official):
    token = choosing.preview_token(make_event(programme), previewed(event, official))

    with pytest.raises(DomainError):
        choosing.confirmed(event, token)


def test_a_list_confirmed_twice_invites_once(event, official):
    token = choosing.preview_token(event, previewed(event, official))
    service.invite(event, choosing.confirmed(event, token), {}, "vi")

    with pytest.raises(DomainError):
        choosing.confirmed(event, token)

    assert db.session.scalar(select(func.count(Invitation.id))) == 1


def test_a_list_of_nobody_is_refused(event):
    with pytest.raises(DomainError):
        service.invite(event, choosing.preview(event, []), {}, "vi")


def test_previewing_asks_the_same_of_one_and_of_three(programme, event, count_queries):
    people = [make_person(programme, email=f"p{n}@coop.example") for n in range(3)]
    previewed(event, people[0])

    with count_queries() as one:
        previewed(event, people[0])
    with count_queries() as three:
        previewed(event, *people)

    assert one.number == three.number


def test_who_has_no_mail_is_invited_by_the_channel_chosen(programme, event):
    silent = make_person(programme, full_name="Không Thư")

    opened = service.invite(event, previewed(event, silent), {silent.id: Channel.PAPER}, "vi")

    (standing,) = list_standing(event)
    assert opened is None
    assert (standing.name, standing.channel) == ("Không Thư", Channel.PAPER)
    assert db.session.scalars(select(Message)).all() == []


def test_who_was_not_chosen_by_hand_is_not_invited(programme, event, official):
    silent = make_person(programme, full_name="Không Thư")

    service.invite(event, previewed(event, silent, official), {}, "vi")

    assert [one.name for one in queries.list_invited(event)] == ["Lê Thị Hải Yến"]


def test_persons_stand_after_organisations_whatever_their_names(programme, event, official):
    make_invitation(event, make_organisation(programme, name="HTX Rau An"))
    invite_person(event, official)

    invited = queries.list_invited(event)

    assert [one.name for one in invited] == ["HTX Rau An", "Lê Thị Hải Yến"]


def test_an_activity_repeated_proposes_the_organisations_and_no_persons(programme, event, official):
    service.invite(event, previewed(event, official), {}, "vi")
    make_organisation(programme, name="HTX Rau An", email="an@coop.example")
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    inviting.invite(event, shown, "vi")

    assert queries.first_audience(event)["kinds"] == ["cooperative"]


# The officer's pages.


def test_the_officer_finds_previews_and_invites(officer, event, official):
    base = f"/events/{event.id}/guests"

    found = officer.get(f"{base}/new?q=hai yen").text
    shown = officer.get(f"{base}/preview?as-{official.id}=official").text
    before = db.session.scalars(select(Invitation)).all()
    confirmed = post(officer, shown, f"{base}/", preview_token=hidden(shown, "preview_token"))

    assert f'name="as-{official.id}"' in found
    assert "yen@coop.example" in shown
    assert before == []
    assert confirmed.status_code == 303
    assert db.session.scalars(select(Invitation.person_id)).all() == [official.id]


def test_officials_are_found_without_a_name_and_others_are_not(officer, programme, event, official):
    member = make_person(programme, full_name="Phạm Thị Xã Viên")
    make_post(member, make_organisation(programme), PostKind.MEMBER)

    page = officer.get(f"/events/{event.id}/guests/new?officials=yes").text

    assert [f'name="as-{one.id}"' in page for one in (official, member)] == [True, False]


def test_the_speakers_of_the_activity_are_offered_and_nobody_is_chosen(
    officer, programme, event, official
):
    for person, name in ((official, "Lê Thị Hải Yến"), (None, "Ông Không Có Tên")):
        db.session.add(
            EventTrainer(
                event_id=event.id,
                person_id=person.id if person else None,
                full_name=name,
                name_fold=name.lower(),
                part=PartInEvent.SPEAKER,
            )
        )

    page = officer.get(f"/events/{event.id}/guests/new").text

    assert f'name="as-{official.id}"' in page
    assert "Ông Không Có Tên" in page
    assert " selected" not in page.split("<main", 1)[1]


def test_who_was_chosen_stays_chosen_while_others_are_looked_for(officer, event, official):
    page = officer.get(f"/events/{event.id}/guests/new?q=nobody&as-{official.id}=guest").text

    assert " ".join(page.split()).count('<option value="guest" selected>') == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("as-x=official", 422),
        ("as-1=king", 422),
        (f"as-{10**30}=guest", 422),
        ("as-999999999=guest", 404),
        ("", 200),
    ],
)
def test_what_was_not_offered_is_refused(officer, event, query, status):
    base = f"/events/{event.id}/guests"

    answers = [officer.get(f"{base}/{page}?{query}").status_code for page in ("new", "preview")]

    assert answers == [status, status]


def test_confirming_without_a_preview_is_refused(officer, event, official):
    base = f"/events/{event.id}/guests"
    page = officer.get(f"{base}/preview?as-{official.id}=official").text

    answer = post(officer, page, f"{base}/", preview_token="")

    assert answer.status_code == 409
    assert db.session.scalars(select(Invitation)).all() == []


def test_a_channel_that_does_not_lead_to_her_is_refused(officer, programme, event):
    silent = make_person(programme)
    base = f"/events/{event.id}/guests"
    page = officer.get(f"{base}/preview?as-{silent.id}=guest").text

    answer = post(
        officer,
        page,
        f"{base}/",
        preview_token=hidden(page, "preview_token"),
        **{f"channel-{silent.id}": "zalo"},
    )

    assert answer.status_code == 409
    assert db.session.scalars(select(Invitation)).all() == []


def test_a_round_to_persons_can_be_stopped_before_it_leaves(officer, event, official):
    opened = service.invite(event, previewed(event, official), {}, "vi")
    page = f"/events/{event.id}/invitations/rounds/{opened.id}"

    post(officer, officer.get(page).text, f"{page}/stop")

    message = db.session.scalars(select(Message)).one()
    assert (message.state, message.last_error) == (MessageState.CANCELLED, "stopped")


def test_the_list_of_invitations_shows_her_with_her_role_and_answer(officer, event, official):
    invite_person(event, official).state = InvitationState.ACCEPTED
    db.session.flush()

    with officer.session_transaction() as session:
        session["locale"] = "en"

    page = officer.get(f"/events/{event.id}/invitations/").text

    row = page.split("<bdi>Lê Thị Hải Yến</bdi>")[1].split("</tr>")[0]
    assert ["Official" in row, "Accepted" in row] == [True, True]


def test_places_are_not_held_for_persons(officer, programme, official):
    event = make_event(programme, sessions=SESSIONS, capacity=5)
    invitation = invite_person(event, official)

    page = officer.get(f"/events/{event.id}/places/hold").text

    assert f'value="{invitation.id}"' not in page

"""Whom no e-mail reaches is invited all the same: by the best way, once, and never at random."""

import pytest
from sqlalchemy import select

from coopevents.audiences import audience
from coopevents.channels import choosing
from coopevents.channels.models import ChannelAssignment
from coopevents.channels.queries import list_standing
from coopevents.channels.responses import By, group
from coopevents.db import db
from coopevents.directory.models import Channel, ContactPoint
from coopevents.errors import DomainError
from coopevents.invitations.models import Invitation, InvitationRound
from coopevents.lifecycle import inviting
from coopevents.mail.models import Message
from coopevents.people import reaching
from tests.browsing import hidden, post
from tests.channels.making import EVERYBODY, SESSIONS, invite_all
from tests.event_factories import make_event
from tests.factories import make_contact_point, make_organisation


@pytest.fixture
def planned(programme, four):
    return make_event(programme, sessions=SESSIONS)


def _offers(event):
    return choosing.offer(audience.preview(event, EVERYBODY, seats=2))


def test_each_is_offered_the_way_that_is_tried_first_and_a_letter_always(planned):
    offers = {one.name: list(one.channels) for one in _offers(planned)}

    assert offers == {
        "HTX Chè": [Channel.ZALO, Channel.PAPER],
        "HTX Mía": [Channel.PHONE, Channel.PAPER],
        "HTX Rau": [Channel.PAPER],
    }


def test_the_order_of_the_register_decides_which_way_is_best(programme, planned, four):
    _mail, zalo, _phone, _letter = four
    make_contact_point(zalo, Channel.PHONE, "+84912000333", rank=0)

    (tea,) = [one for one in _offers(planned) if one.name == "HTX Chè"]

    assert tea.best is Channel.PHONE


def test_who_wants_no_mail_may_be_invited_another_way(planned, four):
    by_mail, *_others = four
    (point,) = db.session.scalars(
        select(ContactPoint).where(ContactPoint.organisation_id == by_mail.id)
    )
    reaching.hold(point, "Thư bị trả lại")

    offered = {one.name: list(one.channels) for one in _offers(planned)}

    assert offered["HTX Bưởi"] == [Channel.PAPER]


def test_the_proposal_counts_each_channel(planned):
    counted = choosing.count_best(_offers(planned))

    assert counted == {Channel.ZALO: 1, Channel.PHONE: 1, Channel.PAPER: 1}


@pytest.mark.case(17)
def test_whoever_has_no_email_is_invited_by_hand_and_forced_to_none(programme, four):
    event = invite_all(programme)

    standings = {one.name: one.channel for one in list_standing(event)}
    mails = db.session.scalars(select(Message.recipient_name)).all()
    points = db.session.scalars(
        select(ContactPoint.value).where(ContactPoint.channel == Channel.EMAIL)
    ).all()
    assert standings == {
        "HTX Bưởi": Channel.EMAIL,
        "HTX Chè": Channel.ZALO,
        "HTX Mía": Channel.PHONE,
        "HTX Rau": Channel.PAPER,
    }
    assert mails == ["HTX Bưởi"]
    assert points == ["buoi@coop.example"]


def test_each_channel_is_a_round_of_its_own(event):
    rounds = db.session.scalars(select(InvitationRound)).all()

    assert {one.channel: one.batch_id is None for one in rounds} == {
        Channel.EMAIL: False,
        Channel.ZALO: True,
        Channel.PHONE: True,
        Channel.PAPER: True,
    }


def test_nobody_is_invited_twice_over_two_channels(programme, event):
    again = audience.preview(event, EVERYBODY, seats=2)

    assert (again.invitees, choosing.offer(again)) == ([], [])


def test_an_audience_without_any_email_needs_no_round_of_mails(programme):
    make_organisation(programme, name="HTX Rau", email=None)

    event = invite_all(programme)

    assert [one.channel for one in list_standing(event)] == [Channel.PAPER]
    assert db.session.scalars(select(Message)).all() == []


def test_an_audience_nobody_of_which_is_chosen_is_refused(programme):
    make_organisation(programme, name="HTX Rau", email=None)
    event = make_event(programme, sessions=SESSIONS)
    shown = audience.preview(event, EVERYBODY, seats=2)

    with pytest.raises(DomainError):
        inviting.invite_over_channels(event, shown, [], "vi")

    assert db.session.scalars(select(Invitation)).all() == []


@pytest.mark.parametrize("channel", ["email", "pigeon", "phone"])
def test_a_channel_that_does_not_lead_there_is_refused(planned, four, channel):
    *_others, by_letter = four
    shown = audience.preview(planned, EVERYBODY, seats=2)

    with pytest.raises(DomainError):
        choosing.chosen(shown, {f"channel-{by_letter.id}": channel})


@pytest.mark.parametrize("known", [True, False])
def test_somebody_the_preview_did_not_show_is_refused(planned, four, known):
    by_mail, *_others = four
    shown = audience.preview(planned, EVERYBODY, seats=2)

    with pytest.raises(DomainError):
        choosing.chosen(shown, {f"channel-{by_mail.id if known else 999_999}": "paper"})


def _preview(officer, event):
    base = f"/events/{event.id}/invitations"
    page = officer.get(f"{base}/new").text
    return post(officer, page, f"{base}/preview", kinds=["cooperative"], seats="2").text


def test_the_preview_offers_the_ways_and_the_button_invites_as_chosen(officer, planned, four):
    _by_mail, by_zalo, by_phone, by_letter = four
    page = _preview(officer, planned)

    answer = post(
        officer,
        page,
        f"/events/{planned.id}/invitations/",
        preview_token=hidden(page, "preview_token"),
        **{
            f"channel-{by_zalo.id}": "paper",
            f"channel-{by_phone.id}": "phone",
            f"channel-{by_letter.id}": "",
        },
    )

    assert answer.status_code == 303
    assert {one.name: one.channel for one in list_standing(planned)} == {
        "HTX Bưởi": Channel.EMAIL,
        "HTX Chè": Channel.PAPER,
        "HTX Mía": Channel.PHONE,
    }


def test_a_wrong_channel_writes_nothing(officer, planned, four):
    *_others, by_letter = four
    page = _preview(officer, planned)

    answer = post(
        officer,
        page,
        f"/events/{planned.id}/invitations/",
        preview_token=hidden(page, "preview_token"),
        **{f"channel-{by_letter.id}": "phone"},
    )

    assert answer.status_code == 409
    assert db.session.scalars(select(Invitation)).all() == []


def test_the_same_form_sent_twice_invites_once(officer, planned, four):
    *_others, by_letter = four
    page = _preview(officer, planned)
    fields = {
        "preview_token": hidden(page, "preview_token"),
        f"channel-{by_letter.id}": "paper",
    }
    base = f"/events/{planned.id}/invitations/"

    first = post(officer, page, base, **fields)
    second = post(officer, page, base, **fields)

    assert (first.status_code, second.status_code) == (303, 409)
    assert len(db.session.scalars(select(ChannelAssignment)).all()) == 1


def test_answers_by_channel_add_up_to_all_who_were_invited(event):
    standings = list_standing(event)

    for by in By:
        groups = group(standings, by)
        named = sorted(one.name for each in groups for one in each.invited)
        assert named == [one.name for one in standings]


def test_where_everybody_stands_takes_as_many_queries_for_three_as_for_one(
    programme, count_queries
):
    make_organisation(programme, name="HTX 1", email=None)
    one = invite_all(programme)
    for number in (2, 3):
        make_organisation(programme, name=f"HTX {number}", email=None)
    three = invite_all(programme)
    db.session.expire_all()

    with count_queries() as for_one:
        list_standing(one)
    db.session.expire_all()
    with count_queries() as for_three:
        list_standing(three)

    assert for_one.number == for_three.number

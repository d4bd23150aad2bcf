"""Texts for Zalo, one tap to note them, and all that an organisation was told."""

import html
import re
from datetime import date, time
from uuid import uuid4

import pytest
from sqlalchemy import select

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.changes import by_hand
from coopevents.changes import service as changes
from coopevents.changes.foreseeing import foresee
from coopevents.channels import log, service, zalo
from coopevents.channels.queries import list_standing
from coopevents.channels.responses import By, group, pick
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.errors import NotFoundError
from coopevents.events.effects import Cancellation, NewTime, Postponement
from coopevents.invitations import service as invitations
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Answer, Delivery, Reached, RoundKind
from coopevents.lifecycle import changing
from coopevents.mail import returning
from coopevents.mail.models import Message, MessageState, ReturnKind
from coopevents.mail.returned import Returned
from tests.browsing import post, signed_in
from tests.channels.making import invite_all, standing_of
from tests.event_factories import sessions_of
from tests.factories import make_other_programme


def _texts(event, language="en"):
    return {
        one.standing.name: one
        for one in zalo.list_texts(event, by_hand.ids_untold(event), language)
    }


def _note(event, name, channel=Channel.ZALO, outcome=Reached.REACHED):
    told = Told(channel, clock.now(), outcome)
    by_hand.note(event, [standing_of(event, name)], told, uuid4())


def _change(event, change):
    shown = changes.confirmed(event, change, foresee(event, change).fingerprint)
    changing.change_event(event, change, shown, uuid4(), "vi")
    return shown


def _postponement(event):
    (session,) = [s for s in sessions_of(event) if s.state == "planned"]
    return Postponement("Bão", (NewTime(session.id, date(2026, 7, 8), time(7, 30), time(11)),))


def test_the_text_says_who_invites_what_when_where_and_has_a_link_of_its_own(event):
    event.answer_by = date(2026, 6, 3)

    lines = _texts(event)["HTX Chè"].text.splitlines()

    hosts = "Phú Thọ Women's Union – Phú Thọ Cooperative Alliance"
    assert lines[:6] == [
        "Dear HTX Chè,",
        f"{hosts} respectfully invite you to “Tập huấn quản trị hợp tác xã”.",
        "When: 10 Jun 2026, 07:30–11:00",
        "Where: Hội trường Liên minh Hợp tác xã",
        "Seats for you: 2",
        "Please answer by 3 Jun 2026.",
    ]
    assert re.fullmatch(r"Your own link to answer: http://localhost/r/[\w-]{22}", lines[6])
    assert lines[7] == "Contact: Lê Thị Mẫu, 0210 000 0000"


def test_the_link_of_the_text_opens_the_invitation(client, event):
    link = re.search(r"/r/[\w-]+", _texts(event)["HTX Chè"].text)[0]

    assert "HTX Chè" in client.get(link).text


def test_only_who_is_told_over_zalo_has_a_text(event):
    assert list(_texts(event)) == ["HTX Chè"]


def test_one_tap_notes_it_sent_and_another_takes_it_back(officer, event):
    path = f"/events/{event.id}/channels/zalo"
    one = standing_of(event, "HTX Chè")
    sent = {
        "submission": str(uuid4()),
        "invitation_ids": one.invitation.id,
        "channel": "zalo",
        "back": "zalo",
    }

    tapped = post(officer, officer.get(path).text, f"/events/{event.id}/channels/told", **sent)
    (row,) = db.session.scalars(select(Delivery)).all()
    is_sent = _texts(event)["HTX Chè"].is_sent
    back = f"/events/{event.id}/channels/notes/{row.id}/take-back"
    undo = {"submission": str(uuid4()), "back": "zalo"}
    for _time in range(2):
        post(officer, officer.get(path).text, back, **undo)

    rows = db.session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert tapped.location == path
    assert (row.channel, row.outcome, row.by_id is not None) == (Channel.ZALO, "reached", True)
    assert (is_sent, _texts(event)["HTX Chè"].is_sent) == (True, False)
    assert [one.outcome for one in rows] == ["reached", "not_reached"]


def test_the_page_is_read_and_copied_without_a_script(officer, event):
    page = officer.get(f"/events/{event.id}/channels/zalo?language=en").text

    text = re.search(r"<textarea[^>]*readonly[^>]*>(.*?)</textarea>", page, re.S)[1]
    assert html.unescape(text).strip() == _texts(event)["HTX Chè"].text
    assert re.search(r"<button[^>]*\bhidden\b[^>]*data-copy", page, re.S)


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("vi", "ltr"), ("xx", "ltr")])
def test_the_texts_speak_the_language_that_is_asked_for(officer, event, language, direction):
    page = officer.get(f"/events/{event.id}/channels/zalo?language={language}").text

    shown = "vi" if language == "xx" else language
    area = re.search(r"<textarea[^>]*>", page, re.S)[0]
    assert f'lang="{shown}"' in area
    assert f'dir="{direction}"' in area


@pytest.mark.case(14)
def test_whoever_was_told_over_zalo_is_told_the_new_day_over_zalo(event):
    _note(event, "HTX Chè")

    shown = _change(event, _postponement(event))
    text = _texts(event)["HTX Chè"]
    _note(event, "HTX Chè")

    assert [(one.name, one.channels) for one in shown.by_hand] == [("HTX Chè", (Channel.ZALO,))]
    assert (text.is_changed, text.is_sent) == (True, False)
    assert "Please note that this has changed" in text.text
    assert "8 Jul 2026" in text.text
    after = _texts(event)["HTX Chè"]
    assert (after.is_changed, after.is_sent, by_hand.ids_untold(event)) == (False, True, set())


def test_what_was_taken_back_was_not_told_and_needs_no_notice(event):
    _note(event, "HTX Chè")
    _note(event, "HTX Chè", outcome=Reached.NOT_REACHED)

    shown = foresee(event, _postponement(event))

    assert [(one.name, one.channels) for one in shown.by_hand if one.channels] == []


def test_whoever_was_never_told_hears_what_holds_now_and_is_in_no_list_of_the_change(event):
    shown = _change(event, _postponement(event))

    text = _texts(event)["HTX Chè"]
    assert [one.name for one in shown.by_hand] == []
    assert (text.is_changed, "8 Jul 2026" in text.text) == (False, True)


def test_a_cancelled_activity_invites_nobody_any_more(event):
    _note(event, "HTX Chè")
    _change(event, Cancellation("Bão"))

    text = _texts(event)["HTX Chè"].text

    assert "is cancelled. Please do not come." in text
    assert "/r/" not in text


@pytest.mark.case(17)
def test_the_log_tells_all_channels_with_hour_and_officer(officer, event, four):
    _mail, by_zalo, _phone, _letter = four
    one = standing_of(event, "HTX Chè")
    page = officer.get(f"/events/{event.id}/channels/zalo").text
    for channel, note in (("zalo", ""), ("phone", "đã gọi 9:15, đồng ý")):
        post(
            officer,
            page,
            f"/events/{event.id}/channels/told",
            submission=str(uuid4()),
            invitation_ids=one.invitation.id,
            channel=channel,
            note=note,
        )

    told = log.told_to(by_zalo, event.programme_id)

    assert [(e.channel, e.outcome, e.note, e.by) for e in told] == [
        (Channel.PHONE, "reached", "đã gọi 9:15, đồng ý", "Người dùng"),
        (Channel.ZALO, "reached", "", "Người dùng"),
    ]
    assert {e.kind for e in told} == {RoundKind.INVITATION}
    shown = officer.get(f"/organisations/{by_zalo.id}").text
    assert "đã gọi 9:15, đồng ý" in shown


def test_a_mail_stands_in_the_log_with_its_address_and_state(event, four):
    by_mail, *_others = four

    (entry,) = log.told_to(by_mail, event.programme_id)

    assert (entry.channel, entry.outcome, entry.address) == (
        Channel.EMAIL,
        "queued",
        "buoi@coop.example",
    )


def test_a_mail_that_is_delayed_says_so_in_the_log(event, four):
    by_mail, *_others = four
    message = db.session.scalars(
        select(Message).where(Message.address == "buoi@coop.example")
    ).one()
    message.state, message.tries, message.sent_at = MessageState.SENT, 1, clock.now()
    returned = Returned(ReturnKind.DELAYED, status="4.4.1", words="no answer")
    returning.note(b"a report", returned, message)

    (entry,) = log.told_to(by_mail, event.programme_id)

    assert (entry.channel, entry.outcome) == (Channel.EMAIL, "delayed")


def test_the_log_tells_nothing_of_another_programme(event, four):
    by_mail, *_others = four

    assert log.told_to(by_mail, event.programme_id + 1) == []


def test_the_log_takes_as_many_queries_for_three_as_for_one(programme, event, four, count_queries):
    by_mail, *_others = four
    with count_queries() as for_one:
        log.told_to(by_mail, programme.id)
    invite_all(programme)
    invite_all(programme)

    with count_queries() as for_three:
        assert len(log.told_to(by_mail, programme.id)) == 3

    assert for_one.number == for_three.number


def test_answers_are_shown_over_all_who_were_invited_and_never_without_them(event):
    one = standing_of(event, "HTX Chè")
    _note(event, "HTX Chè")
    invitations.answer(
        one.invitation, Answer.DECLINED, submission_id=uuid4(), channel=Channel.ZALO, reason="Bận"
    )

    groups = {each.key: each for each in group(list_standing(event), By.CHANNEL)}

    counted = {
        key: (len(g.invited), len(g.told), len(g.answered), len(g.accepted), g.rate)
        for key, g in groups.items()
    }
    assert counted == {
        "email": (1, 0, 0, 0, None),
        "paper": (1, 0, 0, 0, None),
        "phone": (1, 0, 0, 0, None),
        "zalo": (1, 1, 1, 0, 100.0),
    }


def test_a_list_of_answers_nobody_is_in_is_not_found(event):
    with pytest.raises(NotFoundError):
        pick(list_standing(event), By.COMMUNE, "xã không có")


def test_every_number_of_answers_opens_its_list(officer, event):
    page = officer.get(f"/events/{event.id}/invitations/").text
    links = re.findall(r'href="([^"]*/channels/answers[^"]*)"', page)

    answers = [officer.get(html.unescape(link)).status_code for link in links]

    assert len(links) == 4 + len({one.commune for one in list_standing(event)})
    assert set(answers) == {200}


@pytest.mark.parametrize("query", ["", "/pigeon?key=x", "/channel?key=pigeon"])
def test_a_list_of_answers_there_is_not_is_not_found(officer, event, query):
    assert officer.get(f"/events/{event.id}/channels/answers{query}").status_code == 404


PAGES = ("channels/zalo", "channels/calls", "letters/", "letters/new")


@pytest.mark.parametrize("page", PAGES)
def test_another_programme_sees_nothing_of_it(client, programme, event, page):
    stranger = signed_in(client, make_other_programme(programme), Role.OFFICER)

    assert stranger.get(f"/events/{event.id}/{page}").status_code == 404


def test_a_viewer_reads_and_notes_nothing(client, programme, event):
    viewer = signed_in(client, programme, Role.VIEWER)
    one = standing_of(event, "HTX Chè")
    page = viewer.get(f"/events/{event.id}/channels/calls")

    noted = post(
        viewer,
        page.text,
        f"/events/{event.id}/channels/told",
        submission=str(uuid4()),
        invitation_ids=one.invitation.id,
        channel="zalo",
    )

    assert (page.status_code, noted.status_code) == (200, 403)
    assert viewer.get(f"/events/{event.id}/channels/zalo").status_code == 403


def test_a_note_of_another_activity_is_not_found(officer, programme, event):
    _note(event, "HTX Chè")
    (row,) = db.session.scalars(select(Delivery)).all()
    other = invite_all(programme)
    page = officer.get(f"/events/{other.id}/channels/zalo").text

    path = f"/events/{other.id}/channels/notes/{row.id}/take-back"
    answer = post(officer, page, path, submission=str(uuid4()))

    assert answer.status_code == 404


def test_whose_note_was_taken_back_and_who_was_called_instead_has_a_page(officer, event):
    _note(event, "HTX Chè")
    _note(event, "HTX Chè", outcome=Reached.NOT_REACHED)
    service.assign(event, [standing_of(event, "HTX Chè").invitation.id], Channel.PHONE)
    _note(event, "HTX Chè", Channel.PHONE)

    page = officer.get(f"/events/{event.id}/channels/zalo")

    assert (page.status_code, _texts(event)) == (200, {})


def test_who_took_no_call_yet_needs_no_notice_of_a_change(event):
    _note(event, "HTX Mía", Channel.PHONE, Reached.NO_ANSWER)

    shown = foresee(event, _postponement(event))

    assert shown.by_hand == ()


def test_a_channel_there_is_not_is_refused(officer, event):
    one = standing_of(event, "HTX Chè")
    page = officer.get(f"/events/{event.id}/channels/zalo").text

    answer = post(
        officer,
        page,
        f"/events/{event.id}/channels/told",
        submission=str(uuid4()),
        invitation_ids=one.invitation.id,
        channel="pigeon",
    )

    assert answer.status_code == 422
    assert db.session.scalars(select(Delivery)).all() == []

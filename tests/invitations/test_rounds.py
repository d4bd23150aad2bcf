"""The page of a round: how far it is, and what to do when it has stopped by itself."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.audience import Audience
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.invitations import changed as invitations_changed
from coopevents.invitations import progress, queries
from coopevents.invitations.queries import list_invited
from coopevents.lifecycle import inviting, receiving, replying
from coopevents.mail import returning
from coopevents.mail import service as mail
from coopevents.mail.models import BatchState, Message, MessageState, ReturnKind
from coopevents.mail.returned import Returned
from tests.browsing import post, signed_in
from tests.event_factories import make_event
from tests.factories import make_organisation
from workers.mail import deliver_messages

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def time():
    """A Monday morning at ten."""
    with time_machine.travel("2026-05-04T03:00:00Z", tick=True) as traveller:
        yield traveller


@pytest.fixture
def officer(client, programme):
    signed_in(client, programme, Role.OFFICER)
    client.get("/events/?lang=en")
    return client


@pytest.fixture
def event(programme):
    for number in range(20):
        make_organisation(programme, name=f"HTX {number:02}", email=f"m{number}@coop.example")
    return make_event(programme, title="Tập huấn", sessions=SESSIONS)


@pytest.fixture
def opened(event):
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    return inviting.invite(event, shown, "vi")


@pytest.fixture
def path(event, opened):
    return f"/events/{event.id}/invitations/rounds/{opened.id}"


def _cards(page: str) -> dict[str, str]:
    """Answer the figures of the page by their labels."""
    found = re.findall(
        r'figure-label">([^<]+)</span>\s*<strong class="figure-number">([^<]+)<', page
    )
    return dict(found)


def _decline(event, number: int) -> None:
    invitation = list_invited(event)[number].invitation
    replying.decline_invitation(invitation, "Bận", uuid4(), Channel.EMAIL, "vi")


def test_the_numbers_are_those_of_the_moment(officer, event, opened, path, smtp):
    waiting = officer.get(f"{path}?lang=en").text
    smtp.refuse = {"m3@coop.example": "550 no such user"}

    deliver_messages()
    _decline(event, 0)
    done = officer.get(f"{path}?lang=en").text

    assert _cards(waiting) == {
        "Waiting": "20",
        "Sent": "0",
        "Did not arrive": "0",
        "Uncertain": "0",
        "Answered": "0",
    }
    assert _cards(done) == {
        "Waiting": "0",
        "Sent": "19",
        "Did not arrive": "1",
        "Uncertain": "0",
        "Answered": "1",
    }
    assert 'value="0" max="20"' in waiting
    assert 'value="20" max="20"' in done
    assert ("m3@coop.example" in waiting, "m3@coop.example" in done) == (False, True)


def test_a_page_that_moves_asks_again_and_one_that_rests_does_not(officer, opened, path, smtp):
    moving = officer.get(path, headers=HTMX)

    deliver_messages()
    resting = officer.get(path, headers=HTMX)
    whole = officer.get(path)

    assert 'hx-trigger="every 2s"' in moving.text
    assert "HX-Retarget" not in moving.headers
    assert "<html" not in moving.text
    assert ("hx-get" in resting.text, "hx-get" in whole.text) == (False, False)
    assert (resting.headers["HX-Retarget"], resting.headers["HX-Reswap"]) == (
        "#round",
        "outerHTML",
    )
    assert resting.text.lstrip().startswith('<div id="round">')


def test_the_page_has_a_link_for_browsers_without_scripts(officer, opened, path):
    assert f'<a href="{path}">' in officer.get(path).text


def test_answers_count_once_and_only_since_the_round(event, opened, smtp):
    deliver_messages()
    for number in (0, 0, 1):
        _decline(event, number)
    invitations_changed.ask_again(
        event, [one.invitation.id for one in list_invited(event)], uuid4()
    )
    counted = queries.count_answered(opened)

    opened.confirmed_at = clock.now()
    db.session.flush()

    assert (counted, queries.count_answered(opened)) == (2, 0)


@pytest.mark.parametrize(
    ("hour", "hold", "pace", "leaves_at"),
    [
        (10, 0, progress.OFTEN, None),
        (10, 120, progress.OFTEN, "10:02"),
        (20, 0, progress.RARELY, "07:30"),
    ],
)
def test_the_page_says_when_the_first_message_leaves(
    time, event, opened, hour, hold, pace, leaves_at
):
    time.move_to(clock.at_local(date(2026, 5, 4), hour), tick=False)
    opened.batch.window = "07:30-17:00"
    opened.batch.hold_until = clock.now() + timedelta(seconds=hold)

    found = progress.of_round(opened, opened.batch)

    told = found.leaves_at and f"{clock.local(found.leaves_at):%H:%M}"
    assert (found.pace, told) == (pace, leaves_at)


def test_later_tries_alone_are_looked_at_seldom(opened):
    for message in db.session.scalars(select(Message)):
        message.state = MessageState.RETRY
    db.session.flush()
    opened.batch.window = "always"

    assert progress.of_round(opened, opened.batch).pace == progress.SELDOM


def test_a_paused_round_says_in_plain_words_what_to_do_and_goes_on(
    officer, event, opened, path, smtp
):
    smtp.answer = "451 come back"
    deliver_messages()
    paused = officer.get(f"{path}?lang=en", headers=HTMX)
    whole = officer.get(f"{path}?lang=en").text
    smtp.answer = None

    answer = post(officer, whole, f"{path}/resume")
    for message in db.session.scalars(select(Message)):
        message.next_try_at = clock.now()
    db.session.flush()
    deliver_messages()

    for page in (paused.text, whole):
        assert "This round has paused." in page
        assert "Nothing is lost: what has not left is waiting." in page
        assert "451 come back" in page
        assert "Let it go on" in page
        assert "hx-get" not in page
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert opened.batch.state is BatchState.RUNNING
    assert smtp.count_by_recipient() == {f"m{number}@coop.example": 1 for number in range(20)}
    acts = select(AuditEntry.act).where(AuditEntry.subject_kind == "batch").order_by(AuditEntry.id)
    assert db.session.scalars(acts).all() == ["batch.paused", "batch.resumed"]


def test_a_round_the_server_takes_nothing_of_pauses_and_loses_no_address(
    officer, event, opened, path, smtp
):
    smtp.answer = "554 5.7.1 relay access denied"
    deliver_messages()
    paused = officer.get(f"{path}?lang=en").text
    reasons = db.session.scalars(select(Message.last_error).where(Message.tries > 0)).all()
    smtp.answer = None

    post(officer, paused, f"{path}/resume")
    for message in db.session.scalars(select(Message)):
        message.next_try_at = clock.now()
    db.session.flush()
    deliver_messages()

    assert set(reasons) == {"554 5.7.1 relay access denied"}
    assert "The mail server takes no mail from us at all" in paused
    assert "These were given up" not in paused
    assert "Too many messages went wrong" not in paused
    assert smtp.count_by_recipient() == {f"m{number}@coop.example": 1 for number in range(20)}


def test_a_round_that_does_not_rest_is_not_resumed(officer, opened, path):
    answer = post(officer, officer.get(path).text, f"{path}/resume")

    assert answer.status_code == 409
    assert opened.batch.state is BatchState.HELD


def test_whoever_may_not_plan_sees_the_pause_and_no_button(client, programme, opened, path):
    viewer = signed_in(client, programme, Role.VIEWER)
    mail.pause_batch(opened.batch, "451 come back")
    page = viewer.get(f"{path}?lang=en").text

    answer = post(viewer, page, f"{path}/resume")

    assert ("This round has paused." in page, "Let it go on" in page) == (True, False)
    assert answer.status_code == 403


def test_a_stopped_round_rests_and_counts_what_was_not_sent(officer, opened, path):
    post(officer, officer.get(path).text, f"{path}/stop")

    page = officer.get(f"{path}?lang=en").text

    assert _cards(page)["Not sent any more"] == "20"
    assert ("hx-get" in page, "Stopped" in page) == (False, True)


def test_what_came_back_later_did_not_arrive(officer, opened, path, smtp):
    deliver_messages()
    came_back = db.session.scalars(select(Message).limit(2)).all()
    for message in came_back:
        message.state = MessageState.BOUNCED
    db.session.flush()

    page = officer.get(f"{path}?lang=en").text

    assert (_cards(page)["Sent"], _cards(page)["Did not arrive"]) == ("18", "2")
    assert "2 came back after they were sent" in page


def _report(message: Message, kind: ReturnKind, words: str) -> None:
    returned = Returned(kind, status="4.4.1", words=words)
    assert returning.note(f"{message.id} {kind} {words}".encode(), returned, message)
    receiving.record_bounce(message, returned)


def _rows_of(page: str, caption: str) -> list[list[str]]:
    """Answer what stands in the rows of the table."""
    body = page.partition(caption)[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in row] for row in cells]


def test_the_page_names_what_a_server_says_is_delayed(officer, opened, path, smtp):
    deliver_messages()
    late, later, came_back, given_up = db.session.scalars(
        select(Message).order_by(Message.id).limit(4)
    ).all()
    for message in (late, later, came_back, given_up):
        _report(message, ReturnKind.DELAYED, "connection timed out")
    _report(later, ReturnKind.DELAYED, "still no answer")
    _report(came_back, ReturnKind.FAILED, "550 no such user")
    _report(given_up, ReturnKind.GIVEN_UP, "gave up")

    page = officer.get(f"{path}?lang=en").text

    rows = _rows_of(page, "These are delayed")
    assert [row[:3] for row in rows] == [
        [late.recipient_name, late.address, "connection timed out"],
        [later.recipient_name, later.address, "still no answer"],
    ]
    assert [row[4] for row in rows] == ["—", "—"]
    assert "2 mails are delayed and may still arrive." in page


def test_the_page_names_what_is_put_off_again_and_again(officer, opened, path, smtp, time):
    smtp.refuse["m3@coop.example"] = "451 4.7.1 come back"
    deliver_messages()
    once = officer.get(f"{path}?lang=en").text
    time.shift(timedelta(minutes=2))

    deliver_messages()

    (row,) = _rows_of(officer.get(f"{path}?lang=en").text, "These are delayed")
    assert "These are delayed" not in once
    assert row[:3] == ["HTX 03", "m3@coop.example", "451 4.7.1 come back"]
    assert row[4].startswith("10:07")


def test_what_a_paused_round_has_tried_is_late_after_an_hour(officer, opened, path, smtp, time):
    smtp.answer = "451 come back"
    deliver_messages()
    soon = officer.get(f"{path}?lang=en").text

    time.shift(timedelta(minutes=61))

    rows = _rows_of(officer.get(f"{path}?lang=en").text, "These are delayed")
    assert "These are delayed" not in soon
    assert [row[4] for row in rows] == ["—"] * 5


def test_the_page_asks_the_same_questions_however_many_answered(
    officer, event, opened, path, smtp, count_queries
):
    deliver_messages()
    with count_queries() as none:
        officer.get(path)
    for number in range(3):
        _decline(event, number)
    db.session.commit()

    with count_queries() as three:
        officer.get(path)

    assert none.number == three.number

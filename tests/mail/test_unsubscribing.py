"""Stopping a kind of mail: by the page, by the mail program's own button, and taken back."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.audiences import audience
from coopevents.audiences.audience import Audience, Exclusion
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.directory.models import Channel, ContactPoint
from coopevents.lifecycle import inviting
from coopevents.mail import queries, service
from coopevents.mail.models import MailKind, MessageState, Priority, UnsubscribeLink
from coopevents.mail.rendering import render
from coopevents.mail.unsubscribing import Kept, keep_links
from tests.browsing import hidden
from tests.event_factories import make_event
from tests.factories import make_contact_point, make_organisation, make_person
from tests.mail.drafts import queue, queue_round, state_of
from workers.mail import deliver_messages

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ADDRESS = "an@coop.example"


@pytest.fixture
def organisation(programme):
    return make_organisation(programme, name="HTX Rau An", email=ADDRESS)


@pytest.fixture
def point(organisation):
    found = select(ContactPoint).where(ContactPoint.organisation_id == organisation.id)
    return db.session.scalars(found).one()


@pytest.fixture
def path(point):
    (address,) = keep_links([Kept(point.id, MailKind.INVITATIONS, ADDRESS)])
    return address.removeprefix("http://localhost")


def _press(client, path, act):
    page = client.get(path).text
    return client.post(f"{path}/{act}", data={"csrf_token": hidden(page)})


def _acts() -> list[tuple[str, str, int | None]]:
    rows = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.act.in_(["contact.unsubscribed", "contact.subscribed_again"]))
        .order_by(AuditEntry.id)
    )
    return [(row.act, row.actor_kind, row.subject_id) for row in rows]


def test_a_link_is_the_same_in_every_mail_and_only_its_hash_is_kept(point):
    kept = Kept(point.id, MailKind.INVITATIONS, ADDRESS)

    (first,), (second, news) = (
        keep_links([kept]),
        keep_links([kept, kept._replace(kind=MailKind.NEWS)]),
    )

    rows = db.session.scalars(select(UnsubscribeLink)).all()
    assert first == second != news
    assert len(rows) == 2
    assert not any(row.token_hash in first or row.token_hash in news for row in rows)


def test_a_link_tells_nobody_who_is_meant(point, path):
    token = path.removeprefix("/unsubscribe/")

    assert len(token) == 22
    assert ADDRESS not in path


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_the_page_ten_times_changes_nothing(client, point, path, method):
    answers = [getattr(client, method)(path).status_code for _ in range(10)]

    assert answers == [200] * 10
    assert (point.unsubscribed_at, point.news_unsubscribed_at) == (None, None)
    assert _acts() == []


def test_the_page_shows_whose_mail_it_stops_without_naming_anybody(client, path):
    page = client.get(f"{path}?lang=en").text

    assert "a•••@coop.example" in page
    assert ADDRESS not in page
    assert "HTX Rau An" not in page


def test_one_click_of_a_mail_program_stops_the_kind_of_its_mail(client, point, path):
    answer = client.post(path, data=ONE_CLICK)

    assert answer.status_code == 200
    assert point.unsubscribed_at is not None
    assert point.news_unsubscribed_at is None
    assert _acts() == [("contact.unsubscribed", "link", point.id)]


def test_one_click_may_come_as_a_multipart_form(client, point, path):
    answer = client.post(path, data=ONE_CLICK, content_type="multipart/form-data")

    assert answer.status_code == 200
    assert point.unsubscribed_at is not None


def test_one_click_twice_is_one_act(client, point, path):
    client.post(path, data=ONE_CLICK)
    since = point.unsubscribed_at
    client.post(path, data=ONE_CLICK)

    assert point.unsubscribed_at == since
    assert len(_acts()) == 1


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "no"}, {"csrf_token": "x"}])
def test_a_post_that_is_not_one_click_changes_nothing(client, point, path, body):
    answer = client.post(path, data=body)

    assert answer.status_code == 400
    assert point.unsubscribed_at is None


def test_one_click_is_limited(client, path):
    statuses = [client.post(path, data=ONE_CLICK).status_code for _ in range(21)]

    assert statuses == [200] * 20 + [429]


def test_the_button_stops_and_takes_back(client, point, path):
    stopped = _press(client, path, "stop/invitations")
    while_stopped = point.unsubscribed_at
    page = client.get(f"{path}?lang=en").text
    _press(client, path, "resume/invitations")

    assert stopped.status_code == 303
    assert while_stopped is not None
    assert "Stopped since" in page
    assert point.unsubscribed_at is None
    assert _acts() == [
        ("contact.unsubscribed", "link", point.id),
        ("contact.subscribed_again", "link", point.id),
    ]


def test_the_page_stops_each_kind_by_itself(client, point, path):
    _press(client, path, "stop/news")

    assert (point.unsubscribed_at is None, point.news_unsubscribed_at is None) == (True, False)


def test_the_button_needs_its_csrf_token(client, point, path):
    answer = client.post(f"{path}/stop/invitations")

    assert answer.status_code == 400
    assert point.unsubscribed_at is None


@pytest.mark.parametrize("rest", ["stop/everything", "forget/news"])
def test_there_is_no_other_kind_and_no_other_act(client, path, rest):
    assert client.post(f"{path}/{rest}").status_code == 404


def test_a_token_that_never_was_is_not_found(client, app):
    answer = client.post("/unsubscribe/AAAAAAAAAAAAAAAAAAAAAA", data=ONE_CLICK)

    assert answer.status_code == 404


def test_the_link_of_an_earlier_address_stops_nothing_for_the_new_one(client, point, path):
    point.value = "somebody.else@coop.example"

    answer = client.post(path, data=ONE_CLICK)

    assert answer.status_code == 410
    assert point.unsubscribed_at is None


def test_everybody_who_reads_the_same_mailbox_is_left_alone(client, programme, point, path):
    shared = make_contact_point(make_person(programme), Channel.EMAIL, ADDRESS)
    other = make_contact_point(make_organisation(programme), Channel.EMAIL, "other@coop.example")

    client.post(path, data=ONE_CLICK)

    assert point.unsubscribed_at == shared.unsubscribed_at is not None
    assert other.unsubscribed_at is None


def test_what_waits_in_a_round_is_not_sent_and_says_why(client, programme, point, path, smtp):
    batch = queue_round(1, contact_point_id=point.id)

    client.post(path, data=ONE_CLICK)
    deliver_messages()

    (skipped,) = queries.list_skipped(batch)
    assert (skipped.state, skipped.last_error) == (MessageState.CANCELLED, "unsubscribed")
    assert skipped.sealed_link is None
    assert smtp.accepted == []


@pytest.mark.parametrize(
    ("column", "why"),
    [("unsubscribed_at", "unsubscribed"), ("held_at", "held"), ("dead_at", "held")],
)
def test_a_message_is_looked_at_once_more_when_it_is_handed_over(app, point, column, why):
    batch = queue_round(1, contact_point_id=point.id)
    (message,) = service.lease("a", 1)
    # As though somebody had said so while the round was being written.
    setattr(point, column, clock.now())
    db.session.flush()

    begun = service.begin_hand_over(message)

    assert begun is False
    assert [one.last_error for one in queries.list_skipped(batch)] == [why]


def test_another_kind_of_mail_goes_on(client, point, path, smtp):
    message = queue(1, priority=Priority.ROUND, contact_point_id=point.id, kind=MailKind.NEWS)

    client.post(path, data=ONE_CLICK)
    deliver_messages()

    assert state_of(message) is MessageState.SENT


def test_what_follows_an_own_act_always_goes(client, point, path, smtp):
    client.post(path, data=ONE_CLICK)
    message = queue(1, contact_point_id=point.id)
    point.held_at = clock.now()

    deliver_messages()

    assert (message.kind, state_of(message)) == (None, MessageState.SENT)


def test_a_message_to_nobody_in_the_register_has_no_kind(app):
    message = queue(1, priority=Priority.ROUND)

    assert (message.kind, message.sealed_link) == (None, None)


def test_a_mail_of_a_round_says_how_to_stop_such_mail(app, point):
    message = queue(1, priority=Priority.ROUND, contact_point_id=point.id)
    (address,) = keep_links([Kept(point.id, MailKind.INVITATIONS, "htx1@coop.example")])

    mail = render(message, clock.now())

    assert mail.extra_headers["List-Unsubscribe"] == f"<{address}>"
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in mail.body
    assert address in mail.html


def test_an_answer_says_nothing_of_stopping(app, point):
    mail = render(queue(1, contact_point_id=point.id), clock.now())

    assert "List-Unsubscribe" not in mail.extra_headers
    assert "/unsubscribe/" not in mail.body


def test_links_of_a_round_cost_one_statement_however_long_it_is(app, programme, count_queries):
    points = [
        make_contact_point(make_organisation(programme), Channel.EMAIL, f"h{n}@coop.example")
        for n in range(3)
    ]
    wanted = [Kept(point.id, MailKind.INVITATIONS, point.value) for point in points]

    with count_queries() as one:
        keep_links(wanted[:1])
    with count_queries() as three:
        keep_links(wanted)

    assert one.number == three.number == 1
    assert db.session.scalar(select(func.count()).select_from(UnsubscribeLink)) == 3


def test_an_invitation_can_be_stopped_and_then_the_audience_says_why(client, programme, smtp):
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        organisation = make_organisation(programme, name="HTX Rau An", email=ADDRESS)
        sessions = [(date(2026, 6, 10), "07:30", "11:00")]
        event = make_event(programme, sessions=sessions)
        shown = audience.preview(event, Audience(organisation_ids=[organisation.id]), 2)
        inviting.invite(event, shown, "vi")
        deliver_messages()
        (sent,) = smtp.accepted
        address = sent.mail["List-Unsubscribe"].strip("<>")

        answer = client.post(address.removeprefix("http://localhost"), data=ONE_CLICK)
        next_event = make_event(programme, sessions=sessions)
        shown = audience.preview(next_event, Audience(organisation_ids=[organisation.id]), 2)

    assert answer.status_code == 200
    assert [(one.name, one.reason) for one in shown.left_out] == [
        ("HTX Rau An", Exclusion.UNSUBSCRIBED)
    ]

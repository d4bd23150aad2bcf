"""Messages are queued once."""

import json
import re
from datetime import UTC, datetime

from sqlalchemy import func, select

from coopevents.db import db
from coopevents.directory.models import ContactPoint
from coopevents.jobs import Job
from coopevents.mail import service
from coopevents.mail.models import MailKind, Message, MessageState, Priority
from coopevents.tokens import derived_token, unseal
from tests.factories import make_organisation
from tests.mail.drafts import draft, queue, queue_round


def test_queue_message_writes_a_row_and_rings(app):
    message = queue(about=("invitation", 7), link="https://x.example/r/abc")

    assert (message.state, message.tries) == (MessageState.QUEUED, 0)
    assert (message.about_kind, message.about_id) == ("invitation", 7)
    assert db.session().info["jobs"] == [(Job.DELIVER_MESSAGES, ())]


def test_queue_message_with_the_same_key_is_the_same_message(app):
    first = queue(1)

    again = service.queue_message(**draft(1, address="other@coop.example"))

    assert again.id == first.id
    assert again.address == "htx1@coop.example"
    assert db.session.scalar(select(func.count(Message.id))) == 1


def test_queue_messages_answers_how_many_are_new(app):
    queue(2)

    new = service.queue_messages([draft(1), draft(2), draft(3)])

    assert new == 2
    assert db.session.scalar(select(func.count(Message.id))) == 3


def test_queue_messages_writes_the_same_row_as_queue_message(app):
    whole = {
        "not_after": datetime(2026, 3, 16, 1, 30, 0, 5, tzinfo=UTC),
        "about": ("invitation", 7),
        "link": "https://x.example/r/a",
        "context": {"subject": 'Dấu "nháy", \\ và \n', "paragraphs": [], "number": 1.5},
        "priority": Priority.ROUND,
    }
    one = queue(1, **whole)

    service.queue_messages([draft(2, **whole)])

    other = db.session.scalars(select(Message).where(Message.dedupe_key == "test:2")).one()
    same = (
        "not_after",
        "about_kind",
        "about_id",
        "context",
        "priority",
        "state",
        "tries",
        "locale",
    )
    assert [getattr(other, name) for name in same] == [getattr(one, name) for name in same]
    assert (other.queued_at, other.next_try_at) > (one.queued_at, one.next_try_at)
    assert unseal(other.sealed_link) == unseal(one.sealed_link)


def test_queue_messages_with_none_rings_for_nobody(app):
    new = service.queue_messages([])

    assert new == 0
    assert "jobs" not in db.session().info


def test_message_ids_differ_and_name_the_host(app):
    queue_round(3)

    ids = db.session.scalars(select(Message.message_id)).all()

    assert len(set(ids)) == 3
    assert [bool(re.fullmatch(r"<[0-9a-f-]{36}@localhost>", one)) for one in ids] == [True] * 3


def test_links_are_kept_sealed(app, programme):
    make_organisation(programme, email="htx1@coop.example")
    point = db.session.scalars(select(ContactPoint)).one()
    message = queue(
        link="https://x.example/r/secret", kind=MailKind.NEWS, contact_point_id=point.id
    )
    token = derived_token("unsubscribe", str(point.id), "news", "htx1@coop.example")

    assert message.sealed_link is not None
    assert "secret" not in message.sealed_link
    assert json.loads(unseal(message.sealed_link)) == {
        "link": "https://x.example/r/secret",
        "unsubscribe": f"http://localhost/unsubscribe/{token}",
    }


def test_a_message_without_links_has_nothing_sealed(app):
    message = queue()

    assert message.sealed_link is None

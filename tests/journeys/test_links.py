"""Scanners follow every link of a mail, many times: nothing may come of it."""

import re
from datetime import timedelta
from email import message_from_bytes, policy

from sqlalchemy import text

from coopevents import clock
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.lifecycle import inviting
from coopevents.models import Base
from tests.event_factories import make_event
from tests.factories import make_organisation
from workers.mail import deliver_messages

ROUNDS = 10


def everything() -> dict[str, str]:
    """Answer a fingerprint of every row of every table."""
    return {
        table.name: db.session.execute(
            text(f"SELECT md5(string_agg(row::text, '|' ORDER BY id)) FROM {table.name} row")
        ).scalar_one()
        for table in Base.metadata.sorted_tables
        if table.name not in {"administrative_units", "administrative_successions"}
    }


def links_of(raw: bytes) -> set[str]:
    """Answer every address of ours that the mail holds, in its text, its HTML and its heads."""
    mail = message_from_bytes(raw, policy=policy.default)
    parts = [
        part.get_content()
        for part in mail.walk()
        if part.get_content_maintype() == "text" and part.get_content_subtype() != "calendar"
    ]
    told = "\n".join([*parts, *(str(value) for value in mail.values())])
    return set(re.findall(r"http://localhost[^\s\"'<>]+", told))


def test_following_every_link_of_a_mail_changes_nothing(programme, smtp, client):
    make_organisation(programme, email="an@coop.example")
    event = make_event(programme, sessions=[(clock.today() + timedelta(days=20), "08:00", "11:00")])
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    inviting.invite(event, shown, "vi")
    db.session.commit()
    deliver_messages()
    (mail,) = smtp.accepted
    links = links_of(mail.data)
    before = everything()

    statuses = [
        client.open(link, method=method).status_code
        for _round in range(ROUNDS)
        for link in links
        for method in ("GET", "HEAD")
    ]

    kinds = sorted(link.removeprefix("http://localhost/").partition("/")[0] for link in links)
    assert kinds == ["r", "unsubscribe"]
    assert statuses == [200] * (2 * len(links) * ROUNDS)
    assert everything() == before

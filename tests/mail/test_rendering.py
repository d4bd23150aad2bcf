"""What a round has in common is rendered once; what is personal is put in afterwards."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import jinja2
import pytest
from jinja2 import ChoiceLoader, DictLoader

from coopevents.mail import rendering
from coopevents.mail.message import Mailbox
from coopevents.mail.models import Message
from coopevents.tokens import seal
from tests.mail.drafts import queue

NOW = datetime(2026, 3, 16, 3, 0, tzinfo=UTC)
TEMPLATES = {
    "mail/greeting/subject.txt": "{{ title }} - {{ personal.name }}",
    "mail/greeting/body.txt": "{{ title }} & {{ personal.name }} {{ link }}",
    "mail/greeting/body.html": (
        '{% extends "mail/base.html" %}{% block content %}<p>{{ title }} {{ personal.name }}'
        '{% if personal.note %} ({{ personal.note }}){% endif %}</p><a href="{{ link }}">x</a>'
        "{% endblock %}"
    ),
    "mail/nosy/subject.txt": "{{ 'a' if personal.name == 'A' else 'b' }}",
    "mail/nosy/body.txt": "",
    "mail/nosy/body.html": "",
    "mail/loud/subject.txt": "",
    "mail/loud/body.txt": "{{ personal.name|upper }}",
    "mail/loud/body.html": "",
    "mail/short/subject.txt": "",
    "mail/short/body.txt": "{{ personal.name|truncate(20, True, '', 0) }}",
    "mail/short/body.html": "",
}


@pytest.fixture
def templates(app, monkeypatch):
    environment = app.jinja_env.overlay(
        loader=ChoiceLoader([DictLoader(TEMPLATES), app.jinja_env.loader]),
        undefined=jinja2.StrictUndefined,
    )
    monkeypatch.setitem(app.extensions["coopevents.mail"], "environment", environment)
    rendering._skeleton.cache_clear()
    yield
    rendering._skeleton.cache_clear()


def _message(**more: Any) -> Message:
    plain: dict[str, Any] = {
        "template": "greeting",
        "locale": "vi",
        "address": "htx@coop.example",
        "recipient_name": "HTX Đồng Lương",
        "message_id": "<one@coop.example>",
        "sealed_link": seal('{"link": "https://x.example/r/a?b=1&c=2"}'),
        "context": {"title": "Tin <mới>", "personal": {"name": "Chị <Hoa>", "note": ""}},
    }
    return Message(**{**plain, **more})


def test_personal_texts_are_escaped_in_html_and_nowhere_else(templates):
    mail = rendering.render(_message(), NOW)

    assert mail.subject == "Tin <mới> - Chị <Hoa>"
    assert mail.body == "Tin <mới> & Chị <Hoa> https://x.example/r/a?b=1&c=2"
    assert "<p>Tin &lt;mới&gt; Chị &lt;Hoa&gt;</p>" in mail.html.replace(
        '<p style="margin: 0 0 14px;">', "<p>"
    )
    assert 'href="https://x.example/r/a?b=1&amp;c=2"' in mail.html


def test_a_skeleton_is_rendered_once_for_a_round(templates):
    people = [
        _message(context={"title": "T", "personal": {"name": f"P{n}", "note": ""}})
        for n in range(50)
    ]

    subjects = [rendering.render(message, NOW).subject for message in people]

    assert subjects == [f"T - P{n}" for n in range(50)]
    assert rendering._skeleton.cache_info().misses == 1


def test_two_messages_share_a_skeleton_only_when_everything_common_is_equal(templates):
    first = rendering.render(_message(), NOW)
    other = rendering.render(
        _message(context={"title": "B", "personal": {"name": "N", "note": ""}}), NOW
    )

    assert (first.subject, other.subject) == ("Tin <mới> - Chị <Hoa>", "B - N")


def test_a_template_may_ask_whether_a_personal_text_is_empty(templates):
    empty = rendering.render(_message(), NOW)
    full = rendering.render(
        _message(context={"title": "T", "personal": {"name": "N", "note": "gấp"}}), NOW
    )

    assert ("(" in empty.html, "(gấp)" in full.html) == (False, True)


@pytest.mark.parametrize("template", ["nosy", "loud", "short"])
def test_a_template_that_asks_more_of_a_personal_text_fails(templates, template):
    with pytest.raises(TypeError, match="may only print"):
        rendering.render(_message(template=template), NOW)


def test_a_variable_the_context_lacks_fails(templates):
    with pytest.raises(jinja2.UndefinedError):
        rendering.render(_message(context={"personal": {"name": "N", "note": ""}}), NOW)


def test_a_personal_text_that_looks_like_a_mark_stays_a_text(templates):
    name = rendering.MARK + "6c696e6b" + "z"

    mail = rendering.render(
        _message(context={"title": "T", "personal": {"name": name, "note": ""}}), NOW
    )

    assert mail.subject == f"T - {name}"


def test_a_line_break_in_a_subject_becomes_a_space(templates):
    mail = rendering.render(
        _message(context={"title": "T\r\nBcc: x@y.example", "personal": {"name": "N", "note": ""}}),
        NOW,
    )

    assert mail.subject == "T Bcc: x@y.example - N"


@pytest.mark.parametrize(("locale", "direction"), [("vi", "ltr"), ("en", "ltr"), ("ar", "rtl")])
def test_a_mail_speaks_the_language_of_its_reader(app, locale, direction):
    mail = rendering.render(queue(locale=locale), NOW)

    assert f'<html lang="{locale}" dir="{direction}"' in mail.html
    assert "Hợp tác xã số 1" in mail.body
    assert "<style" not in mail.html


def test_a_mail_carries_sender_reply_address_and_stop_link(app):
    message = queue(
        context={
            "subject": "S",
            "paragraphs": [],
            "sender_name": "Hội  Phụ nữ",
            "reply_to": {"name": "Bà Hoa", "address": "hoa@coop.example"},
        },
    )

    message.sealed_link = seal('{"unsubscribe": "https://coop.example/unsubscribe/u"}')

    mail = rendering.render(message, NOW)

    assert mail.from_mailbox == Mailbox("Hội Phụ nữ", "office@coop.example")
    assert mail.reply_mailbox == Mailbox("Bà Hoa", "hoa@coop.example")
    assert mail.extra_headers["List-Unsubscribe"] == "<https://coop.example/unsubscribe/u>"
    assert "https://coop.example/unsubscribe/u" in mail.body


def test_a_calendar_in_the_context_goes_with_the_mail(app):
    session = {"starts_at": "2026-03-16T00:30:00+00:00", "ends_at": "2026-03-16T04:00:00+00:00"}
    calendar = {
        "method": "REQUEST",
        "uid": "u@coopevents",
        "sequence": 0,
        "summary": "Tập huấn",
        "description": "",
        "location": "",
        "organizer_name": "",
        "organizer_email": "",
        "sessions": [session],
    }
    message = queue(context={"subject": "S", "paragraphs": [], "calendar": calendar})

    parsed = message_from_bytes(rendering.render(message, NOW).as_bytes(), policy=policy.default)

    files = [part for part in parsed.walk() if part.get_content_type() == "text/calendar"]
    assert len(files) == 2
    assert "UID:u@coopevents-1\r\n" in files[1].get_payload(decode=True).decode()

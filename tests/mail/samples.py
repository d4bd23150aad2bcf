"""One message of every template, with everything it can hold."""

from typing import Any

from coopevents.events import telling
from coopevents.mail.models import Message
from coopevents.programme.queries import the_programme
from tests.event_factories import make_event
from tests.mail.drafts import queue

LINK = "http://localhost/r/AAAAAAAAAAAAAAAAAAAAAA"

DELEGATES = [
    {"name": "Nguyễn Thị Hoa", "state": "confirmed"},
    {"name": "Trần Văn Bình", "state": "waiting"},
]

SAMPLE_CONTEXTS: dict[str, dict[str, Any]] = {
    "invitation": {"seats": 2},
    "registration_confirmed": {"delegates": DELEGATES},
    "registration_promoted": {"delegates": DELEGATES},
    "notice": {"subject": "Lịch tập huấn", "paragraphs": ["Kính mời."]},
}


def sample_message(template: str, locale: str) -> Message:
    """Answer a queued message of the template about a made-up activity."""
    event = make_event(the_programme())
    context = {
        **telling.mail_context(event, locale),
        "calendar": telling.calendar(event, "sample@coop.example", "REQUEST"),
        "personal": {"organisation": "HTX <An> & Bình"},
        **SAMPLE_CONTEXTS[template],
    }
    return queue(template=template, locale=locale, context=context, link=LINK)

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

CHANGE = {
    "reason": "Bão số 5",
    "before": [{"day": "06/10/2026", "hours": "08:00–11:00", "topic": "", "place": ""}],
    "after": [{"day": "08/10/2026", "hours": "08:00–11:00", "topic": "", "place": "Nhà văn hóa"}],
    "place_before": "Hội trường",
}

REQUEST = {"asked_on": "05/09/2026", "people": 2}

SAMPLE_CONTEXTS: dict[str, dict[str, Any]] = {
    "invitation": {"seats": 2},
    "reminder": {},
    "registration_confirmed": {"delegates": DELEGATES},
    "registration_promoted": {"delegates": DELEGATES},
    "registration_lapsed": {"delegates": DELEGATES},
    "place_offered": {
        "delegate": "Lê Thị Mai",
        "until": "05/10/2026 16:30",
        "delegates": DELEGATES,
    },
    "place_offer_over": {"delegate": "Lê Thị Mai", "delegates": DELEGATES},
    "link_renewed": {},
    "request_received": REQUEST,
    "request_declined": {**REQUEST, "reason": "Lớp dành cho HTX <nông nghiệp>"},
    "request_lapsed": {**REQUEST, "is_cancelled": False},
    "request_approved": {"seats": 2, "was_invited": False, "is_full": True},
    "event_postponed": {**CHANGE, "change": "postponed", "is_dated": True},
    "event_cancelled": {**CHANGE, "change": "cancelled", "is_dated": False},
    "session_changed": {**CHANGE, "change": "session_moved", "is_dated": True},
    "digest": {
        "day": "06/10/2026",
        "lines": [{"text": "Tập huấn: 2 mails", "address": "http://localhost/events/1/"}],
        "more": 3,
    },
    "notice": {"subject": "Lịch tập huấn", "paragraphs": ["Kính mời."]},
}


def sample_message(template: str, locale: str, **more: Any) -> Message:
    """Answer a queued message of the template about a made-up activity."""
    event = make_event(the_programme())
    context = {
        **telling.mail_context(event, locale),
        "calendar": telling.calendar(event, "sample@coop.example", "REQUEST"),
        "personal": {
            "organisation": "HTX <An> & Bình",
            "named": "Nguyễn Thị Hoa",
            "invited_on": "01/09/2026",
        },
        **SAMPLE_CONTEXTS[template],
    }
    return queue(template=template, locale=locale, context=context, link=LINK, **more)

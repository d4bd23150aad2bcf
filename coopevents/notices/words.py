"""What each kind of news is called, how it is told, where it leads, and who hears of it unasked."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from coopevents.i18n import _, _l, _n, text_direction
from coopevents.notices.models import About, Notice, NoticeKind


@dataclass(frozen=True)
class Place:
    """Where a user hears of a kind of news; nowhere is a choice too."""

    in_application: bool
    in_digest: bool


BOTH = Place(in_application=True, in_digest=True)
APPLICATION = Place(in_application=True, in_digest=False)

DEFAULTS: dict[NoticeKind, Place] = {
    NoticeKind.ACCEPTED: BOTH,
    NoticeKind.DECLINED: BOTH,
    NoticeKind.CALL_BACK: BOTH,
    NoticeKind.PLACE_REQUESTED: BOTH,
    NoticeKind.RETURNED: BOTH,
    NoticeKind.ROUND_PAUSED: BOTH,
    NoticeKind.ROUND_UNCERTAIN: BOTH,
    NoticeKind.REMINDER_MISSED: BOTH,
    # Who asked for a report waits for it at the screen: tomorrow's mail would be late.
    NoticeKind.REPORT_READY: APPLICATION,
    NoticeKind.REPORT_FAILED: BOTH,
}

LABELS = {
    NoticeKind.ACCEPTED: _l("Invitations that were accepted"),
    NoticeKind.DECLINED: _l("Invitations that were declined"),
    NoticeKind.CALL_BACK: _l("Invitees who ask to be called"),
    NoticeKind.PLACE_REQUESTED: _l("Requests for a place from those not invited"),
    NoticeKind.RETURNED: _l("Mails that did not arrive"),
    NoticeKind.ROUND_PAUSED: _l("Sending that paused after errors"),
    NoticeKind.ROUND_UNCERTAIN: _l("Messages somebody has to decide about"),
    NoticeKind.REMINDER_MISSED: _l("Reminders that were not sent in time"),
    NoticeKind.REPORT_READY: _l("Reports that are ready"),
    NoticeKind.REPORT_FAILED: _l("Reports that could not be compiled"),
}

OF_REPORTS = frozenset({NoticeKind.REPORT_READY, NoticeKind.REPORT_FAILED})
"""All that whoever plans no activities is ever told."""


FROM_OUTSIDE = frozenset(
    {
        NoticeKind.ACCEPTED,
        NoticeKind.DECLINED,
        NoticeKind.CALL_BACK,
        NoticeKind.PLACE_REQUESTED,
    }
)
"""What those who are invited, or would like to be, have said."""


def sentence(notice: Notice, number: int) -> str:
    """Answer the news in the language spoken, as having happened so many times.

    It names activities and organisations, and never a person, a number or an address: it is
    mailed.
    """
    title = _isolated(notice.details["title"])
    if notice.kind in FROM_OUTSIDE:
        return _said_by_others(notice.kind, number, title)
    match notice.kind:
        case NoticeKind.RETURNED:
            return _n(
                "%(title)s: %(num)s mail did not arrive",
                "%(title)s: %(num)s mails did not arrive",
                number,
                title=title,
            )
        case NoticeKind.ROUND_PAUSED if notice.details.get("is_blocked"):
            return _(
                "%(title)s: the sending has paused, the mail server takes nothing from us",
                title=title,
            )
        case NoticeKind.ROUND_PAUSED:
            return _("%(title)s: the sending has paused after several errors", title=title)
        case NoticeKind.ROUND_UNCERTAIN:
            return _n(
                "%(title)s: nobody knows whether %(num)s message arrived; please decide",
                "%(title)s: nobody knows whether %(num)s messages arrived; please decide",
                number,
                title=title,
            )
        case NoticeKind.REMINDER_MISSED:
            return _n(
                "%(title)s: %(num)s reminder was not sent in time",
                "%(title)s: %(num)s reminders were not sent in time",
                number,
                title=title,
            )
        case NoticeKind.REPORT_READY:
            return _("Report %(title)s is ready", title=title)
        case _:
            return _("Report %(title)s could not be compiled", title=title)


def _said_by_others(kind: NoticeKind, number: int, title: str) -> str:
    match kind:
        case NoticeKind.ACCEPTED:
            return _n(
                "%(title)s: %(num)s answer, accepted",
                "%(title)s: %(num)s answers, accepted",
                number,
                title=title,
            )
        case NoticeKind.DECLINED:
            return _n(
                "%(title)s: %(num)s answer, declined",
                "%(title)s: %(num)s answers, declined",
                number,
                title=title,
            )
        case NoticeKind.CALL_BACK:
            return _n(
                "%(title)s: %(num)s invitee asks to be called",
                "%(title)s: %(num)s invitees ask to be called",
                number,
                title=title,
            )
        case _:
            return _n(
                "%(title)s: %(num)s request for a place",
                "%(title)s: %(num)s requests for a place",
                number,
                title=title,
            )


def _isolated(title: str) -> str:
    # A Vietnamese title within an Arabic line, in a mail too, where no <bdi> helps.
    return f"\u2068{title}\u2069" if text_direction() == "rtl" else title


def path(notice: Notice) -> str:
    """Answer the path of the page the notice leads to; a worker may ask for it too."""
    endpoint, values = _page(notice)
    return current_app.url_map.bind("localhost").build(endpoint, values)


def _page(notice: Notice) -> tuple[str, dict[str, Any]]:
    match notice.about_kind:
        case About.EVENT if notice.kind is NoticeKind.PLACE_REQUESTED:
            return "requests.list_requests", {"event_id": notice.about_id}
        case About.EVENT:
            return "invitations.list_invitations", {"event_id": notice.about_id}
        case About.ROUND:
            return "invitations.show_round", {
                "event_id": notice.details["event_id"],
                "round_id": notice.about_id,
            }
        case About.ORGANISATION:
            return "directory.show_organisation", {"organisation_id": notice.about_id}
        case About.REPORT:
            return "reports.show_report", {"report_id": notice.about_id}

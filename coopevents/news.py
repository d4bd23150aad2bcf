"""What officers hear of what happened in the rooms: each of them told in the words of a notice."""

from coopevents.events.models import Event
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import Answer, Invitation
from coopevents.mail import trouble
from coopevents.mail.models import Message
from coopevents.mail.trouble import Noted, Trouble
from coopevents.notices import service as notices
from coopevents.notices.models import About, NoticeKind
from coopevents.reports import queries as reports
from coopevents.reports.models import ReportState

OF_ANSWERS = {
    Answer.ACCEPTED: NoticeKind.ACCEPTED,
    Answer.DECLINED: NoticeKind.DECLINED,
    Answer.CALL_BACK: NoticeKind.CALL_BACK,
}

OF_TROUBLES = {
    Trouble.PAUSED: NoticeKind.ROUND_PAUSED,
    Trouble.BLOCKED: NoticeKind.ROUND_PAUSED,
    Trouble.UNCERTAIN: NoticeKind.ROUND_UNCERTAIN,
    Trouble.FAILED: NoticeKind.RETURNED,
}

OF_REPORTS = {
    ReportState.DRAFT: NoticeKind.REPORT_READY,
    ReportState.FAILED: NoticeKind.REPORT_FAILED,
}


def tell_answer(invitation: Invitation, given: Answer) -> None:
    """Tell the officer of the activity that an invitee has answered."""
    _tell_of(invitation.event, OF_ANSWERS[given])


def tell_request(event: Event) -> None:
    """Tell the officer of the activity that somebody who is not invited asks for a place."""
    _tell_of(event, NoticeKind.PLACE_REQUESTED)


def _tell_of(event: Event, kind: NoticeKind, number: int = 1) -> None:
    notices.tell(
        kind,
        event.programme_id,
        about=(About.EVENT, event.id),
        values={"title": event.title},
        officer=event.contact_email,
        number=number,
    )


def tell_troubles() -> None:
    """Tell what went wrong with mails in this transaction, before it is committed.

    What stops the sending is told to everybody who may plan, whoever of them looks first.
    """
    for noted, number in sorted(trouble.take().items(), key=lambda found: str(found[0])):
        _tell_trouble(noted, number)


def tell_returned(message: Message) -> None:
    """Tell that a message came back after all."""
    _tell_trouble(trouble.failed(message), 1)


def tell_missed_reminder(event: Event) -> None:
    """Tell everybody who may plan that nobody was reminded of the activity in time."""
    notices.tell(
        NoticeKind.REMINDER_MISSED,
        event.programme_id,
        about=(About.EVENT, event.id),
        values={"title": event.title},
    )


def _tell_trouble(noted: Noted, number: int) -> None:
    if noted.batch_id is not None:
        _tell_round(noted, noted.batch_id, number)
    elif noted.trouble is Trouble.FAILED and noted.about_kind == "invitation":
        _tell_invitation(noted, number)


def _tell_round(noted: Noted, batch_id: int, number: int) -> None:
    shown = invitations.find_round_of(batch_id)
    if shown is None:
        return
    notices.tell(
        OF_TROUBLES[noted.trouble],
        shown.programme_id,
        about=(About.ROUND, shown.id),
        values={
            "title": shown.event.title,
            "event_id": shown.event_id,
            "is_blocked": noted.trouble is Trouble.BLOCKED,
        },
        officer=shown.event.contact_email if noted.trouble is Trouble.FAILED else None,
        number=number,
    )


def _tell_invitation(noted: Noted, number: int) -> None:
    invitation = invitations.find_invitation(noted.about_id or 0)
    if invitation is None:
        return
    _tell_of(invitation.event, OF_TROUBLES[noted.trouble], number)


def tell_report(report_id: int) -> None:
    """Tell whoever asked for the report that it is ready, or could not be compiled."""
    report = reports.find_report(report_id)
    if report is None or report.state not in OF_REPORTS:
        return
    notices.tell(
        OF_REPORTS[report.state],
        report.programme_id,
        about=(About.REPORT, report.id),
        values={"title": f"{report.period.label} ({report.version})"},
        user_id=report.requested_by_id,
    )

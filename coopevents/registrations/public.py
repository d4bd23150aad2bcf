"""The pages behind a mailed link: no account, no JavaScript, nothing changed by opening."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, files, lifecycle
from coopevents.access import Actor
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.editing import OnceForm
from coopevents.errors import InputError, NotFoundError
from coopevents.events import telling
from coopevents.i18n import _, locale_code, translated
from coopevents.invitations import queries as invitations
from coopevents.invitations import service as invitation_service
from coopevents.invitations.models import Answer, Invitation, InvitationState
from coopevents.mail import calendar_file
from coopevents.materials import queries as materials
from coopevents.registrations import places, queries
from coopevents.registrations.forms import DeclineForm, DelegatesForm
from coopevents.web import limiter

bp = Blueprint("registrations", __name__, url_prefix="/r")

ANSWER_LIMIT = "20 per minute"


def _token() -> str:
    return f"link {(request.view_args or {}).get('token', '')}"


def _questions(invitation: Invitation) -> dict[str, str]:
    """Answer what an organisation is asked beside its delegates, by the questions' keys."""
    return {one["key"]: translated(one["text"]) for one in invitation.event.kind.questions}


@bp.get("/<token>")
def open_invitation(token: str) -> str:
    """Show the invitation. Mail scanners follow links, so opening changes nothing."""
    invitation = _opened(token)
    return _page(invitation, token)


@bp.post("/<token>/accept")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def accept(token: str) -> ResponseReturnValue:
    """Take the named delegates in, or say at the very place what is missing, keeping the rest."""
    invitation = _opened(token)
    form = DelegatesForm()
    try:
        lifecycle.accept_invitation(
            invitation,
            form.named(),
            form.submission_id,
            Channel.EMAIL,
            locale_code(),
            replies=form.said(_questions(invitation)),
        )
    except InputError as refusal:
        db.session.rollback()
        form.mark(refusal.fields)
        return _page(_opened(token), token, form=form, refusal=refusal), 422
    db.session.commit()
    return redirect(url_for(".open_invitation", token=token, lang=request.args.get("lang")), 303)


@bp.post("/<token>/confirm")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def confirm_again(token: str) -> ResponseReturnValue:
    """Take the same delegates in for the new days."""
    lifecycle.confirm_again(_opened(token), OnceForm().submission_id, Channel.EMAIL, locale_code())
    db.session.commit()
    return redirect(url_for(".open_invitation", token=token, lang=request.args.get("lang")), 303)


@bp.post("/<token>/decline")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def decline(token: str) -> ResponseReturnValue:
    """Keep that nobody comes."""
    form = DeclineForm()
    lifecycle.decline_invitation(
        _opened(token),
        (form.reason.data or "").strip(),
        form.submission_id,
        Channel.EMAIL,
        locale_code(),
    )
    db.session.commit()
    return redirect(url_for(".open_invitation", token=token, lang=request.args.get("lang")), 303)


@bp.get("/<token>/calendar.ics")
def calendar(token: str) -> Response:
    """Answer the activity as a calendar file."""
    invitation = _opened(token)
    entry = telling.calendar(invitation.event, invitation.calendar_uid, "PUBLISH")
    if not entry["sessions"]:
        raise NotFoundError(_("There is no day to put into a calendar."))
    return Response(
        calendar_file.build(entry, invitation.invited_at),
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": "attachment; filename=coopevents.ics"},
    )


def _opened(token: str) -> Invitation:
    invitation = invitation_service.open_link(token)
    access.act_as(
        Actor(
            kind="link",
            id=invitation.id,
            label=_("whoever holds the invitation's link"),
            programme_id=invitation.programme_id,
        )
    )
    return invitation


def _page(
    invitation: Invitation,
    token: str,
    *,
    form: DelegatesForm | None = None,
    refusal: InputError | None = None,
) -> str:
    delegates = queries.list_delegates(invitation)
    answer = invitations.latest_answers([invitation.id]).get(invitation.id)
    is_asked_again = answer is not None and answer.answer is Answer.TO_CONFIRM
    return render_template(
        "registrations/invitation.html",
        invitation=invitation,
        token=token,
        told=telling.tell(invitation.event, locale_code()),
        organisation=invitations.organisation_name(invitation),
        delegates=delegates,
        materials=materials.list_shown(invitation.event),
        file_size=files.in_words,
        is_asked_again=is_asked_again,
        said_before=invitations.last_given(invitation) if is_asked_again else None,
        is_open=places.is_open(invitation.event),
        is_full=_is_full(invitation),
        form=form
        or DelegatesForm.to_show(
            invitation.seats,
            delegates,
            _questions(invitation),
            invitations.last_replies(invitation),
        ),
        questions=_questions(invitation),
        decline_form=DeclineForm(formdata=None),
        refusal=refusal,
        again_form=OnceForm(formdata=None),
        State=InvitationState,
    )


def _is_full(invitation: Invitation) -> bool:
    event = invitation.event
    return event.capacity is not None and queries.count_taken(event) >= event.capacity

"""The pages behind a mailed link: no account, no JavaScript, nothing changed by opening."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, files, names
from coopevents.access import Actor
from coopevents.answering import known, result, seen
from coopevents.answering.forms import (
    AnswerForm,
    CallBackForm,
    DeclineForm,
    DigitsForm,
    HerForm,
)
from coopevents.answering.known import NOBODY, Known, Seen
from coopevents.answering.rows import AT_ONCE, empty_row
from coopevents.attendance import queries as attendance
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel
from coopevents.editing import OnceForm
from coopevents.errors import InputError, NotFoundError
from coopevents.events import queries as events
from coopevents.events import questions, telling
from coopevents.events import service as event_service
from coopevents.events.models import EventSession, SessionState
from coopevents.i18n import _, locale_code
from coopevents.invitations import queries as invitations
from coopevents.invitations import service as invitation_service
from coopevents.invitations.models import (
    Answer,
    Invitation,
    InvitationAnswer,
    InvitationState,
    LinkPurpose,
)
from coopevents.invitations.service import LinkOverError
from coopevents.lifecycle import replying
from coopevents.mail import calendar_file
from coopevents.materials import queries as materials
from coopevents.registrations import offers, passes, places, queries
from coopevents.registrations.queries import Delegate
from coopevents.web import limiter

bp = Blueprint("answering", __name__, url_prefix="/r")

ANSWER_LIMIT = "20 per minute"

DIGITS_LIMIT = "5 per hour; 10 per day; 30 per month"
"""For one invitation, whatever links lead to it; right ones count too, so that many sent at once
are not more tries. 10,000 are possible: two months of guessing find one of three phones in one
case of fifty."""


def _token() -> str:
    return f"link {(request.view_args or {}).get('token', '')}"


def _invitation() -> str:
    link = invitations.find_link((request.view_args or {})["token"], LinkPurpose.ANSWER)
    return f"digits {link.invitation_id if link else 'of nobody'}"


def _back(token: str) -> ResponseReturnValue:
    return redirect(url_for(".open_invitation", token=token, lang=request.args.get("lang")), 303)


@bp.errorhandler(LinkOverError)
def offer_a_new_link(_refusal: LinkOverError) -> ResponseReturnValue:
    """Say that the link is over and how to get another; nothing else is said to who holds it."""
    token = (request.view_args or {})["token"]
    return render_template("answering/over.html", token=token), 410


class ChangedMeanwhileError(InputError):
    """The activity is not any more as the page told it that was answered from."""


@bp.errorhandler(ChangedMeanwhileError)
def show_as_it_is_now(refusal: ChangedMeanwhileError) -> ResponseReturnValue:
    """Show the activity as it is now, with what was not done."""
    db.session.rollback()
    token = (request.view_args or {})["token"]
    return _page(_opened(token), token, refusal=refusal), 422


@bp.post("/<token>/renew")
@limiter.limit("3 per hour", key_func=_token)
@limiter.limit("20 per hour")
def renew(token: str) -> str:
    """Send a new link to the contact on file; the same is said whether or not there is one."""
    replying.renew_link(token, locale_code())
    db.session.commit()
    return render_template("answering/renewed.html", token=token)


@bp.get("/<token>")
def open_invitation(token: str) -> str:
    """Show the invitation. Mail scanners follow links, so opening changes nothing."""
    invitation = _opened(token)
    return _page(invitation, token)


@bp.post("/<token>/accept")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def accept(token: str) -> ResponseReturnValue:
    """Take the named delegates in, or say at the very place what is missing, keeping the rest."""
    invitation, form = _held(token), AnswerForm()
    if invitation.person_id is not None:
        raise NotFoundError(_("This invitation is to one person."))
    return _accept(
        invitation, token, form, lambda: form.answered(_known(invitation), seen.of(invitation))
    )


@bp.post("/<token>/come")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def come(token: str) -> ResponseReturnValue:
    """Keep that the invited person comes herself."""
    invitation, form = _opened(token), HerForm()
    person = invitation.person
    if person is None:
        raise NotFoundError(_("This invitation is to an organisation: it names its delegates."))
    return _accept(invitation, token, form, lambda: [form.herself(person.kept)])


def _accept(
    invitation: Invitation,
    token: str,
    form: AnswerForm | HerForm,
    read_named: Callable[[], list[NamedDelegate]],
) -> ResponseReturnValue:
    try:
        replies = questions.read(invitation.event.kind.questions, request.form)
        named = read_named()
        replying.accept_invitation(
            invitation,
            named,
            form.submission_id,
            Channel.EMAIL,
            locale_code(),
            replies=replies,
        )
        _require_as_told(invitation)
    except InputError as refusal:
        db.session.rollback()
        form.mark(refusal.fields)
        return _page(_opened(token), token, form=form, refusal=refusal), 422
    seen.add(invitation, _typed(invitation, named, form.submission_id))
    db.session.commit()
    return _back(token)


@bp.post("/<token>/names")
@limiter.limit(DIGITS_LIMIT, key_func=_invitation)
@limiter.limit("30 per hour")
def show_names(token: str) -> ResponseReturnValue:
    """Show the names in full to a browser that knows the last digits of a known phone."""
    invitation = _opened(token)
    form = DigitsForm()
    delegates = queries.list_delegates(invitation)
    shown = known.proven(
        invitation, delegates, known.list_known(invitation, delegates), form.digits.data or ""
    )
    if shown == NOBODY:
        form.digits.errors = [
            _(
                "These are not the last digits of a phone we know. Please try another,"
                " or ask the contact person below."
            )
        ]
        return _page(invitation, token, digits_form=form), 422
    seen.add(invitation, shown)
    return _back(token)


@bp.post("/<token>/passes")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def make_passes(token: str) -> ResponseReturnValue:
    """Make the passes that are missing: those of places given before there were any."""
    invitation = _opened(token)
    if passes.are_shown(invitation.event):
        delegates = queries.list_delegates(invitation)
        passes.give(invitation.event, [delegate.registration for delegate in delegates])
        db.session.commit()
    return _back(token)


@bp.post("/<token>/call-back")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def call_back(token: str) -> ResponseReturnValue:
    """Keep that somebody wants to be called."""
    form = CallBackForm()
    replying.ask_for_a_call(_opened(token), form.said(), form.submission_id, Channel.EMAIL)
    db.session.commit()
    return _back(token)


@bp.post("/<token>/delegates/<int:registration_id>/withdraw")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def withdraw(token: str, registration_id: int) -> ResponseReturnValue:
    """Let one delegate not come, or leave the waiting list."""
    submission = OnceForm().submission_id
    replying.withdraw_delegate(
        _opened(token), registration_id, submission, Channel.EMAIL, locale_code()
    )
    db.session.commit()
    return _back(token)


@bp.post("/<token>/offers/<int:offer_id>/take")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def take_place(token: str, offer_id: int) -> ResponseReturnValue:
    """Take a place that was offered."""
    invitation = _opened(token)
    offer = offers.get_offer(offer_id, invitation)
    replying.take_place(invitation, offer, OnceForm().submission_id, locale_code())
    _require_as_told(invitation)
    db.session.commit()
    return _back(token)


@bp.post("/<token>/offers/<int:offer_id>/pass")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def pass_place_on(token: str, offer_id: int) -> ResponseReturnValue:
    """Let a place that was offered go to whoever is next."""
    invitation = _opened(token)
    offer = offers.get_offer(offer_id, invitation)
    submission = OnceForm().submission_id
    replying.pass_place_on(invitation, offer, submission, Channel.EMAIL, locale_code())
    db.session.commit()
    return _back(token)


@bp.post("/<token>/confirm")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def confirm_again(token: str) -> ResponseReturnValue:
    """Take the same delegates in for the new days."""
    invitation = _opened(token)
    replying.confirm_again(invitation, OnceForm().submission_id, Channel.EMAIL, locale_code())
    _require_as_told(invitation)
    db.session.commit()
    return _back(token)


@bp.post("/<token>/decline")
@limiter.limit(ANSWER_LIMIT, key_func=_token)
def decline(token: str) -> ResponseReturnValue:
    """Keep that nobody comes."""
    form, invitation = DeclineForm(), _opened(token)
    replying.decline_invitation(
        invitation, form.said(), form.submission_id, Channel.EMAIL, locale_code()
    )
    _require_as_told(invitation)
    db.session.commit()
    return _back(token)


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


def _held(token: str) -> Invitation:
    """Answer the invitation, its activity held from the start.

    Hundreds answer in the hour after a round, one after another: whoever waits for the activity
    half-way keeps the one at work from the processor.
    """
    invitation = _opened(token)
    event_service.lock(invitation.event)
    return invitation


def _require_as_told(invitation: Invitation) -> None:
    """Refuse an answer about days or a place that do not hold any more.

    Asked once the activity is held, and so cannot change between this look and the commit.
    """
    if request.form.get("told") not in {None, str(invitation.event.calendar_sequence)}:
        raise ChangedMeanwhileError(
            _(
                "The activity was changed while this page was open."
                " Please look at its days and place, and answer again."
            )
        )


def _known(invitation: Invitation) -> list[Known]:
    return known.list_known(invitation, queries.list_delegates(invitation))


def _typed(invitation: Invitation, named: list[NamedDelegate], submission_id: UUID) -> Seen:
    """Answer the delegates who came in by these very names: whoever typed them knows them.

    Whoever was ticked, or had her place before, may be somebody this browser does not know.
    """
    typed = {names.fold(one.full_name) for one in named if one.person is None}
    return Seen(
        people=frozenset(
            d.person.kept.id
            for d in queries.list_delegates(invitation)
            if d.person.name_fold in typed and d.registration.submission_id == submission_id
        )
    )


def _page(
    invitation: Invitation,
    token: str,
    *,
    form: AnswerForm | HerForm | None = None,
    digits_form: DigitsForm | None = None,
    refusal: InputError | None = None,
) -> str:
    answer = invitations.latest_answer(invitation)
    # Nobody is named but in an answer, and most pages are opened before there is one.
    delegates = queries.list_delegates(invitation) if answer is not None else []
    sees = seen.of(invitation)
    sessions = events.list_sessions(invitation.event)
    told = telling.tell(invitation.event, locale_code(), sessions)
    invitee = invitations.invitee_name(invitation)
    organisation = invitee if invitation.organisation_id else ""
    is_open = places.is_open(invitation.event, sessions)
    offered = _offered(invitation, delegates, sees) if is_open else []
    shown = [*(d.person for d in delegates), *(one.person for one in offered)]
    form = form or _to_fill_in(invitation, delegates, sees)
    is_asked_again = answer is not None and answer.answer is Answer.TO_CONFIRM
    return render_template(
        "answering/invitation.html",
        invitation=invitation,
        token=token,
        told=told,
        invitee=invitee,
        delegates=result.show(invitation.event, delegates, sees, told, organisation),
        offered=offered,
        sees=sees,
        digits_form=digits_form or DigitsForm(formdata=None),
        is_masked=not all(map(sees.sees, shown)),
        materials=materials.list_shown(invitation.event),
        file_size=files.in_words,
        is_asked_again=is_asked_again,
        said_before=invitations.last_given(invitation) if is_asked_again else None,
        is_open=is_open,
        is_full=not places.has_free_place(invitation.event, [invitation.organisation_id]),
        form=form,
        empty_row=empty_row,
        rows=_rows(invitation, form),
        questions=invitation.event.kind.questions,
        said=_said(invitation, answer),
        asked=questions,
        offers=offers.open_offers([d.registration.id for d in delegates]) if delegates else {},
        attended=_attended(invitation) if delegates else [],
        last=answer,
        refusal=refusal,
        **_small_forms(),
        State=InvitationState,
    )


def _small_forms() -> dict[str, OnceForm]:
    """Answer the forms that are always empty when they are shown."""
    return {
        "decline_form": DeclineForm(formdata=None),
        "call_form": CallBackForm(formdata=None),
        "again_form": OnceForm(formdata=None),
    }


def _rows(invitation: Invitation, form: AnswerForm | HerForm) -> int:
    """Answer how many rows the form has: one a seat only where all are few, or asked for."""
    filled = len(form.delegates) if isinstance(form, AnswerForm) else 0
    asks_for_all = request.args.get("rows") == "all"
    return invitation.seats if asks_for_all else min(invitation.seats, filled + AT_ONCE)


def _to_fill_in(
    invitation: Invitation, delegates: list[Delegate], sees: Seen
) -> AnswerForm | HerForm:
    if invitation.person_id is not None:
        return HerForm.to_show(delegates)
    return AnswerForm.for_link(delegates, sees)


def _offered(invitation: Invitation, delegates: list[Delegate], sees: Seen) -> list[Known]:
    """Answer whom the form offers as a tick: delegates who are seen stand in rows of their own."""
    in_rows = {d.person.kept.id for d in delegates if sees.sees(d.person)}
    known_ones = known.list_known(invitation, delegates)
    return [one for one in known_ones if one.person.id not in in_rows]


def _said(invitation: Invitation, answer: InvitationAnswer | None) -> dict[str, list[str]]:
    """Answer what stands in the fields of the questions: typed just now, or said before."""
    asked = invitation.event.kind.questions
    if request.method == "POST":
        return {q["key"]: request.form.getlist(questions.field_of(q)) for q in asked}
    if not asked or answer is None:
        return {}
    return {
        key: questions.as_typed(reply)
        for key, reply in invitations.last_replies(invitation).items()
    }


def _attended(invitation: Invitation) -> list[tuple[EventSession, dict[int, str]]]:
    """Answer how each delegate is marked in each session held, by registration."""
    states = attendance.states_by_session(invitation.event)
    return [
        (
            session,
            {i: action.value for (kind, i), action in marks.items() if kind == "registration"},
        )
        for session in events.list_sessions(invitation.event)
        if session.state is SessionState.HELD and (marks := states.get(session.id, {})) is not None
    ]

"""Officers' pages beyond e-mail: texts for Zalo, calls, and how many answer."""

from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.changes import by_hand
from coopevents.channels import calling, queries, responses, service, zalo
from coopevents.channels.forms import CallForm, TickedForm
from coopevents.channels.responses import By, Responses
from coopevents.channels.words import (
    CHANNEL_NAMES,
    OUTCOME_NAMES,
    OUTCOME_TONES,
    ROUND_NAMES,
    WHY_CALL,
)
from coopevents.db import db
from coopevents.delegates.words import POST_LABELS
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.events import queries as events
from coopevents.events import questions
from coopevents.events import service as event_service
from coopevents.events.models import Event
from coopevents.i18n import LANGUAGE_NAMES, LOCALES, _
from coopevents.invitations import queries as invitations
from coopevents.letters import queries as letters
from coopevents.lifecycle import replying
from coopevents.registrations import queries as registrations

bp = Blueprint("channels", __name__, url_prefix="/events/<int:event_id>/channels")

WORDS = {
    "channels": CHANNEL_NAMES,
    "outcomes": OUTCOME_NAMES,
    "tones": OUTCOME_TONES,
    "whys": WHY_CALL,
    "rounds": ROUND_NAMES,
    "posts": POST_LABELS,
}

BACK = {"zalo": "channels.show_zalo", "letters": "letters.list_letters"}
"""The pages a note is made from, and goes back to."""


@bp.app_context_processor
def channel_words() -> dict[str, object]:
    """Answer the words of channels, for parts that stand on pages of other rooms."""
    return {"channel_words": WORDS, "By": By}


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


@bp.get("/zalo")
def show_zalo(event_id: int) -> str:
    """Show the text for each invitee who is told over Zalo, ready to be copied."""
    event = _event(event_id)
    asked = request.args.get("language", LOCALES[0])
    language = asked if asked in LOCALES else LOCALES[0]
    return render_template(
        "channels/zalo.html",
        event=event,
        texts=zalo.list_texts(event, by_hand.ids_untold(event), language),
        language=language,
        languages_of_texts=LANGUAGE_NAMES,
        direction="rtl" if language == "ar" else "ltr",
        new_uuid=uuid4,
    )


@bp.post("/told")
def note_told(event_id: int) -> ResponseReturnValue:
    """Note that the ticked were told just now, and go back to the list."""
    event, form = _event(event_id), TickedForm()
    ids = form.ids()
    event_service.lock(event)
    ticked = queries.choose(queries.list_standing(event), ids)
    by_hand.note(event, ticked, form.told(), form.submission_id)
    db.session.commit()
    return _back(event_id)


@bp.post("/notes/<int:delivery_id>/take-back")
def take_back(event_id: int, delivery_id: int) -> ResponseReturnValue:
    """Say that the invitee was not told after all."""
    event = _event(event_id)
    service.take_back(queries.get_delivery(event, delivery_id), TickedForm().submission_id)
    db.session.commit()
    return _back(event_id)


@bp.post("/assign")
def assign(event_id: int) -> ResponseReturnValue:
    """Have the ticked told by hand over another channel from now on."""
    event, form = _event(event_id), TickedForm()
    ids = form.ids()
    event_service.lock(event)
    ticked = queries.choose(queries.list_standing(event), ids)
    channel = form.told().channel
    service.assign(event, [one.invitation.id for one in ticked], channel)
    db.session.commit()
    return redirect(url_for(".list_calls", event_id=event_id), 303)


def _back(event_id: int) -> ResponseReturnValue:
    page = BACK.get(request.form.get("back", ""), "channels.list_calls")
    return redirect(url_for(page, event_id=event_id), 303)


@bp.get("/calls")
def list_calls(event_id: int) -> str:
    """Show whom to call, why, and at which number."""
    event = _event(event_id)
    return render_template(
        "channels/calls.html",
        event=event,
        calls=calling.list_calls(event, by_hand.ids_untold(event)),
    )


@bp.get("/calls/<int:invitation_id>")
def show_call(event_id: int, invitation_id: int) -> str:
    """Show what is known of an invitee, and the form of the call."""
    return _call_page(_event(event_id), invitation_id)


@bp.post("/calls/<int:invitation_id>")
def record_call(event_id: int, invitation_id: int) -> ResponseReturnValue:
    """Note the call and the answer given in it, or say at the very place what is missing."""
    event = _event(event_id)
    standing = queries.get_standing(event, invitation_id)
    form = CallForm()
    form.offer(calling.choices_of(calling.tell_call(standing, ())))
    if standing.is_person:
        form.ask_her()
    try:
        replies = questions.read(event.kind.questions, request.form)
        told, reply = form.told(), form.reply(replies)
        replying.record_call(standing, told, reply, form.submission_id, LOCALES[0])
    except NotFoundError:
        raise
    except DomainError as refusal:
        db.session.rollback()
        form.mark(refusal.fields)
        status = 422 if isinstance(refusal, InputError) else refusal.status
        return _call_page(_event(event_id), invitation_id, form, refusal), status
    db.session.commit()
    return redirect(url_for(".list_calls", event_id=event_id), 303)


def _call_page(
    event: Event,
    invitation_id: int,
    form: CallForm | None = None,
    refusal: DomainError | None = None,
) -> str:
    standing = queries.get_standing(event, invitation_id)
    call = calling.tell_call(standing, by_hand.ids_untold(event))
    invitation = standing.invitation
    if form is None:
        form = CallForm.to_show(invitation.seats, registrations.list_delegates(invitation))
    form.offer(calling.choices_of(call))
    if standing.is_person:
        form.ask_her()
    return render_template(
        "channels/call.html",
        event=event,
        call=call,
        one=standing,
        form=form,
        refusal=refusal,
        questions=event.kind.questions,
        asked=questions,
        said=_said(standing),
        copy=letters.latest_copies([invitation.id]).get(invitation.id),
        assign_form=TickedForm(formdata=None),
    )


def _said(standing: queries.Standing) -> dict[str, list[str]]:
    """Answer what stands in the fields of the questions: what was typed, or what was said."""
    if request.method == "POST":
        return {
            name.removeprefix("reply-"): values
            for name, values in request.form.lists()
            if name.startswith("reply-")
        }
    said = invitations.last_replies(standing.invitation)
    return {key: questions.as_typed(reply) for key, reply in said.items()}


@bp.get("/answers/<by>")
def list_answers(event_id: int, by: str) -> str:
    """Show the invitees behind the numbers of answers: of one channel or commune, or of all."""
    event = _event(event_id)
    if by not in set(By):
        raise NotFoundError(_("There is no such list."))
    standings = queries.list_standing(event)
    key = request.args.get("key")
    return render_template(
        "channels/answers.html",
        event=event,
        by=by,
        key=key,
        picked=Responses("", standings) if key is None else responses.pick(standings, By(by), key),
    )

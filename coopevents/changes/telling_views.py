"""One change as it happened, and what is done until everybody concerned knows of it."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.changes import queries, remaining, service
from coopevents.changes.forms import AgainForm, ToldForm
from coopevents.changes.models import EventChange
from coopevents.changes.remaining import Untold
from coopevents.changes.words import OUTCOME_WORDS, page_words
from coopevents.db import db
from coopevents.errors import DomainError, NotFoundError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event
from coopevents.i18n import LOCALES
from coopevents.lifecycle import changing

bp = Blueprint(
    "changes_telling", __name__, url_prefix="/events/<int:event_id>/changes/<int:change_id>"
)


def _found(event_id: int, change_id: int) -> tuple[Event, EventChange]:
    event = events.get_event(event_id, access.actor().programme_id)
    return event, queries.get_change(change_id, event)


@bp.get("/")
def show_change(event_id: int, change_id: int) -> str:
    """Show one change as it happened, and who remains to be told."""
    return _page(*_found(event_id, change_id))


@bp.post("/told")
def note_told(event_id: int, change_id: int) -> ResponseReturnValue:
    """Note whom an officer told by hand, or could not reach."""
    event, change = _found(event_id, change_id)
    form = _form(change)
    try:
        if form.validate():
            service.note_told(
                change, form.invitation_ids.data or [], form.told(), form.submission_id
            )
            db.session.commit()
            return redirect(url_for(".show_change", event_id=event_id, change_id=change_id), 303)
    except NotFoundError:
        raise
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
    return _page(event, change, form), 422


@bp.post("/again")
def tell_again(event_id: int, change_id: int) -> ResponseReturnValue:
    """Send the notices anew to those whom the first did not reach."""
    event, change = _found(event_id, change_id)
    form = AgainForm()
    event_service.lock(event)
    done = queries.find_change(event, form.submission_id)
    if done is None:
        untold = remaining.list_untold(event, of=change)
        again = service.again(event, untold, form.shown.data or "")
        done = changing.tell_change_again(event, change, again, form.submission_id, LOCALES[0])
        db.session.commit()
    return redirect(url_for(".show_change", event_id=event_id, change_id=done.id), 303)


@bp.app_template_global()
def still_untold(event: Event) -> list[Untold]:
    """Answer who holds what was before a change, while knowing better would still help."""
    if event.state not in service.TOLD_IN:
        return []
    return [one for one in remaining.list_untold(event) if not one.is_over]


def _form(change: EventChange, *, is_sent: bool = True) -> ToldForm:
    form = ToldForm() if is_sent else ToldForm(formdata=None)
    form.offer(remaining.named(change))
    return form


def _page(event: Event, change: EventChange, form: ToldForm | None = None) -> str:
    untold = remaining.list_untold(event, of=change)
    again = [one for one in untold if one.mails and not one.is_over]
    may_send = event.state in service.TOLD_IN
    return render_template(
        "changes/show.html",
        event=event,
        change=change,
        shown=change.consequences,
        untold=untold,
        again=again if may_send else [],
        again_form=AgainForm(formdata=None, shown=service.fingerprint_of(again)),
        noted=remaining.list_noted(change),
        form=form or _form(change, is_sent=False),
        outcomes=OUTCOME_WORDS,
        **page_words(),
    )

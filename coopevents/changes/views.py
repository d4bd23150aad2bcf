"""The pages that change an activity: each shows what follows, and does nothing until confirmed."""

from collections.abc import Callable
from datetime import date, time
from typing import Any, TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.changes import queries, readiness, service
from coopevents.changes.consequences import Consequences
from coopevents.changes.foreseeing import foresee
from coopevents.changes.forms import (
    CancelForm,
    CancelSessionForm,
    ConfirmForm,
    MoveForm,
    PlaceForm,
    PostponeForm,
    ReasonForm,
)
from coopevents.changes.models import EventChange
from coopevents.changes.readiness import Readiness
from coopevents.changes.service import StaleError
from coopevents.changes.words import KIND_WORDS, page_words
from coopevents.db import Json, db
from coopevents.directory import seats
from coopevents.errors import DomainError, NotFoundError
from coopevents.events import effects
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.effects import Change
from coopevents.events.models import Event, EventSession
from coopevents.i18n import LOCALES, _, day, hours, together
from coopevents.lifecycle import changing
from coopevents.programme import queries as programmes
from coopevents.territory.models import AdministrativeUnit

bp = Blueprint("changes", __name__, url_prefix="/events/<int:event_id>/changes")

AnyForm = TypeVar("AnyForm", bound=ReasonForm)


def _nothing(_form: object) -> None:
    """Leave the form as it is."""


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


@bp.get("/")
def list_changes(event_id: int) -> str:
    """Show what was changed since the activity was planned, and what can be changed."""
    event = _event(event_id)
    return render_template(
        "changes/list.html",
        event=event,
        sessions=events.list_sessions(event),
        changes=queries.list_changes(event),
        kinds=KIND_WORDS,
    )


@bp.route("/postpone", methods=["GET", "POST"])
def postpone(event_id: int) -> ResponseReturnValue:
    """Move every session to another day, or say that the new days are not known yet."""
    event = _event(event_id)
    sessions = events.list_sessions(event)
    return _walk(
        event,
        PostponeForm,
        _("Postpone the activity"),
        fill=lambda form: form.fill(sessions),
        read=lambda form: form.change(sessions),
    )


@bp.route("/move/<int:session_id>", methods=["GET", "POST"])
def move_session(event_id: int, session_id: int) -> ResponseReturnValue:
    """Move one session to another day, other hours or another place."""
    event = _event(event_id)
    session = events.get_session(session_id, event)
    return _walk(
        event,
        MoveForm,
        _("Move a session"),
        fill=lambda form: form.fill(session),
        read=lambda form: form.change(session),
        session=session,
    )


@bp.route("/place", methods=["GET", "POST"])
def change_place(event_id: int) -> ResponseReturnValue:
    """Hold the activity elsewhere."""
    event = _event(event_id)
    communes = _communes()
    return _walk(
        event,
        PlaceForm,
        _("Change the place"),
        prepare=lambda form: form.offer(communes, event),
        fill=lambda form: form.fill(event),
        read=PlaceForm.change,
    )


@bp.route("/cancel-session/<int:session_id>", methods=["GET", "POST"])
def cancel_session(event_id: int, session_id: int) -> ResponseReturnValue:
    """Cancel one session; the activity goes on."""
    event = _event(event_id)
    session = events.get_session(session_id, event)
    return _walk(
        event,
        CancelSessionForm,
        _("Cancel a session"),
        read=lambda form: form.change(session),
        session=session,
    )


@bp.route("/cancel", methods=["GET", "POST"])
def cancel(event_id: int) -> ResponseReturnValue:
    """Cancel the whole activity."""
    return _walk(_event(event_id), CancelForm, _("Cancel the activity"), read=CancelForm.change)


@bp.route("/publish", methods=["GET", "POST"])
def publish(event_id: int) -> ResponseReturnValue:
    """Publish the draft, after a look at what becomes visible and what is missing."""
    return _settle(
        _event(event_id),
        readiness.before_publishing,
        changing.publish_confirmed,
        "changes/publish.html",
    )


@bp.route("/close", methods=["GET", "POST"])
def close(event_id: int) -> ResponseReturnValue:
    """Close the activity, after a look at what is missing and what it then counts as."""
    return _settle(
        _event(event_id),
        readiness.before_closing,
        changing.close_confirmed,
        "changes/close.html",
    )


def _walk(
    event: Event,
    form_class: type[AnyForm],
    title: str,
    *,
    read: Callable[[AnyForm], Change],
    fill: Callable[[AnyForm], None] = _nothing,
    prepare: Callable[[AnyForm], None] = _nothing,
    session: EventSession | None = None,
) -> ResponseReturnValue:
    """Ask, show what follows, and do it: three steps under one address."""
    page: Json = {"event": event, "title": title, "session": session}
    form = form_class()
    prepare(form)
    if request.method == "GET":
        fill(form)
        return _form_page(page, form)
    # Before the form is looked for: of two sendings at once the second then finds the first.
    event_service.lock(event)
    done = _done(event, form)
    if done is not None:
        return done
    if form.is_stale(event):
        anew = form_class(formdata=None)
        prepare(anew)
        fill(anew)
        anew.reason.data = form.reason.data
        return _form_page(page, anew, 409, is_stale=True)
    try:
        return _take(page, form, read)
    except StaleError as stale:
        return _confirm_page(page, stale.now, 409)
    except NotFoundError:
        raise
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _form_page(page, form, 422)


def _take(page: Json, form: AnyForm, read: Callable[[AnyForm], Change]) -> ResponseReturnValue:
    event = page["event"]
    if not form.validate():
        return _form_page(page, form, 422)
    if request.form.get("step") == "edit":
        return _form_page(page, form)
    change = read(form)
    if not form.shown.data:
        return _confirm_page(page, foresee(event, change))
    shown = service.confirmed(event, change, form.shown.data)
    done = changing.change_event(event, change, shown, form.submission_id, LOCALES[0])
    db.session.commit()
    return _to(done)


def _settle(
    event: Event,
    look: Callable[[Event], Readiness],
    do: Callable[[Event, Any, Json], EventChange],
    template: str,
) -> ResponseReturnValue:
    """Show how the activity stands; with the button under it, do what it is about."""
    form = ConfirmForm()
    if request.method == "GET":
        return _ready_page(template, event, form, look(event))
    event_service.lock(event)
    done = _done(event, form)
    if done is not None:
        return done
    ready = look(event)
    if form.is_stale(event) or form.shown.data != ready.fingerprint:
        return _ready_page(template, event, form, ready, is_stale=True), 409
    try:
        carried_out = do(event, form.submission_id, ready.as_json())
    except DomainError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _ready_page(template, event, form, look(_event(event.id))), 422
    db.session.commit()
    return _to(carried_out)


def _ready_page(
    template: str, event: Event, form: ConfirmForm, ready: Readiness, *, is_stale: bool = False
) -> str:
    form.found_on(event)
    form.shown.data, form.shown.raw_data = ready.fingerprint, None
    return render_template(template, event=event, form=form, ready=ready, is_stale=is_stale)


def _done(event: Event, form: ConfirmForm) -> ResponseReturnValue | None:
    """Answer where what this very form did before can be seen, if it was received before."""
    found = queries.find_change(event, form.submission_id)
    return _to(found) if found else None


def _to(change: EventChange) -> ResponseReturnValue:
    address = url_for("changes_telling.show_change", event_id=change.event_id, change_id=change.id)
    return redirect(address, 303)


def _form_page(
    page: Json, form: ReasonForm, status: int = 200, *, is_stale: bool = False
) -> ResponseReturnValue:
    event = page["event"]
    form.found_on(event)
    form.shown.data, form.shown.raw_data = "", None
    refused = ""
    try:
        effects.refuse_unless_known(event)
    except DomainError as error:
        refused = str(error.message)
    shown = render_template(
        "changes/form.html", **page, form=form, is_stale=is_stale, refused=refused
    )
    return shown, status


def _confirm_page(page: Json, shown: Consequences, status: int = 200) -> ResponseReturnValue:
    sent = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN]
    return (
        render_template(
            "changes/confirm.html",
            **page,
            token=ConfirmForm(formdata=None),
            shown=shown.as_json(),
            fingerprint=shown.fingerprint,
            sent=sent,
            reason=request.form.get("reason", ""),
            is_stale=status == 409,
            at_any_hour=shown.at_any_hour,
            **page_words(),
        ),
        status,
    )


OWN = frozenset({"csrf_token", "shown", "step"})
"""Fields that a confirmation makes anew."""


@bp.app_template_filter("told_mail")
def _mail(one: Json) -> str:
    """Answer one mail of those that tell a change: to whom, and where it goes."""
    return f"{one['name']} ({one['address']})"


@bp.app_template_filter("told_when")
def _when(line: str) -> str:
    """Answer a day and its hours as the reader's language writes them."""
    held_on, _space, times = line.partition(" ")
    starts, ends = (time.fromisoformat(text) for text in times.split("-"))
    return together([day(date.fromisoformat(held_on)), hours(starts, ends)])


def _communes() -> list[AdministrativeUnit]:
    programme = programmes.get_programme(access.actor().programme_id)
    places = seats.list_places(programme.register, clock.today())
    return [place.unit for place in places if not place.is_undecided]

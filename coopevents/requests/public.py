"""The public page of an activity and its form: no account, no script, nothing of the register."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.access import Actor
from coopevents.db import db
from coopevents.errors import DomainError, NotFoundError
from coopevents.events import queries as events
from coopevents.events import telling
from coopevents.events.models import Event
from coopevents.i18n import _, locale_code
from coopevents.lifecycle import placing
from coopevents.requests import queries
from coopevents.requests.forms import AskForm
from coopevents.requests.models import OpenRegistration
from coopevents.web import limiter

bp = Blueprint("requests_public", __name__, url_prefix="/activities/<int:event_id>")

ASKED = "20 per hour; 60 per day"
"""For one address, of requests that were kept: a commune may share one."""


def _registration(event_id: int) -> OpenRegistration:
    # A number longer than the database counts is no activity either.
    registration = queries.find_shown(event_id) if event_id < 2**63 else None
    if registration is None:
        raise NotFoundError(_("There is no such page."))
    event = registration.event
    access.act_as(
        Actor(
            kind="visitor",
            id=None,
            label=_("whoever filled in the public form"),
            programme_id=event.programme_id,
        )
    )
    return registration


@bp.get("")
def show_activity(event_id: int) -> str:
    """Show what the activity is, and the form while a place may be asked for."""
    registration = _registration(event_id)
    return _page(registration, AskForm.over(registration.event))


def _was_kept(response: Response) -> bool:
    return response.status_code == 303


@bp.post("")
@limiter.limit(ASKED, deduct_when=_was_kept)
def ask(event_id: int) -> ResponseReturnValue:
    """Keep the request; the same is answered whoever asks, and however often."""
    registration = _registration(event_id)
    event = registration.event
    form = AskForm.over(event)
    try:
        if not form.is_of_a_machine and not form.carries_out(lambda: _keep(event, form)):
            return _page(registration, form), 422
    except DomainError as refusal:
        db.session.rollback()
        return _page(_registration(event_id), form, refusal), refusal.status
    db.session.commit()
    lang = request.args.get("lang")
    return redirect(url_for(".show_kept", event_id=event_id, lang=lang), 303)


def _keep(event: Event, form: AskForm) -> None:
    placing.ask_for_place(event, form.asked(), locale_code())


@bp.get("/asked")
def show_kept(event_id: int) -> str:
    """Say that the request arrived and what happens next; it says so to everybody."""
    registration = _registration(event_id)
    return render_template(
        "requests/asked.html", told=telling.tell(registration.event, locale_code()), id=event_id
    )


def _page(registration: OpenRegistration, form: AskForm, refusal: DomainError | None = None) -> str:
    event = registration.event
    sessions = events.list_sessions(event)
    return render_template(
        "requests/activity.html",
        event=event,
        registration=registration,
        told=telling.tell(event, locale_code()),
        is_open=queries.takes_requests(registration, sessions),
        is_over=queries.is_over(event, sessions),
        form=form,
        refusal=refusal,
    )

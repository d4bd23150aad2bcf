"""Officers' pages of open registration: the setting, who asked, and what is decided."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock, editing
from coopevents.channels.words import CHANNEL_NAMES
from coopevents.db import db
from coopevents.directory import lists
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation
from coopevents.duplicates.matching import SIGN_LABELS, Match
from coopevents.errors import DomainError, NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import LANGUAGE_NAMES, _
from coopevents.registrations import holds
from coopevents.registrations import queries as registrations
from coopevents.requests import consents, deciding, letters, queries, recognising, service
from coopevents.requests.forms import ApproveForm, DeclineForm, OpenForm
from coopevents.requests.models import PlaceRequest, RequestState
from coopevents.requests.recognising import Likely
from coopevents.requests.words import STATE_NAMES, STATE_TONES

bp = Blueprint("requests", __name__, url_prefix="/events/<int:event_id>/requests")

FOUND = 10
"""So many organisations are offered by a search; whoever misses one types more."""


@bp.app_template_global()
def requests_waiting(event: Event) -> int:
    """Answer the number on the activity's tab."""
    return queries.count_waiting(event)


@bp.app_template_global()
def askers_of(event: Event) -> dict[int, PlaceRequest]:
    """Answer who asked for the places of each invitation, for the pages of telling by hand."""
    return queries.askers_of(event)


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


def _free(event: Event) -> int | None:
    """Answer how many places nobody has and nothing holds; None where nobody is turned away."""
    if event.capacity is None:
        return None
    kept = sum(holds.held_places(event).values())
    return max(event.capacity - registrations.count_taken(event) - kept, 0)


@bp.get("/")
def list_requests(event_id: int) -> str:
    """Show who asks for a place, each beside the organisation it probably is."""
    event = _event(event_id)
    listed = queries.list_requests(event)
    waiting = [one for one in listed if one.state is RequestState.WAITING]
    sessions = events.list_sessions(event)
    registration = queries.find_registration(event)
    return render_template(
        "requests/list.html",
        event=event,
        registration=registration,
        takes_requests=queries.takes_requests(registration, sessions),
        is_over=queries.is_over(event, sessions),
        waiting=waiting,
        decided=listed[len(waiting) :],
        likely=recognising.likely(event, waiting),
        free=_free(event),
        address=letters.public_address(event.id),
        words=STATE_NAMES,
        tones=STATE_TONES,
    )


@bp.route("/open", methods=["GET", "POST"])
def set_up(event_id: int) -> ResponseReturnValue:
    """Open registration for those not invited, change until when, or close it."""
    event = _event(event_id)
    standing = _standing(event)
    form = OpenForm(data=standing)
    back = url_for(".list_requests", event_id=event.id)
    page = editing.form_page(
        form,
        lambda: service.set_up(
            event,
            is_open=bool(form.is_open.data),
            until_on=form.until_on.data,
            audience=form.wanted_audience(),
        ),
        standing,
        title=_("Open registration"),
        note=_(
            "Whoever is not invited asks on a public page; nobody has a place before you approve."
        ),
        back=back,
        crumbs=[
            (url_for("events.list_events"), _("Activities")),
            (url_for("events.show_event", event_id=event.id), event.title),
            (back, _("Requests for a place")),
        ],
    )
    if page is not None:
        return page
    db.session.commit()
    return redirect(back, 303)


def _standing(event: Event) -> dict[str, object]:
    registration = queries.find_registration(event)
    if registration is None:
        return {"is_open": False, "until_on": None, "audience": ""}
    return {
        "is_open": registration.closed_at is None,
        "until_on": registration.until_on,
        "audience": registration.audience,
    }


@bp.get("/<int:request_id>")
def show_request(event_id: int, request_id: int) -> str:
    """Show one request, which organisations it may be of, and what can be decided."""
    event = _event(event_id)
    asked = queries.get_request(request_id, event)
    return _page(asked, ApproveForm.over(asked), DeclineForm(formdata=None))


@bp.post("/<int:request_id>/approve")
def approve(event_id: int, request_id: int) -> ResponseReturnValue:
    """Invite the organisation that was chosen, and send the link."""
    asked = queries.get_request(request_id, _event(event_id))
    form = ApproveForm.over(asked)
    try:
        if not form.carries_out(lambda: _approve(asked, form)):
            return _page(asked, form, DeclineForm(formdata=None)), 422
    except DomainError as refusal:
        return _refused(asked, refusal)
    db.session.commit()
    return redirect(url_for(".list_requests", event_id=event_id), 303)


def _approve(asked: PlaceRequest, form: ApproveForm) -> None:
    chosen = _find(asked.event, form.chosen_id)
    deciding.approve(asked, form.approval(chosen))


def _find(event: Event, organisation_id: int | None) -> Organisation | None:
    if organisation_id is None:
        return None
    return directory.find_organisation(organisation_id, event.programme.register_id)


@bp.post("/<int:request_id>/decline")
def decline(event_id: int, request_id: int) -> ResponseReturnValue:
    """Give no place, and say why."""
    asked = queries.get_request(request_id, _event(event_id))
    form = DeclineForm()
    try:
        if not form.carries_out(lambda: deciding.decline(asked, form.said())):
            return _page(asked, ApproveForm.over(asked, formdata=None), form), 422
    except DomainError as refusal:
        return _refused(asked, refusal)
    db.session.commit()
    return redirect(url_for(".list_requests", event_id=event_id), 303)


def _refused(asked: PlaceRequest, refusal: DomainError) -> ResponseReturnValue:
    if isinstance(refusal, NotFoundError):
        raise refusal
    db.session.rollback()
    approve_form = ApproveForm.over(asked, formdata=None)
    page = _page(asked, approve_form, DeclineForm(formdata=None), refusal)
    return page, refusal.status


def _page(
    asked: PlaceRequest,
    approve_form: ApproveForm,
    decline_form: DeclineForm,
    refusal: DomainError | None = None,
) -> str:
    event = asked.event
    q = (request.values.get("q") or "").strip()[:200]
    waits = asked.state is RequestState.WAITING
    offered = recognising.likely(event, [asked]).get(asked.id, []) if waits else []
    searched = _searched(event, q, approve_form.chosen_id) if waits else []
    known = {one.id for one in offered}
    return render_template(
        "requests/request.html",
        event=event,
        asked=asked,
        is_over=queries.is_over(event, events.list_sessions(event)),
        offered=[*offered, *(one for one in searched if one.id not in known)],
        q=q,
        free=_free(event),
        agreed=queries.purposes_of(asked),
        consents=consents,
        approve_form=approve_form,
        decline_form=decline_form,
        refusal=refusal,
        signs=SIGN_LABELS,
        channel_names=CHANNEL_NAMES,
        language=LANGUAGE_NAMES.get(asked.locale, asked.locale),
        words=STATE_NAMES,
        tones=STATE_TONES,
    )


def _searched(event: Event, q: str, chosen_id: int | None) -> list[Likely]:
    """Answer the organisations a search found, and the one that was chosen before."""
    register = event.programme.register
    ids = []
    if q:
        found = lists.list_organisations(register, on=clock.today(), q=q, limit=FOUND)
        ids = [line.id for line in found.items]
    if _find(event, chosen_id) is not None and chosen_id not in ids:
        ids.append(chosen_id or 0)
    matches = [Match(id_, 0, (), ()) for id_ in ids]
    described = recognising.describe(event, matches)
    return [described[match] for match in matches]

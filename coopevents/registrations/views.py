"""The places of an activity, for its officers: who has one, who waits, what is held for whom."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, editing
from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event
from coopevents.i18n import LOCALES, _
from coopevents.invitations import queries as invitations
from coopevents.invitations.queries import Invited
from coopevents.lifecycle import placing
from coopevents.registrations import holds, offers, places, queries
from coopevents.registrations.forms import HoldForm

bp = Blueprint("places", __name__, url_prefix="/events/<int:event_id>/places")


def _event(event_id: int) -> Event:
    """Answer the activity; whoever is about to change its places holds it alone."""
    event = events.get_event(event_id, access.actor().programme_id)
    if request.method == "POST":
        event_service.lock(event)
    return event


@bp.get("/")
def show_places(event_id: int) -> str:
    """Show how the places stand, who waits and until when somebody is asked."""
    event = _event(event_id)
    waiting = queries.list_waiting(event)
    stand_for = queries.organisations_of(waiting)
    in_turn = places.in_turn(waiting, stand_for, holds.organisations_placed(event))
    silent = queries.list_waiting(event, is_lapsed=True)
    listed = [*queries.list_offered(event), *in_turn, *silent]
    invited = _organisations(event)
    names = {one.invitation.organisation_id: one.name for one in invited}
    counts_as = {one.invitation.organisation_id: one.organisation_id or 0 for one in invited}
    kept_free, held = holds.held_places(event), holds.list_holds(event)
    return render_template(
        "registrations/places.html",
        event=event,
        counts=queries.count_by_state(event),
        listed=listed,
        offers=offers.open_offers([one.id for one in listed]),
        holds=held,
        kept_free=sum(kept_free.values()),
        still_open={one.id: kept_free[counts_as[one.organisation_id]] for one in held},
        taken=queries.count_taken(event),
        names=names,
        is_open=places.is_open(event),
    )


@bp.route("/hold", methods=["GET", "POST"])
def hold(event_id: int) -> ResponseReturnValue:
    """Hold places for an invited organisation until a day."""
    event = _event(event_id)
    invited = {one.invitation.id: one for one in _organisations(event)}
    form = HoldForm()
    form.invitation_id.choices = {str(i): one.name for i, one in invited.items()}
    back = url_for(".show_places", event_id=event.id)
    page = editing.form_page(
        form,
        lambda: placing.hold_places(
            event, invited[form.invitation_id.data].invitation, *form.wanted(), LOCALES[0]
        ),
        title=_("Hold places"),
        note=_("Until the day is over nobody else gets them. Then they go to the waiting list."),
        back=back,
        crumbs=[
            (url_for("events.list_events"), _("Activities")),
            (url_for("events.show_event", event_id=event.id), event.title),
            (back, _("Places")),
        ],
    )
    if page is not None:
        return page
    db.session.commit()
    return redirect(back, 303)


def _organisations(event: Event) -> list[Invited]:
    """Answer for whom places can be held: a person needs none held, she answers or does not."""
    invited = invitations.list_invited(event)
    return [one for one in invited if one.invitation.organisation_id is not None]


@bp.post("/holds/<int:hold_id>/release")
def release(event_id: int, hold_id: int) -> ResponseReturnValue:
    """Hold the places no more."""
    event = _event(event_id)
    held = next((one for one in holds.list_holds(event) if one.id == hold_id), None)
    if held is None:
        raise NotFoundError(_("Nothing is held there any more."))
    placing.release_places(event, held, LOCALES[0])
    db.session.commit()
    return redirect(url_for(".show_places", event_id=event.id), 303)

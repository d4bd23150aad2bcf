from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.attendance.counting import kept_people
from coopevents.audiences.audience import EXCLUSION_LABELS
from coopevents.db import db
from coopevents.directory.models import Person
from coopevents.errors import InputError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event
from coopevents.guests import choosing, service
from coopevents.guests.forms import ConfirmForm, picked
from coopevents.guests.words import AS_NAMES
from coopevents.i18n import LOCALES, labels
from coopevents.invitations import invitees
from coopevents.people import finding
from coopevents.people.finding import Search

bp = Blueprint("guests", __name__, url_prefix="/events/<int:event_id>/guests")

FOUND = 30
"""So many of those found by name are shown; whoever is not among them is looked for closer."""


@bp.app_template_filter()
def as_name(invited_as: str) -> str:
    """Answer as what a person is invited, in the language spoken now."""
    return labels(AS_NAMES)[invited_as]


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


@bp.get("/new")
def choose(event_id: int) -> ResponseReturnValue:
    """Show the speakers of the activity, and whom a name finds: nobody is chosen yet."""
    return _choosing_page(_event(event_id))


def _choosing_page(event: Event, refusal: InputError | None = None) -> ResponseReturnValue:
    try:
        chosen = [] if refusal else picked(request.args)
        people = choosing.get_people(event, [one.person_id for one in chosen])
    except InputError as wrong:
        return _choosing_page(event, wrong)
    kept = {people[one.person_id].id: (people[one.person_id], one.invited_as) for one in chosen}
    trainers = events.list_trainers(event)
    speakers = invitees.kept_people([t.person_id for t in trainers if t.person_id is not None])
    shown = {person.id: person for person in speakers.values() if person.id not in kept}
    found, has_more = _found(event)
    new = [person for person in found if person.id not in kept | shown]
    page = render_template(
        "guests/choose.html",
        event=event,
        refusal=refusal,
        kept=list(kept.values()),
        speakers=[(person, "") for person in shown.values()],
        unknown=sorted({t.full_name for t in trainers if t.person_id is None}),
        found=[(person, "") for person in new],
        has_more=has_more,
        has_searched=bool(_asked().q or _asked().offices),
        positions=invitees.positions_of({*kept, *shown, *(person.id for person in new)}),
        as_names=labels(AS_NAMES),
    )
    return page, 422 if refusal else 200


def _asked() -> Search:
    q = " ".join(request.args.get("q", "").split())[:100]
    return Search(q=q or None, offices=request.args.get("officials") == "yes")


def _found(event: Event) -> tuple[list[Person], bool]:
    search = _asked()
    if not (search.q or search.offices):
        return [], False
    page = finding.list_people(
        event.programme.register, search, kept=kept_people(), on=clock.today(), limit=FOUND
    )
    return [line.person for line in page.items], page.next is not None


@bp.get("/preview")
def preview(event_id: int) -> ResponseReturnValue:
    """Show exactly who would be invited, how, and who not and why; write nothing."""
    event = _event(event_id)
    try:
        shown = choosing.preview(event, picked(request.args))
    except InputError as refusal:
        return _choosing_page(event, refusal)
    again: dict[str, Any] = {f"as-{g.person.id}": g.invited_as.value for g in shown.guests}
    return render_template(
        "guests/preview.html",
        event=event,
        shown=shown,
        why=EXCLUSION_LABELS,
        again=url_for(".choose", event_id=event.id, **again),
        form=ConfirmForm(formdata=None, preview_token=choosing.preview_token(event, shown)),
    )


@bp.post("/")
def confirm(event_id: int) -> ResponseReturnValue:
    """Invite exactly the previewed list."""
    event = _event(event_id)
    # Before the list is looked at again: of two who confirm at once, the second finds it stale.
    event_service.lock(event)
    shown = choosing.confirmed(event, ConfirmForm().preview_token.data or "")
    by_hand = choosing.chosen_by_hand(shown, request.form)
    opened = service.invite(event, shown, by_hand, LOCALES[0])
    db.session.commit()
    if opened is None:
        return redirect(url_for("invitations.list_invitations", event_id=event_id), 303)
    return redirect(url_for("invitations.show_round", event_id=event_id, round_id=opened.id), 303)

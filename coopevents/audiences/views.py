"""Officers' pages of whom to invite: choose, look at the names, take some out, confirm the list."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.attendance import queries as attendance
from coopevents.audiences import audience, choice, written
from coopevents.audiences.audience import EXCLUSION_LABELS, Exclusion
from coopevents.audiences.choice import Audience
from coopevents.audiences.forms import KIND_LABELS, AudienceForm, ConfirmForm, TakenOutForm
from coopevents.audiences.written import WHY_LABELS, Recognised
from coopevents.channels import choosing
from coopevents.db import db
from coopevents.directory import seats
from coopevents.errors import InputError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events import telling
from coopevents.events.models import Event
from coopevents.i18n import LOCALES, _
from coopevents.invitations import queries
from coopevents.lifecycle import inviting

bp = Blueprint("audiences", __name__, url_prefix="/events/<int:event_id>/invitations")


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


@bp.get("/new")
def choose(event_id: int) -> str:
    """Show the form of the audience: nobody is chosen yet, but for what a page before asks."""
    event = _event(event_id)
    proposed = None if request.args else queries.proposed_audience(event)
    form = _audience_form(event, formdata=None, data=proposed or _asked_before())
    return render_template(
        "audiences/choose.html", event=event, form=form, proposed=proposed is not None
    )


def _audience_form(event: Event, **values: Any) -> AudienceForm:
    places = seats.list_places(event.programme.register, clock.today())
    return AudienceForm.over(places, choice.list_sectors(event), choice.list_like(event), **values)


def _asked_before() -> dict[str, Any]:
    try:
        since = date.fromisoformat(request.args.get("never_reached_since", ""))
    except ValueError:
        since = None
    return {
        "never_reached_since": since,
        "women_led": request.args.get("women_led") == "yes",
        "kinds": [kind for kind in request.args.getlist("kinds") if kind in set(KIND_LABELS)],
    }


@bp.post("/preview")
def preview(event_id: int) -> ResponseReturnValue:
    """Show exactly who would be invited and who not, and why; write nothing."""
    event = _event(event_id)
    form = _audience_form(event)
    recognised = Recognised()
    refusal = None
    if form.validate_on_submit():
        try:
            recognised = written.recognise(event.programme.register, form.rows())
            if form.names_some and not recognised.organisation_ids:
                raise InputError(_("None of these rows is an organisation of the register."))
        except InputError as error:
            refusal = error
    if refusal or form.errors:
        return _audience_page(event, form, recognised, refusal), 422
    chosen = form.audience(recognised.organisation_ids)
    return _preview_page(event, chosen, form.seats.data or 1, recognised)


@bp.post("/preview/without")
def take_out(event_id: int) -> ResponseReturnValue:
    """Show the list again without those who were ticked; write nothing."""
    event, form = _event(event_id), TakenOutForm()
    chosen, number = audience.chosen_in(event, form.preview_token.data or "")
    out = tuple(form.taken_out.data or ())
    return _preview_page(event, replace(chosen, taken_out=out), number, Recognised())


def _audience_page(
    event: Event, form: AudienceForm, recognised: Recognised, refusal: InputError | None
) -> str:
    return render_template(
        "audiences/choose.html",
        event=event,
        form=form,
        refusal=refusal,
        recognised=recognised,
        why=WHY_LABELS,
    )


def _preview_page(
    event: Event, chosen: Audience, number: int, recognised: Recognised
) -> ResponseReturnValue:
    shown = audience.preview(event, chosen, number, attendance.reached)
    locale = LOCALES[0]
    return render_template(
        "audiences/preview.html",
        event=event,
        shown=shown,
        told=telling.tell(event, locale),
        labels=EXCLUSION_LABELS,
        recognised=recognised,
        why=WHY_LABELS,
        taken_out=[one for one in shown.left_out if one.reason is Exclusion.TAKEN_OUT],
        form=ConfirmForm(formdata=None, preview_token=audience.preview_token(event, shown)),
        offers=(offers := choosing.offer(shown)),
        proposed=choosing.count_best(offers),
    )


@bp.post("/")
def confirm(event_id: int) -> ResponseReturnValue:
    """Invite exactly the previewed list."""
    event = _event(event_id)
    # Before the list is looked at again: of two who confirm at once, the second finds it stale.
    event_service.lock(event)
    shown = audience.confirmed(event, ConfirmForm().preview_token.data or "", attendance.reached)
    by_hand = choosing.chosen(shown, request.form)
    opened = inviting.invite_over_channels(event, shown, by_hand, LOCALES[0])
    db.session.commit()
    if opened is None:
        return redirect(url_for("invitations.list_invitations", event_id=event_id), 303)
    return redirect(url_for("invitations.show_round", event_id=event_id, round_id=opened.id), 303)

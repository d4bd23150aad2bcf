"""Where a new activity begins: a kind, a template, one held before, a promise of the plan."""

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock, editing
from coopevents.db import db
from coopevents.editing import PartForm
from coopevents.events import queries, repeating
from coopevents.events.forms import EmptyForm
from coopevents.events.models import Event
from coopevents.events.part_forms import RepeatForm, TemplateForm
from coopevents.i18n import _
from coopevents.lifecycle import planning
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme, YearPlan

bp = Blueprint("events_repeating", __name__, url_prefix="/events")

GET_AND_POST = ("GET", "POST")


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _event(event_id: int) -> Event:
    return queries.get_event(event_id, access.actor().programme_id)


@bp.get("/new")
def choose_beginning() -> str:
    """Show what a new activity can begin with; a promise narrows it to its kind."""
    programme = _programme()
    said = request.args.get("promise", type=int)
    promise = programmes.get_part(YearPlan, said, programme) if said else None
    kinds = queries.list_kinds(programme.id)
    templates = queries.list_templates(programme.id)
    if promise is not None:
        kinds = [kind for kind in kinds if kind.key == promise.kind] or kinds
        templates = [t for t in templates if t.outline["event"]["kind"] == promise.kind]
    earlier = queries.list_repeatable(programme.id, promise.kind if promise else None)
    return render_template(
        "events/choose.html",
        promise=promise,
        kinds=kinds,
        templates=templates,
        earlier=earlier,
        sessions=queries.sessions_of([event.id for event in earlier]),
        form=EmptyForm(),
    )


@bp.route("/<int:event_id>/repeat", methods=GET_AND_POST)
def repeat(event_id: int) -> ResponseReturnValue:
    """Plan the activity again, as it was, from another day on."""
    event = _event(event_id)
    sessions = queries.list_sessions(event)
    first = min((s.held_on for s in sessions), default=clock.today())
    promise = _promise()
    form = RepeatForm(
        data={
            "title": promise.title if promise else event.title,
            "first_on": _first_day(promise, first),
        }
    )
    return _plan_again(
        form,
        lambda: planning.repeat_event(event, form.again(promise)),
        _("Repeat: %(title)s", title=event.title),
    )


@bp.route("/templates/<int:template_id>", methods=GET_AND_POST)
def plan_from_template(template_id: int) -> ResponseReturnValue:
    """Plan an activity from the template."""
    programme = _programme()
    template = queries.get_template(template_id, programme.id)
    promise = _promise()
    form = RepeatForm(
        data={
            "title": promise.title if promise else template.outline["event"]["title"],
            "first_on": _first_day(promise, clock.today()),
        }
    )
    return _plan_again(
        form,
        lambda: planning.plan_outline(programme, template.outline, form.again(promise)),
        template.name,
    )


def _promise() -> YearPlan | None:
    said = request.args.get("promise", type=int)
    return programmes.get_part(YearPlan, said, _programme()) if said else None


def _first_day(promise: YearPlan | None, before: date) -> date:
    """Answer the day to propose: in the promised month, or on the same weekday a year later."""
    if promise is not None:
        return date(promise.year, promise.month or 1, 1)
    day = before
    while day <= clock.today():
        day += timedelta(weeks=52)
    return day


def _plan_again(form: PartForm, save: Callable[[], Event], title: str) -> ResponseReturnValue:
    saved: list[Event] = []
    page = editing.form_page(
        form,
        lambda: saved.append(save()),
        title=title,
        back=url_for("events.list_events"),
        crumbs=[(url_for("events.list_events"), _("Activities"))],
        note=_(
            "Agenda, hosts, trainers, checklist, budget and audience are taken over; nothing that"
            " was sent, answered or attended is. You can change everything before it is published."
        ),
    )
    if page is not None:
        return page
    db.session.commit()
    return redirect(url_for("events.show_event", event_id=saved[0].id), 303)


@bp.route("/<int:event_id>/template", methods=GET_AND_POST)
def save_template(event_id: int) -> ResponseReturnValue:
    """Keep the activity, without its days, as a template."""
    event = _event(event_id)
    form = TemplateForm(data={"name": event.title})
    page = editing.form_page(
        form,
        lambda: planning.keep_template(event, editing.clean(form.name.data)),
        title=_("Keep as a template"),
        back=url_for("events.show_event", event_id=event.id),
        crumbs=[(url_for("events.list_events"), _("Activities"))],
    )
    if page is not None:
        return page
    db.session.commit()
    return redirect(url_for(".choose_beginning"), 303)


@bp.post("/templates/<int:template_id>/remove")
def remove_template(template_id: int) -> ResponseReturnValue:
    """Offer the template no more."""
    repeating.remove_template(queries.get_template(template_id, access.actor().programme_id))
    db.session.commit()
    return redirect(url_for(".choose_beginning"), 303)

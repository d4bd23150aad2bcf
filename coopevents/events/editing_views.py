"""Planning an activity and changing its parts: what it says of itself, agendas, trainers."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock, editing
from coopevents.db import db
from coopevents.directory import seats
from coopevents.editing import PartForm
from coopevents.events import forms, part_forms, queries, service
from coopevents.events.models import Event, EventState
from coopevents.i18n import LOCALES, _, translated
from coopevents.lifecycle import planning
from coopevents.people import queries as people
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme, YearPlan
from coopevents.territory.models import AdministrativeUnit

bp = Blueprint("events_editing", __name__, url_prefix="/events")

GET_AND_POST = ("GET", "POST")

OFFER_HOURS = 8
"""What the form of a new activity proposes: a day of the office to take a free place."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _event(event_id: int) -> Event:
    """Answer the activity; whoever is about to change it holds it alone."""
    event = queries.get_event(event_id, access.actor().programme_id)
    if request.method == "POST":
        service.lock(event)
    return event


def _communes(programme: Programme) -> list[AdministrativeUnit]:
    places = seats.list_places(programme.register, clock.today())
    return [place.unit for place in places if not place.is_undecided]


def _edit(
    form: PartForm,
    save: Callable[[], Event],
    title: str,
    back: str,
    standing: Mapping[str, Any] | None = None,
    *,
    note: str | None = None,
    told: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    """Show the form, or save what was entered and go to the activity.

    `told` is read after saving: what the page of the activity is to tell.
    """
    crumbs = [(url_for("events.list_events"), _("Activities"))]
    if back != crumbs[0][0]:
        crumbs.append((back, _("The activity")))
    saved: list[Event] = []
    page = editing.form_page(
        form,
        lambda: saved.append(save()),
        standing,
        title=title,
        note=note,
        back=back,
        crumbs=crumbs,
    )
    if page is not None:
        return page
    db.session.commit()
    address = url_for("events.show_event", event_id=saved[0].id, **(told or {}))
    return redirect(address, 303)


@bp.route("/new/<kind>", methods=GET_AND_POST)
def plan_event(kind: str) -> ResponseReturnValue:
    """Show the form of a new activity of the kind; a draft is written when it is sent."""
    programme = _programme()
    promised = _promised(programme)
    chosen = queries.get_kind(kind, programme.id)
    values = {"kind_id": chosen.id, "offer_hours": OFFER_HOURS, **_contact()}
    values |= _as_promised(promised)
    form = forms.EventForm.over(programme.id, _communes(programme), chosen, data=values)
    return _edit(
        form,
        lambda: planning.plan_event(
            programme.id,
            form.plan(
                submission_id=form.submission_id,
                year_plan_id=promised.id if promised else None,
            ),
        ),
        _("Plan an activity"),
        url_for("events.list_events"),
        note=translated(chosen.name),
    )


def _promised(programme: Programme) -> YearPlan | None:
    """Answer the promise of the yearly plan that the address names."""
    said = request.args.get("promise", type=int)
    return programmes.get_part(YearPlan, said, programme) if said else None


def _contact() -> dict[str, Any]:
    who = access.actor()
    return {"contact_name": who.label} if who.kind == "user" else {}


def _as_promised(promised: YearPlan | None) -> dict[str, Any]:
    if promised is None:
        return {}
    return {
        "title": promised.title,
        "place": promised.place or "",
        "capacity": promised.seats,
        "lead_body_id": promised.host_body_id,
    }


@bp.route("/<int:event_id>/edit", methods=GET_AND_POST)
def change_event(event_id: int) -> ResponseReturnValue:
    """Rewrite a draft; of an activity people know of, change what concerns nobody's calendar."""
    event = _event(event_id)
    back = url_for("events.show_event", event_id=event.id)
    values = forms.values_of(event)
    if event.state is not EventState.DRAFT:
        return _change_details(event, values, back)
    sessions = queries.list_sessions(event)
    programme = _programme()
    form = forms.EventForm.over(
        programme.id,
        _communes(programme),
        event.kind,
        data={**values, "sessions": forms.rows_of(sessions)},
    )

    told: dict[str, str] = {}
    kind = event.kind.key

    def save() -> Event:
        if not planning.change_draft(event, form.plan()):
            told["checklist_of"] = kind
        return event

    said = [forms.session_in_words(session) for session in sessions]
    return _edit(form, save, event.title, back, {**values, "sessions": said}, told=told)


def _change_details(event: Event, values: Mapping[str, Any], back: str) -> ResponseReturnValue:
    service.require_running(event)
    form = forms.DetailsForm(data=values)
    form.choose_from(event.programme_id)
    standing = {name: value for name, value in values.items() if name in form}

    def save() -> Event:
        planning.change_details(event, form.details(), LOCALES[0])
        return event

    note = _("Day, hours and place are changed by acts of their own, which tell the invited.")
    return _edit(form, save, event.title, back, standing, note=note)


@bp.route("/<int:event_id>/sessions/<int:session_id>/agenda", methods=GET_AND_POST)
def change_agenda(event_id: int, session_id: int) -> ResponseReturnValue:
    """Say what happens in a session, and for whom it is."""
    event = _event(event_id)
    session = queries.get_session(session_id, event)
    service.require_running(event)
    items = queries.agenda_of([session.id])[session.id]
    form = part_forms.AgendaForm(data=part_forms.values_of_session(session, items))
    if request.method == "GET":
        form.spare_rows()

    def save() -> Event:
        service.change_session(session, **form.details())
        service.set_agenda(session, form.agenda())
        return event

    standing: dict[str, Any] = {"topic": session.topic, "class_group": session.class_group}
    standing["optional"] = not session.required
    standing["points"] = part_forms.rows_of_agenda(items)
    back = url_for("events.show_event", event_id=event.id)
    return _edit(form, save, forms.session_in_words(session), back, standing)


@bp.get("/<int:event_id>/trainers")
def list_trainers(event_id: int) -> str:
    """Show who teaches or speaks."""
    event = _event(event_id)
    return _trainers(event, part_forms.TrainerForm.over(queries.list_sessions(event)))


@bp.post("/<int:event_id>/trainers")
def add_trainer(event_id: int) -> ResponseReturnValue:
    """Have somebody teach or speak."""
    event = _event(event_id)
    sessions = {session.id: session for session in queries.list_sessions(event)}
    form = part_forms.TrainerForm.over(list(sessions.values()))

    def save() -> None:
        service.require_running(event)
        service.add_trainers(event, [form.plan()], sessions.get(form.session_id.data))

    refusal = editing.attempt(form, save)
    if refusal is not None:
        return _trainers(event, form), refusal.status
    db.session.commit()
    return redirect(url_for(".list_trainers", event_id=event.id), 303)


def _trainers(event: Event, form: part_forms.TrainerForm) -> str:
    trainers = queries.list_trainers(event)
    return render_template(
        "events/trainers.html",
        event=event,
        trainers=trainers,
        sessions={session.id: session for session in queries.list_sessions(event)},
        namesakes=queries.namesakes_of(trainers, _programme().register_id),
        parts=part_forms.PARTS,
        form=form,
        empty=forms.EmptyForm(),
    )


@bp.post("/<int:event_id>/trainers/<int:trainer_id>/remove")
def remove_trainer(event_id: int, trainer_id: int) -> ResponseReturnValue:
    """Have somebody teach no more."""
    event = _event(event_id)
    service.require_running(event)
    service.remove_trainer(queries.get_trainer(trainer_id, event), event.programme_id)
    db.session.commit()
    return redirect(url_for(".list_trainers", event_id=event.id), 303)


@bp.post("/<int:event_id>/trainers/<int:trainer_id>/link")
def link_trainer(event_id: int, trainer_id: int) -> ResponseReturnValue:
    """Say which person of the register the trainer is; the latest answer holds."""
    event = _event(event_id)
    trainer = queries.get_trainer(trainer_id, event)
    said = request.form.get("person_id", type=int)
    person = people.get_person(said, _programme().register_id) if said else None
    service.link_trainer(trainer, person.id if person else None, event.programme_id)
    db.session.commit()
    return redirect(url_for(".list_trainers", event_id=event.id), 303)

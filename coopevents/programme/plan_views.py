"""The yearly plan: what is promised for a year, and what came of it."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, editing
from coopevents.accounts import queries as accounts
from coopevents.db import db
from coopevents.editing import PartForm
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState
from coopevents.i18n import _, translated
from coopevents.programme import forms, queries, service
from coopevents.programme.models import PeriodKind, Programme, YearPlan
from coopevents.reports import indicators
from coopevents.reports.figures import Figure, Scope

bp = Blueprint("year_plan", __name__, url_prefix="/programme/settings/plan")

GET_AND_POST = ("GET", "POST")


def _programme() -> Programme:
    """Answer the programme; whoever is about to change it holds it alone."""
    programme = queries.get_programme(access.actor().programme_id)
    if request.method == "POST":
        service.lock(programme)
    return programme


def _edit(
    form: PartForm,
    save: Callable[[], object],
    title: str,
    year: int,
    standing: Mapping[str, Any] | None = None,
) -> ResponseReturnValue:
    back = url_for(".show_plan", year=year)
    page = editing.form_page(form, save, standing, title=title, back=back)
    if page is not None:
        return page
    db.session.commit()
    return redirect(back, 303)


@bp.get("/<int:year>")
def show_plan(year: int) -> str:
    """Show what is planned for a year, beside what the target promises."""
    programme = _programme()
    if year not in range(programme.starts_on.year, programme.ends_on.year + 1):
        raise NotFoundError(_("The programme does not run in that year."))
    planned = queries.list_year_plan(programme, year)
    kept_by = events.events_of_promises([promise.id for promise in planned])
    return render_template(
        "programme/plan.html",
        programme=programme,
        year=year,
        planned=planned,
        kept_by=kept_by,
        sessions=events.sessions_of([e.id for found in kept_by.values() for e in found]),
        done=_done_of(planned, kept_by),
        joint=_joint_activities(programme, year),
        check=queries.check_year_plan(programme, year),
        years=[
            (url_for(".show_plan", year=each), str(each), each == year)
            for each in range(programme.starts_on.year, programme.ends_on.year + 1)
        ],
        before=len(queries.list_year_plan(programme, year - 1)),
        kinds={kind.key: translated(kind.name) for kind in events.list_all_kinds(programme.id)},
        names={id_: translated(row.name) for id_, row in accounts.names_of_bodies().items()},
    )


def _done_of(planned: list[YearPlan], kept_by: Mapping[int, list[Event]]) -> dict[str, int]:
    """Answer how many promises are kept, in preparation, and not begun."""
    states = [{event.state for event in kept_by.get(promise.id, [])} for promise in planned]
    kept = sum(EventState.CLOSED in found for found in states)
    ahead = sum(
        EventState.CLOSED not in found and bool(found - {EventState.CANCELLED}) for found in states
    )
    return {"kept": kept, "ahead": ahead, "open": len(planned) - kept - ahead}


def _joint_activities(programme: Programme, year: int) -> Figure | None:
    """Answer I1 of the report year, by the function the report is made with."""
    periods = queries.list_periods(programme, PeriodKind.YEAR)
    period = next((period for period in periods if period.label == str(year)), None)
    return indicators.compute("I1", Scope.of(period)) if period else None


def _activity_form(programme: Programme, values: Mapping[str, Any]) -> forms.ActivityForm:
    form = forms.ActivityForm(data=values)
    form.kind.choices = {
        kind.key: translated(kind.name) for kind in events.list_kinds(programme.id)
    }
    named = accounts.names_of_bodies()
    signed = [row.body_id for row in queries.list_bodies(programme) if row.body_id in named]
    form.host_body_id.choices = {
        "0": _("not yet decided"),
        **{str(body_id): translated(named[body_id].name) for body_id in signed},
    }
    return form


@bp.route("/<int:year>/new", methods=GET_AND_POST)
def promise(year: int) -> ResponseReturnValue:
    """Put an activity on the plan of a year."""
    programme = _programme()
    form = _activity_form(programme, {"year": year})
    return _edit(
        form,
        lambda: service.promise(programme, form.plan()),
        _("An activity for %(year)s", year=year),
        year,
    )


@bp.route("/activities/<int:planned_id>", methods=GET_AND_POST)
def change_promise(planned_id: int) -> ResponseReturnValue:
    """Change an activity on the plan of its year."""
    programme = _programme()
    planned = queries.get_part(YearPlan, planned_id, programme)
    fields = ("year", "kind", "title", "place", "seats")
    standing = {name: getattr(planned, name) for name in fields}
    standing |= {"month": planned.month or 0, "host_body_id": planned.host_body_id or 0}
    form = _activity_form(programme, standing)
    return _edit(
        form,
        lambda: service.change_promise(planned, form.plan()),
        _("Planned activity"),
        planned.year,
        standing,
    )


@bp.post("/activities/<int:planned_id>/drop")
def drop_promise(planned_id: int) -> ResponseReturnValue:
    """Take an activity off the plan of its year."""
    planned = queries.get_part(YearPlan, planned_id, _programme())
    year = planned.year
    service.drop_promise(planned)
    db.session.commit()
    return redirect(url_for(".show_plan", year=year), 303)


@bp.post("/<int:year>/copy")
def copy_plan(year: int) -> ResponseReturnValue:
    """Put on the plan what stood on that of the year before."""
    service.copy_plan(_programme(), year)
    db.session.commit()
    return redirect(url_for(".show_plan", year=year), 303)

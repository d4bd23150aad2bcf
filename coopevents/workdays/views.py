"""The working calendar: which days of a year differ, and when the office is open."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopevents import clock, editing
from coopevents.db import db
from coopevents.editing import PartForm
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.workdays import forms, queries, service
from coopevents.workdays.models import OfficeHours

bp = Blueprint("workdays", __name__, url_prefix="/programme/settings/calendar")

GET_AND_POST = ("GET", "POST")


@bp.get("/<int:year>")
def show_year(year: int) -> str:
    """Show the days of a year that differ from their weekday, and the hours of the office."""
    if year not in range(1900, 2201):
        raise NotFoundError(_("Give the year with four figures."))
    first, last = date(year, 1, 1), date(year, 12, 31)
    return render_template(
        "workdays/year.html",
        year=year,
        years=sorted({*queries.list_years(), clock.today().year, year}),
        days=queries.list_days(first, last),
        working=len(queries.working_days_between(first, last)),
        hours=_by_weekday(queries.list_hours()),
        kinds=forms.DAY_KINDS,
        weekday_name=queries.weekday_name,
    )


def _by_weekday(hours: list[OfficeHours]) -> list[dict[str, Any]]:
    return [
        {
            "weekday": queries.weekday_name(weekday),
            "stretches": [row for row in hours if row.weekday == weekday],
        }
        for weekday in range(7)
    ]


def _edit(
    form: PartForm,
    save: Callable[[], object],
    title: str,
    year: int,
    standing: Mapping[str, Any] | None = None,
    *,
    note: str | None = None,
) -> ResponseReturnValue:
    back = url_for(".show_year", year=year)
    page = editing.form_page(form, save, standing, title=title, note=note, back=back)
    if page is not None:
        return page
    db.session.commit()
    return redirect(back, 303)


@bp.route("/<int:year>/new", methods=GET_AND_POST)
def name_days(year: int) -> ResponseReturnValue:
    """Have the calendar name a day, or several that follow each other."""
    form = forms.DaysForm()
    return _edit(
        form, lambda: service.name_days(form.plan(), form.last_day.data), _("Days off"), year
    )


@bp.route("/<int:year>/swap", methods=GET_AND_POST)
def swap(year: int) -> ResponseReturnValue:
    """Make a working day free and have a day of rest worked for it."""
    form = forms.SwapForm()
    return _edit(
        form,
        lambda: service.swap(
            editing.given(form.day.data),
            editing.given(form.worked.data),
            editing.gathered(form, "name"),
            editing.clean(form.document.data) or None,
        ),
        _("Swap two days"),
        year,
        note=_("By yearly decision a working day is free, and a day of rest is worked for it."),
    )


@bp.route("/days/<int:day_id>", methods=GET_AND_POST)
def correct_day(day_id: int) -> ResponseReturnValue:
    """Correct what the calendar says of a day."""
    named = queries.get_day(day_id)
    standing = forms.values_of_day(named)
    form = forms.DayForm(data=standing)
    return _edit(
        form,
        lambda: service.correct_day(named, form.plan()),
        _("Correct a day of the calendar"),
        named.day.year,
        standing,
    )


@bp.post("/days/<int:day_id>/remove")
def forget_day(day_id: int) -> ResponseReturnValue:
    """Let the day be as its weekday is."""
    named = queries.get_day(day_id)
    year = named.day.year
    service.forget_day(named)
    db.session.commit()
    return redirect(url_for(".show_year", year=year), 303)


@bp.route("/hours", methods=GET_AND_POST)
def set_hours() -> ResponseReturnValue:
    """Say when the office is open."""
    standing = _hours_as_values()
    form = forms.HoursForm(data=standing)
    form.groups = tuple(
        (queries.weekday_name(weekday), (tuple(f"{name}_{weekday}" for name in forms.LABELS),))
        for weekday in range(7)
    )
    return _edit(
        form,
        lambda: service.set_hours(form.stretches()),
        _("Office hours"),
        clock.today().year,
        standing,
        note=_("A weekday without hours is no working day."),
    )


def _hours_as_values() -> dict[str, Any]:
    values: dict[str, Any] = {
        f"{name}_{weekday}": None for weekday in range(7) for name in forms.LABELS
    }
    hours = queries.list_hours()
    for weekday in range(7):
        rows = [row for row in hours if row.weekday == weekday]
        for half, row in zip(forms.HALVES, rows, strict=False):
            values[f"{half}_opens_{weekday}"] = row.opens
            values[f"{half}_closes_{weekday}"] = row.closes
    return values

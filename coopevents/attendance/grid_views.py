from datetime import date

from flask import Blueprint, render_template, request

from coopevents import access, clock
from coopevents.attendance.grid import (
    LISTED_KINDS,
    Mark,
    attendance_by_organisation,
)
from coopevents.db import db
from coopevents.directory import classification
from coopevents.directory import queries as directory
from coopevents.directory.forms import KIND_NAMES
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.names import sort_key
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("attendance_grid", __name__, url_prefix="/attendance")

ROWS_A_PAGE = 100


@bp.get("/by-organisation")
def by_organisation() -> str:
    """Show organisations × activities: who came, who was invited and did not, who never was."""
    programme = programmes.get_programme(access.actor().programme_id)
    from_on, to_on = _days(programme)
    everyone = request.args.get("show") == "all"
    grid = attendance_by_organisation(
        programme, from_on, to_on, also=_women_led(programme, to_on) if everyone else ()
    )
    names = directory.name_on((row.organisation_id for row in grid.rows), to_on)
    rows = sorted(grid.rows, key=lambda row: sort_key(names.get(row.organisation_id, "")))
    first = max(request.args.get("first", 0, type=int), 0)
    return render_template(
        "attendance/by_organisation.html",
        grid=grid,
        rows=rows[first : first + ROWS_A_PAGE],
        number_of_rows=len(rows),
        first=first,
        page=ROWS_A_PAGE,
        names=names,
        kinds=KIND_NAMES,
        marks=Mark,
        everyone=everyone,
        from_on=from_on,
        to_on=to_on,
    )


def _days(programme: Programme) -> tuple[date, date]:
    """Answer the days asked for; without any, those of the period that today belongs to."""
    period = programmes.period_on(programme, clock.today())
    from_on = _day("from", period.from_on if period else programme.starts_on)
    to_on = _day("to", period.to_on if period else programme.ends_on)
    if from_on > to_on:
        raise InputError(_("The first day lies after the last."))
    return from_on, to_on


def _day(name: str, default: date) -> date:
    asked = request.args.get(name)
    if not asked:
        return default
    try:
        return date.fromisoformat(asked)
    except ValueError as error:
        raise InputError(_("%(text)s is no day.", text=asked)) from error


def _women_led(programme: Programme, on: date) -> list[int]:
    rule = classification.get_rule(programme.women_led_rule)
    led = classification.women_led(rule, on).subquery()
    operating = directory.operating(programme.register, on, LISTED_KINDS)
    return list(db.session.scalars(operating.join(led, led.c.id == operating.selected_columns.id)))

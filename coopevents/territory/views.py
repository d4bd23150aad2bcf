from collections.abc import Iterator

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.db import db
from coopevents.directory import seats
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.territory import succession, units
from coopevents.territory.forms import EVERYWHERE, KIND_LABELS, UnitSearch
from coopevents.territory.units import territory_on

bp = Blueprint("territory", __name__, url_prefix="/territory")

MOST_FOUND = 50
"""Whoever gets more types another letter."""

MOST_ASKED = 200
"""As many organisations as a person goes through at one sitting; the others follow."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.get("/")
def search_units() -> str:
    """Show the communes of a name, what they were and what became of them."""
    programme, today = _programme(), clock.today()
    province = territory_on(programme.territory, today)
    provinces = [province, *succession.former_provinces(province)]
    form = UnitSearch.over(request.args, province.name)
    within = None if form.where.data == EVERYWHERE else [unit.id for unit in provinces]
    found = units.search_units(form.q.data or "", within=within, limit=MOST_FOUND + 1)
    shown = found[:MOST_FOUND]
    ids = [unit.id for unit in shown]
    return render_template(
        "territory/search.html",
        form=form,
        units=shown,
        more=len(found) > len(shown),
        became=succession.became_all(ids),
        came_from=succession.came_from_all(ids),
        gaps=succession.gaps(),
        asks_for_seats=any(p.is_undecided for p in seats.list_places(programme.register, today)),
        kinds=KIND_LABELS,
        province_of=units.province_of,
        district_of=units.district_of,
    )


@bp.get("/<int:unit_id>")
def show_unit(unit_id: int) -> str:
    """Show a commune: its days, where it lay, and every step of what it was and became."""
    unit = units.get_commune(unit_id)
    return render_template(
        "territory/show.html",
        unit=unit,
        became=succession.became(unit),
        came_from=succession.came_from(unit),
        kinds=KIND_LABELS,
        province_of=units.province_of,
        district_of=units.district_of,
    )


@bp.get("/undecided")
def list_open_seats() -> str:
    """Show the organisations of which nobody has said in which part of their commune they lie."""
    open_seats = seats.list_open_seats(_programme().register, clock.today())
    return render_template(
        "territory/undecided.html",
        seats=open_seats[:MOST_ASKED],
        more=len(open_seats) - MOST_ASKED,
        kinds=KIND_LABELS,
    )


@bp.post("/undecided")
def tell_seats() -> ResponseReturnValue:
    """Seat each organisation of which something was chosen; the others stay asked about."""
    register = _programme().register
    for address_id, part_id in _chosen():
        seats.decide(register, address_id, part_id)
    db.session.commit()
    return redirect(url_for(".list_open_seats"), 303)


def _chosen() -> Iterator[tuple[int, int]]:
    for name, value in request.form.items():
        kind, _dash, address_id = name.partition("-")
        if kind == "seat" and value:
            if not (address_id.isdecimal() and value.isdecimal()):
                raise InputError(_("There is no such commune."))
            yield int(address_id), int(value)

from flask import Blueprint, Response, render_template

from coopevents import access, clock, listing
from coopevents.budgets import export, queries
from coopevents.budgets.allowances import AllowanceList, allowances
from coopevents.budgets.queries import Total
from coopevents.budgets.words import SOURCE_NAMES
from coopevents.errors import DomainError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import _, translated
from coopevents.listing import Format
from coopevents.people.words import POST_NAMES
from coopevents.programme import queries as programmes
from coopevents.reports import dossier

bp = Blueprint("budgets", __name__, url_prefix="/events/<int:event_id>/budget")


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


@bp.app_template_global()
def lacks_spending(event: Event) -> bool:
    """Whether something was planned to be spent, and nobody has recorded any payment."""
    whole = Total.of(queries.total_by_source([event.id]).get(event.id, {}).values())
    return bool(whole.planned) and whole.spent is None


@bp.get("")
def show_budget(event_id: int) -> str:
    """Show what the activity is to cost, what was paid, and by whose money."""
    event = _event(event_id)
    totals = queries.total_by_source([event.id]).get(event.id, {})
    return render_template(
        "budgets/show.html",
        event=event,
        lines=queries.list_lines(event),
        totals=totals,
        whole=Total.of(totals.values()),
        spendings=queries.list_spendings(event),
        sources=SOURCE_NAMES,
    )


@bp.get("/export.xlsx")
def export_budget(event_id: int) -> Response:
    """Take the budget away as a workbook."""
    event = _event(event_id)
    totals = queries.total_by_source([event.id]).get(event.id, {})
    return listing.answer(export.budget(event, queries.list_lines(event), totals), Format.XLSX)


@bp.get("/payments.xlsx")
def export_spendings(event_id: int) -> Response:
    """Take every payment away as a workbook."""
    event = _event(event_id)
    return listing.answer(export.spendings(event, queries.list_spendings(event)), Format.XLSX)


@bp.get("/allowances")
def show_allowances(event_id: int) -> str:
    """Show what each participant is paid, and by which rates."""
    event = _event(event_id)
    return render_template("budgets/allowances.html", event=event, **_shown(allowances(event)))


@bp.get("/allowances/print")
def print_allowances(event_id: int) -> str:
    """Show the list as it is printed and signed."""
    event = _event(event_id)
    programme = programmes.get_programme(event.programme_id)
    return render_template(
        "budgets/allowance_sheet.html",
        event=event,
        bodies=dossier.bodies_of(programme, clock.today()),
        **_shown(_held(event)),
    )


@bp.get("/allowances.xlsx")
def export_allowances(event_id: int) -> Response:
    """Take the list away as a workbook."""
    event = _event(event_id)
    programme = programmes.get_programme(event.programme_id)
    names = [translated(body.name) for body in dossier.bodies_of(programme, clock.today())]
    return listing.answer(export.allowances(event, _held(event), names), Format.XLSX)


def _held(event: Event) -> AllowanceList:
    due = allowances(event)
    if due.held_on is None:
        raise DomainError(_("No session was held yet, so nobody is to be paid."))
    return due


def _shown(due: AllowanceList) -> dict[str, object]:
    return {
        "due": due,
        "rates": [(rate, export.told_rate(rate)) for rate in due.rates],
        "people": export.in_words(due),
        "posts": POST_NAMES,
    }

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.attendance import grid_pages
from coopevents.attendance.forms import SHOW_NAMES, GridFilter
from coopevents.attendance.grid import GridEvent, GridRow, Mark
from coopevents.attendance.grid_pages import Asked, GridPage, MarkCounts, Show
from coopevents.directory import classification, narrowing, seats
from coopevents.directory.export import in_words
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.narrowing import Narrowing, Standing, WomenLed
from coopevents.errors import InputError, NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import EventState
from coopevents.i18n import _
from coopevents.i18n import day as written
from coopevents.listing import Column, Format, Listing, Value, answer
from coopevents.permissions import Permission
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.reports.figures import TARGET_KINDS, percentage

bp = Blueprint("attendance_grid", __name__, url_prefix="/attendance")

NONE = MarkCounts(0, 0, 0)
ROWS_A_PAGE = 50
ROWS_A_PRINT = 400
"""How many rows a page has that is made to be printed: some ten sheets of A3."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _filter(programme: Programme) -> GridFilter:
    return GridFilter.over(
        request.args,
        seats.list_places(programme.register, clock.today()),
        events.list_all_kinds(programme.id),
        events.programme_contents(programme.id),
    )


def _asked(programme: Programme, form: GridFilter) -> Asked:
    """Answer the part of the grid that is asked for. Raises InputError for days that are none."""
    if form.wrong_days:
        raise InputError(_("%(text)s is no day.", text=", ".join(form.wrong_days)))
    from_on, to_on = form.days(_period(programme))
    if from_on > to_on:
        raise InputError(_("The first day lies after the last."))
    rule = classification.get_rule(programme.women_led_rule)
    narrowed = form.narrowing().conditions(to_on, rule)
    if commune_id := form.number("commune"):
        narrowed += Narrowing(commune_ids=[commune_id]).conditions(clock.today(), rule)
    return Asked(
        from_on,
        to_on,
        show=form.showing(),
        event_kind_id=form.number("event_kind"),
        content_id=form.number("content"),
        narrowed=narrowed,
    )


def _period(programme: Programme) -> tuple[date, date]:
    """Answer the days of the period that today belongs to, or else of the whole programme."""
    period = programmes.period_on(programme, clock.today())
    return (period.from_on, period.to_on) if period else (programme.starts_on, programme.ends_on)


@bp.get("/by-organisation")
def by_organisation() -> str:
    """Show organisations × activities: who came, who was invited and did not, who never was."""
    programme = _programme()
    form = _filter(programme)
    asked = _asked(programme, form)
    printed = request.args.get("print") == "1"
    page = grid_pages.page(
        programme,
        asked,
        after=request.args.get("after"),
        limit=ROWS_A_PRINT if printed else ROWS_A_PAGE,
    )
    rule = classification.get_rule(programme.women_led_rule)
    return render_template(
        "attendance/by_organisation.html",
        form=form,
        page=page,
        asked=asked,
        said=form.said(request.args),
        is_first="after" not in request.args,
        printed=printed,
        kinds=KIND_NAMES,
        marks=Mark,
        shows=SHOW_NAMES,
        rule=programme.women_led_rule,
        lacks_groups=not narrowing.has_women_led_groups(programme.register, rule, asked.to_on),
        open_events=_open_events(programme),
    )


def _open_events(programme: Programme) -> list[Any]:
    """Answer the activities somebody may still be invited to, the latest first."""
    if not access.may(Permission.PLAN):
        return []
    listed = events.list_events(programme.id, limit=100)
    return [event for event in listed if event.state in {EventState.DRAFT, EventState.PUBLISHED}]


@bp.get("/by-organisation/marks")
def count_marks() -> str:
    """Show how many organisations bear each mark, and how many of the target group were reached.

    It looks at every mark of the activities, so that the grid asks for it when it stands.
    """
    programme = _programme()
    form = _filter(programme)
    asked = replace(_asked(programme, form), show=Show.ALL)
    rule = classification.get_rule(programme.women_led_rule)
    target = Narrowing(
        kinds=TARGET_KINDS, women_led=WomenLed.YES, standing=Standing.OPERATING
    ).conditions(asked.to_on, rule)
    covered = grid_pages.count_marks(programme, Asked(asked.from_on, asked.to_on, narrowed=target))
    fragment = request.headers.get("HX-Request") == "true"
    return render_template(
        "attendance/grid_counts.html" if fragment else "attendance/grid_marks.html",
        counts=sum(grid_pages.count_marks(programme, asked).values(), NONE),
        covered={kind: covered[kind] for kind in TARGET_KINDS},
        all_covered=sum(covered.values(), NONE),
        percentage=percentage,
        asked=asked,
        said={name: value for name, value in form.said(request.args).items() if name != "show"},
        shows=Show,
        kinds=KIND_NAMES,
    )


@bp.get("/by-organisation/export.<form>")
def export_grid(form: str) -> ResponseReturnValue:
    """Answer exactly the filtered grid as a file."""
    if form not in set(Format):
        raise NotFoundError(_("There is no such file."))
    programme = _programme()
    asked = _asked(programme, _filter(programme))
    page = grid_pages.page(programme, asked, limit=None)
    return answer(_listing(programme, asked, page), Format(form))


def _listing(programme: Programme, asked: Asked, page: GridPage) -> Listing:
    return Listing(
        _("Attendance by organisation"),
        [
            Column(_("Organisation"), 40),
            Column(_("Kind")),
            *(Column(_heading(event), 5, rotated=True) for event in page.events),
            Column(_("Invited to"), 8),
            Column(_("Came to"), 8),
            Column(_("People"), 8),
            Column(_("Women"), 8),
        ],
        _lines(page),
        [
            _(
                "Activities held from %(first)s to %(last)s.",
                first=written(asked.from_on),
                last=written(asked.to_on),
            ),
            _("A number: so many people came. 0: invited, nobody came. Empty: not invited."),
            _("Led by women is counted by the rule %(rule)s.", rule=programme.women_led_rule),
            in_words(len(page.rows)),
        ],
    )


def _heading(event: GridEvent) -> str:
    return f"{event.title} ({written(event.last_on)})"


def _lines(page: GridPage) -> Iterator[Sequence[Value]]:
    for row in page.rows:
        yield [
            page.names[row.organisation_id],
            str(KIND_NAMES[row.kind]),
            *(_cell(row, event) for event in page.events),
            row.invited,
            row.attended,
            row.people,
            row.women,
        ]


def _cell(row: GridRow, event: GridEvent) -> Value:
    cell = row.cell(event.id)
    return None if cell.mark is Mark.NOT_INVITED else cell.people


@bp.get("/never-reached")
def invite_never_reached() -> ResponseReturnValue:
    """Open the audience of the chosen activity, with whom nobody has come for filled in."""
    event = events.get_event(request.args.get("event_id", 0, type=int), access.actor().programme_id)
    try:
        since = date.fromisoformat(request.args.get("since", ""))
    except ValueError as error:
        raise InputError(_("%(text)s is no day.", text=request.args.get("since", ""))) from error
    return redirect(
        url_for(
            "audiences.choose",
            event_id=event.id,
            never_reached_since=since,
            women_led=request.args.get("women_led"),
            kinds=request.args.get("kind") or None,
        )
    )

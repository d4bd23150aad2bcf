from dataclasses import asdict
from datetime import date
from itertools import islice
from typing import Any

import marshmallow as ma
from flask import send_file, url_for
from flask.typing import ResponseReturnValue

from coopevents import clock
from coopevents.attendance.grid import Grid, GridRow, Mark, attendance_by_organisation
from coopevents.db import Json
from coopevents.directory import queries as directory
from coopevents.directory.models import OrganisationKind
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _
from coopevents.programme import queries as programmes
from coopevents.programme.models import PeriodKind, Programme, ReportPeriod
from coopevents.reports import files, indicators, queries, service, snapshot
from coopevents.reports.figures import Figure, Scope
from coopevents.reports.models import RUNNING, Report, ReportState
from coopevents.rest import (
    Blueprint,
    PageArguments,
    page,
    page_schema,
    programme_id,
    repeatable,
)
from coopevents.territory.scope import Territory

bp = Blueprint(
    "api_reports",
    __name__,
    url_prefix="/api/v1",
    description="What the marks add up to: figures, the rows behind them, reports.",
)


class DaysArguments(PageArguments):
    """Which days, both of them included; without any, the report year that today belongs to."""

    from_on = ma.fields.Date(data_key="from")
    to_on = ma.fields.Date(data_key="to")


class GridEventSchema(ma.Schema):
    """An activity held in those days."""

    id = ma.fields.Integer()
    title = ma.fields.String()
    kind = ma.fields.String()
    first_on = ma.fields.Date()
    last_on = ma.fields.Date()


class CellSchema(ma.Schema):
    """What an organisation and an activity had to do with each other."""

    event_id = ma.fields.Integer()
    mark = ma.fields.Enum(Mark, by_value=True)
    invited = ma.fields.Boolean()
    people = ma.fields.Integer()
    women = ma.fields.Integer()


class GridRowSchema(ma.Schema):
    """An organisation that was invited or came; its people are different ones over all days."""

    organisation_id = ma.fields.Integer()
    name = ma.fields.String()
    kind = ma.fields.Enum(OrganisationKind, by_value=True)
    invited = ma.fields.Integer(metadata={"description": "Activities it was invited to."})
    attended = ma.fields.Integer(metadata={"description": "Activities somebody came to for it."})
    people = ma.fields.Integer()
    women = ma.fields.Integer()
    last_attended_on = ma.fields.Date(allow_none=True)
    events = ma.fields.List(ma.fields.Nested(CellSchema))


class PeriodArguments(ma.Schema):
    """Which report period, by its label."""

    period = ma.fields.String(metadata={"description": "Such as `2026`; without it this year."})


class RowsArguments(PageArguments, PeriodArguments):
    """Which page of the rows, of which period."""


class FigureSchema(ma.Schema):
    """A figure. A share is in percent, and null where there is nothing to divide by."""

    indicator = ma.fields.String()
    rule_version = ma.fields.Integer()
    value = ma.fields.Float(allow_none=True)
    numerator = ma.fields.Integer(allow_none=True)
    denominator = ma.fields.Integer(allow_none=True)
    breakdown = ma.fields.Dict(keys=ma.fields.String())


class RowSchema(ma.Schema):
    """A row behind a figure; `part` of its facts says what it did for the number."""

    kind = ma.fields.String()
    id = ma.fields.Integer()
    facts = ma.fields.Dict(keys=ma.fields.String())


class ReportOrderSchema(ma.Schema):
    """Of which period a report is wanted."""

    period = ma.fields.String(
        required=True, metadata={"description": "The label of a report period, such as `2026`."}
    )
    territory = ma.fields.Enum(
        Territory,
        by_value=True,
        load_default=Territory.AS_IT_IS,
        metadata={"description": "As it is on the last day, or as it was when it was signed for."},
    )


class ProgressSchema(ma.Schema):
    """How far the computing is."""

    done = ma.fields.Integer()
    total = ma.fields.Integer()


class ReportSchema(ma.Schema):
    """A version of a period's report; its figures stand once it is computed, and never change."""

    id = ma.fields.Integer()
    period = ma.fields.String()
    from_on = ma.fields.Date(data_key="from")
    to_on = ma.fields.Date(data_key="to")
    version = ma.fields.Integer()
    territory = ma.fields.Enum(Territory, by_value=True)
    state = ma.fields.Enum(ReportState, by_value=True)
    progress = ma.fields.Nested(ProgressSchema)
    requested_at = ma.fields.AwareDateTime()
    computed_at = ma.fields.AwareDateTime(allow_none=True)
    error = ma.fields.String(allow_none=True, metadata={"description": "Why it failed."})
    figures_hash = ma.fields.String(allow_none=True)
    figures = ma.fields.List(ma.fields.Nested(FigureSchema))
    files = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "Where each document is, by its kind."},
    )


def _programme() -> Programme:
    return programmes.get_programme(programme_id())


def _period(programme: Programme, label: str | None) -> ReportPeriod:
    if label is None:
        found = programmes.period_on(programme, clock.today())
    else:
        # A year and a longer period may bear one label: the year is meant then.
        named = [p for p in programmes.list_periods(programme, None) if p.label == label]
        found = min(named, key=lambda period: period.kind is not PeriodKind.YEAR, default=None)
    if found is None:
        raise NotFoundError(_("There is no such report period."))
    return found


@bp.get("/attendance/by-organisation")
@bp.arguments(DaysArguments, location="query")
@bp.response(
    200,
    page_schema(
        GridRowSchema,
        "GridPage",
        from_on=ma.fields.Date(data_key="from"),
        to_on=ma.fields.Date(data_key="to"),
        events=ma.fields.List(ma.fields.Nested(GridEventSchema)),
    ),
)
def by_organisation(asked: dict[str, Any]) -> dict[str, Any]:
    """List the organisations invited to what was held in those days, or present at it."""
    programme = _programme()
    from_on, to_on = _days(programme, asked)
    grid = attendance_by_organisation(programme, from_on, to_on)
    after, limit = asked.get("after", 0), asked["limit"]
    rows = list(islice((row for row in grid.rows if row.organisation_id > after), limit + 1))
    names = directory.name_on([row.organisation_id for row in rows], to_on)
    return page(
        [_grid_row(grid, row, names) for row in rows],
        limit,
        lambda row: row["organisation_id"],
        from_on=from_on,
        to_on=to_on,
        events=grid.events,
    )


def _days(programme: Programme, asked: dict[str, Any]) -> tuple[date, date]:
    period = programmes.period_on(programme, clock.today())
    from_on = asked.get("from_on") or (period.from_on if period else programme.starts_on)
    to_on = asked.get("to_on") or (period.to_on if period else programme.ends_on)
    if from_on > to_on:
        raise InputError(_("The first day lies after the last."))
    return from_on, to_on


def _grid_row(grid: Grid, row: GridRow, names: dict[int, str]) -> dict[str, Any]:
    cells = [(event.id, row.cells[event.id]) for event in grid.events if event.id in row.cells]
    return {
        "organisation_id": row.organisation_id,
        "name": names.get(row.organisation_id, ""),
        "kind": row.kind,
        "invited": row.invited,
        "attended": row.attended,
        "people": row.people,
        "women": row.women,
        "last_attended_on": row.last_attended_on,
        "events": [
            {"event_id": event_id, "mark": cell.mark, **asdict(cell)} for event_id, cell in cells
        ],
    }


@bp.get("/indicators")
@bp.arguments(PeriodArguments, location="query")
@bp.response(
    200,
    page_schema(
        FigureSchema,
        "FigurePage",
        period=ma.fields.String(),
        from_on=ma.fields.Date(data_key="from"),
        to_on=ma.fields.Date(data_key="to"),
    ),
)
def list_indicators(asked: dict[str, Any]) -> dict[str, Any]:
    """Compute every indicator over the period, from live data as it is now."""
    period = _period(_programme(), asked.get("period"))
    figures = [_figure(indicators.compute(c, Scope.of(period))) for c in indicators.INDICATORS]
    return page(
        figures,
        len(figures),
        lambda figure: figure["indicator"],
        period=period.label,
        from_on=period.from_on,
        to_on=period.to_on,
    )


def _figure(figure: Figure) -> dict[str, Any]:
    same = ("rule_version", "value", "numerator", "denominator", "breakdown")
    return {"indicator": figure.code, **{name: getattr(figure, name) for name in same}}


@bp.get("/indicators/<code>/rows")
@bp.arguments(RowsArguments, location="query")
@bp.response(200, page_schema(RowSchema, "RowPage", indicator=ma.fields.String()))
def list_indicator_rows(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """List the rows behind an indicator of the period, from live data as it is now."""
    period = _period(_programme(), asked.get("period"))
    figure = indicators.compute(code, Scope.of(period))
    first, limit = asked.get("after", 0), asked["limit"]
    rows = figure.page(first, limit + 1)
    # The cursor is how many rows were read: no column tells two rows of every figure apart.
    items = [{"kind": row.kind, "id": row.row_id, "facts": row.facts} for row in rows]
    return page(items, limit, lambda _row: first + limit, indicator=figure.code)


@bp.post("/reports")
@repeatable
@bp.arguments(ReportOrderSchema)
@bp.response(202, ReportSchema)
def request_report(said: dict[str, Any]) -> ResponseReturnValue:
    """Have the period's report compiled; while one is being compiled, answers that one."""
    report = service.request_report(_period(_programme(), said["period"]), said["territory"])
    location = url_for(".get_report", report_id=report.id)
    return _json(report), 202, {"Location": location}


@bp.get("/reports/<int:report_id>")
@bp.etag
@bp.response(200, ReportSchema)
def get_report(report_id: int) -> Json:
    """Answer how far a report is, and its figures once it is computed."""
    return _json(queries.get_report(report_id, programme_id()))


def _json(report: Report) -> Json:
    computed = report.state not in RUNNING and report.state is not ReportState.FAILED
    figures = snapshot.load(report).figures.values() if computed else ()
    return {
        "id": report.id,
        "period": report.period.label,
        "from_on": report.period.from_on,
        "to_on": report.period.to_on,
        "version": report.version,
        "territory": report.territory,
        "state": report.state,
        "progress": {"done": report.steps_done, "total": report.steps_total},
        "requested_at": report.requested_at,
        "computed_at": report.computed_at,
        "error": report.last_error,
        "figures_hash": report.figures_hash,
        "figures": [snapshot.figure_as_json(figure) for figure in figures],
        "files": {
            kind: url_for(".download", report_id=report.id, kind=kind)
            for kind in (files.RENDERERS if computed else ())
        },
    }


@bp.get("/reports/<int:report_id>/files/<kind>")
@bp.response(200, {"format": "binary", "type": "string"}, content_type="application/octet-stream")
def download(report_id: int, kind: str) -> ResponseReturnValue:
    """Answer one of the report's documents: `docx` or `xlsx`."""
    report = queries.get_report(report_id, programme_id())
    path = files.find(report, kind)
    name = files.file_name(report, kind)
    return send_file(path, mimetype=files.TYPES[kind], as_attachment=True, download_name=name)

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from coopevents.attendance.models import WalkIn
from coopevents.db import db
from coopevents.directory.models import Person
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.programme.models import Programme, ReportPeriod
from coopevents.reports.models import (
    RUNNING,
    Report,
    ReportFigure,
    ReportFigureRow,
    ReportState,
)


def get_report(report_id: int, programme_id: int | None) -> Report:
    """Answer the report, if it is one of the programme's. Raises NotFoundError otherwise."""
    report = db.session.get(Report, report_id, options=[joinedload(Report.period)])
    if report is None or report.programme_id != programme_id:
        raise NotFoundError(_("There is no such report."))
    return report


def find_report(report_id: int) -> Report | None:
    """Answer the report with this number as it stands now, with its period."""
    return db.session.get(
        Report, report_id, options=[joinedload(Report.period)], populate_existing=True
    )


def find_running(period: ReportPeriod) -> Report | None:
    """Answer the report of the period that is being compiled, if one is."""
    return db.session.scalar(
        select(Report).where(Report.period_id == period.id, Report.state.in_(RUNNING))
    )


def last_version(period: ReportPeriod) -> int:
    """Answer the number of the period's newest report, 0 when there is none."""
    return (
        db.session.scalar(select(func.max(Report.version)).where(Report.period_id == period.id))
        or 0
    )


def reported_periods(programme: Programme) -> list[ReportPeriod]:
    """Answer the programme's periods of which a report was compiled or is being compiled."""
    reported = select(Report.period_id).where(Report.state != ReportState.FAILED)
    return list(
        db.session.scalars(
            select(ReportPeriod)
            .where(ReportPeriod.programme_id == programme.id, ReportPeriod.id.in_(reported))
            .order_by(ReportPeriod.from_on, ReportPeriod.id)
        )
    )


def list_reports(programme_id: int | None) -> dict[int, list[Report]]:
    """Answer the programme's reports by period, in each the newest version first."""
    found: dict[int, list[Report]] = {}
    for report in db.session.scalars(
        select(Report)
        .where(Report.programme_id == programme_id)
        .order_by(Report.period_id, Report.version.desc())
    ):
        found.setdefault(report.period_id, []).append(report)
    return found


def list_requested() -> list[int]:
    """Answer the ids of reports nobody has taken up yet."""
    return list(
        db.session.scalars(
            select(Report.id).where(Report.state == ReportState.REQUESTED).order_by(Report.id)
        )
    )


def get_figure(report: Report, indicator: str) -> ReportFigure:
    """Answer a stored figure of the report. Raises NotFoundError when it has none of that code."""
    figure = db.session.scalar(
        select(ReportFigure).where(
            ReportFigure.report_id == report.id, ReportFigure.indicator == indicator
        )
    )
    if figure is None:
        raise NotFoundError(_("This report has no figure %(code)s.", code=indicator))
    return figure


def list_rows(
    figure: ReportFigure, *, after: int = 0, limit: int | None = None
) -> list[ReportFigureRow]:
    """Answer the stored rows behind the figure, at most `limit` of those after the id `after`."""
    return list(
        db.session.scalars(
            select(ReportFigureRow)
            .where(ReportFigureRow.figure_id == figure.id, ReportFigureRow.id > after)
            .order_by(ReportFigureRow.id)
            .limit(limit)
        )
    )


def count_rows(figure: ReportFigure) -> int:
    """Answer how many rows are stored behind the figure."""
    return (
        db.session.scalar(select(func.count()).where(ReportFigureRow.figure_id == figure.id)) or 0
    )


def names_of_people(rows: Sequence[Any]) -> dict[tuple[str, int], str]:
    """Answer what the people and walk-ins of the rows are called today, by kind and id.

    Names are in no snapshot: who has asked to be forgotten is forgotten here too.
    """
    wanted = {kind: [row.row_id for row in rows if row.kind == kind] for kind in TABLES}
    return {
        (kind, id_): full_name
        for kind, table in TABLES.items()
        for id_, full_name in db.session.execute(
            select(table.id, table.full_name).where(table.id.in_(wanted[kind]))
        )
    }


def titles(event_ids: Collection[int]) -> dict[int, str]:
    """Answer what each of the activities is called."""
    found = db.session.execute(select(Event.id, Event.title).where(Event.id.in_(event_ids)))
    return {row.id: row.title for row in found}


TABLES: dict[str, type[Person] | type[WalkIn]] = {"person": Person, "walk_in": WalkIn}
"""Where the kinds of row that have personal names are kept."""

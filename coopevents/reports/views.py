from flask import Blueprint, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.db import db
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _
from coopevents.programme import queries as programmes
from coopevents.programme.models import ReportPeriod
from coopevents.reports import baselines, files, lines, queries, service, snapshot
from coopevents.reports.models import RUNNING, Report, ReportState
from coopevents.territory import scope
from coopevents.territory.scope import Territory

bp = Blueprint("reports", __name__, url_prefix="/reports")

ROWS_A_PAGE = 100


def _report(report_id: int) -> Report:
    return queries.get_report(report_id, access.actor().programme_id)


@bp.get("/")
def list_reports() -> str:
    """Show every period with the versions of its report."""
    programme = programmes.get_programme(access.actor().programme_id)
    return render_template(
        "reports/list.html",
        periods=programmes.list_periods(programme, None),
        reports=queries.list_reports(programme.id),
        today=clock.today(),
        running=RUNNING,
        signed_for=programme.territory,
        told_unit=scope.told,
    )


@bp.post("/")
def request_report() -> ResponseReturnValue:
    """Have the next version of a period's report compiled, and show how far it is."""
    period = db.session.get(ReportPeriod, request.form.get("period_id", type=int) or 0)
    if period is None or period.programme_id != access.actor().programme_id:
        raise NotFoundError(_("There is no such report period."))
    asked = request.form.get("territory", Territory.AS_IT_IS)
    if asked not in set(Territory):
        raise InputError(_("There is no such territory."))
    report = service.request_report(period, Territory(asked))
    db.session.commit()
    return redirect(url_for(".show_report", report_id=report.id), 303)


@bp.get("/baselines")
def show_baselines() -> str:
    """Show what was reported before the programme beside the register of today."""
    programme, today = programmes.get_programme(access.actor().programme_id), clock.today()
    asked = request.args.get("territory")
    territory = Territory(asked) if asked in set(Territory) else Territory.AS_IT_IS
    return render_template(
        "reports/baselines.html",
        rows=baselines.compare(programme, today, territory),
        territory=territory,
        provinces={
            choice: scope.province(programme.territory, choice, today) for choice in Territory
        },
        rule=programme.women_led_rule,
        told_unit=scope.told,
    )


@bp.get("/<int:report_id>")
def show_report(report_id: int) -> str:
    """Show the report: its figures, or how far the computing is."""
    report = _report(report_id)
    computed = report.state not in RUNNING and report.state is not ReportState.FAILED
    return render_template(
        "reports/show.html",
        report=report,
        is_running=report.state in RUNNING,
        province=scope.province(
            report.period.programme.territory, report.territory, report.period.to_on
        ),
        told_unit=scope.told,
        snapshot=snapshot.load(report) if computed else None,
    )


@bp.get("/<int:report_id>/progress")
def progress(report_id: int) -> ResponseReturnValue:
    """Answer the part of the page that says how far the computing is."""
    report = _report(report_id)
    is_running = report.state in RUNNING
    answer = make_response(
        render_template("reports/progress.html", report=report, is_running=is_running)
    )
    if not is_running:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bp.get("/<int:report_id>/figures/<indicator>")
def show_figure(report_id: int, indicator: str) -> str:
    """Show the rows behind a figure of the report, as they were when it was computed."""
    report = _report(report_id)
    figure = queries.get_figure(report, indicator)
    after = request.args.get("after", 0, type=int)
    rows = queries.list_rows(figure, after=after, limit=ROWS_A_PAGE + 1)
    shown = rows[:ROWS_A_PAGE]
    return render_template(
        "reports/figure.html",
        report=report,
        figure=figure,
        rule=snapshot.load(report).rules[indicator],
        lines=lines.describe(shown, report.period.to_on),
        number_of_rows=queries.count_rows(figure),
        after=after,
        next_after=shown[-1].id if len(rows) > ROWS_A_PAGE else None,
    )


@bp.get("/<int:report_id>/files/<kind>")
def download(report_id: int, kind: str) -> ResponseReturnValue:
    """Answer one of the report's documents, made again from its snapshot when it is missing."""
    report = _report(report_id)
    path = files.find(report, kind)
    return send_file(
        path,
        mimetype=files.TYPES[kind],
        as_attachment=True,
        download_name=files.file_name(report, kind),
    )

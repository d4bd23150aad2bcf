"""`coopevents report …`"""

import json
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import text

from coopevents.cli.base import json_option, prepare
from coopevents.db import db
from coopevents.i18n import translated
from coopevents.programme import queries as programmes
from coopevents.programme.models import ReportPeriod
from coopevents.programme.queries import the_programme
from coopevents.reports import files as report_files
from coopevents.reports import service as reports
from coopevents.reports import snapshot as report_snapshot
from coopevents.territory.scope import Territory


@click.group("report")
def report_group() -> None:
    """The report of a period."""


@report_group.command("compile")
@click.argument("period_label", metavar="PERIOD")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Where its documents go.",
)
@click.option(
    "--territory",
    type=click.Choice([choice.value for choice in Territory]),
    default=Territory.AS_IT_IS.value,
    show_default=True,
    help="In the boundaries of the period's last day, or in those of the programme's signing.",
)
@json_option
@with_appcontext
def compile_report(period_label: str, out: Path, territory: str, *, as_json: bool) -> None:
    """Compute the period's figures, keep them as a new version, and write its documents."""
    prepare()
    period_id = programmes.get_period(the_programme(), period_label).id
    db.session.commit()
    # All figures see the data of one moment.
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    period = db.session.get_one(ReportPeriod, period_id)
    steps = reports.compile_at_once(period, Territory(territory))
    with click.progressbar(steps, length=reports.STEPS, file=sys.stderr) as bar:
        *_before, (report, _done) = bar
    db.session.commit()
    snapshot = report_snapshot.load(report)
    paths = report_files.write_into(report, out)
    if as_json:
        click.echo(json.dumps(report_snapshot.as_json(snapshot, paths), ensure_ascii=False))
        return
    for code, figure in snapshot.figures.items():
        click.echo(
            f"{code}: {report_snapshot.told(figure)} {translated(snapshot.rules[code].name)}"
        )
    for path in paths:
        click.echo(path)

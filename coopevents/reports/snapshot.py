"""The figures of a report as they were when it was computed: written once, read ever after."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Text, cast, insert, literal, select
from sqlalchemy.orm import joinedload

from coopevents.db import Json, db
from coopevents.programme.models import IndicatorRule, Programme, ReportPeriod
from coopevents.reports.figures import Figure
from coopevents.reports.models import Report, ReportFigure, ReportFigureRow
from coopevents.reports.rules import keep_rules

CHUNK = 5000
"""Rows fetched at once where all of a snapshot are read."""

ORDER = (
    ReportFigureRow.kind.collate("C"),
    ReportFigureRow.row_id,
    cast(ReportFigureRow.facts, Text).collate("C"),
)
"""The order rows are hashed in: the same on every server, whatever its locale."""


@dataclass(frozen=True)
class Snapshot:
    """A report with its figures and the words of their rules, for pages and documents."""

    report: Report
    period: ReportPeriod
    programme: Programme
    figures: dict[str, ReportFigure]
    rules: dict[str, IndicatorRule]

    def facts(self, code: str) -> list[Json]:
        """Answer the facts of every row of a figure, in the order they were written.

        A report compiled before there was such a figure has none.
        """
        if code not in self.figures:
            return []
        return list(
            db.session.scalars(
                select(ReportFigureRow.facts)
                .where(ReportFigureRow.figure_id == self.figures[code].id)
                .order_by(ReportFigureRow.id)
            )
        )


def write(report_id: int, figures: list[Figure]) -> None:
    """Store the figures and every row behind them. They can be stored once and never changed."""
    keep_rules()
    for figure in figures:
        stored = ReportFigure(
            report_id=report_id,
            indicator=figure.code,
            rule_version=figure.rule_version,
            value=figure.value,
            numerator=figure.numerator,
            denominator=figure.denominator,
            breakdown=figure.breakdown,
        )
        db.session.add(stored)
        db.session.flush()
        _write_rows(stored.id, figure)


def _write_rows(figure_id: int, figure: Figure) -> None:
    if isinstance(figure.rows, list):
        values = [
            {"figure_id": figure_id, "kind": row.kind, "row_id": row.row_id, "facts": row.facts}
            for row in figure.rows
        ]
        if values:
            db.session.execute(insert(ReportFigureRow), values)
        return
    # From table to table: however many rows there are, none passes through this process.
    found = figure.rows.subquery()
    db.session.execute(
        insert(ReportFigureRow).from_select(
            ["figure_id", "kind", "row_id", "facts"],
            select(literal(figure_id), found.c.kind, found.c.row_id, found.c.facts).order_by(
                found.c.kind, found.c.row_id
            ),
        )
    )


def is_written(report_id: int) -> bool:
    """Whether the report's figures are stored; they are stored all at once or not at all."""
    return (
        db.session.scalar(
            select(ReportFigure.id).where(ReportFigure.report_id == report_id).limit(1)
        )
        is not None
    )


def digest(report_id: int) -> str:
    """Answer the SHA-256 over all figures and rows of the report, however they were stored.

    Covers no names of people and no ids of our own tables' figures: the same facts give the same
    digest.
    """
    hashed = hashlib.sha256()
    for figure in db.session.scalars(
        select(ReportFigure)
        .where(ReportFigure.report_id == report_id)
        .order_by(ReportFigure.indicator)
    ):
        hashed.update(_canonical(_figure_facts(figure)))
        rows = db.session.execute(
            select(ReportFigureRow.kind, ReportFigureRow.row_id, ReportFigureRow.facts)
            .where(ReportFigureRow.figure_id == figure.id)
            .order_by(*ORDER)
            .execution_options(yield_per=CHUNK)
        )
        for kind, row_id, facts in rows:
            hashed.update(_canonical([kind, row_id, facts]))
    return hashed.hexdigest()


def _figure_facts(figure: ReportFigure) -> list[Any]:
    value = None if figure.value is None else f"{Decimal(figure.value).normalize():f}"
    return [
        figure.indicator,
        figure.rule_version,
        value,
        figure.numerator,
        figure.denominator,
        figure.breakdown,
    ]


def _canonical(facts: Any) -> bytes:
    said = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return said.encode() + b"\n"


def load(report: Report) -> Snapshot:
    """Answer the snapshot of a computed report."""
    period = db.session.get_one(
        ReportPeriod, report.period_id, options=[joinedload(ReportPeriod.programme)]
    )
    figures = {
        figure.indicator: figure
        for figure in db.session.scalars(
            select(ReportFigure)
            .where(ReportFigure.report_id == report.id)
            .order_by(ReportFigure.id)
        )
    }
    rules = {
        rule.code: rule
        for rule in db.session.scalars(
            select(IndicatorRule)
            .join(
                ReportFigure,
                (ReportFigure.indicator == IndicatorRule.code)
                & (ReportFigure.rule_version == IndicatorRule.version),
            )
            .where(ReportFigure.report_id == report.id)
        )
    }
    return Snapshot(report, period, period.programme, figures, rules)


def told(figure: ReportFigure) -> str:
    """Answer a figure for a terminal: 45.0 % (45/100), or 312, or a dash."""
    if figure.value is None and figure.denominator is None:
        return "—"
    if figure.value is None:
        return f"— ({figure.numerator}/{figure.denominator})"
    if figure.denominator is None:
        return f"{figure.value.normalize():f}"
    return f"{figure.value:.1f} % ({figure.numerator}/{figure.denominator})"


def as_json(snapshot: Snapshot, paths: Sequence[Path] = ()) -> Json:
    """Answer the report and its figures as other programs read them."""
    report = snapshot.report
    return {
        "id": report.id,
        "period": snapshot.period.label,
        "from": snapshot.period.from_on.isoformat(),
        "to": snapshot.period.to_on.isoformat(),
        "version": report.version,
        "state": report.state.value,
        "figures_hash": report.figures_hash,
        "figures": [figure_as_json(figure) for figure in snapshot.figures.values()],
        "files": [str(path) for path in paths],
    }


def figure_as_json(figure: ReportFigure) -> Json:
    """Answer a stored figure as other programs read it; a share is in percent."""
    return {
        "indicator": figure.indicator,
        "rule_version": figure.rule_version,
        "value": None if figure.value is None else float(figure.value),
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "breakdown": figure.breakdown,
    }

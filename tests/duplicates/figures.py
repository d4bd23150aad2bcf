"""Everything that is counted, in a form that compares: before a merge, with it, and after."""

from datetime import date
from typing import Any

from sqlalchemy import select

from coopevents.attendance.grid import attendance_by_organisation
from coopevents.db import Base, db
from coopevents.directory import lists
from coopevents.directory.classification import RULES
from coopevents.directory.figures import register_stats
from coopevents.programme.models import Programme
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import INDICATORS, compute

FROM, TO = date(2025, 12, 15), date(2026, 12, 14)

COUNTED = (
    "organisations",
    "organisation_names",
    "organisation_codes",
    "organisation_addresses",
    "organisation_statuses",
    "organisation_sectors",
    "organisation_supports",
    "head_counts",
    "people",
    "posts",
    "contact_points",
    "classification_overrides",
    "ocop_certificates",
    "invitations",
    "registrations",
    "representations",
    "walk_ins",
    "walk_in_matches",
    "attendance_entries",
)
"""Tables of what is known of entries: a decision about them changes no row of these."""


def fingerprint(programme: Programme) -> dict[str, Any]:
    """Answer every figure, list and table of the register's counting."""
    scope = Scope(programme, FROM, TO)
    figures = {code: compute(code, scope) for code in INDICATORS}
    return {
        "register": {
            name: register_stats(programme.register, TO, rule).as_json()
            for name, rule in RULES.items()
        },
        "indicators": {
            code: (figure.value, figure.numerator, figure.denominator, figure.breakdown)
            for code, figure in figures.items()
        },
        "rows": {
            code: sorted((row.kind, row.row_id, str(row.facts)) for row in figure.list_rows())
            for code, figure in figures.items()
        },
        "grid": attendance_by_organisation(programme, FROM, TO).rows,
        "list": lists.list_organisations(
            programme.register, on=TO, operating_only=False, limit=None
        ).items,
    }


def facts() -> dict[str, list[Any]]:
    """Answer every row of what is known of entries, but for the pointers that decisions set."""
    db.session.flush()
    return {name: sorted(map(str, db.session.execute(_columns(name)))) for name in COUNTED}


def _columns(name: str) -> Any:
    table = Base.metadata.tables[name]
    return select(*(column for column in table.c if column.name != "duplicate_of_id"))

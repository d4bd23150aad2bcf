from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from coopevents.db import db
from coopevents.directory.models import Register
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.programme.models import PeriodKind, Programme, ReportPeriod, Target


def get_programme(programme_id: int | None) -> Programme:
    """Answer the programme. Raises NotFoundError when there is none of that number."""
    programme = db.session.get(Programme, programme_id, options=[joinedload(Programme.register)])
    if programme is None:
        raise NotFoundError(_("There is no programme yet."))
    return programme


def the_programme() -> Programme:
    """Answer the only programme, for commands that name none. Raises NotFoundError otherwise."""
    programmes = db.session.scalars(select(Programme).order_by(Programme.id).limit(2)).all()
    if len(programmes) != 1:
        raise NotFoundError(_("There is not exactly one programme."))
    return programmes[0]


def programme_of_register(key: str) -> Programme:
    """Answer the first programme that keeps this register. Raises NotFoundError for none."""
    programme = db.session.scalar(
        select(Programme)
        .join(Programme.register)
        .where(Register.key == key)
        .order_by(Programme.id)
        .limit(1)
    )
    if programme is None:
        raise NotFoundError(_("There is no register called %(key)s.", key=key))
    return programme


def list_periods(
    programme: Programme, kind: PeriodKind | None = PeriodKind.YEAR
) -> list[ReportPeriod]:
    """Answer the programme's report periods of a kind (of all kinds for None), in order."""
    found = (
        select(ReportPeriod)
        .where(ReportPeriod.programme_id == programme.id)
        .order_by(ReportPeriod.from_on, ReportPeriod.id)
    )
    if kind is not None:
        found = found.where(ReportPeriod.kind == kind)
    return list(db.session.scalars(found))


def get_period(
    programme: Programme, label: str, kind: PeriodKind = PeriodKind.YEAR
) -> ReportPeriod:
    """Answer the period called `label`. Raises NotFoundError when there is none."""
    period = db.session.scalar(
        select(ReportPeriod).where(
            ReportPeriod.programme_id == programme.id,
            ReportPeriod.kind == kind,
            ReportPeriod.label == label,
        )
    )
    if period is None:
        raise NotFoundError(_("There is no report period called %(label)s.", label=label))
    return period


def period_on(programme: Programme, day: date) -> ReportPeriod | None:
    """Answer the report year that the day belongs to."""
    return db.session.scalar(
        select(ReportPeriod).where(
            ReportPeriod.programme_id == programme.id,
            ReportPeriod.kind == PeriodKind.YEAR,
            ReportPeriod.from_on <= day,
            ReportPeriod.to_on >= day,
        )
    )


def targets_on(programme: Programme, day: date) -> list[Target]:
    """Answer the version of each target that holds on the day."""
    return list(
        db.session.scalars(
            select(Target)
            .where(Target.programme_id == programme.id, Target.effective_on <= day)
            .ext(distinct_on(Target.indicator))
            .order_by(Target.indicator, Target.effective_on.desc())
        )
    )

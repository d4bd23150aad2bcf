from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from coopevents.accounts.models import HostBodyName
from coopevents.db import db
from coopevents.directory.models import Register
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.programme.models import (
    Baseline,
    Content,
    PeriodKind,
    Programme,
    ProgrammeBody,
    ReportPeriod,
    Target,
    YearPlan,
)
from coopevents.programme.plans import PeriodPlan
from coopevents.territory.models import AdministrativeUnit, UnitLevel

Part = TypeVar("Part", Baseline, Content, ReportPeriod, Target, YearPlan)

JOINT_ACTIVITIES = "I1"
"""The indicator whose yearly target says how many activities a year's plan holds."""


def get_programme(programme_id: int | None) -> Programme:
    """Answer the programme. Raises NotFoundError when there is none of that number."""
    programme = db.session.get(Programme, programme_id, options=[joinedload(Programme.register)])
    if programme is None:
        raise NotFoundError(_("There is no programme yet."))
    return programme


def has_any() -> bool:
    """Whether this house has a programme at all."""
    return db.session.scalar(select(Programme.id).limit(1)) is not None


def the_programme() -> Programme:
    """Answer the only programme, for commands that name none. Raises NotFoundError otherwise."""
    programmes = db.session.scalars(select(Programme).order_by(Programme.id).limit(2)).all()
    if len(programmes) != 1:
        raise NotFoundError(_("There is not exactly one programme."))
    return programmes[0]


def get_programme_by_key(key: str | None) -> Programme:
    """Answer the programme of that key, the only one for None. Raises NotFoundError otherwise."""
    if key is None:
        return the_programme()
    programme = db.session.scalar(select(Programme).where(Programme.key == key))
    if programme is None:
        raise NotFoundError(_("There is no programme of the key %(key)s.", key=key))
    return programme


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


def get_part(model: type[Part], part_id: int, programme: Programme) -> Part:
    """Answer a part of the programme by its id. Raises NotFoundError for another programme's."""
    part = db.session.get(model, part_id)
    if part is None or part.programme_id != programme.id:
        raise NotFoundError(_("The programme has no such entry."))
    return part


def list_bodies(programme: Programme) -> list[ProgrammeBody]:
    """Answer the bodies that signed the programme, the one that leads first."""
    return list(
        db.session.scalars(
            select(ProgrammeBody)
            .where(ProgrammeBody.programme_id == programme.id)
            .options(joinedload(ProgrammeBody.body))
            .order_by(ProgrammeBody.rank)
        )
    )


def get_body(body_id: int, programme: Programme) -> ProgrammeBody:
    """Answer one of the bodies that signed. Raises NotFoundError for any other."""
    found = next((row for row in list_bodies(programme) if row.body_id == body_id), None)
    if found is None:
        raise NotFoundError(_("The programme has no such entry."))
    return found


def list_names(programme: Programme) -> dict[int, list[HostBodyName]]:
    """Answer what each body of the programme was ever called, by its id, the latest name first."""
    found: dict[int, list[HostBodyName]] = {}
    for name in db.session.scalars(
        select(HostBodyName)
        .join(ProgrammeBody, ProgrammeBody.body_id == HostBodyName.body_id)
        .where(ProgrammeBody.programme_id == programme.id)
        .order_by(HostBodyName.valid_from.desc().nulls_last(), HostBodyName.id.desc())
    ):
        found.setdefault(name.body_id, []).append(name)
    return found


def list_contents(programme_id: int) -> list[Content]:
    """Answer the contents both bodies agreed on, in their order."""
    return list(
        db.session.scalars(
            select(Content).where(Content.programme_id == programme_id).order_by(Content.number)
        )
    )


def list_targets(programme: Programme) -> list[Target]:
    """Answer every version of every target: targets as first entered, versions as they began."""
    versions = db.session.scalars(
        select(Target)
        .where(Target.programme_id == programme.id)
        .options(joinedload(Target.territory))
        .order_by(Target.id)
    ).all()
    order = {target.indicator: place for place, target in reversed(list(enumerate(versions)))}
    return sorted(versions, key=lambda t: (order[t.indicator], t.effective_on))


def versions_of_target(programme: Programme, indicator: str) -> list[Target]:
    """Answer the versions of one target, the earliest first."""
    return [target for target in list_targets(programme) if target.indicator == indicator]


def newest_target(programme: Programme, indicator: str) -> Target | None:
    """Answer the version of the target that takes effect last."""
    return next(reversed(versions_of_target(programme, indicator)), None)


def list_baselines(programme: Programme) -> list[Baseline]:
    """Answer what was reported before the programme began, as it was entered."""
    return list(
        db.session.scalars(
            select(Baseline)
            .where(Baseline.programme_id == programme.id)
            .options(joinedload(Baseline.territory))
            .order_by(Baseline.id)
        )
    )


def list_year_plan(programme: Programme, year: int | None = None) -> list[YearPlan]:
    """Answer what is planned for the year (for all years for None), month by month."""
    found = (
        select(YearPlan)
        .where(YearPlan.programme_id == programme.id)
        .options(joinedload(YearPlan.host))
        .order_by(YearPlan.year, YearPlan.month.nulls_last(), YearPlan.id)
    )
    if year is not None:
        found = found.where(YearPlan.year == year)
    return list(db.session.scalars(found))


def promised_activities(programme: Programme, day: date) -> Target | None:
    """Answer the target in force on the day that says how many activities a year are owed."""
    return next(
        (
            target
            for target in targets_on(programme, day)
            if target.indicator == JOINT_ACTIVITIES and target.per_year
        ),
        None,
    )


@dataclass(frozen=True)
class PlanCheck:
    """How many activities a year's plan holds, beside what the target in force promises.

    `lower` and `upper` None: nothing is promised for that year as a whole.
    """

    planned: int
    lower: int | None
    upper: int | None

    @property
    def too_few(self) -> bool:
        """Whether fewer are planned than promised."""
        return self.lower is not None and self.planned < self.lower

    @property
    def too_many(self) -> bool:
        """Whether more are planned than promised."""
        return self.upper is not None and self.planned > self.upper


def check_year_plan(programme: Programme, year: int) -> PlanCheck:
    """Answer the plan of the year beside the yearly target that is in force at its end.

    Source: F33 and A9. The year in which the programme began was no whole one: nothing is owed
    for it.
    """
    planned = len(list_year_plan(programme, year))
    promised = promised_activities(programme, date(year, 12, 31))
    began = programme.starts_on
    if promised is None or not began.year <= year <= programme.ends_on.year:
        return PlanCheck(planned, None, None)
    if year == began.year and began > date(year, 1, 1):
        return PlanCheck(planned, None, None)
    upper = promised.upper_value
    return PlanCheck(planned, int(promised.lower_value), None if upper is None else int(upper))


def neighbours_moved(period: ReportPeriod, plan: PeriodPlan) -> dict[ReportPeriod, PeriodPlan]:
    """Answer the periods beside this one with the days they have when it has those of the plan."""
    if period.kind is PeriodKind.SPAN:
        return {}
    same = list_periods(period.programme, period.kind)
    place = same.index(period)
    moved = {}
    for before in same[max(0, place - 1) : place]:
        ends = plan.from_on - timedelta(days=1)
        moved[before] = PeriodPlan(before.kind, before.label, before.from_on, ends)
    for after in same[place + 1 : place + 2]:
        begins = plan.to_on + timedelta(days=1)
        moved[after] = PeriodPlan(after.kind, after.label, begins, after.to_on)
    return moved


def next_period(programme: Programme, kind: PeriodKind = PeriodKind.YEAR) -> PeriodPlan:
    """Answer the period that follows the last of its kind: a year that begins the day after."""
    last = next(reversed(list_periods(programme, kind)), None)
    begins = last.to_on + timedelta(days=1) if last else programme.starts_on
    ends = _a_year_later(begins) - timedelta(days=1)
    return PeriodPlan(kind, str(ends.year), begins, ends)


def _a_year_later(begins: date) -> date:
    if (begins.month, begins.day) == (2, 29):
        return date(begins.year + 1, 3, 1)
    return begins.replace(year=begins.year + 1)


def list_provinces() -> list[AdministrativeUnit]:
    """Answer every province there is or was, by name, today's first."""
    return list(
        db.session.scalars(
            select(AdministrativeUnit)
            .where(AdministrativeUnit.level == UnitLevel.PROVINCE)
            .order_by(AdministrativeUnit.name_fold, AdministrativeUnit.valid_to.desc())
        )
    )

"""Changing what is said of a programme.

Facts with days of validity are closed and begun anew, targets get versions; everything else is
corrected, and the audit keeps what it said before. Where an act depends on what stands, it locks
the programme first, so that of two at the same moment the second sees the first.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from coopevents.audit import service as audit
from coopevents.db import Base, Translated, db
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day
from coopevents.programme import queries
from coopevents.programme.models import (
    Baseline,
    Content,
    PeriodKind,
    Programme,
    ReportPeriod,
    Target,
    YearPlan,
)
from coopevents.programme.plans import (
    ActivityPlan,
    BaselinePlan,
    PeriodPlan,
    Problems,
    ProgrammeFacts,
    TargetPlan,
    set_problems,
)


def lock(programme: Programme) -> None:
    """Have nobody else change the programme before this transaction ends."""
    # Whoever only refers to the programme, such as a new activity, need not wait.
    own = select(Programme.id).where(Programme.id == programme.id)
    db.session.execute(own.with_for_update(key_share=True))
    db.session.refresh(programme)


def refuse(problems: Problems) -> None:
    """Raise InputError when there are problems."""
    if problems:
        raise InputError(" ".join(problems.values()), dict(problems))


def write(row: Any, values: Mapping[str, Any], act: str, subject: str, programme_id: int) -> bool:
    """Give the row these values and tell the audit what changed; answer whether anything did."""
    changes = {
        field: (getattr(row, field), value)
        for field, value in values.items()
        if getattr(row, field) != value
    }
    if not changes:
        return False
    for field, (_before, after) in changes.items():
        setattr(row, field, after)
    db.session.flush()
    audit.record(act, subject, row.id, programme_id=programme_id, changes=audit.readable(changes))
    return True


def add(row: Base, values: Mapping[str, Any], act: str, subject: str, programme_id: int) -> None:
    """Write the new row and tell the audit what it says."""
    db.session.add(row)
    db.session.flush()
    changes = {field: (None, value) for field, value in values.items() if value is not None}
    audit.record(act, subject, row.id, programme_id=programme_id, changes=audit.readable(changes))


def remove(row: Any, values: Mapping[str, Any], act: str, subject: str, programme_id: int) -> None:
    """Delete the row and tell the audit what it said.

    Raises DomainError when something refers to it.
    """
    row_id = row.id
    try:
        with db.session.begin_nested():
            db.session.delete(row)
            db.session.flush()
    except IntegrityError as error:
        raise DomainError(_("Something else refers to this, so it stays.")) from error
    changes = {field: (value, None) for field, value in values.items()}
    audit.record(act, subject, row_id, programme_id=programme_id, changes=audit.readable(changes))


def edit_programme(programme: Programme, facts: ProgrammeFacts) -> None:
    """Have the programme be as the facts say."""
    refuse(facts.problems())
    write(programme, vars(facts), "programme.edited", "programme", programme.id)


def add_content(programme: Programme, text: Translated) -> Content:
    """Add a content to those both bodies agreed on, numbered after the last."""
    lock(programme)
    last = db.session.scalar(
        select(func.max(Content.number)).where(Content.programme_id == programme.id)
    )
    content = Content(programme_id=programme.id, number=(last or 0) + 1, text=text)
    values = {"number": content.number, "text": text}
    add(content, values, "content.added", "content", programme.id)
    return content


def correct_content(content: Content, text: Translated) -> None:
    """Have the content read so; activities keep serving it."""
    write(content, {"text": text}, "content.corrected", "content", content.programme_id)


def remove_content(content: Content) -> None:
    """Take the last content away again. Raises DomainError when it is served, or not the last."""
    last = queries.list_contents(content.programme_id)[-1]
    if content is not last:
        raise DomainError(_("Only the last content can be taken away: the numbers are cited."))
    said = {"number": content.number, "text": content.text}
    remove(content, said, "content.removed", "content", content.programme_id)


def set_target(programme: Programme, plan: TargetPlan) -> Target:
    """Begin a version of the target from its effective date; earlier versions stay as they are.

    Source: case 27. Raises InputError when a version of that day or a later one stands, or when
    no document is named for changing one.
    """
    lock(programme)
    refuse(plan.problems())
    newest = queries.newest_target(programme, plan.indicator)
    if newest is not None and plan.effective_on <= newest.effective_on:
        reason = _(
            "A version of %(indicator)s is in force since %(day)s: a new one begins later.",
            indicator=plan.indicator,
            day=day(newest.effective_on),
        )
        refuse({"effective_on": reason})
    if newest is not None and not plan.document:
        refuse({"document": _("Say which document changes the target.")})
    target = Target(programme_id=programme.id, **vars(plan))
    add(target, vars(plan), "target.set", "target", programme.id)
    return target


def correct_target(target: Target, plan: TargetPlan, reported: Sequence[ReportPeriod]) -> None:
    """Correct a typing mistake in the newest version, as long as no report stands on it.

    `reported` are the periods of which a report was compiled.
    """
    programme = db.session.get_one(Programme, target.programme_id)
    lock(programme)
    refuse(plan.problems())
    if queries.newest_target(programme, target.indicator) is not target:
        raise DomainError(_("A later version stands, so this one is history and stays."))
    stands_on = [
        period.label
        for period in reported
        if period.to_on >= min(target.effective_on, plan.effective_on)
    ]
    if stands_on:
        raise DomainError(
            _(
                "A report stands on this version (%(labels)s). Enter a new version instead.",
                labels=", ".join(stands_on),
            )
        )
    if plan.indicator != target.indicator:
        refuse({"indicator": _("Another indicator is another target.")})
    earlier = queries.versions_of_target(programme, target.indicator)[:-1]
    if earlier and plan.effective_on <= earlier[-1].effective_on:
        reason = _(
            "A version of %(indicator)s is in force since %(day)s: a new one begins later.",
            indicator=target.indicator,
            day=day(earlier[-1].effective_on),
        )
        refuse({"effective_on": reason})
    write(target, vars(plan), "target.corrected", "target", programme.id)


def add_baseline(programme: Programme, plan: BaselinePlan) -> Baseline:
    """Keep a figure as it was reported before the programme began."""
    lock(programme)
    refuse(plan.problems())
    if any(baseline.key == plan.key for baseline in queries.list_baselines(programme)):
        refuse({"key": _("There is a baseline of this key already.")})
    baseline = Baseline(programme_id=programme.id, **vars(plan))
    add(baseline, vars(plan), "baseline.added", "baseline", programme.id)
    return baseline


def correct_baseline(baseline: Baseline, plan: BaselinePlan) -> None:
    """Have the baseline say what was reported; the audit keeps what it said."""
    refuse(plan.problems())
    if plan.key != baseline.key:
        refuse({"key": _("The key stays: other things may be called by it.")})
    write(baseline, vars(plan), "baseline.corrected", "baseline", baseline.programme_id)


def promise(programme: Programme, plan: ActivityPlan) -> YearPlan:
    """Put an activity on the plan of its year."""
    refuse(plan.problems())
    promised = YearPlan(programme_id=programme.id, **vars(plan))
    add(promised, vars(plan), "year_plan.added", "year_plan", programme.id)
    return promised


def change_promise(promised: YearPlan, plan: ActivityPlan) -> None:
    """Have the planned activity be as the plan says."""
    refuse(plan.problems())
    write(promised, vars(plan), "year_plan.changed", "year_plan", promised.programme_id)


def drop_promise(promised: YearPlan) -> None:
    """Take the activity off the plan of its year."""
    said = {field: getattr(promised, field) for field in ("year", "kind", "title")}
    remove(promised, said, "year_plan.dropped", "year_plan", promised.programme_id)


def copy_plan(programme: Programme, year: int) -> list[YearPlan]:
    """Put on the plan of the year what stood on that of the year before and is not there yet."""
    lock(programme)
    here = {(row.kind, row.title) for row in queries.list_year_plan(programme, year)}
    before = queries.list_year_plan(programme, year - 1)
    fields = ("month", "kind", "title", "host_body_id", "place", "seats")
    copied = [
        promise(programme, ActivityPlan(year, *(getattr(row, field) for field in fields)))
        for row in before
        if (row.kind, row.title) not in here
    ]
    if not copied:
        raise DomainError(
            _("There is nothing on the plan of %(year)s that is not here too.", year=year - 1)
        )
    return copied


def add_period(programme: Programme, plan: PeriodPlan) -> ReportPeriod:
    """Add a report period right after or right before those of its kind."""
    lock(programme)
    _refuse_broken(programme, plan, {})
    period = ReportPeriod(programme_id=programme.id, **vars(plan))
    add(period, vars(plan), "period.added", "report_period", programme.id)
    return period


def change_period(
    period: ReportPeriod,
    plan: PeriodPlan,
    reported: Sequence[ReportPeriod],
    *,
    move_neighbours: bool = False,
) -> None:
    """Give the period these days; with `move_neighbours`, those beside it end and begin with it.

    `reported` are the periods of which a report was compiled: they stay as they are. Raises
    InputError for an overlap or a gap, with the day that is right.
    """
    programme = db.session.get_one(Programme, period.programme_id)
    lock(programme)
    if plan.kind is not period.kind:
        refuse({"kind": _("The kind of a period stays. Add another period instead.")})
    moved = queries.neighbours_moved(period, plan) if move_neighbours else {}
    moved = {**moved, period: plan}
    for each, days in moved.items():
        if each in reported and _plan_of(each) != days:
            raise DomainError(_kept(each))
        if each is not period and days.problems():
            refuse({"from_on": _("%(label)s would have no day left.", label=each.label)})
    _refuse_broken(programme, plan, moved)
    for each, days in moved.items():
        write(each, vars(days), "period.changed", "report_period", programme.id)


def set_periods(
    programme: Programme, plans: Sequence[PeriodPlan], reported: Sequence[ReportPeriod]
) -> None:
    """Have the programme's periods be these; those of another name stay beside them.

    Raises InputError for an overlap or a gap, DomainError for a period that a report stands on.
    """
    lock(programme)
    known = {(row.kind, row.label): row for row in queries.list_periods(programme, None)}
    names = {(plan.kind, plan.label) for plan in plans}
    beside = [_plan_of(row) for name, row in known.items() if name not in names]
    for wrong in set_problems([*plans, *beside]):
        refuse(wrong)
    for plan in plans:
        refuse(plan.problems())
        period = known.get((plan.kind, plan.label))
        if period is None:
            period = ReportPeriod(programme_id=programme.id, **vars(plan))
            add(period, vars(plan), "period.added", "report_period", programme.id)
        elif period in reported and _plan_of(period) != plan:
            raise DomainError(_kept(period))
        else:
            write(period, vars(plan), "period.changed", "report_period", programme.id)


def _kept(period: ReportPeriod) -> str:
    return _("A report of %(label)s was compiled over its days, so they stay.", label=period.label)


def remove_period(period: ReportPeriod, reported: Sequence[ReportPeriod]) -> None:
    """Take a period away. Raises DomainError when a report of it stands or a gap would be left."""
    programme = db.session.get_one(Programme, period.programme_id)
    lock(programme)
    if period in reported:
        raise DomainError(_kept(period))
    same = queries.list_periods(programme, period.kind)
    if period.kind is not PeriodKind.SPAN and period not in (same[0], same[-1]):
        raise DomainError(_("Only the first or the last period can go: a gap would be left."))
    said = vars(_plan_of(period))
    remove(period, said, "period.removed", "report_period", programme.id)


def _refuse_broken(
    programme: Programme, plan: PeriodPlan, moved: Mapping[ReportPeriod, PeriodPlan]
) -> None:
    refuse(plan.problems())
    others = [
        moved.get(period, _plan_of(period))
        for period in queries.list_periods(programme, None)
        if moved.get(period) is not plan
    ]
    *beside, own = set_problems([*others, plan])
    for other, wrong in zip(others, beside, strict=True):
        if "from_on" in wrong:
            own["to_on"] = _(
                "%(after)s begins on %(begin)s: this one ends on %(right)s.",
                after=other.label,
                begin=day(other.from_on),
                right=day(other.from_on - timedelta(days=1)),
            )
    refuse(own)


def _plan_of(period: ReportPeriod) -> PeriodPlan:
    return PeriodPlan(period.kind, period.label, period.from_on, period.to_on)

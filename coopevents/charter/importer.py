"""Getting a programme out of its YAML file into the tables, all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from coopevents import clock
from coopevents.accounts import queries as accounts
from coopevents.audit import service as audit
from coopevents.charter import document
from coopevents.charter.comparing import KEYS, Comparison, compare
from coopevents.charter.reading import Problems
from coopevents.config import ROOT
from coopevents.db import Json, db
from coopevents.directory.models import Register
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.programme import bodies, queries, service
from coopevents.programme.models import (
    PeriodKind,
    Programme,
    ProgrammeLoad,
    ReportPeriod,
    TargetKind,
)
from coopevents.programme.plans import (
    ActivityPlan,
    BaselinePlan,
    BodyNamePlan,
    PeriodPlan,
    ProgrammeFacts,
    TargetPlan,
    set_problems,
)
from coopevents.territory import units
from coopevents.workdays import queries as workdays
from coopevents.workdays import service as calendar
from coopevents.workdays.models import DayKind

DEFAULT_FILE = ROOT / "coopevents" / "data" / "programmes" / "phu-tho-2024-2030.yaml"

SAID_AS = {
    "lower_value": "lower",
    "upper_value": "upper",
    "from_on": "from",
    "to_on": "to",
    "territory_id": "territory",
    "host_body_id": "host",
}
"""What a field of a plan is called in the file."""


@dataclass(frozen=True)
class Plans:
    """The file's entries as plans, each at its place in the file."""

    facts: ProgrammeFacts
    names: list[list[BodyNamePlan]]
    targets: list[TargetPlan]
    baselines: list[BaselinePlan]
    periods: list[PeriodPlan]
    activities: list[ActivityPlan]
    days: list[calendar.DayPlan]


def read(data: bytes, file_name: str) -> Json:
    """Answer the file as a document, checked. Raises InputError with every wrong entry by path."""
    said = document.read(data, file_name)
    problems = _problems(said)
    if problems:
        raise document.refused(file_name, problems)
    return said


def read_file(path: Path) -> Json:
    """Answer the file as a document, checked. Raises InputError, also for one nobody can read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            _("%(file)s cannot be read: %(reason)s", file=path.name, reason=error.strerror or "")
        ) from error
    return read(data, path.name)


def find(said: Json) -> Programme | None:
    """Answer the programme the document describes, if it is there."""
    return db.session.scalar(select(Programme).where(Programme.key == said["key"]))


def write(said: Json, file_name: str) -> Programme:
    """Write the programme of the document, which is not there yet."""
    nothing: Json = {**said, **{name: [] for name in KEYS if name in said}, "contents": []}
    problems = compare(nothing, said, (), clock.today()).refused
    problems |= _problems_together(None, said)
    if problems:
        raise document.refused(file_name, problems)
    register = db.session.scalar(select(Register).where(Register.key == said["register"]["key"]))
    facts = _plans(said).facts
    programme = Programme(
        key=said["key"],
        register=register or Register(**said["register"]),
        **vars(facts),
    )
    db.session.add(programme)
    db.session.flush()
    _apply(programme, said, [], adding_only=True)
    _keep(programme, said, file_name)
    return programme


def compare_with(
    programme: Programme, said: Json, kinds: list[Json], reported: Sequence[ReportPeriod]
) -> Comparison:
    """Answer what the document changes in the programme; `kinds` are the kinds of activity."""
    standing = {**document.describe(programme), "event_kinds": kinds}
    names = {(period.kind.value, period.label) for period in reported}
    comparison = compare(standing, said, names, clock.today())
    for path, reason in _problems_together(programme, said).items():
        comparison.refused.setdefault(path, reason)
    return comparison


def update(
    programme: Programme, said: Json, file_name: str, reported: Sequence[ReportPeriod]
) -> None:
    """Write what the document adds and changes; what it does not say stays."""
    service.edit_programme(programme, _plans(said).facts)
    service.write(
        programme.register,
        {"name": said["register"]["name"]},
        "register.renamed",
        "register",
        programme.id,
    )
    _apply(programme, said, reported, adding_only=False)
    _keep(programme, said, file_name)


def _keep(programme: Programme, said: Json, file_name: str) -> None:
    db.session.add(
        ProgrammeLoad(programme_id=programme.id, file_name=file_name, content=document.plain(said))
    )
    audit.record(
        "programme.loaded",
        "programme",
        programme.id,
        programme_id=programme.id,
        changes={"file_name": (None, file_name)},
    )
    db.session.flush()


def _apply(
    programme: Programme, said: Json, reported: Sequence[ReportPeriod], *, adding_only: bool
) -> None:
    plans = _plans(said)
    _apply_bodies(programme, said, plans)
    contents = queries.list_contents(programme.id)
    for place, text in enumerate(said["contents"]):
        if place < len(contents):
            service.correct_content(contents[place], text)
        else:
            service.add_content(programme, text)
    _apply_targets(programme, plans)
    baselines = {row.key: row for row in queries.list_baselines(programme)}
    for baseline in plans.baselines:
        if baseline.key in baselines:
            service.correct_baseline(baselines[baseline.key], baseline)
        else:
            service.add_baseline(programme, baseline)
    service.set_periods(programme, plans.periods, reported)
    promised = {(row.year, row.title): row for row in queries.list_year_plan(programme)}
    for activity in _activities(said):
        known = promised.get((activity.year, activity.title))
        if known is None:
            service.promise(programme, activity)
        else:
            service.change_promise(known, activity)
    _apply_calendar(said, plans, adding_only=adding_only)


def _apply_bodies(programme: Programme, said: Json, plans: Plans) -> None:
    for entry, named in zip(said["bodies"], plans.names, strict=True):
        signed = {row.body.key: row.body for row in queries.list_bodies(programme)}
        body = signed.get(entry["key"])
        days: list[date | None] = [name["valid_from"] for name in entry["names"]]
        if body is None:
            body = bodies.add_body(programme, entry["key"], named[0], days[0])
        standing = {row.valid_from: row for row in queries.list_names(programme)[body.id]}
        for valid_from, plan in zip(days, named, strict=True):
            row = standing.get(valid_from)
            if row is None and valid_from is not None:
                bodies.rename(programme, body, plan, valid_from)
            elif row is not None and row.valid_to is None:
                bodies.correct_name(programme, row, plan)
    ranks = {entry["key"]: entry["rank"] for entry in said["bodies"]}
    rows = queries.list_bodies(programme)
    rows.sort(key=lambda row: ranks.get(row.body.key, row.rank))
    bodies.rank_bodies(programme, [row.body_id for row in rows])


def _apply_targets(programme: Programme, plans: Plans) -> None:
    """Begin the versions that are not there yet, of each target the earlier first."""
    order = {plan.indicator: place for place, plan in reversed(list(enumerate(plans.targets)))}
    known = {(row.indicator, row.effective_on) for row in queries.list_targets(programme)}
    for plan in sorted(plans.targets, key=lambda plan: (order[plan.indicator], plan.effective_on)):
        if (plan.indicator, plan.effective_on) not in known:
            service.set_target(programme, plan)


def _apply_calendar(said: Json, plans: Plans, *, adding_only: bool) -> None:
    """Enter the year's days and the office hours, which belong to the house and not a programme."""
    if not (adding_only and workdays.list_hours()):
        calendar.set_hours(_stretches(said))
    for plan in plans.days:
        named = workdays.find_day(plan.day)
        if named is None:
            calendar.name_days(plan)
        elif not adding_only:
            calendar.correct_day(named, plan)


def _stretches(said: Json) -> list[calendar.Stretch]:
    return [
        calendar.Stretch(
            weekday, time.fromisoformat(hours["opens"]), time.fromisoformat(hours["closes"])
        )
        for hours in said["office_hours"]
        for weekday in hours["weekdays"]
    ]


def _plans(said: Json) -> Plans:
    """Answer the entries as plans; hosts stay open until the bodies are there."""
    return Plans(
        facts=ProgrammeFacts(
            name=said["name"],
            signed_on=said["signed_on"],
            starts_on=said["starts_on"],
            ends_on=said["ends_on"],
            territory_id=_unit_id(said["territory"]),
            women_led_rule=said["women_led_rule"],
        ),
        names=[[_name(name) for name in body["names"]] for body in said["bodies"]],
        targets=[_target(target) for target in said["targets"]],
        baselines=[_baseline(baseline) for baseline in said["baselines"]],
        periods=[_period(period) for period in said["report_periods"]],
        activities=[_activity(planned, None) for planned in said["year_plan"]],
        days=[
            calendar.DayPlan(day["day"], DayKind(day["kind"]), day["name"], day["document"])
            for day in said["calendar_days"]
        ],
    )


def _unit_id(place: Json) -> int:
    unit = units.find_province(place["province"], place["as_of"])
    if unit is None:
        raise InputError(_("There is no province named %(name)s.", name=place["province"]))
    return unit.id


def _name(said: Json) -> BodyNamePlan:
    return BodyNamePlan(
        name=said["name"],
        abbreviation=said["abbreviation"],
        heading=said["heading"],
        number_pattern=said["number_pattern"],
        place=said["place"],
        signers=said["signers"],
    )


def _target(said: Json) -> TargetPlan:
    return TargetPlan(
        indicator=said["indicator"],
        kind=TargetKind(said["kind"]),
        lower_value=said["lower"],
        upper_value=said["upper"],
        per_year=said["per_year"],
        due_on=said["due_on"],
        effective_on=said["effective_on"],
        territory_id=_unit_id(said["territory"]),
        document=said["document"],
        text=said["text"],
    )


def _baseline(said: Json) -> BaselinePlan:
    return BaselinePlan(
        key=said["key"],
        value=said["value"],
        text=said["text"],
        territory_id=_unit_id(said["territory"]),
        as_of=said["as_of"],
    )


def _period(said: Json) -> PeriodPlan:
    return PeriodPlan(PeriodKind(said["kind"]), said["label"], said["from"], said["to"])


def _activity(said: Json, host_body_id: int | None) -> ActivityPlan:
    return ActivityPlan(
        year=said["year"],
        month=said["month"],
        kind=said["kind"],
        title=said["title"],
        host_body_id=host_body_id,
        place=said["place"],
        seats=said["seats"],
    )


def _activities(said: Json) -> list[ActivityPlan]:
    hosts = {entry["host"] for entry in said["year_plan"] if entry["host"]}
    ids = {key: body.id for key in hosts if (body := accounts.find_body(key))}
    return [_activity(entry, ids.get(entry["host"])) for entry in said["year_plan"]]


def _problems(said: Json) -> Problems:
    """Answer what is wrong with single entries, by their path."""
    plans = _plans(said)
    found = dict(plans.facts.problems())
    lists: dict[str, Sequence[Any]] = {
        "targets": plans.targets,
        "baselines": plans.baselines,
        "report_periods": plans.periods,
        "year_plan": plans.activities,
        **{f"bodies[{place}].names": named for place, named in enumerate(plans.names)},
    }
    for path, entries in lists.items():
        for place, entry in enumerate(entries):
            for name, reason in entry.problems().items():
                found[f"{path}[{place}].{SAID_AS.get(name, name)}"] = reason
    keys = {body["key"] for body in said["bodies"]}
    kinds = {kind["key"] for kind in said["event_kinds"]}
    for place, planned in enumerate(said["year_plan"]):
        if planned["host"] and planned["host"] not in keys:
            found[f"year_plan[{place}].host"] = _("No body of this key stands in the file.")
        if planned["kind"] not in kinds:
            found[f"year_plan[{place}].kind"] = _("No kind of activity has this key in the file.")
    for place, hours in enumerate(said["office_hours"]):
        if not set(hours["weekdays"]) <= set(range(7)):
            found[f"office_hours[{place}].weekdays"] = _("Weekdays are 0 (Monday) to 6 (Sunday).")
        if hours["closes"] <= hours["opens"]:
            found[f"office_hours[{place}].closes"] = _("The office closes after it opens.")
    return found


def _problems_together(programme: Programme | None, said: Json) -> Problems:
    """Answer how the entries do not go together, among themselves and with what stays beside."""
    found: Problems = {}
    plans = [_period(period) for period in said["report_periods"]]
    names = {(plan.kind, plan.label) for plan in plans}
    standing = queries.list_periods(programme, None) if programme else []
    beside = [
        PeriodPlan(row.kind, row.label, row.from_on, row.to_on)
        for row in standing
        if (row.kind, row.label) not in names
    ]
    for place, wrong in enumerate(set_problems([*plans, *beside])):
        path = f"report_periods[{place}]" if place < len(plans) else "report_periods"
        found |= {f"{path}.{SAID_AS.get(name, name)}": reason for name, reason in wrong.items()}
    ranks = {row.body.key: row.rank for row in queries.list_bodies(programme)} if programme else {}
    ranks |= {body["key"]: body["rank"] for body in said["bodies"]}
    if sorted(ranks.values()) != list(range(1, len(ranks) + 1)):
        found["bodies"] = _("The ranks of the bodies are 1, 2 and so on, each once.")
    return found

"""A programme as one document: what its YAML file says, entry by entry, in one fixed order.

`read` answers a file in this form and `describe` a programme, so that the two can be compared.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import yaml

from coopevents.accounts.models import HostBodyName
from coopevents.charter.reading import (
    Left,
    Problems,
    Reader,
    day,
    each,
    flag,
    hour,
    line,
    number,
    one_of,
    parse,
    record,
    whole,
    words,
)
from coopevents.db import Json
from coopevents.errors import InputError
from coopevents.i18n import LOCALES, _
from coopevents.programme import queries
from coopevents.programme.models import (
    Baseline,
    PeriodKind,
    Programme,
    ReportPeriod,
    Target,
    TargetKind,
    YearPlan,
)
from coopevents.programme.plans import KEY
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit
from coopevents.workdays import queries as workdays
from coopevents.workdays.models import DayKind

HEAD = """\
# A coordination programme, written out by `coopevents programme dump`. Change it and load it with
# `coopevents programme load FILE`: what would change is shown before it is written, what stands in
# the past is refused. Texts are given in vi, en and ar.
"""


def place(said: Any, path: str, problems: Problems) -> Json | None:
    """Read a province as it was on a day; its name is answered as the register of units has it."""
    before = len(problems)
    clean = record(province=line, as_of=day)(said, path, problems)
    if clean is None or len(problems) > before:
        return None
    unit = units.find_province(clean["province"], clean["as_of"])
    if unit is None:
        problems[path] = _("There is no province named %(name)s.", name=clean["province"])
        return None
    return describe_place(unit)


def key(said: Any, path: str, problems: Problems) -> str | None:
    """Read a key: what other entries and commands call this one by."""
    if isinstance(said, str) and KEY.fullmatch(said):
        return said
    problems[path] = _("A key is made of small letters, figures, - and _.")
    return None


TEXT = record(vi=line, en=line, ar=line)

NAME = record(
    valid_from=Left(day),
    valid_to=Left(day),
    name=TEXT,
    abbreviation=line,
    heading=each(line, least=1),
    number_pattern=line,
    place=line,
    signers=each(record(prefix=words, title=line, name=words), least=1),
)

SHAPE: dict[str, Left | Reader] = {
    "key": key,
    "name": TEXT,
    "signed_on": day,
    "starts_on": day,
    "ends_on": day,
    "territory": place,
    "women_led_rule": line,
    "register": record(key=key, name=TEXT),
    "bodies": each(record(key=key, rank=whole, names=each(NAME, least=1)), least=1),
    "contents": each(TEXT),
    "targets": each(
        record(
            indicator=line,
            kind=one_of(TargetKind),
            lower=number,
            upper=Left(number),
            per_year=Left(flag, default=False),
            due_on=day,
            effective_on=Left(day),
            territory=Left(place),
            document=Left(line),
            text=TEXT,
        )
    ),
    "baselines": each(
        record(key=key, value=Left(number), as_of=day, territory=Left(place), text=TEXT)
    ),
    "report_periods": each(record(kind=one_of(PeriodKind), label=line, from_=day, to=day)),
    "year_plan": Left(
        each(
            record(
                year=whole,
                month=Left(whole),
                kind=key,
                title=line,
                host=Left(key),
                place=Left(line),
                seats=Left(whole),
            )
        ),
        default=[],
    ),
    "event_kinds": each(
        record(
            key=key,
            name=TEXT,
            is_training=Left(flag, default=False),
            counts_attendance=Left(flag, default=True),
        )
    ),
    "office_hours": each(record(weekdays=each(whole, least=1), opens=hour, closes=hour), least=1),
    "calendar_days": Left(
        each(record(day=day, kind=one_of(DayKind), name=TEXT, document=Left(line))), default=[]
    ),
}
"""The entries of a file, in their order."""

LEFT_OUT = {"per_year": False, "is_training": False, "counts_attendance": True}
"""What a dump does not say, because a file that does not say it means it."""

ON_ONE_LINE = {"province", "weekdays", "prefix", "from"}
"""What a dump writes on one line: a record with an entry of one of these names."""


def read(data: bytes, file_name: str) -> Json:
    """Answer the file as a document. Raises InputError that tells each wrong entry by its path."""
    problems: Problems = {}
    said: Json | None = record(**SHAPE)(parse(data, file_name), "", problems)
    if said is not None and not problems:
        _fill_in(said)
        _settle_names(said, problems)
    if said is None or problems:
        raise refused(file_name, problems)
    return said


def refused(file_name: str, problems: Problems) -> InputError:
    """Answer the refusal of a file that names the places."""
    told = "\n".join(f"{path}: {reason}" for path, reason in problems.items())
    return InputError(
        _("%(file)s was not read, nothing was written.", file=file_name) + "\n" + told,
        dict(problems),
    )


def _fill_in(said: Json) -> None:
    for target in said["targets"]:
        target["effective_on"] = target["effective_on"] or said["signed_on"]
        target["territory"] = target["territory"] or said["territory"]
    for baseline in said["baselines"]:
        baseline["territory"] = baseline["territory"] or said["territory"]
    said["office_hours"] = _stretches(
        (weekday, hours["opens"], hours["closes"])
        for hours in said["office_hours"]
        for weekday in hours["weekdays"]
    )


def _settle_names(said: Json, problems: Problems) -> None:
    """Put the names of each body in order; each ends on the day before the next begins."""
    for place_, body in enumerate(said["bodies"]):
        path = f"bodies[{place_}].names"
        called = body["names"]
        for number_, (earlier, later) in enumerate(pairwise(called), start=1):
            begun = earlier["valid_from"] or date.min
            if later["valid_from"] is None or later["valid_from"] <= begun:
                problems[f"{path}[{number_}].valid_from"] = _(
                    "A name begins after the one before it."
                )
            elif earlier["valid_to"] and (later["valid_from"] - earlier["valid_to"]).days != 1:
                problems[f"{path}[{number_ - 1}].valid_to"] = _(
                    "A name ends on the day before the next one begins; leave this entry out."
                )
        if called[-1]["valid_to"]:
            problems[f"{path}[{len(called) - 1}].valid_to"] = _(
                "The last name has no end; add the name that follows it."
            )
        for name in called:
            del name["valid_to"]


def as_text(document: Json) -> str:
    """Answer the document as YAML that reads back as the same."""
    ordered = {name: document[name] for name in SHAPE}
    return HEAD + yaml.dump(
        _sayable(ordered), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=4096
    )


class _Row(dict[str, Any]):
    """A record written on one line."""


class _Dumper(yaml.SafeDumper):
    """YAML that repeats an equal value instead of pointing at it: aliases are not read."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(
    _Row,
    lambda dumper, row: dumper.represent_mapping("tag:yaml.org,2002:map", row, flow_style=True),
)


def _sayable(said: Any) -> Any:
    if isinstance(said, dict):
        kept = {
            name: _sayable(value)
            for name, value in said.items()
            if not (value is None or (name in LEFT_OUT and value is LEFT_OUT[name]))
        }
        return _Row(kept) if kept.keys() & ON_ONE_LINE else kept
    if isinstance(said, list):
        return [_sayable(value) for value in said]
    if isinstance(said, Decimal):
        return int(said) if said == said.to_integral_value() else float(said)
    return said


def plain(said: Any) -> Any:
    """Answer the same with days and numbers written out, as JSON can hold it."""
    if isinstance(said, dict):
        return {str(key): plain(value) for key, value in said.items()}
    if isinstance(said, list):
        return [plain(value) for value in said]
    return str(said) if isinstance(said, date | Decimal) else said


def describe(programme: Programme) -> Json:
    """Answer the programme as a document, but for the kinds of activity, which are not its own."""
    return {
        "key": programme.key,
        "name": _text(programme.name),
        "signed_on": programme.signed_on,
        "starts_on": programme.starts_on,
        "ends_on": programme.ends_on,
        "territory": describe_place(programme.territory),
        "women_led_rule": programme.women_led_rule,
        "register": {"key": programme.register.key, "name": _text(programme.register.name)},
        "bodies": _bodies(programme),
        "contents": [_text(content.text) for content in queries.list_contents(programme.id)],
        "targets": [_target(target) for target in queries.list_targets(programme)],
        "baselines": [_baseline(baseline) for baseline in queries.list_baselines(programme)],
        "report_periods": [_period(period) for period in queries.list_periods(programme, None)],
        "year_plan": [_planned(planned) for planned in queries.list_year_plan(programme)],
        "office_hours": _stretches(
            (row.weekday, f"{row.opens:%H:%M}", f"{row.closes:%H:%M}")
            for row in workdays.list_hours()
        ),
        "calendar_days": [
            {
                "day": row.day,
                "kind": row.kind.value,
                "name": _text(row.name),
                "document": row.document,
            }
            for row in workdays.list_days()
        ],
    }


def _text(said: Json) -> Json:
    return {locale: said.get(locale, said["vi"]) for locale in LOCALES}


def describe_place(unit: AdministrativeUnit) -> Json:
    """Answer a province as a document names it: with a day on which the name means this one."""
    return {"province": unit.name, "as_of": unit.valid_to or unit.valid_from or units.REFORM}


def _bodies(programme: Programme) -> list[Json]:
    called = queries.list_names(programme)
    return [
        {
            "key": row.body.key,
            "rank": row.rank,
            "names": [_name(name) for name in reversed(called[row.body_id])],
        }
        for row in queries.list_bodies(programme)
    ]


def _name(name: HostBodyName) -> Json:
    return {
        "valid_from": name.valid_from,
        "name": _text(name.name),
        "abbreviation": name.abbreviation,
        "heading": list(name.heading),
        "number_pattern": name.number_pattern,
        "place": name.place,
        "signers": [
            {part: signer[part] for part in ("prefix", "title", "name")} for signer in name.signers
        ],
    }


def _target(target: Target) -> Json:
    return {
        "indicator": target.indicator,
        "kind": target.kind.value,
        "lower": target.lower_value,
        "upper": target.upper_value,
        "per_year": target.per_year,
        "due_on": target.due_on,
        "effective_on": target.effective_on,
        "territory": describe_place(target.territory),
        "document": target.document,
        "text": _text(target.text),
    }


def _baseline(baseline: Baseline) -> Json:
    return {
        "key": baseline.key,
        "value": baseline.value,
        "as_of": baseline.as_of,
        "territory": describe_place(baseline.territory),
        "text": _text(baseline.text),
    }


def _period(period: ReportPeriod) -> Json:
    return {
        "kind": period.kind.value,
        "label": period.label,
        "from": period.from_on,
        "to": period.to_on,
    }


def _planned(planned: YearPlan) -> Json:
    return {
        "year": planned.year,
        "month": planned.month,
        "kind": planned.kind,
        "title": planned.title,
        "host": planned.host.key if planned.host else None,
        "place": planned.place,
        "seats": planned.seats,
    }


def _stretches(stretches: Iterable[tuple[int, str, str]]) -> list[Json]:
    """Answer the office hours, the weekdays that share a stretch put together."""
    days: dict[tuple[str, str], set[int]] = {}
    for weekday, opens, closes in stretches:
        days.setdefault((opens, closes), set()).add(weekday)
    return [
        {"weekdays": sorted(weekdays), "opens": opens, "closes": closes}
        for (opens, closes), weekdays in sorted(days.items())
    ]

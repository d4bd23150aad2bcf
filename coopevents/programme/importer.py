"""Reading a programme from its YAML file: bodies, contents, targets, baselines, periods."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from coopevents.accounts.models import HostBody, HostBodyName
from coopevents.audit import service as audit
from coopevents.config import ROOT
from coopevents.db import Translated, db
from coopevents.directory.models import Register
from coopevents.errors import InputError
from coopevents.i18n import LOCALES, _
from coopevents.programme.models import (
    Baseline,
    Content,
    PeriodKind,
    Programme,
    ProgrammeBody,
    ProgrammeLoad,
    ReportPeriod,
    Target,
    TargetKind,
)
from coopevents.territory import units
from coopevents.workdays.models import CalendarDay, DayKind, OfficeHours

DEFAULT_FILE = ROOT / "coopevents" / "data" / "programmes" / "phu-tho-2024-2030.yaml"


def load(path: Path = DEFAULT_FILE) -> tuple[Programme, dict[str, Any]]:
    """Write the programme of the file and answer it with what the file said.

    Loading a programme that is there already changes nothing. Raises InputError that names the
    place in the file.
    """
    said = _read(path)
    known = db.session.scalar(select(Programme).where(Programme.key == said["key"]))
    if known:
        return known, said
    with db.session.begin_nested():
        try:
            programme = _write(said)
        except KeyError as error:
            raise InputError(
                _("%(file)s lacks the entry %(entry)s.", file=path.name, entry=error.args[0])
            ) from error
    db.session.add(
        ProgrammeLoad(programme_id=programme.id, file_name=path.name, content=_plain(said))
    )
    audit.record("programme.loaded", "programme", programme.id, programme_id=programme.id)
    return programme, said


def _read(path: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(
            _("%(file)s cannot be read as YAML: %(reason)s", file=path.name, reason=str(error))
        ) from error
    if not isinstance(said, dict) or "key" not in said:
        raise InputError(_("%(file)s describes no programme.", file=path.name))
    return said


def _write(said: dict[str, Any]) -> Programme:
    register = Register(key=said["register"]["key"], name=_text(said["register"]["name"]))
    place = said["territory"]
    territory = units.find_province(place["province"], place["as_of"])
    if territory is None:
        raise InputError(_("There is no province named %(name)s.", name=place["province"]))
    programme = Programme(
        key=said["key"],
        name=_text(said["name"]),
        register=register,
        territory=territory,
        signed_on=said["signed_on"],
        starts_on=said["starts_on"],
        ends_on=said["ends_on"],
        women_led_rule=said["women_led_rule"],
    )
    db.session.add(programme)
    db.session.flush()
    for body in said["bodies"]:
        _write_body(programme, body)
    _write_lists(programme, said)
    _write_calendar(said)
    db.session.flush()
    return programme


def _write_body(programme: Programme, said: dict[str, Any]) -> None:
    body = db.session.scalar(select(HostBody).where(HostBody.key == said["key"]))
    if body is None:
        body = HostBody(key=said["key"])
        db.session.add(body)
        db.session.flush()
        for name in said["names"]:
            db.session.add(
                HostBodyName(
                    body_id=body.id,
                    valid_from=name["valid_from"],
                    valid_to=name.get("valid_to"),
                    name=_text(name["name"]),
                    abbreviation=name["abbreviation"],
                    heading=name["heading"],
                    number_pattern=name["number_pattern"],
                    place=name["place"],
                    signers=name["signers"],
                )
            )
    db.session.add(ProgrammeBody(programme_id=programme.id, body_id=body.id, rank=said["rank"]))


def _write_lists(programme: Programme, said: dict[str, Any]) -> None:
    for number, text in enumerate(said["contents"], start=1):
        db.session.add(Content(programme_id=programme.id, number=number, text=_text(text)))
    for target in said["targets"]:
        db.session.add(_target(programme, target))
    for baseline in said["baselines"]:
        value = baseline["value"]
        db.session.add(
            Baseline(
                programme_id=programme.id,
                key=baseline["key"],
                value=None if value is None else Decimal(value),
                text=_text(baseline["text"]),
                territory_id=programme.territory_id,
                as_of=baseline["as_of"],
            )
        )
    for period in said["report_periods"]:
        db.session.add(
            ReportPeriod(
                programme_id=programme.id,
                kind=PeriodKind(period["kind"]),
                label=period["label"],
                from_on=period["from"],
                to_on=period["to"],
            )
        )


def _target(programme: Programme, said: dict[str, Any]) -> Target:
    upper = said.get("upper")
    return Target(
        programme_id=programme.id,
        indicator=said["indicator"],
        kind=TargetKind(said["kind"]),
        lower_value=Decimal(said["lower"]),
        upper_value=None if upper is None else Decimal(upper),
        per_year=said.get("per_year", False),
        due_on=said["due_on"],
        effective_on=said.get("effective_on", programme.signed_on),
        text=_text(said["text"]),
    )


def _write_calendar(said: dict[str, Any]) -> None:
    if db.session.scalar(select(OfficeHours.id).limit(1)) is None:
        for hours in said["office_hours"]:
            for weekday in hours["weekdays"]:
                db.session.add(
                    OfficeHours(
                        weekday=weekday,
                        opens=time.fromisoformat(hours["opens"]),
                        closes=time.fromisoformat(hours["closes"]),
                    )
                )
    for day in said["calendar_days"]:
        if db.session.scalar(select(CalendarDay.id).where(CalendarDay.day == day["day"])) is None:
            db.session.add(
                CalendarDay(day=day["day"], kind=DayKind(day["kind"]), name=_text(day["name"]))
            )


def _text(said: dict[str, str]) -> Translated:
    for locale in LOCALES:
        if not said.get(locale):
            raise KeyError(f"{locale} ({said.get('vi', '')})")
    return {locale: said[locale] for locale in LOCALES}


def _plain(said: Any) -> Any:
    """Answer the same with days written out, as JSON can hold it."""
    if isinstance(said, dict):
        return {str(key): _plain(value) for key, value in said.items()}
    if isinstance(said, list):
        return [_plain(value) for value in said]
    return said.isoformat() if isinstance(said, date) else said

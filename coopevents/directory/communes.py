"""Choosing a commune by its name, as somebody types it, for a seat on a day."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from coopevents import names
from coopevents.db import db, valid_on
from coopevents.errors import InputError
from coopevents.i18n import _, day
from coopevents.territory import units
from coopevents.territory.models import (
    AdministrativeSuccession,
    AdministrativeUnit,
    SuccessionKind,
    UnitLevel,
)

PREFIXES = ("xa ", "phuong ", "thi tran ", "dac khu ")


def label(unit: AdministrativeUnit) -> str:
    """Answer the commune's name, with its former district where it had one."""
    district = unit.parent
    if district is None or district.level is not UnitLevel.DISTRICT:
        return unit.name
    return f"{unit.name}, {district.name}"


def labels_on(territory: AdministrativeUnit, on: date) -> list[str]:
    """Answer what can be chosen on the day: the communes of the territory as it then was."""
    return [label(unit) for unit in _communes(units.territory_on(territory, on), on)]


def choose(text: str, territory: AdministrativeUnit, on: date) -> AdministrativeUnit:
    """Answer the commune of the territory that the typed name stands for on the day.

    Marks and "xã", "phường" make no difference. A name of before the reform finds the commune it
    went into whole. Raises InputError where there is none, or more than one: with their names.
    """
    province = units.territory_on(territory, on)
    found = _named(text, _communes(province, on))
    if not found:
        found = _through_succession(text, province, on)
    if len(found) == 1:
        return found[0]
    if not found:
        sentence = _(
            "There was no commune called “%(text)s” in %(province)s on %(day)s.",
            text=text,
            province=province.name,
            day=day(on),
        )
    else:
        sentence = _(
            "“%(text)s” may be several communes; write which one: %(choice)s.",
            text=text,
            choice="; ".join(sorted(label(unit) for unit in found)),
        )
    raise InputError(sentence, {"commune": sentence})


def _communes(province: AdministrativeUnit, on: date) -> list[AdministrativeUnit]:
    return list(
        db.session.scalars(
            select(AdministrativeUnit)
            .where(
                AdministrativeUnit.id.in_([unit.id for unit in units.communes_of(province)]),
                valid_on(AdministrativeUnit, on),
            )
            .options(joinedload(AdministrativeUnit.parent))
            .order_by(AdministrativeUnit.name_fold, AdministrativeUnit.id)
        )
    )


def _named(text: str, communes: Iterable[AdministrativeUnit]) -> list[AdministrativeUnit]:
    wanted = names.fold(text)
    return [
        unit
        for unit in communes
        if wanted in (names.fold(label(unit)), _bare(names.fold(label(unit))))
        or wanted in (unit.name_fold, _bare(unit.name_fold))
    ]


def _bare(folded: str) -> str:
    return next((folded.removeprefix(p) for p in PREFIXES if folded.startswith(p)), folded)


def _through_succession(
    text: str, province: AdministrativeUnit, on: date
) -> list[AdministrativeUnit]:
    """Answer the communes of the day that one of that name became, or came out of."""
    there = {unit.id: unit for unit in _communes(province, on)}
    old, new = aliased(AdministrativeUnit), aliased(AdministrativeUnit)
    links = db.session.execute(
        select(AdministrativeSuccession, old, new)
        .join(old, old.id == AdministrativeSuccession.old_id)
        .join(new, new.id == AdministrativeSuccession.new_id)
        .where(
            AdministrativeSuccession.old_id.in_(there) | AdministrativeSuccession.new_id.in_(there)
        )
        .options(joinedload(old.parent), joinedload(new.parent))
    ).all()
    forward = [(before, link) for link, before, _after in links if link.new_id in there]
    meant = {unit.id for unit in _named(text, {b.id: b for b, _link in forward}.values())}
    if meant:
        into = [link for before, link in forward if before.id in meant]
        whole = {link.old_id for link in into if link.kind is SuccessionKind.WHOLE}
        # One that went into several is all of them, even beside a namesake that went whole.
        sure = [k for k in into if k.kind is SuccessionKind.WHOLE or k.old_id not in whole]
        return list({link.new_id: there[link.new_id] for link in sure}.values())
    backward = [(after, link) for link, _before, after in links if link.old_id in there]
    meant = {unit.id for unit in _named(text, {a.id: a for a, _link in backward}.values())}
    return list({k.old_id: there[k.old_id] for after, k in backward if after.id in meant}.values())

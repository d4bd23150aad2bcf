"""The acts that end organisations or found them: for each its words, its form, what it means."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coopevents import names
from coopevents.directory import choices, communes, dated
from coopevents.directory import editing_forms as forms
from coopevents.directory.checks import REGISTRATION
from coopevents.directory.consequences import Consequences
from coopevents.directory.lineage import GROUPS, Act
from coopevents.directory.models import (
    LineageKind,
    Organisation,
    OrganisationKind,
    OrganisationSector,
)
from coopevents.directory.service import NewOrganisation
from coopevents.errors import InputError
from coopevents.i18n import _, _l
from coopevents.territory.models import AdministrativeUnit


@dataclass(frozen=True)
class Action:
    """An act as officers choose it on the page of an organisation."""

    label: Any
    meaning: Any
    form: type[forms.ActForm]
    read: Callable[[Organisation, Any, AdministrativeUnit], Act]
    """Answers the act that the form tells. Raises InputError with the field that is wrong."""


def _consolidate(one: Organisation, form: Any, territory: AdministrativeUnit) -> Act:
    ending = (one, *_others(form, one))
    new = _founded(one, form, territory, one.kind)
    return Act(LineageKind.CONSOLIDATE, form.on.data, ending, None, new, _document(form))


def _absorb(one: Organisation, form: Any, _territory: AdministrativeUnit) -> Act:
    return Act(LineageKind.ABSORB, form.on.data, _others(form, one), one, (), _document(form))


def _be_absorbed(one: Organisation, form: Any, _territory: AdministrativeUnit) -> Act:
    (into,) = _others(form, one)
    return Act(LineageKind.ABSORB, form.on.data, (one,), into, (), _document(form))


def _divide(one: Organisation, form: Any, territory: AdministrativeUnit) -> Act:
    new = _founded(one, form, territory, one.kind)
    if len(new) < 2:
        wrong = _("Dividing needs at least two new organisations.")
        raise InputError(wrong, {"bodies": wrong})
    return Act(LineageKind.DIVIDE, form.on.data, (one,), None, new, _document(form))


def _split_off(one: Organisation, form: Any, territory: AdministrativeUnit) -> Act:
    new = _founded(one, form, territory, one.kind)
    return Act(LineageKind.SPLIT_OFF, form.on.data, (), one, new, _document(form))


def _dissolve(one: Organisation, form: Any, _territory: AdministrativeUnit) -> Act:
    return Act(LineageKind.DISSOLVE, form.on.data, (one,), None, (), _document(form))


def _convert(one: Organisation, form: Any, territory: AdministrativeUnit) -> Act:
    new = _founded(one, form, territory, OrganisationKind.COOPERATIVE)
    people = form.people.data
    return Act(LineageKind.CONVERT, form.on.data, (one,), None, new, _document(form), people)


ACTIONS: dict[str, Action] = {
    "consolidate": Action(
        _l("Consolidate"),
        _l("Several end and go into a new one (hợp nhất)."),
        forms.ConsolidateForm,
        _consolidate,
    ),
    "absorb": Action(
        _l("Absorb others"),
        _l("Others end and go into this one, which stays what it is (sáp nhập)."),
        forms.AbsorbForm,
        _absorb,
    ),
    "absorbed": Action(
        _l("Go into another"),
        _l("This one ends and goes into another, which stays what it is (sáp nhập)."),
        forms.AbsorbedForm,
        _be_absorbed,
    ),
    "divide": Action(
        _l("Divide"),
        _l("This one ends, and several new ones stand in its place (chia)."),
        forms.DivideForm,
        _divide,
    ),
    "split-off": Action(
        _l("Split off"),
        _l("This one goes on, and a new one comes out of it (tách)."),
        forms.SplitOffForm,
        _split_off,
    ),
    "convert": Action(
        _l("Convert to a cooperative"),
        _l("The group becomes a cooperative (chuyển đổi)."),
        forms.ConvertForm,
        _convert,
    ),
    "dissolve": Action(
        _l("Dissolve"),
        _l("It ends, and nothing follows (giải thể)."),
        forms.DissolveForm,
        _dissolve,
    ),
}
"""By the word that addresses use for it."""


def offered(organisation: Organisation) -> dict[str, Action]:
    """Answer the acts that its kind allows."""
    is_group = organisation.kind in GROUPS
    return {name: one for name, one in ACTIONS.items() if name != "convert" or is_group}


def mark(act: Act, shown: Consequences, seen: str) -> str:
    """Answer what a confirmation must bring back: that of these consequences, of this state."""
    told = repr((act.kind, act.on, act.document, act.people, act.founded, shown, seen))
    return hashlib.sha256(told.encode()).hexdigest()


def _founded(
    one: Organisation, form: Any, territory: AdministrativeUnit, kind: OrganisationKind
) -> tuple[NewOrganisation, ...]:
    """Answer the organisations the rows tell of; they are in the trade of the one they follow."""
    sector = next(
        (
            row.sector
            for row in dated.rows_of(OrganisationSector, one.id)
            if dated.holds_on(row, form.on.data)
        ),
        None,
    )
    new = []
    for row in form.bodies.entries:
        if not (row.data["name"] or "").strip():
            continue
        code = (row.data["registration"] or "").strip()
        new.append(
            NewOrganisation(
                kind=kind,
                name=row.data["name"],
                unit=_commune(row.data["commune"], territory, form),
                sector=sector,
                codes={REGISTRATION: code} if code else {},
            )
        )
    if not new:
        wrong = _("Give the name of what is founded.")
        raise InputError(wrong, {"bodies": wrong})
    return tuple(new)


def _commune(typed: str | None, territory: AdministrativeUnit, form: Any) -> Any:
    if not (typed or "").strip():
        return None
    try:
        return communes.choose(typed or "", territory, form.on.data)
    except InputError as error:
        raise InputError(error.message, {"bodies": error.message}) from error


def _document(form: Any) -> str | None:
    return names.clean(form.document.data or "") or None


def _others(form: Any, one: Organisation) -> tuple[Organisation, ...]:
    lines = [line for line in form.others.data.splitlines() if line.strip()]
    return tuple(choices.find_meant(line, one.register_id) for line in lines)

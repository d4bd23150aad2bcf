"""The changes and corrections officers make: for each its words, its form, what it writes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coopevents import clock
from coopevents.directory import classification, communes, corrections, service
from coopevents.directory import editing_forms as forms
from coopevents.directory.models import Organisation, OrganisationAddress
from coopevents.directory.service import Support
from coopevents.i18n import _l
from coopevents.territory.models import AdministrativeUnit

Write = Callable[[Organisation, Any, AdministrativeUnit], None]
"""Writes what the form says about the organisation; the territory is where communes are chosen."""


@dataclass(frozen=True)
class Change:
    """Something that changes from a day on, or is told of a day."""

    label: Any
    meaning: Any
    form: type[forms.EditForm]
    write: Write


def _rename(organisation: Organisation, form: Any, _territory: AdministrativeUnit) -> None:
    service.rename(
        organisation, form.name.data, since=form.since.data, source=_text(form.source.data)
    )


def _move(organisation: Organisation, form: Any, territory: AdministrativeUnit) -> None:
    service.move(
        organisation,
        communes.choose(form.commune.data, territory, form.since.data),
        since=form.since.data,
        line=_text(form.line.data),
        source=_text(form.source.data),
    )


def _change_status(organisation: Organisation, form: Any, _territory: AdministrativeUnit) -> None:
    service.change_status(
        organisation, form.status.data, since=form.since.data, source=_text(form.source.data)
    )


def _change_sector(organisation: Organisation, form: Any, _territory: AdministrativeUnit) -> None:
    service.change_sector(
        organisation, form.sector.data, since=form.since.data, source=_text(form.source.data)
    )


def _give_code(organisation: Organisation, form: Any, _territory: AdministrativeUnit) -> None:
    service.give_code(
        organisation,
        form.scheme.data,
        form.code.data,
        since=form.since.data,
        source=_text(form.source.data),
    )


def _count_heads(organisation: Organisation, form: Any, _territory: AdministrativeUnit) -> None:
    service.count_heads(organisation, form.as_of.data, form.heads(), source=_text(form.source.data))


def _support(organisation: Organisation, form: Any, _territory: AdministrativeUnit) -> None:
    support = Support(form.body_id.data, form.supported_on.data)
    service.support_founding(organisation, support, source=_text(form.source.data))


def _override(organisation: Organisation, form: Any, _territory: AdministrativeUnit) -> None:
    service.override(
        organisation,
        classification.get_rule(form.rule.data),
        women_led=form.women_led.data == "yes",
        reason=form.decision_reason.data,
        since=form.since.data,
        until=form.until.data,
    )


CHANGES: dict[str, Change] = {
    "name": Change(
        _l("Rename"),
        _l("The old name stays in the register and is still found. A typing mistake is corrected."),
        forms.NameForm,
        _rename,
    ),
    "seat": Change(
        _l("Move"),
        _l("The seat is in another commune from that day on. Earlier reports keep the old one."),
        forms.SeatForm,
        _move,
    ),
    "status": Change(
        _l("Change the state"),
        _l("Only who operates on the last day of a period is counted in its percentages."),
        forms.StatusForm,
        _change_status,
    ),
    "sector": Change(
        _l("Change the sector"),
        _l("The sector from that day on."),
        forms.SectorForm,
        _change_sector,
    ),
    "code": Change(
        _l("Give a number"),
        _l("The registration number or the tax code from that day on."),
        forms.CodeForm,
        _give_code,
    ),
    "heads": Change(
        _l("Count members and workers"),
        _l("How many there were on a day. Leave empty what nobody told: it is not zero."),
        forms.HeadsForm,
        _count_heads,
    ),
    "support": Change(
        _l("Founded with help"),
        _l("A body that helped to found it, and when."),
        forms.SupportForm,
        _support,
    ),
    "override": Change(
        _l("Decide the class"),
        _l(
            "Whether it is led by women follows from its posts. Where the posts mislead, a decision"
            " with a reason wins over them in its days; everybody sees it and who made it."
        ),
        forms.OverrideForm,
        _override,
    ),
}
"""By the word that addresses use for it."""


@dataclass(frozen=True)
class Correction:
    """What stands in the register and was typed wrong."""

    label: Any
    form: type[forms.CorrectionForm]
    values: Callable[[Any, Any, AdministrativeUnit], dict[str, Any]]
    """Answers what the row should say, from the form, the row and the territory."""


def _seat(form: Any, row: OrganisationAddress, territory: AdministrativeUnit) -> dict[str, Any]:
    told = {"line": _text(form.line.data)}
    if form.commune.data == communes.label(row.unit):
        return {**told, "administrative_unit_id": row.administrative_unit_id}
    on = form.since.data or row.valid_from or row.valid_to or clock.local(row.recorded_at).date()
    return {
        **told,
        "administrative_unit_id": communes.choose(form.commune.data, territory, on).id,
    }


CORRECTIONS: dict[str, Correction] = {
    "name": Correction(
        _l("Name"), forms.NameCorrection, lambda form, _row, _where: {"name": form.name.data}
    ),
    "seat": Correction(_l("Address"), forms.SeatCorrection, _seat),
    "status": Correction(
        _l("State"), forms.StatusCorrection, lambda form, _row, _where: {"status": form.status.data}
    ),
    "sector": Correction(
        _l("Sector"),
        forms.SectorCorrection,
        lambda form, _row, _where: {"sector": form.sector.data},
    ),
    "code": Correction(
        _l("Number"), forms.CodeCorrection, lambda form, _row, _where: {"code": form.code.data}
    ),
    "heads": Correction(
        _l("Members and workers"),
        forms.HeadsCorrection,
        lambda form, _row, _where: {"as_of": form.as_of.data, **vars(form.heads())},
    ),
    "support": Correction(
        _l("Founded with help"),
        forms.SupportCorrection,
        lambda form, _row, _where: {
            "body_id": form.body_id.data,
            "supported_on": form.supported_on.data,
        },
    ),
    "override": Correction(
        _l("Decision about the class"),
        forms.OverrideCorrection,
        lambda form, _row, _where: {
            "women_led": form.women_led.data == "yes",
            "reason": form.decision_reason.data,
        },
    ),
}
"""By the word that addresses use for it; the founding has no row of its own and stands apart."""


def put_right(
    what: str, organisation: Organisation, row: Any, form: Any, territory: AdministrativeUnit
) -> None:
    """Write the correction the form tells."""
    corrections.put_right(
        organisation,
        row,
        CORRECTIONS[what].values(form, row, territory),
        since=form.since.data if "since" in form else None,
        reason=form.reason.data,
    )


def shown_at_first(row: Any) -> dict[str, Any]:
    """Answer what a correction's fields show at first: what the register says."""
    told = forms.first_values(row)
    if isinstance(row, OrganisationAddress):
        told["commune"] = communes.label(row.unit)
    return told


def _text(typed: str | None) -> str | None:
    return (typed or "").strip() or None

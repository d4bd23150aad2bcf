"""Who changed what of the programme and when, in words."""

from coopevents.accounts import queries as accounts
from coopevents.audit import queries as audit
from coopevents.audit.models import AuditValue
from coopevents.db import Json
from coopevents.i18n import locale_code, translated
from coopevents.programme import queries, words
from coopevents.programme.models import Programme

SUBJECTS = (
    *("programme", "register", "host_body", "host_body_name", "content", "target", "baseline"),
    *("year_plan", "report_period", "calendar_day", "office_hours", "event_kind"),
)


MOST = 6
"""The values of one act that are told; the audit keeps them all."""


def list_changes(programme: Programme, limit: int = 20) -> list[Json]:
    """Answer the latest changes as entries of a timeline."""
    acts = audit.list_acts(programme.id, SUBJECTS, limit)
    territories = {str(unit.id): words.territory_name(unit) for unit in queries.list_provinces()}
    bodies = {str(id_): translated(row.name) for id_, row in accounts.names_of_bodies().items()}
    known = {"territory_id": territories, "host_body_id": bodies}
    return [
        {
            "at": told.entry.at,
            "by": told.entry.actor_label,
            "text": _line(told.entry.act, told.values, known),
        }
        for told in acts
    ]


def _line(act: str, values: list[AuditValue], known: dict[str, dict[str, str]]) -> str:
    said = str(words.ACTS.get(act, act))
    shown = [value for value in values if _is_shown(value)]
    changes = "; ".join(_change(value, known) for value in shown[:MOST])
    return f"{said} – {changes}{'; …' if len(shown) > MOST else ''}" if changes else said


def _is_shown(value: AuditValue) -> bool:
    """Whether the value is told; of a new text the reader's language says enough."""
    _field, _dot, locale = value.field.partition(".")
    return bool(value.before and value.after) or locale in ("", locale_code())


def _change(value: AuditValue, known: dict[str, dict[str, str]]) -> str:
    field, _dot, locale = value.field.partition(".")
    label = str(words.FIELDS.get(field, field)) + (f" ({locale})" if locale else "")
    names = known.get(field, {})
    before, after = (names.get(text or "", text) for text in (value.before, value.after))
    if before is None or after is None:
        return f"{label}: {after if before is None else before}"
    return f"{label}: {before} → {after}"

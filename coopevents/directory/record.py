"""What the register says of an organisation, whole: for its history, and for two at one time."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import select

from coopevents.accounts.models import HostBody, User
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory import queries
from coopevents.directory.models import (
    ClassificationOverride,
    HeadCount,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationLineage,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationSupport,
    Post,
)
from coopevents.directory.words import RULE_NAMES, SCHEME_NAMES, STATUS_NAMES
from coopevents.i18n import _, day, labels

DAY_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}")

State = dict[str, list[list[Any]]]
"""What is known of each kind: rows of plain values, which a form can carry and bring back."""

FACTS: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "name": (OrganisationName, ("name",)),
    "seat": (OrganisationAddress, ("unit", "line")),
    "status": (OrganisationStatus, ("status",)),
    "sector": (OrganisationSector, ("sector",)),
    "code": (OrganisationCode, ("scheme", "code")),
    "override": (ClassificationOverride, ("rule", "women_led", "reason")),
    "post": (Post, ("person", "kind")),
}
"""The dated facts of an organisation and the columns that say what each is."""


@dataclass(frozen=True)
class Difference:
    """A row that somebody wrote or took away since the form was opened."""

    fact: str
    values: list[Any]
    added: bool

    @property
    def told(self) -> str:
        """What the row says, for the page."""
        return ", ".join(spoken(value) for value in self.values if value is not None)


@dataclass(frozen=True)
class Correction:
    """What was put right in the register, by whom and why."""

    at: datetime
    by: str
    changes: dict[str, tuple[str | None, str | None]]

    @property
    def reason(self) -> str | None:
        """Why it was put right."""
        return self.changes.get("reason", (None, None))[1]

    @property
    def told(self) -> list[tuple[str, str]]:
        """What stood in the register, and what stands there instead."""
        return [
            (spoken(before), spoken(after))
            for field, (before, after) in self.changes.items()
            if field not in {"row", "reason"}
        ]


def hold(organisation: Organisation) -> None:
    """Hold the organisation's row until the transaction ends: whoever holds it changes it alone."""
    db.session.refresh(organisation, with_for_update={"key_share": True})


def state_of(organisation: Organisation) -> State:
    """Answer what the register says of the organisation now, in values a form can carry."""
    state: State = {
        name: [
            [*(_plain(getattr(row, column)) for column in columns), *_days(row)]
            for row in reversed(list_rows(table, organisation))
        ]
        for name, (table, columns) in FACTS.items()
    }
    state["founding"] = [[_plain(organisation.founded_on), _plain(organisation.founded_precision)]]
    state["heads"] = [
        [_plain(v) for v in (c.as_of, c.members, c.women_members, c.workers, c.women_workers)]
        for c in list_head_counts(organisation)
    ]
    state["support"] = [
        [body, _plain(support.supported_on)] for support, body in list_supports(organisation)
    ]
    state["lineage"] = [
        [_plain(link.kind), _plain(link.effective_on), link.old_id, link.new_id]
        for link in db.session.scalars(
            select(OrganisationLineage)
            .where(
                (OrganisationLineage.old_id == organisation.id)
                | (OrganisationLineage.new_id == organisation.id)
            )
            .order_by(OrganisationLineage.id)
        )
    ]
    return state


def list_head_counts(organisation: Organisation) -> list[HeadCount]:
    """Answer the head counts, the earliest first."""
    return list(
        db.session.scalars(
            select(HeadCount)
            .where(HeadCount.organisation_id == organisation.id)
            .order_by(HeadCount.as_of)
        )
    )


def list_supports(organisation: Organisation) -> list[tuple[OrganisationSupport, str]]:
    """Answer who helped to found it: the rows, and the keys of the bodies."""
    rows = db.session.execute(
        select(OrganisationSupport, HostBody.key)
        .join(HostBody, HostBody.id == OrganisationSupport.body_id)
        .where(OrganisationSupport.organisation_id == organisation.id)
        .order_by(OrganisationSupport.id)
    )
    return [(support, key) for support, key in rows]


def differences(seen: str | None, organisations: Sequence[Organisation]) -> list[Difference]:
    """Answer what the register says otherwise than when the form was opened; it carried `seen`.

    What cannot be read as such a state was not carried by a form of ours: then all is new.
    """
    carried_states = _read(seen)
    found = []
    for organisation in organisations:
        then, now = carried_states.get(str(organisation.id), {}), state_of(organisation)
        for fact, rows in now.items():
            before = then.get(fact, [])
            found += [Difference(fact, row, added=False) for row in before if row not in rows]
            found += [Difference(fact, row, added=True) for row in rows if row not in before]
    return found


def carried(organisations: Sequence[Organisation]) -> str:
    """Answer the states as a form carries them."""
    states = {str(organisation.id): state_of(organisation) for organisation in organisations}
    return json.dumps(states, ensure_ascii=False, separators=(",", ":"))


def _read(seen: str | None) -> Mapping[str, Mapping[str, list[Any]]]:
    try:
        states = json.loads(seen or "{}")
    except ValueError:
        return {}
    if not isinstance(states, dict) or not all(isinstance(s, dict) for s in states.values()):
        return {}
    return {
        id_: {fact: rows for fact, rows in state.items() if isinstance(rows, list)}
        for id_, state in states.items()
    }


def spoken(value: Any) -> str:
    """Answer a plain value as a page says it: a day as days are written, a state by its name."""
    if value is None:
        return "—"
    if isinstance(value, bool) or value in {"True", "False"}:
        return _("yes") if str(value) == "True" else _("no")
    if isinstance(value, str) and DAY_WRITTEN.fullmatch(value):
        return day(date.fromisoformat(value))
    known: dict[Any, Any] = {**labels(STATUS_NAMES), **SCHEME_NAMES, **RULE_NAMES}
    return str(known.get(value, value))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, str | int) else str(_label(value))


def _label(value: Any) -> str:
    return str(getattr(value, "full_name", None) or getattr(value, "name", value))


def _days(row: Any) -> list[str | None]:
    return [_plain(row.valid_from), _plain(row.valid_to)]


def names_of_users(ids: Collection[int | None]) -> dict[int, str]:
    """Answer what the users who wrote are called."""
    found = db.session.execute(select(User.id, User.full_name).where(User.id.in_(set(ids))))
    return dict(found.all())


def list_corrections(organisation: Organisation) -> list[Correction]:
    """Answer what was corrected about the organisation, the latest first."""
    rows = db.session.execute(
        select(AuditEntry, AuditValue)
        .join(AuditValue, AuditValue.entry_id == AuditEntry.id)
        .where(
            AuditEntry.subject_kind == "organisation",
            AuditEntry.subject_id == organisation.id,
            AuditEntry.act == "organisation.corrected",
        )
        .order_by(AuditEntry.id.desc(), AuditValue.id)
    )
    found: dict[int, Correction] = {}
    for entry, value in rows:
        one = found.setdefault(entry.id, Correction(entry.at, entry.actor_label, {}))
        one.changes[value.field] = (value.before, value.after)
    return list(found.values())


def list_rows(table: type[Any], organisation: Organisation) -> list[Any]:
    """Answer the dated rows of one kind, the latest first, with what pages name beside them."""
    return list(
        db.session.scalars(
            select(table)
            .where(table.organisation_id == organisation.id)
            .options(*queries.LINKED.get(table, ()))
            .order_by(table.valid_from.desc().nulls_last(), table.id.desc())
        )
    )

"""Two entries side by side: everything that is known of either, in words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.accounts.models import HostBody
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import (
    ContactPoint,
    DatePrecision,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationLineage,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
)
from coopevents.i18n import _, _l, day, moment, number
from coopevents.people.words import CHANNEL_NAMES, POST_NAMES, SEX_NAMES

STATUS_NAMES = {
    OrganisationStatusKind.OPERATING: _l("Operating"),
    OrganisationStatusKind.SUSPENDED: _l("Suspended"),
    OrganisationStatusKind.STOPPED: _l("Stopped"),
    OrganisationStatusKind.DISSOLVED: _l("Dissolved"),
}


@dataclass(frozen=True)
class Compared:
    """One thing that may be known of both entries, as lines of text."""

    label: str
    first: list[str]
    second: list[str]

    @property
    def differs(self) -> bool:
        """Whether both tell it, and not the same."""
        return bool(self.first and self.second) and sorted(self.first) != sorted(self.second)

    @property
    def is_told(self) -> bool:
        """Whether either tells it."""
        return bool(self.first or self.second)


def compare_organisations(first: Organisation, second: Organisation) -> list[Compared]:
    """Answer what is known of the two, what nobody told left out."""
    ids = [first.id, second.id]
    lines: list[tuple[str, dict[int, list[str]]]] = [
        (_("Names"), _dated(OrganisationName, ids, lambda row: row.name)),
        (_("Kind"), {o.id: [str(KIND_NAMES[o.kind])] for o in (first, second)}),
        (_("Founded"), {o.id: _founded(o) for o in (first, second)}),
        (_("Codes"), _dated(OrganisationCode, ids, lambda row: f"{row.code} ({row.scheme})")),
        (_("Addresses"), _dated(OrganisationAddress, ids, _seat)),
        (_("States"), _dated(OrganisationStatus, ids, lambda row: str(STATUS_NAMES[row.status]))),
        (_("Sectors"), _dated(OrganisationSector, ids, lambda row: row.sector)),
        (_("Posts"), _dated(Post, ids, _who, joinedload(Post.person))),
        (_("How to reach it"), _reached(ContactPoint.organisation_id, ids)),
        (_("Members and workers"), _head_counts(ids)),
        (_("OCOP certificates"), _certificates(ids)),
        (_("Helped to be founded by"), _supports(ids)),
        (_("What became of it"), _lineage(ids)),
        (_("Entered"), {o.id: [moment(o.created_at)] for o in (first, second)}),
    ]
    return _compared(lines, ids)


def compare_people(first: Person, second: Person) -> list[Compared]:
    """Answer what is known of the two, what nobody told left out."""
    both, ids = (first, second), [first.id, second.id]
    lines: list[tuple[str, dict[int, list[str]]]] = [
        (_("Name"), {p.id: [p.full_name] for p in both}),
        (_("Sex"), {p.id: [str(SEX_NAMES[p.sex])] for p in both}),
        (_("Year of birth"), {p.id: [str(p.birth_year)] for p in both if p.birth_year}),
        (_("Form of address"), {p.id: [p.honorific] for p in both if p.honorific}),
        (_("Posts"), _posts(ids)),
        (_("Ways to reach this person"), _reached(ContactPoint.person_id, ids)),
        (_("Entered"), {p.id: [moment(p.created_at)] for p in both}),
    ]
    return _compared(lines, ids)


def _compared(lines: Iterable[tuple[str, dict[int, list[str]]]], ids: list[int]) -> list[Compared]:
    rows = [Compared(label, told.get(ids[0], []), told.get(ids[1], [])) for label, told in lines]
    return [row for row in rows if row.is_told]


def _gathered(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id_, text in rows:
        found.setdefault(id_, []).append(text)
    return found


def _dated(
    table: Any, ids: list[int], words: Callable[[Any], str], *options: Any
) -> dict[int, list[str]]:
    rows = db.session.scalars(
        select(table)
        .where(table.organisation_id.in_(ids))
        .options(*options, *directory.LINKED.get(table, ()))
        .order_by(table.valid_from.desc().nulls_last(), table.id.desc())
    )
    return _gathered((row.organisation_id, _in_days(words(row), row)) for row in rows)


def _in_days(text: str, row: Any) -> str:
    if row.valid_from is None and row.valid_to is None:
        return text
    if row.valid_to is None:
        return _("%(what)s, since %(day)s", what=text, day=day(row.valid_from))
    return _(
        "%(what)s, %(first)s – %(last)s",
        what=text,
        first=day(row.valid_from),
        last=day(row.valid_to),
    )


def _founded(organisation: Organisation) -> list[str]:
    if organisation.founded_on is None:
        return []
    if organisation.founded_precision is DatePrecision.YEAR:
        return [str(organisation.founded_on.year)]
    return [day(organisation.founded_on)]


def _seat(row: OrganisationAddress) -> str:
    return f"{row.line}, {row.unit.name}" if row.line else row.unit.name


def _who(row: Post) -> str:
    return f"{row.person.full_name}, {POST_NAMES[row.kind]}"


def _posts(ids: list[int]) -> dict[int, list[str]]:
    rows = db.session.scalars(
        select(Post)
        .where(Post.person_id.in_(ids))
        .order_by(Post.valid_from.desc().nulls_last(), Post.id.desc())
    ).all()
    called = directory.name_on({row.organisation_id for row in rows}, clock.today())
    return _gathered(
        (
            row.person_id,
            _in_days(f"{POST_NAMES[row.kind]}, {called.get(row.organisation_id, '')}", row),
        )
        for row in rows
    )


def _reached(owner: Any, ids: list[int]) -> dict[int, list[str]]:
    rows = db.session.execute(
        select(owner, ContactPoint.channel, ContactPoint.value)
        .where(owner.in_(ids))
        .order_by(ContactPoint.rank, ContactPoint.id)
    )
    return _gathered((id_, f"{CHANNEL_NAMES[channel]}: {value}") for id_, channel, value in rows)


def _head_counts(ids: list[int]) -> dict[int, list[str]]:
    rows = db.session.scalars(
        select(HeadCount)
        .where(HeadCount.organisation_id.in_(ids))
        .order_by(HeadCount.as_of.desc(), HeadCount.id)
    )
    return _gathered(
        (
            row.organisation_id,
            _(
                "%(members)s members (%(women)s women), %(workers)s workers, as of %(day)s",
                members=number(row.members),
                women=number(row.women_members),
                workers=number(row.workers),
                day=day(row.as_of),
            ),
        )
        for row in rows
    )


def _certificates(ids: list[int]) -> dict[int, list[str]]:
    rows = db.session.scalars(
        select(OcopCertificate)
        .where(OcopCertificate.organisation_id.in_(ids))
        .order_by(OcopCertificate.issued_on.desc(), OcopCertificate.id)
    )
    return _gathered(
        (
            row.organisation_id,
            _(
                "%(product)s, %(stars)s stars, %(decision)s of %(day)s",
                product=row.product,
                stars=row.stars,
                decision=row.decision,
                day=day(row.issued_on),
            ),
        )
        for row in rows
    )


def _supports(ids: list[int]) -> dict[int, list[str]]:
    rows = db.session.execute(
        select(OrganisationSupport.organisation_id, HostBody.key, OrganisationSupport.supported_on)
        .join(HostBody, HostBody.id == OrganisationSupport.body_id)
        .where(OrganisationSupport.organisation_id.in_(ids))
        .order_by(OrganisationSupport.id)
    )
    bodies = {"womens_union": _("Women's Union"), "coop_alliance": _("Cooperative Alliance")}
    return _gathered((id_, _on_day(bodies.get(key, key), on)) for id_, key, on in rows)


def _on_day(text: str, on: date | None) -> str:
    return f"{text}, {day(on)}" if on else text


def _lineage(ids: list[int]) -> dict[int, list[str]]:
    rows = db.session.scalars(
        select(OrganisationLineage)
        .where(or_(OrganisationLineage.old_id.in_(ids), OrganisationLineage.new_id.in_(ids)))
        .order_by(OrganisationLineage.effective_on, OrganisationLineage.id)
    ).all()
    called = directory.name_on(
        {id_ for row in rows for id_ in (row.old_id, row.new_id) if id_}, clock.today()
    )
    told: list[tuple[int, str]] = []
    for row in rows:
        new = called.get(row.new_id or 0, "")
        told.append(
            (row.old_id, _("Went into %(name)s, %(day)s", name=new, day=day(row.effective_on)))
        )
        if row.new_id:
            old = called.get(row.old_id, "")
            told.append(
                (
                    row.new_id,
                    _("Came out of %(name)s, %(day)s", name=old, day=day(row.effective_on)),
                )
            )
    return _gathered((id_, text) for id_, text in told if id_ in ids)

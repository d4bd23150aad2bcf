"""Taking a batch out of the register again, while nothing newer touched what it wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from coopevents.audit.models import AuditEntry
from coopevents.db import Base, db
from coopevents.directory.models import ContactPoint, Post
from coopevents.i18n import _
from coopevents.intake import bulk
from coopevents.intake.models import ImportBatch, ImportChange, ImportState
from coopevents.intake.writing import ENDED

OWN_TABLES = frozenset(
    {"import_batches", "import_changes", "import_files", "import_questions", "import_rows"}
)
"""The records of imports themselves: they stay, or are no part of the register."""

BATCH = "import_batch_id"


@dataclass(frozen=True)
class Touch:
    """Something newer that holds on to what the batch wrote."""

    what: str
    number: int
    organisation_ids: tuple[int, ...] = ()
    """A few of the organisations it concerns, where that is known."""


def touches(batch: ImportBatch) -> list[Touch]:
    """Answer everything newer that touched what the batch wrote; nothing: it may be undone."""
    return [
        touch
        for found in (_references, _later_batches, _changed_since, _acts)
        for touch in found(batch)
        if touch.number
    ]


def undo(batch: ImportBatch) -> None:
    """Take the batch's rows out, open again what it ended, and put back what it moved."""
    for table in reversed(_written_tables()):
        db.session.execute(delete(table).where(table.c[BATCH] == batch.id))
    for kind, model in ENDED.items():
        bulk.set_each(model, "valid_to", [(id_, None) for id_, _b in _changed(batch, kind)])
    bulk.set_each(
        ContactPoint,
        "rank",
        [(id_, before["rank"]) for id_, before in _changed(batch, "contact_point")],
    )
    db.session.expire_all()


def _written_tables() -> list[Table]:
    """Answer the tables a batch writes to, each after those it points to."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if BATCH in table.columns and table.name not in OWN_TABLES
    ]


def _changed(batch: ImportBatch, kind: str) -> list[tuple[int, Any]]:
    rows = db.session.execute(
        select(ImportChange.subject_id, ImportChange.before).where(
            ImportChange.batch_id == batch.id, ImportChange.subject_kind == kind
        )
    )
    return [(id_, before) for id_, before in rows if before is not None]


def _references(batch: ImportBatch) -> Iterator[Touch]:
    """Find rows that are not of the batch and point to one that is.

    Every table is asked, so that what is built later is found as well.
    """
    written = {table.name for table in _written_tables()}
    for table in Base.metadata.sorted_tables:
        if table.name in OWN_TABLES:
            continue
        pointing = [
            column.in_(_rows_of(key.column.table, batch))
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table.name in written
        ]
        if not pointing:
            continue
        found = or_(*pointing)
        if table.name in written:
            found = and_(found, table.c[BATCH].is_distinct_from(batch.id))
        number = db.session.scalar(select(func.count()).select_from(table).where(found)) or 0
        if number:
            yield Touch(_word(table.name), number, _organisations(table, found))


def _rows_of(table: Table, batch: ImportBatch) -> Select[Any]:
    return select(table.c.id).where(table.c[BATCH] == batch.id)


def _organisations(table: Table, found: ColumnElement[bool]) -> tuple[int, ...]:
    column: Column[Any] | None = table.columns.get("organisation_id")
    if column is None:
        return ()
    few = select(column).where(found, column.is_not(None)).distinct().limit(3)
    return tuple(db.session.scalars(few))


def _later_batches(batch: ImportBatch) -> Iterator[Touch]:
    """Find workbooks written later that changed the same organisations."""
    own = select(ImportChange.subject_id).where(
        ImportChange.batch_id == batch.id, ImportChange.subject_kind == "organisation"
    )
    later = (
        select(ImportBatch)
        .where(
            ImportBatch.register_id == batch.register_id,
            ImportBatch.state.in_({ImportState.WRITTEN, ImportState.UNDOING}),
            ImportBatch.id.in_(
                select(ImportChange.batch_id).where(
                    ImportChange.batch_id != batch.id,
                    ImportChange.subject_kind == "organisation",
                    ImportChange.subject_id.in_(own),
                )
            ),
            ImportBatch.imported_at >= batch.imported_at,
        )
        .order_by(ImportBatch.id)
    )
    for other in db.session.scalars(later):
        yield Touch(_("the import of %(file)s", file=other.file_name), 1)


def _changed_since(batch: ImportBatch) -> Iterator[Touch]:
    """Find rows of the batch that are ended by now, and rows it changed that changed again."""
    ended = [
        select(table.c.id).where(table.c[BATCH] == batch.id, table.c.valid_to.is_not(None))
        for table in _written_tables()
        if "valid_to" in table.columns
    ]
    number = db.session.scalar(select(func.count()).select_from(union_all(*ended).subquery()))
    yield Touch(_("later facts that ended those of the workbook"), number or 0)
    last = bulk.day_before(batch.as_of)
    for kind, model in ENDED.items():
        yield Touch(
            _("later changes of what the workbook ended"),
            _count_unlike(batch, kind, model, model.valid_to.is_distinct_from(last)),  # type: ignore[attr-defined]
        )
    yield Touch(_("later posts"), _count_taken_up_again(batch))
    moved = ContactPoint.rank != ImportChange.after["rank"].as_integer()
    yield Touch(
        _("a later order of the ways to reach an organisation"),
        _count_unlike(batch, "contact_point", ContactPoint, moved),
    )


def _count_taken_up_again(batch: ImportBatch) -> int:
    """Answer how many posts that the batch ended their holders took up again since."""
    again = aliased(Post)
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ImportChange)
            .join(Post, Post.id == ImportChange.subject_id)
            .join(
                again,
                and_(
                    again.person_id == Post.person_id,
                    again.organisation_id == Post.organisation_id,
                    again.kind == Post.kind,
                    again.valid_from > Post.valid_to,
                    again.import_batch_id.is_distinct_from(batch.id),
                ),
            )
            .where(ImportChange.batch_id == batch.id, ImportChange.subject_kind == "post")
        )
        or 0
    )


def _count_unlike(
    batch: ImportBatch, kind: str, model: type[Base], unlike: ColumnElement[bool]
) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(ImportChange)
            .outerjoin(model, model.id == ImportChange.subject_id)
            .where(
                ImportChange.batch_id == batch.id,
                ImportChange.subject_kind == kind,
                ImportChange.before.is_not(None),
                or_(model.id.is_(None), unlike),
            )
        )
        or 0
    )


def _acts(batch: ImportBatch) -> Iterator[Touch]:
    """Find what somebody did since to an organisation, a person or a row of the batch.

    Every act is told to the audit, whichever table it changed.
    """
    about = [
        and_(
            AuditEntry.subject_kind == kind,
            AuditEntry.subject_id.in_(select(table.c.id).where(table.c[BATCH] == batch.id)),
        )
        for table in _written_tables()
        for kind in KINDS.get(table.name, ())
    ]
    about.append(
        and_(
            AuditEntry.subject_kind == "organisation",
            AuditEntry.subject_id.in_(
                select(ImportChange.subject_id).where(
                    ImportChange.batch_id == batch.id, ImportChange.subject_kind == "organisation"
                )
            ),
        )
    )
    found = db.session.execute(
        select(AuditEntry.act, func.count())
        .where(AuditEntry.at >= batch.imported_at, or_(*about))
        .group_by(AuditEntry.act)
        .order_by(AuditEntry.act)
    )
    for act, number in found:
        yield Touch(_("later edits (%(act)s)", act=act), number)


KINDS = {
    "contact_points": ("contact_point",),
    "head_counts": ("head_count",),
    "ocop_certificates": ("ocop_certificate", "certificate"),
    "organisation_addresses": ("organisation_address",),
    "organisation_codes": ("organisation_code",),
    "organisation_names": ("organisation_name",),
    "organisation_sectors": ("organisation_sector",),
    "organisation_statuses": ("organisation_status",),
    "organisation_supports": ("organisation_support",),
    "organisations": ("organisation",),
    "people": ("person",),
    "posts": ("post",),
}
"""What the audit calls the rows of a table."""


def _word(table: str) -> str:
    words = {
        "advice_cases": _("advice cases"),
        "attendance_entries": _("marks of a roll-call"),
        "classification_overrides": _("decisions about being led by women"),
        "consents": _("consents"),
        "contact_points": _("later ways to be reached"),
        "foundings": _("foundings with advice"),
        "head_counts": _("later head counts"),
        "invitations": _("invitations"),
        "messages": _("messages"),
        "ocop_certificates": _("later OCOP certificates"),
        "organisation_lineage": _("acts of merging, dividing or ending"),
        "organisation_names": _("later names"),
        "organisation_addresses": _("later seats"),
        "organisation_codes": _("codes"),
        "organisation_sectors": _("later trades"),
        "organisation_statuses": _("later states"),
        "organisation_supports": _("later support"),
        "person_merges": _("merged people"),
        "posts": _("later posts"),
        "registrations": _("registrations"),
        "seats": _("seats"),
        "trade_calls": _("calls after trade fairs"),
        "trade_contracts": _("contracts of trade"),
        "trade_meetings": _("buyers met at trade fairs"),
        "trade_products": _("products shown at trade fairs"),
        "trade_stands": _("stands at trade fairs"),
        "walk_ins": _("walk-ins"),
    }
    return words.get(table) or _("entries of %(table)s", table=table)

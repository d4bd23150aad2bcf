from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, OrganisationKind, Register
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.intake.models import (
    AT_WORK,
    UNWRITTEN,
    ImportBatch,
    ImportChange,
    ImportFile,
    ImportMapping,
    ImportQuestion,
    ImportRow,
    ImportState,
    Pile,
)
from coopevents.territory.models import AdministrativeUnit, UnitLevel

WHO = (
    joinedload(ImportBatch.uploaded_by),
    joinedload(ImportBatch.imported_by),
    joinedload(ImportBatch.undone_by),
)


def get_batch(batch_id: int, register_id: int) -> ImportBatch:
    """Answer the batch, if it is of the register. Raises NotFoundError otherwise."""
    batch = db.session.get(ImportBatch, batch_id, options=WHO)
    if batch is None or batch.register_id != register_id:
        raise NotFoundError(_("There is no such import."))
    return batch


def list_batches(
    register: Register, *, before: int | None = None, limit: int = 20
) -> list[ImportBatch]:
    """Answer the imports of the register, the latest first, from below the id `before`."""
    found = (
        select(ImportBatch)
        .where(ImportBatch.register_id == register.id)
        .options(*WHO)
        .order_by(ImportBatch.id.desc())
        .limit(limit)
    )
    return list(
        db.session.scalars(found if before is None else found.where(ImportBatch.id < before))
    )


def find_same_file(register_id: int, file_hash: str) -> ImportBatch | None:
    """Answer the batch of the very same file that is in the register, or on its way there."""
    return db.session.scalar(
        select(ImportBatch)
        .where(
            ImportBatch.register_id == register_id,
            ImportBatch.file_hash == file_hash,
            ImportBatch.state.in_({*UNWRITTEN, ImportState.WRITTEN, ImportState.UNDOING}),
        )
        .options(*WHO)
        .order_by(ImportBatch.state.in_({ImportState.WRITTEN}).desc(), ImportBatch.id.desc())
        .limit(1)
    )


def find_written(register_id: int, file_hash: str) -> ImportBatch | None:
    """Answer the batch by which the very same file stands in the register."""
    return db.session.scalar(
        select(ImportBatch).where(
            ImportBatch.register_id == register_id,
            ImportBatch.file_hash == file_hash,
            ImportBatch.state.in_({ImportState.WRITTEN, ImportState.UNDOING}),
        )
    )


def list_undone(register_id: int, file_hash: str) -> list[ImportBatch]:
    """Answer the batches of the very same file that were undone, the latest first."""
    return list(
        db.session.scalars(
            select(ImportBatch)
            .where(
                ImportBatch.register_id == register_id,
                ImportBatch.file_hash == file_hash,
                ImportBatch.state == ImportState.UNDONE,
            )
            .options(*WHO)
            .order_by(ImportBatch.id.desc())
        )
    )


def list_waiting() -> list[int]:
    """Answer the batches that a worker should take up."""
    return list(
        db.session.scalars(
            select(ImportBatch.id)
            .where(ImportBatch.state.in_(AT_WORK), ImportBatch.claimed_by.is_(None))
            .order_by(ImportBatch.id)
        )
    )


def get_file(batch: ImportBatch) -> bytes:
    """Answer the workbook. Raises NotFoundError when it is no longer kept."""
    data = db.session.scalar(select(ImportFile.data).where(ImportFile.batch_id == batch.id))
    if data is None:
        raise NotFoundError(_("The workbook is no longer kept here. Please choose the file again."))
    return data


def count_piles(batch: ImportBatch) -> dict[Pile, int]:
    """Answer how many rows lie on each pile."""
    rows = db.session.execute(
        select(ImportRow.pile, func.count())
        .where(ImportRow.batch_id == batch.id)
        .group_by(ImportRow.pile)
    )
    return dict.fromkeys(Pile, 0) | dict(rows.all())


def list_rows(
    batch: ImportBatch, pile: Pile | None, *, after: int = 0, limit: int
) -> list[ImportRow]:
    """Answer the rows of a pile, or of all the workbook, from behind the row with the id."""
    found = (
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.id > after)
        .order_by(ImportRow.id)
        .limit(limit)
    )
    if pile is None:
        return list(db.session.scalars(found.where(ImportRow.pile != Pile.ABSENT)))
    return list(db.session.scalars(found.where(ImportRow.pile == pile)))


def list_questions(
    batch: ImportBatch, *, after: int = 0, limit: int | None = None
) -> list[ImportQuestion]:
    """Answer the rows somebody decides about, from behind the question with the id."""
    return list(
        db.session.scalars(
            select(ImportQuestion)
            .where(ImportQuestion.batch_id == batch.id, ImportQuestion.id > after)
            .order_by(ImportQuestion.id)
            .limit(limit)
        )
    )


def count_undecided(batch: ImportBatch) -> int:
    """Answer how many questions nobody has decided yet."""
    return (
        db.session.scalar(
            select(func.count(ImportQuestion.id)).where(
                ImportQuestion.batch_id == batch.id, ImportQuestion.decision.is_(None)
            )
        )
        or 0
    )


def list_changes(batch: ImportBatch, *, after: int = 0, limit: int) -> list[ImportChange]:
    """Answer what the batch did to organisations and certificates, row by row."""
    return list(
        db.session.scalars(
            select(ImportChange)
            .where(
                ImportChange.batch_id == batch.id,
                ImportChange.subject_kind.in_({"organisation", "ocop_certificate"}),
                ImportChange.id > after,
            )
            .order_by(ImportChange.id)
            .limit(limit)
        )
    )


def remembered(body_id: int | None) -> dict[str, str]:
    """Answer which column of ours each folded heading of the body's workbooks is."""
    rows = db.session.execute(
        select(ImportMapping.heading_fold, ImportMapping.column).where(
            ImportMapping.body_id.is_not_distinct_from(body_id)
        )
    )
    return dict(rows.all())


def commune_names(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Answer the communes' names, and those of their former districts or an empty text."""
    units = db.session.scalars(
        select(AdministrativeUnit)
        .where(AdministrativeUnit.id.in_(set(ids)))
        .options(joinedload(AdministrativeUnit.parent))
    )
    return {unit.id: _place(unit) for unit in units}


@dataclass(frozen=True)
class Described:
    """An organisation of the register, as far as it helps to tell it from another."""

    name: str
    kind: OrganisationKind
    commune: str
    founded: list[str] | None
    people: str


def describe(organisation_ids: Collection[int], on: date) -> dict[int, Described]:
    """Answer the organisations as somebody sees them who decides whether a row is of one."""
    names_of = directory.name_on(organisation_ids, on)
    addresses = directory.address_on(organisation_ids, on)
    posts = directory.posts_on(organisation_ids, on)
    organisations = db.session.scalars(
        select(Organisation).where(Organisation.id.in_(organisation_ids))
    )
    return {
        one.id: Described(
            name=names_of.get(one.id, ""),
            kind=one.kind,
            commune=", ".join(filter(None, _place(addresses.get(one.id)))),
            founded=[one.founded_on.isoformat(), one.founded_precision.value]
            if one.founded_on and one.founded_precision
            else None,
            people="; ".join(post.person.full_name for post in posts.get(one.id, [])),
        )
        for one in organisations
    }


def _place(unit: AdministrativeUnit | None) -> tuple[str, str]:
    if unit is None:
        return "", ""
    is_in_district = unit.parent is not None and unit.parent.level is UnitLevel.DISTRICT
    return unit.name, unit.parent.name if unit.parent and is_in_district else ""

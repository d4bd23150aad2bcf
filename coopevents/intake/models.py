from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import Base, Json
from coopevents.directory.models import (
    ContactPoint,
    DatePrecision,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationKind,
    OrganisationSupport,
    Person,
)


class ImportState(StrEnum):
    UPLOADED = "uploaded"
    """Kept; somebody must say what its letters and columns mean."""
    CHECKING = "checking"
    WRONG = "wrong"
    """Read, and something in it must be corrected in the file."""
    CHECKED = "checked"
    """Read and compared; it waits for answers and for the word to write it."""
    WRITING = "writing"
    WRITTEN = "written"
    UNDOING = "undoing"
    UNDONE = "undone"
    LEFT = "left"
    """Given up before it was written."""


AT_WORK = frozenset({ImportState.CHECKING, ImportState.WRITING, ImportState.UNDOING})
"""A worker has the batch, or a bell rings for one."""

UNWRITTEN = frozenset(
    {
        ImportState.UPLOADED,
        ImportState.CHECKING,
        ImportState.WRONG,
        ImportState.CHECKED,
        ImportState.WRITING,
    }
)
"""On the way: the file is kept."""


class Pile(StrEnum):
    """What a row of the workbook is to the register."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    CERTIFICATE = "certificate"
    """An OCOP certificate the register does not hold yet."""
    LEFT_OUT = "left_out"
    """It repeats another row, or somebody said to leave it out."""
    ABSENT = "absent"
    """No row: an organisation that the workbook does not tell of."""
    WRONG = "wrong"
    RIGHT = "right"
    """Understood, and not compared with the register because other rows are wrong."""


class Likeness(StrEnum):
    """Why two may be one."""

    TWICE = "twice"
    """Two rows of one kind, name, commune and founding day."""
    NAME_AND_COMMUNE = "name_and_commune"
    """The founding day is another, or one of them tells none."""
    NAME_AND_DAY = "name_and_day"
    """Name and founding day; the commune is another."""
    PLACE_DAY_PERSON = "place_day_person"
    """Commune, founding day, and the representative or the phone; the name is another."""


class Decision(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    SKIP = "skip"
    """Neither: the row is left out."""


class ImportBatch(Base):
    """One workbook on its way into the register, in it, or out of it again.

    `mappings` is what each sheet's columns mean, `summary` what the last check found. While a
    worker has it, `claimed_by` says which; `plan_hash` is what somebody looked at before the word
    to write it was given: another plan is looked at anew.
    """

    __tablename__ = "import_batches"
    __table_args__ = (
        Index(
            "uq_import_batches_written",
            "register_id",
            "file_hash",
            unique=True,
            postgresql_where="state IN ('written', 'undoing')",
        ),
    )

    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id"))
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("administrative_units.id"))
    body_id: Mapped[int | None] = mapped_column(ForeignKey("host_bodies.id"))
    file_name: Mapped[str]
    file_hash: Mapped[str]
    as_of: Mapped[date]
    state: Mapped[ImportState] = mapped_column(default=ImportState.WRITTEN)
    locale: Mapped[str | None]
    encoding_found: Mapped[str | None]
    encoding: Mapped[str | None]
    """None: nobody has said yet whether the letters are to be converted."""
    mappings: Mapped[list[Json]] = mapped_column(default=list)
    summary: Mapped[Json]
    plan_hash: Mapped[str | None]
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    imported_at: Mapped[datetime | None]
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    claimed_by: Mapped[str | None]
    claimed_at: Mapped[datetime | None]
    steps_done: Mapped[int] = mapped_column(default=0)
    steps_total: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]

    uploaded_by: Mapped[User | None] = relationship(foreign_keys=[uploaded_by_id])
    imported_by: Mapped[User | None] = relationship(foreign_keys=[imported_by_id])
    undone_by: Mapped[User | None] = relationship(foreign_keys=[undone_by_id])


class ImportFile(Base):
    """The workbook itself, kept while it is on its way: it holds names and phones."""

    __tablename__ = "import_files"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), unique=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class ImportMapping(Base):
    """What a heading means in the workbooks of a body; the body that is None has no name."""

    __tablename__ = "import_mappings"
    __table_args__ = (
        UniqueConstraint("body_id", "heading_fold", postgresql_nulls_not_distinct=True),
    )

    body_id: Mapped[int | None] = mapped_column(ForeignKey("host_bodies.id"))
    heading_fold: Mapped[str]
    column: Mapped[str]
    remembered_at: Mapped[datetime] = mapped_column(default=clock.now)


class ImportRow(Base):
    """A row of a workbook as the last check understood it; gone once the batch is written or left.

    `told` has what each cell was understood as, `wrong` a sentence a cell, `changes` the values
    before and after.
    """

    __tablename__ = "import_rows"
    __table_args__ = (Index("ix_import_rows_pile", "batch_id", "pile", "id"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    pile: Mapped[Pile]
    sheet: Mapped[str]
    row: Mapped[int]
    organisation_id: Mapped[int | None] = mapped_column(BigInteger)
    told: Mapped[Json]
    wrong: Mapped[Json | None]
    changes: Mapped[Json | None]


class ImportQuestion(Base):
    """A row that may be an organisation told of already: somebody decides.

    `candidates` lists {sheet, row} of the workbook or {organisation_id} of the register, each with
    its `likeness`; `same_as` is the place of the chosen one in that list.
    """

    __tablename__ = "import_questions"
    __table_args__ = (UniqueConstraint("batch_id", "sheet", "row"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    sheet: Mapped[str]
    row: Mapped[int]
    told: Mapped[Json]
    candidates: Mapped[list[Json]]
    proposed: Mapped[str]
    """The decision that is chosen on the page before anybody has looked."""
    decision: Mapped[Decision | None]
    same_as: Mapped[int | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class ImportIdentity(Base):
    """Rows that tell this are of that organisation: somebody decided so once, not every year."""

    __tablename__ = "import_identities"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[OrganisationKind]
    name_fold: Mapped[str]
    administrative_unit_id: Mapped[int] = mapped_column(ForeignKey("administrative_units.id"))
    founded_on: Mapped[date | None]
    founded_precision: Mapped[DatePrecision | None]
    import_batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"), index=True)


class ImportChange(Base):
    """What one row of a workbook changed: the values before and after."""

    __tablename__ = "import_changes"
    __table_args__ = (
        UniqueConstraint("batch_id", "sheet", "row", "subject_kind", "subject_id"),
        Index("ix_import_changes_subject", "subject_kind", "subject_id"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    sheet: Mapped[str]
    row: Mapped[int]
    subject_kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[Json | None]
    after: Mapped[Json | None]


# Undoing a batch finds its rows by these; dated tables have theirs already.
for _model in (ContactPoint, HeadCount, OcopCertificate, Organisation, OrganisationSupport, Person):
    Index(f"ix_{_model.__tablename__}_import_batch_id", _model.import_batch_id)

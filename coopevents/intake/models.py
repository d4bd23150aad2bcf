from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coopevents import clock
from coopevents.db import Base, Json


class ImportState(StrEnum):
    WRITTEN = "written"
    UNDONE = "undone"


class ImportBatch(Base):
    """One workbook that was read into the register."""

    __tablename__ = "import_batches"

    register_id: Mapped[int] = mapped_column(ForeignKey("registers.id"))
    file_name: Mapped[str]
    file_hash: Mapped[str]
    as_of: Mapped[date]
    state: Mapped[ImportState] = mapped_column(default=ImportState.WRITTEN)
    summary: Mapped[Json]
    imported_at: Mapped[datetime] = mapped_column(default=clock.now)
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]


class ImportChange(Base):
    """What one row of a workbook changed: the values before and after."""

    __tablename__ = "import_changes"
    __table_args__ = (UniqueConstraint("batch_id", "sheet", "row", "subject_kind", "subject_id"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    sheet: Mapped[str]
    row: Mapped[int]
    subject_kind: Mapped[str]
    subject_id: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[Json | None]
    after: Mapped[Json | None]

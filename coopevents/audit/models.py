from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from coopevents import clock
from coopevents.db import Base


class AuditEntry(Base):
    """One act: who did what to which thing, and when.

    The actor is kept as an id and a label without a relationship, so that the entry outlives the
    user. `commitments` holds a salted hash for each value that changed; the values themselves
    stand in `audit_values`, where they can be erased without breaking `chain_hash`.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entries_programme", "programme_id", "at"),
    )
    append_only = True

    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    actor_kind: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_label: Mapped[str]
    act: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    request_id: Mapped[UUID | None]
    commitments: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)
    chain_hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditValue(Base):
    """A value before and after an act. Erased when the person it tells of is forgotten."""

    __tablename__ = "audit_values"
    __table_args__ = (UniqueConstraint("entry_id", "field"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entries.id"))
    field: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    erased_at: Mapped[datetime | None]

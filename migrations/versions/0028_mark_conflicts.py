"""Marks that were sent in and are not in the ledger are kept until they are settled."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"

TABLE = "mark_conflicts"
KINDS = (
    "other_session",
    "not_held",
    "to_come",
    "two_subjects",
    "not_registered",
    "not_noted",
    "no_such_mark",
    "taken_back",
    "no_reason",
    "number_taken",
    "refused",
)


def _refers(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{TABLE}_{column}"))


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name="conflictkind", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        TABLE,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("by_label", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by_id", sa.BigInteger()),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        _refers("programme_id", "programmes"),
        _refers("event_id", "events"),
        _refers("by_id", "users"),
        _refers("settled_by_id", "users"),
        sa.UniqueConstraint(
            "event_id", "uuid", "digest", name=op.f(f"uq_{TABLE}_event_id_uuid_digest")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (note IS NULL)", name=op.f(f"ck_{TABLE}_settled")
        ),
    )
    op.create_index(
        "ix_mark_conflicts_open",
        TABLE,
        ["event_id"],
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table(TABLE)

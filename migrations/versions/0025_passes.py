"""Passes: what lets a delegate in at the door."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0021"

TABLE = "passes"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.UUID(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f(f"fk_{TABLE}_registration_id")
        ),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{TABLE}_token_hash")),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f(f"ck_{TABLE}_token_hash")),
    )
    op.create_index(f"ix_{TABLE}_registration_id", TABLE, ["registration_id"])


def downgrade() -> None:
    op.drop_table(TABLE)

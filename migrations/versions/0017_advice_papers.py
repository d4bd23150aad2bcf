"""The documents of advice cases, each kept on the disk under the hash of its content."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "advice_papers",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("sent_hash", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger()),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("removed_by_id", sa.BigInteger()),
        sa.Column("removed_reason", sa.Text()),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("length(file_hash) = 64", name=op.f("ck_advice_papers_file_hash")),
        sa.CheckConstraint("length(sent_hash) = 64", name=op.f("ck_advice_papers_sent_hash")),
        sa.CheckConstraint("size > 0", name=op.f("ck_advice_papers_size")),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_reason IS NULL)",
            name=op.f("ck_advice_papers_removed_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["advice_cases.id"], name=op.f("fk_advice_papers_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["users.id"], name=op.f("fk_advice_papers_uploaded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["users.id"], name=op.f("fk_advice_papers_removed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advice_papers")),
    )
    op.create_index("ix_advice_papers_case_id", "advice_papers", ["case_id"])
    op.create_index("ix_advice_papers_file_hash", "advice_papers", ["file_hash"])
    op.create_index(
        "uq_advice_papers_standing",
        "advice_papers",
        ["case_id", "sent_hash"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("advice_papers")

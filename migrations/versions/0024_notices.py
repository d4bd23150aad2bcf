"""News for officers: in the application, and as a daily mail; what each of them wants to hear."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0020"

KINDS = (
    "accepted",
    "declined",
    "call_back",
    "returned",
    "round_paused",
    "round_uncertain",
    "reminder_missed",
    "report_ready",
    "report_failed",
)
ABOUT = ("event", "round", "organisation", "report")


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str) -> tuple[sa.Column, sa.Constraint, sa.Constraint]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id")),
    )


def upgrade() -> None:
    table = "notices"
    op.create_table(
        table,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _one_of("noticekind", KINDS), nullable=False),
        sa.Column("about_kind", _one_of("about", ABOUT), nullable=False),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mailed", sa.Integer(), nullable=False),
        sa.Column("in_application", sa.Boolean(), nullable=False),
        sa.Column("in_digest", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        *_key(table),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f(f"fk_{table}_programme_id")
        ),
        sa.CheckConstraint("number > 0", name=op.f(f"ck_{table}_number")),
        sa.CheckConstraint("mailed BETWEEN 0 AND number", name=op.f(f"ck_{table}_mailed")),
    )
    op.create_index(
        "uq_notices_unread",
        table,
        ["user_id", "kind", "about_kind", "about_id"],
        unique=True,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_notices_told", table, ["user_id", "told_at"])

    table = "notice_choices"
    op.create_table(
        table,
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _one_of("noticekind", KINDS), nullable=False),
        sa.Column("in_application", sa.Boolean(), nullable=False),
        sa.Column("in_digest", sa.Boolean(), nullable=False),
        *_key(table),
        sa.UniqueConstraint("user_id", "kind", name=op.f(f"uq_{table}_user_id_kind")),
    )

    table = "notice_digests"
    op.create_table(
        table,
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_key(table),
        sa.UniqueConstraint("user_id", "on_day", name=op.f(f"uq_{table}_user_id_on_day")),
    )


def downgrade() -> None:
    for table in ("notice_digests", "notice_choices", "notices"):
        op.drop_table(table)

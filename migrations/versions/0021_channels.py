"""Channels besides e-mail: who is told by hand, printed letters, calls to be made again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0022"

TABLES = ("channel_assignments", "letters", "letter_copies")


def _key(table: str) -> tuple[sa.Column, sa.Constraint]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("call_back_at", sa.DateTime(timezone=True)))
    op.add_column("deliveries", sa.Column("contact_point_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_deliveries_contact_point_id"),
        "deliveries",
        "contact_points",
        ["contact_point_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_deliveries_call_back"),
        "deliveries",
        "(outcome = 'call_back') = (call_back_at IS NOT NULL)",
    )
    _create_assignments()
    _create_letters()
    _create_copies()
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _create_assignments() -> None:
    table = "channel_assignments"
    op.create_table(
        table,
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assigned_by_id", sa.BigInteger()),
        *_key(table),
        _refers(table, "round_id", "invitation_rounds"),
        _refers(table, "invitation_id", "invitations"),
        _refers(table, "assigned_by_id", "users"),
        sa.UniqueConstraint("round_id", "invitation_id", name=op.f(f"uq_{table}_round_id_invitation_id")),
    )
    op.create_index(f"ix_{table}_invitation_id", table, ["invitation_id"])


def _create_letters() -> None:
    table = "letters"
    op.create_table(
        table,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("partner_symbol", sa.Text()),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.BigInteger()),
        *_key(table),
        _refers(table, "programme_id", "programmes"),
        _refers(table, "event_id", "events"),
        _refers(table, "issued_by_id", "users"),
        sa.UniqueConstraint("submission_id", name=op.f(f"uq_{table}_submission_id")),
        sa.UniqueConstraint(
            "programme_id", "year", "symbol", name=op.f(f"uq_{table}_programme_id_year_symbol")
        ),
        sa.CheckConstraint("year = EXTRACT(year FROM dated_on)", name=op.f(f"ck_{table}_year")),
    )
    op.create_index(f"ix_{table}_event_id", table, ["event_id"])


def _create_copies() -> None:
    table = "letter_copies"
    op.create_table(
        table,
        sa.Column("letter_id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("replaces_id", sa.BigInteger()),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by_id", sa.BigInteger()),
        *_key(table),
        _refers(table, "letter_id", "letters"),
        _refers(table, "invitation_id", "invitations"),
        _refers(table, "replaces_id", "letters"),
        _refers(table, "printed_by_id", "users"),
        sa.UniqueConstraint("letter_id", "invitation_id", name=op.f(f"uq_{table}_letter_id_invitation_id")),
        sa.CheckConstraint("replaces_id <> letter_id", name=op.f(f"ck_{table}_replaces_another")),
    )
    op.create_index(f"ix_{table}_invitation_id", table, ["invitation_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_deliveries_call_back"), "deliveries", type_="check")
    op.drop_column("deliveries", "contact_point_id")
    op.drop_column("deliveries", "call_back_at")

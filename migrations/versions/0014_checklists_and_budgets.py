"""What has to be done for an activity, what it costs, what its participants are paid."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

POSTS = (
    "board_chair",
    "board_member",
    "director",
    "deputy_director",
    "supervisor",
    "accountant",
    "secretary",
    "group_leader",
    "deputy_group_leader",
    "member",
    "worker",
    "union_official",
    "other",
)


def upgrade() -> None:
    _create_checklists()
    _create_lines()
    _create_spendings()
    _create_rates()


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str) -> tuple[sa.Column, sa.Constraint, sa.Constraint]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _refers(table, "event_id", "events"),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _create_checklists() -> None:
    table = "checklist_items"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("anchor", _one_of("anchor", "before_first", "after_last")),
        sa.Column("offset_days", sa.Integer()),
        sa.Column("due_on", sa.Date()),
        sa.Column("owner_id", sa.BigInteger()),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by_id", sa.BigInteger()),
        sa.Column("dropped_at", sa.DateTime(timezone=True)),
        sa.Column("submission_id", sa.Uuid()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        *_key(table),
        *(_refers(table, column, "users") for column in ("owner_id", "done_by_id")),
        _refers(table, "created_by_id", "users"),
        sa.UniqueConstraint("submission_id", name=op.f(f"uq_{table}_submission_id")),
        sa.CheckConstraint(
            "(anchor IS NULL) = (offset_days IS NULL)", name=op.f(f"ck_{table}_anchored")
        ),
        sa.CheckConstraint("offset_days >= 0", name=op.f(f"ck_{table}_offset_days")),
        sa.CheckConstraint(
            "done_at IS NOT NULL OR done_by_id IS NULL", name=op.f(f"ck_{table}_done")
        ),
    )
    op.create_index(f"ix_{table}_event", table, ["event_id", "rank"])
    op.create_index(f"ix_{table}_owner_id", table, ["owner_id"])
    op.create_index(
        f"ix_{table}_open",
        table,
        ["due_on"],
        postgresql_where=sa.text("done_at IS NULL AND dropped_at IS NULL"),
    )


def _create_lines() -> None:
    table = "budget_lines"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "source",
            _one_of(
                "fundsource", "body_funds", "state_budget", "sponsor", "participants", "other"
            ),
            nullable=False,
        ),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger()),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("planned", sa.BigInteger()),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True)),
        sa.Column("submission_id", sa.Uuid()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        *_key(table),
        _refers(table, "created_by_id", "users"),
        sa.UniqueConstraint("id", "event_id", name=op.f(f"uq_{table}_id_event_id")),
        sa.UniqueConstraint("submission_id", name=op.f(f"uq_{table}_submission_id")),
        sa.CheckConstraint("planned >= 0", name=op.f(f"ck_{table}_planned")),
        sa.CheckConstraint("quantity > 0", name=op.f(f"ck_{table}_quantity")),
    )
    op.create_index(f"ix_{table}_event", table, ["event_id", "rank"])


def _create_spendings() -> None:
    table = "budget_spendings"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger()),
        sa.Column("voucher", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        sa.Column("recorded_by_label", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        *_key(table),
        _refers(table, "recorded_by_id", "users"),
        sa.UniqueConstraint("id", "event_id", name=op.f(f"uq_{table}_id_event_id")),
        sa.UniqueConstraint("corrects_id", name=op.f(f"uq_{table}_corrects_id")),
        sa.UniqueConstraint("submission_id", name=op.f(f"uq_{table}_submission_id")),
        sa.ForeignKeyConstraint(
            ["line_id", "event_id"],
            ["budget_lines.id", "budget_lines.event_id"],
            name=op.f(f"fk_{table}_line"),
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id", "event_id"],
            ["budget_spendings.id", "budget_spendings.event_id"],
            name=op.f(f"fk_{table}_corrects"),
        ),
        sa.CheckConstraint("value > 0", name=op.f(f"ck_{table}_value")),
        sa.CheckConstraint(
            "value IS NOT NULL OR corrects_id IS NOT NULL", name=op.f(f"ck_{table}_taken_back")
        ),
        sa.CheckConstraint(
            "(corrects_id IS NULL) = (reason IS NULL)", name=op.f(f"ck_{table}_reason_given")
        ),
        sa.CheckConstraint("corrects_id <> id", name=op.f(f"ck_{table}_corrects_another")),
    )
    op.create_index(f"ix_{table}_line", table, ["line_id"])
    op.create_index(f"ix_{table}_event", table, ["event_id"])
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_rates() -> None:
    table = "allowance_rates"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("paid_for", _one_of("paidfor", "session", "day", "travel"), nullable=False),
        sa.Column("post_kind", _one_of("postkind", *POSTS)),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_key(table),
        sa.UniqueConstraint(
            "event_id",
            "paid_for",
            "post_kind",
            name=op.f(f"uq_{table}_event_id_paid_for_post_kind"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("value >= 0", name=op.f(f"ck_{table}_value")),
    )


def downgrade() -> None:
    for table in ("allowance_rates", "budget_spendings", "budget_lines", "checklist_items"):
        op.drop_table(table)

"""Reminders: rules that follow the activity, and what came of each on its day."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0018"

ANCHORS = ("answer_by", "start")
OUTCOMES = ("sent", "nobody", "missed")


def _of(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "reminder_rules",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("anchor", _of(ANCHORS, "anchor"), nullable=False),
        sa.Column("days_before", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_rules")),
        sa.CheckConstraint("days_before >= 0", name=op.f("ck_reminder_rules_days_before")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_reminder_rules_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_reminder_rules_created_by_id")
        ),
    )
    op.create_index(
        "uq_reminder_rules_standing",
        "reminder_rules",
        ["event_id", "anchor", "days_before"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "reminder_runs",
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("outcome", _of(OUTCOMES, "outcome"), nullable=False),
        sa.Column("round_id", sa.BigInteger()),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_runs")),
        sa.CheckConstraint(
            "(outcome = 'sent') = (round_id IS NOT NULL)", name=op.f("ck_reminder_runs_sent")
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["reminder_rules.id"], name=op.f("fk_reminder_runs_rule_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["invitation_rounds.id"], name=op.f("fk_reminder_runs_round_id")
        ),
        sa.UniqueConstraint("rule_id", "due_on", name=op.f("uq_reminder_runs_rule_id_due_on")),
        sa.UniqueConstraint("round_id", name=op.f("uq_reminder_runs_round_id")),
    )
    for act, when in (("append_only", "UPDATE OR DELETE"), ("never_emptied", "TRUNCATE")):
        each = "ROW" if act == "append_only" else "STATEMENT"
        op.execute(
            f"CREATE TRIGGER reminder_runs_{act} BEFORE {when} ON reminder_runs"
            f" FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("reminder_runs")
    op.drop_table("reminder_rules")

"""Changes of an activity people know of: what was confirmed, and answers that are asked anew."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

ROUND_KINDS = ("invitation", "reminder", "postponement", "cancellation")
ANSWERS = ("accepted", "declined", "call_back")
KINDS = (
    "published",
    "postponed",
    "session_moved",
    "place_changed",
    "session_cancelled",
    "cancelled",
    "closed",
)


def _let(table: str, column: str, name: str, values: tuple[str, ...]) -> None:
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table, type_="check")
    listed = ", ".join(f"'{value}'" for value in values)
    op.create_check_constraint(constraint, table, f"{column} IN ({listed})")


def upgrade() -> None:
    _let("invitation_rounds", "kind", "roundkind", (*ROUND_KINDS, "change"))
    _let("invitation_answers", "answer", "answer", (*ANSWERS, "to_confirm"))
    nothing = sa.text("'{}'::jsonb")
    replies = sa.Column("replies", postgresql.JSONB(), server_default=nothing, nullable=False)
    op.add_column("invitation_answers", replies)
    op.alter_column("invitation_answers", "replies", server_default=None)
    op.alter_column("invitation_answers", "channel", nullable=True)
    op.create_check_constraint(
        op.f("ck_invitation_answers_channel_given"),
        "invitation_answers",
        "(answer = 'to_confirm') = (channel IS NULL)",
    )
    op.create_table(
        "event_changes",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *KINDS, name="changekind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("round_id", sa.BigInteger()),
        sa.Column("consequences", postgresql.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_changes")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_event_changes_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_changes_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["invitation_rounds.id"], name=op.f("fk_event_changes_round_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_event_changes_by_id")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_event_changes_submission_id")),
        sa.UniqueConstraint("round_id", name=op.f("uq_event_changes_round_id")),
    )
    op.create_index("ix_event_changes_event_id", "event_changes", ["event_id"])
    op.execute(
        "CREATE TRIGGER event_changes_append_only BEFORE UPDATE OR DELETE ON event_changes"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER event_changes_never_emptied BEFORE TRUNCATE ON event_changes"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("event_changes")
    op.drop_constraint(
        op.f("ck_invitation_answers_channel_given"), "invitation_answers", type_="check"
    )
    # What the days' change did to answers has no place in the older table: the trigger that keeps
    # it from changing steps aside for that moment.
    op.execute("ALTER TABLE invitation_answers DISABLE TRIGGER USER")
    op.execute("DELETE FROM invitation_answers WHERE answer = 'to_confirm'")
    op.execute("ALTER TABLE invitation_answers ENABLE TRIGGER USER")
    op.alter_column("invitation_answers", "channel", nullable=False)
    op.drop_column("invitation_answers", "replies")
    _let("invitation_answers", "answer", "answer", ANSWERS)
    op.execute("UPDATE invitation_rounds SET kind = 'postponement' WHERE kind = 'change'")
    _let("invitation_rounds", "kind", "roundkind", ROUND_KINDS)

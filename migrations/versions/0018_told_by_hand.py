"""Whom an officer told of a change by hand; what lapses is asked of the answers, not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

CHANGES = (
    "published",
    "postponed",
    "session_moved",
    "place_changed",
    "session_cancelled",
    "cancelled",
    "closed",
)


def _let(kinds: tuple[str, ...]) -> None:
    constraint = op.f("ck_event_changes_changekind")
    op.drop_constraint(constraint, "event_changes", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(constraint, "event_changes", f"kind IN ({listed})")


def upgrade() -> None:
    _let((*CHANGES, "told_again"))
    op.drop_column("seats", "held_until")
    op.add_column("deliveries", sa.Column("recorded_at", sa.DateTime(timezone=True)))
    # What was noted before was noted at the moment it says: the trigger that keeps the table from
    # changing steps aside for that.
    op.execute("ALTER TABLE deliveries DISABLE TRIGGER USER")
    op.execute("UPDATE deliveries SET recorded_at = at")
    op.execute("ALTER TABLE deliveries ENABLE TRIGGER USER")
    op.alter_column("deliveries", "recorded_at", nullable=False)
    op.add_column("deliveries", sa.Column("submission_id", sa.UUID()))
    op.create_unique_constraint(
        op.f("uq_deliveries_submission_id"), "deliveries", ["submission_id"]
    )


def downgrade() -> None:
    op.drop_column("deliveries", "submission_id")
    op.drop_column("deliveries", "recorded_at")
    op.add_column("seats", sa.Column("held_until", sa.DateTime(timezone=True)))
    op.execute("ALTER TABLE event_changes DISABLE TRIGGER USER")
    op.execute("DELETE FROM event_changes WHERE kind = 'told_again'")
    op.execute("ALTER TABLE event_changes ENABLE TRIGGER USER")
    _let(CHANGES)

"""Calendar feeds; titles that are searched without marks; when an activity was changed last."""

import sqlalchemy as sa
from alembic import op

from coopevents import names

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("events", sa.Column("title_fold", sa.Text()))
    op.add_column("events", sa.Column("changed_at", sa.DateTime(timezone=True)))
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, title FROM events")).all()
    if rows:
        connection.execute(
            sa.text(
                "UPDATE events SET title_fold = :fold,"
                " changed_at = greatest(created_at, published_at, closed_at, cancelled_at)"
                " WHERE id = :id"
            ),
            [{"id": row.id, "fold": names.fold(row.title)} for row in rows],
        )
    for column in ("title_fold", "changed_at"):
        op.alter_column("events", column, nullable=False)
    op.create_index("ix_event_hosts_body", "event_hosts", ["body_id", "event_id"])
    op.create_index("ix_event_contents_content", "event_contents", ["content_id", "event_id"])
    _create_feeds()


def _create_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger()),
        sa.Column("organisation_id", sa.BigInteger()),
        sa.Column("body_id", sa.BigInteger()),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_calendar_feeds_{column}")
            )
            for column, table in (
                ("programme_id", "programmes"),
                ("user_id", "users"),
                ("organisation_id", "organisations"),
                ("body_id", "host_bodies"),
                ("created_by_id", "users"),
            )
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_calendar_feeds_submission_id")),
        sa.CheckConstraint(
            "num_nonnulls(user_id, organisation_id) = 1",
            name=op.f("ck_calendar_feeds_one_reader"),
        ),
        sa.CheckConstraint(
            "body_id IS NULL OR user_id IS NOT NULL",
            name=op.f("ck_calendar_feeds_body_of_an_officer"),
        ),
        sa.CheckConstraint(
            "length(token_hash) = 64", name=op.f("ck_calendar_feeds_token_hash")
        ),
    )
    for column in ("user_id", "organisation_id"):
        op.create_index(f"ix_calendar_feeds_{column}", "calendar_feeds", [column])


def downgrade() -> None:
    op.drop_table("calendar_feeds")
    op.drop_index("ix_event_contents_content", "event_contents")
    op.drop_index("ix_event_hosts_body", "event_hosts")
    for column in ("changed_at", "title_fold"):
        op.drop_column("events", column)

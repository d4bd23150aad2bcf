"""Offered and held places: office hours to take one, places held for an organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("events", sa.Column("offer_hours", sa.Integer()))
    op.create_check_constraint(op.f("ck_events_offer_hours"), "events", "offer_hours > 0")
    op.add_column("offers", sa.Column("ended_at", sa.DateTime(timezone=True)))
    op.create_table(
        "place_holds",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_holds")),
        sa.CheckConstraint("places > 0", name=op.f("ck_place_holds_places")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_place_holds_event_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_place_holds_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_place_holds_created_by_id")
        ),
    )
    op.create_index("ix_place_holds_event_id", "place_holds", ["event_id"])
    op.create_index("ix_place_holds_organisation_id", "place_holds", ["organisation_id"])
    op.create_index(
        "uq_place_holds_standing",
        "place_holds",
        ["event_id", "organisation_id"],
        unique=True,
        postgresql_where=sa.text("released_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("place_holds")
    op.drop_column("offers", "ended_at")
    op.drop_constraint(op.f("ck_events_offer_hours"), "events", type_="check")
    op.drop_column("events", "offer_hours")

"""Offered and held places; consent by purpose; a phone that is kept for one activity."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0024"

PURPOSES = ("photos", "next_invitations")
CHANNELS = ("email", "phone", "zalo", "paper", "commune_union")


def _among(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


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
    op.add_column("registrations", sa.Column("phone", sa.Text()))
    # Nothing ever wrote the first table of consents.
    op.drop_table("consents")
    op.create_table(
        "consents",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger()),
        sa.Column("purpose", _among("consentpurpose", PURPOSES), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("channel", _among("channel", CHANNELS), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_consents_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_consents_recorded_by_id")
        ),
    )
    op.create_index("ix_consents_person_id", "consents", ["person_id"])
    op.create_index("ix_consents_registration_id", "consents", ["registration_id"])
    op.execute(
        "CREATE TRIGGER consents_append_only BEFORE UPDATE OR DELETE ON consents"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER consents_never_emptied BEFORE TRUNCATE ON consents"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("consents")
    op.create_table(
        "consents",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_person_id", "consents", ["person_id"])
    op.drop_column("registrations", "phone")
    op.drop_table("place_holds")
    op.drop_column("offers", "ended_at")
    op.drop_constraint(op.f("ck_events_offer_hours"), "events", type_="check")
    op.drop_column("events", "offer_hours")

"""Mail that is not wanted or comes back: kinds, links to stop them, returned mails, calls."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0023"

KINDS = ("invitations", "news")
RETURNS = ("failed", "given_up", "delayed", "unsubscribe")


def _kind(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.add_column("contact_points", sa.Column("news_unsubscribed_at", sa.DateTime(timezone=True)))
    op.add_column("messages", sa.Column("kind", sa.String(length=40), nullable=True))
    op.create_check_constraint(
        op.f("ck_messages_mailkind"), "messages", "kind IN ('invitations', 'news')"
    )
    # As mail that is queued from now on.
    op.execute(
        "UPDATE messages SET kind = 'invitations'"
        " WHERE priority = '5-round' AND contact_point_id IS NOT NULL"
    )
    op.create_table(
        "unsubscribe_links",
        sa.Column("contact_point_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", _kind("mailkind", *KINDS), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_unsubscribe_links_token_hash")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"],
            ["contact_points.id"],
            name=op.f("fk_unsubscribe_links_contact_point_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsubscribe_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_unsubscribe_links_token_hash")),
    )
    op.create_index(
        op.f("ix_unsubscribe_links_contact_point_id"), "unsubscribe_links", ["contact_point_id"]
    )
    op.create_table(
        "returned_mails",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("kind", _kind("returnkind", *RETURNS), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("length(fingerprint) = 64", name=op.f("ck_returned_mails_fingerprint")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_returned_mails_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returned_mails")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_returned_mails_fingerprint")),
    )
    op.create_index(op.f("ix_returned_mails_message_id"), "returned_mails", ["message_id"])
    op.execute(
        "CREATE TRIGGER returned_mails_append_only BEFORE UPDATE OR DELETE ON returned_mails"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER returned_mails_never_emptied BEFORE TRUNCATE ON returned_mails"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "mailbox_places",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("validity", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailbox_places")),
        sa.UniqueConstraint("name", name=op.f("uq_mailbox_places_name")),
    )
    op.create_table(
        "address_calls",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_point_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(done_at, note) IN (0, 2)",
            name=op.f("ck_address_calls_done_with_a_note"),
        ),
        sa.CheckConstraint(
            "done_by_id IS NULL OR done_at IS NOT NULL", name=op.f("ck_address_calls_done_by")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_address_calls_{column}")
            )
            for column, table in (
                ("programme_id", "programmes"),
                ("contact_point_id", "contact_points"),
                ("message_id", "messages"),
                ("done_by_id", "users"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_calls")),
    )
    for column in ("programme_id", "contact_point_id", "message_id"):
        op.create_index(op.f(f"ix_address_calls_{column}"), "address_calls", [column])
    op.create_index(
        "uq_address_calls_open",
        "address_calls",
        ["contact_point_id", "programme_id"],
        unique=True,
        postgresql_where=sa.text("done_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("address_calls")
    op.drop_table("mailbox_places")
    op.drop_table("returned_mails")
    op.drop_table("unsubscribe_links")
    op.drop_constraint(op.f("ck_messages_mailkind"), "messages", type_="check")
    op.drop_column("messages", "kind")
    op.drop_column("contact_points", "news_unsubscribed_at")

"""Mail that is not wanted or comes back: kinds, links to stop them, returned mails, calls."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0023"

KINDS = ("invitations", "news")


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


def downgrade() -> None:
    op.drop_table("unsubscribe_links")
    op.drop_constraint(op.f("ck_messages_mailkind"), "messages", type_="check")
    op.drop_column("messages", "kind")
    op.drop_column("contact_points", "news_unsubscribed_at")

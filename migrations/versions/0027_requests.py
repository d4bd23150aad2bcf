"""Open registration: organisations that are not invited ask for places at an activity."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

STATES = ("waiting", "approved", "declined", "lapsed")
PURPOSES = ("this_activity", "next_invitations")
NEWS = (
    "accepted",
    "declined",
    "call_back",
    "returned",
    "round_paused",
    "round_uncertain",
    "reminder_missed",
    "report_ready",
    "report_failed",
)
MORE_NEWS = ("place_requested",)


def _among(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _key(table: str) -> tuple[sa.Column, sa.Constraint]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _let_news(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("notices", "notice_choices"):
        constraint = op.f(f"ck_{table}_noticekind")
        op.drop_constraint(constraint, table, type_="check")
        op.create_check_constraint(constraint, table, f"kind IN ({listed})")


def upgrade() -> None:
    _let_news(NEWS + MORE_NEWS)
    table = "open_registrations"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.BigInteger()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        *_key(table),
        _refers(table, "event_id", "events"),
        _refers(table, "opened_by_id", "users"),
        sa.UniqueConstraint("event_id", name=op.f(f"uq_{table}_event_id")),
    )
    _create_requests()
    _create_consents()


def _create_requests() -> None:
    table = "place_requests"
    op.create_table(
        table,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("state", _among("requeststate", STATES), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("commune_id", sa.BigInteger()),
        sa.Column("code", sa.Text()),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invitation_id", sa.BigInteger()),
        sa.Column("was_invited", sa.Boolean(), nullable=False),
        sa.Column("decline_reason", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        *_key(table),
        _refers(table, "programme_id", "programmes"),
        _refers(table, "event_id", "events"),
        _refers(table, "commune_id", "administrative_units"),
        _refers(table, "invitation_id", "invitations"),
        _refers(table, "decided_by_id", "users"),
        sa.UniqueConstraint("submission_id", name=op.f(f"uq_{table}_submission_id")),
        sa.CheckConstraint("people > 0", name=op.f(f"ck_{table}_people")),
        sa.CheckConstraint(
            "num_nonnulls(phone, email) > 0 OR erased_at IS NOT NULL",
            name=op.f(f"ck_{table}_reachable"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f(f"ck_{table}_decided")
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (invitation_id IS NOT NULL)", name=op.f(f"ck_{table}_approved")
        ),
    )
    op.create_index("ix_place_requests_event", table, ["event_id", "state"])
    op.create_index("ix_place_requests_email", table, ["email", "asked_at"])
    op.create_index("ix_place_requests_invitation_id", table, ["invitation_id"])


def _create_consents() -> None:
    table = "request_consents"
    op.create_table(
        table,
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", _among("requestpurpose", PURPOSES), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_key(table),
        _refers(table, "request_id", "place_requests"),
        sa.UniqueConstraint("request_id", "purpose", name=op.f(f"uq_{table}_request_id_purpose")),
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("request_consents", "place_requests", "open_registrations"):
        op.drop_table(table)
    for table in ("notices", "notice_choices"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'place_requested'")
    _let_news(NEWS)

"""Kinds of activity as data, agendas, trainers, templates, and where a moved session went."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"


OF_A_KIND = (
    "key",
    "name",
    "counts_attendance",
    "is_training",
    "takes_trade_results",
    "fields",
    "checklist",
    "documents",
    "questions",
    "rank",
    "version",
)


def upgrade() -> None:
    _describe_kinds()
    _give_each_programme_its_kinds()
    for column in (
        sa.Column("proposed_audience", postgresql.JSONB()),
        sa.Column("listed_publicly", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("submission_id", sa.Uuid()),
        sa.Column("year_plan_id", sa.BigInteger()),
        sa.Column("copied_from_id", sa.BigInteger()),
        sa.Column("cancel_reason", sa.Text()),
    ):
        op.add_column("events", column)
    op.alter_column("events", "listed_publicly", server_default=None)
    op.create_foreign_key(
        "fk_events_year_plan_id", "events", "year_plans", ["year_plan_id"], ["id"]
    )
    op.create_foreign_key(
        "fk_events_copied_from_id", "events", "events", ["copied_from_id"], ["id"]
    )
    op.create_unique_constraint(
        op.f("uq_events_submission_id"), "events", ["submission_id"]
    )
    op.create_index("ix_events_year_plan_id", "events", ["year_plan_id"])
    _follow_moved_sessions()
    _create_agenda()
    _create_trainers()
    _create_templates()


def _describe_kinds() -> None:
    nothing = sa.text("'[]'::jsonb")
    added = [
        sa.Column("takes_trade_results", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("checklist", postgresql.JSONB(), server_default=nothing, nullable=False),
        sa.Column("documents", postgresql.JSONB(), server_default=nothing, nullable=False),
        sa.Column("questions", postgresql.JSONB(), server_default=nothing, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]
    for column in added:
        op.add_column("event_kinds", column)
        op.alter_column("event_kinds", column.name, server_default=None)
    op.add_column("event_kinds", sa.Column("retired_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE event_kinds SET takes_trade_results = true WHERE key = 'trade_promotion'")


def _give_each_programme_its_kinds() -> None:
    op.add_column("event_kinds", sa.Column("programme_id", sa.BigInteger()))
    op.drop_constraint("uq_event_kinds_key", "event_kinds")
    copied = ", ".join(OF_A_KIND)
    of_kinds = ", ".join(f"k.{name}" for name in OF_A_KIND)
    op.execute(
        f"INSERT INTO event_kinds (programme_id, {copied})"
        f" SELECT p.id, {of_kinds} FROM event_kinds k CROSS JOIN programmes p"
    )
    op.execute(
        "UPDATE events e SET kind_id = own.id FROM event_kinds was, event_kinds own"
        " WHERE was.id = e.kind_id AND own.key = was.key AND own.programme_id = e.programme_id"
    )
    op.execute("DELETE FROM event_kinds WHERE programme_id IS NULL")
    op.alter_column("event_kinds", "programme_id", nullable=False)
    op.create_foreign_key(
        "fk_event_kinds_programme_id", "event_kinds", "programmes", ["programme_id"], ["id"]
    )
    op.create_unique_constraint(
        "uq_event_kinds_programme_id_key", "event_kinds", ["programme_id", "key"]
    )


def _share_kinds_again() -> None:
    op.execute(
        "UPDATE events e SET kind_id = first.id FROM event_kinds own, event_kinds first"
        " WHERE own.id = e.kind_id AND first.id ="
        " (SELECT min(id) FROM event_kinds k WHERE k.key = own.key)"
    )
    op.execute(
        "DELETE FROM event_kinds k USING event_kinds first"
        " WHERE first.key = k.key AND first.id < k.id"
    )
    op.drop_column("event_kinds", "programme_id")
    op.create_unique_constraint("uq_event_kinds_key", "event_kinds", ["key"])


def _follow_moved_sessions() -> None:
    op.add_column("event_sessions", sa.Column("state_reason", sa.Text()))
    op.create_check_constraint(
        op.f("ck_event_sessions_moved_somewhere"),
        "event_sessions",
        "(state = 'moved') = (moved_to_id IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_event_sessions_moved_to_another"), "event_sessions", "moved_to_id <> id"
    )
    op.create_unique_constraint(
        op.f("uq_event_sessions_moved_to_id"), "event_sessions", ["moved_to_id"]
    )
    op.create_index("ix_event_sessions_day", "event_sessions", ["held_on"])


def _of_a_session(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["session_id", "event_id"],
        ["event_sessions.id", "event_sessions.event_id"],
        name=f"fk_{table}_session",
        ondelete="CASCADE",
    )


def _create_agenda() -> None:
    op.create_table(
        "agenda_items",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Time()),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_items")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_agenda_items_event_id")),
        _of_a_session("agenda_items"),
        sa.UniqueConstraint("session_id", "rank", name=op.f("uq_agenda_items_session_id_rank")),
    )
    op.create_index("ix_agenda_items_event_id", "agenda_items", ["event_id"])


def _create_trainers() -> None:
    op.create_table(
        "event_trainers",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger()),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("name_fold", sa.Text(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "trainer",
                "speaker",
                "moderator",
                "interpreter",
                name="partinevent",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_trainers")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_trainers_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_event_trainers_person_id")
        ),
        _of_a_session("event_trainers"),
    )
    op.create_index("ix_event_trainers_event_id", "event_trainers", ["event_id"])
    op.create_index("ix_event_trainers_person_id", "event_trainers", ["person_id"])
    op.create_index("ix_event_trainers_name", "event_trainers", ["name_fold"])


def _create_templates() -> None:
    op.create_table(
        "event_templates",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("outline", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_templates")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_event_templates_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_event_templates_created_by_id")
        ),
        sa.UniqueConstraint(
            "programme_id", "name", name=op.f("uq_event_templates_programme_id_name")
        ),
    )


def downgrade() -> None:
    for table in ("event_templates", "event_trainers", "agenda_items"):
        op.drop_table(table)
    op.drop_index("ix_event_sessions_day", "event_sessions")
    op.drop_constraint("uq_event_sessions_moved_to_id", "event_sessions")
    for name in ("moved_to_another", "moved_somewhere"):
        op.drop_constraint(op.f(f"ck_event_sessions_{name}"), "event_sessions")
    op.drop_column("event_sessions", "state_reason")
    op.drop_index("ix_events_year_plan_id", "events")
    for column in (
        *("cancel_reason", "copied_from_id", "year_plan_id", "submission_id"),
        *("listed_publicly", "proposed_audience"),
    ):
        op.drop_column("events", column)
    _share_kinds_again()
    for column in (
        "retired_at",
        "version",
        "questions",
        "documents",
        "checklist",
        "fields",
        "takes_trade_results",
    ):
        op.drop_column("event_kinds", column)

"""Advice cases, what happened in them, and the organisations they led to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = ("advice_moves", "advice_notes", "foundings")


def upgrade() -> None:
    _create_cases()
    _create_moves()
    _create_notes()
    _create_foundings()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _recorded(table: str) -> list[sa.Column | sa.Constraint]:
    """Answer what every row has: its form, when and by whom it was recorded, and its key."""
    return [
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _key(table, "recorded_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("submission_id", name=op.f(f"uq_{table}_submission_id")),
    ]


def _create_cases() -> None:
    table = "advice_cases"
    op.create_table(
        table,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            _choice(
                "purpose",
                *("found_cooperative", "found_group", "found_linked_group"),
                *("convert", "strengthen"),
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.BigInteger()),
        sa.Column("working_name", sa.Text()),
        sa.Column("name_fold", sa.Text()),
        sa.Column("administrative_unit_id", sa.BigInteger()),
        sa.Column("contact_id", sa.BigInteger()),
        sa.Column("event_id", sa.BigInteger()),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_recorded(table),
        _key(table, "programme_id", "programmes"),
        _key(table, "body_id", "host_bodies"),
        _key(table, "officer_id", "users"),
        _key(table, "organisation_id", "organisations"),
        _key(table, "administrative_unit_id", "administrative_units"),
        _key(table, "contact_id", "people"),
        _key(table, "event_id", "events"),
        sa.CheckConstraint(
            "num_nonnulls(organisation_id, working_name) = 1"
            " AND (working_name IS NULL) = (administrative_unit_id IS NULL)"
            " AND (working_name IS NULL) = (name_fold IS NULL)",
            name=op.f("ck_advice_cases_for_one"),
        ),
    )
    op.create_index("ix_advice_cases_programme", table, ["programme_id", "opened_on", "id"])
    for column in ("organisation_id", "contact_id", "event_id"):
        op.create_index(f"ix_advice_cases_{column}", table, [column])


def _create_moves() -> None:
    table = "advice_moves"
    op.create_table(
        table,
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("move", _choice("move", "closed", "reopened"), nullable=False),
        sa.Column("moved_on", sa.Date(), nullable=False),
        sa.Column(
            "outcome",
            _choice(
                "outcome", "founded", "converted", "strengthened", "given_up", "referred"
            ),
        ),
        sa.Column("text", sa.Text(), nullable=False),
        *_recorded(table),
        _key(table, "case_id", "advice_cases"),
        sa.CheckConstraint(
            "(move = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_advice_moves_outcome_given")
        ),
    )
    op.create_index("ix_advice_moves_case", table, ["case_id", "id"])


def _create_notes() -> None:
    table = "advice_notes"
    op.create_table(
        table,
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column(
            "kind", _choice("notekind", "call", "visit", "meeting", "paper", "other"), nullable=False
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger()),
        *_recorded(table),
        _key(table, "case_id", "advice_cases"),
        _key(table, "officer_id", "users"),
        _key(table, "corrects_id", "advice_notes"),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_advice_notes_corrects_id")),
        sa.CheckConstraint("corrects_id < id", name=op.f("ck_advice_notes_corrects_an_older")),
    )
    op.create_index("ix_advice_notes_case", table, ["case_id", "happened_on"])


def _create_foundings() -> None:
    table = "foundings"
    op.create_table(
        table,
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("registration_number", sa.Text()),
        sa.Column("certified_on", sa.Date()),
        sa.Column("certified_by", sa.Text()),
        sa.Column("corrects_id", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        *_recorded(table),
        _key(table, "case_id", "advice_cases"),
        _key(table, "organisation_id", "organisations"),
        _key(table, "corrects_id", "foundings"),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_foundings_corrects_id")),
        sa.CheckConstraint(
            "num_nonnulls(registration_number, certified_on) > 0",
            name=op.f("ck_foundings_number_or_certification"),
        ),
        sa.CheckConstraint(
            "(certified_on IS NULL) = (certified_by IS NULL)",
            name=op.f("ck_foundings_certified_by_somebody"),
        ),
        sa.CheckConstraint(
            "(corrects_id IS NULL) = (reason IS NULL)",
            name=op.f("ck_foundings_taken_back_with_reason"),
        ),
        sa.CheckConstraint("corrects_id < id", name=op.f("ck_foundings_corrects_an_older")),
    )
    op.create_index("ix_foundings_case", table, ["case_id"])
    op.create_index("ix_foundings_organisation", table, ["organisation_id"])


def downgrade() -> None:
    for table in ("foundings", "advice_notes", "advice_moves", "advice_cases"):
        op.drop_table(table)

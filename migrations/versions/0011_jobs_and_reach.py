"""Women's jobs by organisation and half-year, and how many communication work reached."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

APPEND_ONLY = ("job_counts", "job_count_verifications", "reach_declarations")


def upgrade() -> None:
    _create_counts()
    _create_verifications()
    _create_reach()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _words(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _who_and_when() -> list[sa.Column]:
    return [
        sa.Column("corrects_id", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        sa.Column("by_label", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    ]


def _keys(table: str, **others: str) -> list[sa.Constraint]:
    pointing = {"programme_id": "programmes", "corrects_id": table, "recorded_by_id": "users"}
    return [
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))
            for column, other in {**pointing, **others}.items()
        ),
        sa.CheckConstraint(
            "(corrects_id IS NULL) = (reason IS NULL)",
            name=op.f(f"ck_{table}_reason_of_correction"),
        ),
        sa.UniqueConstraint("corrects_id", name=op.f(f"uq_{table}_corrects_id")),
        sa.UniqueConstraint("submission_id", name=op.f(f"uq_{table}_submission_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _create_counts() -> None:
    checks = {
        "half": "half IN (1, 2)",
        "year": "year BETWEEN 2000 AND 2099",
        "all_or_none": "num_nonnulls(women_members, women_workers, women_both) IN (0, 3)",
        "both_are_each": "women_both >= 0 AND women_both <= LEAST(women_members, women_workers)",
        "sensible_numbers": "women_members <= 100000 AND women_workers <= 100000",
        "withdraws": "women_members IS NOT NULL OR corrects_id IS NOT NULL",
    }
    op.create_table(
        "job_counts",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("half", sa.Integer(), nullable=False),
        sa.Column("women_members", sa.Integer()),
        sa.Column("women_workers", sa.Integer()),
        sa.Column("women_both", sa.Integer()),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column(
            "source",
            _words("own_report", "visit", "official_list", "import", "other", name="countsource"),
            nullable=False,
        ),
        sa.Column("paper", sa.Text(), nullable=False),
        *_who_and_when(),
        *_keys("job_counts", organisation_id="organisations"),
        *(
            sa.CheckConstraint(text, name=op.f(f"ck_job_counts_{name}"))
            for name, text in checks.items()
        ),
    )
    op.create_index(
        "uq_job_counts_first",
        "job_counts",
        ["programme_id", "organisation_id", "year", "half"],
        unique=True,
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.create_index("ix_job_counts_half", "job_counts", ["programme_id", "year", "half"])
    op.create_index("ix_job_counts_organisation", "job_counts", ["organisation_id"])


def _create_verifications() -> None:
    table = "job_count_verifications"
    op.create_table(
        table,
        sa.Column("count_id", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_by_id", sa.BigInteger()),
        sa.Column("by_label", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["job_counts.id"], name=op.f(f"fk_{table}_count_id")),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["users.id"], name=op.f(f"fk_{table}_verified_by_id")
        ),
        sa.UniqueConstraint("count_id", name=op.f(f"uq_{table}_count_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _create_reach() -> None:
    table = "reach_declarations"
    channels = (
        *("article", "broadcast", "social_network", "leaflet", "talk", "loudspeaker", "other"),
    )
    op.create_table(
        table,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", _words(*channels, name="reachchannel"), nullable=False),
        sa.Column("reached", sa.Integer()),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        *_who_and_when(),
        *_keys(table, event_id="events"),
        sa.CheckConstraint(
            "reached BETWEEN 0 AND 100000000", name=op.f("ck_reach_declarations_reached")
        ),
        sa.CheckConstraint(
            "reached IS NOT NULL OR corrects_id IS NOT NULL",
            name=op.f("ck_reach_declarations_withdraws"),
        ),
    )
    op.create_index("ix_reach_declarations_programme_id", table, ["programme_id"])
    op.create_index("ix_reach_declarations_event_id", table, ["event_id"])


def downgrade() -> None:
    for table in reversed(APPEND_ONLY):
        op.drop_table(table)

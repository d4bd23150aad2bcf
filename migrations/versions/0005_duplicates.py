"""Entries of the register made twice: found, merged and kept apart."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)

# Both are parts of generated columns, so both must always answer the same.
FUNCTIONS = {
    # What is left of "HTX DV NN Gia Điền", "Hợp tác xã nông nghiệp, dịch vụ Gia Điền" and
    # "HTX DVNN Gia Điền" is one and the same. A name of such words alone stays as it is.
    "organisation_name_key(name_fold text)": """
        SELECT coalesce(
            nullif(
                btrim(
                    regexp_replace(
                        plain,
                        '^( (lien hiep|hop tac xa|htx|lhhtx|to hop tac|tht|to lien ket|nhom lien ket'
                            '|dich vu|nong nghiep|nong lam nghiep|san xuat|kinh doanh|va'
                            '|(dv|nn|ln|sx|kd)+)(?= |$))+',
                        ''
                    )
                ),
                ''
            ),
            btrim(plain)
        )
        FROM (SELECT ' ' || regexp_replace(name_fold, '[^[:alnum:]]+', ' ', 'g') AS plain) AS read
    """,
    # Numbers changed their first digits in 2018, and offices write them with and without a code.
    "contact_tail(channel text, value text)": """
        SELECT CASE WHEN channel IN ('phone', 'zalo') THEN right(value, 7) ELSE value END
    """,
}


def upgrade() -> None:
    for signature, body in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {signature} RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE"
            f" AS $${body}$$"
        )
    for table in ("organisations", "people"):
        _add_pointer(table)
    _add_computed("organisation_names", "name_key", "organisation_name_key(name_fold)")
    op.create_index("ix_organisation_names_name_key", "organisation_names", ["name_key"])
    _add_computed("contact_points", "tail", "contact_tail(channel, value)")
    op.create_index("ix_contact_points_tail", "contact_points", ["tail", "channel"])
    op.create_index(
        "uq_person_merges_standing",
        "person_merges",
        ["merged_id"],
        unique=True,
        postgresql_where="undone_at IS NULL",
    )
    _create_organisation_merges()
    _create_distinct_pairs()
    _point_people()


def _add_pointer(table: str) -> None:
    op.add_column(table, sa.Column("duplicate_of_id", sa.BigInteger()))
    op.create_foreign_key(
        f"fk_{table}_duplicate_of_id", table, table, ["duplicate_of_id"], ["id"]
    )
    op.create_check_constraint(
        op.f(f"ck_{table}_duplicate_of_another"), table, "duplicate_of_id <> id"
    )
    op.create_index(
        f"ix_{table}_duplicate_of",
        table,
        ["duplicate_of_id"],
        postgresql_where="duplicate_of_id IS NOT NULL",
    )


def _add_computed(table: str, column: str, expression: str) -> None:
    op.add_column(
        table,
        sa.Column(column, sa.Text(), sa.Computed(expression, persisted=True), nullable=False),
    )


def _create_organisation_merges() -> None:
    op.create_table(
        "organisation_merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merged_at", MOMENT, nullable=False),
        sa.Column("merged_by_id", sa.BigInteger()),
        sa.Column("undone_at", MOMENT),
        sa.Column("undone_by_id", sa.BigInteger()),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_organisation_merges_two_entries")),
        _key("organisation_merges", "kept_id", "organisations"),
        _key("organisation_merges", "merged_id", "organisations"),
        _key("organisation_merges", "merged_by_id", "users"),
        _key("organisation_merges", "undone_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_merges")),
    )
    for column in ("kept_id", "merged_id"):
        op.create_index(f"ix_organisation_merges_{column}", "organisation_merges", [column])
    op.create_index(
        "uq_organisation_merges_standing",
        "organisation_merges",
        ["merged_id"],
        unique=True,
        postgresql_where="undone_at IS NULL",
    )


def _create_distinct_pairs() -> None:
    op.create_table(
        "distinct_pairs",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("first_person_id", sa.BigInteger()),
        sa.Column("second_person_id", sa.BigInteger()),
        sa.Column("first_organisation_id", sa.BigInteger()),
        sa.Column("second_organisation_id", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("taken_back_at", MOMENT),
        sa.Column("taken_back_by_id", sa.BigInteger()),
        sa.CheckConstraint(
            "num_nonnulls(first_person_id, second_person_id) IN (0, 2)"
            " AND num_nonnulls(first_organisation_id, second_organisation_id) IN (0, 2)"
            " AND num_nonnulls(first_person_id, first_organisation_id) = 1",
            name=op.f("ck_distinct_pairs_one_pair"),
        ),
        sa.CheckConstraint(
            "first_person_id < second_person_id OR first_organisation_id < second_organisation_id",
            name=op.f("ck_distinct_pairs_order"),
        ),
        _key("distinct_pairs", "first_person_id", "people"),
        _key("distinct_pairs", "second_person_id", "people"),
        _key("distinct_pairs", "first_organisation_id", "organisations"),
        _key("distinct_pairs", "second_organisation_id", "organisations"),
        _key("distinct_pairs", "decided_by_id", "users"),
        _key("distinct_pairs", "taken_back_by_id", "users"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distinct_pairs")),
    )
    for name, columns in (
        ("people", ["first_person_id", "second_person_id"]),
        ("organisations", ["first_organisation_id", "second_organisation_id"]),
    ):
        op.create_index(
            f"uq_distinct_pairs_{name}",
            "distinct_pairs",
            columns,
            unique=True,
            postgresql_where="taken_back_at IS NULL",
        )


def _key(table: str, column: str, of: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=op.f(f"fk_{table}_{column}"))


def _point_people() -> None:
    """Point those who stand merged at the entry at the end of their chain."""
    op.execute(
        """
        WITH RECURSIVE chain AS (
            SELECT merged_id, kept_id, 1 AS steps FROM person_merges WHERE undone_at IS NULL
            UNION
            SELECT chain.merged_id, onward.kept_id, steps + 1
                FROM chain JOIN person_merges onward
                ON onward.merged_id = chain.kept_id AND onward.undone_at IS NULL
                WHERE steps < 20
        )
        UPDATE people SET duplicate_of_id = ends.kept_id FROM (
            SELECT DISTINCT ON (merged_id) merged_id, kept_id FROM chain
                ORDER BY merged_id, steps DESC
        ) ends WHERE people.id = ends.merged_id
        """
    )


def downgrade() -> None:
    op.drop_table("distinct_pairs")
    op.drop_table("organisation_merges")
    op.drop_index("uq_person_merges_standing", "person_merges")
    op.drop_column("contact_points", "tail")
    op.drop_column("organisation_names", "name_key")
    for table in ("organisations", "people"):
        op.drop_column(table, "duplicate_of_id")
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")

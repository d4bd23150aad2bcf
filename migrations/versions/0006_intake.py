"""An import as a journey: uploaded, checked, decided, written, undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

STATES = (
    *("uploaded", "checking", "wrong", "checked", "writing"),
    *("written", "undoing", "undone", "left"),
)
PILES = ("new", "changed", "same", "certificate", "left_out", "absent", "wrong", "right")
DECISIONS = ("same", "different", "skip")
KINDS = (
    *("cooperative", "cooperative_group", "linked_group"),
    *("cooperative_union", "union_branch", "agency"),
)
# Undoing a batch finds its rows by these; dated tables have theirs already.
OF_A_BATCH = (
    *("contact_points", "head_counts", "ocop_certificates"),
    *("organisation_supports", "organisations", "people"),
)

# The tables an import fills: their days are compared once a statement, not once a row.
NO_OVERLAP = {
    "organisation_addresses": ("organisations", "organisation_id"),
    "organisation_names": ("organisations", "organisation_id"),
    "organisation_sectors": ("organisations", "organisation_id"),
    "organisation_statuses": ("organisations", "organisation_id"),
    "posts": ("people", "person_id", "organisation_id", "kind"),
}
# As refuse_overlap: the parent rows are locked first, so that of two transactions that add
# overlapping rows at the same moment the second sees the first's row.
REFUSE_OVERLAPS = """
    DECLARE
        same text := '';
        found bigint;
    BEGIN
        EXECUTE format(
            'SELECT count(*) FROM (SELECT id FROM %I WHERE id IN (SELECT %I FROM written)'
            ' ORDER BY id FOR NO KEY UPDATE) locked', TG_ARGV[0], TG_ARGV[1]
        ) INTO found;
        FOR place IN 1 .. TG_NARGS - 1 LOOP
            same := same || format(' AND other.%I = written.%I', TG_ARGV[place], TG_ARGV[place]);
        END LOOP;
        EXECUTE format(
            'SELECT written.%I FROM written JOIN %I other ON other.id <> written.id %s AND '
            'daterange(other.valid_from, other.valid_to, ''[]'') && '
            'daterange(written.valid_from, written.valid_to, ''[]'') LIMIT 1',
            TG_ARGV[1], TG_TABLE_NAME, same
        ) INTO found;
        IF found IS NOT NULL THEN
            RAISE EXCEPTION '% % has two rows valid on one day', TG_TABLE_NAME, found
                USING ERRCODE = 'exclusion_violation';
        END IF;
        RETURN NULL;
    END
"""


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _json(nullable: bool = False) -> dict:
    return {"type_": postgresql.JSONB(astext_type=sa.Text()), "nullable": nullable}


def _refers(table: str, column: str, target: str, nullable: bool = False) -> list:
    return [
        sa.Column(column, sa.BigInteger(), nullable=nullable),
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}"),
    ]


def _key(table: str) -> list:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def upgrade() -> None:
    _extend_batches()
    _make_tables()
    for table in OF_A_BATCH:
        op.create_index(f"ix_{table}_import_batch_id", table, ["import_batch_id"])
    op.execute(
        "CREATE FUNCTION refuse_overlaps() RETURNS trigger LANGUAGE plpgsql"
        f" AS $${REFUSE_OVERLAPS}$$"
    )
    for table, arguments in NO_OVERLAP.items():
        op.execute(f"DROP TRIGGER {table}_no_overlap ON {table}")
        for event, suffix in (("INSERT", ""), ("UPDATE", "_changed")):
            op.execute(
                f"CREATE TRIGGER {table}_no_overlap{suffix} AFTER {event} ON {table}"
                " REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
                f" EXECUTE FUNCTION refuse_overlaps({', '.join(arguments)})"
            )


def _extend_batches() -> None:
    op.execute("ALTER TABLE import_batches DROP CONSTRAINT IF EXISTS ck_import_batches_importstate")
    op.execute("ALTER TABLE import_batches DROP CONSTRAINT IF EXISTS importstate")
    op.create_check_constraint(
        op.f("ck_import_batches_importstate"),
        "import_batches",
        sa.column("state", sa.String(40)).in_(STATES),
    )
    for column in (
        sa.Column("territory_id", sa.BigInteger()),
        sa.Column("body_id", sa.BigInteger()),
        sa.Column("locale", sa.Text()),
        sa.Column("encoding_found", sa.Text()),
        sa.Column("encoding", sa.Text()),
        sa.Column(
            "mappings",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default="[]",
        ),
        sa.Column("plan_hash", sa.Text()),
        sa.Column("uploaded_at", sa.DateTime(timezone=True)),
        sa.Column("uploaded_by_id", sa.BigInteger()),
        sa.Column("undone_by_id", sa.BigInteger()),
        sa.Column("claimed_by", sa.Text()),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("steps_done", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("steps_total", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text()),
    ):
        op.add_column("import_batches", column)
    op.execute(
        "UPDATE import_batches SET uploaded_at = imported_at, uploaded_by_id = imported_by_id"
    )
    op.alter_column("import_batches", "uploaded_at", nullable=False)
    op.alter_column("import_batches", "imported_at", nullable=True)
    for column in ("mappings", "steps_done", "steps_total"):
        op.alter_column("import_batches", column, server_default=None)
    for column, target in (
        ("territory_id", "administrative_units"),
        ("body_id", "host_bodies"),
        ("uploaded_by_id", "users"),
        ("undone_by_id", "users"),
    ):
        op.create_foreign_key(
            f"fk_import_batches_{column}", "import_batches", target, [column], ["id"]
        )
    op.create_index(
        "uq_import_batches_written",
        "import_batches",
        ["register_id", "file_hash"],
        unique=True,
        postgresql_where=sa.text("state IN ('written', 'undoing')"),
    )
    op.create_index("ix_import_changes_subject", "import_changes", ["subject_kind", "subject_id"])


def _make_tables() -> None:
    op.create_table(
        "import_files",
        *_refers("import_files", "batch_id", "import_batches"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        *_key("import_files"),
        sa.UniqueConstraint("batch_id", name="uq_import_files_batch_id"),
    )
    op.create_table(
        "import_mappings",
        *_refers("import_mappings", "body_id", "host_bodies", nullable=True),
        sa.Column("heading_fold", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("remembered_at", sa.DateTime(timezone=True), nullable=False),
        *_key("import_mappings"),
        sa.UniqueConstraint(
            "body_id",
            "heading_fold",
            name="uq_import_mappings_body_id_heading_fold",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "import_rows",
        *_refers("import_rows", "batch_id", "import_batches"),
        sa.Column("pile", _one_of("pile", *PILES), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger()),
        sa.Column("told", **_json()),
        sa.Column("wrong", **_json(nullable=True)),
        sa.Column("changes", **_json(nullable=True)),
        *_key("import_rows"),
    )
    op.create_index("ix_import_rows_pile", "import_rows", ["batch_id", "pile", "id"])
    op.create_table(
        "import_questions",
        *_refers("import_questions", "batch_id", "import_batches"),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("told", **_json()),
        sa.Column("candidates", **_json()),
        sa.Column("proposed", sa.Text(), nullable=False),
        sa.Column("decision", _one_of("decision", *DECISIONS)),
        sa.Column("same_as", sa.Integer()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        *_refers("import_questions", "decided_by_id", "users", nullable=True),
        *_key("import_questions"),
        sa.UniqueConstraint("batch_id", "sheet", "row", name="uq_import_questions_batch_id_sheet_row"),
    )
    op.create_table(
        "import_identities",
        *_refers("import_identities", "organisation_id", "organisations"),
        sa.Column("kind", _one_of("organisationkind", *KINDS), nullable=False),
        sa.Column("name_fold", sa.Text(), nullable=False),
        *_refers("import_identities", "administrative_unit_id", "administrative_units"),
        sa.Column("founded_on", sa.Date()),
        sa.Column("founded_precision", _one_of("dateprecision", "day", "year")),
        *_refers("import_identities", "import_batch_id", "import_batches"),
        *_key("import_identities"),
    )
    for column in ("organisation_id", "import_batch_id"):
        op.create_index(f"ix_import_identities_{column}", "import_identities", [column])


def downgrade() -> None:
    op.execute("DROP FUNCTION refuse_overlaps() CASCADE")
    for table, arguments in NO_OVERLAP.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_overlap AFTER INSERT OR UPDATE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION refuse_overlap({', '.join(arguments)})"
        )
    for table in OF_A_BATCH:
        op.drop_index(f"ix_{table}_import_batch_id", table)
    for table in ("identities", "questions", "rows", "mappings", "files"):
        op.drop_table(f"import_{table}")
    op.drop_index("ix_import_changes_subject", "import_changes")
    op.drop_index("uq_import_batches_written", "import_batches")
    for column in (
        *("territory_id", "body_id", "locale", "encoding_found", "encoding", "mappings"),
        *("plan_hash", "uploaded_at", "uploaded_by_id", "undone_by_id", "claimed_by"),
        *("claimed_at", "steps_done", "steps_total", "last_error"),
    ):
        op.drop_column("import_batches", column)
    op.execute("DELETE FROM import_batches WHERE state NOT IN ('written', 'undone')")
    op.alter_column("import_batches", "imported_at", nullable=False)
    op.execute("ALTER TABLE import_batches DROP CONSTRAINT ck_import_batches_importstate")
    op.create_check_constraint(
        op.f("ck_import_batches_importstate"),
        "import_batches",
        sa.column("state", sa.String(40)).in_(("written", "undone")),
    )

"""Every table, as the models have it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "administrative_units",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_fold", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "district",
                "commune",
                name="unitlevel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_administrative_units_validity")),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["administrative_units.id"],
            name=op.f("fk_administrative_units_parent_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrative_units")),
        sa.UniqueConstraint(
            "code",
            "level",
            "valid_to",
            name=op.f("uq_administrative_units_code_level_valid_to"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "ix_administrative_units_fold", "administrative_units", ["level", "name_fold"], unique=False
    )
    op.create_index(
        op.f("ix_administrative_units_parent_id"),
        "administrative_units",
        ["parent_id"],
        unique=False,
    )
    op.create_table(
        "calendar_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "holiday",
                "working",
                name="daykind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
        sa.UniqueConstraint("day", name=op.f("uq_calendar_days_day")),
    )
    op.create_table(
        "event_kinds",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counts_attendance", sa.Boolean(), nullable=False),
        sa.Column("is_training", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_kinds")),
        sa.UniqueConstraint("key", name=op.f("uq_event_kinds_key")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeats")),
        sa.UniqueConstraint("part", name=op.f("uq_heartbeats_part")),
    )
    op.create_table(
        "host_bodies",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_bodies")),
        sa.UniqueConstraint("key", name=op.f("uq_host_bodies_key")),
    )
    op.create_table(
        "idempotent_answers",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answers")),
        sa.UniqueConstraint("caller", "key", name=op.f("uq_idempotent_answers_caller_key")),
    )
    op.create_table(
        "indicator_rules",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column(
            "adding",
            sa.Enum(
                "events",
                "distinct",
                "stock",
                "ratio",
                name="adding",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("unit", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("text", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_rules")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_indicator_rules_code_version")),
    )
    op.create_table(
        "office_hours",
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("opens < closes", name=op.f("ck_office_hours_order")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_office_hours_weekday")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_hours")),
        sa.UniqueConstraint("weekday", "opens", name=op.f("uq_office_hours_weekday_opens")),
    )
    op.create_table(
        "registers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registers")),
        sa.UniqueConstraint("key", name=op.f("uq_registers_key")),
    )
    op.create_table(
        "users",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_users_fs_uniquifier")),
    )
    op.create_table(
        "administrative_successions",
        sa.Column("old_id", sa.BigInteger(), nullable=False),
        sa.Column("new_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "whole",
                "main part",
                "part",
                name="successionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["new_id"],
            ["administrative_units.id"],
            name=op.f("fk_administrative_successions_new_id"),
        ),
        sa.ForeignKeyConstraint(
            ["old_id"],
            ["administrative_units.id"],
            name=op.f("fk_administrative_successions_old_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrative_successions")),
        sa.UniqueConstraint(
            "old_id", "new_id", name=op.f("uq_administrative_successions_old_id_new_id")
        ),
    )
    op.create_index(
        op.f("ix_administrative_successions_new_id"),
        "administrative_successions",
        ["new_id"],
        unique=False,
    )
    op.create_table(
        "import_batches",
        sa.Column("register_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "written",
                "undone",
                name="importstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["imported_by_id"], ["users.id"], name=op.f("fk_import_batches_imported_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["registers.id"], name=op.f("fk_import_batches_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_table(
        "programmes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("register_id", sa.BigInteger(), nullable=False),
        sa.Column("territory_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("women_led_rule", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("starts_on < ends_on", name=op.f("ck_programmes_order")),
        sa.ForeignKeyConstraint(
            ["register_id"], ["registers.id"], name=op.f("fk_programmes_register_id")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["administrative_units.id"], name=op.f("fk_programmes_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes")),
        sa.UniqueConstraint("key", name=op.f("uq_programmes_key")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column(
            "scopes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "officer",
                "leader",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("programme_id", sa.BigInteger(), nullable=True),
        sa.Column("body_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_api_tokens_token_hash")),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_api_tokens_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_api_tokens_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_api_tokens_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("programme_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.UUID(), nullable=True),
        sa.Column("commitments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("chain_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_audit_entries_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(
        "ix_audit_entries_programme", "audit_entries", ["programme_id", "at"], unique=False
    )
    op.create_index(
        "ix_audit_entries_subject", "audit_entries", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "baselines",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("text", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("territory_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_baselines_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["administrative_units.id"], name=op.f("fk_baselines_territory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baselines")),
        sa.UniqueConstraint("programme_id", "key", name=op.f("uq_baselines_programme_id_key")),
    )
    op.create_table(
        "batches",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "running",
                "paused",
                "stopped",
                name="batchstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.Column("window", sa.Text(), nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_batches_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_table(
        "contents",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_contents_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contents")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_contents_programme_id_number")),
    )
    op.create_table(
        "events",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("kind_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("administrative_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "published",
                "postponed",
                "cancelled",
                "closed",
                name="eventstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("counts_to_programme", sa.Boolean(), nullable=False),
        sa.Column("counts_reason", sa.Text(), nullable=False),
        sa.Column("promotional", sa.Boolean(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("contact_phone", sa.Text(), nullable=False),
        sa.Column("contact_email", sa.Text(), nullable=False),
        sa.Column("calendar_sequence", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_events_closed_at_given")
        ),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_events_capacity")),
        sa.ForeignKeyConstraint(
            ["administrative_unit_id"],
            ["administrative_units.id"],
            name=op.f("fk_events_administrative_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name=op.f("fk_events_created_by_id")
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["event_kinds.id"], name=op.f("fk_events_kind_id")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_events_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index("ix_events_programme", "events", ["programme_id", "state"], unique=False)
    op.create_table(
        "host_body_names",
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("name", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("abbreviation", sa.Text(), nullable=False),
        sa.Column("heading", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("number_pattern", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("signers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_host_body_names_validity")),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_host_body_names_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_host_body_names_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_host_body_names_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host_body_names")),
    )
    op.create_index(
        op.f("ix_host_body_names_body_id"), "host_body_names", ["body_id"], unique=False
    )
    op.create_index(
        op.f("ix_host_body_names_import_batch_id"),
        "host_body_names",
        ["import_batch_id"],
        unique=False,
    )
    op.create_table(
        "import_changes",
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_changes_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_changes")),
        sa.UniqueConstraint(
            "batch_id",
            "sheet",
            "row",
            "subject_kind",
            "subject_id",
            name=op.f("uq_import_changes_batch_id_sheet_row_subject_kind_subject_id"),
        ),
    )
    op.create_table(
        "memberships",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("programme_id", sa.BigInteger(), nullable=True),
        sa.Column("body_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "officer",
                "leader",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("administrative_unit_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["administrative_unit_id"],
            ["administrative_units.id"],
            name=op.f("fk_memberships_administrative_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_memberships_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_memberships_programme_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "user_id",
            "programme_id",
            "body_id",
            "role",
            name=op.f("uq_memberships_user_id_programme_id_body_id_role"),
        ),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "organisations",
        sa.Column("register_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_body_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "cooperative",
                "cooperative_group",
                "linked_group",
                "cooperative_union",
                "union_branch",
                "agency",
                name="organisationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column(
            "founded_precision",
            sa.Enum(
                "day",
                "year",
                name="dateprecision",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(founded_on IS NULL) = (founded_precision IS NULL)",
            name=op.f("ck_organisations_founded_precision_given"),
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_organisations_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_body_id"], ["host_bodies.id"], name=op.f("fk_organisations_owner_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["registers.id"], name=op.f("fk_organisations_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_index(
        "ix_organisations_register", "organisations", ["register_id", "kind"], unique=False
    )
    op.create_table(
        "people",
        sa.Column("register_id", sa.BigInteger(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("name_fold", sa.Text(), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column(
            "sex",
            sa.Enum(
                "female",
                "male",
                "not_stated",
                name="sex",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("honorific", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batches.id"], name=op.f("fk_people_import_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["register_id"], ["registers.id"], name=op.f("fk_people_register_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index("ix_people_fold", "people", ["register_id", "name_fold"], unique=False)
    op.create_table(
        "programme_bodies",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_programme_bodies_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_programme_bodies_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_bodies")),
        sa.UniqueConstraint(
            "programme_id", "body_id", name=op.f("uq_programme_bodies_programme_id_body_id")
        ),
        sa.UniqueConstraint(
            "programme_id", "rank", name=op.f("uq_programme_bodies_programme_id_rank")
        ),
    )
    op.create_table(
        "programme_loads",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_programme_loads_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_loads")),
    )
    op.create_index(
        op.f("ix_programme_loads_programme_id"), "programme_loads", ["programme_id"], unique=False
    )
    op.create_table(
        "report_periods",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "year",
                "mid_year",
                "final",
                "span",
                name="periodkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_report_periods_order")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_report_periods_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_periods")),
        sa.UniqueConstraint(
            "programme_id", "kind", "label", name=op.f("uq_report_periods_programme_id_kind_label")
        ),
    )
    op.create_table(
        "targets",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "count",
                "range",
                "percent",
                "about",
                name="targetkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("lower_value", sa.Numeric(), nullable=False),
        sa.Column("upper_value", sa.Numeric(), nullable=True),
        sa.Column("per_year", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("text", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("lower_value <= upper_value", name=op.f("ck_targets_range")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_targets_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_targets")),
        sa.UniqueConstraint(
            "programme_id",
            "indicator",
            "effective_on",
            name=op.f("uq_targets_programme_id_indicator_effective_on"),
        ),
    )
    op.create_table(
        "year_plans",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("host_body_id", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["host_body_id"], ["host_bodies.id"], name=op.f("fk_year_plans_host_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_year_plans_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_plans")),
    )
    op.create_index("ix_year_plans_programme", "year_plans", ["programme_id", "year"], unique=False)
    op.create_table(
        "audit_values",
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name=op.f("fk_audit_values_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_values")),
        sa.UniqueConstraint("entry_id", "field", name=op.f("uq_audit_values_entry_id_field")),
    )
    op.create_table(
        "classification_overrides",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("women_led", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_classification_overrides_validity")
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_classification_overrides_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_classification_overrides_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["users.id"],
            name=op.f("fk_classification_overrides_recorded_by_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification_overrides")),
    )
    op.create_index(
        op.f("ix_classification_overrides_import_batch_id"),
        "classification_overrides",
        ["import_batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_classification_overrides_organisation_id"),
        "classification_overrides",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "consents",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_consents_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_person_id"), "consents", ["person_id"], unique=False)
    op.create_table(
        "contact_points",
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "zalo",
                "paper",
                "commune_union",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("value_as_typed", sa.Text(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_reason", sa.Text(), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(organisation_id, person_id) = 1", name=op.f("ck_contact_points_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_contact_points_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_contact_points_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_contact_points_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
    )
    op.create_index(
        op.f("ix_contact_points_organisation_id"),
        "contact_points",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_contact_points_person_id"), "contact_points", ["person_id"], unique=False
    )
    op.create_index("ix_contact_points_value", "contact_points", ["channel", "value"], unique=False)
    op.create_table(
        "event_contents",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"], ["contents.id"], name=op.f("fk_event_contents_content_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_contents_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_contents")),
        sa.UniqueConstraint(
            "event_id", "content_id", name=op.f("uq_event_contents_event_id_content_id")
        ),
    )
    op.create_table(
        "event_hosts",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "lead",
                "co_host",
                "third",
                name="hostrole",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_event_hosts_body_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_hosts_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_hosts")),
        sa.UniqueConstraint("event_id", "body_id", name=op.f("uq_event_hosts_event_id_body_id")),
    )
    op.create_index(
        "uq_event_hosts_lead",
        "event_hosts",
        ["event_id"],
        unique=True,
        postgresql_where="role = 'lead'",
    )
    op.create_table(
        "event_sessions",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("class_group", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "cancelled",
                "moved",
                name="sessionstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("moved_to_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_event_sessions_order")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_sessions_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["moved_to_id"], ["event_sessions.id"], name=op.f("fk_event_sessions_moved_to_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_sessions")),
        sa.UniqueConstraint("id", "event_id", name=op.f("uq_event_sessions_id_event_id")),
    )
    op.create_index(
        "ix_event_sessions_event",
        "event_sessions",
        ["event_id", "held_on", "starts_at"],
        unique=False,
    )
    op.create_table(
        "head_counts",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("women_members", sa.Integer(), nullable=True),
        sa.Column("workers", sa.Integer(), nullable=True),
        sa.Column("women_workers", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("women_members <= members", name=op.f("ck_head_counts_women_members")),
        sa.CheckConstraint("women_workers <= workers", name=op.f("ck_head_counts_women_workers")),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batches.id"], name=op.f("fk_head_counts_import_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_head_counts_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_head_counts_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_head_counts")),
        sa.UniqueConstraint(
            "organisation_id", "as_of", name=op.f("uq_head_counts_organisation_id_as_of")
        ),
    )
    op.create_table(
        "invitation_rounds",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "zalo",
                "paper",
                "commune_union",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "invitation",
                "reminder",
                "postponement",
                "cancellation",
                name="roundkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "confirmed",
                "stopped",
                name="roundstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("audience", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["batches.id"], name=op.f("fk_invitation_rounds_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["users.id"], name=op.f("fk_invitation_rounds_confirmed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_invitation_rounds_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_invitation_rounds_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_rounds")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_invitation_rounds_batch_id")),
    )
    op.create_index(
        op.f("ix_invitation_rounds_event_id"), "invitation_rounds", ["event_id"], unique=False
    )
    op.create_table(
        "invitations",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "declined",
                "cancelled",
                name="invitationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("calendar_uid", sa.Text(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(organisation_id, person_id) = 1", name=op.f("ck_invitations_one_invitee")
        ),
        sa.CheckConstraint("seats > 0", name=op.f("ck_invitations_seats")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_invitations_event_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_invitations_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_invitations_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_invitations_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("calendar_uid", name=op.f("uq_invitations_calendar_uid")),
        sa.UniqueConstraint("id", "event_id", name=op.f("uq_invitations_id_event_id")),
    )
    op.create_index(
        op.f("ix_invitations_organisation_id"), "invitations", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_invitations_person_id"), "invitations", ["person_id"], unique=False)
    op.create_index(
        "uq_invitations_organisation",
        "invitations",
        ["event_id", "organisation_id"],
        unique=True,
        postgresql_where="organisation_id IS NOT NULL",
    )
    op.create_index(
        "uq_invitations_person",
        "invitations",
        ["event_id", "person_id"],
        unique=True,
        postgresql_where="person_id IS NOT NULL",
    )
    op.create_table(
        "ocop_certificates",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("stars BETWEEN 3 AND 5", name=op.f("ck_ocop_certificates_stars")),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_ocop_certificates_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_ocop_certificates_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ocop_certificates")),
        sa.UniqueConstraint(
            "organisation_id",
            "product",
            "decision",
            "issued_on",
            name=op.f("uq_ocop_certificates_organisation_id_product_decision_issued_on"),
        ),
    )
    op.create_table(
        "organisation_addresses",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("administrative_unit_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_organisation_addresses_validity")
        ),
        sa.ForeignKeyConstraint(
            ["administrative_unit_id"],
            ["administrative_units.id"],
            name=op.f("fk_organisation_addresses_administrative_unit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_organisation_addresses_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_addresses_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_organisation_addresses_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_addresses")),
    )
    op.create_index(
        op.f("ix_organisation_addresses_administrative_unit_id"),
        "organisation_addresses",
        ["administrative_unit_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_addresses_import_batch_id"),
        "organisation_addresses",
        ["import_batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_addresses_organisation_id"),
        "organisation_addresses",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "organisation_codes",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_organisation_codes_validity")),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_organisation_codes_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_codes_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_organisation_codes_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_codes")),
    )
    op.create_index(
        "ix_organisation_codes_code", "organisation_codes", ["scheme", "code"], unique=False
    )
    op.create_index(
        op.f("ix_organisation_codes_import_batch_id"),
        "organisation_codes",
        ["import_batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_codes_organisation_id"),
        "organisation_codes",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "organisation_lineage",
        sa.Column(
            "kind",
            sa.Enum(
                "consolidate",
                "absorb",
                "divide",
                "split_off",
                "dissolve",
                "convert",
                name="lineagekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("old_id", sa.BigInteger(), nullable=False),
        sa.Column("new_id", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["new_id"], ["organisations.id"], name=op.f("fk_organisation_lineage_new_id")
        ),
        sa.ForeignKeyConstraint(
            ["old_id"], ["organisations.id"], name=op.f("fk_organisation_lineage_old_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_organisation_lineage_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_lineage")),
    )
    op.create_index(
        op.f("ix_organisation_lineage_new_id"), "organisation_lineage", ["new_id"], unique=False
    )
    op.create_index(
        op.f("ix_organisation_lineage_old_id"), "organisation_lineage", ["old_id"], unique=False
    )
    op.create_table(
        "organisation_names",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_fold", sa.Text(), nullable=False),
        sa.Column("name_sort", sa.Text(collation="C"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_organisation_names_validity")),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_organisation_names_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_names_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_organisation_names_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_names")),
    )
    op.create_index(
        op.f("ix_organisation_names_import_batch_id"),
        "organisation_names",
        ["import_batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_names_name_fold"), "organisation_names", ["name_fold"], unique=False
    )
    op.create_index(
        op.f("ix_organisation_names_name_sort"), "organisation_names", ["name_sort"], unique=False
    )
    op.create_index(
        op.f("ix_organisation_names_organisation_id"),
        "organisation_names",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "organisation_sectors",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_organisation_sectors_validity")),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_organisation_sectors_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_sectors_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_organisation_sectors_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_sectors")),
    )
    op.create_index(
        op.f("ix_organisation_sectors_import_batch_id"),
        "organisation_sectors",
        ["import_batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_sectors_organisation_id"),
        "organisation_sectors",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "organisation_statuses",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "operating",
                "suspended",
                "stopped",
                "dissolved",
                name="organisationstatuskind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "valid_to >= valid_from", name=op.f("ck_organisation_statuses_validity")
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_organisation_statuses_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_statuses_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_organisation_statuses_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_statuses")),
    )
    op.create_index(
        op.f("ix_organisation_statuses_import_batch_id"),
        "organisation_statuses",
        ["import_batch_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_organisation_statuses_organisation_id"),
        "organisation_statuses",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "organisation_supports",
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "founding", name="supportkind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("supported_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_organisation_supports_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_batch_id"],
            ["import_batches.id"],
            name=op.f("fk_organisation_supports_import_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_supports_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_organisation_supports_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_supports")),
        sa.UniqueConstraint(
            "organisation_id",
            "body_id",
            "kind",
            "supported_on",
            name=op.f("uq_organisation_supports_organisation_id_body_id_kind_supported_on"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "person_merges",
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("kept_id <> merged_id", name=op.f("ck_person_merges_two_people")),
        sa.ForeignKeyConstraint(["kept_id"], ["people.id"], name=op.f("fk_person_merges_kept_id")),
        sa.ForeignKeyConstraint(
            ["merged_by_id"], ["users.id"], name=op.f("fk_person_merges_merged_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["people.id"], name=op.f("fk_person_merges_merged_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_person_merges_undone_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merges")),
    )
    op.create_index(op.f("ix_person_merges_kept_id"), "person_merges", ["kept_id"], unique=False)
    op.create_index(
        op.f("ix_person_merges_merged_id"), "person_merges", ["merged_id"], unique=False
    )
    op.create_table(
        "posts",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "board_chair",
                "board_member",
                "director",
                "deputy_director",
                "supervisor",
                "accountant",
                "secretary",
                "group_leader",
                "deputy_group_leader",
                "member",
                "worker",
                "union_official",
                "other",
                name="postkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("import_batch_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_posts_validity")),
        sa.ForeignKeyConstraint(
            ["import_batch_id"], ["import_batches.id"], name=op.f("fk_posts_import_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_posts_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_posts_person_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_posts_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_import_batch_id"), "posts", ["import_batch_id"], unique=False)
    op.create_index(op.f("ix_posts_organisation_id"), "posts", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_posts_person_id"), "posts", ["person_id"], unique=False)
    op.create_table(
        "registrations",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "confirmed",
                "waiting",
                "offered",
                "cancelled",
                name="registrationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submission_id", sa.UUID(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_registrations_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_registrations_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint(
            "event_id", "person_id", name=op.f("uq_registrations_event_id_person_id")
        ),
        sa.UniqueConstraint("id", "event_id", name=op.f("uq_registrations_id_event_id")),
    )
    op.create_index(
        op.f("ix_registrations_person_id"), "registrations", ["person_id"], unique=False
    )
    op.create_index(
        "ix_registrations_queue",
        "registrations",
        ["event_id", "state", "registered_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_submission_id"), "registrations", ["submission_id"], unique=False
    )
    op.create_table(
        "reports",
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "computing",
                "draft",
                "failed",
                "submitted",
                "signed_by_one",
                "issued",
                "superseded",
                name="reportstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("steps_total", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("figures_hash", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"], ["report_periods.id"], name=op.f("fk_reports_period_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_reports_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["users.id"], name=op.f("fk_reports_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("period_id", "version", name=op.f("uq_reports_period_id_version")),
    )
    op.create_index(
        "uq_reports_running",
        "reports",
        ["period_id"],
        unique=True,
        postgresql_where="state IN ('requested', 'computing')",
    )
    op.create_table(
        "representations",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "role_snapshot",
            sa.Enum(
                "board_chair",
                "board_member",
                "director",
                "deputy_director",
                "supervisor",
                "accountant",
                "secretary",
                "group_leader",
                "deputy_group_leader",
                "member",
                "worker",
                "union_official",
                "other",
                name="postkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("organisation_kind_snapshot", sa.Text(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "registration",
                "roll_call",
                "officer",
                name="representationsource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_representations_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_representations_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_representations_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representations")),
        sa.UniqueConstraint(
            "person_id",
            "event_id",
            "organisation_id",
            name=op.f("uq_representations_person_id_event_id_organisation_id"),
        ),
    )
    op.create_index(
        "ix_representations_event", "representations", ["event_id", "organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_representations_organisation_id"),
        "representations",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "walk_ins",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.UUID(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_kind_snapshot", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("name_sort", sa.Text(), nullable=False),
        sa.Column(
            "sex",
            sa.Enum(
                "female",
                "male",
                "not_stated",
                name="sex",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "role_snapshot",
            sa.Enum(
                "board_chair",
                "board_member",
                "director",
                "deputy_director",
                "supervisor",
                "accountant",
                "secretary",
                "group_leader",
                "deputy_group_leader",
                "member",
                "worker",
                "union_official",
                "other",
                name="postkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["users.id"], name=op.f("fk_walk_ins_added_by_id")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_walk_ins_event_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_walk_ins_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_ins")),
        sa.UniqueConstraint("id", "event_id", name=op.f("uq_walk_ins_id_event_id")),
        sa.UniqueConstraint("uuid", name=op.f("uq_walk_ins_uuid")),
    )
    op.create_index(op.f("ix_walk_ins_event_id"), "walk_ins", ["event_id"], unique=False)
    op.create_index(
        op.f("ix_walk_ins_organisation_id"), "walk_ins", ["organisation_id"], unique=False
    )
    op.create_table(
        "access_links",
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "answer", name="linkpurpose", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("short_code_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("length(token_hash) = 64", name=op.f("ck_access_links_token_hash")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_access_links_invitation_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["access_links.id"], name=op.f("fk_access_links_replaced_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_links")),
        sa.UniqueConstraint("short_code_hash", name=op.f("uq_access_links_short_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_links_token_hash")),
    )
    op.create_index(
        op.f("ix_access_links_invitation_id"), "access_links", ["invitation_id"], unique=False
    )
    op.create_table(
        "attendance_entries",
        sa.Column("uuid", sa.UUID(), nullable=False),
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column("walk_in_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "action",
            sa.Enum(
                "present",
                "excused",
                "absent",
                "void",
                name="action",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("voids_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "tap",
                "qr",
                "typed",
                "paper",
                "import",
                "api",
                name="entrysource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("by_label", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(action = 'void') = (voids_id IS NOT NULL)",
            name=op.f("ck_attendance_entries_void_points"),
        ),
        sa.CheckConstraint(
            "action <> 'void' OR reason <> ''", name=op.f("ck_attendance_entries_void_reason")
        ),
        sa.CheckConstraint(
            "num_nonnulls(registration_id, walk_in_id) = 1",
            name=op.f("ck_attendance_entries_one_subject"),
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_attendance_entries_by_id")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_attendance_entries_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_attendance_entries_programme_id")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id", "event_id"],
            ["registrations.id", "registrations.event_id"],
            name=op.f("fk_attendance_entries_registration_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["event_sessions.id", "event_sessions.event_id"],
            name=op.f("fk_attendance_entries_session_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["voids_id", "session_id"],
            ["attendance_entries.id", "attendance_entries.session_id"],
            name=op.f("fk_attendance_entries_voids_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["walk_in_id", "event_id"],
            ["walk_ins.id", "walk_ins.event_id"],
            name=op.f("fk_attendance_entries_walk_in_id_event_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_entries")),
        sa.UniqueConstraint("id", "session_id", name=op.f("uq_attendance_entries_id_session_id")),
        sa.UniqueConstraint("uuid", name=op.f("uq_attendance_entries_uuid")),
        sa.UniqueConstraint("voids_id", name=op.f("uq_attendance_entries_voids_id")),
    )
    op.create_index("ix_attendance_entries_event", "attendance_entries", ["event_id"], unique=False)
    op.create_index(
        op.f("ix_attendance_entries_registration_id"),
        "attendance_entries",
        ["registration_id"],
        unique=False,
    )
    op.create_index(
        "ix_attendance_entries_session",
        "attendance_entries",
        ["session_id", "registration_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_attendance_entries_walk_in_id"), "attendance_entries", ["walk_in_id"], unique=False
    )
    op.create_table(
        "deliveries",
        sa.Column("round_id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "zalo",
                "paper",
                "commune_union",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_deliveries_by_id")),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_deliveries_invitation_id")
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["invitation_rounds.id"], name=op.f("fk_deliveries_round_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(
        op.f("ix_deliveries_invitation_id"), "deliveries", ["invitation_id"], unique=False
    )
    op.create_index(op.f("ix_deliveries_round_id"), "deliveries", ["round_id"], unique=False)
    op.create_table(
        "invitation_answers",
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "accepted",
                "declined",
                "call_back",
                name="answer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum(
                "email",
                "phone",
                "zalo",
                "paper",
                "commune_union",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("submission_id", sa.UUID(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_invitation_answers_invitation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_invitation_answers_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_answers")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_invitation_answers_submission_id")),
    )
    op.create_index(
        op.f("ix_invitation_answers_invitation_id"),
        "invitation_answers",
        ["invitation_id"],
        unique=False,
    )
    op.create_table(
        "messages",
        sa.Column("programme_id", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("contact_point_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("recipient_name", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("context", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sealed_link", sa.Text(), nullable=True),
        sa.Column("about_kind", sa.Text(), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "priority",
            sa.Enum(
                "1-answer",
                "5-round",
                name="priority",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "claimed",
                "sending",
                "sent",
                "retry",
                "failed",
                "uncertain",
                "cancelled",
                "bounced",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_messages_tries")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_messages_batch_id")),
        sa.ForeignKeyConstraint(
            ["contact_point_id"], ["contact_points.id"], name=op.f("fk_messages_contact_point_id")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_messages_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_messages_dedupe_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_messages_message_id")),
    )
    op.create_index("ix_messages_about", "messages", ["about_kind", "about_id"], unique=False)
    op.create_index("ix_messages_batch", "messages", ["batch_id", "state"], unique=False)
    op.create_index(
        op.f("ix_messages_contact_point_id"), "messages", ["contact_point_id"], unique=False
    )
    op.create_index(
        "ix_messages_due",
        "messages",
        ["priority", "next_try_at", "id"],
        unique=False,
        postgresql_where="state IN ('queued', 'retry')",
    )
    op.create_index(
        "ix_messages_held_by_worker",
        "messages",
        ["claimed_at"],
        unique=False,
        postgresql_where="state IN ('claimed', 'sending')",
    )
    op.create_table(
        "offers",
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "taken",
                "passed",
                "expired",
                name="offerstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name=op.f("fk_offers_registration_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_registration_id"), "offers", ["registration_id"], unique=False)
    op.create_index(
        "uq_offers_open",
        "offers",
        ["registration_id"],
        unique=True,
        postgresql_where="state = 'open'",
    )
    op.create_table(
        "report_figures",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=True),
        sa.Column("numerator", sa.Integer(), nullable=True),
        sa.Column("denominator", sa.Integer(), nullable=True),
        sa.Column("breakdown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_figures_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_figures")),
        sa.UniqueConstraint(
            "report_id", "indicator", name=op.f("uq_report_figures_report_id_indicator")
        ),
    )
    op.create_table(
        "report_sections",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_sections_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["users.id"], name=op.f("fk_report_sections_written_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_sections")),
        sa.UniqueConstraint(
            "report_id",
            "section",
            "version",
            name=op.f("uq_report_sections_report_id_section_version"),
        ),
    )
    op.create_table(
        "seats",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "filled",
                "released",
                name="seatstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint(
            "(state = 'filled') = (registration_id IS NOT NULL)", name=op.f("ck_seats_filled")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_seats_number")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_seats_event_id")),
        sa.ForeignKeyConstraint(
            ["invitation_id", "event_id"],
            ["invitations.id", "invitations.event_id"],
            name=op.f("fk_seats_invitation_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id", "event_id"],
            ["registrations.id", "registrations.event_id"],
            name=op.f("fk_seats_registration_id_event_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
        sa.UniqueConstraint("invitation_id", "number", name=op.f("uq_seats_invitation_id_number")),
        sa.UniqueConstraint(
            "invitation_id", "registration_id", name=op.f("uq_seats_invitation_id_registration_id")
        ),
    )
    op.create_index(op.f("ix_seats_registration_id"), "seats", ["registration_id"], unique=False)
    op.create_table(
        "signatures",
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures_hash", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_signatures_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_signatures_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by_id"], ["users.id"], name=op.f("fk_signatures_signed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signatures")),
        sa.UniqueConstraint("report_id", "body_id", name=op.f("uq_signatures_report_id_body_id")),
    )
    op.create_table(
        "walk_in_matches",
        sa.Column("walk_in_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["matched_by_id"], ["users.id"], name=op.f("fk_walk_in_matches_matched_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_walk_in_matches_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["walk_in_id"], ["walk_ins.id"], name=op.f("fk_walk_in_matches_walk_in_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_in_matches")),
    )
    op.create_index(
        op.f("ix_walk_in_matches_person_id"), "walk_in_matches", ["person_id"], unique=False
    )
    op.create_index(
        "uq_walk_in_matches_standing",
        "walk_in_matches",
        ["walk_in_id"],
        unique=True,
        postgresql_where="undone_at IS NULL",
    )
    op.create_table(
        "corrections",
        sa.Column("figure_id", sa.BigInteger(), nullable=False),
        sa.Column("right_value", sa.Numeric(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=False),
        sa.Column("body_id", sa.BigInteger(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["users.id"], name=op.f("fk_corrections_approved_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["body_id"], ["host_bodies.id"], name=op.f("fk_corrections_body_id")
        ),
        sa.ForeignKeyConstraint(
            ["figure_id"], ["report_figures.id"], name=op.f("fk_corrections_figure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_figure_id"), "corrections", ["figure_id"], unique=False)
    op.create_table(
        "report_figure_rows",
        sa.Column("figure_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["figure_id"], ["report_figures.id"], name=op.f("fk_report_figure_rows_figure_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_figure_rows")),
    )
    op.create_index(
        "ix_report_figure_rows_figure",
        "report_figure_rows",
        ["figure_id", "kind", "row_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_report_figure_rows_figure", table_name="report_figure_rows")
    op.drop_table("report_figure_rows")
    op.drop_index(op.f("ix_corrections_figure_id"), table_name="corrections")
    op.drop_table("corrections")
    op.drop_index(
        "uq_walk_in_matches_standing",
        table_name="walk_in_matches",
        postgresql_where="undone_at IS NULL",
    )
    op.drop_index(op.f("ix_walk_in_matches_person_id"), table_name="walk_in_matches")
    op.drop_table("walk_in_matches")
    op.drop_table("signatures")
    op.drop_index(op.f("ix_seats_registration_id"), table_name="seats")
    op.drop_table("seats")
    op.drop_table("report_sections")
    op.drop_table("report_figures")
    op.drop_index("uq_offers_open", table_name="offers", postgresql_where="state = 'open'")
    op.drop_index(op.f("ix_offers_registration_id"), table_name="offers")
    op.drop_table("offers")
    op.drop_index(
        "ix_messages_held_by_worker",
        table_name="messages",
        postgresql_where="state IN ('claimed', 'sending')",
    )
    op.drop_index(
        "ix_messages_due", table_name="messages", postgresql_where="state IN ('queued', 'retry')"
    )
    op.drop_index(op.f("ix_messages_contact_point_id"), table_name="messages")
    op.drop_index("ix_messages_batch", table_name="messages")
    op.drop_index("ix_messages_about", table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_invitation_answers_invitation_id"), table_name="invitation_answers")
    op.drop_table("invitation_answers")
    op.drop_index(op.f("ix_deliveries_round_id"), table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_invitation_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index(op.f("ix_attendance_entries_walk_in_id"), table_name="attendance_entries")
    op.drop_index("ix_attendance_entries_session", table_name="attendance_entries")
    op.drop_index(op.f("ix_attendance_entries_registration_id"), table_name="attendance_entries")
    op.drop_index("ix_attendance_entries_event", table_name="attendance_entries")
    op.drop_table("attendance_entries")
    op.drop_index(op.f("ix_access_links_invitation_id"), table_name="access_links")
    op.drop_table("access_links")
    op.drop_index(op.f("ix_walk_ins_organisation_id"), table_name="walk_ins")
    op.drop_index(op.f("ix_walk_ins_event_id"), table_name="walk_ins")
    op.drop_table("walk_ins")
    op.drop_index(op.f("ix_representations_organisation_id"), table_name="representations")
    op.drop_index("ix_representations_event", table_name="representations")
    op.drop_table("representations")
    op.drop_index(
        "uq_reports_running",
        table_name="reports",
        postgresql_where="state IN ('requested', 'computing')",
    )
    op.drop_table("reports")
    op.drop_index(op.f("ix_registrations_submission_id"), table_name="registrations")
    op.drop_index("ix_registrations_queue", table_name="registrations")
    op.drop_index(op.f("ix_registrations_person_id"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_index(op.f("ix_posts_person_id"), table_name="posts")
    op.drop_index(op.f("ix_posts_organisation_id"), table_name="posts")
    op.drop_index(op.f("ix_posts_import_batch_id"), table_name="posts")
    op.drop_table("posts")
    op.drop_index(op.f("ix_person_merges_merged_id"), table_name="person_merges")
    op.drop_index(op.f("ix_person_merges_kept_id"), table_name="person_merges")
    op.drop_table("person_merges")
    op.drop_table("organisation_supports")
    op.drop_index(
        op.f("ix_organisation_statuses_organisation_id"), table_name="organisation_statuses"
    )
    op.drop_index(
        op.f("ix_organisation_statuses_import_batch_id"), table_name="organisation_statuses"
    )
    op.drop_table("organisation_statuses")
    op.drop_index(
        op.f("ix_organisation_sectors_organisation_id"), table_name="organisation_sectors"
    )
    op.drop_index(
        op.f("ix_organisation_sectors_import_batch_id"), table_name="organisation_sectors"
    )
    op.drop_table("organisation_sectors")
    op.drop_index(op.f("ix_organisation_names_organisation_id"), table_name="organisation_names")
    op.drop_index(op.f("ix_organisation_names_name_sort"), table_name="organisation_names")
    op.drop_index(op.f("ix_organisation_names_name_fold"), table_name="organisation_names")
    op.drop_index(op.f("ix_organisation_names_import_batch_id"), table_name="organisation_names")
    op.drop_table("organisation_names")
    op.drop_index(op.f("ix_organisation_lineage_old_id"), table_name="organisation_lineage")
    op.drop_index(op.f("ix_organisation_lineage_new_id"), table_name="organisation_lineage")
    op.drop_table("organisation_lineage")
    op.drop_index(op.f("ix_organisation_codes_organisation_id"), table_name="organisation_codes")
    op.drop_index(op.f("ix_organisation_codes_import_batch_id"), table_name="organisation_codes")
    op.drop_index("ix_organisation_codes_code", table_name="organisation_codes")
    op.drop_table("organisation_codes")
    op.drop_index(
        op.f("ix_organisation_addresses_organisation_id"), table_name="organisation_addresses"
    )
    op.drop_index(
        op.f("ix_organisation_addresses_import_batch_id"), table_name="organisation_addresses"
    )
    op.drop_index(
        op.f("ix_organisation_addresses_administrative_unit_id"),
        table_name="organisation_addresses",
    )
    op.drop_table("organisation_addresses")
    op.drop_table("ocop_certificates")
    op.drop_index(
        "uq_invitations_person", table_name="invitations", postgresql_where="person_id IS NOT NULL"
    )
    op.drop_index(
        "uq_invitations_organisation",
        table_name="invitations",
        postgresql_where="organisation_id IS NOT NULL",
    )
    op.drop_index(op.f("ix_invitations_person_id"), table_name="invitations")
    op.drop_index(op.f("ix_invitations_organisation_id"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_index(op.f("ix_invitation_rounds_event_id"), table_name="invitation_rounds")
    op.drop_table("invitation_rounds")
    op.drop_table("head_counts")
    op.drop_index("ix_event_sessions_event", table_name="event_sessions")
    op.drop_table("event_sessions")
    op.drop_index("uq_event_hosts_lead", table_name="event_hosts", postgresql_where="role = 'lead'")
    op.drop_table("event_hosts")
    op.drop_table("event_contents")
    op.drop_index("ix_contact_points_value", table_name="contact_points")
    op.drop_index(op.f("ix_contact_points_person_id"), table_name="contact_points")
    op.drop_index(op.f("ix_contact_points_organisation_id"), table_name="contact_points")
    op.drop_table("contact_points")
    op.drop_index(op.f("ix_consents_person_id"), table_name="consents")
    op.drop_table("consents")
    op.drop_index(
        op.f("ix_classification_overrides_organisation_id"), table_name="classification_overrides"
    )
    op.drop_index(
        op.f("ix_classification_overrides_import_batch_id"), table_name="classification_overrides"
    )
    op.drop_table("classification_overrides")
    op.drop_table("audit_values")
    op.drop_index("ix_year_plans_programme", table_name="year_plans")
    op.drop_table("year_plans")
    op.drop_table("targets")
    op.drop_table("report_periods")
    op.drop_index(op.f("ix_programme_loads_programme_id"), table_name="programme_loads")
    op.drop_table("programme_loads")
    op.drop_table("programme_bodies")
    op.drop_index("ix_people_fold", table_name="people")
    op.drop_table("people")
    op.drop_index("ix_organisations_register", table_name="organisations")
    op.drop_table("organisations")
    op.drop_index(op.f("ix_memberships_user_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_table("import_changes")
    op.drop_index(op.f("ix_host_body_names_import_batch_id"), table_name="host_body_names")
    op.drop_index(op.f("ix_host_body_names_body_id"), table_name="host_body_names")
    op.drop_table("host_body_names")
    op.drop_index("ix_events_programme", table_name="events")
    op.drop_table("events")
    op.drop_table("contents")
    op.drop_table("batches")
    op.drop_table("baselines")
    op.drop_index("ix_audit_entries_subject", table_name="audit_entries")
    op.drop_index("ix_audit_entries_programme", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("api_tokens")
    op.drop_table("programmes")
    op.drop_table("import_batches")
    op.drop_index(
        op.f("ix_administrative_successions_new_id"), table_name="administrative_successions"
    )
    op.drop_table("administrative_successions")
    op.drop_table("users")
    op.drop_table("registers")
    op.drop_table("office_hours")
    op.drop_table("indicator_rules")
    op.drop_table("idempotent_answers")
    op.drop_table("host_bodies")
    op.drop_table("heartbeats")
    op.drop_table("event_kinds")
    op.drop_table("calendar_days")
    op.drop_index(op.f("ix_administrative_units_parent_id"), table_name="administrative_units")
    op.drop_index("ix_administrative_units_fold", table_name="administrative_units")
    op.drop_table("administrative_units")

"""People in the order of their given names, ways through the Union, certificates passed on."""

import sqlalchemy as sa
from alembic import op

from coopevents import names

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for table in ("people", "walk_ins"):
        _sort_anew(table)
    op.create_index("ix_people_sort", "people", ["register_id", "name_sort", "id"])
    op.add_column("contact_points", sa.Column("via_organisation_id", sa.BigInteger()))
    op.add_column("contact_points", sa.Column("via_person_id", sa.BigInteger()))
    op.create_foreign_key(
        "fk_contact_points_via_organisation_id",
        *("contact_points", "organisations", ["via_organisation_id"], ["id"]),
    )
    op.create_foreign_key(
        "fk_contact_points_via_person_id", "contact_points", "people", ["via_person_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_contact_points_via_the_union"),
        "contact_points",
        "channel = 'commune_union' OR num_nonnulls(via_organisation_id, via_person_id) = 0",
    )
    op.add_column("ocop_certificates", sa.Column("withdrawn_reason", sa.Text()))
    op.add_column("ocop_certificates", sa.Column("recorded_by_id", sa.BigInteger()))
    op.create_foreign_key(
        "fk_ocop_certificates_recorded_by_id",
        *("ocop_certificates", "users", ["recorded_by_id"], ["id"]),
    )
    op.create_table(
        "ocop_transfers",
        sa.Column("certificate_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("transferred_on", sa.Date(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["ocop_certificates.id"],
            name=op.f("fk_ocop_transfers_certificate_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_ocop_transfers_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_ocop_transfers_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["users.id"], name=op.f("fk_ocop_transfers_undone_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ocop_transfers")),
    )
    op.create_index(
        "uq_ocop_transfers_standing",
        "ocop_transfers",
        ["certificate_id", "transferred_on"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("ix_ocop_transfers_organisation_id", "ocop_transfers", ["organisation_id"])


def _sort_anew(table: str) -> None:
    """Let the given name decide with its tone before the family name is looked at."""
    connection = op.get_bind()
    rows = connection.execute(sa.text(f"SELECT id, full_name FROM {table}")).all()
    if rows:
        connection.execute(
            sa.text(f"UPDATE {table} SET name_sort = :sort WHERE id = :id"),
            [{"id": row.id, "sort": names.person_sort_key(row.full_name)} for row in rows],
        )


def downgrade() -> None:
    op.drop_table("ocop_transfers")
    op.drop_column("ocop_certificates", "recorded_by_id")
    op.drop_column("ocop_certificates", "withdrawn_reason")
    op.drop_constraint("ck_contact_points_via_the_union", "contact_points")
    op.drop_column("contact_points", "via_person_id")
    op.drop_column("contact_points", "via_organisation_id")
    op.drop_index("ix_people_sort", "people")

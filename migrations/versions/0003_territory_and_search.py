"""Search and territory: names folded anew, indexes of lists, the territory of a report."""

import sqlalchemy as sa
from alembic import op

from coopevents import names

revision = "0003"
down_revision = "0002"

FOLDED = {
    "administrative_units": "name",
    "organisation_names": "name",
    "people": "full_name",
}
"""Tables with a column `name_fold`, and the column it is made from."""

ROWS_AT_ONCE = 5000


def upgrade() -> None:
    for table, column in FOLDED.items():
        _fold(table, column)
    op.add_column(
        "reports",
        sa.Column(
            "territory",
            sa.Enum(
                "as_it_is",
                "as_it_was",
                name="territory",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
            server_default="as_it_is",
        ),
    )
    op.alter_column("reports", "territory", server_default=None)
    op.drop_index("ix_organisation_names_name_sort", "organisation_names")
    op.create_index(
        "ix_organisation_names_order", "organisation_names", ["name_sort", "organisation_id"]
    )
    op.create_index(
        "ix_organisation_codes_prefix",
        "organisation_codes",
        ["code"],
        postgresql_ops={"code": "text_pattern_ops"},
    )


def downgrade() -> None:
    # The columns stay as they are: whoever searches by an older rule folds them again.
    op.drop_column("reports", "territory")
    op.drop_index("ix_organisation_codes_prefix", "organisation_codes")
    op.drop_index("ix_organisation_names_order", "organisation_names")
    op.create_index("ix_organisation_names_name_sort", "organisation_names", ["name_sort"])


def _fold(table: str, column: str) -> None:
    """Write anew what is folded otherwise than now: i and y as the only vowel became one."""
    rows = sa.table(table, sa.column("id"), sa.column(column), sa.column("name_fold"))
    connection = op.get_bind()
    last = 0
    while found := connection.execute(
        sa.select(rows.c.id, rows.c[column], rows.c.name_fold)
        .where(rows.c.id > last)
        .order_by(rows.c.id)
        .limit(ROWS_AT_ONCE)
    ).all():
        last = found[-1][0]
        changed = [
            {"row_id": row_id, "fold": names.fold(name)}
            for row_id, name, fold in found
            if names.fold(name) != fold
        ]
        if changed:
            connection.execute(
                sa.update(rows)
                .where(rows.c.id == sa.bindparam("row_id"))
                .values(name_fold=sa.bindparam("fold")),
                changed,
            )

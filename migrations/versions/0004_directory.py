"""What became of an organisation: a successor wherever there is one, and never itself."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLE = "organisation_lineage"
CHECKS = {
    "successor_given": "(kind = 'dissolve') = (new_id IS NULL)",
    "two_organisations": "old_id <> new_id",
}


def upgrade() -> None:
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, condition)


def downgrade() -> None:
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, type_="check")

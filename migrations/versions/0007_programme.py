"""What a target is set for, which decision names a day, and periods that reports stand on."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

# A report prints the label and the days of its period. The report is written once, so they are
# too; who compiles a report locks the period first, so that of two transactions at the same
# moment the second sees what the first did.
KEEP_PERIOD = """
    BEGIN
        IF (OLD.programme_id, OLD.kind, OLD.label, OLD.from_on, OLD.to_on) IS DISTINCT FROM
            (NEW.programme_id, NEW.kind, NEW.label, NEW.from_on, NEW.to_on)
            AND EXISTS (SELECT FROM reports WHERE period_id = OLD.id AND state <> 'failed')
        THEN
            RAISE EXCEPTION 'a report of period % stands', OLD.label
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END
"""


def upgrade() -> None:
    op.add_column("calendar_days", sa.Column("document", sa.Text(), nullable=True))
    op.add_column("targets", sa.Column("territory_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE targets SET territory_id = programmes.territory_id FROM programmes"
        " WHERE programmes.id = targets.programme_id"
    )
    op.alter_column("targets", "territory_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_targets_territory_id"),
        "targets",
        "administrative_units",
        ["territory_id"],
        ["id"],
    )
    op.execute(
        "CREATE FUNCTION refuse_moved_period() RETURNS trigger LANGUAGE plpgsql"
        f" AS $${KEEP_PERIOD}$$"
    )
    op.execute(
        "CREATE TRIGGER report_periods_kept BEFORE UPDATE ON report_periods"
        " FOR EACH ROW EXECUTE FUNCTION refuse_moved_period()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION refuse_moved_period() CASCADE")
    op.drop_column("targets", "territory_id")
    op.drop_column("calendar_days", "document")

"""The rules that triggers keep: what is never changed, what never overlaps, what never exceeds."""

from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = (
    "attendance_entries",
    "audit_entries",
    "corrections",
    "deliveries",
    "invitation_answers",
    "report_figure_rows",
    "report_figures",
    "signatures",
)

# table: the table its first column points to, and the columns within which days may not overlap
NO_OVERLAP = {
    "classification_overrides": ("organisations", "organisation_id", "rule"),
    "host_body_names": ("host_bodies", "body_id"),
    "organisation_addresses": ("organisations", "organisation_id"),
    "organisation_codes": ("organisations", "organisation_id", "scheme"),
    "organisation_names": ("organisations", "organisation_id"),
    "organisation_sectors": ("organisations", "organisation_id"),
    "organisation_statuses": ("organisations", "organisation_id"),
    "posts": ("people", "person_id", "organisation_id", "kind"),
}

FUNCTIONS = {
    "refuse_change": """
        BEGIN
            RAISE EXCEPTION '% is append-only: a correction is a new row', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END
    """,
    # The parent row is locked first, so that of two transactions that add overlapping rows at
    # the same moment the second sees the first's row.
    "refuse_overlap": """
        DECLARE
            same text := '';
            found boolean;
            parent_id bigint := (to_jsonb(NEW) ->> TG_ARGV[1])::bigint;
        BEGIN
            EXECUTE format('SELECT true FROM %I WHERE id = $1 FOR NO KEY UPDATE', TG_ARGV[0])
                USING parent_id;
            FOR place IN 1 .. TG_NARGS - 1 LOOP
                same := same || format(' AND %I = ($1).%I', TG_ARGV[place], TG_ARGV[place]);
            END LOOP;
            EXECUTE format(
                'SELECT EXISTS (SELECT FROM %I WHERE id <> ($1).id %s AND '
                'daterange(valid_from, valid_to, ''[]'') && '
                'daterange(($1).valid_from, ($1).valid_to, ''[]''))',
                TG_TABLE_NAME, same
            ) INTO found USING NEW;
            IF found THEN
                RAISE EXCEPTION '% % has two rows valid on one day', TG_TABLE_NAME, parent_id
                    USING ERRCODE = 'exclusion_violation';
            END IF;
            RETURN NEW;
        END
    """,
    "refuse_broken_periods": """
        DECLARE
            bad report_periods;
        BEGIN
            SELECT a.* INTO bad FROM report_periods a JOIN report_periods b
                ON a.programme_id = b.programme_id AND a.kind = b.kind AND a.id <> b.id
                WHERE a.kind <> 'span'
                AND daterange(a.from_on, a.to_on, '[]') && daterange(b.from_on, b.to_on, '[]')
                LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'report period % overlaps another of its kind', bad.label
                    USING ERRCODE = 'exclusion_violation';
            END IF;
            SELECT p.* INTO bad FROM (
                SELECT period.*, lag(to_on) OVER (PARTITION BY programme_id, kind ORDER BY from_on)
                    AS before FROM report_periods period WHERE kind <> 'span'
            ) p WHERE before IS NOT NULL AND before + 1 <> from_on LIMIT 1;
            IF FOUND THEN
                RAISE EXCEPTION 'report period % leaves a gap before it', bad.label
                    USING ERRCODE = 'exclusion_violation';
            END IF;
            RETURN NULL;
        END
    """,
    "refuse_seat_above_invitation": """
        DECLARE
            allowed integer;
        BEGIN
            SELECT seats INTO allowed FROM invitations WHERE id = NEW.invitation_id FOR SHARE;
            IF NEW.number > allowed THEN
                RAISE EXCEPTION 'invitation % has % seats', NEW.invitation_id, allowed
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END
    """,
    "refuse_fewer_seats": """
        BEGIN
            IF EXISTS (SELECT FROM seats WHERE invitation_id = NEW.id AND number > NEW.seats) THEN
                RAISE EXCEPTION 'invitation % has more seats given than %', NEW.id, NEW.seats
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        END
    """,
}


def upgrade() -> None:
    for name, body in FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, arguments in NO_OVERLAP.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_overlap AFTER INSERT OR UPDATE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION refuse_overlap({', '.join(arguments)})"
        )
    op.execute(
        "CREATE CONSTRAINT TRIGGER report_periods_unbroken AFTER INSERT OR UPDATE OR DELETE"
        " ON report_periods DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION refuse_broken_periods()"
    )
    op.execute(
        "CREATE TRIGGER seats_within_invitation BEFORE INSERT OR UPDATE OF number, invitation_id"
        " ON seats FOR EACH ROW EXECUTE FUNCTION refuse_seat_above_invitation()"
    )
    op.execute(
        "CREATE TRIGGER invitations_keep_seats BEFORE UPDATE OF seats ON invitations"
        " FOR EACH ROW EXECUTE FUNCTION refuse_fewer_seats()"
    )


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}() CASCADE")

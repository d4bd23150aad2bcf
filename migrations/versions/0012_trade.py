"""Trade promotion: stands, products, buyers, results of contracts, and calls that follow up."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

APPEND_ONLY = ("trade_results", "trade_contract_matches", "trade_calls")
TABLES = (
    "trade_calls",
    "trade_contract_matches",
    "trade_results",
    "trade_contracts",
    "trade_meetings",
    "trade_buyers",
    "trade_products",
    "trade_stands",
)


def upgrade() -> None:
    _create_stands()
    _create_buyers()
    _create_contracts()
    _create_results()
    _create_matches()
    _create_calls()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _id(table: str) -> tuple[sa.Column, sa.PrimaryKeyConstraint]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _create_stands() -> None:
    table = "trade_stands"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("stands", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        *_id(table),
        _to(table, "event_id", "events"),
        _to(table, "organisation_id", "organisations"),
        _to(table, "recorded_by_id", "users"),
        _unique(table, "event_id", "organisation_id"),
        _check(table, "stands", "stands >= 1"),
    )
    op.create_index("ix_trade_stands_organisation_id", table, ["organisation_id"])
    table = "trade_products"
    op.create_table(
        table,
        sa.Column("stand_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_fold", sa.Text(), nullable=False),
        sa.Column("certificate_id", sa.BigInteger()),
        sa.Column("stars", sa.Integer()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        *_id(table),
        _to(table, "stand_id", "trade_stands"),
        _to(table, "certificate_id", "ocop_certificates"),
        _to(table, "recorded_by_id", "users"),
        _unique(table, "stand_id", "name_fold"),
        _check(table, "stars", "stars BETWEEN 3 AND 5"),
        _check(table, "stars_of_certificate", "stars IS NULL OR certificate_id IS NOT NULL"),
    )
    op.create_index("ix_trade_products_certificate_id", table, ["certificate_id"])


def _create_buyers() -> None:
    table = "trade_buyers"
    op.create_table(
        table,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("search_fold", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("submission", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        *_id(table),
        _to(table, "programme_id", "programmes"),
        _to(table, "created_by_id", "users"),
        _unique(table, "submission"),
    )
    op.create_index("ix_trade_buyers_search", table, ["programme_id", "search_fold"])
    table = "trade_meetings"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        *_id(table),
        _to(table, "event_id", "events"),
        _to(table, "organisation_id", "organisations"),
        _to(table, "buyer_id", "trade_buyers"),
        _to(table, "recorded_by_id", "users"),
        _unique(table, "event_id", "organisation_id", "buyer_id"),
    )
    op.create_index("ix_trade_meetings_organisation_id", table, ["organisation_id"])
    op.create_index("ix_trade_meetings_buyer_id", table, ["buyer_id"])


def _create_contracts() -> None:
    table = "trade_contracts"
    op.create_table(
        table,
        sa.Column("programme_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger()),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_fold", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger()),
        *_id(table),
        _to(table, "programme_id", "programmes"),
        _to(table, "organisation_id", "organisations"),
        _to(table, "buyer_id", "trade_buyers"),
        _to(table, "created_by_id", "users"),
        _unique(table, "id", "organisation_id"),
    )
    op.create_index("ix_trade_contracts_organisation_id", table, ["organisation_id"])
    op.create_index("ix_trade_contracts_buyer_id", table, ["buyer_id"])
    op.create_index("ix_trade_contracts_number", table, ["programme_id", "number_fold"])


def _create_results() -> None:
    table = "trade_results"
    op.create_table(
        table,
        sa.Column("contract_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage", _one_of("stage", "expected", "signed", "delivered"), nullable=False),
        sa.Column("kind", _one_of("dealkind", "memorandum", "contract", "order"), nullable=False),
        sa.Column("value", sa.BigInteger()),
        sa.Column("basis", _one_of("basis", "self_declared", "verified"), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("source", _one_of("resultsource", "hall", "call"), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        sa.Column("by_label", sa.Text(), nullable=False),
        sa.Column("submission", sa.Uuid(), nullable=False),
        sa.Column("corrects_id", sa.BigInteger()),
        sa.Column("takes_back", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_id(table),
        _to(table, "event_id", "events"),
        _to(table, "recorded_by_id", "users"),
        _unique(table, "id", "contract_id"),
        _unique(table, "corrects_id"),
        _unique(table, "submission"),
        sa.ForeignKeyConstraint(
            ["contract_id", "organisation_id"],
            ["trade_contracts.id", "trade_contracts.organisation_id"],
            name="fk_trade_results_contract",
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id", "contract_id"],
            ["trade_results.id", "trade_results.contract_id"],
            name="fk_trade_results_corrects",
        ),
        _check(table, "value", "value >= 0"),
        _check(
            table,
            "memorandum_delivers_nothing",
            "NOT (stage = 'delivered' AND kind = 'memorandum')",
        ),
        _check(table, "takes_something_back", "NOT takes_back OR corrects_id IS NOT NULL"),
        _check(table, "reason_given", "corrects_id IS NULL OR reason <> ''"),
    )
    op.create_index("ix_trade_results_contract", table, ["contract_id", "effective_on"])
    op.create_index("ix_trade_results_event_id", table, ["event_id"])


def _create_matches() -> None:
    table = "trade_contract_matches"
    op.create_table(
        table,
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "decision", _one_of("matchdecision", "same", "different", "undone"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("by_label", sa.Text(), nullable=False),
        *_id(table),
        _to(table, "first_id", "trade_contracts"),
        _to(table, "second_id", "trade_contracts"),
        _to(table, "decided_by_id", "users"),
        _check(table, "order", "first_id < second_id"),
    )
    op.create_index("ix_trade_contract_matches_pair", table, ["first_id", "second_id"])
    op.create_index("ix_trade_contract_matches_second_id", table, ["second_id"])


def _create_calls() -> None:
    table = "trade_calls"
    op.create_table(
        table,
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("due_month", sa.Integer(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            _one_of("calloutcome", "nothing_new", "not_reached", "call_again", "has_results"),
            nullable=False,
        ),
        sa.Column("call_again_on", sa.Date()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger()),
        sa.Column("by_label", sa.Text(), nullable=False),
        sa.Column("submission", sa.Uuid(), nullable=False),
        *_id(table),
        _to(table, "event_id", "events"),
        _to(table, "organisation_id", "organisations"),
        _to(table, "recorded_by_id", "users"),
        _unique(table, "submission"),
        _check(table, "due_month", "due_month IN (0, 3, 6, 12)"),
        _check(
            table,
            "call_again_on_given",
            "(outcome = 'call_again') = (call_again_on IS NOT NULL)",
        ),
    )
    op.create_index(
        "ix_trade_calls_event", table, ["event_id", "organisation_id", "due_month"]
    )
    op.create_index("ix_trade_calls_organisation_id", table, ["organisation_id"])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)

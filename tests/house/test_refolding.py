"""A database that was there before names were folded as now is folded anew."""

import importlib.util

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from tests.factories import make_organisation, make_person


@pytest.fixture
def migration(project):
    """The migration that folds stored names anew."""
    path = project / "migrations" / "versions" / "0003_territory_and_search.py"
    spec = importlib.util.spec_from_file_location("migration_0003", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_names_stored_by_an_older_rule_are_folded_anew(connection, programme, migration):
    make_organisation(programme, name="HTX Mỹ Lung")
    make_person(programme, full_name="Lê Thị Quý")
    stored = {
        "administrative_units": ("name", "Xã Mỹ Lung", "xa mi lung"),
        "organisation_names": ("name", "HTX Mỹ Lung", "htx mi lung"),
        "people": ("full_name", "Lê Thị Quý", "le thi qui"),
    }
    for table, (column, name, _fold) in stored.items():
        connection.execute(
            text(f"UPDATE {table} SET name_fold = 'old' WHERE {column} = :name"), {"name": name}
        )

    with Operations.context(MigrationContext.configure(connection)):
        for table, column in migration.FOLDED.items():
            migration._fold(table, column)

    for table, (column, name, fold) in stored.items():
        folds = connection.execute(
            text(f"SELECT DISTINCT name_fold FROM {table} WHERE {column} = :name"), {"name": name}
        )
        assert folds.scalars().all() == [fold]
    # Tables that came later have only ever held what is folded as now.
    later = {"import_identities", "event_trainers", "advice_cases", "trade_products"}
    assert set(migration.FOLDED) | later == {
        table
        for (table,) in connection.execute(
            text(
                "SELECT table_name FROM information_schema.columns"
                " WHERE column_name = 'name_fold' AND table_schema = 'public'"
            )
        )
    }

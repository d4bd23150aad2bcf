"""What the models say of themselves, the database keeps."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import IntegrityError

from coopevents.models import Base

MODELS = sorted((m.class_ for m in Base.registry.mappers), key=lambda model: model.__tablename__)


def _triggers(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(
        text("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
    )
    return {(table, name) for table, name in rows}


def test_models_match_the_migrations(app, connection):
    context = MigrationContext.configure(connection, opts={"compare_type": True})

    assert compare_metadata(context, Base.metadata) == []


def test_every_append_only_table_has_its_triggers_and_no_other(app, connection):
    meant = {model.__tablename__ for model in MODELS if model.append_only}

    kept = {table for table, name in _triggers(connection) if name == f"{table}_append_only"}
    guarded = {table for table, name in _triggers(connection) if name == f"{table}_never_emptied"}

    assert kept == guarded == meant


def test_every_table_that_must_not_overlap_has_its_trigger(app, connection):
    meant = {model.__tablename__ for model in MODELS if model.no_overlap}

    kept = {table for table, name in _triggers(connection) if name == f"{table}_no_overlap"}

    assert kept == meant


def test_the_application_may_not_change_what_is_append_only(app, connection):
    may = connection.execute(
        text(
            "SELECT table_name FROM information_schema.role_table_grants"
            " WHERE grantee = 'coopevents' AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')"
        )
    ).scalars()

    assert {model.__tablename__ for model in MODELS if model.append_only} & set(may) == set()


@pytest.mark.parametrize("model", [m for m in MODELS if m.no_overlap], ids=lambda m: m.__name__)
def test_the_trigger_compares_the_columns_the_model_names(app, connection, model):
    arguments = connection.execute(
        text("SELECT tgargs FROM pg_trigger WHERE tgname = :name"),
        {"name": f"{model.__tablename__}_no_overlap"},
    ).scalar_one()

    columns = bytes(arguments).decode().rstrip("\0").split("\0")[1:]

    assert tuple(columns) == model.no_overlap


def test_the_server_is_postgresql_15_or_newer(app, connection):
    assert connection.exec_driver_sql("SHOW server_version_num").scalar_one() >= "150000"


@pytest.mark.parametrize("model", [m for m in MODELS if m.append_only], ids=lambda m: m.__name__)
def test_even_the_owner_cannot_empty_what_is_append_only(worker_settings, model):
    engine = create_engine(worker_settings["DATABASE_OWNER_URL"])

    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text(f"TRUNCATE {model.__tablename__} CASCADE"))

    engine.dispose()


@pytest.mark.parametrize(
    "change", ["UPDATE audit_entries SET act = ''", "DELETE FROM audit_entries"]
)
def test_even_the_owner_cannot_change_the_audit(worker_settings, change):
    engine = create_engine(worker_settings["DATABASE_OWNER_URL"])

    with engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(text(change))

    engine.dispose()

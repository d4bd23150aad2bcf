"""Run the migrations as the owner of the tables, then give the application its rights."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, inspect, make_url, text

from coopevents.models import Base

MIGRATION_LOCK = 0x6D6967
"""The advisory lock that lets one process migrate while the others wait."""


def run() -> None:
    settings = current_app.config
    application_url = make_url(settings["DATABASE_URL"])
    engine = create_engine(settings["DATABASE_OWNER_URL"] or application_url)
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        if settings["DATABASE_OWNER_URL"]:
            _grant(connection, application_url.username or "")
        connection.execute(text(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
        connection.commit()
    engine.dispose()


def _grant(connection: Connection, role: str) -> None:
    """Let the application read and write, but not change what is append-only."""
    name = connection.dialect.identifier_preparer.quote(role)
    tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    if not tables:
        return
    fixed = {m.class_.__tablename__ for m in Base.registry.mappers if m.class_.append_only}
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {name}"))
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {name}"))
    for table in sorted(tables):
        rights = "SELECT, INSERT" if table in fixed else "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f"REVOKE ALL ON {table} FROM {name}"))
        connection.execute(text(f"GRANT {rights} ON {table} TO {name}"))


run()

"""The bench: real PostgreSQL and Redis started once a run, a database a worker.

A test runs inside a transaction that is rolled back; `commit` inside it ends a savepoint. Tests
that need several processes use `house` (tests/journeys/conftest.py), which commits for real.
"""

import contextvars
import fcntl
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from flask import Flask, has_request_context, request
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Connection, create_engine, event, make_url, select

from coopevents import create_app, embedded
from coopevents.config import load
from coopevents.db import SAFE, db
from coopevents.i18n import force_locale
from coopevents.lifecycle import founding
from coopevents.programme.models import Programme
from tests.smtp import SmtpServer

TEMPLATE = "template_house"

MANAGING = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET TRANSACTION")
"""How statements begin that manage transactions."""


class Client(FlaskClient):
    """A browser without a screen. Its requests see none of the test's own application context."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request as a server would receive it, then let the test read afresh."""
        db.session.flush()
        answer = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        return answer


def settings(servers: embedded.Servers, database: str, **more: str) -> dict[str, Any]:
    """Answer the application's settings over a database of the test servers."""
    environ = {
        "SECRET_KEY": "only-for-the-tests-of-this-house",
        "DATABASE_URL": _over(servers.database_url, database),
        "DATABASE_OWNER_URL": _over(servers.owner_url, database),
        "REDIS_URL": servers.redis_url,
        "BASE_URL": "http://localhost",
        "MAIL_DEFAULT_SENDER": "office@coop.example",
        "MAIL_WINDOW": "always",
        "MAIL_HOLD_SECONDS": "0",
        # One line sends in the test's own thread, and so within its transaction.
        "MAIL_CONNECTIONS": "1",
        **more,
    }
    return {**load(environ), "TESTING": True}


def _over(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def owner(servers: embedded.Servers) -> psycopg.Connection[tuple[Any, ...]]:
    """Answer a connection that may make databases."""
    parts = make_url(servers.owner_url)
    host = str(parts.query["host"])
    return psycopg.connect(host=host, user=parts.username, dbname="postgres", autocommit=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[embedded.Servers]:
    """PostgreSQL and Redis, the same for all workers of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    running = embedded.provide(shared / "servers")
    with (shared / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _let_statistics_be(running)
        _make_template(running)
    yield running
    embedded.release(shared / "servers")


def _let_statistics_be(servers: embedded.Servers) -> None:
    """Switch off autovacuum.

    Whatever a test writes is rolled back. Looked at between two tests, or in the middle of one, a
    table is full of dead rows and has none that live: planned for no row at all, a list of two
    thousand organisations takes hours. Tables nobody has looked at are planned for by their size.
    """
    with owner(servers) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")


def _make_template(servers: embedded.Servers) -> None:
    """Make the database others are copied from: migrated, the country and the programme in it."""
    with owner(servers) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE])
        if known.fetchone():
            return
        connection.execute("DROP DATABASE IF EXISTS template_draft")
        connection.execute("CREATE DATABASE template_draft")
    app = create_app(settings(servers, "template_draft"))
    with app.app_context():
        upgrade()
        founding.found()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    with owner(servers) as connection:
        connection.execute(f"ALTER DATABASE template_draft RENAME TO {TEMPLATE}")


@pytest.fixture(scope="session")
def worker_settings(servers: embedded.Servers, worker_id: str) -> dict[str, Any]:
    """The settings over a database of this worker's own, and a Redis of its own."""
    database = f"test_{worker_id}"
    with owner(servers) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database}")
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    number = 1 if worker_id == "master" else 1 + int(worker_id.removeprefix("gw")) % 15
    return {
        **settings(servers, database),
        "REDIS_URL": servers.redis_url.replace("db=0", f"db={number}"),
    }


@pytest.fixture(scope="session")
def worker_app(worker_settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Flask:
    app = create_app({**worker_settings, "DATA_DIR": tmp_path_factory.mktemp("data")})
    app.test_client_class = Client
    return app


@pytest.fixture(scope="session")
def connection(worker_app: Flask) -> Iterator[Connection]:
    """The one connection all sessions of this worker's tests speak through."""
    engine = create_engine(worker_app.config["DATABASE_URL"])
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def app(worker_app: Flask, connection: Connection) -> Iterator[Flask]:
    """The application, in a context, over a database that forgets the test afterwards."""
    # Flask-SQLAlchemy asks its own list of engines whatever a session is bound to, so the
    # connection takes the engine's place in that list.
    engines = db._app_engines[worker_app]
    kept, engines[None] = engines[None], connection  # type: ignore[assignment]
    transaction = connection.begin()
    db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    event.listen(db.session, "after_begin", _only_read)
    redis.Redis.from_url(worker_app.config["REDIS_URL"]).flushdb()
    with worker_app.app_context():
        yield worker_app
        db.session.remove()
    event.remove(db.session, "after_begin", _only_read)
    transaction.rollback()
    engines[None] = kept


def _only_read(_session: Any, _transaction: Any, connection: Connection) -> None:
    """Have PostgreSQL refuse what a GET writes, as it does where each request has its own line."""
    if has_request_context() and request.method in SAFE:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def english(app: Flask) -> Iterator[None]:
    """Sentences outside a request are told in the source language, whatever the translations."""
    with force_locale("en"):
        yield


@pytest.fixture
def programme(app: Flask) -> Programme:
    """The programme of Phú Thọ, as the file that ships describes it."""
    return db.session.scalars(select(Programme)).one()


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A real SMTP server that remembers what it accepted."""
    with SmtpServer() as server:
        yield server


@pytest.fixture
def smtp(app: Flask, smtp_server: SmtpServer) -> SmtpServer:
    """The same, to which the app of the test sends its mail."""
    smtp_server.point(app)
    return smtp_server


@pytest.fixture
def own_database(servers: embedded.Servers) -> Iterator[str]:
    """A database of the test's own, in which commits stay."""
    name = f"own_{uuid.uuid4().hex}"
    with owner(servers) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield name
    with owner(servers) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_app(
    servers: embedded.Servers, own_database: str, worker_settings: dict[str, Any], tmp_path: Path
) -> Iterator[Flask]:
    """An application that commits for real, in a context: for threads and processes."""
    app = create_app(
        {
            **settings(servers, own_database, MAIL_CONNECTIONS="4"),
            "REDIS_URL": worker_settings["REDIS_URL"],
            "DATA_DIR": tmp_path,
        }
    )
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def project() -> Path:
    """The folder of the project."""
    return Path(__file__).resolve().parent.parent


class Asked:
    """How many questions were put to the database."""

    number = 0


@pytest.fixture
def count_queries(connection: Connection) -> Callable[[], AbstractContextManager[Asked]]:
    """Count the statements sent within a `with`, those that manage transactions left out."""

    @contextmanager
    def counting() -> Iterator[Asked]:
        asked = Asked()

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            asked.number += not statement.startswith(MANAGING)

        event.listen(connection, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return counting

"""A house of its own for every run: embedded servers in a scratch folder, an empty database."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event

from coopevents import create_app, embedded
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.lifecycle import founding
from coopevents.programme.queries import the_programme


@contextmanager
def scratch() -> Iterator[Flask]:
    """Answer an application over servers and a folder that vanish afterwards, in its context."""
    with TemporaryDirectory(prefix="coopevents-bench-") as folder:
        os.environ["DATA_DIR"] = folder
        os.environ["SECRET_KEY"] = secrets.token_hex()
        app = create_app()
        with app.app_context():
            upgrade()
            founding.found()
            db.session.commit()
            yield app
            db.session.remove()
            db.engine.dispose()
        embedded.release(Path(folder))


def officer(app: Flask) -> FlaskClient:
    """Answer a browser in which an officer of the programme has signed in."""
    password = secrets.token_hex()
    user = accounts.create_user("bench@coop.example", "Bench", password)
    accounts.add_member(user, Role.ADMINISTRATOR, programme_id=the_programme().id, body=None)
    db.session.commit()
    client = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post("/sign-in", data={"email": user.email, "password": password})
    if answer.status_code != 302:
        raise RuntimeError("The officer could not sign in.")
    return client


def owner() -> psycopg.Connection[tuple[object, ...]]:
    """Answer a connection that may copy rows in without asking the triggers."""
    url = db.engine.url
    connection = psycopg.connect(
        host=str(url.query["host"]), dbname=url.database, user=embedded.OWNER, autocommit=True
    )
    connection.execute("SET session_replication_role = replica")
    return connection


def run(script: str) -> None:
    """Carry out the statements of a script, parted by semicolons, as the owner of the tables."""
    with owner() as connection:
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(statement)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Note the statements that are sent within a `with`."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

"""The least a page and an answer can cost: Flask with one query, and with one statement."""

import os
import uuid

from flask import Flask
from sqlalchemy import select, text

from coopevents.db import db
from coopevents.events.models import Event

TABLES = """
CREATE TABLE bench_registrations (id bigserial PRIMARY KEY, token text UNIQUE, name text);
CREATE TABLE bench_outbox (id bigserial PRIMARY KEY, registration_id bigint, body text);
GRANT ALL ON bench_registrations, bench_outbox TO PUBLIC;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC
"""

WRITE = text(
    "WITH kept AS (INSERT INTO bench_registrations (token, name) VALUES (:token, :name)"
    " RETURNING id) INSERT INTO bench_outbox (registration_id, body) SELECT id, :body FROM kept"
)


def create_app() -> Flask:
    """Answer an application of two routes over the same database."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BARE_DATABASE_URL"]
    db.init_app(app)
    app.add_url_rule("/", view_func=read)
    app.add_url_rule("/", endpoint="write", view_func=write, methods=["POST"])
    return app


def read() -> str:
    """Answer what one query says."""
    return db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one().title


def write() -> tuple[str, int]:
    """Write a registration and its message, and say so."""
    said = {"token": uuid.uuid4().hex, "name": "Nguyễn Thị Mẫu", "body": "Thư xác nhận"}
    db.session.execute(WRITE, said)
    db.session.commit()
    return "", 303

"""Whether the parts this needs are there."""

from datetime import timedelta
from pathlib import Path

from alembic.script import ScriptDirectory
from flask import current_app
from redis import Redis, RedisError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from coopevents import clock
from coopevents.config import ROOT
from coopevents.db import db
from coopevents.system.models import Heartbeat

WORKER = "worker"
SILENCE = timedelta(minutes=3)
"""A worker beats every minute; after this long without one it is taken for gone."""


def check() -> dict[str, str]:
    """Answer the state of each part: "ok", or what is wrong with it."""
    parts = {"database": "ok", "migrations": "ok", "redis": "ok", "worker": "ok"}
    try:
        at = current()
        if at != head():
            parts["migrations"] = f"at {at}, not at {head()}"
        parts["worker"] = _worker()
    except SQLAlchemyError:
        db.session.rollback()
        parts.update(database="no answer", migrations="unknown", worker="unknown")
    try:
        Redis.from_url(current_app.config["REDIS_URL"], socket_timeout=2).ping()
    except RedisError:
        parts["redis"] = "no answer"
    return parts


def current() -> str | None:
    """Answer the migration the database stands at; None for an empty one."""
    if db.session.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    return str(db.session.scalar(text("SELECT version_num FROM alembic_version")))


def head(folder: Path = ROOT / "migrations") -> str | None:
    """Answer the newest migration in the code."""
    return ScriptDirectory(str(folder)).get_current_head()


def _worker() -> str:
    beat_at = db.session.scalar(select(Heartbeat.beat_at).where(Heartbeat.part == WORKER))
    if beat_at is None:
        return "never seen"
    silent = clock.now() - beat_at
    return "ok" if silent < SILENCE else f"silent for {silent.seconds} s"

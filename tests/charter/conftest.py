"""Programme files for tests, and a house in which no programme stands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from flask import Flask
from sqlalchemy import make_url

from coopevents import embedded
from coopevents.charter import document
from coopevents.db import db
from coopevents.lifecycle import founding
from coopevents.programme.models import Programme

OWN = "programmes, registers, host_bodies, event_kinds, office_hours, calendar_days"


class Plain(yaml.SafeDumper):
    """YAML as people write it: what is said twice is written twice."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


@pytest.fixture
def nghe_an() -> Path:
    """The file of another province: a minimal one."""
    return Path(__file__).with_name("nghe-an.yaml")


@pytest.fixture
def text(programme: Programme) -> str:
    """The programme of Phú Thọ, written out."""
    return document.as_text(founding.describe_programme(programme))


@pytest.fixture
def changed(text: str) -> Callable[..., bytes]:
    """Answer the written-out programme after a function has changed what it says."""

    def change(act: Callable[[Any], object]) -> bytes:
        said = yaml.safe_load(text)
        act(said)
        return yaml.dump(said, Dumper=Plain, allow_unicode=True, sort_keys=False).encode()

    return change


@pytest.fixture
def emptied(own_app: Flask, own_database: str, servers: embedded.Servers) -> Callable[[], None]:
    """Empty the house of `own_app`: its country stays, no programme is left."""
    parts = make_url(servers.owner_url)

    def empty() -> None:
        db.session.remove()
        with psycopg.connect(
            host=str(parts.query["host"]), user=parts.username, dbname=own_database, autocommit=True
        ) as connection:
            # What is append-only cannot be emptied while triggers watch.
            connection.execute("SET session_replication_role = replica")
            connection.execute(f"TRUNCATE {OWN} CASCADE")

    return empty

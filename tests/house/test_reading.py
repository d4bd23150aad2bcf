"""What a GET may do to the database: read, in transactions in which PostgreSQL refuses writing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import InternalError

from coopevents.db import db
from coopevents.programme.models import Programme

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%programmes%'")

OFTEN = 6
"""psycopg has a statement prepared that it was asked for five times before."""


@contextmanager
def _request(app: Flask, method: str) -> Iterator[None]:
    """Be in a request, with a session of its own."""
    with app.app_context(), app.test_request_context(method=method):
        yield


def _rename() -> None:
    db.session.scalars(select(Programme)).one().key = "renamed"
    db.session.flush()


def _name() -> str:
    return db.session.scalars(select(Programme.key)).one()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_a_page_writes_is_refused(own_app, method):
    with _request(own_app, method), pytest.raises(InternalError, match="read-only transaction"):
        _rename()

    assert _name() == "phu-tho-2024-2030"


def test_what_a_button_writes_is_kept(own_app):
    with _request(own_app, "POST"):
        _rename()
        db.session.commit()

    assert _name() == "renamed"


def test_a_button_after_a_refused_page_writes(own_app):
    with _request(own_app, "GET"), pytest.raises(InternalError):
        _rename()

    with _request(own_app, "POST"):
        _rename()
        db.session.commit()

    assert _name() == "renamed"


def test_a_page_after_a_refused_one_reads(own_app):
    with _request(own_app, "GET"), pytest.raises(InternalError):
        _rename()

    with _request(own_app, "GET"):
        assert _name() == "phu-tho-2024-2030"


def test_pages_asked_for_again_are_not_planned_again(own_app):
    for _page in range(OFTEN):
        with _request(own_app, "GET"):
            _name()

    assert db.session.scalar(PREPARED) == 1

"""The application over servers of its own, for proofs that are run by hand."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from coopevents import create_app, embedded
from coopevents.db import db
from coopevents.lifecycle import founding
from tests.conftest import settings


@contextmanager
def standing(**more: str) -> Iterator[Flask]:
    """Run the application with the programme in it, in a context; nothing of it stays."""
    with tempfile.TemporaryDirectory(prefix="proof") as name:
        folder = Path(name) / "servers"
        servers = embedded.provide(folder)
        try:
            with _app(servers, Path(name), more) as app:
                yield app
        finally:
            embedded.release(folder)


@contextmanager
def _app(servers: embedded.Servers, folder: Path, more: dict[str, str]) -> Iterator[Flask]:
    app = create_app({**settings(servers, "coopevents", **more), "DATA_DIR": folder / "data"})
    with app.app_context():
        upgrade()
        founding.found()
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()

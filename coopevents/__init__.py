"""coopevents: joint activities of a Women's Union and a Cooperative Alliance."""

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_migrate import Migrate

from coopevents import access, clock, config, embedded, i18n, jobs, models, web
from coopevents.accounts import service as accounts
from coopevents.accounts import signin
from coopevents.accounts.views import bp as accounts_bp
from coopevents.db import db
from coopevents.home import bp as home_bp
from coopevents.pages import init as init_pages
from coopevents.system.views import bp as system_bp

BLUEPRINTS = (accounts_bp, home_bp, system_bp)


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """Make the application from the environment, or from `settings` instead of it."""
    app = Flask(__name__, template_folder="../templates")
    app.config.update(settings or environment())
    app.config["SQLALCHEMY_DATABASE_URI"] = app.config["DATABASE_URL"]
    clock.use_zone(app.config["TIME_ZONE"])

    db.init_app(app)
    Migrate(app, db, directory=str(config.ROOT / "migrations"), compare_type=True)
    jobs.init(app)
    i18n.init(app)
    web.init(app)
    signin.init(app)
    access.init(app, accounts.identify)
    init_pages(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    assert models.Base.metadata is db.metadata
    return app


def environment() -> dict[str, Any]:
    """Answer the settings of the environment, with embedded servers where it names none."""
    environ = dict(os.environ)
    if environ.get("DATABASE_URL") and environ.get("REDIS_URL"):
        return config.load(environ)
    servers = embedded.provide(config.data_dir(environ))
    for name, value in (
        ("DATABASE_URL", servers.database_url),
        ("DATABASE_OWNER_URL", servers.owner_url),
        ("REDIS_URL", servers.redis_url),
        ("SECRET_KEY", servers.secret_key),
    ):
        environ.setdefault(name, value)
    return {**config.load(environ), "EMBEDDED": True}

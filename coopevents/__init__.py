"""coopevents: joint activities of a Women's Union and a Cooperative Alliance."""

import os
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_migrate import Migrate

from coopevents import access, clock, config, embedded, i18n, jobs, log, models, rest, web
from coopevents.accounts import service as accounts
from coopevents.accounts import signin
from coopevents.accounts.views import bp as accounts_bp
from coopevents.answering.pass_public import bp as passes_bp
from coopevents.answering.public import bp as registrations_bp
from coopevents.attendance.api import bp as attendance_api
from coopevents.attendance.grid_views import bp as attendance_grid_bp
from coopevents.attendance.views import bp as attendance_bp
from coopevents.audiences.api import bp as audiences_api
from coopevents.audiences.views import bp as audiences_bp
from coopevents.bounces.views import bp as bounces_bp
from coopevents.budgets.editing_views import bp as budgets_editing_bp
from coopevents.budgets.views import bp as budgets_bp
from coopevents.calendars.public import bp as calendars_public_bp
from coopevents.calendars.views import bp as calendars_bp
from coopevents.changes.api import bp as changes_api
from coopevents.changes.telling_views import bp as changes_telling_bp
from coopevents.changes.views import bp as changes_bp
from coopevents.channels.views import bp as channels_bp
from coopevents.charter.views import bp as charter_bp
from coopevents.checklists.views import bp as checklists_bp
from coopevents.db import db
from coopevents.db import init as init_db
from coopevents.demo.accounts import ACCOUNTS
from coopevents.demo.views import bp as demo_bp
from coopevents.directory.api import bp as directory_api
from coopevents.directory.editing_views import bp as directory_editing_bp
from coopevents.directory.views import bp as directory_bp
from coopevents.duplicates.views import bp as duplicates_bp
from coopevents.events.api import bp as events_api
from coopevents.events.editing_views import bp as events_editing_bp
from coopevents.events.repeating_views import bp as events_repeating_bp
from coopevents.events.views import bp as events_bp
from coopevents.guests.api import bp as guests_api
from coopevents.guests.views import bp as guests_bp
from coopevents.handover.views import bp as handover_bp
from coopevents.home import bp as home_bp
from coopevents.intake.views import bp as intake_bp
from coopevents.invitations.api import bp as invitations_api
from coopevents.invitations.views import bp as invitations_bp
from coopevents.kinds.views import bp as kinds_bp
from coopevents.letters.public import bp as letters_public_bp
from coopevents.letters.views import bp as letters_bp
from coopevents.mail import delivery
from coopevents.mail.public import bp as mail_public_bp
from coopevents.materials.public import bp as materials_public_bp
from coopevents.materials.views import bp as materials_bp
from coopevents.notices.views import bp as notices_bp
from coopevents.ocop.editing_views import bp as ocop_editing_bp
from coopevents.ocop.views import bp as ocop_bp
from coopevents.outcomes.advice.editing_views import bp as advice_editing_bp
from coopevents.outcomes.advice.paper_views import bp as advice_papers_bp
from coopevents.outcomes.advice.views import bp as advice_bp
from coopevents.outcomes.jobs.views import bp as jobs_bp
from coopevents.outcomes.reach.views import bp as reach_bp
from coopevents.outcomes.trade.editing_views import bp as trade_editing_bp
from coopevents.outcomes.trade.views import bp as trade_bp
from coopevents.pages import init as init_pages
from coopevents.people.editing_views import bp as people_editing_bp
from coopevents.people.views import bp as people_bp
from coopevents.programme.editing_views import bp as programme_editing_bp
from coopevents.programme.plan_views import bp as year_plan_bp
from coopevents.programme.views import bp as programme_bp
from coopevents.registrations.api import bp as registrations_api
from coopevents.registrations.views import bp as places_bp
from coopevents.reminders.views import bp as reminders_bp
from coopevents.reports.api import bp as reports_api
from coopevents.reports.views import bp as reports_bp
from coopevents.requests.public import bp as requests_public_bp
from coopevents.requests.views import bp as requests_bp
from coopevents.system.views import bp as system_bp
from coopevents.territory.views import bp as territory_bp
from coopevents.workdays.views import bp as workdays_bp

BLUEPRINTS = (
    accounts_bp,
    advice_bp,
    advice_editing_bp,
    advice_papers_bp,
    attendance_bp,
    attendance_grid_bp,
    audiences_bp,
    bounces_bp,
    budgets_bp,
    budgets_editing_bp,
    changes_bp,
    changes_telling_bp,
    calendars_bp,
    calendars_public_bp,
    channels_bp,
    letters_bp,
    letters_public_bp,
    charter_bp,
    checklists_bp,
    directory_bp,
    directory_editing_bp,
    duplicates_bp,
    events_bp,
    events_editing_bp,
    events_repeating_bp,
    kinds_bp,
    handover_bp,
    home_bp,
    intake_bp,
    invitations_bp,
    guests_bp,
    materials_bp,
    mail_public_bp,
    materials_public_bp,
    jobs_bp,
    notices_bp,
    ocop_bp,
    ocop_editing_bp,
    people_bp,
    people_editing_bp,
    passes_bp,
    places_bp,
    programme_bp,
    programme_editing_bp,
    year_plan_bp,
    reach_bp,
    registrations_bp,
    reminders_bp,
    reports_bp,
    requests_bp,
    requests_public_bp,
    system_bp,
    territory_bp,
    trade_bp,
    trade_editing_bp,
    workdays_bp,
)

APIS = (
    directory_api,
    events_api,
    changes_api,
    audiences_api,
    invitations_api,
    guests_api,
    registrations_api,
    attendance_api,
    reports_api,
)
"""In the order in which their document is read."""


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """Make the application from the environment, or from `settings` instead of it."""
    app = Flask(__name__, template_folder="../templates")
    app.config.update(settings or environment())
    app.config["SQLALCHEMY_DATABASE_URI"] = app.config["DATABASE_URL"]
    clock.use_zone(app.config["TIME_ZONE"])
    if not app.config.get("TESTING"):
        log.init()

    models.configure()
    init_db(app)
    Migrate(app, db, directory=str(config.ROOT / "migrations"), compare_type=True)
    jobs.init(app)
    i18n.init(app)
    web.init(app)
    delivery.init(app)
    signin.init(app)
    access.init(app, accounts.identify)
    rest.init(app)
    init_pages(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for blueprint in APIS:
        # A call bears its own token and no cookie, so there is nothing a foreign page could use.
        web.csrf.exempt(blueprint)
        rest.api.register_blueprint(blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(demo_bp)
        app.context_processor(lambda: {"sample_accounts": ACCOUNTS})
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

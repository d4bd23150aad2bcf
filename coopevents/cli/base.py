"""What several commands share: what they begin with, and options of one name."""

import click
from flask import current_app
from flask_migrate import upgrade

from coopevents.db import db
from coopevents.lifecycle import founding
from coopevents.programme import queries as programmes

DAY = click.DateTime(["%Y-%m-%d"])
as_of_option = click.option(
    "--as-of", type=DAY, metavar="YYYY-MM-DD", help="As of which day; today without it."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
register_option = click.option(
    "--register", "register_key", metavar="KEY", help="Which register, where there are several."
)


def prepare() -> None:
    """Have the embedded database hold its tables and what every office needs first.

    An office that was set up with the programme of another province gets no second one.
    """
    if current_app.config.get("EMBEDDED"):
        upgrade()
        if not programmes.has_any():
            founding.found()
        db.session.commit()

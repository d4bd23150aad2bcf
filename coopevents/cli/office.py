"""Commands upon the office: its demo, first set-up, users, tokens, units, health."""

import json
import os
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_migrate import upgrade

from coopevents import create_app
from coopevents.accounts import queries as account_queries
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.charter import importer
from coopevents.cli.base import prepare
from coopevents.config import SettingError
from coopevents.db import db
from coopevents.demo import start
from coopevents.errors import InputError
from coopevents.i18n import _, translated
from coopevents.lifecycle import founding
from coopevents.programme.queries import the_programme
from coopevents.system import health
from coopevents.territory import importer as territories


@click.command("demo")
def demo() -> None:
    """Run everything on this machine, with sample data and a catcher for its mails."""
    wanted = os.environ.get("PORT") or "8000"
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise SettingError(f"PORT is {wanted!r}; it must be a number from 1 to 65535.")
    port = int(wanted)
    os.environ.update(start.environment(port))
    start.prepare(create_app())
    start.run(port)


@click.command("init")
@click.argument("programme_file", type=click.Path(exists=True, path_type=Path), required=False)
@click.option("--admin", "email", prompt="E-mail of the first administrator")
@click.password_option()
@with_appcontext
def init(programme_file: Path | None, email: str, password: str) -> None:
    """Set up an office: the tables, the programme of the YAML file, the first administrator."""
    upgrade()
    programme = founding.found(programme_file or importer.DEFAULT_FILE)
    user = accounts.create_user(email, email, password)
    accounts.add_member(user, Role.ADMINISTRATOR, programme_id=programme.id, body=None)
    db.session.commit()
    click.echo(f"{translated(programme.name)}\n{user.email}")


@click.group("user")
def user_group() -> None:
    """Those who sign in."""


@user_group.command("create")
@click.argument("email")
@click.option("--name", "full_name", help="The full name; the address without one.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--body", help="The key of the host body the user works for.")
@click.password_option()
@with_appcontext
def create_user(
    email: str, full_name: str | None, role: str, body: str | None, password: str
) -> None:
    """Make a user with a role in the programme."""
    host = account_queries.find_body(body) if body else None
    if body and host is None:
        raise InputError(_("There is no host body %(key)s.", key=body))
    user = accounts.create_user(email, full_name or email, password)
    accounts.add_member(user, Role(role), programme_id=the_programme().id, body=host)
    db.session.commit()
    click.echo(user.email)


@click.group("token")
def token_group() -> None:
    """Keys for other programs."""


@token_group.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@with_appcontext
def create_token(name: str, role: str) -> None:
    """Make an API token and print it, once."""
    _token, secret = accounts.create_token(name, Role(role), the_programme().id)
    db.session.commit()
    click.echo(secret)


@click.command("health")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@with_appcontext
def show_health(*, as_json: bool) -> None:
    """Say whether every part this needs is there; exit 1 if one is not."""
    parts = health.check()
    if as_json:
        click.echo(json.dumps(parts))
    else:
        click.echo("\n".join(f"{part}: {state}" for part, state in parts.items()))
    if any(state != "ok" for state in parts.values()):
        sys.exit(1)


@click.group("units")
def units_group() -> None:
    """The administrative units of the country."""


@units_group.command("import")
@click.argument(
    "units_file",
    metavar="UNITS.csv",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.argument(
    "succession_file",
    metavar="[SUCCESSION.csv]",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=False,
)
@with_appcontext
def import_units(units_file: Path, succession_file: Path | None) -> None:
    """Take a later list of units in: what is new begins, what it ends is ended."""
    prepare()
    taken = territories.take_in(units_file, succession_file)
    db.session.commit()
    click.echo(_("New units: %(number)s", number=taken.new))
    click.echo(_("Ended units: %(number)s", number=taken.ended))
    click.echo(_("New links: %(number)s", number=taken.links))
    click.echo(_("Unchanged: %(number)s", number=taken.same))

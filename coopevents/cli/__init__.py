"""The command line: `coopevents …`."""

import sys

import click
from dotenv import load_dotenv
from flask.cli import FlaskGroup

from coopevents import create_app
from coopevents.cli import office
from coopevents.cli.programmes import programme_group
from coopevents.cli.registers import register_group
from coopevents.cli.reports import report_group
from coopevents.config import SettingError
from coopevents.errors import DomainError

COMMANDS = (
    *(register_group, report_group, programme_group),
    *(office.demo, office.init, office.user_group, office.token_group, office.units_group),
    office.show_health,
)


def main() -> None:
    """Run the command line: exit 0 when done, 1 when refused, 2 for wrong usage."""
    load_dotenv()
    group = FlaskGroup(
        name="coopevents", create_app=create_app, add_default_commands=False, load_dotenv=False
    )
    for command in COMMANDS:
        group.add_command(command)
    try:
        group.main(prog_name="coopevents")
    except (DomainError, SettingError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)

"""The command line: `coopevents …`."""

import sys

import click
from dotenv import load_dotenv
from flask.cli import FlaskGroup

from coopevents import create_app
from coopevents.config import SettingError
from coopevents.errors import DomainError


def main() -> None:
    """Run the command line: exit 0 when done, 1 when refused, 2 for wrong usage."""
    load_dotenv()
    group = FlaskGroup(
        name="coopevents", create_app=create_app, add_default_commands=False, load_dotenv=False
    )
    try:
        group.main(prog_name="coopevents")
    except (DomainError, SettingError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)

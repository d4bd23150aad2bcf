"""The command line: `coopevents …`."""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import click
from dotenv import load_dotenv
from flask import current_app
from flask.cli import FlaskGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import text

from coopevents import clock, create_app, lifecycle
from coopevents.accounts import queries as account_queries
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.charter import document, importer
from coopevents.charter.comparing import Change, Comparison
from coopevents.config import SettingError
from coopevents.db import db
from coopevents.demo import start
from coopevents.directory.figures import register_stats
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, translated
from coopevents.intake import queries as intake_queries
from coopevents.intake import service as intake
from coopevents.intake.encodings import Encoding
from coopevents.intake.service import ImportResult
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme, ReportPeriod
from coopevents.programme.queries import the_programme
from coopevents.reports import files as report_files
from coopevents.reports import service as reports
from coopevents.reports import snapshot as report_snapshot
from coopevents.system import health
from coopevents.territory import importer as territories
from coopevents.territory.scope import Territory


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
    programme = lifecycle.found(programme_file or importer.DEFAULT_FILE)
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


COMMANDS = (demo, init, user_group, token_group, units_group, show_health)


def main() -> None:
    """Run the command line: exit 0 when done, 1 when refused, 2 for wrong usage."""
    load_dotenv()
    group = FlaskGroup(
        name="coopevents", create_app=create_app, add_default_commands=False, load_dotenv=False
    )
    group.add_command(register_group)
    group.add_command(report_group)
    group.add_command(programme_group)
    for command in COMMANDS:
        group.add_command(command)
    try:
        group.main(prog_name="coopevents")
    except (DomainError, SettingError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def prepare() -> None:
    """Have the embedded database hold its tables and what every office needs first.

    An office that was set up with the programme of another province gets no second one.
    """
    if current_app.config.get("EMBEDDED"):
        upgrade()
        if not programmes.has_any():
            lifecycle.found()
        db.session.commit()


def _programme(register_key: str | None) -> Programme:
    prepare()
    if register_key is None:
        return programmes.the_programme()
    return programmes.programme_of_register(register_key)


DAY = click.DateTime(["%Y-%m-%d"])
as_of_option = click.option(
    "--as-of", type=DAY, metavar="YYYY-MM-DD", help="As of which day; today without it."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
register_option = click.option(
    "--register", "register_key", metavar="KEY", help="Which register, where there are several."
)


@click.group("register")
def register_group() -> None:
    """The register of organisations."""


@register_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_of_option
@click.option(
    "--encoding",
    type=click.Choice(["auto", *(letters.value for letters in Encoding)]),
    default="auto",
    help="The letters of the file; auto converts those of before Unicode and says so.",
)
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@json_option
@register_option
@with_appcontext
def import_register(
    file: Path,
    as_of: datetime | None,
    encoding: str,
    dry_run: bool,
    as_json: bool,
    register_key: str | None,
) -> None:
    """Read a register's workbook or table: all of it, or nothing."""
    programme = _programme(register_key)
    with click.progressbar(length=100, file=sys.stderr) as bar:
        result = intake.import_register(
            programme.register,
            programme.territory,
            file.name,
            file.read_bytes(),
            as_of=as_of.date() if as_of else clock.today(),
            encoding=None if encoding == "auto" else Encoding(encoding),
            dry_run=dry_run,
            note=lambda done: bar.update(done - bar.pos),
        )
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    if as_json:
        click.echo(json.dumps({**result.as_json(), "dry_run": dry_run}, ensure_ascii=False))
    else:
        click.echo("\n".join(_told(result, dry_run)))


@register_group.command("undo")
@click.argument("batch_id", metavar="BATCH", type=int)
@register_option
@with_appcontext
def undo_import(batch_id: int, register_key: str | None) -> None:
    """Take an import out of the register again, while nothing newer rests on it."""
    batch = intake_queries.get_batch(batch_id, _programme(register_key).register_id)
    intake.undo_at_once(batch)
    db.session.commit()
    click.echo(_("The import of %(file)s was undone.", file=batch.file_name))


def _told(result: ImportResult, dry_run: bool) -> list[str]:
    if result.already:
        return [_("%(file)s was imported before; nothing was changed.", file=result.file_name)]
    lines = [
        _("Read %(file)s; nothing was written.", file=result.file_name)
        if dry_run
        else _("Imported %(file)s.", file=result.file_name),
        *_letters(result),
        _("New cooperatives: %(number)s", number=result.new.get("cooperative", 0)),
        _("New cooperative groups: %(number)s", number=result.new.get("cooperative_group", 0)),
        _("New OCOP certificates: %(number)s", number=result.certificates),
        _("Changed: %(number)s", number=result.changed),
        _("Unchanged: %(number)s", number=result.same),
        _("In the register and not in the workbook: %(number)s", number=result.absent),
    ]
    lines += [
        _(
            "%(sheet)s!%(row)s is the same organisation as %(other)s: %(name)s",
            sheet=twice.sheet,
            row=twice.row,
            other="!".join(map(str, twice.same_as)),
            name=twice.name,
        )
        for twice in result.duplicates
    ]
    lines += [
        _(
            "%(sheet)s!%(row)s looks like another and was kept as different: %(name)s",
            sheet=alike.sheet,
            row=alike.row,
            name=alike.name,
        )
        for alike in result.look_alikes
    ]
    return lines + [f"{place}: {sentence}" for place, sentence in result.warnings.items()]


def _letters(result: ImportResult) -> list[str]:
    if result.encoding == Encoding.UNICODE:
        return []
    return [_("The letters were converted from %(code)s.", code=result.encoding.upper())]


@register_group.command("stats")
@as_of_option
@json_option
@register_option
@with_appcontext
def show_stats(as_of: datetime | None, as_json: bool, register_key: str | None) -> None:
    """Print the register's published figures on a day."""
    programme = _programme(register_key)
    figures = register_stats(programme.register, as_of.date() if as_of else clock.today()).as_json()
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, value in figures.items():
        click.echo(f"{name}: {value}")


@click.group("report")
def report_group() -> None:
    """The report of a period."""


@report_group.command("compile")
@click.argument("period_label", metavar="PERIOD")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Where its documents go.",
)
@click.option(
    "--territory",
    type=click.Choice([choice.value for choice in Territory]),
    default=Territory.AS_IT_IS.value,
    show_default=True,
    help="In the boundaries of the period's last day, or in those of the programme's signing.",
)
@json_option
@with_appcontext
def compile_report(period_label: str, out: Path, territory: str, *, as_json: bool) -> None:
    """Compute the period's figures, keep them as a new version, and write its documents."""
    prepare()
    period_id = programmes.get_period(the_programme(), period_label).id
    db.session.commit()
    # All figures see the data of one moment.
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    period = db.session.get_one(ReportPeriod, period_id)
    steps = reports.compile_at_once(period, Territory(territory))
    with click.progressbar(steps, length=reports.STEPS, file=sys.stderr) as bar:
        *_before, (report, _done) = bar
    db.session.commit()
    snapshot = report_snapshot.load(report)
    paths = report_files.write_into(report, out)
    if as_json:
        click.echo(json.dumps(report_snapshot.as_json(snapshot, paths), ensure_ascii=False))
        return
    for code, figure in snapshot.figures.items():
        click.echo(
            f"{code}: {report_snapshot.told(figure)} {translated(snapshot.rules[code].name)}"
        )
    for path in paths:
        click.echo(path)


@click.group("programme")
def programme_group() -> None:
    """The programme: its bodies, contents, targets, periods, calendar."""


@programme_group.command("dump")
@click.argument("key", required=False)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write it; the terminal without it.",
)
@json_option
@with_appcontext
def dump_programme(key: str | None, out: Path | None, *, as_json: bool) -> None:
    """Write the programme out as YAML that `programme load` and `init` read."""
    prepare()
    programme = programmes.get_programme_by_key(key)
    said = lifecycle.describe_programme(programme)
    text_ = json.dumps(document.plain(said), ensure_ascii=False) if as_json else None
    told = text_ or document.as_text(said)
    if out is None:
        click.echo(told, nl=as_json)
    else:
        out.write_text(told, encoding="utf-8")


@programme_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@json_option
@with_appcontext
def load_programme(file: Path, *, dry_run: bool, as_json: bool) -> None:
    """Have the programme be as the file says: additions and new versions, all or nothing."""
    if current_app.config.get("EMBEDDED"):
        upgrade()
    said = lifecycle.read_programme(file)
    programme = importer.find(said)
    if programme is None:
        lifecycle.found(file)
        comparison = Comparison(changes=[Change("key", None, said["key"])])
    else:
        comparison = lifecycle.compare_programme(programme, said)
        if not comparison.refused:
            lifecycle.update_programme(programme, said, file.name)
    written = not dry_run and not comparison.refused
    if written:
        db.session.commit()
    else:
        db.session.rollback()
    if as_json:
        click.echo(json.dumps({**comparison.as_json(), "written": written}, ensure_ascii=False))
    else:
        click.echo("\n".join(_compared(comparison, file.name, written=written)))
    if comparison.refused:
        raise document.refused(file.name, comparison.refused)


def _compared(comparison: Comparison, file_name: str, *, written: bool) -> list[str]:
    lines = [
        f"{change.path}: {change.was} → {change.becomes}"
        if change.before is not None
        else _("%(path)s is new: %(value)s", path=change.path, value=change.becomes)
        for change in comparison.changes
    ]
    lines += [_("Not in the file, stays: %(entry)s", entry=entry) for entry in comparison.kept]
    if not comparison.changes:
        return [*lines, _("%(file)s says what stands already.", file=file_name)]
    if written:
        return [*lines, _("Loaded %(file)s.", file=file_name)]
    return [*lines, _("Read %(file)s; nothing was written.", file=file_name)]

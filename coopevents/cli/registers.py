"""`coopevents register …`"""

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext

from coopevents import clock
from coopevents.cli.base import as_of_option, json_option, prepare, register_option
from coopevents.db import db
from coopevents.directory.figures import register_stats
from coopevents.i18n import _
from coopevents.intake import queries as intake_queries
from coopevents.intake import service as intake
from coopevents.intake.encodings import Encoding
from coopevents.intake.service import ImportResult
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme


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


def _programme(register_key: str | None) -> Programme:
    prepare()
    if register_key is None:
        return programmes.the_programme()
    return programmes.programme_of_register(register_key)

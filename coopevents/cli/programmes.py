"""`coopevents programme …`"""

import json
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from coopevents.charter import document, importer
from coopevents.charter.comparing import Change, Comparison
from coopevents.cli.base import json_option, prepare
from coopevents.db import db
from coopevents.i18n import _
from coopevents.lifecycle import founding
from coopevents.programme import queries as programmes


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
    said = founding.describe_programme(programme)
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
    said = founding.read_programme(file)
    programme = importer.find(said)
    if programme is None:
        founding.found(file)
        comparison = Comparison(changes=[Change("key", None, said["key"])])
    else:
        comparison = founding.compare_programme(programme, said)
        if not comparison.refused:
            founding.update_programme(programme, said, file.name)
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

"""Acts that change several rooms, each told once. No query and no rule of its own."""

from pathlib import Path

from coopevents.directory import units
from coopevents.events.importer import load_kinds
from coopevents.programme import importer
from coopevents.programme.models import Programme


def found(programme_file: Path = importer.DEFAULT_FILE) -> Programme:
    """Set up what every office needs first: the country's units, the programme, its activities."""
    units.load_country()
    programme, said = importer.load(programme_file)
    load_kinds(said)
    return programme

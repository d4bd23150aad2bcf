"""Acts on the programme as a whole: it is set up, told, compared and updated."""

from pathlib import Path

from coopevents.charter import document, importer
from coopevents.charter.comparing import Comparison
from coopevents.db import Json
from coopevents.kinds.importer import describe_kinds, load_kinds
from coopevents.programme import service as programmes
from coopevents.programme.models import Programme
from coopevents.reports import queries as reports
from coopevents.territory import importer as territory


def found(programme_file: Path = importer.DEFAULT_FILE) -> Programme:
    """Set up what every office needs first: the country's units, the programme, its activities."""
    said = read_programme(programme_file)
    programme = importer.find(said)
    if programme is None:
        programme = importer.write(said, programme_file.name)
        load_kinds(programme, said)
    return programme


def read_programme(programme_file: Path) -> Json:
    """Answer what the programme file says, checked against the units of the country."""
    territory.load_country()
    return importer.read_file(programme_file)


def describe_programme(programme: Programme) -> Json:
    """Answer the programme as the document its file holds."""
    return {**document.describe(programme), "event_kinds": describe_kinds(programme)}


def compare_programme(programme: Programme, said: Json) -> Comparison:
    """Answer what the file changes in the programme, and what it cannot."""
    reported = reports.reported_periods(programme)
    return importer.compare_with(programme, said, describe_kinds(programme), reported)


def update_programme(programme: Programme, said: Json, file_name: str) -> Comparison:
    """Write what the file adds and changes. Raises InputError when some of it cannot be."""
    programmes.lock(programme)
    comparison = compare_programme(programme, said)
    if comparison.refused:
        raise document.refused(file_name, comparison.refused)
    importer.update(programme, said, file_name, reports.reported_periods(programme))
    load_kinds(programme, said)
    return comparison

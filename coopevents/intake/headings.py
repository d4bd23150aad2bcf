"""What the columns of a sheet mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from coopevents import names
from coopevents.db import Json
from coopevents.directory.models import OrganisationKind
from coopevents.intake import workbook
from coopevents.intake.files import Sheet


@dataclass(frozen=True)
class SheetMapping:
    """Where on a sheet each column of ours stands, by its place from 0."""

    sheet: str
    kind: OrganisationKind | None
    ocop: bool
    heading_row: int
    heading_lines: int
    columns: dict[str, int]

    def as_json(self) -> Json:
        """Answer the mapping as it is kept."""
        return {**vars(self), "kind": self.kind and self.kind.value}

    @classmethod
    def from_json(cls, kept: Json) -> "SheetMapping":
        """Answer the mapping that was kept."""
        kind = OrganisationKind(kept["kind"]) if kept["kind"] else None
        return cls(**{**kept, "kind": kind})

    def missing(self, *, with_district: bool) -> list[str]:
        """Answer the required columns that are not mapped, in the words of a workbook."""
        known = workbook.OCOP_COLUMNS if self.ocop else workbook.COLUMNS
        return [
            workbook.TITLES[column]
            for column, description in known.items()
            if (description.required or (column == "district" and with_district))
            and column not in self.columns
        ]


def guess(sheet: Sheet, remembered: Mapping[str, str] | None = None) -> SheetMapping | None:
    """Answer what the headings of the sheet say; None where it has none of a register."""
    best = workbook.best_heading(sheet.rows)
    if best is None:
        return None
    number, places, headings, known = best
    if remembered:
        for place, heading in headings.items():
            column = remembered.get(names.fold(" / ".join(filter(None, heading))))
            if column in known and column not in places and place not in places.values():
                places[str(column)] = place
    ocop = known is workbook.OCOP_COLUMNS
    kind = workbook.kind_of(headings[places["name"]]) if "name" in places else None
    return SheetMapping(
        sheet=sheet.name,
        kind=None if ocop else kind or OrganisationKind.COOPERATIVE,
        ocop=ocop,
        heading_row=number,
        heading_lines=2 if workbook.is_second_line(sheet.rows, number) else 1,
        columns=places,
    )


def headings_of(sheet: Sheet, mapping: SheetMapping) -> list[tuple[int, str]]:
    """Answer the places of the headings and the headings as they are written."""
    if mapping.heading_row >= len(sheet.rows):
        return []
    return [
        (place, " / ".join(filter(None, heading)))
        for place, heading in workbook.headings_at(sheet.rows, mapping.heading_row).items()
    ]

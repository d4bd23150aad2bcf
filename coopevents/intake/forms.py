from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileAllowed, FileField, FileRequired
from wtforms import DateField, Form, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import OrganisationKind
from coopevents.i18n import _, _l, labels
from coopevents.intake.book import Book, Sheet
from coopevents.intake.columns import COLUMNS, OCOP_COLUMNS
from coopevents.intake.headings import SheetMapping, guess, headings_of
from coopevents.intake.models import Decision, ImportQuestion, Likeness, Pile
from coopevents.intake.workbook import column_letter

NEEDED = InputRequired(_l("Please fill this in."))
OCOP, NOTHING = "ocop", ""
LISTED = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
    OrganisationKind.COOPERATIVE_UNION,
)
MOST_LINES = 3

COLUMN_NAMES = {
    "name": _l("Name"),
    "commune": _l("Commune"),
    "district": _l("Former district"),
    "sector": _l("Trade"),
    "founded": _l("Founded"),
    "person": _l("Representative"),
    "sex": _l("Sex"),
    "title": _l("Post"),
    "phone": _l("Phone"),
    "email": _l("E-mail"),
    "members": _l("Members"),
    "women_members": _l("Members, women among them"),
    "workers": _l("Workers"),
    "women_workers": _l("Workers, women among them"),
    "women_mark": _l("Marked as led by women"),
    "support": _l("Founded with the Women's Union's help"),
    "product": _l("Product"),
    "stars": _l("Stars"),
    "decision": _l("Decision"),
    "issued": _l("Issued"),
}
"""Our columns, by the names the workbook's are mapped to."""

PILE_NAMES = {
    Pile.NEW: _l("New"),
    Pile.CHANGED: _l("Changed"),
    Pile.SAME: _l("Unchanged"),
    Pile.CERTIFICATE: _l("New OCOP certificates"),
    Pile.LEFT_OUT: _l("Left out"),
    Pile.ABSENT: _l("Not in the workbook"),
    Pile.WRONG: _l("Rows with mistakes"),
    Pile.RIGHT: _l("Understood"),
}

LIKENESSES = {
    Likeness.TWICE: _l("Same name, commune and founding day: entered twice"),
    Likeness.NAME_AND_COMMUNE: _l("Same name and commune, another founding day"),
    Likeness.NAME_AND_DAY: _l("Same name and founding day, another commune"),
    Likeness.PLACE_DAY_PERSON: _l("Same commune, founding day and person or phone, another name"),
}


class WorkbookForm(FlaskForm):
    """A register's workbook, to be looked at before it is written."""

    file = FileField(
        _l("Workbook (.xlsx) or table (.csv)"),
        [
            FileRequired(_l("Please choose a file.")),
            FileAllowed(
                ["xlsx", "csv"], _l("Only workbooks (.xlsx) and tables (.csv) can be read.")
            ),
        ],
    )
    as_of = DateField(_l("As of which day"), [NEEDED])


class SheetForm(Form):
    """What a sheet lists, and where its headings stand. Its columns are added by `sheet_form`."""

    what = SelectField(_l("What the sheet lists"))
    heading_row = IntegerField(_l("Row of the heading"), [NEEDED, NumberRange(min=1, max=1_000)])
    heading_lines = SelectField(
        _l("Lines of the heading"),
        choices={str(lines): str(lines) for lines in range(1, MOST_LINES + 1)},
    )

    def mapping(self, sheet: Sheet) -> SheetMapping | None:
        """Answer how the sheet is to be read; None where it is not."""
        if self.what.data == NOTHING:
            return None
        ocop = self.what.data == OCOP
        return SheetMapping(
            sheet=sheet.name,
            kind=None if ocop else OrganisationKind(self.what.data),
            ocop=ocop,
            heading_row=(self.heading_row.data or 1) - 1,
            heading_lines=int(self.heading_lines.data),
            columns={
                field.short_name.removeprefix("column_"): int(field.data)
                for field in self.columns()
                if field.data
            },
        )

    def columns(self) -> list[Any]:
        """Answer the fields that say which column of the sheet is which of ours."""
        return [field for field in self if field.short_name.startswith("column_")]


def sheet_form(place: int, sheet: Sheet, mapping: SheetMapping, asked: Any = None) -> SheetForm:
    """Answer the form of a sheet: as `asked` for, or as the mapping has it.

    The headings are those of the mapping's rows.
    """
    known = OCOP_COLUMNS if mapping.ocop else COLUMNS
    headings = {"": "—"} | {
        str(at): f"{column_letter(at)} · {heading}" for at, heading in headings_of(sheet, mapping)
    }
    fields = {f"column_{name}": SelectField(COLUMN_NAMES[name], choices=headings) for name in known}
    form: SheetForm = type("MappedSheetForm", (SheetForm,), fields)(
        asked,
        prefix=f"sheet{place}-",
        what=OCOP if mapping.ocop else mapping.kind.value if mapping.kind else NOTHING,
        heading_row=mapping.heading_row + 1,
        heading_lines=str(mapping.heading_lines),
        **{f"column_{name}": str(at) for name, at in mapping.columns.items()},
    )
    form.what.choices = {
        NOTHING: _("Nothing: do not read it"),
        **labels({kind: KIND_NAMES[kind] for kind in LISTED}),
        OCOP: _("OCOP certificates"),
    }
    return form


def asked_mapping(place: int, sheet: Sheet, asked: Any, remembered: dict[str, str]) -> SheetMapping:
    """Answer where the sent form looks for headings: its columns as those headings say.

    A sheet that is moved to other headings, or said to list something else, is guessed anew.
    """
    what = asked.get(f"sheet{place}-what", NOTHING)
    row = asked.get(f"sheet{place}-heading_row", 1, type=int) or 1
    lines = asked.get(f"sheet{place}-heading_lines", 1, type=int) or 1
    at = SheetMapping(
        sheet=sheet.name,
        kind=OrganisationKind(what) if what in set(map(str, LISTED)) else None,
        ocop=what == OCOP,
        heading_row=min(max(row, 1), 1_000) - 1,
        heading_lines=min(max(lines, 1), MOST_LINES),
        columns={},
    )
    guessed = guess(sheet, remembered)
    if guessed and (guessed.ocop, guessed.heading_row, guessed.heading_lines) == (
        *(at.ocop, at.heading_row, at.heading_lines),
    ):
        return SheetMapping(**{**vars(at), "columns": guessed.columns})
    return at


def unmapped(sheet: Sheet) -> SheetMapping:
    """Answer the form a sheet begins with whose headings nobody understood."""
    return SheetMapping(sheet.name, None, False, 0, 1, {})


def first_forms(book: Book, mappings: Iterable[SheetMapping]) -> list[tuple[Sheet, SheetForm]]:
    """Answer a form a sheet that holds something, as it was guessed or chosen before."""
    known = {mapping.sheet: mapping for mapping in mappings}
    return [
        (sheet, sheet_form(place, sheet, known.get(sheet.name) or unmapped(sheet)))
        for place, sheet in enumerate(book.sheets)
        if sheet.rows
    ]


def decision_of(answer: str) -> tuple[Decision, int | None] | None:
    """Answer what a choice of the page says: `same:0`, `different` or `skip`; None for none."""
    word, _colon, place = answer.partition(":")
    if word not in set(Decision) or (place and not (place.isascii() and place.isdigit())):
        return None
    return Decision(word), int(place) if place else None


def chosen(question: ImportQuestion) -> str:
    """Answer the choice that stands on the page: what was decided, or what is proposed."""
    decision = question.decision or question.proposed
    if decision == Decision.SAME:
        return f"same:{question.same_as or 0}"
    return str(decision)

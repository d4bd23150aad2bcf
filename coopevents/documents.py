"""Official documents as DOCX: the page, the heading, tables, numbers of pages.

Sizes and margins follow Decree 30/2020, which binds state bodies; others keep to it by habit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell

FONT = "Times New Roman"
BODY_SIZE = 14
TABLE_SIZE = 11
A4 = (210, 297)
MARGINS = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 15}
LANDSCAPE_MARGINS = {"top_margin": 20, "bottom_margin": 15, "left_margin": 20, "right_margin": 20}


@dataclass(frozen=True)
class Column:
    """A column of a table: what stands in its head, how wide it is, how its cells stand."""

    head: str
    width: float
    """In millimetres."""
    align: Any = ALIGN.LEFT


def new_document(title: str) -> Any:
    """Answer an empty A4 document in the official font, its pages numbered from the second on."""
    document = Document()
    document.core_properties.title = title
    document.core_properties.author = "coopevents"
    document.core_properties.language = "vi-VN"
    _set_font(document.styles["Normal"])
    section = document.sections[0]
    section.page_width, section.page_height = Mm(A4[0]), Mm(A4[1])
    _set_margins(section, MARGINS)
    section.different_first_page_header_footer = True
    _number_pages(section.header.paragraphs[0])
    return document


def _set_font(style: Any) -> None:
    style.font.name, style.font.size = FONT, Pt(BODY_SIZE)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    style.element.get_or_add_rPr().append(language)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)


def _set_margins(section: Any, margins: dict[str, int]) -> None:
    for side, width in margins.items():
        setattr(section, side, Mm(width))
    section.header_distance = Mm(10)


def _number_pages(place: Any) -> None:
    place.alignment = ALIGN.CENTER
    run = place.add_run()
    run.font.size = Pt(13)
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        element.text = text
        run._r.append(element)


def turn_sideways(document: Any) -> None:
    """Go on in landscape, on a new page."""
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(A4[1]), Mm(A4[0])
    section.different_first_page_header_footer = False
    _set_margins(section, LANDSCAPE_MARGINS)


def write_line(
    place: Any,
    text: str,
    *,
    size: float = BODY_SIZE,
    bold: bool = False,
    italic: bool = False,
    align: Any = None,
    before: float = 0,
) -> Any:
    """Add a paragraph to a document or a cell; the empty one a new cell has is filled first."""
    first = place.paragraphs[0] if isinstance(place, _Cell) else None
    paragraph = first if first is not None and not first.runs else place.add_paragraph()
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(size)
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = Pt(before)
    return paragraph


def write_text(document: Any, text: str, *, italic: bool = False) -> Any:
    """Add a paragraph of running text: justified, its first line moved in."""
    paragraph = write_line(document, text, italic=italic, align=ALIGN.JUSTIFY, before=6)
    paragraph.paragraph_format.first_line_indent = Mm(10)
    return paragraph


def write_heading(document: Any, text: str) -> Any:
    """Add the heading of a part, kept on one page with what follows."""
    paragraph = write_line(document, text, bold=True, align=ALIGN.LEFT, before=10)
    paragraph.paragraph_format.first_line_indent = Mm(10)
    paragraph.paragraph_format.keep_with_next = True
    return paragraph


def draw_rule(place: Any, left: float, right: float) -> None:
    """Add a short line, `left` and `right` millimetres away from the sides."""
    paragraph = write_line(place, "", size=2)
    paragraph.paragraph_format.left_indent = Mm(left)
    paragraph.paragraph_format.right_indent = Mm(right)
    paragraph.paragraph_format.space_after = Pt(4)
    paragraph.paragraph_format.line_spacing = Pt(3)
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    # The schema wants the borders before spacing and indents.
    paragraph._p.get_or_add_pPr().insert(0, borders)


def add_pair(document: Any, left: float, right: float) -> tuple[Any, Any]:
    """Add two cells side by side without lines, of these widths in millimetres."""
    table = document.add_table(rows=1, cols=2)
    _set_widths(table, [left, right])
    _keep_whole(table.rows[0])
    return table.rows[0].cells[0], table.rows[0].cells[1]


def add_table(document: Any, columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Any:
    """Add a table with lines; its head is repeated on every page, and no row is torn apart."""
    table = document.add_table(rows=1, cols=len(columns), style="Table Grid")
    head = table.rows[0]
    for cell, column in zip(head.cells, columns, strict=True):
        write_line(cell, column.head, size=TABLE_SIZE, bold=True, align=ALIGN.CENTER)
    _flag(head, "w:tblHeader")
    for row in rows:
        added = table.add_row()
        for cell, value, column in zip(added.cells, row, columns, strict=True):
            line = write_line(cell, str(value), size=TABLE_SIZE, align=column.align, before=1)
            line.paragraph_format.space_after = Pt(1)
        _keep_whole(added)
    _set_widths(table, [column.width for column in columns])
    return table


def _set_widths(table: Any, widths: Sequence[float]) -> None:
    # Word obeys the cells, LibreOffice the columns: both are told.
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _keep_whole(row: Any) -> None:
    _flag(row, "w:cantSplit")


def _flag(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))

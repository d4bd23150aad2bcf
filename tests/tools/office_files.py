"""Small files of each kind that is kept, and of many that are not."""

import io
import zipfile
from typing import Any

import docx
import openpyxl
from PIL import Image

OFFICE = "application/vnd.openxmlformats-officedocument."


def pdf(text: str = "Kế hoạch") -> bytes:
    """Answer a page that says the text, as far as a reader of signatures can tell."""
    return f"%PDF-1.7\n% {text}\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n".encode()


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 20), **more: Any) -> bytes:
    """Answer a picture, red on the left and blue on the right."""
    drawn = Image.new("RGB", size, "red")
    drawn.paste("blue", (size[0] // 2, 0, *size))
    kept = io.BytesIO()
    drawn.save(kept, form, **more)
    return kept.getvalue()


def moving() -> bytes:
    """Answer a PNG of two frames."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    kept = io.BytesIO()
    frames[0].save(kept, "PNG", save_all=True, append_images=frames[1:])
    return kept.getvalue()


def with_place() -> bytes:
    """Answer a JPEG that says where, when and by which phone it was taken, and stands on its side.

    The tags are GPS, its time, the model of the phone, a comment, and the orientation.
    """
    exif = Image.Exif()
    exif[0x0110] = "Điện thoại"
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (21.0, 19.0, 0.0), 3: "E", 4: (105.0, 24.0, 0.0)}
    return picture(exif=exif, comment=b"at home")


def document(text: str = "Kế hoạch") -> bytes:
    """Answer a DOCX."""
    made = docx.Document()
    made.add_paragraph(text)
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def workbook(text: str = "Danh sách") -> bytes:
    """Answer an XLSX."""
    book = openpyxl.Workbook()
    book.active.append([text])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def zipped(parts: dict[str, bytes], stored: str | None = None) -> bytes:
    """Answer a ZIP of the parts; the one named `stored` is not packed."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            how = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, how)
    return kept.getvalue()


def slides() -> bytes:
    """Answer a PPTX, as far as its parts tell."""
    return zipped({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>"})


def open_document(kind: str = "text") -> bytes:
    """Answer an ODT, or an ODS of `spreadsheet`."""
    mime = f"application/vnd.oasis.opendocument.{kind}".encode()
    return zipped({"mimetype": mime, "content.xml": b"<office/>"}, stored="mimetype")


def with_part(document: bytes, name: str, content: bytes) -> bytes:
    """Answer the document with one part more, or another one of that name."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    return zipped({**parts, name: content})

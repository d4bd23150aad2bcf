"""Which kinds of file are kept, told by their content and never by their name."""

import codecs
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO

from coopevents.errors import InputError
from coopevents.i18n import _, _l
from coopevents.package import BROKEN, Package


@dataclass(frozen=True)
class FileType:
    """A kind of file that is kept: what its name ends in, and what a browser is told of it."""

    extension: str
    mime: str
    is_picture: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

PDF = FileType("pdf", "application/pdf")
JPEG = FileType("jpg", "image/jpeg", is_picture=True)
PNG = FileType("png", "image/png", is_picture=True)
WEBP = FileType("webp", "image/webp", is_picture=True)
DOCX = FileType("docx", f"{_OFFICE}wordprocessingml.document")
XLSX = FileType("xlsx", f"{_OFFICE}spreadsheetml.sheet")
PPTX = FileType("pptx", f"{_OFFICE}presentationml.presentation")
ODT = FileType("odt", f"{_OPEN}text")
ODS = FileType("ods", f"{_OPEN}spreadsheet")
MP3 = FileType("mp3", "audio/mpeg")
MP4 = FileType("mp4", "video/mp4")
TXT = FileType("txt", "text/plain; charset=utf-8")
CSV = FileType("csv", "text/csv; charset=utf-8")

KEPT = {
    kind.mime: kind
    for kind in (PDF, JPEG, PNG, WEBP, DOCX, XLSX, PPTX, ODT, ODS, MP3, MP4, TXT, CSV)
}

HEAD = 4096
TAIL = 2048
CHUNK = 1 << 18

SIGNATURES = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    ((b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"), MP3),
)
MP4_BRANDS = (b"isom", b"iso", b"mp4", b"avc1", b"M4V ", b"M4A ", b"MSNV", b"3gp", b"dash")
IPHONE_BRANDS = (b"hei", b"hev", b"mif1", b"msf1", b"avif")

MAIN_PARTS = {
    "word/document.xml": DOCX,
    "xl/workbook.xml": XLSX,
    "ppt/presentation.xml": PPTX,
}
OPEN_DOCUMENTS = {kind.mime.encode(): kind for kind in (ODT, ODS)}
MACROS = re.compile(r"vbaproject|vbadata|(^|/)macrosheets/|^basic/|^scripts/", re.IGNORECASE)

ZIP_END = 22
ZIP_64 = 20
LARGEST_DIRECTORY = 4 << 20
SWELLING = 200
"""A part of ten megabytes or more that is packed tighter than this is made to do harm."""

MARKUP = (
    *("<!doctype", "<html", "<head", "<body", "<script", "<iframe", "<table", "<meta", "<link"),
    *("<?xml", "<?php", "<!--", "<svg", "mime-version:"),
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The container of documents before DOCX, and of any that has a password."""

CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")

OTHER: Any = _l(
    "This kind of file is not kept here. Kept are PDF, pictures (JPEG, PNG, WebP), DOCX, XLSX, "
    "PPTX, ODT, ODS, MP3, MP4, plain text and CSV."
)
DAMAGED: Any = _l("The file is damaged, or only a part of it arrived.")
TWO_KINDS: Any = _l("The file is of two kinds at once; such files are made to deceive.")

REFUSED: tuple[tuple[tuple[bytes, ...], Any], ...] = (
    (
        (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!", b"dex\n", b"\0asm"),
        _l("The file is a program, whatever its name says."),
    ),
    (
        (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"MSCF"),
        _l("The file is an archive: send the files in it one by one."),
    ),
    (
        (OLE,),
        _l(
            "The file has the old format of Office (.doc, .xls, .ppt) or a password: "
            "save it without a password as DOCX, XLSX, PPTX or PDF."
        ),
    ),
)


def recognise(file: BinaryIO, name: str) -> FileType:
    """Answer what the file is. The name only tells a text from a table of values.

    Raises InputError with a sentence of its own for what is not kept.
    """
    head = _at(file, 0, HEAD)
    if not head:
        raise InputError(_("The file is empty."))
    for signs, sentence in REFUSED:
        if head.startswith(signs):
            raise InputError(str(sentence))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _office(file)
    found = _signed(head)
    if found is None:
        return _text(file, head, name)
    if not found.is_picture:
        # A picture is drawn anew, so that nothing can hide behind it.
        _require_one_kind(file, found)
    return found


def _signed(head: bytes) -> FileType | None:
    for signs, kind in SIGNATURES:
        if head.startswith(signs):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand.startswith(IPHONE_BRANDS):
            raise InputError(
                _("Pictures of this kind (HEIC) open on few devices: save it as JPEG.")
            )
        return MP4 if brand.startswith(MP4_BRANDS) else None
    return None


def _require_one_kind(file: BinaryIO, kind: FileType) -> None:
    if kind is PDF and b"%%EOF" not in _at(file, max(0, _size(file) - TAIL), TAIL):
        raise InputError(str(DAMAGED))
    if zipfile.is_zipfile(file):
        raise InputError(str(TWO_KINDS))


def _office(file: BinaryIO) -> FileType:
    try:
        _require_plain_end(file)
        package = Package(file)
        kind = _kind_of(package)
        if package.swells(SWELLING, least=10 << 20):
            raise InputError(_("The file unpacks to far more than it is."))
        for name in package.names():
            # Unpacked once to the end, so that no part is larger than it says.
            for _chunk in package.chunks(name):
                pass
    except BROKEN as error:
        raise InputError(str(DAMAGED)) from error
    return kind


def _require_plain_end(file: BinaryIO) -> None:
    """Refuse a ZIP with anything behind it, or with a directory longer than any document has."""
    size = _size(file)
    end = _at(file, max(0, size - ZIP_END), ZIP_END)
    before = _at(file, max(0, size - ZIP_END - ZIP_64), 4)
    directory = int.from_bytes(end[12:16], "little")
    if end[:4] != b"PK\x05\x06" or before == b"PK\x06\x07" or directory > LARGEST_DIRECTORY:
        raise zipfile.BadZipFile("It does not end as documents do.")


def _kind_of(package: Package) -> FileType:
    found = [kind for part, kind in MAIN_PARTS.items() if part in package]
    if "mimetype" in package:
        told = b"".join(islice(package.chunks("mimetype"), 1)).strip()
        found += [OPEN_DOCUMENTS[told]] if told in OPEN_DOCUMENTS else []
    if not found:
        raise InputError(str(REFUSED[1][1]))
    if len(found) > 1 or package.begins_at:
        raise InputError(str(TWO_KINDS))
    if any(MACROS.search(name) for name in package.names()) or _declares_macros(package):
        raise InputError(
            _("The document holds macros (small programs): save it without them, or as PDF.")
        )
    return found[0]


def _declares_macros(package: Package) -> bool:
    types = "[Content_Types].xml"
    if types not in package:
        return False
    return b"macroenabled" in b"".join(islice(package.chunks(types), 4)).lower()


def is_markup(head: bytes) -> bool:
    """Whether what begins so is a web page, a drawing, or anything else in angle brackets."""
    start = head.decode("utf-8", "ignore").lstrip("\ufeff").lstrip().lower()
    return start.startswith(MARKUP)


def _text(file: BinaryIO, head: bytes, name: str) -> FileType:
    if is_markup(head):
        raise InputError(
            _("The file is a drawing (SVG), which may hold a script: save it as PNG.")
            if b"<svg" in head.lower()
            else _("The file is a web page, whatever its name says: save it as PDF.")
        )
    if head[257:262] == b"ustar":
        raise InputError(str(REFUSED[1][1]))
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(file):
            if CONTROLS.search(chunk):
                raise InputError(str(OTHER))
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise InputError(
            _("The text is not written in Unicode: save it anew with the encoding UTF-8.")
        ) from error
    return CSV if PurePath(name).suffix.lower() == ".csv" else TXT


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)

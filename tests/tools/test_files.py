"""Files are told by their content, kept under their hash, and leave nothing when refused."""

import hashlib
import io
import os
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from coopevents import clock, files, filetypes
from coopevents.errors import DomainError, InputError
from coopevents.files import draft, keep
from tests.intake import archives
from tests.tools import office_files as made


@pytest.fixture(autouse=True)
def own_folder(app, english, tmp_path):
    kept, app.config["DATA_DIR"] = app.config["DATA_DIR"], tmp_path
    yield
    app.config["DATA_DIR"] = kept


def on_disk(folder: Path) -> list[str]:
    """Answer what lies in the folder of the files, and beside it."""
    return sorted(
        str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name != ".lock"
    )


def kept(data: bytes, name: str = "a"):
    """Answer the file, kept."""
    with draft(io.BytesIO(data), name) as arrived:
        keep(arrived)
    return arrived


def refusal(data: bytes, name: str = "Kế hoạch.pdf") -> str:
    """Answer the sentence with which the file is refused."""
    with pytest.raises(InputError) as refused, draft(io.BytesIO(data), name) as arrived:
        keep(arrived)
    return str(refused.value)


KEPT = [
    (made.pdf(), "pdf"),
    (made.picture(), "jpg"),
    (made.picture("PNG"), "png"),
    (made.picture("WEBP"), "webp"),
    (made.document(), "docx"),
    (made.workbook(), "xlsx"),
    (made.slides(), "pptx"),
    (made.open_document(), "odt"),
    (made.open_document("spreadsheet"), "ods"),
    (b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\x00" * 20, "mp3"),
    (b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + b"\0" * 40, "mp4"),
    ("Nội dung họp".encode(), "txt"),
    ("\ufeffNội dung họp".encode(), "txt"),
]


@pytest.mark.parametrize(("data", "extension"), KEPT, ids=lambda value: str(value)[:12])
def test_a_file_is_kept_by_what_it_is_whatever_it_is_called(tmp_path, data, extension):
    arrived = kept(data, "Báo cáo.exe")

    content = files.find(arrived.hash).read_bytes()
    assert arrived.type.extension == extension
    assert arrived.name == f"Báo cáo.exe.{extension}"
    assert arrived.sent_hash == hashlib.sha256(data).hexdigest()
    assert arrived.hash == hashlib.sha256(content).hexdigest()
    assert arrived.size == len(content)
    assert on_disk(tmp_path) == [f"files/{arrived.hash[:2]}/{arrived.hash[2:4]}/{arrived.hash}"]
    assert arrived.type.is_picture or content == data


def test_a_table_of_values_is_told_by_its_name(tmp_path):
    assert kept(b"ten,so\nA,1\n", "Danh sach.CSV").name == "Danh sach.csv"


OLD_FORMAT = (
    "The file has the old format of Office (.doc, .xls, .ppt) or a password: save it without a "
    "password as DOCX, XLSX, PPTX or PDF."
)
MACROS = "The document holds macros (small programs): save it without them, or as PDF."
WEB_PAGE = "The file is a web page, whatever its name says: save it as PDF."
DRAWING = "The file is a drawing (SVG), which may hold a script: save it as PNG."
ARCHIVE = "The file is an archive: send the files in it one by one."
PROGRAM = "The file is a program, whatever its name says."
DAMAGED = "The file is damaged, or only a part of it arrived."
BROKEN_PICTURE = "The picture is damaged, or only a part of it arrived."
TWO_KINDS = "The file is of two kinds at once; such files are made to deceive."
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
MACRO_TYPES = f'<Types><Override ContentType="{made.OFFICE}ms-word.document.macroEnabled"/></Types>'

REFUSED = {
    "nothing": (b"", "The file is empty."),
    "program": (b"MZ\x90\0" + bytes(200), PROGRAM),
    "program of Linux": (b"\x7fELF" + bytes(200), PROGRAM),
    "script": (b"#!/bin/sh\nrm -rf /\n", PROGRAM),
    "web page": (b"\xef\xbb\xbf \n<!DOCTYPE html><html><script>1</script>", WEB_PAGE),
    "page": (b"<script>alert(1)</script>", WEB_PAGE),
    "drawing": (SVG, DRAWING),
    "drawing as XML": (b'<?xml version="1.0"?>\n' + SVG, DRAWING),
    "archive": (made.zipped({"a.txt": b"a"}), ARCHIVE),
    "program of Java": (made.zipped({"META-INF/MANIFEST.MF": b""}), ARCHIVE),
    "empty archive": (made.zipped({}), ARCHIVE),
    "rar": (b"Rar!\x1a\x07\x01\x00" + bytes(50), ARCHIVE),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(50), ARCHIVE),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), ARCHIVE),
    "tar": (b"a.txt".ljust(257, b"\0") + b"ustar\0" + bytes(200), ARCHIVE),
    "old Word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), OLD_FORMAT),
    "macros": (made.with_part(made.document(), "word/vbaProject.bin", b"1"), MACROS),
    "hidden macros": (made.with_part(made.workbook(), "xl/x/VBAPROJECT.bin", b"1"), MACROS),
    "macros of old": (made.with_part(made.workbook(), "xl/macrosheets/sheet1.xml", b"1"), MACROS),
    "declared macros": (
        made.with_part(made.document(), "[Content_Types].xml", MACRO_TYPES.encode()),
        MACROS,
    ),
    "macros of LibreOffice": (
        made.with_part(made.open_document(), "Basic/Standard/Module1.xml", b"1"),
        MACROS,
    ),
    "two documents": (made.with_part(made.document(), "xl/workbook.xml", b"1"), TWO_KINDS),
    "something before": (made.zipped({"a": b"a"}) + made.document(), TWO_KINDS),
    "something behind": (made.document() + b"<html>", DAMAGED),
    "half a document": (made.document()[:-400], DAMAGED),
    "half a page": (made.pdf()[:-8], DAMAGED),
    "a page with an archive": (made.pdf() + made.zipped({"a": b"a"}), TWO_KINDS),
    "sound with an archive": (b"ID3\x04" + bytes(90) + made.zipped({"a": b"a"}), TWO_KINDS),
    "half a picture": (made.picture(size=(400, 400))[:900], BROKEN_PICTURE),
    "no picture": (b"\xff\xd8\xff\xe0<html>", BROKEN_PICTURE),
    "moving picture": (made.moving(), "Moving pictures are not kept: save one picture of it."),
    "iPhone": (
        b"\0\0\0\x18ftypheic" + bytes(40),
        "Pictures of this kind (HEIC) open on few devices: save it as JPEG.",
    ),
    "gif": (b"GIF89a" + bytes(40), str(filetypes.OTHER)),
    "anything": (bytes(range(256)) * 4, str(filetypes.OTHER)),
    "old letters": (
        "Hội phụ nữ".encode("cp1258", "ignore") + b"\xe9\xe8",
        "The text is not written in Unicode: save it anew with the encoding UTF-8.",
    ),
    "encrypted": (archives.encrypted(made.workbook()), "The file is protected by a password."),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_kept_is_refused_in_a_sentence_and_leaves_nothing(tmp_path, data, sentence):
    assert refusal(data) == sentence
    assert on_disk(tmp_path) == []


def test_a_document_that_unpacks_to_gigabytes_is_refused(tmp_path):
    bomb = made.with_part(made.document(), "word/media/a.xml", bytes(201 << 20))

    assert len(bomb) < 1 << 20
    assert refusal(bomb) == "The file unpacks to more than 200 MB."
    assert on_disk(tmp_path) == []


def test_a_part_packed_tighter_than_any_document_is_refused(tmp_path):
    bomb = made.with_part(made.document(), "word/media/a.xml", bytes(11 << 20))

    assert refusal(bomb) == "The file unpacks to far more than it is."
    assert on_disk(tmp_path) == []


def test_a_part_larger_than_it_says_is_refused(tmp_path):
    bomb = made.with_part(made.document(), "word/media/a.xml", bytes(60 << 20))

    assert refusal(archives.lying(bomb, "word/media/a.xml", 1000, checksum=True)) == DAMAGED
    assert on_disk(tmp_path) == []


def test_a_document_of_a_hundred_thousand_parts_is_refused(tmp_path):
    parts = {f"word/{place:06d}": b"" for place in range(100_000)}

    assert refusal(made.zipped({"word/document.xml": b"<w/>", **parts})) == DAMAGED
    assert on_disk(tmp_path) == []


def test_a_picture_of_too_many_points_is_refused_before_it_is_unpacked(tmp_path):
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")

    assert refusal(bomb.getvalue()) == "The picture has more than 50 million points."
    assert on_disk(tmp_path) == []


class Endless(io.RawIOBase):
    """A stream that never ends, and counts what was read of it."""

    given = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "the whole of it was asked for"
        self.given += size
        return b"a" * size


def test_a_stream_without_end_is_cut_off_at_the_limit(tmp_path):
    stream = Endless()

    with pytest.raises(InputError) as refused, draft(stream, "a.txt"):
        pass

    assert str(refused.value) == "The file is larger than 50 MB."
    assert files.LARGEST < stream.given <= files.LARGEST + files.CHUNK
    assert on_disk(tmp_path) == []


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_copy", full)

    with pytest.raises(DomainError) as refused, draft(io.BytesIO(b"a"), "a.txt"):
        pass

    assert refused.value.status == 507
    assert on_disk(tmp_path) == []


def test_a_draft_that_nobody_keeps_leaves_nothing(tmp_path):
    with draft(io.BytesIO(b"a"), "a.txt") as arrived:
        assert len(on_disk(tmp_path)) == 1

    assert files.find(arrived.hash) is None
    assert on_disk(tmp_path) == []


def test_a_photo_loses_the_place_and_time_and_stands_upright(tmp_path):
    arrived = kept(made.with_place())

    with Image.open(files.find(arrived.hash)) as shown:
        assert dict(shown.getexif()) == {}
        assert "comment" not in shown.info
        assert shown.size == (20, 40)
        red, blue = shown.getpixel((10, 5)), shown.getpixel((10, 35))
    assert (red[0] > 200 > 60 > red[2], blue[2] > 200 > 60 > blue[0]) == (True, True)
    assert b"Exif" not in files.find(arrived.hash).read_bytes()


def test_what_hides_behind_a_picture_does_not_come_along(tmp_path):
    arrived = kept(made.picture("PNG") + b"<script>alert(1)</script>" + made.zipped({"a": b"a"}))

    assert b"<script>" not in files.find(arrived.hash).read_bytes()


NAMES = {
    "../../etc/passwd": "passwd.txt",
    "C:\\Users\\Lan\\Kế hoạch.txt": "Kế hoạch.txt",
    "ke\0hoach.txt": "ke hoach.txt",
    "anh\u202etxt.exe": "anh txt.exe.txt",
    "a\r\nSet-Cookie: x.txt": "a Set-Cookie- x.txt",
    "": "Untitled.txt",
    "   ...   ": "Untitled.txt",
    "/": "Untitled.txt",
    "CON.txt": "_CON.txt",
    "a" * 300 + ".txt": "a" * 120 + ".txt",
    'K"ế<hoạch>|?*.txt': "K-ế-hoạch-.txt",
    "Bản đồ v1.2": "Bản đồ v1.2.txt",
    "Ke\u0302\u0301 hoa\u0323ch.txt": "Kế hoạch.txt",
}


@pytest.mark.parametrize(("sent", "shown"), NAMES.items(), ids=lambda name: repr(name)[:20])
def test_a_name_is_made_harmless_and_never_a_path(tmp_path, sent, shown):
    arrived = kept(b"a", sent)

    assert arrived.name == shown
    assert on_disk(tmp_path) == [f"files/{arrived.hash[:2]}/{arrived.hash[2:4]}/{arrived.hash}"]


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_what_is_no_hash_is_no_file(name):
    with pytest.raises(ValueError):
        files.find(name)


def test_the_same_file_is_kept_once_and_is_young_again(tmp_path):
    first = kept(b"a", "a.txt")
    os.utime(files.find(first.hash), (0, 0))

    second = kept(b"a", "b.txt")

    assert first.hash == second.hash
    assert len(on_disk(tmp_path)) == 1
    assert list(files.list_older(clock.now() - timedelta(days=1))) == []


def test_many_who_keep_the_same_file_at_once_keep_it_whole(app, tmp_path):
    data = os.urandom(1 << 20).hex().encode()
    stop = threading.Event()

    def keep_again() -> None:
        with app.app_context():
            kept(data)

    def sweep() -> None:
        with app.app_context():
            while not stop.is_set():
                files.delete(hashlib.sha256(data).hexdigest(), clock.now() - timedelta(days=1))

    sweeper = threading.Thread(target=sweep)
    threads = [threading.Thread(target=keep_again) for _ in range(8)]
    for thread in [sweeper, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    sweeper.join()

    assert files.find(hashlib.sha256(data).hexdigest()).read_bytes() == data
    assert len(on_disk(tmp_path)) == 1


def test_only_what_is_older_is_deleted(tmp_path):
    old, young = kept(b"old").hash, kept(b"young").hash
    day_ago = clock.now() - timedelta(days=1)
    os.utime(files.find(old), (0, 0))

    found = list(files.list_older(day_ago))
    gone = [files.delete(one, day_ago) for one in (old, young)]

    assert (found, gone) == ([old], [True, False])
    assert (files.find(old), files.find(young) is None) == (None, False)
    assert files.delete(old, day_ago) is False


def test_what_stopped_arriving_is_deleted_after_a_day(tmp_path):
    with suppress(ZeroDivisionError), draft(io.BytesIO(b"a"), "a.txt") as arrived:
        left = arrived.path.with_name(".new-left")
        left.write_bytes(b"left")
        os.utime(left, (0, 0))
        deleted = files.delete_drafts(clock.now() - timedelta(days=1))
        assert (deleted, arrived.path.exists()) == (1, True)

    assert on_disk(tmp_path) == []


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 KB"), (10_000, "10 KB"), (1 << 20, "1 MB"), ((1 << 20) * 5 // 2, "2.5 MB")],
)
def test_a_size_is_told_in_words(size, words):
    assert files.in_words(size) == words

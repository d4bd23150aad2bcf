"""Workbooks taken apart and put together again otherwise than any program would write them."""

import io
import zipfile
import zlib


def parts_of(data: bytes) -> dict[str, bytes]:
    """Answer what a ZIP holds, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    """Answer a ZIP of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def edited(data: bytes, *changes: tuple[str, str], part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """Answer the workbook with words of one part's XML replaced; each must stand there."""
    parts = parts_of(data)
    text = parts[part].decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return zipped({**parts, part: text.encode()})


def encrypted(data: bytes) -> bytes:
    """Answer the ZIP with every part marked as encrypted."""
    marked = bytearray(data)
    place = marked.index(b"PK\x01\x02")
    while place >= 0:
        marked[place + 8] |= 1
        place = marked.find(b"PK\x01\x02", place + 4)
    return bytes(marked)


def lying(data: bytes, name: str, size: int, *, checksum: bool = False) -> bytes:
    """Answer the ZIP, saying that a part unpacks to `size` bytes; perhaps with their checksum."""
    content = parts_of(data)[name][:size]
    forged = bytearray(data)
    place = forged.index(name.encode(), forged.index(b"PK\x01\x02")) - 46
    forged[place + 24 : place + 28] = size.to_bytes(4, "little")
    if checksum:
        forged[place + 16 : place + 20] = zlib.crc32(content).to_bytes(4, "little")
    return bytes(forged)

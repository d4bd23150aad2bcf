"""The parts of an office document's ZIP, unpacked without trusting what it says of itself."""

import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from coopevents.errors import InputError
from coopevents.i18n import _

LARGEST_CONTENT = 200 * 1024 * 1024
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)
"""What a ZIP raises that is cut short, damaged or made to deceive."""

CHUNK = 1 << 18
ENCRYPTED = 1
LOCAL_HEADER = 30


class Package:
    """A ZIP whose parts may be read. Raises InputError for one that is too large or locked."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
        self._parts = {part.filename: part for part in parts}
        if len(self._parts) < len(parts):
            # Of two parts of one name one reader takes the first, another the last.
            raise zipfile.BadZipFile("Two parts have one name.")
        if any(part.flag_bits & ENCRYPTED for part in parts):
            raise InputError(_("The file is protected by a password."))
        if sum(part.file_size for part in parts) > LARGEST_CONTENT:
            raise InputError(
                _("The file unpacks to more than %(size)s MB.", size=LARGEST_CONTENT >> 20)
            )

    def names(self) -> list[str]:
        """Answer the names of all parts."""
        return list(self._parts)

    @property
    def begins_at(self) -> int:
        """The place of the first part: 0, unless something else stands before them."""
        return min((part.header_offset for part in self._parts.values()), default=0)

    def swells(self, times: int, least: int) -> bool:
        """Whether a part of at least that size unpacks to so many times what is packed."""
        return any(
            part.file_size >= least and part.file_size > times * max(part.compress_size, 1)
            for part in self._parts.values()
        )

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def read(self, name: str) -> bytes:
        """Answer a whole part; meant for the small ones."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give a part piece by piece; reading to the end makes sure that it is what it claims.

        A ZIP tells the size of each part twice: in its directory, and by where the packed data
        end. The library that reads the cells believes the data, whose end a bomb may put
        gigabytes further on. So both must agree before anything else opens the file. Raises one
        of BROKEN where they do not.
        """
        part = self._parts.get(name)
        if part is None:
            raise zipfile.BadZipFile(f"There is no part {name}.")
        size = checksum = 0
        for chunk in self._unpacked(part):
            size += len(chunk)
            checksum = zlib.crc32(chunk, checksum)
            if size > part.file_size:
                raise zipfile.BadZipFile(f"{name} is larger than it says.")
            yield chunk
        if (size, checksum) != (part.file_size, part.CRC):
            raise zipfile.BadZipFile(f"{name} is not what it says.")

    def _unpacked(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        if part.compress_type == zipfile.ZIP_STORED:
            yield from self._packed(part)
            return
        if part.compress_type != zipfile.ZIP_DEFLATED:
            raise NotImplementedError("Office documents are deflated.")
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        for packed in self._packed(part):
            rest = packed
            while rest and not inflater.eof:
                yield inflater.decompress(rest, CHUNK)
                rest = inflater.unconsumed_tail
        # A last piece may be left inside even when no packed byte is.
        while not inflater.eof and (last := inflater.decompress(b"", CHUNK)):
            yield last
        if not inflater.eof:
            raise EOFError("The part is cut short.")

    def _packed(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        header = self._read_at(part.header_offset, LOCAL_HEADER)
        if header[:4] != b"PK\x03\x04":
            raise zipfile.BadZipFile("The directory points beside a part.")
        name, extra = (int.from_bytes(header[place : place + 2], "little") for place in (26, 28))
        start = part.header_offset + LOCAL_HEADER + name + extra
        for done in range(0, part.compress_size, CHUNK):
            piece = self._read_at(start + done, min(CHUNK, part.compress_size - done))
            if not piece:
                # It says that it goes on where the file has ended.
                return
            yield piece

    def _read_at(self, place: int, size: int) -> bytes:
        # Parts are read side by side, so each piece says where it lies.
        self._file.seek(place)
        return self._file.read(size)

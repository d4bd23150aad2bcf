"""The parts of a workbook's ZIP, unpacked without trusting what it says of itself."""

import io
import zipfile
import zlib
from collections.abc import Iterator

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

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
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
        packed = self._packed(part)
        if part.compress_type == zipfile.ZIP_STORED:
            for start in range(0, len(packed), CHUNK):
                yield bytes(packed[start : start + CHUNK])
            return
        if part.compress_type != zipfile.ZIP_DEFLATED:
            raise NotImplementedError("Workbooks are deflated.")
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        for start in range(0, len(packed), CHUNK):
            rest = bytes(packed[start : start + CHUNK])
            while rest and not inflater.eof:
                yield inflater.decompress(rest, CHUNK)
                rest = inflater.unconsumed_tail
        # A last piece may be left inside even when no packed byte is.
        while not inflater.eof and (last := inflater.decompress(b"", CHUNK)):
            yield last
        if not inflater.eof:
            raise EOFError("The part is cut short.")

    def _packed(self, part: zipfile.ZipInfo) -> memoryview:
        header = self._data[part.header_offset : part.header_offset + LOCAL_HEADER]
        if bytes(header[:4]) != b"PK\x03\x04":
            raise zipfile.BadZipFile("The directory points beside a part.")
        name, extra = (int.from_bytes(header[place : place + 2], "little") for place in (26, 28))
        start = part.header_offset + LOCAL_HEADER + name + extra
        return self._data[start : start + part.compress_size]

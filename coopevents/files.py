"""Files in DATA_DIR, each kept once under the hash of its content.

What an officer sends is copied under a name of our own, looked at, and only then kept: no name of
hers ever becomes a path. A file without a row goes with the sweep (workers/files.py).
"""

import errno
import fcntl
import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO
from uuid import uuid4

from flask import Response, current_app, send_file
from werkzeug.datastructures import FileStorage

from coopevents import filetypes, pictures
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.filetypes import FileType
from coopevents.i18n import _, measure, number

LARGEST = 50 << 20
CHUNK = 1 << 18
LONGEST_NAME = 120

HASH = re.compile(r"[0-9a-f]{64}")
DRAFT = ".new-"
FORBIDDEN = re.compile(r'[<>:"|?*\\/]+')
"""What Windows allows in no name."""
ENDINGS = {"jpeg", *(kind.extension for kind in filetypes.KEPT.values())}
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)

HASHES_AT_ONCE = 500

Referred = Callable[[Collection[str], datetime], set[str]]
"""Answers those of the files that some row refers to, or referred to until after the moment."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What a kept file may do in a browser that opens it: be looked at."""


@dataclass(frozen=True)
class Draft:
    """A file that arrived and was found to be of a kind that is kept, but is not kept yet.

    `sent_hash` is of what was sent, `hash` of what is kept: pictures are drawn anew.
    """

    path: Path
    sent_hash: str
    hash: str
    size: int
    type: FileType
    name: str
    """How it is shown and downloaded: the sent name, made harmless."""


@contextmanager
def draft(stream: IO[bytes], sent_name: str) -> Iterator[Draft]:
    """Take in what the stream brings, and let it be looked at; what is not kept leaves no trace.

    Raises InputError for what is too large or of a kind that is not kept, DomainError (507) when
    the disk is full.
    """
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    path, drawn = (root / f"{DRAFT}{uuid4().hex}" for _time in range(2))
    try:
        with _telling_of_a_full_disk():
            arrived = _take_in(stream, path, drawn, sent_name)
        yield arrived
    finally:
        path.unlink(missing_ok=True)
        drawn.unlink(missing_ok=True)


def drafts(sent: Sequence[FileStorage], arriving: ExitStack) -> list[Draft]:
    """Take all of a form's files in, each while `arriving` is open.

    Raises InputError that says of every file that cannot be kept why not: then none is.
    """
    taken, wrong = [], {}
    for place, one in enumerate(sent, start=1):
        name = one.filename or ""
        try:
            taken.append(arriving.enter_context(draft(one.stream, name)))
        except InputError as refusal:
            wrong[f"{place}. {shown_name(name)}"] = str(refusal)
    if wrong:
        raise InputError(_("Some files cannot be kept, so none was."), fields=wrong)
    return taken


@contextmanager
def _telling_of_a_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DomainError(
            _("The disk of the server is full; nothing was kept. Please tell whoever runs it."),
            status=507,
        ) from error


def _take_in(stream: IO[bytes], path: Path, drawn: Path, sent_name: str) -> Draft:
    with path.open("xb+") as file:
        sent_hash = _copy(stream, file)
        kind = filetypes.recognise(file, sent_name)
        if kind.is_picture:
            with drawn.open("xb") as anew:
                pictures.draw_anew(file, anew)
            drawn.replace(path)
    with path.open("rb") as file:
        kept = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    name = display_name(sent_name, kind)
    return Draft(path, sent_hash, kept, path.stat().st_size, kind, name)


def _copy(stream: IO[bytes], file: BinaryIO) -> str:
    seen = hashlib.sha256()
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > LARGEST:
            raise InputError(_("The file is larger than %(size)s MB.", size=LARGEST >> 20))
        seen.update(chunk)
        file.write(chunk)
    file.flush()
    return seen.hexdigest()


def keep(arrived: Draft) -> None:
    """Have the file kept under its hash, whole or not at all; keeping it again changes nothing."""
    path = _path(arrived.hash)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _telling_of_a_full_disk(), _locked(fcntl.LOCK_SH):
        # Also over one that is there: it is young again, and no sweep takes it from the new row.
        arrived.path.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def find(file_hash: str) -> Path | None:
    """Answer where the file lies, None where it is missing."""
    path = _path(file_hash)
    return path if path.is_file() else None


def answer(file_hash: str, mime: str, name: str) -> Response:
    """Answer a request with the file: a picture to look at, everything else to take away.

    Raises NotFoundError for one that is missing on the disk.
    """
    path = find(file_hash)
    if path is None:
        raise NotFoundError(_("This file is missing on the server. Please tell whoever runs it."))
    kind = filetypes.KEPT[mime]
    response = send_file(
        path, mimetype=mime, as_attachment=not kind.is_picture, download_name=name, etag=file_hash
    )
    response.headers["Content-Security-Policy"] = POLICY
    return response


def display_name(sent_name: str, kind: FileType) -> str:
    """Answer the name a file is shown and downloaded by: one line, no path, the right ending."""
    name = shown_name(sent_name)
    stem, dot, ending = name.rpartition(".")
    if dot and ending.lower() in ENDINGS:
        name = stem.strip(". ")
    name = name[:LONGEST_NAME].strip(". ") or _("Untitled")
    return f"{'_' if RESERVED.fullmatch(name) else ''}{name}.{kind.extension}"


def shown_name(sent_name: str) -> str:
    """Answer the name of a sent file as it may be shown: one line, without a path."""
    name = unicodedata.normalize("NFC", sent_name).replace("\\", "/").rpartition("/")[2]
    # Controls, and the marks that let a name read otherwise than it is: "gpj.exe" for "exe.jpg".
    name = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in name)
    return " ".join(FORBIDDEN.sub("-", name).split()).strip(". ")[: 2 * LONGEST_NAME]


def in_words(size: int) -> str:
    """Answer a size in kilobytes or megabytes, as its language writes numbers."""
    if size < 1 << 20:
        return measure(f"{number(max(1, round(size / 1024)))} KB")
    return measure(f"{number(round(Decimal(size) / (1 << 20), 1))} MB")


def sweep(before: datetime, referred: Referred) -> int:
    """Delete the files older than the moment that no row refers to; answer how many went."""
    gone = delete_drafts(before)
    old = list_older(before)
    while hashes := list(islice(old, HASHES_AT_ONCE)):
        kept = referred(hashes, before)
        gone += sum(delete(one, before) for one in hashes if one not in kept)
    return gone


def list_older(before: datetime) -> Iterator[str]:
    """Give the hashes of the files that were kept before the moment."""
    for path in _root().glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
        if HASH.fullmatch(path.name) and path.stat().st_mtime < before.timestamp():
            yield path.name


def delete(file_hash: str, before: datetime) -> bool:
    """Delete the file, unless it was kept again since the moment; answer whether it is gone."""
    path = _path(file_hash)
    with _locked(fcntl.LOCK_EX), suppress(FileNotFoundError):
        if path.stat().st_mtime < before.timestamp():
            path.unlink()
            return True
    return False


def delete_drafts(before: datetime) -> int:
    """Delete what was arriving before the moment and never was kept; answer how many."""
    old = [p for p in _root().glob(f"{DRAFT}*") if p.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def spool_folder() -> Path:
    """Answer a folder on the disk of the files, for what is put together from them."""
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    return root


def _root() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "files"


def _path(file_hash: str) -> Path:
    if not HASH.fullmatch(file_hash):
        raise ValueError(f"{file_hash!r} is no hash.")
    return _root() / file_hash[:2] / file_hash[2:4] / file_hash


@contextmanager
def _locked(how: int) -> Iterator[None]:
    """Let nobody keep a file while one is deleted, or the other way about."""
    root = _root()
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield

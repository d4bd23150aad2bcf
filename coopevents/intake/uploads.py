"""Workbooks between the look at what they would change and the word to write it."""

import hashlib
import re
import time
from pathlib import Path

from flask import current_app

from coopevents.errors import NotFoundError
from coopevents.i18n import _

KEPT_FOR = 24 * 3600
KEY = re.compile(r"[0-9a-f]{64}")


def keep(data: bytes) -> str:
    """Keep the workbook for a day; answer the key that gives it back."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old(folder)
    key = hashlib.sha256(data).hexdigest()
    (folder / key).write_bytes(data)
    return key


def take(key: str) -> bytes:
    """Answer the workbook kept under the key. Raises NotFoundError when it is gone."""
    if KEY.fullmatch(key) and (path := _folder() / key).is_file():
        return path.read_bytes()
    raise NotFoundError(_("The workbook is no longer kept here. Please choose the file again."))


def forget(key: str) -> None:
    """Keep the workbook no longer."""
    if KEY.fullmatch(key):
        (_folder() / key).unlink(missing_ok=True)


def _forget_old(folder: Path) -> None:
    # The workbook holds names and phones: it stays no longer than somebody needs to read the
    # report of what it would change.
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - KEPT_FOR:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "uploads"

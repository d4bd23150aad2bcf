"""The documents of a report: written once by whoever compiled it, made again when missing."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from flask import current_app

from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.reports import docx, snapshot, xlsx
from coopevents.reports.models import RUNNING, Report, ReportState
from coopevents.reports.snapshot import Snapshot

RENDERERS: dict[str, Callable[[Snapshot, Path], None]] = {"docx": docx.render, "xlsx": xlsx.render}
"""What a report can be had as, by the ending of the file."""

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def write(report_id: int) -> None:
    """Have every document of the computed report on disk, made from its snapshot."""
    report = db.session.get_one(Report, report_id)
    for kind in RENDERERS:
        _render(report, kind, _path(report, kind))


def find(report: Report, kind: str) -> Path:
    """Answer the document's file, made again from the snapshot when it is missing.

    Raises NotFoundError for a kind there is not, or a report that is not computed.
    """
    if kind not in RENDERERS:
        raise NotFoundError(_("There is no such file."))
    if report.state in RUNNING or report.state is ReportState.FAILED:
        raise NotFoundError(_("This report is not compiled yet."))
    path = _path(report, kind)
    if not path.exists():
        _render(report, kind, path)
    return path


def write_into(report: Report, folder: Path) -> list[Path]:
    """Have every document of the computed report in a folder, and answer their paths."""
    paths = [folder / file_name(report, kind) for kind in RENDERERS]
    for kind, path in zip(RENDERERS, paths, strict=True):
        _render(report, kind, path)
    return paths


def file_name(report: Report, kind: str) -> str:
    """Answer what the document is called when it is downloaded."""
    label = report.period.label.replace("–", "-").replace(" ", "-")
    return f"bao-cao-{label}-v{report.version}.{kind}"


def _path(report: Report, kind: str) -> Path:
    folder = Path(current_app.config["DATA_DIR"]) / "reports" / str(report.id)
    return folder / f"v{report.version}.{kind}"


def _render(report: Report, kind: str, path: Path) -> None:
    # Under another name first: nobody ever finds half a document under the right one.
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{uuid4().hex}.{kind}")
    try:
        RENDERERS[kind](snapshot.load(report), draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)

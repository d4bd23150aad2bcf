"""The file of an activity as one ZIP: an index page, and folders with numbered papers."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask import current_app, render_template

from coopevents import clock, files, names
from coopevents.audit import service as audit
from coopevents.events.models import Event
from coopevents.handover.activity import tell_activity
from coopevents.handover.after import tell_checklist, tell_results, tell_spending
from coopevents.handover.guests import tell_attendance, tell_invitations
from coopevents.handover.papers import tell_materials
from coopevents.handover.parts import Paper, Section
from coopevents.handover.words import WORDS

SECTIONS: tuple[Callable[[Event], Section], ...] = (
    tell_activity,
    tell_invitations,
    tell_attendance,
    tell_materials,
    tell_results,
    tell_spending,
    tell_checklist,
)
"""Who tells what of an activity, in order. A room that has more to tell adds its function."""

INDEX = "index.html"
STYLE = "style.css"
LONGEST_FOLDER = 40


@dataclass(frozen=True)
class Placed:
    """A paper with the address it has below the index page; None where it is missing."""

    paper: Paper
    address: str | None


@dataclass(frozen=True)
class Chapter:
    """A section with its papers in their places, by group."""

    number: int
    section: Section
    groups: Sequence[tuple[str, Sequence[Placed]]]

    def placed(self) -> Iterator[Placed]:
        """Give its papers, those that are missing too."""
        for _name, placed in self.groups:
            yield from placed


@dataclass(frozen=True)
class Folder:
    """The whole file of an activity, ready to be packed: it asks the database nothing more."""

    name: str
    index: str
    chapters: Sequence[Chapter]


def compile_folder(event: Event) -> Folder:
    """Answer the file of the activity as it stands now; that it was taken away is audited."""
    chapters = [_chapter(n, tell(event)) for n, tell in enumerate(SECTIONS, start=1)]
    missing = [p.paper.title for c in chapters for p in c.placed() if p.address is None]
    index = render_template(
        "handover/index.html",
        event=event,
        chapters=chapters,
        missing=missing,
        made_at=clock.now(),
        word=_word,
    )
    taken = sum(1 for chapter in chapters for each in chapter.placed() if each.address)
    audit.record(
        "event.file_taken",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={"papers": (None, taken)},
    )
    stem = names.file_stem(event.title, 50) or "hoat-dong"
    return Folder(f"ho-so-{event.id}-{stem}.zip", index, chapters)


def pack(folder: Folder) -> IO[bytes]:
    """Answer the folder as a ZIP on the disk, without a name there, ready to be read."""
    with ExitStack() as unfinished:
        spool = unfinished.enter_context(tempfile.TemporaryFile(dir=files.spool_folder()))
        with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(INDEX, folder.index)
            archive.write(_style(), STYLE)
            for chapter in folder.chapters:
                for placed in chapter.placed():
                    _put(archive, placed)
        spool.seek(0)
        unfinished.pop_all()
        return spool


def _put(archive: zipfile.ZipFile, placed: Placed) -> None:
    if placed.address is None:
        return
    if placed.paper.path is not None:
        # Documents and pictures are packed already.
        archive.write(placed.paper.path, placed.address, zipfile.ZIP_STORED)
    elif placed.paper.make is not None:
        archive.writestr(placed.address, placed.paper.make(), zipfile.ZIP_STORED)


def _style() -> Path:
    return Path(current_app.static_folder or "") / "css" / "handover.css"


def _chapter(place: int, section: Section) -> Chapter:
    folder = f"{place}-{section.slug}"
    groups: dict[str, list[Paper]] = {}
    for paper in section.papers:
        groups.setdefault(paper.group, []).append(paper)
    return Chapter(
        place,
        section,
        [
            (group, _placed(_folder(folder, at, papers[0].folder or group), papers))
            for at, (group, papers) in enumerate(groups.items(), start=1)
        ],
    )


def _folder(folder: str, place: int, group: str) -> str:
    if not group:
        return folder
    return f"{folder}/{place}-{names.file_stem(group, LONGEST_FOLDER)}".rstrip("-")


def _placed(folder: str, papers: Sequence[Paper]) -> list[Placed]:
    """Answer the papers under names that every system can write; the number keeps them apart."""
    placed = []
    for place, paper in enumerate(papers, start=1):
        name = f"{place:02d}-{names.file_stem(paper.stem or paper.title)}".rstrip("-")
        address = None if paper.is_missing else f"{folder}/{name}.{paper.extension}"
        placed.append(Placed(paper, address))
    return placed


def _word(cell: Any) -> str:
    """Answer what a state is called."""
    return str(WORDS[cell])

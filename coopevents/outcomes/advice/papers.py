"""The documents of an advice case: taken in, read, removed with a reason."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock, files, names
from coopevents.db import db
from coopevents.errors import InputError, NotFoundError
from coopevents.files import Draft
from coopevents.i18n import _
from coopevents.outcomes.advice.models import AdviceCase, AdvicePaper
from coopevents.outcomes.advice.service import hold, tell, user_id

QUOTA = 200 << 20
"""So many bytes the documents of one case may have together."""


def add(case: AdviceCase, drafts: Sequence[Draft]) -> list[AdvicePaper]:
    """Have the files among the documents of the case, and answer those that are new.

    One that stands there already is not kept twice. Raises InputError for more than the quota.
    """
    # Whoever holds the case counts alone, so that two who send at once keep within the quota.
    hold(AdviceCase, case.id)
    standing = {paper.sent_hash for paper in list_papers(case)}
    new = {one.sent_hash: one for one in drafts if one.sent_hash not in standing}
    _require_room(case, sum(one.size for one in new.values()))
    added = []
    for arrived in new.values():
        files.keep(arrived)
        paper = AdvicePaper(
            case_id=case.id,
            file_hash=arrived.hash,
            sent_hash=arrived.sent_hash,
            size=arrived.size,
            content_type=arrived.type.mime,
            name=arrived.name,
            uploaded_by_id=user_id(),
        )
        db.session.add(paper)
        added.append(paper)
        tell("paper_added", case, {"name": (None, paper.name), "file": (None, paper.file_hash)})
    return added


def _require_room(case: AdviceCase, size: int) -> None:
    held = db.session.scalar(
        select(func.coalesce(func.sum(AdvicePaper.size), 0)).where(
            AdvicePaper.case_id == case.id, AdvicePaper.removed_at.is_(None)
        )
    )
    if size and int(held or 0) + size > QUOTA:
        raise InputError.at(
            "papers",
            _(
                "The documents of one case may have %(size)s MB together, and these would not fit.",
                size=QUOTA >> 20,
            ),
        )


def remove(paper: AdvicePaper, reason: str) -> None:
    """Take the document away from its case, for a reason; its row stays.

    Its content goes with the sweep a day later, unless another row refers to it.
    """
    reason = names.clean(reason)
    if not reason:
        raise InputError.at("reason", _("Please fill this in."))
    # Of two who remove it at once, the second finds it gone.
    db.session.refresh(paper, with_for_update={"of": AdvicePaper})
    get_paper(paper.id, paper.case)
    paper.removed_at, paper.removed_by_id, paper.removed_reason = clock.now(), user_id(), reason
    tell("paper_removed", paper.case, {"name": (paper.name, None), "reason": (None, reason)})


def list_papers(case: AdviceCase) -> list[AdvicePaper]:
    """Answer the standing documents of the case, the latest first."""
    return list(
        db.session.scalars(
            select(AdvicePaper)
            .where(AdvicePaper.case_id == case.id, AdvicePaper.removed_at.is_(None))
            .options(joinedload(AdvicePaper.uploaded_by))
            .order_by(AdvicePaper.id.desc())
        )
    )


def list_removed(case: AdviceCase) -> list[AdvicePaper]:
    """Answer what was removed from the case, the latest first."""
    return list(
        db.session.scalars(
            select(AdvicePaper)
            .where(AdvicePaper.case_id == case.id, AdvicePaper.removed_at.is_not(None))
            .options(joinedload(AdvicePaper.removed_by))
            .order_by(AdvicePaper.removed_at.desc(), AdvicePaper.id.desc())
        )
    )


def get_paper(paper_id: int, case: AdviceCase) -> AdvicePaper:
    """Answer the standing document of the case. Raises NotFoundError otherwise."""
    paper = db.session.get(AdvicePaper, paper_id)
    if paper is None or paper.case_id != case.id or paper.removed_at is not None:
        raise NotFoundError(_("There is no such file."))
    return paper


def referred(hashes: Collection[str], since: datetime) -> set[str]:
    """Answer those of the files that a row refers to, or referred to until after the moment."""
    return set(
        db.session.scalars(
            select(AdvicePaper.file_hash).where(
                AdvicePaper.file_hash.in_(list(hashes)),
                or_(AdvicePaper.removed_at.is_(None), AdvicePaper.removed_at >= since),
            )
        )
    )

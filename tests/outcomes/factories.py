"""Counts of jobs and declarations of reach for tests, written straight into their tables."""

import uuid
from datetime import date

from coopevents.db import db
from coopevents.directory.models import Organisation
from coopevents.events.models import Event
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.models import CountSource, JobCount, JobCountVerification
from coopevents.outcomes.reach.models import ReachChannel, ReachDeclaration
from coopevents.programme.models import Programme


def make_count(
    programme: Programme,
    organisation: Organisation,
    half: str,
    members: int | None = 10,
    workers: int | None = 0,
    both: int | None = 0,
    *,
    verified: bool = True,
    corrects: JobCount | None = None,
) -> JobCount:
    """Count the women of the organisation; with `members` None, take `corrects` back."""
    half_year = HalfYear.read(half)
    withdrawn = members is None
    row = JobCount(
        programme_id=programme.id,
        organisation_id=organisation.id,
        year=half_year.year,
        half=half_year.half,
        women_members=members,
        women_workers=None if withdrawn else workers,
        women_both=None if withdrawn else both,
        counted_on=half_year.last_on,
        source=CountSource.OWN_REPORT,
        paper=f"Báo cáo {half}",
        corrects_id=corrects.id if corrects else None,
        reason="Ghi nhầm" if corrects else None,
        submission_id=uuid.uuid4(),
        by_label="Lê Thị Mẫu",
    )
    db.session.add(row)
    db.session.flush()
    if verified and not withdrawn:
        make_verification(row)
    return row


def make_verification(count: JobCount) -> JobCountVerification:
    """Have somebody find the count right."""
    row = JobCountVerification(count_id=count.id, by_label="Trần Thị Duyệt")
    db.session.add(row)
    db.session.flush()
    return row


def make_declaration(
    event: Event,
    reached: int | None = 500,
    channel: ReachChannel = ReachChannel.ARTICLE,
    *,
    corrects: ReachDeclaration | None = None,
) -> ReachDeclaration:
    """Declare how many the activity reached; with `reached` None, take `corrects` back."""
    row = ReachDeclaration(
        programme_id=event.programme_id,
        event_id=event.id,
        channel=channel,
        reached=reached,
        reached_on=date(2026, 3, 10),
        evidence="Báo Phú Thọ ngày 10/3/2026",
        corrects_id=corrects.id if corrects else None,
        reason="Ghi nhầm" if corrects else None,
        submission_id=uuid.uuid4(),
        by_label="Lê Thị Mẫu",
    )
    db.session.add(row)
    db.session.flush()
    return row

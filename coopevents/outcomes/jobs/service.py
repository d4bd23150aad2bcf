"""Keeping counts of women's jobs: told once, corrected by a new row, verified by another pair of
eyes. Nothing that was written changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import checks
from coopevents.directory.existence import check_existence
from coopevents.directory.models import Organisation
from coopevents.editing import clean
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day, number
from coopevents.outcomes.jobs import queries
from coopevents.outcomes.jobs.halves import HalfYear, offered
from coopevents.outcomes.jobs.models import CountSource, JobCount, JobCountVerification
from coopevents.programme.models import Programme

MOST = 100_000
"""More women than this no organisation has: a slip of the finger."""

NUMBERS = ("women_members", "women_workers", "women_both")


@dataclass(frozen=True)
class Told:
    """What a paper says of an organisation's jobs."""

    women_members: int
    women_workers: int
    women_both: int
    counted_on: date
    source: CountSource
    paper: str


class StandsAlreadyError(DomainError):
    """Something stands of this half-year that whoever sends the form has not seen."""

    def __init__(self, standing: JobCount) -> None:
        super().__init__(
            _("Nothing was written: %(who)s entered this half-year before.", who=standing.by_label)
        )
        self.standing = standing


def record(
    programme: Programme,
    organisation: Organisation,
    half: HalfYear,
    told: Told,
    submission_id: UUID,
    *,
    corrects_id: int | None = None,
    reason: str | None = None,
) -> JobCount:
    """Write how many jobs there were; with `corrects_id`, instead of what stood, for a reason.

    The same form sent twice is one row. Raises StandsAlreadyError where another row stands than
    the one `corrects_id` names, InputError for what cannot be.
    """
    _require_in_scope(programme, organisation, half)
    before = _standing(programme, organisation, half, submission_id, corrects_id)
    if before is not None and before.submission_id == submission_id:
        return before
    values = {**_checked(organisation, half, told)}
    if before is not None:
        reason = _needed(reason, "reason")
        if all(getattr(before, name) == value for name, value in values.items()):
            raise InputError(_("This is what stands already."))
    row = JobCount(
        programme_id=programme.id,
        organisation_id=organisation.id,
        year=half.year,
        half=half.half,
        corrects_id=before.id if before else None,
        reason=reason if before else None,
        submission_id=submission_id,
        **values,
        **_who(),
    )
    _write(row, "job_count.corrected" if before else "job_count.recorded", before)
    return row


def withdraw(
    programme: Programme, count: JobCount, reason: str | None, submission_id: UUID
) -> JobCount:
    """Take back a count that should not have been entered: nothing is known then, not zero."""
    organisation, half = count.organisation, count.half_year
    before = _standing(programme, organisation, half, submission_id, count.id)
    if before is not None and before.submission_id == submission_id:
        return before
    if count.is_withdrawn:
        raise DomainError(_("This count was taken back already."))
    row = JobCount(
        programme_id=programme.id,
        organisation_id=organisation.id,
        year=half.year,
        half=half.half,
        women_members=None,
        women_workers=None,
        women_both=None,
        counted_on=count.counted_on,
        source=count.source,
        paper=count.paper,
        corrects_id=count.id,
        reason=_needed(reason, "reason"),
        submission_id=submission_id,
        **_who(),
    )
    _write(row, "job_count.withdrawn", count)
    return row


def verify(programme: Programme, counts: Sequence[JobCount]) -> list[JobCountVerification]:
    """Write that whoever acts compared these counts with their papers; all of them or none.

    What was verified already stays as it is. Raises DomainError for a count that does not stand
    any more, and for one that the same person entered.
    """
    for organisation_id in sorted({count.organisation_id for count in counts}):
        _lock(db.session.get_one(Organisation, organisation_id))
    written = []
    for count in counts:
        standing = queries.last_row(programme.id, count.organisation_id, count.half_year)
        if standing is not count or count.is_withdrawn:
            raise DomainError(
                _("A count was corrected meanwhile. Look at the list again; nothing was verified.")
            )
        who = access.actor()
        if who.kind == "user" and who.id == count.recorded_by_id:
            raise DomainError(_("Whoever entered a count does not verify it: another person does."))
        if _is_verified(count):
            continue
        row = JobCountVerification(
            count_id=count.id,
            verified_by_id=who.id if who.kind == "user" else None,
            by_label=who.label,
        )
        db.session.add(row)
        written.append(row)
        audit.record("job_count.verified", "job_count", count.id, programme_id=programme.id)
    db.session.flush()
    return written


def _is_verified(count: JobCount) -> bool:
    return (
        db.session.scalar(
            select(JobCountVerification.id).where(JobCountVerification.count_id == count.id)
        )
        is not None
    )


def _standing(
    programme: Programme,
    organisation: Organisation,
    half: HalfYear,
    submission_id: UUID,
    corrects_id: int | None,
) -> JobCount | None:
    """Answer the row to be corrected, or the very row this form has written before."""
    # Of two officers who enter the same half-year at one moment, the second sees the first.
    _lock(organisation)
    sent = db.session.scalar(select(JobCount).where(JobCount.submission_id == submission_id))
    if sent is not None:
        same = (programme.id, organisation.id, half)
        if (sent.programme_id, sent.organisation_id, sent.half_year) != same:
            raise InputError(_("This form is damaged. Please open the page again."))
        return sent
    standing = queries.last_row(programme.id, organisation.id, half)
    if standing is not None and standing.id != corrects_id:
        raise StandsAlreadyError(standing)
    return standing


def _lock(organisation: Organisation) -> None:
    db.session.refresh(organisation, with_for_update={"key_share": True})


def _require_in_scope(programme: Programme, organisation: Organisation, half: HalfYear) -> None:
    checks.require_kept(organisation)
    if organisation.kind not in queries.KINDS:
        raise DomainError(_("Jobs are counted in cooperatives and groups only."))
    if half not in offered(programme.starts_on, clock.today()):
        raise DomainError(_("Jobs are not counted for this half-year."))


def _checked(organisation: Organisation, half: HalfYear, told: Told) -> dict[str, Any]:
    for name in NUMBERS:
        if not 0 <= getattr(told, name) <= MOST:
            raise InputError.at(name, _("Give a number from 0 to %(most)s.", most=number(MOST)))
    if told.women_both > min(told.women_members, told.women_workers):
        raise InputError.at(
            "women_both",
            _("Women who are both are among the members and among the workers: no more than each."),
        )
    if told.counted_on > clock.today():
        raise InputError.at(
            "counted_on", _("%(day)s lies in the future.", day=day(told.counted_on))
        )
    if told.counted_on < half.first_on:
        raise InputError.at(
            "counted_on",
            _(
                "This half-year begins on %(first)s; %(day)s lies before it.",
                first=day(half.first_on),
                day=day(told.counted_on),
            ),
        )
    check_existence(organisation, min(half.last_on, clock.today()), "counted_on")
    return {
        **{name: getattr(told, name) for name in NUMBERS},
        "counted_on": told.counted_on,
        "source": told.source,
        "paper": _needed(told.paper, "paper"),
    }


def _needed(text: str | None, field: str) -> str:
    cleaned = clean(text)
    if not cleaned:
        raise InputError.at(field, _("Please fill this in."))
    return cleaned


def _write(row: JobCount, act: str, before: JobCount | None) -> None:
    db.session.add(row)
    db.session.flush()
    named = (*NUMBERS, "counted_on", "source", "paper")
    changes: dict[str, tuple[Any, Any]] = {
        name: (getattr(before, name) if before else None, getattr(row, name)) for name in named
    }
    changes["half_year"] = (None, row.half_year.key)
    changes["organisation_id"] = (None, row.organisation_id)
    if row.reason:
        changes["reason"] = (None, row.reason)
    audit.record(act, "job_count", row.id, programme_id=row.programme_id, changes=changes)


def _who() -> dict[str, Any]:
    who = access.actor()
    return {"recorded_by_id": who.id if who.kind == "user" else None, "by_label": who.label}

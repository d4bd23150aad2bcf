"""What advice cases tell of the organisations a statement asks about, for whoever counts these."""

from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import LineageKind, Organisation, OrganisationLineage
from coopevents.outcomes.advice.models import AdviceCase, Founding


def stands() -> ColumnElement[bool]:
    """Answer the condition that a Founding of the statement was not taken back."""
    other = aliased(Founding)
    taken_back = select(other.id).where(other.corrects_id == Founding.id).correlate(Founding)
    return Founding.corrects_id.is_(None) & ~taken_back.exists()


def founded_by_cases(programme_id: int) -> Select[int]:
    """Answer the organisations that cases of the programme led to."""
    return identity.with_kept(
        select(Founding.organisation_id)
        .join(AdviceCase, AdviceCase.id == Founding.case_id)
        .where(AdviceCase.programme_id == programme_id, stands())
    )


def recorded_days(programme_id: int) -> Select[date]:
    """Answer the legal days on record for the founding of the enclosing statement's Organisation.

    The earliest is first, should an entry that was merged into it have one too.
    """
    return (
        select(Founding.registered_on)
        .join(AdviceCase, AdviceCase.id == Founding.case_id)
        .where(
            AdviceCase.programme_id == programme_id,
            identity.is_of(Founding.organisation_id),
            stands(),
        )
        .order_by(Founding.registered_on, Founding.id)
        .limit(1)
        .correlate(Organisation)
    )


def advised(programme_id: int, body_ids: Select[int]) -> Select[AdviceCase]:
    """Answer the cases of these bodies for the enclosing statement's Organisation.

    A case is for it when it names it, led to its founding, or is for the group that converted
    into it; entries that were merged into any of them are the same.
    """
    led_to = (
        select(Founding.case_id)
        .where(identity.is_of(Founding.organisation_id), stands())
        .correlate(Organisation)
    )
    group, entry = aliased(Organisation), aliased(Organisation)
    same = func.coalesce(entry.duplicate_of_id, entry.id) == func.coalesce(
        group.duplicate_of_id, group.id
    )
    converted = (
        select(entry.id)
        .join(group, same)
        .join(OrganisationLineage, OrganisationLineage.old_id == group.id)
        .where(
            OrganisationLineage.kind == LineageKind.CONVERT,
            identity.is_of(OrganisationLineage.new_id),
        )
        .correlate(Organisation)
    )
    return (
        select(AdviceCase)
        .where(
            AdviceCase.programme_id == programme_id,
            AdviceCase.body_id.in_(body_ids),
            or_(
                identity.is_of(AdviceCase.organisation_id),
                AdviceCase.id.in_(led_to),
                AdviceCase.organisation_id.in_(converted),
            ),
        )
        .correlate(Organisation)
    )


def came_of(organisation: Organisation) -> list[int]:
    """Answer what a group became by converting, as the entries that are kept."""
    entries = identity.with_merged([organisation.id])
    became = db.session.scalars(
        select(OrganisationLineage.new_id).where(
            OrganisationLineage.old_id.in_(entries), OrganisationLineage.kind == LineageKind.CONVERT
        )
    ).all()
    return sorted(set(identity.kept_ids([id_ for id_ in became if id_]).values()))

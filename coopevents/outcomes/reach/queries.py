from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.outcomes.reach.models import ReachChannel, ReachDeclaration


def uncorrected() -> ColumnElement[bool]:
    """Answer the condition that nobody corrected a declaration."""
    later = aliased(ReachDeclaration)
    return (
        ~select(later.id)
        .where(later.corrects_id == ReachDeclaration.id)
        .correlate(ReachDeclaration)
        .exists()
    )


def list_standing(event: Event) -> list[ReachDeclaration]:
    """Answer what is declared of the activity and was neither corrected nor taken back."""
    return list(
        db.session.scalars(
            select(ReachDeclaration)
            .where(
                ReachDeclaration.event_id == event.id,
                ReachDeclaration.reached.is_not(None),
                uncorrected(),
            )
            .order_by(ReachDeclaration.reached_on, ReachDeclaration.id)
        )
    )


def list_rows(event: Event) -> list[ReachDeclaration]:
    """Answer every row about the activity, the latest first."""
    return list(
        db.session.scalars(
            select(ReachDeclaration)
            .where(ReachDeclaration.event_id == event.id)
            .order_by(ReachDeclaration.id.desc())
        )
    )


def find_sent(submission_id: object) -> ReachDeclaration | None:
    """Answer the declaration that a form of this number wrote before."""
    return db.session.scalar(
        select(ReachDeclaration).where(ReachDeclaration.submission_id == submission_id)
    )


def is_corrected(declaration: ReachDeclaration) -> bool:
    """Whether a later row stands in its place."""
    asked = select(ReachDeclaration.id).where(ReachDeclaration.corrects_id == declaration.id)
    return db.session.scalar(asked) is not None


def get_declaration(declaration_id: int, event: Event) -> ReachDeclaration:
    """Answer the declaration, if it is of the activity. Raises NotFoundError otherwise."""
    found = db.session.get(ReachDeclaration, declaration_id)
    if found is None or found.event_id != event.id:
        raise NotFoundError(_("There is no such declaration."))
    return found


def by_channel(declarations: list[ReachDeclaration]) -> dict[ReachChannel, int]:
    """Answer how many times people were reached by each channel that was used."""
    found: dict[ReachChannel, int] = {}
    for one in declarations:
        found[one.channel] = found.get(one.channel, 0) + (one.reached or 0)
    return found

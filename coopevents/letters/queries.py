from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload

from coopevents.db import db, one_of
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.letters import wording
from coopevents.letters.models import Letter, LetterCopy


def list_letters(event: Event) -> list[Letter]:
    """Answer the letters of the activity, the latest first."""
    return list(
        db.session.scalars(
            select(Letter).where(Letter.event_id == event.id).order_by(Letter.id.desc())
        )
    )


def get_letter(event: Event, letter_id: int) -> Letter:
    """Answer the letter, if it is one of the activity's. Raises NotFoundError otherwise."""
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.event_id != event.id:
        raise NotFoundError(_("There is no such letter."))
    return letter


def latest_copies(invitation_ids: Collection[int]) -> dict[int, LetterCopy]:
    """Answer the letter each invitee was printed last: its number is the invitation's."""
    rows = db.session.scalars(
        select(LetterCopy)
        .where(one_of(LetterCopy.invitation_id, invitation_ids))
        .options(joinedload(LetterCopy.letter))
        .ext(distinct_on(LetterCopy.invitation_id))
        .order_by(LetterCopy.invitation_id, LetterCopy.id.desc())
    )
    return {copy.invitation_id: copy for copy in rows}


def is_outdated(letter: Letter) -> bool:
    """Whether the activity is another one than the letter says."""
    now = wording.facts(letter.event)
    return any(letter.said[name] != said for name, said in now.items())


def letters_before(letter: Letter, ids: Collection[int]) -> dict[int, Letter]:
    """Answer the letter that this one replaces for each invitee who had another before."""
    rows = db.session.scalars(
        select(LetterCopy)
        .where(one_of(LetterCopy.invitation_id, ids), LetterCopy.letter_id < letter.id)
        .options(joinedload(LetterCopy.letter))
        .ext(distinct_on(LetterCopy.invitation_id))
        .order_by(LetterCopy.invitation_id, LetterCopy.letter_id.desc())
    )
    return {copy.invitation_id: copy.letter for copy in rows}

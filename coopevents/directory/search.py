"""What is typed to find an organisation by: words of its names, or the beginning of a code."""

from sqlalchemy import ColumnElement, and_, func, or_, select, union

from coopevents import names
from coopevents.directory import identity
from coopevents.directory.models import Organisation, OrganisationCode, OrganisationName

SHORTEST_CODE = 3
"""Fewer signs of a code say nothing: almost every code begins with them."""


def is_found_by(q: str) -> ColumnElement[bool]:
    """Answer the condition that a name an organisation has borne holds the words, or a code does.

    Words may be cut short and stand in any order; marks make no difference. A code is found whole
    or by its beginning. What an entry bore that was merged is borne by the one that was kept.
    """
    found = select(OrganisationName.organisation_id).where(holds_words(q))
    if code := _code(q):
        begins = OrganisationCode.code.startswith(code, autoescape=True)
        coded = select(OrganisationCode.organisation_id).where(begins)
        return Organisation.id.in_(identity.with_kept(union(found, coded)))
    return Organisation.id.in_(identity.with_kept(found))


def holds_words(q: str) -> ColumnElement[bool]:
    """Answer the condition that an OrganisationName holds every word, whatever its marks."""
    return and_(
        *(
            or_(*(OrganisationName.name_fold.like(pattern) for pattern in either))
            for either in names.patterns(q)
        )
    )


def holds_words_as_typed(q: str) -> ColumnElement[bool]:
    """Answer the condition that an OrganisationName holds every word with the very marks typed."""
    name = func.lower(OrganisationName.name)
    return and_(
        # What holds the marks holds the words: this is the cheaper question, so it is put first.
        holds_words(q),
        *(or_(*(name.like(pattern) for pattern in either)) for either in names.marked_patterns(q)),
    )


def _code(q: str) -> str | None:
    """Answer what was typed as a code, or None for what is none: codes have digits."""
    code = "".join(q.split()).upper()
    return code if len(code) >= SHORTEST_CODE and any(c.isdigit() for c in code) else None

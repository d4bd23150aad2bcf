"""Which entries of the register may be one: organisations, and people.

A name alone is a sign where few bear it; a common name needs the commune, a number or an address
beside it. A number alone is none, for families and neighbours share one. Nothing is ever merged
by what stands here: it only says where to look.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from coopevents.directory.models import Organisation, Person, Register
from coopevents.duplicates import traits
from coopevents.duplicates.matching import FEW, Sign
from coopevents.duplicates.pairing import (
    SHARED,
    CandidatePage,
    kept_apart,
    page,
    reaching,
    sharing,
    together,
)
from coopevents.duplicates.traits import REACHES, Rows


def list_organisations(
    register: Register, *, after: str | None = None, limit: int = 50
) -> CandidatePage:
    """Answer pairs of organisations that may be one, the likeliest first. One query.

    Of another kind, or known to the authorities by another code, they are none by name alone.
    What came out of one another is none at all.
    """
    found = together(
        [
            sharing(traits.organisation_names(register), [Sign.NAME], most=FEW),
            sharing(traits.organisation_seats(register), [Sign.NAME, Sign.COMMUNE]),
            sharing(traits.organisation_codes(register), [Sign.CODE]),
            *_reaching(register, traits.organisation_reach, _holds_all_words),
        ]
    )
    one, other = aliased(Organisation), aliased(Organisation)
    ids = found.c.first_id, found.c.second_id
    agree: dict[Sign, ColumnElement[Any]] = {sign: found.c[sign.value] for sign in SHARED}
    agree[Sign.FOUNDED] = _told(one.founded_on == other.founded_on)
    differ = {
        Sign.CODE: and_(~found.c.code, traits.codes_differ(*ids)),
        Sign.KIND: one.kind != other.kind,
        Sign.FOUNDED: _told(one.founded_on != other.founded_on),
    }
    likely = or_(
        found.c.code,
        found.c.phone,
        found.c.email,
        and_(found.c.name, ~differ[Sign.KIND], ~differ[Sign.CODE]),
    )
    rows: Rows = (
        select(*ids)
        .join(one, one.id == found.c.first_id)
        .join(other, other.id == found.c.second_id)
        .where(likely, ~kept_apart(found, Organisation), ~traits.is_kin(*ids))
    )
    return page(rows, agree, differ, after, limit)


def list_people(register: Register, *, after: str | None = None, limit: int = 50) -> CandidatePage:
    """Answer pairs of people who may be one, the likeliest first. One query.

    Two of whom different years of birth are known are none by name alone; nor are two of whom
    different communes are known, unless they were born in one year.
    """
    found = together(
        [
            sharing(traits.person_names(register), [Sign.NAME], most=FEW),
            sharing(traits.person_seats(register), [Sign.NAME, Sign.COMMUNE]),
            *_reaching(register, traits.person_reach, _bear_one_given_name),
        ]
    )
    one, other = aliased(Person), aliased(Person)
    agree: dict[Sign, ColumnElement[Any]] = {
        sign: found.c[sign.value] for sign in SHARED if sign is not Sign.CODE
    }
    agree[Sign.BIRTH_YEAR] = _told(one.birth_year == other.birth_year)
    differ = {
        Sign.BIRTH_YEAR: _told(one.birth_year != other.birth_year),
        Sign.SEX: traits.sexes_differ(one.sex, other.sex),
    }
    elsewhere = and_(*(traits.is_seated(id_) for id_ in (found.c.first_id, found.c.second_id)))
    likely = or_(
        and_(found.c.name, or_(found.c.phone, found.c.email)),
        and_(
            found.c.name,
            ~differ[Sign.BIRTH_YEAR],
            or_(found.c.commune, agree[Sign.BIRTH_YEAR], ~elsewhere),
        ),
        # Only the given name is the same, and the number: nothing may speak against it.
        and_(~found.c.name, ~differ[Sign.BIRTH_YEAR], ~differ[Sign.SEX]),
    )
    rows: Rows = (
        select(found.c.first_id, found.c.second_id)
        .join(one, one.id == found.c.first_id)
        .join(other, other.id == found.c.second_id)
        .where(likely, ~kept_apart(found, Person))
    )
    return page(rows, agree, differ, after, limit)


def _reaching(
    register: Register,
    reach: Callable[[Register, Sign], Rows],
    similar: Callable[[Any, Any], ColumnElement[bool]],
) -> list[Rows]:
    return [
        reaching(reach(register, sign).where(traits.shared_tails(sign)), sign, similar)
        for sign in REACHES
    ]


def _told(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Answer the condition where both sides are known; what is missing agrees with nothing."""
    return func.coalesce(condition, false())


def _holds_all_words(one: Any, other: Any) -> ColumnElement[bool]:
    words, others = func.string_to_array(one.c.key, " "), func.string_to_array(other.c.key, " ")
    return or_(words.bool_op("<@")(others), others.bool_op("<@")(words))


def _bear_one_given_name(one: Any, other: Any) -> ColumnElement[bool]:
    given = func.substring(one.c.key, "[^ ]+$")
    return given == func.substring(other.c.key, "[^ ]+$")

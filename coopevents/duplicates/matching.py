"""What makes two entries look like one: the signs that agree or differ, and what they weigh."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, literal

from coopevents.i18n import _l


class Sign(StrEnum):
    """Something that both entries tell."""

    CODE = "code"
    NAME = "name"
    SIMILAR_NAME = "similar_name"
    """One name holds all words of the other, or two people bear the same given name."""
    COMMUNE = "commune"
    PHONE = "phone"
    EMAIL = "email"
    FOUNDED = "founded"
    BIRTH_YEAR = "birth_year"
    KIND = "kind"
    SEX = "sex"


AGREEING = {
    Sign.CODE: 10,
    Sign.NAME: 5,
    Sign.EMAIL: 4,
    Sign.PHONE: 4,
    Sign.COMMUNE: 3,
    Sign.FOUNDED: 3,
    Sign.BIRTH_YEAR: 3,
    Sign.SIMILAR_NAME: 2,
}
"""What a sign adds to the rank of a pair in which it agrees."""

DIFFERING = {Sign.CODE: 4, Sign.BIRTH_YEAR: 4, Sign.KIND: 3, Sign.FOUNDED: 2, Sign.SEX: 2}
"""What a sign takes from the rank of a pair in which it is known of both and differs."""

FEW = 4
"""So many bearers of a name are few: the name alone is a sign, until something speaks against it.

A common name says nothing without another sign, such as the commune.
"""

CROWD = 50
"""A number or a name in a commune that more entries share tells nobody apart: a commune official
lends her phone to all. It also keeps the search from growing with the square of the register."""

SIGN_LABELS = {
    Sign.CODE: _l("Code"),
    Sign.NAME: _l("Name"),
    Sign.SIMILAR_NAME: _l("Similar name"),
    Sign.COMMUNE: _l("Commune"),
    Sign.PHONE: _l("Phone"),
    Sign.EMAIL: _l("E-mail"),
    Sign.FOUNDED: _l("Founded"),
    Sign.BIRTH_YEAR: _l("Year of birth"),
    Sign.KIND: _l("Kind"),
    Sign.SEX: _l("Sex"),
}


@dataclass(frozen=True)
class Candidate:
    """Two entries of the register that may be one, the older first, and why."""

    first_id: int
    second_id: int
    rank: int
    agree: tuple[Sign, ...]
    differ: tuple[Sign, ...]

    @property
    def cursor(self) -> str:
        """Where a list goes on after this pair."""
        return f"{self.rank}.{self.first_id}.{self.second_id}"


@dataclass(frozen=True)
class Match:
    """An entry of the register that may be what somebody is about to enter, and why."""

    id: int
    rank: int
    agree: tuple[Sign, ...]
    differ: tuple[Sign, ...]


def rank(agree: Iterable[Sign], differ: Iterable[Sign]) -> int:
    """Answer how strongly the signs speak for one entry made twice."""
    return sum(AGREEING[sign] for sign in agree) - sum(DIFFERING[sign] for sign in differ)


def rank_sql(
    agree: Mapping[Sign, ColumnElement[Any]], differ: Mapping[Sign, ColumnElement[Any]]
) -> ColumnElement[int]:
    """Answer the same in SQL, from a condition for each sign."""
    total: ColumnElement[int] = literal(0, Integer)
    for sign, holds in agree.items():
        total = total + case((holds, AGREEING[sign]), else_=0)
    for sign, holds in differ.items():
        total = total - case((holds, DIFFERING[sign]), else_=0)
    return total

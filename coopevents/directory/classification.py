"""Which organisations are led by women: the named, versioned counting rules.

The programme's text has three terms for it (làm chủ; tham gia quản lý; quản lý, điều hành), so
there are three rules. What is stored is who held which post from when to when; the class on a
day is computed, unless somebody decided it with a reason.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select

from coopevents.db import db, valid_on
from coopevents.directory.models import (
    ClassificationOverride,
    Organisation,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.errors import NotFoundError
from coopevents.i18n import _

HEADING = frozenset({PostKind.BOARD_CHAIR, PostKind.DIRECTOR, PostKind.GROUP_LEADER})
MANAGEMENT = HEADING | {
    PostKind.BOARD_MEMBER,
    PostKind.DEPUTY_DIRECTOR,
    PostKind.SUPERVISOR,
    PostKind.ACCOUNTANT,
    PostKind.DEPUTY_GROUP_LEADER,
}
BOARD = frozenset({PostKind.BOARD_CHAIR, PostKind.BOARD_MEMBER, PostKind.GROUP_LEADER})
EXECUTIVE = frozenset({PostKind.DIRECTOR, PostKind.GROUP_LEADER})


@dataclass(frozen=True)
class Rule:
    """A woman must hold one post of each set. Another reading is another version."""

    name: str
    version: int
    posts: tuple[frozenset[PostKind], ...]

    def is_met_by(self, held: Collection[PostKind]) -> bool:
        """Whether women who hold these posts make an organisation women-led."""
        return all(wanted & set(held) for wanted in self.posts)


WOMEN_HEADED = Rule("WOMEN_HEADED", 1, (HEADING,))
WOMEN_IN_MANAGEMENT = Rule("WOMEN_IN_MANAGEMENT", 1, (MANAGEMENT,))
MANAGED_AND_OPERATED = Rule("MANAGED_AND_OPERATED", 1, (BOARD, EXECUTIVE))

RULES = {rule.name: rule for rule in (WOMEN_HEADED, WOMEN_IN_MANAGEMENT, MANAGED_AND_OPERATED)}


def get_rule(name: str) -> Rule:
    """Answer the rule of that name. Raises NotFoundError for one that does not exist."""
    if name not in RULES:
        raise NotFoundError(_("There is no counting rule %(name)s.", name=name))
    return RULES[name]


def women_led(rule: Rule, on: date) -> Select[int]:
    """Answer the ids of the organisations that are women-led by the rule on the day."""
    led = and_(*(_held_by(Sex.FEMALE, wanted, on) for wanted in rule.posts))
    return select(Organisation.id).where(
        or_(
            Organisation.id.in_(_overrides(rule, on, women=True)),
            and_(led, Organisation.id.not_in(_overrides(rule, on))),
        )
    )


def unknown(rule: Rule, on: date) -> Select[int]:
    """Answer the ids of the organisations of which the rule can say nothing on the day.

    Nobody whose sex is stated is known to have held a post the rule asks for. They are a gap in
    the data, in no percentage.
    """
    led = and_(*(_held_by(Sex.FEMALE, wanted, on) for wanted in rule.posts))
    refuted = or_(
        *(
            and_(not_(_held_by(Sex.FEMALE, wanted, on)), _held_by(Sex.MALE, wanted, on))
            for wanted in rule.posts
        )
    )
    overridden = Organisation.id.in_(_overrides(rule, on))
    return select(Organisation.id).where(not_(led), not_(refuted), not_(overridden))


def class_of(rule: Rule, on: date) -> ColumnElement[bool | None]:
    """Answer the class of the enclosing statement's Organisation: women-led, not, or null.

    It is told organisation by organisation, so a page of a list asks for its own rows only.
    """
    held = (
        select(func.bool_or(Person.sex == Sex.FEMALE))
        .join(Post, Post.person_id == Person.id)
        .where(
            Post.organisation_id == Organisation.id,
            Person.sex != Sex.NOT_STATED,
            valid_on(Post, on),
        )
        .correlate(Organisation)
    )
    decided = (
        select(ClassificationOverride.women_led)
        .where(
            ClassificationOverride.organisation_id == Organisation.id,
            ClassificationOverride.rule == rule.name,
            valid_on(ClassificationOverride, on),
        )
        .correlate(Organisation)
    )
    # Of null and false SQL makes false, as the rule does: one set that only men hold refutes it.
    computed = and_(*(held.where(Post.kind.in_(s)).scalar_subquery() for s in rule.posts))
    return func.coalesce(decided.scalar_subquery(), computed)


def is_women_led(organisation_id: int, rule: Rule, on: date) -> bool | None:
    """Answer whether the organisation is women-led by the rule on the day; None: unknown."""
    own = Organisation.id == organisation_id
    if db.session.scalar(women_led(rule, on).where(own)):
        return True
    return None if db.session.scalar(unknown(rule, on).where(own)) else False


def _held_by(sex: Sex, wanted: frozenset[PostKind], on: date) -> ColumnElement[bool]:
    return Organisation.id.in_(
        select(Post.organisation_id)
        .join(Person, Person.id == Post.person_id)
        .where(Post.kind.in_(wanted), Person.sex == sex, valid_on(Post, on))
    )


def _overrides(rule: Rule, on: date, *, women: bool | None = None) -> Select[int]:
    found = select(ClassificationOverride.organisation_id).where(
        ClassificationOverride.rule == rule.name, valid_on(ClassificationOverride, on)
    )
    return found if women is None else found.where(ClassificationOverride.women_led == women)

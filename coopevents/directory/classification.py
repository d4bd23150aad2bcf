"""Which organisations are led by women: the named, versioned counting rules.

The programme's text has three terms for it (làm chủ; tham gia quản lý; quản lý, điều hành), so
there are three rules. What is stored is who held which post from when to when; the class on a
day is computed, unless somebody decided it with a reason.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from coopevents.db import Day, db, valid_on
from coopevents.directory import identity
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


def class_of(rule: Rule, on: Day) -> ColumnElement[bool | None]:
    """Answer the class of the enclosing statement's Organisation: women-led, not, or null.

    It is told organisation by organisation, so a page of a list asks for its own rows only. `on`
    may be a column of organisations: each is then judged on a day of its own.
    """
    # Of null and false SQL makes false, as the rule does: one set that only men hold refutes it.
    computed = and_(*(_led_by_women(wanted, on) for wanted in rule.posts))
    decided = (
        select(ClassificationOverride.women_led)
        .where(
            identity.is_of(ClassificationOverride.organisation_id),
            ClassificationOverride.rule == rule.name,
            valid_on(ClassificationOverride, on),
        )
        # Where both of two merged entries were decided about, the kept one's decision holds.
        .order_by(
            ClassificationOverride.organisation_id != Organisation.id,
            ClassificationOverride.organisation_id,
        )
        .limit(1)
        .correlate(Organisation)
    )
    return func.coalesce(decided.scalar_subquery(), computed)


def _led_by_women(wanted: frozenset[PostKind], on: Day) -> ColumnElement[bool | None]:
    """Answer whether a woman holds one of the posts; null: nobody whose sex is stated does."""
    kept, merged = aliased(Person), aliased(Organisation)
    sex = func.coalesce(kept.sex, Person.sex)
    held = (
        select(func.bool_or(sex == Sex.FEMALE))
        .select_from(Post)
        .join(Person, Person.id == Post.person_id)
        .outerjoin(kept, kept.id == Person.duplicate_of_id)
        .where(Post.kind.in_(wanted), sex != Sex.NOT_STATED, valid_on(Post, on))
        .correlate(Organisation)
    )
    # The posts of entries that were merged are asked for apart: mostly there are none, and the
    # index answers for the organisation's own. The greatest of two answers passes over a null.
    own = held.where(Post.organisation_id == Organisation.id)
    others = held.join(merged, merged.id == Post.organisation_id).where(
        merged.duplicate_of_id == Organisation.id
    )
    return func.greatest(own.scalar_subquery(), others.scalar_subquery())


def class_on(organisation_id: int, rule: Rule, on: date) -> bool | None:
    """Answer whether the organisation is women-led by the rule on the day; None: not known."""
    return classes_on([organisation_id], rule, on)[organisation_id]


def classes_on(organisation_ids: Collection[int], rule: Rule, on: date) -> dict[int, bool | None]:
    """Answer of each organisation whether it is women-led by the rule on the day.

    None is a class of its own: nobody knows, and it is in no percentage.
    """
    rows = db.session.execute(
        select(Organisation.id, class_of(rule, on)).where(Organisation.id.in_(organisation_ids))
    )
    return dict(rows.all())


def _held_by(sex: Sex, wanted: frozenset[PostKind], on: date) -> ColumnElement[bool]:
    # A post of an entry that was merged is one of the entry that was kept, person or organisation.
    merged, people = identity.merged_organisations(), identity.merged_people()
    return Organisation.id.in_(
        select(identity.counts_as(Post.organisation_id, merged))
        .join(Person, Person.id == Post.person_id)
        .outerjoin(people, people.c.id == Post.person_id)
        .outerjoin(merged, merged.c.id == Post.organisation_id)
        .where(
            Post.kind.in_(wanted),
            func.coalesce(people.c.sex, Person.sex) == sex,
            valid_on(Post, on),
        )
    )


def _overrides(rule: Rule, on: date, *, women: bool | None = None) -> Select[int]:
    # Where both of two merged entries were decided about, the kept one's decision holds.
    merged = identity.merged_organisations()
    counted = identity.counts_as(ClassificationOverride.organisation_id, merged)
    found = (
        select(counted.label("organisation_id"), ClassificationOverride.women_led)
        .outerjoin(merged, merged.c.id == ClassificationOverride.organisation_id)
        .where(ClassificationOverride.rule == rule.name, valid_on(ClassificationOverride, on))
        .ext(distinct_on(counted))
        .order_by(counted, merged.c.id.nulls_first())
        .subquery("decided")
    )
    decided = select(found.c.organisation_id)
    return decided if women is None else decided.where(found.c.women_led == women)

"""What organisations become: consolidate, absorb, divide, split off, dissolve, convert.

No old row is re-pointed: whoever ends keeps its attendance, invitations and certificates, and a
link says what became of it. The day of an act is the first day of the new order: who ends is
dissolved from that day, and its posts and codes end the day before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select

from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import checks, dated, queries, service
from coopevents.directory.models import (
    HeadCount,
    LineageKind,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationLineage,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    Post,
    PostKind,
    Register,
)
from coopevents.directory.service import Founding, NewOrganisation
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day

GROUPS = (OrganisationKind.COOPERATIVE_GROUP, OrganisationKind.LINKED_GROUP)
IN_A_COOPERATIVE = {
    PostKind.GROUP_LEADER: PostKind.DIRECTOR,
    PostKind.DEPUTY_GROUP_LEADER: PostKind.DEPUTY_DIRECTOR,
}
"""What who leads a group is in the cooperative it becomes, when people go on in it."""


class People(StrEnum):
    """What becomes of those who hold posts in a group that converts."""

    END = "end"
    GO_ON = "go_on"
    """They begin the like post in the cooperative that day."""


@dataclass(frozen=True)
class Act:
    """An act before it is written: who ends, who stays, who is founded by it, on which day."""

    kind: LineageKind
    on: date
    ending: tuple[Organisation, ...] = ()
    staying: Organisation | None = None
    founded: tuple[NewOrganisation, ...] = ()
    document: str | None = None
    people: People = People.END

    @property
    def known(self) -> list[Organisation]:
        """The organisations of the register that take part, in the order they are locked."""
        all_ = [*self.ending, *([self.staying] if self.staying else [])]
        return sorted(all_, key=lambda organisation: organisation.id)


def consolidate(
    ending: Sequence[Organisation], new: NewOrganisation, *, on: date, document: str | None = None
) -> Organisation:
    """Have several go into a new one that day, and end."""
    act = Act(LineageKind.CONSOLIDATE, on, tuple(ending), None, (new,), document)
    return perform(act)[0]


def absorb(
    staying: Organisation,
    ending: Sequence[Organisation],
    *,
    on: date,
    document: str | None = None,
) -> None:
    """Have others go into one that stays what it is: it is not new, and nothing is founded."""
    perform(Act(LineageKind.ABSORB, on, tuple(ending), staying, (), document))


def divide(
    ending: Organisation,
    new: Sequence[NewOrganisation],
    *,
    on: date,
    document: str | None = None,
) -> list[Organisation]:
    """Have one end and several new ones stand in its place."""
    return perform(Act(LineageKind.DIVIDE, on, (ending,), None, tuple(new), document))


def split_off(
    staying: Organisation, new: NewOrganisation, *, on: date, document: str | None = None
) -> Organisation:
    """Have a new one come out of one that goes on."""
    return perform(Act(LineageKind.SPLIT_OFF, on, (), staying, (new,), document))[0]


def dissolve(ending: Organisation, *, on: date, document: str | None = None) -> None:
    """Have it end, with nothing that follows."""
    perform(Act(LineageKind.DISSOLVE, on, (ending,), None, (), document))


def convert(
    ending: Organisation,
    new: NewOrganisation,
    *,
    on: date,
    document: str | None = None,
    people: People = People.END,
) -> Organisation:
    """Have a group become a cooperative: two entries that the link makes one story.

    Whoever counts foundings reads the link, so that nothing is counted twice.
    """
    act = Act(LineageKind.CONVERT, on, (ending,), None, (new,), document, people)
    return perform(act)[0]


def perform(act: Act) -> list[Organisation]:
    """Write the act and all that follows from it; answer the organisations it founded.

    Raises DomainError or InputError for what cannot be, with nothing written.
    """
    _lock(act)
    require_possible(act)
    going_on = posts_ending(act.ending[0], act.on) if act.people is People.GO_ON else []
    for organisation in act.ending:
        _end(organisation, act)
    register = db.session.get_one(Register, act.known[0].register_id)
    founded = [
        service.enter(
            register,
            replace(new, founded=Founding(act.on), source=new.source or act.document),
        )
        for new in act.founded
    ]
    _link(act, founded)
    _carry_posts(act, going_on, founded)
    for organisation in [*act.known, *founded]:
        audit.record(
            f"organisation.lineage.{act.kind}",
            "organisation",
            organisation.id,
            changes={"on": (None, act.on), "document": (None, act.document)},
        )
    return founded


def require_possible(act: Act) -> None:
    """Raise an error with the sentence that says why the act cannot be."""
    checks.require_day(act.on, "on", ahead=checks.NOW)
    _require_participants(act)
    for organisation in act.known:
        checks.require_standing(organisation, act.on)
    for organisation in act.ending:
        if organisation.founded_on == act.on:
            raise DomainError(
                _("“%(name)s” was founded that very day.", name=_name(organisation, act.on))
            )
        _require_nothing_after(organisation, act.on)


def _require_participants(act: Act) -> None:
    ids = [organisation.id for organisation in act.known]
    if len(set(ids)) < len(ids):
        raise InputError(
            _("An organisation takes part once."), {"others": _("An organisation takes part once.")}
        )
    if len({organisation.register_id for organisation in act.known}) > 1:
        raise DomainError(_("They do not stand in one register."))
    if act.kind is LineageKind.CONSOLIDATE and len(act.ending) < 2:
        raise InputError(
            _("It takes at least two to consolidate."),
            {"others": _("Choose at least one other organisation.")},
        )
    if act.kind is LineageKind.ABSORB and not act.ending:
        raise InputError(
            _("Choose at least one other organisation."),
            {"others": _("Choose at least one other organisation.")},
        )
    if act.kind is LineageKind.DIVIDE and len(act.founded) < 2:
        raise InputError(
            _("Dividing needs at least two new organisations."),
            {"name_2": _("Dividing needs at least two new organisations.")},
        )
    if act.kind is LineageKind.CONVERT and not (
        act.ending[0].kind in GROUPS and act.founded[0].kind is OrganisationKind.COOPERATIVE
    ):
        raise DomainError(_("Only a group converts, and it becomes a cooperative."))


def _require_nothing_after(organisation: Organisation, on: date) -> None:
    """Raise DomainError where the register knows something later than the end."""
    tables: tuple[type[Any], ...] = (
        OrganisationName,
        OrganisationAddress,
        OrganisationStatus,
        OrganisationSector,
        OrganisationCode,
        Post,
    )
    later = [
        row.valid_from
        for table in tables
        for row in dated.rows_of(table, organisation.id)
        if row.valid_from and row.valid_from >= on
    ]
    later += db.session.scalars(
        select(HeadCount.as_of).where(
            HeadCount.organisation_id == organisation.id, HeadCount.as_of >= on
        )
    )
    later += db.session.scalars(
        select(OrganisationLineage.effective_on).where(
            or_(
                OrganisationLineage.old_id == organisation.id,
                OrganisationLineage.new_id == organisation.id,
            ),
            OrganisationLineage.effective_on >= on,
        )
    )
    if later:
        raise DomainError(
            _(
                "The register knows of a change of “%(name)s” on %(day)s. It cannot have ended by"
                " then.",
                name=_name(organisation, on),
                day=day(min(later)),
            )
        )


def _lock(act: Act) -> None:
    # Always in the order of their numbers, so that two acts never wait for each other.
    for organisation in act.known:
        db.session.refresh(organisation, with_for_update={"key_share": True})


def _end(organisation: Organisation, act: Act) -> None:
    last_on = act.on - timedelta(days=1)
    status = next(iter(_holding(OrganisationStatus, organisation, act.on)), None)
    if status:
        status.valid_to = last_on
        db.session.flush()
    dated.write(
        OrganisationStatus,
        organisation.id,
        {"status": OrganisationStatusKind.DISSOLVED},
        valid_from=act.on,
        source=act.document,
    )
    ended: dict[str, tuple[Any, Any]] = {}
    rows = [*posts_ending(organisation, act.on), *_holding(OrganisationCode, organisation, act.on)]
    for row in rows:
        ended[f"{row.__tablename__} {row.id}"] = (row.valid_to, last_on)
        row.valid_to = last_on
    db.session.flush()
    if ended:
        audit.record("organisation.posts_ended", "organisation", organisation.id, changes=ended)


def posts_ending(organisation: Organisation, on: date) -> list[Post]:
    """Answer the posts that would end if the organisation did that day."""
    return _holding(Post, organisation, on)


def _holding(table: type[Any], organisation: Organisation, on: date) -> list[Any]:
    return [row for row in dated.rows_of(table, organisation.id) if dated.holds_on(row, on)]


def _link(act: Act, founded: Sequence[Organisation]) -> None:
    into: list[Organisation | None] = [*founded]
    pairs = [(old, new) for old in act.ending for new in into or [act.staying]]
    if not act.ending:
        pairs = [(act.known[0], new) for new in into]
    db.session.add_all(
        OrganisationLineage(
            kind=act.kind,
            effective_on=act.on,
            old_id=old.id,
            new_id=new.id if new else None,
            document=act.document or None,
            recorded_by_id=dated.user_id(),
        )
        for old, new in pairs
    )
    db.session.flush()


def _carry_posts(act: Act, held: Sequence[Post], founded: Sequence[Organisation]) -> None:
    posts = {(row.person_id, in_a_cooperative(row.kind)): row.title for row in held}
    for (person_id, kind), title in posts.items():
        told = {"person_id": person_id, "kind": kind, "title": title}
        dated.write(Post, founded[0].id, told, valid_from=act.on, source=act.document)


def in_a_cooperative(kind: PostKind) -> PostKind:
    """Answer what a post of a group is called in a cooperative."""
    return IN_A_COOPERATIVE.get(kind, kind)


def _name(organisation: Organisation, on: date) -> str:
    return queries.name_on([organisation.id], on).get(organisation.id, "")

"""What an act would do, in words, before anybody confirms it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents.db import db
from coopevents.directory import queries
from coopevents.directory.figures import holders_of_certificates
from coopevents.directory.lineage import Act, People, in_a_cooperative, posts_ending
from coopevents.directory.models import LineageKind, Organisation, Post, PostKind
from coopevents.i18n import _, day


@dataclass(frozen=True)
class EndingPost:
    """A post that the act ends, and the one that its holder has from then on, if any."""

    organisation: str
    full_name: str
    kind: PostKind
    then: PostKind | None


@dataclass(frozen=True)
class Consequences:
    """What would be written, as sentences, and the posts that would end."""

    sentences: list[str]
    posts: list[EndingPost]


def of(act: Act) -> Consequences:
    """Answer what the act would do; it has been found possible (lineage.require_possible)."""
    # Whoever ends is called what it was called on its last day.
    last_on = act.on - timedelta(days=1)
    names = queries.name_on([organisation.id for organisation in act.known], last_on)
    return Consequences(list(_sentences(act, names)), _posts(act, names))


def _sentences(act: Act, names: dict[int, str]) -> Iterator[str]:
    last_on = day(act.on - timedelta(days=1))
    for organisation in act.ending:
        yield _(
            "“%(name)s” ends: %(last)s is its last day, and from %(on)s it is dissolved.",
            name=names[organisation.id],
            last=last_on,
            on=day(act.on),
        )
    if act.staying:
        yield _(
            "“%(name)s” goes on as it is. It does not count as new.",
            name=names[act.staying.id],
        )
    for new in act.founded:
        yield _("“%(name)s” enters the register, founded on %(on)s.", name=new.name, on=day(act.on))
    if act.kind is LineageKind.CONVERT:
        yield _("Group and cooperative stay linked, so that no figure counts the founding twice.")
    if act.founded and act.kind in (LineageKind.CONSOLIDATE, LineageKind.DIVIDE):
        yield _("What comes out of such an act does not count as newly founded.")
    yield _("Invitations, attendance and reports of before stay with those they were written for.")
    holders = _certificate_holders(act)
    for organisation in act.ending:
        if organisation.id in holders:
            yield _(
                "“%(name)s” holds valid OCOP certificates. They stay with it until their transfer"
                " is written down.",
                name=names[organisation.id],
            )


def _certificate_holders(act: Act) -> set[int]:
    ids = {organisation.id for organisation in act.ending}
    holders = select(Organisation.id).where(
        Organisation.id.in_(ids),
        Organisation.id.in_(holders_of_certificates(act.on)),
    )
    return set(db.session.scalars(holders)) if ids else set()


def _posts(act: Act, names: dict[int, str]) -> list[EndingPost]:
    ids = [post.id for one in act.ending for post in posts_ending(one, act.on)]
    posts = db.session.scalars(
        select(Post).where(Post.id.in_(ids)).options(joinedload(Post.person)).order_by(Post.id)
    )
    return [
        EndingPost(
            names[post.organisation_id],
            post.person.full_name,
            post.kind,
            in_a_cooperative(post.kind) if act.people is People.GO_ON else None,
        )
        for post in posts
    ]

"""Who is meant by the delegates somebody names: people the register knows, and new ones."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import joinedload

from coopevents import names
from coopevents.db import db, one_of
from coopevents.directory import identity
from coopevents.directory.models import ConsentPurpose, Organisation, Person, Post, PostKind, Sex
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.registrations.models import Representation


@dataclass(frozen=True)
class NamedDelegate:
    """A delegate as the cooperative names her; `email` only if she wants her own confirmation.

    `consents` is what she agrees to; None where nobody asked, and what stood before stands. What
    she agreed to before is taken back by it where she was named already, and so saw it ticked.
    `person` is whom she was chosen as, where she was not typed but ticked. `was_shown` is whether
    whoever typed her could see what she had agreed to, had she been named before.
    """

    full_name: str
    sex: Sex
    post: PostKind
    email: str | None = None
    birth_year: int | None = None
    phone: str | None = None
    consents: frozenset[ConsentPurpose] | None = None
    person: Person | None = None
    was_shown: bool = True


def check(invitation: Invitation, delegates: Sequence[NamedDelegate]) -> None:
    """Raise InputError where nobody is named, too many are, or somebody is named twice."""
    if not delegates:
        raise InputError(_("Name at least one delegate."))
    if len(delegates) > invitation.seats:
        raise InputError(
            _("This invitation has %(seats)s seats; you named more.", seats=invitation.seats)
        )
    for number, delegate in enumerate(delegates, start=1):
        place = f"delegates-{number - 1}-full_name"
        if not delegate.full_name.strip():
            raise InputError(
                _("Delegate %(number)s needs a name.", number=number),
                {place: _("A name is needed.")},
            )
        # Who was ticked and typed besides is one: to say so would tell a stranger her name.
        typed = [one for one in delegates[: number - 1] if one.person is None]
        if delegate.person is None and any(_same_name(delegate, one) for one in typed):
            raise InputError(
                _(
                    "%(name)s is named twice. If these are two people, add what tells them apart.",
                    name=delegate.full_name,
                ),
                {place: _("Named twice.")},
            )


def _same_name(one: NamedDelegate, other: NamedDelegate) -> bool:
    return names.clean(one.full_name).lower() == names.clean(other.full_name).lower()


def meant(
    organisation: Organisation, delegates: Sequence[NamedDelegate]
) -> list[tuple[Person, NamedDelegate]]:
    """Answer whom each of the delegates is, nobody twice: what was typed of her comes first.

    Only people of this organisation are recognised by name and sex; two namesakes of different
    cooperatives are two people until a person decides otherwise. Whoever is not recognised is new.
    """
    typed = [one for one in delegates if one.person is None]
    namesakes = _namesakes(organisation, {names.fold(one.full_name) for one in typed})
    people = [_recognised(one, namesakes) or _new(organisation, one) for one in typed]
    db.session.flush()
    ticked = [(one.person, one) for one in delegates if one.person is not None]
    found: dict[int, tuple[Person, NamedDelegate]] = {}
    for person, delegate in [*zip(people, typed, strict=True), *ticked]:
        found.setdefault(person.id, (person, delegate))
    return list(found.values())


def _namesakes(organisation: Organisation, folded: Collection[str]) -> dict[str, list[Person]]:
    """Answer the people the organisation is known by, by their folded names."""
    found: dict[str, list[Person]] = defaultdict(list)
    said = {
        "organisation_id": organisation.duplicate_of_id or organisation.id,
        "names": list(folded),
    }
    for person in db.session.scalars(_of_organisation(), said) if folded else ():
        found[person.name_fold].append(person)
    return found


@cache
def _of_organisation() -> Select[Person]:
    entries = identity.entries_of_one(bindparam("organisation_id"))
    of_posts = select(Post.person_id).where(Post.organisation_id.in_(entries))
    of_events = select(Representation.person_id).where(Representation.organisation_id.in_(entries))
    return (
        select(Person)
        .where(
            Person.id.in_(of_posts.union(of_events)),
            one_of(Person.name_fold, bindparam("names")),
            Person.erased_at.is_(None),
        )
        .options(joinedload(Person.duplicate_of))
        .order_by(Person.id)
    )


def _recognised(delegate: NamedDelegate, namesakes: dict[str, list[Person]]) -> Person | None:
    known = namesakes.get(names.fold(delegate.full_name), [])
    exact = [p for p in known if p.full_name == names.clean(delegate.full_name)]
    alike = [p.kept for p in (exact or known) if p.kept.sex is delegate.sex]
    return next((p for p in alike if _may_be_born(p, delegate)), None)


def _may_be_born(person: Person, delegate: NamedDelegate) -> bool:
    """Whether the years of birth let them be one; a year nobody gave tells nothing (case 19)."""
    return delegate.birth_year is None or person.birth_year in {None, delegate.birth_year}


def _new(organisation: Organisation, delegate: NamedDelegate) -> Person:
    person = Person(
        register_id=organisation.register_id,
        full_name=names.clean(delegate.full_name),
        name_fold=names.fold(delegate.full_name),
        name_sort=names.person_sort_key(delegate.full_name),
        sex=delegate.sex,
        birth_year=delegate.birth_year,
    )
    db.session.add(person)
    return person

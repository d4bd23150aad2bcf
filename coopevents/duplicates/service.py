"""Merging entries that were made twice, undoing it, and remembering what is two.

A merge adds a row and points the merged entry at the one it counts as. No fact of either is
touched, so that undoing it brings everything back as it was.
"""

from typing import Any, TypeVar

from sqlalchemy import select, update

from coopevents import access, clock, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, Person, Register
from coopevents.duplicates import queries
from coopevents.duplicates.models import DistinctPair, OrganisationMerge, PersonMerge
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _

Entry = Organisation | Person
Merge = OrganisationMerge | PersonMerge
OneEntry = TypeVar("OneEntry", Organisation, Person)


def merge_people(kept: Person, merged: Person, reason: str) -> PersonMerge:
    """Let `merged` count as `kept` from now on, in every list and figure.

    Raises DomainError where one of them counts as somebody else already, which also keeps merges
    from running in a circle, and where somebody decided that they are two.
    """
    _check(kept, merged)
    merge = PersonMerge(kept=kept, merged=merged, reason=_reason(reason), merged_by_id=_user_id())
    _write(merge)
    return merge


def merge_organisations(kept: Organisation, merged: Organisation, reason: str) -> OrganisationMerge:
    """Let the entry `merged` count as `kept` from now on, in every list and figure.

    Raises DomainError as for people, and where one came out of the other: a cooperative that was
    absorbed existed, and what it did stays its own.
    """
    _check(kept, merged)
    if queries.are_kin(kept, merged):
        raise DomainError(
            _(
                "%(one)s and %(other)s came out of one another. Both existed, so they are no"
                " entry made twice.",
                one=name_of(kept),
                other=name_of(merged),
            )
        )
    merge = OrganisationMerge(
        kept=kept, merged=merged, reason=_reason(reason), merged_by_id=_user_id()
    )
    _write(merge)
    return merge


def undo_merge(merge: Merge) -> None:
    """Let the merged entry stand for itself again, with whatever was merged into it before."""
    _lock(merge.merged)
    db.session.refresh(merge)
    if merge.undone_at is not None:
        raise DomainError(_("This merge was undone already."))
    merge.undone_at, merge.undone_by_id = clock.now(), _user_id()
    db.session.flush()
    _point(merge.merged, [merge.merged_id], None)
    _point(merge.merged, queries.merged_into(merge.merged), merge.merged_id)
    _record("unmerged", merge.merged, {"duplicate_of": (merge.kept_id, None)})


def tell_apart(one: OneEntry, other: OneEntry, reason: str) -> DistinctPair:
    """Remember that the two are two: they are proposed no more."""
    _lock(one)
    _check_two(one, other)
    if queries.counts_as(one) == queries.counts_as(other):
        raise DomainError(
            _(
                "%(one)s and %(other)s are merged. Undo that first.",
                one=name_of(one),
                other=name_of(other),
            )
        )
    if queries.find_distinct_pair(one, other) is not None:
        raise DomainError(
            _(
                "It is remembered already that %(one)s and %(other)s are different.",
                one=name_of(one),
                other=name_of(other),
            )
        )
    first_id, second_id = sorted((one.id, other.id))
    kind = "person" if isinstance(one, Person) else "organisation"
    pair = DistinctPair(
        reason=_reason(reason),
        decided_by_id=_user_id(),
        **{f"first_{kind}_id": first_id, f"second_{kind}_id": second_id},
    )
    db.session.add(pair)
    db.session.flush()
    _record("told_apart", one, {"other": (None, other.id), "reason": (None, pair.reason)})
    return pair


def take_back(pair: DistinctPair) -> None:
    """Forget that the two are two: they may be proposed again."""
    if pair.taken_back_at is not None:
        raise DomainError(_("This was taken back already."))
    pair.taken_back_at, pair.taken_back_by_id = clock.now(), _user_id()
    db.session.flush()
    one, other = queries.entries_of_pair(pair)
    _record("told_apart_no_more", one, {"other": (other.id, None)})


def name_of(entry: Entry) -> str:
    """Answer what the entry is called today."""
    if isinstance(entry, Person):
        return entry.full_name
    return directory.name_on([entry.id], clock.today()).get(entry.id, str(entry.id))


def _check(kept: OneEntry, merged: OneEntry) -> None:
    """Refuse to merge unless both stand for themselves, so merges never run in a circle."""
    _lock(kept)
    _check_two(kept, merged)
    for entry in (kept, merged):
        db.session.refresh(entry)
        if entry.duplicate_of_id is not None:
            other = queries.get_entry(type(entry), entry.duplicate_of_id, entry.register_id)
            raise DomainError(
                _(
                    "%(name)s was merged into %(other)s already. Use that entry, or undo the"
                    " merge first.",
                    name=name_of(entry),
                    other=name_of(other),
                )
            )
    if queries.find_distinct_pair(kept, merged) is not None:
        raise DomainError(
            _(
                "It was decided that %(one)s and %(other)s are different. Take that back first.",
                one=name_of(kept),
                other=name_of(merged),
            )
        )


def _check_two(one: OneEntry, other: OneEntry) -> None:
    if one.id == other.id:
        raise DomainError(_("This is one and the same entry."))
    if one.register_id != other.register_id:
        raise DomainError(_("The two stand in different registers."))


def _lock(entry: Entry) -> None:
    # Two officers may merge two pairs with one entry in common at the same moment. Whoever holds
    # the register's row decides alone.
    db.session.execute(
        select(Register.id).where(Register.id == entry.register_id).with_for_update(key_share=True)
    )


def _write(merge: Merge) -> None:
    db.session.add(merge)
    db.session.flush()
    # Whatever was merged into it before goes along.
    _point(merge.merged, [merge.merged_id, *queries.merged_into(merge.merged)], merge.kept_id)
    _record(
        "merged",
        merge.merged,
        {"duplicate_of": (None, merge.kept_id), "reason": (None, merge.reason)},
    )


def _point(like: Entry, ids: list[int], kept_id: int | None) -> None:
    table = type(like)
    db.session.execute(update(table).where(table.id.in_(ids)).values(duplicate_of_id=kept_id))


def _record(act: str, entry: Entry, changes: dict[str, tuple[Any, Any]]) -> None:
    kind = "person" if isinstance(entry, Person) else "organisation"
    audit.record(f"{kind}.{act}", kind, entry.id, changes=changes)


def _reason(text: str) -> str:
    reason = names.clean(text)
    if not reason:
        raise InputError(_("A reason is needed."), {"reason": _("A reason is needed.")})
    return reason


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None

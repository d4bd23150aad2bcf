"""Which organisations are one story: entries merged, and groups that became cooperatives."""

from collections.abc import Collection

from sqlalchemy import CompoundSelect, select, union_all

from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import LineageKind, Organisation, OrganisationLineage

LONGEST_STORY = 50
"""So many conversions are followed: more than anybody lives through; ends a circle too."""


def stories_of(organisation_ids: Collection[int], register_id: int) -> dict[int, int]:
    """Answer for each organisation what it is now: the kept entry, after every conversion.

    Who was absorbed or divided is nobody's earlier self: its contracts stay its own.
    """
    return _stories(organisation_ids, _conversions(register_id))


def tellers_of(organisation_ids: Collection[int], register_id: int) -> list[int]:
    """Answer every entry of the register that tells of the same stories as these."""
    conversions = _conversions(register_id)
    known = {*organisation_ids, *(id_ for pair in conversions for id_ in pair)}
    stories = _stories(known, conversions)
    asked = {stories[id_] for id_ in organisation_ids}
    kept = set(identity.kept_ids(known).values())
    return identity.with_merged(asked | {id_ for id_ in kept if stories.get(id_, id_) in asked})


def converted(register_id: int) -> CompoundSelect[int]:
    """Answer the entries of the register that a conversion ended or founded."""
    ids = (OrganisationLineage.old_id, OrganisationLineage.new_id)
    return union_all(
        *(
            select(id_)
            .join(Organisation, Organisation.id == OrganisationLineage.old_id)
            .where(
                Organisation.register_id == register_id,
                OrganisationLineage.kind == LineageKind.CONVERT,
                id_.is_not(None),
            )
            for id_ in ids
        )
    )


def _conversions(register_id: int) -> list[tuple[int, int]]:
    rows = db.session.execute(
        select(OrganisationLineage.old_id, OrganisationLineage.new_id)
        .join(Organisation, Organisation.id == OrganisationLineage.old_id)
        .where(
            Organisation.register_id == register_id,
            OrganisationLineage.kind == LineageKind.CONVERT,
        )
    )
    return [(old, new) for old, new in rows if new is not None]


def _stories(
    organisation_ids: Collection[int], conversions: list[tuple[int, int]]
) -> dict[int, int]:
    kept = identity.kept_ids({*organisation_ids, *(id_ for pair in conversions for id_ in pair)})
    became = {kept[old]: kept[new] for old, new in conversions}
    return {id_: _last(kept[id_], became) for id_ in organisation_ids}


def _last(organisation_id: int, became: dict[int, int]) -> int:
    for _step in range(LONGEST_STORY):
        if organisation_id not in became:
            break
        organisation_id = became[organisation_id]
    return organisation_id

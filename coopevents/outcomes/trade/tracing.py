"""Which organisations are one story: entries merged, and groups that became cooperatives."""

from collections.abc import Collection

from sqlalchemy import select

from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import LineageKind, Organisation, OrganisationLineage

LONGEST_STORY = 50
"""So many conversions are followed: more than anybody lives through; ends a circle too."""


def stories_of(organisation_ids: Collection[int], register_id: int) -> dict[int, int]:
    """Answer for each organisation what it is now: the kept entry, after every conversion.

    Who was absorbed or divided is nobody's earlier self: its contracts stay its own.
    """
    converted = db.session.execute(
        select(OrganisationLineage.old_id, OrganisationLineage.new_id)
        .join(Organisation, Organisation.id == OrganisationLineage.old_id)
        .where(
            Organisation.register_id == register_id,
            OrganisationLineage.kind == LineageKind.CONVERT,
        )
    ).all()
    kept = identity.kept_ids(
        {*organisation_ids, *(id_ for pair in converted for id_ in pair if id_)}
    )
    became = {kept[old]: kept[new] for old, new in converted if new is not None}
    return {id_: _last(kept[id_], became) for id_ in organisation_ids}


def _last(organisation_id: int, became: dict[int, int]) -> int:
    for _step in range(LONGEST_STORY):
        if organisation_id not in became:
            break
        organisation_id = became[organisation_id]
    return organisation_id

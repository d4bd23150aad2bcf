"""The papers of the activity, by what its kind asks for."""

from coopevents import files
from coopevents.events.models import Event
from coopevents.handover.parts import Paper, Section
from coopevents.i18n import _
from coopevents.materials import queries
from coopevents.materials.models import OTHER


def tell_materials(event: Event) -> Section:
    """Answer the materials of the activity, and which papers it should have and has not."""
    papers = queries.papers(event, queries.list_materials(event))
    missing = [paper.name for paper in papers if not paper.materials and paper.key != OTHER]
    folders = {one["key"]: one["text"]["vi"] for one in event.kind.documents}
    return Section(
        slug="tai-lieu",
        title=_("Materials"),
        notes=[_("Still missing: %(papers)s.", papers=", ".join(missing))] if missing else [],
        papers=[
            Paper(
                title=material.title,
                extension=material.name.rpartition(".")[2],
                path=files.find(material.file_hash),
                group=paper.name,
                folder=folders.get(paper.key, "Giấy tờ khác"),
            )
            for paper in papers
            for material in paper.materials
        ],
    )

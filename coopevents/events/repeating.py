"""Holding an activity again: templates, and what they are made of."""

from coopevents import access
from coopevents.db import Json
from coopevents.errors import InputError
from coopevents.events import queries
from coopevents.events.models import EventTemplate
from coopevents.i18n import _
from coopevents.programme import service as programmes


def save_template(programme_id: int, name: str, outline: Json) -> EventTemplate:
    """Keep the outline under the name. Raises InputError for a name that is taken."""
    if any(template.name == name for template in queries.list_templates(programme_id)):
        taken = _("There is a template of this name already.")
        raise InputError(taken, {"name": taken})
    who = access.actor()
    template = EventTemplate(
        programme_id=programme_id,
        name=name,
        outline=outline,
        created_by_id=who.id if who.kind == "user" else None,
    )
    programmes.add(template, {"name": name}, "template.saved", "event_template", programme_id)
    return template


def remove_template(template: EventTemplate) -> None:
    """Offer the template no more; what was planned from it stays."""
    said = {"name": template.name}
    programmes.remove(template, said, "template.removed", "event_template", template.programme_id)

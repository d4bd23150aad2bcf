"""What the forms of a case offer to choose from: never another programme's."""

from coopevents.accounts import queries as accounts
from coopevents.events import queries as events
from coopevents.i18n import _, translated
from coopevents.outcomes.advice import queries, service
from coopevents.outcomes.advice.forms import NOBODY, CaseForm
from coopevents.outcomes.advice.words import PURPOSE_NAMES
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme


def give(
    form: CaseForm, programme: Programme, *, officer_id: int | None, event_id: int | None = None
) -> None:
    """Let the form offer what the programme has, and what is chosen already."""
    form.purpose.choices = {
        purpose.value: str(label)
        for purpose, label in PURPOSE_NAMES.items()
        if "working_name" not in form or purpose not in service.OF_THE_REGISTER
    }
    form.body_id.choices = {str(id_): name for id_, name in list_bodies(programme).items()}
    form.officer_id.choices = list_officers(programme, officer_id)
    known = {event.id: event for event in events.list_events(programme.id)}
    if event_id is not None and event_id not in known:
        known[event_id] = events.get_event(event_id, programme.id)
    form.event_id.choices = {
        str(NOBODY): _("none in particular"),
        **{str(id_): event.title for id_, event in known.items()},
    }


def list_bodies(programme: Programme) -> dict[int, str]:
    """Answer what the bodies of the programme are called today, the leading one first."""
    named = accounts.names_of_bodies()
    signed = [row.body_id for row in programmes.list_bodies(programme) if row.body_id in named]
    return {body_id: translated(named[body_id].name) for body_id in signed}


def list_officers(programme: Programme, officer_id: int | None) -> dict[str, str]:
    """Answer who can be chosen: the officers of the programme, and whoever is chosen already."""
    named = {str(user.id): user.full_name for user in queries.list_officers(programme.id)}
    if officer_id is not None and str(officer_id) not in named:
        in_charge = {user.id: user for user in queries.list_officers_in_charge(programme.id)}
        if officer_id in in_charge:
            named[str(officer_id)] = in_charge[officer_id].full_name
    return named

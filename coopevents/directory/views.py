from flask import Blueprint, render_template, request

from coopevents import access, clock
from coopevents.directory import classification, queries, seats
from coopevents.directory.forms import KIND_NAMES, OrganisationFilter
from coopevents.directory.models import (
    Organisation,
    OrganisationAddress,
    OrganisationName,
    OrganisationStatus,
)
from coopevents.duplicates import queries as duplicates
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.territory.succession import former_provinces
from coopevents.territory.units import territory_on

bp = Blueprint("directory", __name__, url_prefix="/organisations")


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.get("/")
def list_organisations() -> str:
    """Show the register's organisations as they are today."""
    programme, today = _programme(), clock.today()
    places = seats.list_places(programme.register, today)
    province = territory_on(programme.territory, today)
    form = OrganisationFilter.over(request.args, places, former_provinces(province))
    page = queries.list_organisations(
        programme.register,
        on=today,
        operating_only=False,
        rule=classification.get_rule(programme.women_led_rule),
        after=request.args.get("after"),
        **form.asked(),
    )
    asked = {name: value for name, value in request.args.items() if name != "after"}
    return render_template(
        "directory/list.html",
        form=form,
        page=page,
        asked=asked,
        rule=programme.women_led_rule,
        kinds=KIND_NAMES,
        asks_for_seats=any(place.is_undecided for place in places),
        is_first=request.args.get("after") is None,
    )


@bp.get("/<int:organisation_id>")
def show_organisation(organisation_id: int) -> str:
    """Show all that is known of the organisation, and since when."""
    programme, today = _programme(), clock.today()
    organisation = queries.get_organisation(organisation_id, programme.register_id)
    return render_template(
        "directory/show.html",
        organisation=organisation,
        line=queries.get_line(
            organisation_id,
            programme.register,
            on=today,
            rule=classification.get_rule(programme.women_led_rule),
        ),
        rule=programme.women_led_rule,
        kinds=KIND_NAMES,
        today=today,
        merges=duplicates.told_merges(organisation, today),
        **_known_of(organisation),
    )


def _known_of(organisation: Organisation) -> dict[str, object]:
    return {
        "names": queries.history(OrganisationName, organisation.id),
        "addresses": queries.history(OrganisationAddress, organisation.id),
        "statuses": queries.history(OrganisationStatus, organisation.id),
        "head_counts": queries.list_head_counts(organisation.id),
    }

from flask import Blueprint, render_template, request

from coopevents import access, clock
from coopevents.directory import classification, queries
from coopevents.directory.forms import KIND_NAMES, OrganisationFilter
from coopevents.directory.models import (
    Organisation,
    OrganisationAddress,
    OrganisationName,
    OrganisationStatus,
)
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("directory", __name__, url_prefix="/organisations")


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.get("/")
def list_organisations() -> str:
    """Show the register's organisations as they are today."""
    programme, today = _programme(), clock.today()
    form = OrganisationFilter.over(request.args, queries.list_communes(programme.register, today))
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
        **_known_of(organisation),
    )


def _known_of(organisation: Organisation) -> dict[str, object]:
    return {
        "names": queries.history(OrganisationName, organisation.id),
        "addresses": queries.history(OrganisationAddress, organisation.id),
        "statuses": queries.history(OrganisationStatus, organisation.id),
        "head_counts": queries.list_head_counts(organisation.id),
    }

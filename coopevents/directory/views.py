from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.attendance import queries as attendance
from coopevents.attendance.grid import Mark
from coopevents.channels import log
from coopevents.delegates.words import POST_LABELS
from coopevents.directory import classification, export, lists, narrowing, queries, seats
from coopevents.directory.export import Words
from coopevents.directory.forms import KIND_NAMES, STANDING_NAMES, OrganisationFilter
from coopevents.directory.models import (
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
)
from coopevents.duplicates import queries as duplicates
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _, _l
from coopevents.i18n import day as written
from coopevents.i18n import number as figure
from coopevents.listing import Format, answer
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.reports import dossier
from coopevents.territory.succession import former_provinces
from coopevents.territory.units import territory_on

bp = Blueprint("directory", __name__, url_prefix="/organisations")

WORDS = Words(
    kinds=KIND_NAMES,
    states=STANDING_NAMES,
    posts=POST_LABELS,
    women_led={True: _l("yes"), False: _l("no"), None: _l("not known")},
)


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _filter(
    programme: Programme, on: date, places: list[seats.Place] | None = None
) -> OrganisationFilter:
    return OrganisationFilter.over(
        request.args,
        places or seats.list_places(programme.register, on),
        former_provinces(territory_on(programme.territory, on)),
        narrowing.list_sectors(programme.register, on),
    )


def _asked(programme: Programme, form: OrganisationFilter) -> dict[str, Any]:
    """Answer what the filter asks for, as the query wants it."""
    on = form.day(clock.today())
    rule = classification.get_rule(programme.women_led_rule)
    narrowed = form.narrowing().conditions(on, rule)
    if form.unreached_since.data:
        came = attendance.reached(programme, form.unreached_since.data)
        narrowed.append(Organisation.id.not_in(came))
    return {
        "on": on,
        "operating_only": False,
        "rule": rule,
        "narrowed": narrowed,
        **form.asked(),
    }


@bp.get("/")
def list_organisations() -> ResponseReturnValue:
    """Show the register's organisations as they were on the day asked for, by default today."""
    programme, today = _programme(), clock.today()
    places = seats.list_places(programme.register, today)
    form = _filter(programme, today, places)
    on = form.day(today)
    page = (
        lists.OrganisationPage([], None)
        if form.wrong_days
        else lists.list_organisations(
            programme.register,
            after=request.args.get("after"),
            counted="counted" in request.args,
            **_asked(programme, form),
        )
    )
    is_first = request.args.get("after") is None
    shown = render_template(
        "directory/list.html",
        form=form,
        page=page,
        # Where the first page holds all, they are counted already; where it does not, counting
        # takes longer than the page and is asked for when that stands.
        hits=export.in_words(len(page.items)) if is_first and not page.next else _hits(page),
        asked=form.said(request.args),
        on=on,
        rule=programme.women_led_rule,
        kinds=KIND_NAMES,
        asks_for_seats=any(place.is_undecided for place in places),
        is_first=is_first,
        lacks_groups=not narrowing.has_women_led_groups(
            programme.register, classification.get_rule(programme.women_led_rule), on
        ),
    )
    return (shown, 422) if form.wrong_days else shown


@bp.get("/count")
def count_organisations() -> ResponseReturnValue:
    """Answer in words how many organisations the filter finds, for the list that stands already."""
    if request.headers.get("HX-Request") != "true":
        asked = request.query_string.decode()
        return redirect(f"{url_for('.list_organisations')}?{asked}&counted=1")
    programme = _programme()
    form = _filter(programme, clock.today())
    if form.wrong_days:
        raise InputError(_("%(text)s is no day.", text=", ".join(form.wrong_days)))
    page = lists.list_organisations(
        programme.register, limit=1, counted=True, **_asked(programme, form)
    )
    return str(_hits(page))


@bp.get("/export.<form>")
def export_organisations(form: str) -> ResponseReturnValue:
    """Answer exactly the filtered list as a file."""
    if form not in set(Format):
        raise NotFoundError(_("There is no such file."))
    programme = _programme()
    wanted = _filter(programme, clock.today())
    if wanted.wrong_days:
        raise InputError(_("%(text)s is no day.", text=", ".join(wanted.wrong_days)))
    asked = _asked(programme, wanted)
    found = lists.list_organisations(programme.register, limit=None, **asked)
    notes = [
        _("As of %(day)s.", day=written(asked["on"])),
        _("Led by women is counted by the rule %(rule)s.", rule=programme.women_led_rule),
        export.in_words(len(found.items)),
    ]
    return answer(export.listing(found.items, asked["on"], WORDS, notes), Format(form))


@bp.get("/<int:organisation_id>")
def show_organisation(organisation_id: int) -> str:
    """Show all that is known of the organisation, since when, and everything it got."""
    known = _known_of(organisation_id)
    asked = request.args.get("only")
    only = Mark(asked) if asked in set(Mark) else None
    return render_template(
        "directory/show.html",
        only=only,
        shown=[
            entry
            for entry in known["got"].entries
            # What passed it by is only shown to who asks for it: it got nothing there.
            if (entry.mark is only if only else entry.mark is not Mark.NOT_INVITED)
        ],
        **known,
    )


@bp.get("/<int:organisation_id>/sheet")
def show_sheet(organisation_id: int) -> str:
    """Show the same on one sheet of paper, with the names of both bodies above it."""
    programme = _programme()
    return render_template(
        "directory/sheet.html",
        bodies=dossier.bodies_of(programme, clock.today()),
        **_known_of(organisation_id),
    )


def _hits(page: lists.OrganisationPage) -> str | None:
    if page.number is None:
        return None
    if page.number > lists.COUNTED_UP_TO:
        most = figure(lists.COUNTED_UP_TO)
        return _("more than %(number)s organisations", number=most)
    return export.in_words(page.number)


def _known_of(organisation_id: int) -> dict[str, Any]:
    programme, today = _programme(), clock.today()
    organisation = queries.get_organisation(organisation_id, programme.register_id)
    id_ = organisation.id
    rule = classification.get_rule(programme.women_led_rule)
    return {
        "organisation": organisation,
        "line": lists.get_line(id_, programme.register, on=today, rule=rule),
        "today": today,
        "rule": programme.women_led_rule,
        "kinds": KIND_NAMES,
        "merges": duplicates.told_merges(organisation, today),
        "got": dossier.compile_dossier(programme, organisation, today),
        "names": queries.history(OrganisationName, id_),
        "addresses": queries.history(OrganisationAddress, id_),
        "statuses": queries.history(OrganisationStatus, id_),
        "sectors": queries.history(OrganisationSector, id_),
        "codes": queries.history(OrganisationCode, id_),
        "head_counts": queries.list_head_counts(id_),
        "told": log.told_to(organisation, programme.id),
    }

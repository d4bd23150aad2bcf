"""The page of one delegate's pass: it opens on any phone, and says what the door must know."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from coopevents import clock, qrcodes
from coopevents.directory.queries import name_on
from coopevents.errors import NotFoundError
from coopevents.events import telling
from coopevents.i18n import _, locale_code
from coopevents.mail import calendar_file
from coopevents.registrations import passes, queries
from coopevents.registrations.models import Registration
from coopevents.registrations.passes import Standing
from coopevents.web import limiter

bp = Blueprint("passes", __name__, url_prefix="/p")

GONE = 410


def _token() -> str:
    return f"pass {(request.view_args or {}).get('pass_token', '')}"


@bp.get("/<pass_token>")
@limiter.limit("60 per minute", key_func=_token)
def show_pass(pass_token: str) -> ResponseReturnValue:
    """Show the pass; one that does not hold any more says that and nothing else."""
    shown = passes.get_pass(pass_token)
    standing = passes.standing_of(shown)
    if standing is Standing.OVER:
        return render_template("answering/pass_over.html"), GONE
    registration = shown.registration
    holds = standing is Standing.HOLDS
    return render_template(
        "answering/pass.html",
        pass_token=pass_token,
        standing=standing,
        told=telling.tell(registration.event, locale_code()),
        name=registration.person.kept.full_name if holds else "",
        organisations=_organisations(registration) if holds else [],
        code=qrcodes.inline(passes.address_of(pass_token)) if holds else "",
    )


@bp.get("/<pass_token>/calendar.ics")
@limiter.limit("60 per minute", key_func=_token)
def calendar(pass_token: str) -> Response:
    """Answer the activity as the calendar file the cooperative's invitation has, by its UID."""
    shown = passes.get_pass(pass_token)
    came_by = queries.invitations_of([shown.registration]).get(shown.registration_id)
    if passes.standing_of(shown) is not Standing.HOLDS or not came_by:
        raise NotFoundError(_("There is no day to put into a calendar."))
    invitation = came_by[-1]
    entry = telling.calendar(shown.registration.event, invitation.calendar_uid, "PUBLISH")
    return Response(
        calendar_file.build(entry, invitation.invited_at),
        content_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": "attachment; filename=coopevents.ics"},
    )


def _organisations(registration: Registration) -> list[str]:
    """Answer for whom she comes: sometimes for two (case 8)."""
    ids = [one.organisation_id for one in queries.representations_of(registration)]
    named = name_on(ids, clock.today())
    return [named[id_] for id_ in ids if id_ in named]

"""What is read without signing in: feeds behind their tokens, and the page of open activities."""

from flask import Blueprint, Response, current_app, render_template, request

from coopevents import clock
from coopevents.accounts import queries as accounts
from coopevents.calendars import feed as feeds
from coopevents.calendars import queries
from coopevents.calendars.models import CalendarFeed
from coopevents.calendars.queries import ActivityLine
from coopevents.directory.queries import name_on
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import EventSession, SessionState
from coopevents.i18n import _, force_locale, translated
from coopevents.requests import queries as requests

bp = Blueprint("calendars_public", __name__)


@bp.get("/calendar/<token>.ics")
def read_feed(token: str) -> Response:
    """Answer the feed's activities to a calendar program, or that nothing was changed."""
    feed = queries.find_feed(token)
    if feed is None or not queries.may_read(feed):
        raise NotFoundError(_("There is no such page."))
    with force_locale(feed.locale):
        entries = feeds.entries_of(feed, current_app.config["BASE_URL"])
        answer = Response(
            feeds.build(_title(feed), entries), content_type="text/calendar; charset=utf-8"
        )
    answer.add_etag()
    # No Last-Modified: an invitation that ends takes its entry along, and leaves no later moment
    # behind. The ETag is of the bytes themselves.
    answer.cache_control.private = True
    answer.cache_control.max_age = 0
    answer.headers["Content-Disposition"] = "inline; filename=coopevents.ics"
    answer.make_conditional(request)
    return answer


def _title(feed: CalendarFeed) -> str:
    if feed.organisation_id is not None:
        named = name_on([feed.organisation_id], clock.today())
        return _("Invitations: %(name)s", name=named.get(feed.organisation_id, ""))
    if feed.body_id is not None:
        body = accounts.names_of_bodies().get(feed.body_id)
        return _("Activities: %(name)s", name=translated(body.name) if body else "")
    return _("Joint activities")


@bp.get("/activities")
def list_open() -> str:
    """Show anybody what is open to all. Not there at all while nothing is listed."""
    page = queries.list_open(after=request.args.get("after"))
    if not page.items:
        raise NotFoundError(_("There is no such page."))
    ids = [line.event.id for line in page.items]
    hosts, sessions = events.hosts_of(ids), events.sessions_of(ids)
    names = {id_: translated(body.name) for id_, body in accounts.names_of_bodies().items()}
    return render_template(
        "calendars/open.html",
        page=page,
        sessions=_standing(page.items, sessions),
        open_for_requests=requests.open_among({id_: sessions[id_] for id_ in ids}),
        hosts={
            id_: " – ".join(names[host.body_id] for host in hosts[id_] if host.body_id in names)
            for id_ in ids
        },
    )


def _standing(
    lines: list[ActivityLine], found: dict[int, list[EventSession]]
) -> dict[int, list[EventSession]]:
    """Answer the sessions that are still to be held."""
    return {
        line.event.id: [s for s in found[line.event.id] if s.state is SessionState.PLANNED]
        for line in lines
    }

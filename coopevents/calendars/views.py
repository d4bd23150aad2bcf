from datetime import date
from typing import Any
from uuid import uuid4

from babel.dates import format_date
from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from coopevents import access
from coopevents.accounts import queries as accounts
from coopevents.calendars import clashes, months, queries, service
from coopevents.calendars.forms import ActivityFilter, FeedForm, ListedForm, month_asked
from coopevents.calendars.models import CalendarFeed
from coopevents.calendars.warnings import Caution
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation
from coopevents.editing import OnceForm
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import _, locale_code, translated
from coopevents.programme import queries as programmes
from coopevents.workdays.queries import weekday_name

bp = Blueprint("calendars", __name__, url_prefix="/calendar")


@bp.app_template_filter()
def month_and_year(first: date) -> str:
    """Answer a month in the words of the language spoken: tháng 10 năm 2026."""
    pattern = "'tháng' M 'năm' y" if locale_code() == "vi" else "LLLL y"
    return str(format_date(first, pattern, locale=locale_code()))


@bp.app_template_global()
def cautions_of(event: Event) -> list[Caution]:
    """Answer what `calendars/warnings.html` shows, so that any page of an activity may include it.

    What several sessions share is said once.
    """
    found = clashes.of_event(event).values()
    return list(dict.fromkeys(caution for cautions in found for caution in cautions))


@bp.app_template_global()
def feeds_of(organisation: Organisation) -> list[CalendarFeed]:
    """Answer what `calendars/of_organisation.html` shows, so that its page may include it."""
    return queries.feeds_of_organisation(organisation.id, access.actor().programme_id)


@bp.app_template_global()
def new_submission() -> str:
    """Answer a number for a form, by which it is known when it comes twice."""
    return str(uuid4())


@bp.get("/")
def show_month() -> str:
    """Show the sessions of a month, day by day, with holidays and worked Saturdays."""
    programme_id = access.actor().programme_id
    form = ActivityFilter.over(programme_id, request.args)
    first = month_asked(request.args)
    return render_template(
        "calendars/month.html",
        form=form,
        asked={name: value for name, value in form.address().items() if name not in OF_THE_LIST},
        month=months.show_month(programme_id, first, form.narrowing_of_month()),
        weekdays=[weekday_name(number) for number in range(7)],
    )


OF_THE_LIST = {"from", "until"}
"""What the address says of the list's days: the month has days of its own."""


@bp.get("/feeds")
def list_feeds() -> str:
    """Show one's own feeds, and the form of a new one."""
    return _feeds(FeedForm.over(access.actor().programme_id))


@bp.post("/feeds")
def make_feed() -> ResponseReturnValue:
    """Make a feed of one's own and show its address, this once."""
    who = access.actor()
    form = FeedForm.over(who.programme_id)
    form.validate()
    try:
        token = service.make_own_feed(
            who.programme_id or 0, who.id or 0, form.body(), locale_code(), form.submission_id
        )
    except (InputError, DomainError) as error:
        db.session.rollback()
        again = FeedForm.over(who.programme_id, formdata=None)
        return _feeds(again, refusal=error), error.status
    db.session.commit()
    return _made(token, url_for(".list_feeds"), _("My calendar feeds")), 201


@bp.post("/feeds/<int:feed_id>/revoke")
def revoke_feed(feed_id: int) -> ResponseReturnValue:
    """Let one's own feed open nothing any more."""
    who = access.actor()
    service.revoke_feed(queries.pick(queries.feeds_of_user(who.id, who.programme_id), feed_id))
    db.session.commit()
    return redirect(url_for(".list_feeds"), 303)


@bp.post("/feeds/of/<int:organisation_id>")
def make_organisation_feed(organisation_id: int) -> ResponseReturnValue:
    """Make a feed for the organisation and show its address, this once."""
    organisation = _organisation(organisation_id)
    token = service.make_organisation_feed(
        access.actor().programme_id or 0, organisation, locale_code(), OnceForm().submission_id
    )
    db.session.commit()
    back = url_for("directory.show_organisation", organisation_id=organisation_id)
    return _made(token, back, _("Back to the organisation")), 201


@bp.post("/feeds/of/<int:organisation_id>/<int:feed_id>/revoke")
def revoke_organisation_feed(organisation_id: int, feed_id: int) -> ResponseReturnValue:
    """Let the organisation's feed open nothing any more."""
    feeds = feeds_of(_organisation(organisation_id))
    service.revoke_feed(queries.pick(feeds, feed_id))
    db.session.commit()
    back = url_for("directory.show_organisation", organisation_id=organisation_id)
    return redirect(back, 303)


@bp.post("/events/<int:event_id>/listed")
def list_publicly(event_id: int) -> ResponseReturnValue:
    """Show the activity on the page anybody may read, or take it off."""
    event = events.get_event(event_id, access.actor().programme_id)
    form = ListedForm()
    if not form.validate():
        raise InputError(_("Say whether the activity is listed publicly."))
    service.list_publicly(event, form.listed.data == "yes")
    db.session.commit()
    return redirect(url_for("events.show_event", event_id=event_id), 303)


def _organisation(organisation_id: int) -> Organisation:
    programme = programmes.get_programme(access.actor().programme_id)
    return directory.get_organisation(organisation_id, programme.register_id)


def _feeds(form: FeedForm, refusal: DomainError | None = None) -> str:
    who = access.actor()
    bodies = accounts.names_of_bodies()
    return render_template(
        "calendars/feeds.html",
        form=form,
        feeds=queries.feeds_of_user(who.id, who.programme_id),
        bodies={id_: translated(body.name) for id_, body in bodies.items()},
        refusal=refusal,
    )


def _made(token: str, back: str, back_label: str) -> str:
    made: dict[str, Any] = {"back": back, "back_label": back_label}
    address = f"{current_app.config['BASE_URL']}/calendar/{token}.ics"
    return render_template("calendars/made.html", address=address, **made)

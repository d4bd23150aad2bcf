from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.db import db
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.outcomes.reach import queries, service
from coopevents.outcomes.reach.forms import ReachForm, WithdrawForm
from coopevents.outcomes.reach.models import ReachChannel
from coopevents.outcomes.reach.words import CHANNEL_NAMES

bp = Blueprint("reach", __name__, url_prefix="/events/<int:event_id>/reach")


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


@bp.app_template_filter()
def reach_channel(channel: str) -> str:
    """Answer by what people were reached in the language spoken now."""
    return str(CHANNEL_NAMES[ReachChannel(channel)])


@bp.app_template_global()
def lacks_reach(event: Event) -> bool:
    """Whether the activity declares its reach, and nobody has declared any yet."""
    return not event.kind.counts_attendance and not queries.list_standing(event)


def _page(event: Event, form: ReachForm) -> str:
    rows, standing = queries.list_rows(event), queries.list_standing(event)
    return render_template(
        "outcomes/reach/show.html",
        event=event,
        form=form,
        rows=rows,
        corrected={row.corrects_id for row in rows},
        channels=queries.by_channel(standing),
    )


@bp.get("")
def show_reach(event_id: int) -> str:
    """Show how many the activity reached, as declared, and the form to declare more."""
    return _page(_event(event_id), ReachForm())


@bp.post("")
def declare(event_id: int) -> ResponseReturnValue:
    """Write one more declaration of the activity."""
    event = _event(event_id)
    form = ReachForm()
    if form.carries_out(lambda: service.declare(event, form.told(), form.submission_id)):
        db.session.commit()
        return redirect(url_for(".show_reach", event_id=event_id), 303)
    return _page(event, form), 422


@bp.route("/<int:declaration_id>/correct", methods=["GET", "POST"])
def correct(event_id: int, declaration_id: int) -> ResponseReturnValue:
    """Put right what was declared, with the reason."""
    event = _event(event_id)
    before = queries.get_declaration(declaration_id, event)
    form = ReachForm.over(before)
    if form.carries_out(
        lambda: service.correct(event, before, form.told(), form.reason.data, form.submission_id)
    ):
        db.session.commit()
        return redirect(url_for(".show_reach", event_id=event_id), 303)
    return render_template(
        "outcomes/reach/correct.html", event=event, form=form, before=before
    ), 422 if form.errors else 200


@bp.route("/<int:declaration_id>/withdraw", methods=["GET", "POST"])
def withdraw(event_id: int, declaration_id: int) -> ResponseReturnValue:
    """Take back what should not have been declared."""
    event = _event(event_id)
    before = queries.get_declaration(declaration_id, event)
    form = WithdrawForm()
    if form.carries_out(
        lambda: service.withdraw(event, before, form.reason.data, form.submission_id)
    ):
        db.session.commit()
        return redirect(url_for(".show_reach", event_id=event_id), 303)
    return render_template(
        "outcomes/reach/withdraw.html", event=event, form=form, before=before
    ), 422 if form.errors else 200

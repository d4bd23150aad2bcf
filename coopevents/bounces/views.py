from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.bounces import queries, service, words
from coopevents.bounces.forms import CallForm
from coopevents.bounces.models import AddressCall
from coopevents.bounces.queries import CallLine
from coopevents.db import db
from coopevents.directory.models import Organisation
from coopevents.events.models import Event
from coopevents.programme import queries as programmes

bp = Blueprint("bounces", __name__, url_prefix="/returned-mail")


@bp.app_template_filter()
def bounce_meaning(status: str) -> str:
    """Answer what the number in a mail server's answer says."""
    return words.meaning(status)


@bp.app_template_global()
def calls_at(event: Event) -> list[CallLine]:
    """Answer what `bounces/of_event.html` shows, so that any page of an activity may include it."""
    return queries.list_open_at(event)


@bp.app_template_global()
def calls_about(organisation: Organisation) -> list[CallLine]:
    """Answer what `bounces/of_organisation.html` shows, so that its page may include it."""
    programme_id = access.actor().programme_id
    return queries.list_open_of(organisation.id, programme_id) if programme_id else []


@bp.get("/")
def list_calls() -> str:
    """Show whom to call because mail comes back."""
    programme = programmes.get_programme(access.actor().programme_id)
    return render_template("bounces/list.html", lines=queries.list_open(programme))


@bp.get("/<int:call_id>")
def show_call(call_id: int) -> str:
    """Show whom to call, at which numbers, and what the mail server said."""
    return _page(_call(call_id), CallForm())


@bp.post("/<int:call_id>")
def tick_off(call_id: int) -> ResponseReturnValue:
    """Say what came of the call."""
    call, form = _call(call_id), CallForm()
    if form.carries_out(lambda: service.tick_off(call, form.note.data or "")):
        db.session.commit()
        return redirect(url_for(".list_calls"), 303)
    return _page(_call(call_id), form), 422


def _call(call_id: int) -> AddressCall:
    return queries.get_call(call_id, access.actor().programme_id)


def _page(call: AddressCall, form: CallForm) -> str:
    return render_template("bounces/show.html", line=queries.line_of(call), form=form)

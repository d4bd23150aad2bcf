from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock, editing
from coopevents.accounts import queries as accounts
from coopevents.checklists import forms, queries, service
from coopevents.checklists.forms import ItemForm, NewItemForm
from coopevents.checklists.models import ChecklistItem
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.events.service import lock
from coopevents.i18n import _

bp = Blueprint("checklists", __name__, url_prefix="/events/<int:event_id>/checklist")


def _event(event_id: int) -> Event:
    """Answer the activity; whoever is about to change something of it holds it alone."""
    event = events.get_event(event_id, access.actor().programme_id)
    if request.method == "POST":
        lock(event)
    return event


def _item(event_id: int, item_id: int) -> tuple[Event, ChecklistItem]:
    event = _event(event_id)
    return event, queries.get_item(item_id, event)


def _back(event_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show_checklist", event_id=event_id), 303)


def _new_item_form(event: Event) -> NewItemForm:
    form = NewItemForm()
    form.offer(accounts.list_users(event.programme_id))
    return form


@bp.get("")
def show_checklist(event_id: int) -> str:
    """Show what has to be done for the activity, and how much of it is."""
    event = _event(event_id)
    return _page(event, _new_item_form(event))


def _page(event: Event, form: NewItemForm) -> str:
    items = queries.list_items(event)
    return render_template(
        "checklists/show.html",
        event=event,
        items=items,
        dropped=queries.list_dropped(event),
        progress=queries.progress(items),
        form=form,
        today=clock.today(),
    )


@bp.post("")
def add_item(event_id: int) -> ResponseReturnValue:
    """Put one more thing on the list."""
    event = _event(event_id)
    form = _new_item_form(event)
    refusal = editing.attempt(
        form, lambda: service.add_item(event, form.plan(), form.submission_id)
    )
    if refusal is not None:
        return _page(_event(event_id), form), refusal.status
    db.session.commit()
    return _back(event_id)


@bp.post("/start")
def start_list(event_id: int) -> ResponseReturnValue:
    """Write the list that the kind of the activity begins with."""
    service.start(_event(event_id))
    db.session.commit()
    return _back(event_id)


@bp.route("/<int:item_id>", methods=["GET", "POST"])
def change_item(event_id: int, item_id: int) -> ResponseReturnValue:
    """Show the form of an item, and write what was changed."""
    event, item = _item(event_id, item_id)
    service.require_listed(item)
    standing = forms.standing(item)
    form = ItemForm(data=standing)
    form.offer(accounts.list_users(event.programme_id), item.owner)
    page = {
        "event": event,
        "item": item,
        "form": form,
        "back": url_for(".show_checklist", event_id=event_id),
    }
    if request.method == "GET":
        form.found_on(standing)
        return render_template("checklists/item.html", **page)
    refusal = editing.attempt(form, lambda: service.change_item(event, item, form.plan()), standing)
    if refusal is not None:
        return render_template(
            "checklists/item.html", **page, overtaken=refusal.overtaken
        ), refusal.status
    db.session.commit()
    return _back(event_id)


@bp.post("/<int:item_id>/done")
def tick(event_id: int, item_id: int) -> ResponseReturnValue:
    """Say that an item is done, or is not after all."""
    event, item = _item(event_id, item_id)
    said = request.form.get("done")
    if said not in ("yes", "no"):
        raise InputError(_("Say whether it is done."))
    if said == "yes":
        service.mark_done(item)
    else:
        service.mark_open(event, item)
    db.session.commit()
    if request.form.get("back") != "home":
        return _back(event_id)
    whose = "all" if request.form.get("whose") == "all" else None
    return redirect(
        url_for("home.start", done=item_id if said == "yes" else None, whose=whose), 303
    )


@bp.post("/<int:item_id>/move")
def move_item(event_id: int, item_id: int) -> ResponseReturnValue:
    """Have an item change places with the one above or below."""
    event, item = _item(event_id, item_id)
    way, seen = request.form.get("way"), request.form.get("rank", "")
    if way not in ("up", "down") or not seen.isdecimal():
        raise InputError(_("Say whether it goes up or down."))
    service.move_item(event, item, way == "up", int(seen))
    db.session.commit()
    return _back(event_id)


@bp.post("/<int:item_id>/drop")
def drop_item(event_id: int, item_id: int) -> ResponseReturnValue:
    """Take an item off the list."""
    _its_event, item = _item(event_id, item_id)
    service.drop_item(item)
    db.session.commit()
    return _back(event_id)


@bp.post("/<int:item_id>/put-back")
def put_back(event_id: int, item_id: int) -> ResponseReturnValue:
    """Have an item stand on the list again."""
    event, item = _item(event_id, item_id)
    service.put_back(event, item)
    db.session.commit()
    return _back(event_id)

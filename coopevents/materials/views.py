from contextlib import ExitStack
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from coopevents import access, editing, files
from coopevents.accounts import service as accounts
from coopevents.db import db
from coopevents.editing import Refusal
from coopevents.errors import InputError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.materials import queries, service
from coopevents.materials.forms import (
    MOST_FILES,
    DescriptionForm,
    RemovalForm,
    UploadForm,
    standing,
)
from coopevents.materials.models import Material
from coopevents.materials.service import QUOTA, Added
from coopevents.permissions import Permission

bp = Blueprint("materials", __name__, url_prefix="/events/<int:event_id>/materials")

LARGEST_UPLOAD = 100 << 20
"""All files of one form together: what is longer is cut off while it arrives."""


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


def _material(event_id: int, material_id: int) -> Material:
    return queries.get_material(material_id, _event(event_id))


@bp.url_value_preprocessor
def _allow_more(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before anything reads the form. To a stranger the limit of every other page applies.
    if endpoint == "materials.upload":
        who = accounts.identify()
        if who is not None and who.may(Permission.PLAN):
            request.max_content_length = LARGEST_UPLOAD + (1 << 20)


@bp.errorhandler(RequestEntityTooLarge)
def _refuse_too_much(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    sentence = _(
        "Together these files are larger than %(size)s MB; nothing was kept. Please go back and "
        "send them a few at a time.",
        size=LARGEST_UPLOAD >> 20,
    )
    return render_template("refusal.html", status=413, sentence=sentence, fields={}), 413


@bp.get("/")
def list_materials(event_id: int) -> str:
    """Show the papers of the activity, those that are missing, and the form to send some."""
    event = _event(event_id)
    return _page(event, UploadForm.over(queries.kind_names(event), formdata=None))


@bp.post("/")
def upload(event_id: int) -> ResponseReturnValue:
    """Keep the files that were sent, or none of them."""
    event = _event(event_id)
    form = UploadForm.over(queries.kind_names(event))
    try:
        added = _take_in(event, form)
    except InputError as refusal:
        db.session.rollback()
        return _page(_event(event_id), form, refusal=refusal), 422
    db.session.commit()
    known = [material.id for material in added.known]
    return redirect(url_for(".list_materials", event_id=event_id, known=known), 303)


def _take_in(event: Event, form: UploadForm) -> Added:
    sent = form.sent()
    if not form.validate() or not sent:
        raise InputError(_("Please choose a file."))
    if len(sent) > MOST_FILES:
        raise InputError(_("Please send no more than %(number)s files at once.", number=MOST_FILES))
    with ExitStack() as arriving:
        drafts = files.drafts(sent, arriving)
        return service.add(event, drafts, form.kind.data or "", shown=form.shown.data)


def _page(event: Event, form: UploadForm, refusal: InputError | None = None) -> str:
    materials = queries.list_materials(event)
    known = set(request.args.getlist("known", type=int))
    return render_template(
        "materials/list.html",
        event=event,
        form=form,
        refusal=refusal,
        papers=queries.papers(event, materials),
        removed=queries.list_removed(event),
        known=[material for material in materials if material.id in known],
        used=sum(material.size for material in materials),
        quota=QUOTA,
        largest=files.LARGEST,
        largest_upload=LARGEST_UPLOAD,
        file_size=files.in_words,
    )


@bp.post("/<int:material_id>/shown")
def set_shown(event_id: int, material_id: int) -> ResponseReturnValue:
    """Let those who are invited see the material, or no longer."""
    service.show(_material(event_id, material_id), shown=request.form.get("shown") == "yes")
    db.session.commit()
    return redirect(url_for(".list_materials", event_id=event_id), 303)


@bp.route("/<int:material_id>/change", methods=["GET", "POST"])
def change_material(event_id: int, material_id: int) -> ResponseReturnValue:
    """Show the form of a material, or save what was entered."""
    material = _material(event_id, material_id)
    form = DescriptionForm.over(material, queries.kind_names(material.event))
    if request.method == "GET":
        form.found_on(standing(material))
        return _change_page(material, form)
    refusal = editing.attempt(
        form, lambda: service.describe(material, form.description()), standing(material)
    )
    if refusal is None:
        db.session.commit()
        return redirect(url_for(".list_materials", event_id=event_id), 303)
    return _change_page(_material(event_id, material_id), form, refusal=refusal), refusal.status


@bp.post("/<int:material_id>/remove")
def remove(event_id: int, material_id: int) -> ResponseReturnValue:
    """Take the material away from the activity, with the reason."""
    material, removal = _material(event_id, material_id), RemovalForm()
    if removal.validate():
        service.remove(material, removal.reason.data or "")
        db.session.commit()
        return redirect(url_for(".list_materials", event_id=event_id), 303)
    form = DescriptionForm.over(material, queries.kind_names(material.event))
    form.found_on(standing(material))
    return _change_page(material, form, removal), 422


def _change_page(
    material: Material,
    form: DescriptionForm,
    removal: RemovalForm | None = None,
    refusal: Refusal | None = None,
) -> str:
    return render_template(
        "materials/change.html",
        title=_("Describe a file"),
        material=material,
        event=material.event,
        form=form,
        removal=removal or RemovalForm(formdata=None),
        overtaken=refusal.overtaken if refusal else [],
        back=url_for(".list_materials", event_id=material.event_id),
        note=None,
    )


@bp.get("/<int:material_id>/file")
def download(event_id: int, material_id: int) -> Response:
    """Answer the file."""
    material = _material(event_id, material_id)
    return files.answer(material.file_hash, material.content_type, material.name)

"""The programme's file: taken away as it is, and brought back changed."""

import hashlib

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access
from coopevents.charter import document, importer
from coopevents.charter.forms import FileForm, WriteForm
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.lifecycle import founding
from coopevents.programme import queries, service
from coopevents.programme.models import Programme

bp = Blueprint("charter", __name__, url_prefix="/programme/settings/file")


def _programme() -> Programme:
    """Answer the programme; whoever is about to change it holds it alone."""
    programme = queries.get_programme(access.actor().programme_id)
    if request.method == "POST":
        service.lock(programme)
    return programme


@bp.get("/")
def download() -> Response:
    """Give the programme as its YAML file."""
    programme = _programme()
    text = document.as_text(founding.describe_programme(programme))
    answer = Response(text, content_type="text/yaml; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{programme.key}.yaml")
    return answer


@bp.route("/load", methods=["GET", "POST"])
def load_file() -> ResponseReturnValue:
    """Show what a file would change in the programme, before it is written."""
    programme, form = _programme(), FileForm()
    if request.method == "GET":
        return render_template("charter/load.html", form=form)
    if not form.validate():
        return render_template("charter/load.html", form=form), 422
    name, data = form.file.data.filename or "", form.file.data.read()
    try:
        comparison = founding.compare_programme(programme, importer.read(data, name))
    except InputError as refusal:
        db.session.rollback()
        return render_template("charter/load.html", form=form, refusal=refusal, name=name), 422
    writing = WriteForm(
        formdata=None,
        text=data.decode("utf-8-sig"),
        file_name=name,
        compared_with=_fingerprint(programme),
    )
    page = render_template("charter/load.html", form=form, comparison=comparison, writing=writing)
    return page, 422 if comparison.refused else 200


@bp.post("/write")
def write_file() -> ResponseReturnValue:
    """Write what the file adds and changes, if nobody changed the programme since it was shown."""
    programme, form = _programme(), WriteForm()
    if not form.validate():
        return redirect(url_for(".load_file"), 303)
    name = form.file_name.data or ""
    if form.compared_with.data != _fingerprint(programme):
        raise InputError(
            _(
                "Somebody changed the programme since. Load the file again to see what it changes"
                " now."
            )
        )
    said = importer.read((form.text.data or "").encode(), name)
    founding.update_programme(programme, said, name)
    db.session.commit()
    return redirect(url_for("programme_editing.show_settings", _anchor="changes"), 303)


def _fingerprint(programme: Programme) -> str:
    said = document.as_text(founding.describe_programme(programme))
    return hashlib.sha256(said.encode()).hexdigest()

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.intake import service, uploads
from coopevents.intake.forms import WorkbookForm, WriteForm
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("intake", __name__, url_prefix="/organisations")


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.route("/import", methods=["GET", "POST"])
def import_register() -> ResponseReturnValue:
    """Show what a workbook would change; with the word to write it, write it."""
    if request.method == "GET":
        return render_template("intake/import.html", form=WorkbookForm(as_of=clock.today()))
    if "key" in request.form:
        return _write()
    form = WorkbookForm()
    if not form.validate_on_submit():
        return render_template("intake/import.html", form=form), 422
    data, file_name = form.file.data.read(), form.file.data.filename
    programme = _programme()
    try:
        result = service.import_register(
            programme.register,
            programme.territory,
            file_name,
            data,
            as_of=form.as_of.data or clock.today(),
            dry_run=True,
        )
    except DomainError as refusal:
        db.session.rollback()
        page = render_template("intake/import.html", form=WorkbookForm(), refusal=refusal)
        return page, refusal.status
    key = uploads.keep(data)
    writing = WriteForm(key=key, file_name=file_name, as_of=form.as_of.data, formdata=None)
    return render_template("intake/import_report.html", result=result, form=writing)


def _write() -> ResponseReturnValue:
    form = WriteForm()
    key, file_name, as_of = form.key.data, form.file_name.data, form.as_of.data
    if not form.validate_on_submit() or not (key and file_name and as_of):
        return redirect(url_for(".import_register"), 303)
    programme = _programme()
    result = service.import_register(
        programme.register, programme.territory, file_name, uploads.take(key), as_of=as_of
    )
    db.session.commit()
    uploads.forget(key)
    return render_template("intake/import_report.html", result=result, form=None)

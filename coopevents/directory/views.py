from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.db import db
from coopevents.directory import classification, queries, service, uploads
from coopevents.directory.forms import KIND_NAMES, OrganisationFilter, WorkbookForm, WriteForm
from coopevents.directory.models import (
    Organisation,
    OrganisationAddress,
    OrganisationName,
    OrganisationStatus,
    Post,
)
from coopevents.errors import DomainError
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("directory", __name__, url_prefix="/organisations")


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.get("/")
def list_organisations() -> str:
    """Show the register's organisations as they are today."""
    programme, today = _programme(), clock.today()
    form = OrganisationFilter.over(request.args, queries.list_communes(programme.register, today))
    page = queries.list_organisations(
        programme.register,
        on=today,
        operating_only=False,
        rule=classification.get_rule(programme.women_led_rule),
        after=request.args.get("after"),
        **form.asked(),
    )
    asked = {name: value for name, value in request.args.items() if name != "after"}
    return render_template(
        "directory/list.html",
        form=form,
        page=page,
        asked=asked,
        rule=programme.women_led_rule,
        kinds=KIND_NAMES,
        is_first=request.args.get("after") is None,
    )


@bp.get("/<int:organisation_id>")
def show_organisation(organisation_id: int) -> str:
    """Show all that is known of the organisation, and since when."""
    programme, today = _programme(), clock.today()
    organisation = queries.get_organisation(organisation_id, programme.register_id)
    return render_template(
        "directory/show.html",
        organisation=organisation,
        line=queries.get_line(
            organisation_id,
            programme.register,
            on=today,
            rule=classification.get_rule(programme.women_led_rule),
        ),
        rule=programme.women_led_rule,
        kinds=KIND_NAMES,
        today=today,
        **_known_of(organisation),
    )


def _known_of(organisation: Organisation) -> dict[str, object]:
    return {
        "names": queries.history(OrganisationName, organisation.id),
        "addresses": queries.history(OrganisationAddress, organisation.id),
        "statuses": queries.history(OrganisationStatus, organisation.id),
        "posts": queries.history(Post, organisation.id),
        "contacts": queries.contact_points([organisation.id]).get(organisation.id, []),
        "head_counts": queries.list_head_counts(organisation.id),
        "certificates": queries.list_certificates(organisation.id),
    }


@bp.route("/import", methods=["GET", "POST"])
def import_register() -> ResponseReturnValue:
    """Show what a workbook would change; with the word to write it, write it."""
    if request.method == "GET":
        return render_template("directory/import.html", form=WorkbookForm(as_of=clock.today()))
    if "key" in request.form:
        return _write()
    form = WorkbookForm()
    if not form.validate_on_submit():
        return render_template("directory/import.html", form=form), 422
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
        page = render_template("directory/import.html", form=WorkbookForm(), refusal=refusal)
        return page, refusal.status
    key = uploads.keep(data)
    writing = WriteForm(key=key, file_name=file_name, as_of=form.as_of.data, formdata=None)
    return render_template("directory/import_report.html", result=result, form=writing)


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
    return render_template("directory/import_report.html", result=result, form=None)

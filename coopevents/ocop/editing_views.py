from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.db import db
from coopevents.directory import checks, lists
from coopevents.directory import queries as directory
from coopevents.directory.models import OcopCertificate, Organisation
from coopevents.ocop import queries, service
from coopevents.ocop.forms import (
    CertificateForm,
    CorrectCertificateForm,
    TransferForm,
    WithdrawalForm,
)
from coopevents.people.forms import ReasonForm
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("ocop_editing", __name__, url_prefix="/ocop")

CHOICES = 20
"""So many organisations are offered to choose from; whoever misses one types more."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _certificate(certificate_id: int) -> OcopCertificate:
    return queries.get_certificate(certificate_id, _programme().register_id)


def _organisation(organisation_id: int) -> Organisation:
    found = directory.get_organisation(organisation_id, _programme().register_id)
    return checks.require_kept(found)


def _back(certificate_id: int) -> ResponseReturnValue:
    return redirect(url_for("ocop.show_certificate", certificate_id=certificate_id), 303)


@bp.route("/for/<int:organisation_id>/new", methods=["GET", "POST"])
def enter_certificate(organisation_id: int) -> ResponseReturnValue:
    """Show the form of a new certificate of the organisation, and write it."""
    organisation = _organisation(organisation_id)
    form = CertificateForm()
    if form.carries_out(lambda: service.enter_certificate(organisation, form.ranking())):
        db.session.commit()
        return redirect(
            url_for("directory.show_organisation", organisation_id=organisation_id), 303
        )
    name = directory.name_on([organisation_id], clock.today()).get(organisation_id, "")
    return render_template(
        "ocop/certificate_form.html",
        form=form,
        certificate=None,
        organisation_id=organisation_id,
        organisation=name,
    ), _status(form)


@bp.route("/<int:certificate_id>/correct", methods=["GET", "POST"])
def correct_certificate(certificate_id: int) -> ResponseReturnValue:
    """Put right what was typed wrong of a certificate, with the reason."""
    certificate = _certificate(certificate_id)
    form = CorrectCertificateForm.over(certificate)
    if form.carries_out(
        lambda: service.correct_certificate(certificate, form.ranking(), form.reason.data or "")
    ):
        db.session.commit()
        return _back(certificate_id)
    return render_template(
        "ocop/certificate_form.html", form=form, certificate=certificate
    ), _status(form)


@bp.route("/<int:certificate_id>/withdraw", methods=["GET", "POST"])
def withdraw(certificate_id: int) -> ResponseReturnValue:
    """Let a certificate be valid no longer from a day on."""
    certificate = _certificate(certificate_id)
    form = WithdrawalForm()
    if form.carries_out(
        lambda: service.withdraw(certificate, form.first_day(), form.reason.data or "")
    ):
        db.session.commit()
        return _back(certificate_id)
    return render_template("ocop/withdraw.html", form=form, certificate=certificate), _status(form)


@bp.post("/<int:certificate_id>/withdrawal/take-back")
def take_back_withdrawal(certificate_id: int) -> ResponseReturnValue:
    """Let stand what was withdrawn by mistake."""
    service.take_back_withdrawal(_certificate(certificate_id), ReasonForm().reason.data or "")
    db.session.commit()
    return _back(certificate_id)


@bp.get("/<int:certificate_id>/transfer")
def choose_receiver(certificate_id: int) -> str:
    """Look for the organisation to which the certificate passes."""
    certificate, programme = _certificate(certificate_id), _programme()
    q = (request.args.get("q") or "").strip()
    line = queries.get_line(certificate, max(clock.today(), certificate.issued_on))
    found = (
        lists.list_organisations(programme.register, on=clock.today(), q=q, limit=CHOICES).items
        if q
        else []
    )
    return render_template(
        "ocop/choose_receiver.html",
        certificate=certificate,
        holder=line.holder,
        q=q,
        lines=[each for each in found if each.id != line.holder_id],
    )


@bp.route("/<int:certificate_id>/transfer/<int:organisation_id>", methods=["GET", "POST"])
def transfer(certificate_id: int, organisation_id: int) -> ResponseReturnValue:
    """Let the organisation hold the certificate from a day on."""
    certificate = _certificate(certificate_id)
    to = _organisation(organisation_id)
    form = TransferForm()
    if form.carries_out(
        lambda: service.transfer(certificate, to, form.first_day(), form.document.data or "")
    ):
        db.session.commit()
        return _back(certificate_id)
    line = queries.get_line(certificate, max(clock.today(), certificate.issued_on))
    name = directory.name_on([organisation_id], clock.today()).get(organisation_id, "")
    return render_template(
        "ocop/transfer.html", form=form, certificate=certificate, holder=line.holder, receiver=name
    ), _status(form)


@bp.post("/<int:certificate_id>/transfers/<int:transfer_id>/take-back")
def take_back_transfer(certificate_id: int, transfer_id: int) -> ResponseReturnValue:
    """Let a transfer recorded by mistake count for no day."""
    certificate = _certificate(certificate_id)
    row = queries.get_transfer(transfer_id, certificate)
    service.take_back_transfer(certificate, row, ReasonForm().reason.data or "")
    db.session.commit()
    return _back(certificate_id)


def _status(form: object) -> int:
    return 422 if getattr(form, "errors", None) else 200

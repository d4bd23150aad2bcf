from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from coopevents import access, clock, listing
from coopevents.directory import classification
from coopevents.directory import queries as directory
from coopevents.directory.forms import KIND_NAMES
from coopevents.i18n import _, day
from coopevents.listing import Column, Format, Listing, Value
from coopevents.names import sort_key
from coopevents.ocop import figures, queries
from coopevents.ocop.forms import STATE_NAMES, CertificateFilter
from coopevents.ocop.queries import CertificateLine, CertificatesOfOrganisation, CertificateState
from coopevents.people.forms import ReasonForm
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("ocop", __name__, url_prefix="/ocop")


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.app_template_filter()
def certificate_state(state: CertificateState) -> str:
    """Answer what became of a certificate in the language spoken now."""
    return str(STATE_NAMES[state])


@bp.app_template_global()
def certificates_of(organisation_id: int) -> CertificatesOfOrganisation:
    """Answer what `ocop/of_organisation.html` shows, so that any page may include it."""
    return queries.of_organisation(organisation_id, clock.today())


@bp.get("/")
def list_certificates() -> str:
    """Show the certificates as of a day, and both figures: organisations and products by star."""
    programme, form = _programme(), CertificateFilter.over(request.args)
    page = queries.list_certificates(
        programme.register,
        form.as_of(),
        state=form.certificate_state(),
        stars=form.number_of_stars(),
        q=form.q.data,
        after=request.args.get("after"),
    )
    return render_template(
        "ocop/list.html",
        form=form,
        page=page,
        as_of=form.as_of(),
        asked=form.address(),
        states=list(CertificateState),
        counts=queries.count_by_state(programme.register, form.as_of()),
        figures=_figures(programme, form),
        without_holder=figures.certificates_without_holder(programme.register, form.as_of()),
        rule=programme.women_led_rule,
        is_first=request.args.get("after") is None,
    )


@bp.get("/export.<any(xlsx, csv):form>")
def export(form: str) -> Response:
    """Answer exactly the certificates the list shows, as a file."""
    programme, asked = _programme(), CertificateFilter.over(request.args)
    lines = queries.list_certificates(
        programme.register,
        asked.as_of(),
        state=asked.certificate_state(),
        stars=asked.number_of_stars(),
        q=asked.q.data,
        limit=None,
    ).items
    columns = [
        Column(_("Product"), 30),
        Column(_("Stars"), 8),
        Column(_("Organisation"), 36),
        Column(_("Decision"), 20),
        Column(_("Issued on"), 12),
        Column(_("Expires on"), 12),
        Column(_("State"), 18),
        Column(_("Withdrawn"), 12),
        Column(_("Reason"), 30),
    ]
    certificates = Listing(
        title=_("OCOP certificates"),
        columns=columns,
        rows=_rows(lines),
        notes=[_("As of %(day)s.", day=day(asked.as_of()))],
    )
    return listing.answer(certificates, Format(form))


@bp.get("/<int:certificate_id>")
def show_certificate(certificate_id: int) -> str:
    """Show a certificate with all that became of it."""
    programme, today = _programme(), clock.today()
    certificate = queries.get_certificate(certificate_id, programme.register_id)
    transfers = queries.transfers_of(certificate)
    holders = {certificate.organisation_id, *(row.organisation_id for row in transfers)}
    return render_template(
        "ocop/show.html",
        certificate=certificate,
        line=queries.get_line(certificate, max(today, certificate.issued_on)),
        transfers=transfers,
        standing=[row for row in transfers if row.undone_at is None],
        names=directory.name_on(holders, today),
        form=ReasonForm(formdata=None),
    )


@bp.get("/figures/<any(organisations, products):figure>/<int(min=3, max=5):stars>")
def show_figure(figure: str, stars: int) -> str:
    """Show the rows behind a figure: the very ones that were counted."""
    programme, form = _programme(), CertificateFilter.over(request.args)
    as_of, kinds = form.as_of(), form.kinds()
    counted = _figures(programme, form)[figure][stars]
    ids = counted.ids()
    of_organisations = figure == "organisations"
    names = directory.name_on(ids, as_of) if of_organisations else {}
    return render_template(
        "ocop/figure.html",
        figure=figure,
        stars=stars,
        value=counted.value,
        as_of=as_of,
        organisations=sorted(names.items(), key=lambda pair: sort_key(pair[1])),
        certificates=[] if of_organisations else queries.lines_of(ids, as_of),
        back=url_for(".list_certificates", **form.address()),
        rule=programme.women_led_rule if form.only_women_led() else None,
        kind=KIND_NAMES[next(iter(kinds))] if kinds else None,
    )


@bp.get("/without-holder")
def list_without_holder() -> str:
    """Show the valid certificates whose holder does not operate, so that they be passed on."""
    programme, form = _programme(), CertificateFilter.over(request.args)
    unheld = figures.certificates_without_holder(programme.register, form.as_of())
    return render_template(
        "ocop/without_holder.html",
        certificates=queries.lines_of(unheld.ids(), form.as_of()),
        as_of=form.as_of(),
        back=url_for(".list_certificates", **form.address()),
    )


Figures = dict[str, dict[int, Any]]


def _figures(programme: Programme, form: CertificateFilter) -> Figures:
    rule = classification.get_rule(programme.women_led_rule) if form.only_women_led() else None
    register, as_of, kinds = programme.register, form.as_of(), form.kinds()
    return {
        "organisations": figures.organisations_by_star(register, as_of, rule=rule, kinds=kinds),
        "products": figures.products_by_star(register, as_of, rule=rule, kinds=kinds),
    }


def _rows(lines: list[CertificateLine]) -> Iterator[list[Value]]:
    for line in lines:
        certificate = line.certificate
        over = line.state is CertificateState.WITHDRAWN
        yield [
            certificate.product,
            certificate.stars,
            line.holder,
            certificate.decision,
            certificate.issued_on,
            line.ends_on,
            str(STATE_NAMES[line.state]),
            certificate.withdrawn_on if over else None,
            certificate.withdrawn_reason if over else None,
        ]

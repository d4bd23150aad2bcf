from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.accounts import queries as accounts
from coopevents.db import db
from coopevents.delegates.words import POST_LABELS
from coopevents.directory import (
    acts,
    checks,
    choices,
    classification,
    communes,
    consequences,
    corrections,
    editing,
    lineage,
    lineage_queries,
    queries,
    record,
    service,
)
from coopevents.directory import editing_forms as forms
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import (
    ClassificationOverride,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
)
from coopevents.directory.service import NewOrganisation, Support
from coopevents.directory.words import RULE_NAMES, SCHEME_NAMES
from coopevents.errors import DomainError, NotFoundError
from coopevents.i18n import _, translated
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("directory_editing", __name__, url_prefix="/organisations")


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _organisation(organisation_id: int) -> Organisation:
    return queries.get_organisation(organisation_id, _programme().register_id)


def _entry_to_edit(organisation_id: int) -> Organisation:
    return checks.require_kept(_organisation(organisation_id))


@bp.app_context_processor
def _what_pages_name() -> dict[str, Any]:
    # The page of an organisation is another file's; what it includes of ours asks for itself.
    return {"editing_of": _editing_of}


def _editing_of(organisation: Organisation) -> dict[str, Any]:
    overrides = record.list_rows(ClassificationOverride, organisation)
    return {
        "changes": editing.CHANGES,
        "acts": acts.offered(organisation),
        "steps": lineage_queries.whole_chain(organisation.id),
        "overrides": overrides,
        "writers": record.names_of_users([row.recorded_by_id for row in overrides]),
        "rule_names": RULE_NAMES,
        "editable": organisation.duplicate_of_id is None and checks.ended_on(organisation) is None,
    }


@bp.route("/new", methods=["GET", "POST"])
def enter() -> ResponseReturnValue:
    """Show the form of an organisation that is not in the register; write it when it is sent."""
    programme = _programme()
    # A page that found no such organisation names it in its link.
    form = forms.NewOrganisationForm(
        data={name: request.args.get(name) for name in ("name", "commune")}
    )
    _give_choices(form, optional_body=True)
    refusal, namesakes = None, []
    if request.method == "POST" and form.validate():
        try:
            namesakes = choices.namesakes(programme.register_id, form.name.data or "")
            if namesakes and not form.all_the_same.data:
                raise DomainError(_("An organisation of this name is in the register already."))
            entered = service.enter(programme.register, _new_organisation(form, programme))
        except DomainError as error:
            db.session.rollback()
            refusal = form.refuse(error)
        else:
            db.session.commit()
            return redirect(url_for("directory.show_organisation", organisation_id=entered.id), 303)
    page = render_template(
        "directory/edit/new.html",
        form=form,
        refusal=refusal,
        namesakes=namesakes,
        **_offers(form),
    )
    return page, 422 if request.method == "POST" else 200


def _new_organisation(form: Any, programme: Programme) -> NewOrganisation:
    support = Support(form.body_id.data, form.supported_on.data) if form.body_id.data else None
    return NewOrganisation(
        kind=OrganisationKind(form.kind.data),
        name=form.name.data,
        unit=communes.choose(form.commune.data, programme.territory, clock.today()),
        line=form.line.data,
        founded=form.founding(),
        sector=(form.sector.data or "").strip() or None,
        codes=form.codes(),
        contacts=form.contacts(),
        supports=[support] if support else [],
        source=form.source.data,
    )


@bp.route(
    "/<int:organisation_id>/change"
    "/<any(name, seat, status, sector, code, heads, support, override):fact>",
    methods=["GET", "POST"],
)
def change(organisation_id: int, fact: str) -> ResponseReturnValue:
    """Show the form of a change; write it from the day it names."""
    organisation, made = _entry_to_edit(organisation_id), editing.CHANGES[fact]
    form = made.form()
    _give_choices(form)
    territory = _programme().territory
    return _edit(
        organisation,
        form,
        lambda one: made.write(one, form, territory),
        heading=made.label,
        meaning=made.meaning,
    )


@bp.route(
    "/<int:organisation_id>/correct"
    "/<any(name, seat, status, sector, code, heads, support, override):fact>/<int:fact_id>",
    methods=["GET", "POST"],
)
def correct(organisation_id: int, fact: str, fact_id: int) -> ResponseReturnValue:
    """Show what stands in the register; put right what was typed wrong."""
    organisation = _entry_to_edit(organisation_id)
    row = corrections.get_row(fact, fact_id, organisation)
    form = editing.CORRECTIONS[fact].form(data=editing.shown_at_first(row))
    _give_choices(form)
    territory = _programme().territory
    return _edit(
        organisation,
        form,
        lambda one: editing.put_right(
            fact, one, corrections.get_row(fact, fact_id, one), form, territory
        ),
        heading=_("Correct: %(what)s", what=editing.CORRECTIONS[fact].label),
        meaning=forms.CORRECTING,
    )


@bp.route("/<int:organisation_id>/correct/founding", methods=["GET", "POST"])
def correct_founding(organisation_id: int) -> ResponseReturnValue:
    """Show when it was founded; put the day right."""
    organisation = _entry_to_edit(organisation_id)
    is_year = organisation.founded_precision == "year"
    on = organisation.founded_on
    told = {"founded_year": on.year} if on and is_year else {"founded_on": on}
    form = forms.FoundingCorrection(data=told)
    return _edit(
        organisation,
        form,
        lambda one: corrections.correct_founding(
            one, form.founding(), reason=form.reason.data or ""
        ),
        heading=_("Correct: %(what)s", what=_("Founded")),
        meaning=forms.CORRECTING,
    )


@bp.route("/<int:organisation_id>/overrides/<int:override_id>/end", methods=["GET", "POST"])
def end_override(organisation_id: int, override_id: int) -> ResponseReturnValue:
    """Show a decision about the class; have it hold no longer than a day."""
    organisation = _entry_to_edit(organisation_id)
    corrections.get_row("override", override_id, organisation)
    form: Any = forms.OverrideEndForm()
    return _edit(
        organisation,
        form,
        lambda one: service.end_override(
            one, corrections.get_row("override", override_id, one), form.last_on.data
        ),
        heading=_("End the decision"),
        meaning=_("From the next day on the class follows from the posts again."),
    )


@bp.route(
    "/<int:organisation_id>/act"
    "/<any(consolidate, absorb, absorbed, divide, 'split-off', convert, dissolve):act_kind>",
    methods=["GET", "POST"],
)
def act(organisation_id: int, act_kind: str) -> ResponseReturnValue:
    """Show the form of an act, then what it would do; write it when that was confirmed."""
    organisation = _entry_to_edit(organisation_id)
    if act_kind not in acts.offered(organisation):
        raise NotFoundError(_("There is no such page."))
    action = acts.ACTIONS[act_kind]
    form = action.form()
    shown, refusal = None, None
    newer: list[record.Difference] = []
    if request.method == "POST" and form.validate():
        try:
            meant = action.read(organisation, form, _programme().territory)
            shown, newer = _consider(form, meant)
            if shown is None:
                lineage.perform(meant)
                db.session.commit()
                return redirect(
                    url_for("directory.show_organisation", organisation_id=organisation_id), 303
                )
        except DomainError as error:
            db.session.rollback()
            refusal = form.refuse(error)
    wrong = request.method == "POST" and shown is None
    page = render_template(
        "directory/edit/act.html",
        heading=action.label,
        meaning=action.meaning,
        form=form,
        refusal=refusal,
        shown=shown,
        newer=newer,
        post_names=POST_LABELS,
        **_about(_entry_to_edit(organisation_id)),
        **_offers(form),
    )
    return page, 409 if newer else 422 if wrong else 200


def _consider(
    form: Any, meant: lineage.Act
) -> tuple[consequences.Consequences | None, list[record.Difference]]:
    """Answer what the act would do and what changed since it was shown; None once confirmed."""
    for organisation in meant.known:
        record.hold(organisation)
    lineage.require_possible(meant)
    shown = consequences.of(meant)
    now = record.carried(meant.known)
    mark = acts.mark(meant, shown, now)
    if "confirmed" in request.form and form.shown.data == mark:
        return None, []
    newer = record.differences(form.seen.data, meant.known) if form.shown.data else []
    form.shown.data, form.seen.data = mark, now
    return shown, newer


def _edit(
    organisation: Organisation,
    form: Any,
    write: Callable[[Organisation], None],
    *,
    heading: Any,
    meaning: Any,
) -> ResponseReturnValue:
    """Show the form, or write what it says, if the register still says what it said then."""
    organisation_id, newer, refusal, status = organisation.id, [], None, 200
    if request.method == "POST":
        status = 422
        try:
            record.hold(organisation)
            newer = record.differences(form.seen.data, [organisation])
            if form.validate() and not newer:
                write(organisation)
                db.session.commit()
                return redirect(
                    url_for("directory.show_organisation", organisation_id=organisation_id), 303
                )
        except DomainError as error:
            refusal, status = form.refuse(error), error.status
        db.session.rollback()
        status = 409 if newer else status
        organisation = _entry_to_edit(organisation_id)
    form.seen.data = record.carried([organisation])
    page = render_template(
        "directory/edit/form.html",
        heading=heading,
        meaning=meaning,
        form=form,
        refusal=refusal,
        newer=newer,
        **_about(organisation),
        **_offers(form),
    )
    return page, status


def _about(organisation: Organisation) -> dict[str, Any]:
    today = clock.today()
    name = queries.name_on([organisation.id], today).get(organisation.id, "")
    return {"organisation": organisation, "name": name}


def _offers(form: Any) -> dict[str, Any]:
    """Answer the lists that fields of the form choose from."""
    programme = _programme()
    offers: dict[str, Any] = {}
    if "commune" in form or "bodies" in form:
        offers["communes"] = communes.labels_on(programme.territory, clock.today())
    if "sector" in form:
        offers["sectors"] = choices.list_sectors(programme.register)
    return offers


def _give_choices(form: Any, *, optional_body: bool = False) -> None:
    if "body_id" in form:
        bodies = accounts.names_of_bodies()
        form.body_id.choices = {
            **({"0": "—"} if optional_body else {}),
            **{str(id_): translated(body.name) for id_, body in sorted(bodies.items())},
        }


@bp.get("/<int:organisation_id>/history")
def show_history(organisation_id: int) -> str:
    """Show every row about the organisation, what was corrected, and what it came out of."""
    organisation = _organisation(organisation_id)
    tables = {
        "names": OrganisationName,
        "seats": OrganisationAddress,
        "statuses": OrganisationStatus,
        "trades": OrganisationSector,
        "codes": OrganisationCode,
        "overrides": ClassificationOverride,
    }
    rows: dict[str, Sequence[Any]] = {
        name: record.list_rows(table, organisation) for name, table in tables.items()
    }
    rows["head_counts"] = record.list_head_counts(organisation)[::-1]
    supports = record.list_supports(organisation)
    writers = [row.recorded_by_id for several in rows.values() for row in several]
    writers += [support.recorded_by_id for support, _key in supports]
    rule = classification.get_rule(_programme().women_led_rule)
    return render_template(
        "directory/edit/history.html",
        **_about(organisation),
        **rows,
        supports=supports,
        bodies={body.body_id: body for body in accounts.names_of_bodies().values()},
        writers=record.names_of_users(writers),
        corrected=record.list_corrections(organisation),
        women_led=classification.class_on(organisation.id, rule, clock.today()),
        rule=rule.name,
        kinds=KIND_NAMES,
        schemes=SCHEME_NAMES,
        rule_names=RULE_NAMES,
    )

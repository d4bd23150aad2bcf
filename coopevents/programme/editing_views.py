"""The settings of the programme: everything on one page, and a form for each part of it."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock, editing
from coopevents.accounts.models import HostBody, HostBodyName
from coopevents.db import db
from coopevents.editing import PartForm
from coopevents.errors import NotFoundError
from coopevents.i18n import _, translated
from coopevents.programme import (
    bodies,
    forms,
    history,
    queries,
    service,
    third_bodies,
    words,
)
from coopevents.programme.models import (
    Baseline,
    Content,
    PeriodKind,
    Programme,
    ReportPeriod,
    Target,
)
from coopevents.programme.plans import numbered
from coopevents.reports import queries as reports
from coopevents.reports.rules import RULES
from coopevents.workdays import queries as workdays

bp = Blueprint("programme_editing", __name__, url_prefix="/programme/settings")

GET_AND_POST = ("GET", "POST")


def _programme() -> Programme:
    """Answer the programme; whoever is about to change it holds it alone."""
    programme = queries.get_programme(access.actor().programme_id)
    if request.method == "POST":
        service.lock(programme)
    return programme


def _edit(
    form: PartForm,
    save: Callable[[], object],
    title: str,
    standing: Mapping[str, Any] | None = None,
    *,
    note: str | None = None,
    back: str | None = None,
) -> ResponseReturnValue:
    """Show the form of a part, or save what was entered and go back to the whole."""
    back = back or url_for(".show_settings")
    page = editing.form_page(form, save, standing, title=title, note=note, back=back)
    if page is not None:
        return page
    db.session.commit()
    return redirect(back, 303)


def _done(part: str) -> ResponseReturnValue:
    db.session.commit()
    return redirect(url_for(".show_settings", _anchor=part), 303)


@bp.get("/")
def show_settings() -> str:
    """Show the programme whole, with a way to change each part, and what was changed last."""
    programme = _programme()
    today = clock.today()
    year = min(max(today.year, programme.starts_on.year), programme.ends_on.year)
    named = queries.list_names(programme)
    latest = {body_id: rows[0] for body_id, rows in named.items()}
    targets = queries.list_targets(programme)
    in_force = {target.id for target in queries.targets_on(programme, today)}
    return render_template(
        "programme/settings.html",
        programme=programme,
        rule=words.WOMEN_LED_RULES[programme.women_led_rule],
        bodies=queries.list_bodies(programme),
        named=named,
        examples={
            body_id: numbered(name.number_pattern, "15", today.year)
            for body_id, name in latest.items()
        },
        third_bodies=third_bodies.list_third_bodies(),
        contents=queries.list_contents(programme.id),
        targets=targets,
        in_force=in_force,
        baselines=queries.list_baselines(programme),
        periods=queries.list_periods(programme, None),
        reported=reports.reported_periods(programme),
        newest={target.id for target in {t.indicator: t for t in targets}.values()},
        today=today,
        plan=queries.check_year_plan(programme, year),
        year=today.year,
        plan_year=year,
        named_days=len(workdays.list_days(date(today.year, 1, 1), date(today.year, 12, 31))),
        changes=history.list_changes(programme),
        indicators=_indicators(),
        words=words,
    )


def _indicators() -> dict[str, str]:
    return {code: translated(rule.name) for code, rule in RULES.items() if code.startswith("I")}


@bp.route("/facts", methods=GET_AND_POST)
def edit_programme() -> ResponseReturnValue:
    """Change what is said of the programme itself."""
    programme = _programme()
    fields = ("signed_on", "starts_on", "ends_on", "territory_id", "women_led_rule")
    standing = {name: getattr(programme, name) for name in fields}
    standing |= editing.spread("name", programme.name)
    form = forms.ProgrammeForm(data=standing)
    form.territory_id.choices = forms.territory_choices(queries.list_provinces())
    return _edit(
        form,
        lambda: service.edit_programme(programme, form.plan()),
        _("The programme"),
        standing,
    )


# Bodies


@bp.route("/bodies/new", methods=GET_AND_POST)
def add_body() -> ResponseReturnValue:
    """Have one more body sign the programme."""
    programme, form = _programme(), forms.NewBodyForm()
    return _edit(
        form,
        lambda: bodies.add_body(programme, form.key.data or "", form.plan()),
        _("A further body"),
        note=_("Joint activities planned from now on are those that all its bodies host."),
    )


def _body(body_id: int) -> tuple[Programme, HostBody, HostBodyName]:
    programme = _programme()
    body = queries.get_body(body_id, programme).body
    return programme, body, queries.list_names(programme)[body_id][0]


@bp.route("/bodies/<int:body_id>/rename", methods=GET_AND_POST)
def rename_body(body_id: int) -> ResponseReturnValue:
    """Have the body be called, headed or signed for otherwise from a day on."""
    programme, body, latest = _body(body_id)
    form = forms.NewNameForm(data=forms.values_of_name(latest))
    return _edit(
        form,
        lambda: bodies.rename(programme, body, form.plan(), form.valid_from.data or clock.today()),
        _("A new name or new signers from a day on"),
        note=_("The name before ends on the day before; documents of its time keep it."),
    )


@bp.route("/bodies/<int:body_id>/names/<int:name_id>", methods=GET_AND_POST)
def correct_name(body_id: int, name_id: int) -> ResponseReturnValue:
    """Correct a typing mistake in what a body is called."""
    programme, _its_body, latest = _body(body_id)
    if latest.id != name_id:
        raise NotFoundError(_("A later name stands, so this one is history and stays."))
    standing = forms.values_of_name(latest)
    form = forms.BodyNameForm(data=standing)
    return _edit(
        form,
        lambda: bodies.correct_name(programme, latest, form.plan()),
        _("Correct a typing mistake"),
        standing,
        note=_("When the body is really called otherwise by now, enter a new name from a day on."),
    )


@bp.route("/third-bodies/new", methods=GET_AND_POST)
def add_third_body() -> ResponseReturnValue:
    """Enter a body that hosts activities with the others and signs nothing."""
    programme, form = _programme(), forms.ThirdBodyForm()
    return _edit(
        form,
        lambda: third_bodies.add_third_body(programme, form.plan()),
        _("A body that signs nothing"),
        note=_("A department or a bank may be a third host of an activity; it changes no count."),
    )


@bp.route("/third-bodies/<int:third_body_id>/rename", methods=GET_AND_POST)
def rename_third_body(third_body_id: int) -> ResponseReturnValue:
    """Have such a body be called otherwise from a day on."""
    programme, body = _programme(), third_bodies.get_third_body(third_body_id)
    latest = third_bodies.latest_name(body)
    values = {**editing.spread("name", latest.name), "abbreviation": latest.abbreviation}
    form = forms.NewThirdNameForm(data=values)
    return _edit(
        form,
        lambda: third_bodies.rename_third_body(
            programme, body, form.plan(), form.valid_from.data or clock.today()
        ),
        _("A new name from a day on"),
        note=_("The name before ends on the day before; documents of its time keep it."),
    )


@bp.post("/bodies/<int:body_id>/lead")
def lead(body_id: int) -> ResponseReturnValue:
    """Have the body lead: stand first in headings, the others after it as they stood."""
    programme = _programme()
    queries.get_body(body_id, programme)
    others = [row.body_id for row in queries.list_bodies(programme) if row.body_id != body_id]
    bodies.rank_bodies(programme, [body_id, *others])
    return _done("bodies")


# Contents


@bp.route("/contents/new", methods=GET_AND_POST)
def add_content() -> ResponseReturnValue:
    """Add a content to those both bodies agreed on."""
    programme, form = _programme(), forms.ContentForm()
    return _edit(form, lambda: service.add_content(programme, form.plan()), _("A further content"))


@bp.route("/contents/<int:content_id>", methods=GET_AND_POST)
def correct_content(content_id: int) -> ResponseReturnValue:
    """Correct the text of a content."""
    content = queries.get_part(Content, content_id, _programme())
    standing = editing.spread("text", content.text)
    form = forms.ContentForm(data=standing)
    return _edit(
        form,
        lambda: service.correct_content(content, form.plan()),
        _("Content %(number)s", number=content.number),
        standing,
    )


@bp.post("/contents/<int:content_id>/remove")
def remove_content(content_id: int) -> ResponseReturnValue:
    """Take away a content that nothing serves yet."""
    service.remove_content(queries.get_part(Content, content_id, _programme()))
    return _done("contents")


# Targets and baselines


def _target_form(programme: Programme, values: Mapping[str, Any]) -> forms.TargetForm:
    form = forms.TargetForm(data=values)
    codes = [*_indicators(), *(target.indicator for target in queries.list_targets(programme))]
    names = _indicators()
    form.indicator.choices = {
        code: f"{code} {names.get(code, '')}".strip()
        for code in sorted(set(codes), key=lambda code: (len(code), code))
    }
    form.territory_id.choices = forms.territory_choices(queries.list_provinces())
    return form


@bp.route("/targets/new", methods=GET_AND_POST)
def set_target() -> ResponseReturnValue:
    """Begin a new target, or a new version of one: earlier versions stay as they are."""
    programme = _programme()
    newest = queries.newest_target(programme, request.args.get("indicator", ""))
    values = {"due_on": programme.ends_on, "territory_id": programme.territory_id}
    if newest is not None:
        values |= {**forms.values_of_target(newest), "effective_on": None, "document": ""}
    form = _target_form(programme, values)
    return _edit(
        form,
        lambda: service.set_target(programme, form.plan()),
        _("A new version of target %(code)s", code=newest.indicator)
        if newest
        else _("A new target"),
        note=_("Versions that stand are never changed: reports were measured by them."),
    )


@bp.route("/targets/<int:target_id>", methods=GET_AND_POST)
def correct_target(target_id: int) -> ResponseReturnValue:
    """Correct a typing mistake in a version that no report stands on yet."""
    programme = _programme()
    target = queries.get_part(Target, target_id, programme)
    standing = forms.values_of_target(target)
    form = _target_form(programme, standing)
    reported = reports.reported_periods(programme)
    return _edit(
        form,
        lambda: service.correct_target(target, form.plan(), reported),
        _("Correct a typing mistake"),
        standing,
        note=_("When the target itself was changed, enter a new version instead."),
    )


def _baseline_form(values: Mapping[str, Any]) -> forms.BaselineForm:
    form = forms.BaselineForm(data=values)
    form.territory_id.choices = forms.territory_choices(queries.list_provinces())
    return form


@bp.route("/baselines/new", methods=GET_AND_POST)
def add_baseline() -> ResponseReturnValue:
    """Keep a figure that was reported before the programme began."""
    programme = _programme()
    values = {"as_of": programme.signed_on, "territory_id": programme.territory_id}
    form = _baseline_form(values)
    return _edit(
        form, lambda: service.add_baseline(programme, form.plan()), _("A further baseline")
    )


@bp.route("/baselines/<int:baseline_id>", methods=GET_AND_POST)
def correct_baseline(baseline_id: int) -> ResponseReturnValue:
    """Correct what was reported before the programme began."""
    baseline = queries.get_part(Baseline, baseline_id, _programme())
    standing = forms.values_of_baseline(baseline)
    form = _baseline_form(standing)
    return _edit(
        form,
        lambda: service.correct_baseline(baseline, form.plan()),
        _("Correct a baseline"),
        standing,
    )


# Report periods


@bp.route("/periods/new", methods=GET_AND_POST)
def add_period() -> ResponseReturnValue:
    """Add a report period; the form offers the year after the last."""
    programme = _programme()
    asked = request.args.get("kind", "")
    kind = PeriodKind(asked) if asked in set(PeriodKind) else PeriodKind.YEAR
    form = forms.PeriodForm(data=forms.values_of_period(queries.next_period(programme, kind)))
    return _edit(
        form,
        lambda: service.add_period(programme, form.plan()),
        _("A further report period"),
        note=_(
            "Periods of one kind follow each other without overlap or gap; only spans may lie"
            " as they like."
        ),
    )


@bp.route("/periods/<int:period_id>", methods=GET_AND_POST)
def change_period(period_id: int) -> ResponseReturnValue:
    """Give a period other days, as long as no report of it was compiled."""
    programme = _programme()
    period = queries.get_part(ReportPeriod, period_id, programme)
    standing = forms.values_of_period(period)
    form = forms.ChangedPeriodForm(data=standing)
    reported = reports.reported_periods(programme)
    return _edit(
        form,
        lambda: service.change_period(
            period, form.plan(), reported, move_neighbours=form.move_neighbours.data
        ),
        _("Report period %(label)s", label=period.label),
        standing,
    )


@bp.post("/periods/<int:period_id>/remove")
def remove_period(period_id: int) -> ResponseReturnValue:
    """Take away the first or the last period of its kind, if no report of it stands."""
    programme = _programme()
    period = queries.get_part(ReportPeriod, period_id, programme)
    service.remove_period(period, reports.reported_periods(programme))
    return _done("periods")

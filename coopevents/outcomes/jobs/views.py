from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock, listing
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory import seats
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import Organisation
from coopevents.errors import NotFoundError
from coopevents.i18n import _, day
from coopevents.listing import Column, Format, Listing, Value
from coopevents.outcomes.jobs import queries, service
from coopevents.outcomes.jobs.forms import ChosenForm, CountFilter, CountForm, WithdrawForm
from coopevents.outcomes.jobs.halves import HalfYear, offered
from coopevents.outcomes.jobs.listing import (
    Filter,
    Line,
    count_states,
    list_half_year,
    next_missing,
    verifiable,
)
from coopevents.outcomes.jobs.models import CountSource, JobCount
from coopevents.outcomes.jobs.words import SOURCE_NAMES, STATE_NAMES, CountState
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("jobs", __name__, url_prefix="/jobs")

LINES_A_PAGE = 50


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _half(key: str, programme: Programme) -> HalfYear:
    half = HalfYear.read(key)
    if half is None or half not in offered(programme.starts_on, clock.today()):
        raise NotFoundError(_("Jobs are not counted for this half-year."))
    return half


def _organisation(organisation_id: int, programme: Programme) -> Organisation:
    return directory.get_organisation(organisation_id, programme.register_id)


def _name(organisation_id: int) -> str:
    return directory.name_on([organisation_id], clock.today()).get(organisation_id, "")


def _filter(programme: Programme) -> CountFilter:
    today = clock.today()
    return CountFilter.over(
        request.args,
        offered(programme.starts_on, today),
        seats.list_places(programme.register, today),
    )


def _narrowing(asked: CountFilter) -> Filter:
    return {
        "kind": asked.organisation_kind(),
        "commune_ids": asked.commune_ids(),
        "q": asked.q.data,
    }


@bp.app_template_filter()
def count_source(source: CountSource) -> str:
    """Answer where a count came from in the language spoken now."""
    return str(SOURCE_NAMES[source])


@bp.app_template_filter()
def count_state(state: CountState) -> str:
    """Answer how far a count is in the language spoken now."""
    return str(STATE_NAMES[state])


@bp.get("/")
def list_counts() -> str:
    """Show what is known of the jobs in every women-led organisation in a half-year."""
    programme = _programme()
    asked = _filter(programme)
    half, today, narrowing = asked.half_year(), clock.today(), _narrowing(asked)
    after = request.args.get("after")
    found = list_half_year(
        programme,
        half,
        today,
        state=asked.count_state(),
        after=after,
        limit=LINES_A_PAGE,
        **narrowing,
    )
    return render_template(
        "outcomes/jobs/list.html",
        form=asked,
        found=found,
        is_first=after is None,
        asked=asked.address(),
        narrowed=_carried(),
        states=count_states(programme, half, today, **narrowing),
        all_states=list(CountState),
        rule=programme.women_led_rule,
    )


@bp.get("/export.xlsx")
def export() -> Response:
    """Answer exactly the organisations the list shows, as a workbook."""
    programme = _programme()
    asked = _filter(programme)
    found = list_half_year(
        programme,
        asked.half_year(),
        clock.today(),
        state=asked.count_state(),
        **_narrowing(asked),
    )
    columns = [
        Column(_("Organisation"), 36),
        Column(_("Kind"), 16),
        Column(_("Commune"), 24),
        Column(_("Women members"), 12),
        Column(_("Women workers"), 12),
        Column(_("Women who are both"), 12),
        Column(_("Women in all"), 12),
        Column(_("Half-year before"), 12),
        Column(_("Baseline"), 12),
        Column(_("Known before"), 12),
        Column(_("New jobs"), 10),
        Column(_("State"), 14),
        Column(_("As of which day"), 12),
        Column(_("Source"), 24),
        Column(_("Paper"), 40),
        Column(_("Entered by"), 24),
        Column(_("Verified by"), 24),
    ]
    title = _("Women's jobs, %(half)s", half=found.half.label)
    notes = [
        _("Women-led by the rule %(rule)s.", rule=programme.women_led_rule),
        _("An empty cell says that nobody knows: it is not zero."),
    ]
    return listing.answer(Listing(title, columns, _rows(found.lines), notes), Format.XLSX)


def _rows(lines: list[Line]) -> Iterator[list[Value]]:
    for line in lines:
        organisation, count, step = line.organisation, line.count, line.step
        verification = line.standing.verification if line.standing else None
        numbers: list[Value] = [None] * 4
        if count:
            numbers = [count.women_members, count.women_workers, count.women_both, count.persons]
        yield [
            organisation.name,
            str(KIND_NAMES[organisation.kind]),
            organisation.commune_today.name if organisation.commune_today else None,
            *numbers,
            line.before,
            line.baseline,
            step.known.persons if step else None,
            step.new.persons if step else None,
            str(STATE_NAMES[line.state]),
            count.counted_on if count else None,
            str(SOURCE_NAMES[count.source]) if count else None,
            count.paper if count else None,
            count.by_label if count else None,
            verification.by_label if verification else None,
        ]


@bp.get("/of/<int:organisation_id>")
def show_history(organisation_id: int) -> str:
    """Show every count of one organisation, with what was corrected and taken back."""
    programme = _programme()
    organisation = _organisation(organisation_id, programme)
    rows = queries.list_rows(programme.id, organisation.id)
    ledger = queries.read_ledger(programme, organisation_ids=[organisation.id])
    standing = ledger.counts.get(organisation.id, {})
    return render_template(
        "outcomes/jobs/history.html",
        organisation=organisation,
        name=_name(organisation.id),
        rows=rows,
        standing={one.count.id for one in standing.values()},
        halves=offered(programme.starts_on, clock.today()),
        counted=standing,
        steps={half: ledger.steps.get((organisation.id, half)) for half in standing},
        me=access.actor().id,
        is_kept=organisation.duplicate_of_id is None,
        is_in_scope=organisation.kind in queries.KINDS,
    )


@bp.route("/<half>/<int:organisation_id>", methods=["GET", "POST"])
def enter(half: str, organisation_id: int) -> ResponseReturnValue:
    """Show the form of one organisation's half-year, write what was typed, and go on to the next.

    Whoever did not know that something stands by now is told, and may correct it knowingly.
    """
    programme = _programme()
    half_year, organisation = _half(half, programme), _organisation(organisation_id, programme)
    standing = queries.last_row(programme.id, organisation.id, half_year)
    form = CountForm.over(standing, half_year, clock.today())
    if request.method == "GET" and standing is None:
        form.carry_over(request.args)
    status, overtaken = 200, None
    try:
        if form.carries_out(
            lambda: service.record(
                programme,
                organisation,
                half_year,
                form.told(),
                form.submission_id,
                corrects_id=form.corrects_id(),
                reason=form.reason.data,
            )
        ):
            db.session.commit()
            return redirect(_after(programme, half_year, organisation_id, form), 303)
        status = 422 if form.errors else 200
    except service.StandsAlreadyError as refusal:
        db.session.rollback()
        status, overtaken = 409, str(refusal)
        standing = refusal.standing
        form.take_over(standing)
    return render_template(
        "outcomes/jobs/form.html",
        form=form,
        half=half_year,
        organisation=organisation,
        name=_name(organisation.id),
        standing=standing,
        merged=_standing_of(programme, organisation, half_year) if standing is None else None,
        overtaken=overtaken,
        saved=_saved(programme),
        previous=_standing_of(programme, organisation, half_year.before),
        told_by_register=_register_count(organisation),
        asked=_carried(),
    ), status


def _standing_of(programme: Programme, organisation: Organisation, half: HalfYear) -> Any:
    counts = queries.standing_counts(programme, organisation_ids=[organisation.id])
    return counts.get(organisation.id, {}).get(half)


def _register_count(organisation: Organisation) -> Any:
    """Answer what the register itself says of its women, to compare with; None where nothing."""
    return next(
        (
            row
            for row in directory.list_head_counts(organisation.id)
            if row.women_members is not None or row.women_workers is not None
        ),
        None,
    )


def _saved(programme: Programme) -> str | None:
    saved = request.args.get("saved", type=int)
    known = directory.find_organisation(saved, programme.register_id) if saved else None
    return _name(known.id) if known else None


def _carried() -> dict[str, Any]:
    """Answer the filter of the list the form was opened from."""
    wanted = ("q", "commune", "kind", "state")
    return {name: request.args[name] for name in wanted if request.args.get(name)}


def _after(programme: Programme, half: HalfYear, organisation_id: int, form: CountForm) -> str:
    """Answer where to go after saving: the next organisation nothing is known of, or the list."""
    carried = _carried()
    if "and_next" not in request.form:
        return url_for(".list_counts", half=half.key, **carried)
    narrowing = _narrowing(_filter(programme))
    following = next_missing(programme, half, clock.today(), organisation_id, **narrowing)
    if following is not None:
        return url_for(
            ".enter",
            half=half.key,
            organisation_id=following,
            saved=organisation_id,
            source=form.source.data,
            counted_on=form.told().counted_on.isoformat(),
            **carried,
        )
    return url_for(".list_counts", half=half.key, **carried)


@bp.route("/counts/<int:count_id>/withdraw", methods=["GET", "POST"])
def withdraw(count_id: int) -> ResponseReturnValue:
    """Take back a count that should not have been entered."""
    programme = _programme()
    count = queries.get_count(count_id, programme.id)
    form = WithdrawForm()
    if form.carries_out(
        lambda: service.withdraw(programme, count, form.reason.data, form.submission_id)
    ):
        db.session.commit()
        return redirect(url_for(".show_history", organisation_id=count.organisation_id), 303)
    return render_template(
        "outcomes/jobs/withdraw.html", form=form, count=count, name=_name(count.organisation_id)
    ), 422 if form.errors else 200


@bp.post("/counts/<int:count_id>/verify")
def verify(count_id: int) -> ResponseReturnValue:
    """Write that a count was compared with its paper by somebody who did not enter it."""
    programme = _programme()
    count = queries.get_count(count_id, programme.id)
    service.verify(programme, [count])
    db.session.commit()
    return redirect(url_for(".show_history", organisation_id=count.organisation_id), 303)


@bp.route("/verification", methods=["GET", "POST"])
def verify_several() -> ResponseReturnValue:
    """Choose counts that are not verified, look at what they bring, and verify them together."""
    programme = _programme()
    asked = _filter(programme)
    half = asked.half_year()
    found = list_half_year(
        programme, half, clock.today(), state=CountState.UNVERIFIED, **_narrowing(asked)
    )
    lines = verifiable(found.lines, access.actor().id)
    form = ChosenForm.over(lines)
    if request.method == "POST" and form.validate():
        service.verify(programme, _counts(programme, form.ids()))
        db.session.commit()
        return redirect(url_for(".list_counts", half=half.key, **_carried()), 303)
    chosen = {int(id_) for id_ in request.values.getlist("counts") if id_.isdecimal()}
    return render_template(
        "outcomes/jobs/verification.html",
        form=form,
        asked=asked.address(),
        half=half,
        lines=lines,
        own=len(found.lines) - len(lines),
        preview=[line for line in lines if line.count and line.count.id in chosen],
        as_of=day(half.last_on),
    ), 422 if form.errors else 200


def _counts(programme: Programme, ids: list[int]) -> list[JobCount]:
    return [queries.get_count(id_, programme.id) for id_ in ids]

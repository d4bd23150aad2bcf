from typing import Any

from flask import Blueprint, Response, render_template, request

from coopevents import access, clock, listing
from coopevents.listing import Format
from coopevents.outcomes.advice import choices, export, founding, papers, queries, telling
from coopevents.outcomes.advice.forms import CaseFilter
from coopevents.outcomes.advice.models import Purpose
from coopevents.outcomes.advice.queries import CaseLine
from coopevents.outcomes.advice.words import OUTCOME_NAMES, PURPOSE_NAMES
from coopevents.people.words import SEX_NAMES
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.reports import founding_indicators

bp = Blueprint("advice", __name__, url_prefix="/advice")

WORDS: dict[Any, Any] = {**PURPOSE_NAMES, **OUTCOME_NAMES}


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.app_template_filter()
def advice_word(state: Any) -> str:
    """Answer what a purpose or an outcome is called."""
    return str(WORDS[state])


def _filter(programme: Programme) -> CaseFilter:
    officers = queries.list_officers_in_charge(programme.id)
    named = {officer.id: officer.full_name for officer in officers}
    return CaseFilter.over(request.args, choices.list_bodies(programme), named)


@bp.get("/")
def list_cases() -> str:
    """Show the advice cases of the programme, the latest first contact first."""
    programme = _programme()
    form, after = _filter(programme), request.args.get("after")
    return render_template(
        "outcomes/advice/list.html",
        form=form,
        asked=form.address(),
        page=queries.list_cases(programme, form.asked(), after=after),
        bodies=choices.list_bodies(programme),
        is_first=after is None,
    )


@bp.get("/export.<any(xlsx, csv):form>")
def export_cases(form: str) -> Response:
    """Answer exactly the cases the list shows, in the columns of annex 5, as a file."""
    programme = _programme()
    asked = _filter(programme).asked()
    lines = queries.list_cases(programme, asked, limit=None).items
    told = export.list_foundings(lines, choices.list_bodies(programme), SEX_NAMES)
    return listing.answer(told, Format(form))


@bp.get("/<int:case_id>")
def show_case(case_id: int) -> str:
    """Show a case: what is known of it, what happened, what it led to, and whether that counts."""
    programme = _programme()
    case = queries.get_case(case_id, programme.id)
    line = queries.get_line(case)
    return render_template(
        "outcomes/advice/show.html",
        line=line,
        case=case,
        bodies=choices.list_bodies(programme),
        entries=telling.timeline(case),
        lacking=telling.lacking(line, _missing(programme, line)),
        target=telling.target_of(line),
        judged=_judged(line),
        papers=papers.list_papers(case),
        today=clock.today(),
        candidates=founding.candidates(case),
        strengthens=case.purpose is Purpose.STRENGTHEN,
    )


def _judged(line: CaseLine) -> int | None:
    """Answer the organisation whose founding is to count, if there is one by now."""
    if line.case.purpose is Purpose.STRENGTHEN:
        return None
    if line.founding is not None:
        organisation = line.founding.organisation
        return organisation.duplicate_of_id or organisation.id
    return next(iter(founding.candidates(line.case)), None)


def _missing(programme: Programme, line: CaseLine) -> list[str] | None:
    judged = _judged(line)
    return None if judged is None else founding_indicators.missing(programme, judged)

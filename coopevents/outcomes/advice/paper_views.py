from contextlib import ExitStack

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, files
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.outcomes.advice import papers, queries
from coopevents.outcomes.advice.forms import PapersForm, RemovalForm
from coopevents.outcomes.advice.models import AdviceCase

bp = Blueprint("advice_papers", __name__, url_prefix="/advice/<int:case_id>/papers")

MOST_FILES = 20
"""So many files are taken in at once."""


def _case(case_id: int) -> AdviceCase:
    """Answer the case; whoever sends a form waits until nobody else changes it."""
    held = request.method == "POST"
    return queries.get_case(case_id, access.actor().programme_id, held=held)


@bp.get("/")
def list_papers(case_id: int) -> str:
    """Show the documents of the case, and the form to add some."""
    return _page(_case(case_id), PapersForm(formdata=None), RemovalForm(formdata=None))


@bp.post("/")
def add(case_id: int) -> ResponseReturnValue:
    """Keep the files that were sent, or none of them."""
    form = PapersForm()
    try:
        _take_in(_case(case_id), form)
    except InputError as refusal:
        db.session.rollback()
        return _page(_case(case_id), form, RemovalForm(formdata=None), refusal), 422
    db.session.commit()
    return redirect(url_for(".list_papers", case_id=case_id), 303)


def _take_in(case: AdviceCase, form: PapersForm) -> None:
    sent = form.sent()
    if not form.validate() or not sent:
        raise InputError(_("Please choose a file."))
    if len(sent) > MOST_FILES:
        raise InputError(_("Please send no more than %(number)s files at once.", number=MOST_FILES))
    with ExitStack() as arriving:
        papers.add(case, files.drafts(sent, arriving))


@bp.post("/<int:paper_id>/remove")
def remove(case_id: int, paper_id: int) -> ResponseReturnValue:
    """Take the document away from the case, with the reason."""
    case, form = _case(case_id), RemovalForm()
    paper = papers.get_paper(paper_id, case)
    if not form.validate():
        return _page(case, PapersForm(formdata=None), form, of=paper_id), 422
    papers.remove(paper, form.reason.data or "")
    db.session.commit()
    return redirect(url_for(".list_papers", case_id=case_id), 303)


@bp.get("/<int:paper_id>/file")
def download(case_id: int, paper_id: int) -> Response:
    """Answer the file."""
    paper = papers.get_paper(paper_id, _case(case_id))
    return files.answer(paper.file_hash, paper.content_type, paper.name)


def _page(
    case: AdviceCase,
    form: PapersForm,
    removal: RemovalForm,
    refusal: InputError | None = None,
    of: int | None = None,
) -> str:
    """Answer the page; `of` is the document whose removal was refused."""
    return render_template(
        "outcomes/advice/papers.html",
        case=case,
        line=queries.get_line(case),
        form=form,
        removal=removal,
        of=of,
        refusal=refusal,
        papers=papers.list_papers(case),
        removed=papers.list_removed(case),
        largest=files.LARGEST,
        file_size=files.in_words,
    )

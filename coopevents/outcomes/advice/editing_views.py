from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock, editing
from coopevents.attendance.counting import kept_people
from coopevents.db import db
from coopevents.directory import communes, lists
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation
from coopevents.editing import PartForm
from coopevents.errors import NotFoundError
from coopevents.i18n import _, day
from coopevents.outcomes.advice import choices, forms, founding, queries, service
from coopevents.outcomes.advice.founding import NewBody
from coopevents.outcomes.advice.models import AdviceCase, Purpose
from coopevents.outcomes.advice.service import CasePlan, GroupToBe
from coopevents.outcomes.advice.words import AIMED_AT
from coopevents.people import finding
from coopevents.people import queries as people
from coopevents.people.finding import Search
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("advice_editing", __name__, url_prefix="/advice")

GET_AND_POST = ["GET", "POST"]
CHOICES = 20
"""So many hits are offered to choose from; whoever misses hers types more."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _case(case_id: int) -> AdviceCase:
    """Answer the case; whoever sends a form waits until nobody else changes it."""
    held = request.method == "POST"
    return queries.get_case(case_id, access.actor().programme_id, held=held)


def _organisation(organisation_id: int) -> Organisation:
    return directory.get_organisation(organisation_id, _programme().register_id)


def _name(organisation_id: int) -> str:
    return directory.name_on([organisation_id], clock.today()).get(organisation_id, "")


def _page_of(case: AdviceCase) -> str:
    return url_for("advice.show_case", case_id=case.id)


def _edit(
    form: PartForm,
    save: Callable[[], object],
    title: str,
    case: AdviceCase | None = None,
    standing: Mapping[str, Any] | None = None,
    **page: Any,
) -> ResponseReturnValue:
    """Show the form, or save what was sent with it and go to the page of the case."""
    page |= {"form": form, "title": title}
    page["back"] = _page_of(case) if case else url_for("advice.list_cases")
    if case is not None:
        page |= {"case": case, "name": queries.get_line(case).name}
    if "commune" in form:
        page["communes"] = communes.labels_on(_programme().territory, clock.today())
    if request.method == "GET":
        if standing is not None:
            form.found_on(standing)
        return render_template("outcomes/advice/form.html", **page)
    saved: list[Any] = []
    refusal = editing.attempt(form, lambda: saved.append(save()), standing)
    if refusal is None:
        db.session.commit()
        return redirect(_page_of(case or saved[0]), 303)
    page["overtaken"] = refusal.overtaken
    return render_template("outcomes/advice/form.html", **page), refusal.status


# A case


@bp.get("/choose")
def choose_organisation() -> str:
    """Look for the organisation of the register that is to be advised."""
    q = (request.args.get("q") or "").strip()
    return render_template(
        "outcomes/advice/choose_organisation.html", q=q, lines=_found(q) if q else []
    )


def _found(q: str) -> list[lists.OrganisationLine]:
    return lists.list_organisations(
        _programme().register, on=clock.today(), q=q, operating_only=False, limit=CHOICES
    ).items


@bp.route("/new", methods=GET_AND_POST)
def open_case() -> ResponseReturnValue:
    """Open a case: for the organisation the address names, or for a group to be."""
    programme = _programme()
    organisation_id = request.args.get("organisation_id", type=int)
    chosen = _organisation(organisation_id) if organisation_id else None
    form = forms.CaseForm() if chosen else forms.GroupToBeForm()
    choices.give(form, programme, officer_id=access.actor().id)
    if not form.is_submitted():
        form.body_id.data = access.actor().body_id
        form.officer_id.data = access.actor().id
    return _edit(
        form,
        lambda: service.open_case(programme, _plan(form, programme, chosen), form.submission_id),
        _("New advice case"),
        organisation=_name(chosen.id) if chosen else None,
        may_choose=chosen is None,
    )


@bp.route("/<int:case_id>/change", methods=GET_AND_POST)
def change_case(case_id: int) -> ResponseReturnValue:
    """Change what is said of a case."""
    programme, case = _programme(), _case(case_id)
    fields = ("purpose", "opened_on", "body_id", "officer_id")
    standing = {name: getattr(case, name) for name in fields}
    standing["event_id"] = case.event_id or forms.NOBODY
    if case.unit is not None:
        standing |= {"working_name": case.working_name, "commune": communes.label(case.unit)}
    form = (forms.GroupToBeForm if case.unit else forms.CaseForm)(data=standing)
    choices.give(form, programme, officer_id=case.officer_id, event_id=case.event_id)
    return _edit(
        form,
        lambda: service.change_case(case, _plan(form, programme, case.organisation, case)),
        _("Change the case"),
        case,
        standing,
    )


def _plan(
    form: Any,
    programme: Programme,
    organisation: Organisation | None,
    case: AdviceCase | None = None,
) -> CasePlan:
    whom: Organisation | GroupToBe
    if organisation is not None:
        whom = organisation
    elif case is not None and case.unit and form.commune.data == communes.label(case.unit):
        # The commune it was written with stays, also where it is no more.
        whom = GroupToBe(form.working_name.data, case.unit)
    else:
        whom = GroupToBe(form.working_name.data, _commune(form, programme))
    return CasePlan(
        purpose=form.chosen_purpose(),
        body_id=form.body_id.data,
        officer_id=form.officer_id.data,
        opened_on=form.first_contact(),
        whom=whom,
        event_id=form.event_id.data or None,
    )


def _commune(form: Any, programme: Programme) -> Any:
    return communes.choose(form.commune.data or "", programme.territory, clock.today())


@bp.route("/<int:case_id>/contact", methods=GET_AND_POST)
def choose_contact(case_id: int) -> ResponseReturnValue:
    """Look for whom to ask about the case, and choose that person."""
    programme, case = _programme(), _case(case_id)
    if request.method == "POST":
        person_id = request.form.get("person_id", type=int)
        person = people.get_person(person_id, programme.register_id) if person_id else None
        service.choose_contact(case, person)
        db.session.commit()
        return redirect(_page_of(case), 303)
    q = (request.args.get("q") or "").strip()
    lines = (
        finding.list_people(
            programme.register, Search(q=q), kept=kept_people(), on=clock.today(), limit=CHOICES
        ).items
        if q
        else []
    )
    ids = {post.organisation_id for line in lines for post in line.posts}
    return render_template(
        "outcomes/advice/choose_contact.html",
        case=case,
        name=queries.get_line(case).name,
        q=q,
        lines=lines,
        names=directory.name_on(ids, clock.today()),
    )


# What happens in it


@bp.route("/<int:case_id>/notes/new", methods=GET_AND_POST)
def add_note(case_id: int) -> ResponseReturnValue:
    """Write down what happened."""
    case, form = _case(case_id), forms.NoteForm()
    form.officer_id.choices = choices.list_officers(case.programme, case.officer_id)
    if not form.is_submitted():
        form.officer_id.data = access.actor().id
    return _edit(
        form,
        lambda: service.add_note(case, form.entry(), form.submission_id),
        _("What happened"),
        case,
    )


@bp.route("/<int:case_id>/notes/<int:note_id>/correct", methods=GET_AND_POST)
def correct_note(case_id: int, note_id: int) -> ResponseReturnValue:
    """Write what a note should have said."""
    case = _case(case_id)
    note = queries.get_note(note_id, case)
    form = forms.NoteForm.over(note)
    form.officer_id.choices = {
        **choices.list_officers(case.programme, case.officer_id),
        str(note.officer_id): note.officer.full_name,
    }
    return _edit(
        form,
        lambda: service.correct_note(note, form.entry(), form.submission_id),
        _("Correct a note"),
        case,
        note=_("The old note stays on record, marked as corrected."),
    )


@bp.route("/<int:case_id>/close", methods=GET_AND_POST)
def close_case(case_id: int) -> ResponseReturnValue:
    """Close a case with what came of it."""
    case, form = _case(case_id), forms.ClosingForm()
    return _edit(
        form,
        lambda: service.close_case(
            case,
            form.chosen_outcome(),
            editing.given(form.moved_on.data),
            form.text.data or "",
            form.submission_id,
        ),
        _("Close the case"),
        case,
    )


@bp.route("/<int:case_id>/reopen", methods=GET_AND_POST)
def reopen_case(case_id: int) -> ResponseReturnValue:
    """Take a closed case up again."""
    case, form = _case(case_id), forms.ReopeningForm()
    return _edit(
        form,
        lambda: service.reopen_case(
            case,
            editing.given(form.moved_on.data),
            form.text.data or "",
            form.submission_id,
        ),
        _("Take the case up again"),
        case,
        note=_("That it was closed, and how, stays on record."),
    )


# What it led to


@bp.get("/<int:case_id>/founding")
def choose_founded(case_id: int) -> str:
    """Look for what the case led to: in the register, or to be entered there."""
    case = _case(case_id)
    q = (request.args.get("q") or "").strip()
    candidates = founding.candidates(case)
    lines = (
        [lists.get_line(id_, _programme().register, on=clock.today()) for id_ in candidates]
        if case.organisation_id
        else _found(q)
        if q
        else []
    )
    return render_template(
        "outcomes/advice/choose_founded.html",
        case=case,
        name=queries.get_line(case).name,
        q=q,
        lines=lines,
    )


@bp.route("/<int:case_id>/founding/<int:organisation_id>", methods=GET_AND_POST)
def record_founding(case_id: int, organisation_id: int) -> ResponseReturnValue:
    """Record that the case led to an organisation of the register."""
    case, organisation = _case(case_id), _organisation(organisation_id)
    form = forms.FoundingForm(registered_on=organisation.founded_on)
    return _edit(
        form,
        lambda: founding.record_founding(case, organisation, form.entry(), form.submission_id),
        _("Record the founding"),
        case,
        organisation=_name(organisation_id),
    )


@bp.route("/<int:case_id>/founding/new", methods=GET_AND_POST)
def found_new(case_id: int) -> ResponseReturnValue:
    """Enter what was founded into the register, and record that the case led to it."""
    programme, case = _programme(), _case(case_id)
    kind = AIMED_AT.get(Purpose(case.purpose))
    form = forms.NewBodyForm(
        name=case.working_name,
        kind=kind.value if kind else None,
        commune=communes.label(case.unit) if case.unit else None,
    )

    def save() -> object:
        new = NewBody(
            form.chosen_kind(),
            form.name.data or "",
            _commune(form, programme),
            is_another=bool(form.all_the_same.data),
        )
        return founding.found_new(case, new, form.entry(), form.submission_id)

    return _edit(
        form,
        save,
        _("Enter what was founded"),
        case,
        note=_("Who heads it is entered on its own page afterwards."),
    )


@bp.route("/<int:case_id>/founding/take-back", methods=GET_AND_POST)
def take_back_founding(case_id: int) -> ResponseReturnValue:
    """Take a founding back that was recorded by mistake."""
    case, form = _case(case_id), forms.TakingBackForm()
    standing = queries.find_founding(case)
    if standing is None and request.method == "GET":
        raise NotFoundError(_("No founding is on record that could be taken back."))
    return _edit(
        form,
        lambda: founding.take_back(case, form.reason.data or "", form.submission_id),
        _("Take the founding back"),
        case,
        note=_(
            "%(name)s, founded on %(day)s, is then no longer what this case led to. Both stay on"
            " record.",
            name=_name(standing.organisation_id),
            day=day(standing.registered_on),
        )
        if standing
        else None,
    )

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.attendance.counting import kept_people
from coopevents.db import db
from coopevents.directory import checks, lists
from coopevents.directory import queries as directory
from coopevents.directory.models import ContactPoint, Organisation, Person, Post
from coopevents.people import finding, queries, reaching, service
from coopevents.people.finding import PersonLine, Search
from coopevents.people.forms import (
    ContactForm,
    CorrectPostForm,
    EndPostForm,
    NewPostForm,
    PersonForm,
    ReasonForm,
    SuccessionForm,
)
from coopevents.people.reaching import Owner, Way
from coopevents.people.service import PersonEntry
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("people_editing", __name__, url_prefix="/people")

CHOICES = 20
"""So many hits are offered to choose from; whoever sees hers not among them types more."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _person(person_id: int) -> Person:
    return queries.get_person(person_id, _programme().register_id)


def _post(post_id: int) -> Post:
    return queries.get_post(post_id, _programme().register_id)


def _organisation(organisation_id: int) -> Organisation:
    found = directory.get_organisation(organisation_id, _programme().register_id)
    return checks.require_kept(found)


def _name_of(organisation_id: int) -> str:
    return directory.name_on([organisation_id], clock.today()).get(organisation_id, "")


def _page_of(whom: Owner) -> str:
    if isinstance(whom, Person):
        return url_for("people.show_person", person_id=whom.id)
    return url_for("directory.show_organisation", organisation_id=whom.id)


def _back_to(whom: Owner) -> ResponseReturnValue:
    return redirect(_page_of(whom), 303)


@bp.route("/new", methods=["GET", "POST"])
def enter_person() -> ResponseReturnValue:
    """Show the form of a new person, and her namesakes before she is written.

    The address may say what she is entered for: `organisation_id` to give her a post there,
    `post_id` to follow in a post. Then that form comes next.
    """
    programme = _programme()
    form = PersonForm(full_name=request.args.get("full_name"))
    namesakes: list[PersonLine] = []
    if form.validate_on_submit() and not form.is_another.data:
        namesakes = _namesakes(programme, form.entry())
    entered: list[Person] = []
    if not namesakes and form.carries_out(
        lambda: entered.append(service.enter_person(programme.register_id, form.entry()))
    ):
        db.session.commit()
        return redirect(_next_step(entered[0].id), 303)
    return render_template(
        "people/person_form.html",
        form=form,
        person=None,
        namesakes=namesakes,
        names=_organisations(namesakes),
        next_step=_next_step,
    ), _status(form, refused=bool(namesakes))


def _next_step(person_id: int) -> str:
    organisation_id = request.args.get("organisation_id", type=int)
    post_id = request.args.get("post_id", type=int)
    if organisation_id:
        return url_for(".give_post", person_id=person_id, organisation_id=organisation_id)
    if post_id:
        return url_for(".succeed", post_id=post_id, person_id=person_id)
    return url_for("people.show_person", person_id=person_id)


def _namesakes(programme: Programme, entry: PersonEntry) -> list[PersonLine]:
    kept = kept_people()
    found = finding.namesakes(programme.register_id, entry.full_name, kept=kept)
    return finding.lines_of(found, kept=kept, on=clock.today())


@bp.route("/<int:person_id>/correct", methods=["GET", "POST"])
def correct_person(person_id: int) -> ResponseReturnValue:
    """Put right what was written of the person."""
    person = _person(person_id)
    form = PersonForm(
        full_name=person.full_name,
        sex=person.sex.value,
        birth_year=person.birth_year,
        honorific=person.honorific,
    )
    if form.carries_out(lambda: service.correct_person(person, form.entry())):
        db.session.commit()
        return _back_to(person)
    return render_template("people/person_form.html", form=form, person=person), _status(form)


@bp.get("/for/<int:organisation_id>")
def choose_person(organisation_id: int) -> str:
    """Look for whoever is to get a post in the organisation, before anybody is entered anew."""
    organisation = _organisation(organisation_id)
    q = (request.args.get("q") or "").strip()
    lines = _found(q)
    return render_template(
        "people/choose_person.html",
        q=q,
        lines=lines,
        names=_organisations(lines),
        organisation_id=organisation.id,
        organisation=_name_of(organisation.id),
        post=None,
    )


@bp.get("/<int:person_id>/posts/new")
def choose_organisation(person_id: int) -> str:
    """Look for the organisation in which the person is to get a post."""
    person, programme = _person(person_id), _programme()
    q = (request.args.get("q") or "").strip()
    found = (
        lists.list_organisations(
            programme.register, on=clock.today(), q=q, operating_only=False, limit=CHOICES
        ).items
        if q
        else []
    )
    return render_template("people/choose_organisation.html", person=person, q=q, lines=found)


@bp.route("/<int:person_id>/posts/<int:organisation_id>", methods=["GET", "POST"])
def give_post(person_id: int, organisation_id: int) -> ResponseReturnValue:
    """Give the person a post in the organisation, from a day on."""
    person, organisation = _person(person_id), _organisation(organisation_id)
    form = NewPostForm()
    if form.carries_out(
        lambda: service.give_post(
            person,
            organisation,
            form.post_kind(),
            form.tenure(),
            title=form.title.data,
            source=form.source.data,
        ),
    ):
        db.session.commit()
        return _back_to(organisation)
    return render_template(
        "people/post_form.html", form=form, person=person, organisation=_name_of(organisation_id)
    ), _status(form)


@bp.route("/posts/<int:post_id>/end", methods=["GET", "POST"])
def end_post(post_id: int) -> ResponseReturnValue:
    """Let a post end with a day."""
    post = _post(post_id)
    form = EndPostForm()
    if form.carries_out(lambda: service.end_post(post, form.last_day())):
        db.session.commit()
        return _back_to(post.organisation)
    return render_template(
        "people/end_post.html", form=form, post=post, organisation=_name_of(post.organisation_id)
    ), _status(form)


@bp.get("/posts/<int:post_id>/successor")
def choose_successor(post_id: int) -> str:
    """Look for whoever follows in the post."""
    post = _post(post_id)
    q = (request.args.get("q") or "").strip()
    lines = [line for line in _found(q) if line.person.id != post.person_id]
    return render_template(
        "people/choose_person.html",
        q=q,
        lines=lines,
        names=_organisations(lines),
        organisation_id=post.organisation_id,
        organisation=_name_of(post.organisation_id),
        post=post,
    )


@bp.route("/posts/<int:post_id>/successor/<int:person_id>", methods=["GET", "POST"])
def succeed(post_id: int, person_id: int) -> ResponseReturnValue:
    """Let the person follow in the post from a day on: one ends, the other begins."""
    post, successor = _post(post_id), _person(person_id)
    form = SuccessionForm()
    if form.carries_out(
        lambda: service.succeed(post, successor, form.first_day(), source=form.source.data)
    ):
        db.session.commit()
        return _back_to(post.organisation)
    return render_template(
        "people/succeed.html",
        form=form,
        post=post,
        successor=successor,
        organisation=_name_of(post.organisation_id),
    ), _status(form)


@bp.route("/posts/<int:post_id>/correct", methods=["GET", "POST"])
def correct_post(post_id: int) -> ResponseReturnValue:
    """Put right what was written of a post, with the reason."""
    post = _post(post_id)
    form = CorrectPostForm.over(post)
    if form.carries_out(
        lambda: service.correct_post(
            post,
            form.post_kind(),
            form.tenure(),
            title=form.title.data,
            reason=form.reason.data or "",
        ),
    ):
        db.session.commit()
        return _back_to(post.organisation)
    return render_template(
        "people/correct_post.html",
        form=form,
        strike_form=ReasonForm(formdata=None, prefix="strike"),
        post=post,
        organisation=_name_of(post.organisation_id),
    ), _status(form)


@bp.post("/posts/<int:post_id>/take-back")
def take_back_post(post_id: int) -> ResponseReturnValue:
    """Strike out a post that nobody ever held."""
    post = _post(post_id)
    form = ReasonForm(prefix="strike")
    organisation = post.organisation
    service.take_back_post(post, form.reason.data or "")
    db.session.commit()
    return _back_to(organisation)


@bp.route("/contacts/<any(person, organisation):owner>/<int:owner_id>/new", methods=["GET", "POST"])
def add_contact(owner: str, owner_id: int) -> ResponseReturnValue:
    """Let a person or an organisation be reached another way too."""
    whom: Owner = _person(owner_id) if owner == "person" else _organisation(owner_id)
    form = ContactForm.over(queries.union_ways(_programme().register, clock.today()))
    if form.carries_out(lambda: reaching.add_way(whom, _way(form))):
        db.session.commit()
        return _back_to(whom)
    return render_template(
        "people/contact_form.html", form=form, point=None, name=_name(whom), back=_page_of(whom)
    ), _status(form)


@bp.route("/contacts/<int:point_id>", methods=["GET", "POST"])
def keep_contact(point_id: int) -> ResponseReturnValue:
    """Show a way to reach somebody, with all that can be said of it; correct what was typed."""
    point = _point(point_id)
    form = ContactForm.over(queries.union_ways(_programme().register, clock.today()), point)
    if form.carries_out(lambda: reaching.correct_way(point, _way(form))):
        db.session.commit()
        return _back_to(reaching.owner_of(point))
    whom = reaching.owner_of(point)
    return render_template(
        "people/contact_form.html",
        form=form,
        hold_form=ReasonForm(formdata=None, prefix="hold"),
        point=point,
        name=_name(whom),
        back=_page_of(whom),
    ), _status(form)


@bp.post("/contacts/<int:point_id>/hold")
def hold_contact(point_id: int) -> ResponseReturnValue:
    """Keep a way from being used until somebody takes it up again."""
    point = _point(point_id)
    reaching.hold(point, ReasonForm(prefix="hold").reason.data or "")
    db.session.commit()
    return _back_to(reaching.owner_of(point))


@bp.post("/contacts/<int:point_id>/<any(up, down, give_up, take_up, reached):act>")
def act_on_contact(point_id: int, act: str) -> ResponseReturnValue:
    """Move a way, give it up, take it up again, or say that it worked."""
    point = _point(point_id)
    CONTACT_ACTS[act](point)
    db.session.commit()
    return _back_to(reaching.owner_of(point))


CONTACT_ACTS: dict[str, Callable[[ContactPoint], None]] = {
    "up": lambda point: reaching.move(point, up=True),
    "down": lambda point: reaching.move(point, up=False),
    "give_up": reaching.give_up,
    "take_up": reaching.take_up,
    "reached": reaching.note_good_use,
}


def _point(point_id: int) -> ContactPoint:
    return queries.get_contact_point(point_id, _programme().register_id)


def _way(form: ContactForm) -> Way:
    chosen = form.union_way()
    via = _organisation(chosen.organisation_id) if chosen else None
    official = _person(chosen.person_id) if chosen and chosen.person_id else None
    return Way(form.chosen(), form.typed.data or "", via, official)


def _name(whom: Owner) -> str:
    return whom.full_name if isinstance(whom, Person) else _name_of(whom.id)


def _found(q: str) -> list[PersonLine]:
    if not q:
        return []
    return finding.list_people(
        _programme().register, Search(q=q), kept=kept_people(), on=clock.today(), limit=CHOICES
    ).items


def _organisations(lines: list[PersonLine]) -> dict[int, str]:
    ids = {post.organisation_id for line in lines for post in line.posts}
    return directory.name_on(ids, clock.today())


def _status(form: object, *, refused: bool = False) -> int:
    return 422 if refused or getattr(form, "errors", None) else 200

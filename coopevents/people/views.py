from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request

from coopevents import access, clock, listing
from coopevents.attendance.counting import kept_people
from coopevents.attendance.visits import visits_of
from coopevents.channels import log
from coopevents.directory import queries as directory
from coopevents.directory.models import Channel, ContactPoint, PostKind, Sex
from coopevents.i18n import _, day
from coopevents.listing import Column, Format, Listing, Value
from coopevents.people import finding, queries
from coopevents.people.finding import PersonLine, Search
from coopevents.people.forms import PeopleFilter
from coopevents.people.queries import PostLine, Sharer
from coopevents.people.words import CHANNEL_NAMES, POST_NAMES, SEX_NAMES
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint("people", __name__, url_prefix="/people")

ROWS_A_READ = 1000
"""So many people are read at once for a file, however many it will hold."""


@dataclass(frozen=True)
class OrganisationPeople:
    """Who holds and held a post in an organisation, and how it is reached."""

    current: list[PostLine]
    former: list[PostLine]
    contacts: list[ContactPoint]
    shared: dict[int, list[Sharer]]


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


@bp.app_template_filter()
def post_name(kind: PostKind) -> str:
    """Answer what a post is called in the language spoken now."""
    return str(POST_NAMES[kind])


@bp.app_template_filter()
def sex_name(sex: Sex) -> str:
    """Answer the sex as it was stated, in the language spoken now."""
    return str(SEX_NAMES[sex])


@bp.app_template_filter()
def channel_name(channel: Channel) -> str:
    """Answer what a way to reach somebody is called in the language spoken now."""
    return str(CHANNEL_NAMES[channel])


@bp.app_template_global()
def people_of(organisation_id: int) -> OrganisationPeople:
    """Answer what `people/of_organisation.html` shows, so that any page may include it."""
    programme, today = _programme(), clock.today()
    lines = queries.posts_in(organisation_id, kept=kept_people())
    current = [line for line in lines if line.post.valid_to is None or line.post.valid_to >= today]
    contacts = directory.contact_points([organisation_id]).get(organisation_id, [])
    return OrganisationPeople(
        current=current,
        former=[line for line in lines if line not in current],
        contacts=contacts,
        shared=queries.shared_with(contacts, programme.register_id, today),
    )


@bp.get("/")
def list_people() -> str:
    """Show the register's people by given name, with the posts they hold today."""
    programme, today = _programme(), clock.today()
    form, search = _asked()
    page = finding.list_people(
        programme.register,
        search,
        kept=kept_people(),
        on=today,
        after=request.args.get("after"),
    )
    asked = {name: value for name, value in request.args.items() if name != "after"}
    return render_template(
        "people/list.html",
        form=form,
        page=page,
        names=_organisations(page.items),
        asked=asked,
        officials=search.union_officials,
        is_first=request.args.get("after") is None,
    )


@bp.get("/export.<any(xlsx, csv):form>")
def export(form: str) -> Response:
    """Answer exactly the people the list shows, as a file."""
    _form, search = _asked()
    today = clock.today()
    columns = [
        Column(_("Full name"), 28),
        Column(_("Form of address"), 14),
        Column(_("Sex"), 12),
        Column(_("Year of birth"), 12),
        Column(_("Posts"), 50),
        Column(_("Phone"), 18),
        Column(_("E-mail"), 28),
    ]
    people = Listing(
        title=_("Union officials") if search.union_officials else _("People and posts"),
        columns=columns,
        rows=_rows(_programme(), search),
        notes=[_("As of %(day)s.", day=day(today))],
    )
    return listing.answer(people, Format(form))


@bp.get("/<int:person_id>")
def show_person(person_id: int) -> str:
    """Show what is known of the person: her posts, how she is reached, where she came."""
    programme, today, kept = _programme(), clock.today(), kept_people()
    person = queries.get_person(person_id, programme.register_id)
    entries = queries.identities([person.id], kept)[person.id]
    posts = queries.posts_of(entries)
    contacts = queries.contact_points_of(entries)
    visits = visits_of(programme.id, person.id, entries)
    organisations = {post.organisation_id for post in posts}
    organisations |= {id_ for visit in visits for id_ in visit.organisation_ids}
    return render_template(
        "people/show.html",
        person=person,
        kept=queries.kept_instead_of(person, kept),
        merged=[queries.get_person(id_, programme.register_id) for id_ in entries[1:]],
        posts=posts,
        contacts=contacts,
        shared=queries.shared_with(contacts, programme.register_id, today),
        visits=visits,
        told=log.told_to_person(entries, programme.id),
        names=directory.name_on(organisations, today),
        today=today,
    )


def _asked() -> tuple[PeopleFilter, Search]:
    form = PeopleFilter.over(request.args)
    return form, form.search(union_officials=request.args.get("officials") == "yes")


def _organisations(lines: list[PersonLine]) -> dict[int, str]:
    ids = {post.organisation_id for line in lines for post in line.posts}
    return directory.name_on(ids, clock.today())


def _rows(programme: Programme, search: Search) -> Iterator[list[Value]]:
    after: str | None = None
    while True:
        page = finding.list_people(
            programme.register,
            search,
            kept=kept_people(),
            on=clock.today(),
            after=after,
            limit=ROWS_A_READ,
        )
        names = _organisations(page.items)
        for line in page.items:
            yield _row(line, names)
        after = page.next
        if after is None:
            return


def _row(line: PersonLine, names: dict[int, str]) -> list[Value]:
    posts = [
        f"{post.title or POST_NAMES[post.kind]}, {names.get(post.organisation_id, '')}"
        for post in line.posts
    ]
    return [
        line.person.full_name,
        line.person.honorific,
        str(SEX_NAMES[line.person.sex]),
        # A year is no quantity: as a number it would be written 1.985.
        str(line.person.birth_year or ""),
        "; ".join(posts),
        _values(line, Channel.PHONE),
        _values(line, Channel.EMAIL),
    ]


def _values(line: PersonLine, channel: Channel) -> str:
    return "; ".join(p.value for p in line.contacts if p.channel is channel and p.is_usable)

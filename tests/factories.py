"""Organisations, people and what is known of them, for tests: written straight into their tables.

Everything holds "since before anybody can say" unless a test gives days.
"""

from datetime import date
from itertools import count

from sqlalchemy import select

from coopevents import names
from coopevents.accounts.models import HostBody
from coopevents.db import db
from coopevents.directory.models import (
    Channel,
    ClassificationOverride,
    ContactPoint,
    DatePrecision,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    PostKind,
    Register,
    Sex,
    SupportKind,
)
from coopevents.programme.models import Programme
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit

_numbers = count(1)

HEADS = {
    OrganisationKind.COOPERATIVE: PostKind.DIRECTOR,
    OrganisationKind.COOPERATIVE_UNION: PostKind.BOARD_CHAIR,
    OrganisationKind.UNION_BRANCH: PostKind.UNION_OFFICIAL,
    OrganisationKind.AGENCY: PostKind.OTHER,
}
"""The post that heads an organisation of the kind; groups have a group leader."""


def make_organisation(
    programme: Programme | Register,
    *,
    name: str | None = None,
    kind: OrganisationKind = OrganisationKind.COOPERATIVE,
    commune: AdministrativeUnit | str | None = None,
    woman_head: bool | None = True,
    email: str | None = None,
    phone: str | None = None,
    status: OrganisationStatusKind | None = OrganisationStatusKind.OPERATING,
    founded_on: date | None = None,
) -> Organisation:
    """Make an organisation of the programme's register.

    `commune` is a unit or the name of one; without it the first of the territory. `woman_head`
    True gives it a woman at the head, False a man, None nobody. `email` and `phone` (E.164) are
    its ways to be reached.
    """
    number = next(_numbers)
    organisation = Organisation(
        register_id=register_of(programme).id,
        kind=kind,
        founded_on=founded_on,
        founded_precision=DatePrecision.DAY if founded_on else None,
    )
    db.session.add(organisation)
    db.session.flush()
    make_name(organisation, name or f"Hợp tác xã Mẫu {number:04d}")
    unit = commune if isinstance(commune, AdministrativeUnit) else find_commune(programme, commune)
    make_address(organisation, unit)
    if status is not None:
        make_status(organisation, status)
    if woman_head is not None:
        sex = Sex.FEMALE if woman_head else Sex.MALE
        head = make_person(programme, sex=sex)
        make_post(head, organisation, HEADS.get(kind, PostKind.GROUP_LEADER))
    if email:
        make_contact_point(organisation, Channel.EMAIL, email, rank=1)
    if phone:
        make_contact_point(organisation, Channel.PHONE, phone, rank=2)
    return organisation


def make_person(
    programme: Programme | Register,
    *,
    full_name: str | None = None,
    sex: Sex = Sex.FEMALE,
    email: str | None = None,
    birth_year: int | None = None,
) -> Person:
    """Make a person of the programme's register, with an address of her own if one is given."""
    full_name = full_name or f"Nguyễn Thị Mẫu {next(_numbers)}"
    person = Person(
        register_id=register_of(programme).id,
        full_name=names.clean(full_name),
        name_fold=names.fold(full_name),
        name_sort=names.person_sort_key(full_name),
        sex=sex,
        birth_year=birth_year,
    )
    db.session.add(person)
    db.session.flush()
    if email:
        make_contact_point(person, Channel.EMAIL, email)
    return person


def make_post(
    person: Person,
    organisation: Organisation,
    kind: PostKind = PostKind.DIRECTOR,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Post:
    """Give the person a post in the organisation."""
    post = Post(
        person=person,
        organisation=organisation,
        kind=kind,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    db.session.add(post)
    db.session.flush()
    return post


def make_name(
    organisation: Organisation,
    name: str,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> OrganisationName:
    """Call the organisation so, for those days."""
    row = OrganisationName(
        organisation_id=organisation.id,
        name=names.clean(name),
        name_fold=names.fold(name),
        name_sort=names.sort_key(name),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_address(
    organisation: Organisation,
    unit: AdministrativeUnit,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> OrganisationAddress:
    """Seat the organisation in the commune, for those days."""
    address = OrganisationAddress(
        organisation_id=organisation.id, unit=unit, valid_from=valid_from, valid_to=valid_to
    )
    db.session.add(address)
    db.session.flush()
    return address


def make_status(
    organisation: Organisation,
    status: OrganisationStatusKind = OrganisationStatusKind.OPERATING,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> OrganisationStatus:
    """Say that the organisation was operating, suspended, stopped or dissolved in those days."""
    row = OrganisationStatus(
        organisation_id=organisation.id, status=status, valid_from=valid_from, valid_to=valid_to
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_contact_point(
    owner: Organisation | Person, channel: Channel, value: str, *, rank: int = 1
) -> ContactPoint:
    """Give the organisation or the person a way to be reached."""
    point = ContactPoint(
        organisation_id=owner.id if isinstance(owner, Organisation) else None,
        person_id=owner.id if isinstance(owner, Person) else None,
        channel=channel,
        value=value,
        value_as_typed=value,
        rank=rank,
    )
    db.session.add(point)
    db.session.flush()
    return point


def make_certificate(
    organisation: Organisation,
    *,
    stars: int = 3,
    issued_on: date = date(2024, 1, 15),
    withdrawn_on: date | None = None,
    product: str = "Chè xanh",
) -> OcopCertificate:
    """Have a product of the organisation ranked with stars."""
    certificate = OcopCertificate(
        organisation_id=organisation.id,
        product=product,
        stars=stars,
        decision=f"{next(_numbers)}/QĐ-UBND",
        issued_on=issued_on,
        withdrawn_on=withdrawn_on,
    )
    db.session.add(certificate)
    db.session.flush()
    return certificate


def make_head_count(
    organisation: Organisation, as_of: date, *, members: int | None = 10, women: int | None = 5
) -> HeadCount:
    """Say how many members the organisation had on the day."""
    row = HeadCount(
        organisation_id=organisation.id, as_of=as_of, members=members, women_members=women
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_code(
    organisation: Organisation, code: str | None = None, *, scheme: str = "registration"
) -> OrganisationCode:
    """Have an authority know the organisation by a number of its own."""
    row = OrganisationCode(
        organisation_id=organisation.id,
        scheme=scheme,
        code=code or f"{next(_numbers):06d}-25",
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_support(
    organisation: Organisation, body_key: str = "womens_union", *, supported_on: date | None = None
) -> OrganisationSupport:
    """Say that the body helped to found the organisation."""
    body = db.session.scalars(select(HostBody).where(HostBody.key == body_key)).one()
    row = OrganisationSupport(
        organisation_id=organisation.id,
        body_id=body.id,
        kind=SupportKind.FOUNDING,
        supported_on=supported_on,
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_override(
    organisation: Organisation,
    women_led: bool,
    *,
    rule: str = "WOMEN_HEADED",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> ClassificationOverride:
    """Decide that the organisation is, or is not, women-led by the rule."""
    row = ClassificationOverride(
        organisation_id=organisation.id,
        rule=rule,
        women_led=women_led,
        reason="Theo biên bản xác minh",
        valid_from=valid_from,
        valid_to=valid_to,
    )
    db.session.add(row)
    db.session.flush()
    return row


def find_commune(programme: Programme | Register, name: str | None = None) -> AdministrativeUnit:
    """Answer the commune of that name in the programme's territory, or the first there is."""
    communes = units.communes_of(territory_of(programme))
    if name is None:
        return communes[0]
    return next(unit for unit in communes if names.fold(name) in unit.name_fold)


def register_of(owner: Programme | Register) -> Register:
    """Answer the register behind a programme."""
    return owner.register if isinstance(owner, Programme) else owner


def territory_of(owner: Programme | Register) -> AdministrativeUnit:
    """Answer the territory of a programme, or of the programme that uses a register."""
    if isinstance(owner, Programme):
        return owner.territory
    return (
        db.session.scalars(select(Programme).where(Programme.register_id == owner.id))
        .one()
        .territory
    )


def make_other_programme(programme: Programme, *, own_register: bool = False) -> Programme:
    """Make another programme, alike but for its name, over the same register or one of its own."""
    same = {
        column.key: getattr(programme, column.key)
        for column in Programme.__table__.columns
        if column.key not in {"id", "key", "name"}
    }
    if own_register:
        register = Register(key="other", name={"vi": "Sổ khác"})
        db.session.add(register)
        db.session.flush()
        same["register_id"] = register.id
    name = {"vi": "Chương trình khác", "en": "Another programme", "ar": "برنامج آخر"}
    other = Programme(key="other", name=name, **same)
    db.session.add(other)
    db.session.flush()
    return other

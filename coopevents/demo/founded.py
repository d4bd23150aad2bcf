"""What was founded while the programme ran, for the demo: invented, and named as samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.accounts import queries as accounts
from coopevents.directory import lineage, service
from coopevents.directory.models import Organisation, OrganisationKind, PostKind, Sex
from coopevents.directory.service import Founding, NewOrganisation, Support
from coopevents.people import service as people
from coopevents.people.service import PersonEntry, Tenure
from coopevents.programme.models import Programme
from coopevents.territory import units

COOPERATIVE, GROUP = OrganisationKind.COOPERATIVE, OrganisationKind.COOPERATIVE_GROUP
HELPERS = ("womens_union", "coop_alliance")


@dataclass(frozen=True)
class New:
    """An organisation founded with help; `becomes` is the cooperative a group turned into."""

    kind: OrganisationKind
    name: str
    commune: str
    on: date
    head: str
    becomes: tuple[str, date] | None = None


NEW: Sequence[New] = (
    New(GROUP, "THT nuôi ong (mẫu) Gia Điền", "Gia Điền", date(2024, 10, 8), "Hà Thị Mẫu Ong"),
    New(COOPERATIVE, "HTX chè xanh (mẫu) Thu Cúc", "Thu Cúc", date(2025, 3, 18), "Đinh Thị Mẫu"),
    New(
        *(GROUP, "THT rau an toàn (mẫu) Thu Cúc", "Thu Cúc", date(2025, 4, 22), "Hoàng Thị Mẫu"),
        becomes=("HTX rau an toàn (mẫu) Thu Cúc", date(2026, 4, 15)),
    ),
    New(COOPERATIVE, "HTX thổ cẩm (mẫu) Mai Châu", "Mai Châu", date(2025, 10, 20), "Lò Thị Mẫu"),
    New(GROUP, "THT dệt (mẫu) Mai Châu", "Mai Châu", date(2026, 1, 12), "Vì Thị Mẫu"),
    New(GROUP, "THT dược liệu (mẫu) Tam Đảo", "Tam Đảo", date(2026, 3, 9), "Trần Thị Mẫu"),
)


def found(programme: Programme, officer: Actor) -> None:
    """Let each be founded on its day, a month after the bodies began to help."""
    for new in NEW:
        with clock.as_if(_at(new.on)), acting(officer):
            organisation = _enter(programme, new)
        if new.becomes:
            name, on = new.becomes
            with clock.as_if(_at(on)), acting(officer):
                _convert(programme, organisation, new, name, on)


def _enter(programme: Programme, new: New) -> Organisation:
    organisation = service.enter(
        programme.register, _described(new.kind, new.name, new.commune, new.on)
    )
    entry = PersonEntry(full_name=new.head, sex=Sex.FEMALE)
    head = people.enter_person(programme.register_id, entry)
    people.give_post(head, organisation, _heading(new.kind), Tenure(new.on))
    return organisation


def _convert(programme: Programme, group: Organisation, new: New, name: str, on: date) -> None:
    described = _described(COOPERATIVE, name, new.commune, on)
    cooperative = lineage.convert(group, described, on=on)
    entry = PersonEntry(full_name=new.head, sex=Sex.FEMALE)
    head = people.enter_person(programme.register_id, entry)
    people.give_post(head, cooperative, PostKind.DIRECTOR, Tenure(on))


def _described(kind: OrganisationKind, name: str, commune: str, on: date) -> NewOrganisation:
    helpers = [accounts.find_body(key) for key in HELPERS]
    return NewOrganisation(
        kind=kind,
        name=name,
        unit=units.find_units(commune, on=on)[0],
        founded=Founding(on),
        supports=[Support(body.id, on - timedelta(days=30)) for body in helpers if body],
    )


def _heading(kind: OrganisationKind) -> PostKind:
    return PostKind.DIRECTOR if kind is COOPERATIVE else PostKind.GROUP_LEADER


def _at(day: date) -> datetime:
    return clock.at_local(day, 9, 0)

"""Where organisations lie today, when the commune of their seat is no more."""

import re
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory import lists, queries, seats
from coopevents.directory.models import OrganisationAddress, OrganisationStatusKind
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.territory import succession, units
from tests.browsing import hidden, signed_in
from tests.event_factories import make_event
from tests.factories import find_commune, make_address, make_organisation

pytestmark = pytest.mark.usefixtures("english")

BEFORE, TODAY = date(2025, 6, 30), date(2026, 5, 1)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def gia_dien(programme):
    """A commune that went whole into Xã Hạ Hòa."""
    return find_commune(programme, "Gia Điền")


@pytest.fixture
def ha_hoa(gia_dien):
    """The commune of today that Gia Điền went into."""
    return succession.became(gia_dien)[0].new


@pytest.fixture
def cao_son():
    """A commune of old Hòa Bình, split into Xã Liên Sơn and Xã Lương Sơn."""
    found = units.find_units("Cao Sơn", on=BEFORE)
    return next(unit for unit in found if unit.parent.name == "Huyện Lương Sơn")


@pytest.fixture
def lien_son(cao_son):
    """The main part of it."""
    return succession.became(cao_son)[0].new


def listed(programme, **asked) -> list[str]:
    page = lists.list_organisations(programme.register, on=TODAY, **asked)
    return [line.name for line in page.items]


def seats_of(organisation) -> list[tuple[str, date | None, date | None]]:
    rows = queries.history(OrganisationAddress, organisation.id)
    return [(row.unit.name, row.valid_from, row.valid_to) for row in rows]


def open_address(programme) -> OrganisationAddress:
    (seat,) = seats.list_open_seats(programme.register, TODAY)
    return seat.address


@pytest.mark.case(6)
def test_a_commune_of_today_finds_who_sits_in_what_went_into_it(programme, gia_dien, ha_hoa):
    make_organisation(programme, name="HTX Cũ", commune=gia_dien)
    make_organisation(programme, name="HTX Mới", commune=ha_hoa)
    make_organisation(programme, name="HTX Xa")

    assert listed(programme, commune_ids=[ha_hoa.id]) == ["HTX Cũ", "HTX Mới"]
    assert listed(programme, commune_ids=[gia_dien.id]) == ["HTX Cũ"]


@pytest.mark.case(6)
def test_the_audience_of_a_commune_of_today_holds_who_sits_in_what_went_into_it(
    programme, gia_dien, ha_hoa
):
    make_organisation(programme, name="HTX Cũ", commune=gia_dien, email="a@coop.example")
    make_organisation(programme, name="HTX Xa", email="b@coop.example")
    event = make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")])

    shown = audience.preview(event, Audience(commune_ids=[ha_hoa.id]), seats=1)

    assert [(one.name, one.commune) for one in shown.invitees] == [("HTX Cũ", "Xã Hạ Hòa")]


def test_the_choices_are_communes_of_today_and_marked_those_that_were_split(
    programme, gia_dien, ha_hoa, cao_son
):
    for commune in (gia_dien, ha_hoa, cao_son):
        make_organisation(programme, commune=commune)

    places = seats.list_places(programme.register, TODAY)

    assert [(place.unit, place.is_undecided) for place in places] == [
        *((ha_hoa, False), (cao_son, True)),
    ]
    assert "Huyện Lương Sơn" in places[1].label


def test_a_list_tells_the_commune_of_today_beside_the_one_of_the_seat(
    programme, gia_dien, ha_hoa, cao_son
):
    make_organisation(programme, name="HTX A", commune=gia_dien)
    make_organisation(programme, name="HTX B", commune=ha_hoa)
    make_organisation(programme, name="HTX C", commune=cao_son)

    lines = lists.list_organisations(programme.register, on=TODAY).items

    assert [(line.unit, line.commune_today) for line in lines] == [
        *((gia_dien, ha_hoa), (ha_hoa, ha_hoa), (cao_son, None)),
    ]


def test_a_former_province_finds_who_sits_on_its_ground(programme, gia_dien, ha_hoa, cao_son):
    make_organisation(programme, name="HTX A", commune=gia_dien)
    make_organisation(programme, name="HTX B", commune=ha_hoa)
    make_organisation(programme, name="HTX C", commune=cao_son)
    hoa_binh = units.find_province("Hòa Bình", BEFORE)

    assert listed(programme, former_province_id=programme.territory_id) == ["HTX A", "HTX B"]
    assert listed(programme, former_province_id=hoa_binh.id) == ["HTX C"]


@pytest.mark.case(6)
def test_a_split_commune_is_asked_about_organisation_by_organisation(
    programme, gia_dien, cao_son, lien_son
):
    make_organisation(programme, name="HTX Nguyên", commune=gia_dien)
    for name in ("HTX Hai", "HTX Một"):
        make_organisation(programme, name=name, commune=cao_son)
    gone = OrganisationStatusKind.DISSOLVED
    make_organisation(programme, name="HTX Giải thể", commune=cao_son, status=gone)

    asked = seats.list_open_seats(programme.register, TODAY)

    assert [seat.name for seat in asked] == ["HTX Hai", "HTX Một"]
    assert [[step.new.name for step in seat.choices] for seat in asked] == [
        ["Xã Liên Sơn", "Xã Lương Sơn"]
    ] * 2
    assert listed(programme, commune_ids=[lien_son.id]) == []
    assert seats.list_open_seats(programme.register, BEFORE) == []


@pytest.mark.case(6)
def test_what_is_said_holds_since_the_reform_and_the_old_seat_stays(programme, cao_son, lien_son):
    organisation = make_organisation(programme, name="HTX Một", commune=cao_son)

    seats.decide(programme.register, open_address(programme).id, lien_son.id)

    assert seats_of(organisation) == [
        ("Xã Liên Sơn", units.REFORM, None),
        ("Xã Cao Sơn", None, BEFORE),
    ]
    assert listed(programme, commune_ids=[lien_son.id]) == ["HTX Một"]
    assert queries.address_on([organisation.id], BEFORE) == {organisation.id: cao_son}
    assert seats.list_open_seats(programme.register, TODAY) == []


def test_what_is_said_stands_in_the_audit(programme, cao_son, lien_son):
    organisation = make_organisation(programme, commune=cao_son)

    seats.decide(programme.register, open_address(programme).id, lien_son.id)
    db.session.commit()

    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    value = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id)).one()
    assert (entry.act, entry.subject_id) == ("organisation.seat_told", organisation.id)
    assert (value.field, value.before, value.after) == ("commune", "Xã Cao Sơn", "Xã Liên Sơn")


def test_who_says_it_second_is_told_that_it_was_said(programme, cao_son, lien_son):
    organisation = make_organisation(programme, commune=cao_son)
    address = open_address(programme)
    seats.decide(programme.register, address.id, lien_son.id)

    with pytest.raises(DomainError, match="already"):
        seats.decide(programme.register, address.id, succession.became(cao_son)[1].new.id)

    assert len(seats_of(organisation)) == 2


def test_a_seat_goes_only_into_a_part_of_its_commune(programme, cao_son, ha_hoa):
    organisation = make_organisation(programme, commune=cao_son)

    with pytest.raises(InputError):
        seats.decide(programme.register, open_address(programme).id, ha_hoa.id)

    assert seats_of(organisation) == [("Xã Cao Sơn", None, None)]


def test_a_seat_that_went_whole_is_not_to_be_said(programme, gia_dien, ha_hoa):
    organisation = make_organisation(programme, commune=gia_dien)
    (address,) = queries.history(OrganisationAddress, organisation.id)

    with pytest.raises(DomainError):
        seats.decide(programme.register, address.id, ha_hoa.id)


def test_a_seat_of_another_register_is_not_there(programme, cao_son, lien_son):
    make_organisation(programme, commune=cao_son)
    address = open_address(programme)
    other = type(programme.register)(key="other", name={"vi": "Sổ khác"})
    db.session.add(other)
    db.session.flush()

    with pytest.raises(NotFoundError):
        seats.decide(other, address.id, lien_son.id)


def test_a_seat_that_began_after_its_commune_ended_is_a_mistake(programme, cao_son, lien_son):
    organisation = make_organisation(programme)
    (old,) = queries.history(OrganisationAddress, organisation.id)
    old.valid_to = date(2025, 12, 31)
    make_address(organisation, cao_son, valid_from=date(2026, 1, 1))

    with pytest.raises(DomainError, match="begins after"):
        seats.decide(programme.register, open_address(programme).id, lien_son.id)


@pytest.mark.parametrize("number", [1, 3])
def test_asking_takes_as_many_questions_for_three_as_for_one(
    programme, cao_son, count_queries, number
):
    for _ in range(number):
        make_organisation(programme, commune=cao_son)

    with count_queries() as asked:
        found = seats.list_open_seats(programme.register, TODAY)
        told = [(seat.address.unit.parent.name, seat.choices[0].new.name) for seat in found]
        places = [place.label for place in seats.list_places(programme.register, TODAY)]

    assert (asked.number, len(told), len(places)) == (7, number, 1)


@pytest.mark.case(6)
def test_the_page_asks_and_takes_the_answers(client, programme, cao_son, lien_son):
    first, second = (make_organisation(programme, commune=cao_son) for _ in range(2))
    officer = signed_in(client, programme, Role.OFFICER)
    page = officer.get("/territory/undecided?lang=en").text
    fields = re.findall(r'name="(seat-\d+)"', page)

    answer = officer.post(
        "/territory/undecided",
        data={"csrf_token": hidden(page), fields[0]: str(lien_son.id), fields[1]: ""},
    )

    assert (len(fields), answer.status_code) == (2, 303)
    told = {organisation.id: len(seats_of(organisation)) for organisation in (first, second)}
    assert sorted(told.values()) == [1, 2]


def test_a_page_that_was_overtaken_writes_nothing(client, programme, cao_son, lien_son):
    first, second = (make_organisation(programme, commune=cao_son) for _ in range(2))
    officer = signed_in(client, programme, Role.OFFICER)
    page = officer.get("/territory/undecided?lang=en").text
    fields = re.findall(r'name="(seat-\d+)"', page)
    seats.decide(programme.register, int(fields[1].removeprefix("seat-")), lien_son.id)
    said = {organisation.id: seats_of(organisation) for organisation in (first, second)}

    answer = officer.post(
        "/territory/undecided",
        data={"csrf_token": hidden(page), **dict.fromkeys(fields, str(lien_son.id))},
    )

    assert answer.status_code == 409
    assert {o.id: seats_of(o) for o in (first, second)} == said


@pytest.mark.parametrize("field", ["seat-x", "seat-999999999"])
def test_an_answer_about_nothing_is_refused(client, programme, field):
    officer = signed_in(client, programme, Role.OFFICER)
    page = officer.get("/territory/undecided").text

    answer = officer.post("/territory/undecided", data={"csrf_token": hidden(page), field: "1"})

    assert answer.status_code in {404, 422}


def test_who_only_looks_cannot_say(client, programme, cao_son):
    make_organisation(programme, commune=cao_son)
    viewer = signed_in(client, programme, Role.VIEWER)
    page = viewer.get("/territory/undecided").text

    assert "<select" not in page.partition('<form method="post" action="/territory/undecided"')[2]
    answer = viewer.post("/territory/undecided", data={"csrf_token": hidden(page)})
    assert answer.status_code == 403


@pytest.mark.case(6)
def test_the_list_filters_by_commune_and_former_province_and_says_what_is_open(
    client, programme, gia_dien, ha_hoa, cao_son
):
    make_organisation(programme, name="HTX Cũ", commune=gia_dien)
    make_organisation(programme, name="HTX Chia", commune=cao_son)
    officer = signed_in(client, programme, Role.OFFICER)

    everything = officer.get("/organisations/?lang=en").text
    of_commune = officer.get(f"/organisations/?commune={ha_hoa.id}&lang=en").text
    of_split = officer.get(f"/organisations/?commune={cao_son.id}&lang=en").text
    of_province = officer.get(
        f"/organisations/?former_province={programme.territory_id}&lang=en"
    ).text

    assert "/territory/undecided" in everything
    assert "formerly Xã Gia Điền, Huyện Hạ Hòa" in everything
    for page, found in ((of_commune, "HTX Cũ"), (of_split, "HTX Chia"), (of_province, "HTX Cũ")):
        assert re.findall(r"<bdi>(HTX [^<]*)</bdi>", page) == [found]

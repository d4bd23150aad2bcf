"""I12, I13, I15 and I16 at their edges; and against plain Python for registers made at random."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory.models import (
    DatePrecision,
    LineageKind,
    OcopCertificate,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    OrganisationLineage,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    Sex,
)
from coopevents.reports import founding_indicators
from coopevents.reports.figures import TARGET_KINDS, Part, Scope
from coopevents.reports.indicators import add, compute
from coopevents.territory import units
from coopevents.territory.scope import Territory
from tests.event_factories import close, make_entry, make_event, make_registration, sessions_of
from tests.factories import (
    make_certificate,
    make_code,
    make_organisation,
    make_override,
    make_person,
    make_post,
    make_status,
    make_support,
)

FROM, TO = date(2025, 12, 15), date(2026, 12, 14)
FOUNDED = date(2026, 5, 4)
GROUP = OrganisationKind.COOPERATIVE_GROUP


@pytest.fixture
def scope(programme) -> Scope:
    return Scope(programme, FROM, TO)


def found(programme, *, supported_on: date | None = FOUNDED, **said) -> Organisation:
    """Found a women-led organisation with a number of its own and the Union's support."""
    organisation = make_organisation(programme, **{"founded_on": FOUNDED, **said})
    make_code(organisation)
    make_support(organisation, supported_on=supported_on)
    return organisation


def link(kind: LineageKind, old: Organisation, new: Organisation | None) -> None:
    db.session.add(
        OrganisationLineage(
            kind=kind, effective_on=FOUNDED, old_id=old.id, new_id=new.id if new else None
        )
    )
    db.session.flush()


def parts(figure) -> dict[int, str]:
    """Answer what each row did: `counted`, or why it stands apart."""
    return {row.row_id: row.facts.get("why", row.facts["part"]) for row in figure.list_rows()}


def test_a_new_cooperative_is_founded_women_led_and_supported(programme, scope):
    cooperative, group = found(programme), found(programme, kind=GROUP)
    linked = found(programme, kind=OrganisationKind.LINKED_GROUP)

    cooperatives, groups = compute("I12", scope), compute("I13", scope)

    assert (cooperatives.value, parts(cooperatives)) == (1, {cooperative.id: "counted"})
    assert (groups.value, parts(groups)) == (2, {group.id: "counted", linked.id: "counted"})
    assert groups.breakdown["kind"] == {"cooperative_group": 1, "linked_group": 1}


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (FROM - timedelta(days=1), False),
        (FROM, True),
        (TO, True),
        (TO + timedelta(days=1), False),
    ],
)
def test_both_days_of_a_period_belong_to_it(programme, scope, day, counts):
    found(programme, founded_on=day, supported_on=day)

    assert compute("I12", scope).value == counts


def test_nothing_from_before_the_programme_is_its_result(programme):
    start = programme.starts_on
    for day in (start - timedelta(days=1), start):
        found(programme, founded_on=day, supported_on=day)

    figure = compute("I12", Scope(programme, date(2020, 1, 1), TO))

    assert figure.value == 1


def test_a_support_counts_from_its_day_on_and_by_a_body_of_the_programme(programme, scope):
    on_the_day = found(programme)
    later = found(programme, supported_on=FOUNDED + timedelta(days=1))
    undated = found(programme, supported_on=None)
    alone = make_organisation(programme, founded_on=FOUNDED)
    make_code(alone)

    figure = compute("I12", scope)

    assert parts(figure) == {
        on_the_day.id: "counted",
        later.id: "no_support",
        undated.id: "undated_support",
        alone.id: "no_support",
    }
    assert figure.breakdown["apart"] == {"no_support": 2, "undated_support": 1}


def test_women_led_is_asked_of_the_day_of_founding(programme, scope):
    became_later = found(programme, woman_head=None)
    man = make_person(programme, sex=Sex.MALE)
    make_post(man, became_later, valid_to=FOUNDED)
    make_post(make_person(programme), became_later, valid_from=FOUNDED + timedelta(days=1))
    was_then = found(programme, woman_head=None)
    make_post(make_person(programme), was_then, valid_to=FOUNDED)
    unknown = found(programme, woman_head=None)
    decided = found(programme, woman_head=None)
    make_override(decided, women_led=True, valid_from=FOUNDED, valid_to=FOUNDED)

    assert parts(compute("I12", scope)) == {
        was_then.id: "counted",
        unknown.id: "unknown",
        decided.id: "counted",
    }


def test_a_year_without_a_day_counts_where_it_lies_whole(programme):
    organisation = found(programme, founded_on=date(2026, 1, 1), supported_on=date(2026, 7, 1))
    organisation.founded_precision = DatePrecision.YEAR

    year = compute("I12", Scope(programme, FROM, TO))
    longer = compute("I12", Scope(programme, FROM, date(2026, 12, 31)))
    before = compute("I12", Scope(programme, date(2024, 8, 21), FROM))

    assert (year.value, parts(year)) == (0, {organisation.id: "year_only"})
    assert (longer.value, parts(longer)) == (1, {organisation.id: "counted"})
    assert (before.value, parts(before)) == (0, {})


@pytest.mark.parametrize(
    "kind", [LineageKind.CONSOLIDATE, LineageKind.DIVIDE, LineageKind.SPLIT_OFF]
)
def test_what_came_out_of_a_reorganisation_is_not_new(programme, scope, kind):
    old, new = make_organisation(programme), found(programme)
    link(kind, old, new)

    figure = compute("I12", scope)

    assert (figure.value, parts(figure)) == (0, {new.id: "reorganised"})


def test_one_that_absorbs_another_stays_what_it_was(programme, scope):
    absorbed, keeper = make_organisation(programme), make_organisation(programme)
    link(LineageKind.ABSORB, absorbed, keeper)

    assert (compute("I12", scope).value, parts(compute("I12", scope))) == (0, {})


@pytest.mark.case(28)
def test_a_converted_group_is_counted_once_as_a_group_and_once_as_a_cooperative(
    programme, scope, monkeypatch
):
    group = found(programme, kind=GROUP)
    cooperative = found(programme)
    link(LineageKind.CONVERT, group, cooperative)

    groups, cooperatives = compute("I13", scope), compute("I12", scope)
    facts = {row.row_id: row.facts for f in (groups, cooperatives) for row in f.list_rows()}

    # I13 keeps the group it was founded as, and says what became of it.
    assert (groups.value, facts[group.id]["later_cooperative"]) == (1, True)
    # The conversion rule is on: the cooperative is new, and flagged.
    assert (cooperatives.value, facts[cooperative.id]["from_group"]) == (1, True)
    assert cooperatives.breakdown["of_which"]["from_group"] == 1
    # The two rows name each other's side of the lineage: jobs of one body are one body's.
    assert [row.row_id for row in groups.list_rows()] == [group.id]
    assert [row.row_id for row in cooperatives.list_rows()] == [cooperative.id]

    monkeypatch.setattr(founding_indicators, "CONVERSION_COUNTS", False)
    switched_off = compute("I12", scope)
    assert (switched_off.value, parts(switched_off)) == (0, {cooperative.id: "converted"})
    assert compute("I13", scope).value == 1


@pytest.mark.case(28)
def test_a_group_from_before_the_programme_that_converts_is_only_a_new_cooperative(
    programme, scope
):
    group = make_organisation(programme, kind=GROUP, founded_on=date(2019, 3, 1))
    link(LineageKind.CONVERT, group, found(programme))

    assert (compute("I12", scope).value, compute("I13", scope).value) == (1, 0)


@pytest.mark.case(29)
def test_a_cooperative_dissolved_in_the_year_leaves_the_target_group_and_stays_counted(
    programme, scope
):
    organisation = found(programme, status=None)
    make_status(organisation, valid_from=FOUNDED, valid_to=date(2026, 9, 30))
    make_status(organisation, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 10, 1))
    event = make_event(programme, sessions=[(date(2026, 6, 10), "08:00", "11:00")])
    place = make_registration(event, make_person(programme), organisation)
    make_entry(sessions_of(event)[0], place)
    close(event)

    coverage, founded = compute("I7", scope), compute("I12", scope)

    # Out of D, told as one that left; nothing to divide by is a dash.
    assert (coverage.numerator, coverage.denominator, coverage.value) == (0, 0, None)
    assert coverage.breakdown["apart"]["left"] == 1
    # Its attendance stays.
    assert (compute("I2", scope).value, compute("I3", scope).value) == (1, 1)
    # Its founding stays, also over the whole programme, with how many still operate beside it.
    whole = compute("I12", Scope(programme, programme.starts_on, TO))
    assert (founded.value, whole.value) == (1, 1)
    assert whole.breakdown["of_which"]["still_operating"] == 0


def test_holders_of_certificates_count_once_by_their_highest_star(programme, scope):
    led, unknown = make_organisation(programme), make_organisation(programme, woman_head=None)
    man = make_organisation(programme, woman_head=False)
    stopped = make_organisation(programme, status=OrganisationStatusKind.STOPPED)
    make_certificate(led, stars=3, issued_on=date(2024, 1, 15))
    make_certificate(led, stars=4, issued_on=date(2025, 1, 15), product="Chè đen")
    make_certificate(man, stars=3, issued_on=date(2024, 1, 15))
    make_certificate(man, stars=5, issued_on=date(2021, 1, 15), product="Hết hạn")
    for other in (unknown, stopped):
        make_certificate(other, issued_on=date(2024, 1, 15))

    holders, women = compute("I15", scope), compute("I16", scope)

    assert (holders.value, holders.breakdown["stars"]) == (3, {"3": 2, "4": 1, "5": 0})
    assert (women.numerator, women.denominator, women.value) == (1, 2, Decimal(50))
    assert women.breakdown["apart"] == {"unknown": 1}
    assert parts(women) == {led.id: "counted", man.id: "base", unknown.id: "unknown"}


@pytest.mark.case(34)
def test_with_nothing_to_divide_by_there_is_no_share(scope):
    women, coverage = compute("I16", scope), compute("I7", scope)

    assert (women.value, women.numerator, women.denominator) == (None, 0, 0)
    assert (coverage.value, coverage.numerator, coverage.denominator) == (None, 0, 0)


def test_only_things_that_happened_add_up(programme):
    found(programme)
    halves = [
        Scope(programme, FROM, date(2026, 6, 14)),
        Scope(programme, date(2026, 6, 15), TO),
    ]

    assert add([compute("I12", half) for half in halves]) == 1
    for code in ("I3", "I7", "I15", "I16"):
        with pytest.raises(ValueError, match="does not add up"):
            add([compute(code, half) for half in halves])


class Plain:
    """The same figures, counted row by row in Python."""

    def __init__(self, programme):
        self.programme = programme
        self.organisations = _all(Organisation)
        self.people = {person.id: person for person in _all(Person)}
        self.posts, self.supports = _all(Post), _all(OrganisationSupport)
        self.statuses, self.lineage = _all(OrganisationStatus), _all(OrganisationLineage)
        self.certificates = _all(OcopCertificate)
        self.numbered = {row.organisation_id for row in _all(OrganisationCode)}

    def heads(self, organisation, day):
        return {
            self.people[post.person_id].sex
            for post in self.posts
            if post.organisation_id == organisation.id and _holds(post, day)
        } - {Sex.NOT_STATED}

    def class_on(self, organisation, day):
        heads = self.heads(organisation, day)
        return None if not heads else Sex.FEMALE in heads

    def founded(self, kinds):
        """Answer why each founding counts or does not, by its id."""
        told = {}
        for one in self.organisations:
            if one.kind not in kinds or one.founded_on is None:
                continue
            by_year = one.founded_precision is DatePrecision.YEAR
            last = date(one.founded_on.year, 12, 31) if by_year else one.founded_on
            if last < FROM or one.founded_on > TO:
                continue
            led = self.class_on(one, one.founded_on)
            if led is not False:
                told[one.id] = self._why(one, led, last)
        return told

    def _why(self, one, led, last):
        came = {row.kind for row in self.lineage if row.new_id == one.id}
        days = [row.supported_on for row in self.supports if row.organisation_id == one.id]
        if came - {LineageKind.CONVERT, LineageKind.ABSORB}:
            return "reorganised"
        if last != one.founded_on and (one.founded_on < FROM or last > TO):
            return "year_only"
        if led is None:
            return "unknown"
        if one.id not in self.numbered:
            return "no_number"
        if any(day and day <= last for day in days):
            return "counted"
        return "undated_support" if None in days else "no_support"

    def stars(self):
        """Answer the highest valid star of each holder that operates, on the last day."""
        operating = {
            row.organisation_id
            for row in self.statuses
            if row.status is OrganisationStatusKind.OPERATING and _holds(row, TO)
        }
        best = {}
        for one in self.certificates:
            ends = date(one.issued_on.year + 3, one.issued_on.month, one.issued_on.day)
            withdrawn = one.withdrawn_on is not None and one.withdrawn_on <= TO
            if one.organisation_id in operating and one.issued_on <= TO < ends and not withdrawn:
                best[one.organisation_id] = max(best.get(one.organisation_id, 0), one.stars)
        return best


def _all(table):
    return list(db.session.scalars(select(table)))


def _holds(row, day):
    return (row.valid_from is None or row.valid_from <= day) and (
        row.valid_to is None or row.valid_to >= day
    )


def _invent(programme, chance):
    days = [FROM, TO, *(FROM + timedelta(days=chance.randint(-400, 400)) for _ in range(8))]
    made = []
    for _ in range(14):
        one = make_organisation(
            programme,
            kind=chance.choice(TARGET_KINDS),
            woman_head=None,
            founded_on=chance.choice(days),
            status=chance.choice(list(OrganisationStatusKind)[:2]),
        )
        if chance.random() < 0.2:
            one.founded_on = one.founded_on.replace(month=1, day=1)
            one.founded_precision = DatePrecision.YEAR
        for _post in range(chance.randint(0, 2)):
            begins = chance.choice([None, *days])
            who = make_person(programme, sex=chance.choice(list(Sex)))
            make_post(who, one, valid_from=begins)
        if chance.random() < 0.8:
            make_code(one)
        if chance.random() < 0.7:
            make_support(one, supported_on=chance.choice([None, one.founded_on, *days]))
        for number in range(chance.randint(0, 2)):
            make_certificate(
                one,
                stars=chance.choice((3, 4, 5)),
                issued_on=date(chance.randint(2022, 2026), chance.randint(1, 12), 14),
                withdrawn_on=chance.choice([None, None, TO]),
                product=f"Sản phẩm {number}",
            )
        made.append(one)
    for _ in range(4):
        old, new = chance.sample(made, 2)
        link(chance.choice(list(LineageKind)[:4]), old, new)


@pytest.mark.parametrize("seed", range(10))
def test_every_figure_of_the_register_equals_plain_python(programme, scope, seed):
    _invent(programme, random.Random(seed))  # noqa: S311
    plain = Plain(programme)
    cooperatives, groups = TARGET_KINDS[:1], TARGET_KINDS[1:]

    for code, kinds in (("I12", cooperatives), ("I13", groups)):
        figure, expected = compute(code, scope), plain.founded(kinds)
        assert parts(figure) == expected
        assert figure.value == list(expected.values()).count("counted")
    stars = plain.stars()
    holders, women = compute("I15", scope), compute("I16", scope)
    assert {row.row_id: row.facts["stars"] for row in holders.list_rows()} == stars
    by_id = {one.id: plain.class_on(one, TO) for one in plain.organisations}
    classes = [by_id[id_] for id_ in stars]
    assert (women.numerator, women.denominator) == (
        classes.count(True),
        classes.count(True) + classes.count(False),
    )
    assert {row.facts["part"] for row in women.list_rows()} <= {part.value for part in Part}


def test_a_founding_outside_the_old_province_is_in_no_report_of_it(programme):
    inside = found(programme, commune="Gia Điền")
    outside = found(programme, commune=units.find_units("Cao Phong", on=TO)[0])

    as_it_is = compute("I12", Scope(programme, FROM, TO))
    as_it_was = compute("I12", Scope(programme, FROM, TO, Territory.AS_IT_WAS))

    assert parts(as_it_is) == {inside.id: "counted", outside.id: "counted"}
    assert parts(as_it_was) == {inside.id: "counted"}

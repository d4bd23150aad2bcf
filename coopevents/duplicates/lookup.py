"""Who in the register may be what somebody is about to enter: one by one, or a whole workbook.

The same signs speak as between two entries; the number of queries is the same for one as for
fifty thousand.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    bindparam,
    func,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from coopevents import names
from coopevents.db import db, one_of
from coopevents.directory.models import (
    ContactPoint,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    Person,
    Register,
    Sex,
)
from coopevents.duplicates import traits
from coopevents.duplicates.matching import FEW, Match, Sign, rank
from coopevents.duplicates.traits import REACHES, Rows
from coopevents.territory.models import AdministrativeSuccession

TAIL = 7
"""Digits of a number that are compared, as the database does (`contact_tail`)."""

MOST = 10
"""So many matches are told of one probe, the likeliest."""


@dataclass(frozen=True)
class OrganisationProbe:
    """What somebody is about to enter of an organisation; None and empty are not told."""

    name: str
    commune_id: int | None = None
    kind: OrganisationKind | None = None
    founded_on: date | None = None
    phones: Collection[str] = ()
    """E.164."""
    emails: Collection[str] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    """By scheme."""


@dataclass(frozen=True)
class PersonProbe:
    """What somebody is about to enter of a person; None and empty are not told."""

    full_name: str
    commune_id: int | None = None
    """Where an organisation is in which she holds a post."""
    sex: Sex = Sex.NOT_STATED
    birth_year: int | None = None
    phones: Collection[str] = ()
    emails: Collection[str] = ()


@dataclass
class _Known:
    """What is known of the entries that may be meant, by entry and the other way round."""

    bearers: dict[str, set[int]]
    keys: dict[int, set[str]]
    units: dict[int, set[int]]
    reached: dict[Sign, dict[str, set[int]]]
    today: dict[int, set[int]]


def organisations_like(
    register: Register, probes: Sequence[OrganisationProbe]
) -> list[list[Match]]:
    """Answer, for each probe, the organisations that may be meant, the likeliest first."""
    keys = _name_keys([probe.name for probe in probes])
    told = _Traits(
        Organisation,
        traits.organisation_names(register),
        traits.organisation_seats(register),
        {sign: traits.organisation_reach(register, sign) for sign in REACHES},
    )
    known = _known(told, keys, probes)
    coded: dict[tuple[str, str], set[int]] = defaultdict(set)
    codes_of: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    wanted = {code for probe in probes for code in probe.codes.values()}
    ids = set(known.keys)
    codes = traits.organisation_codes(register)
    for id_, scheme, code in db.session.execute(
        union(
            codes.where(one_of(OrganisationCode.code, wanted)),
            codes.where(Organisation.id.in_(_entries(Organisation, ids))),
        )
    ):
        coded[scheme, code].add(id_)
        codes_of[id_][scheme].add(code)
    facts = {
        row.id: row
        for row in db.session.execute(
            select(Organisation.id, Organisation.kind, Organisation.founded_on).where(
                one_of(Organisation.id, ids.union(*coded.values()))
            )
        )
    }
    found = []
    for key, probe in zip(keys, probes, strict=True):
        signs = _shared(known, key, probe, similar=_holds_all_words)
        for scheme, code in probe.codes.items():
            for id_ in coded.get((scheme, code), ()):
                signs[id_].add(Sign.CODE)
        found.append(_matches_of_organisation(probe, signs, facts, codes_of))
    return found


def people_like(register: Register, probes: Sequence[PersonProbe]) -> list[list[Match]]:
    """Answer, for each probe, the people who may be meant, the likeliest first."""
    keys = [names.fold(probe.full_name) for probe in probes]
    told = _Traits(
        Person,
        traits.person_names(register),
        traits.person_seats(register),
        {sign: traits.person_reach(register, sign) for sign in REACHES},
    )
    known = _known(told, keys, probes)
    facts = {
        row.id: row
        for row in db.session.execute(
            select(Person.id, Person.sex, Person.birth_year).where(
                one_of(Person.id, set(known.keys))
            )
        )
    }
    return [
        _matches_of_person(
            probe, _shared(known, key, probe, similar=_bear_one_given_name), facts, known
        )
        for key, probe in zip(keys, probes, strict=True)
    ]


def _name_keys(told: Sequence[str]) -> list[str]:
    folded = (
        func.unnest(bindparam("folded", [names.fold(name) for name in told], type_=ARRAY(Text)))
        .table_valued("name", with_ordinality="place")
        .render_derived()
    )
    return list(
        db.session.scalars(
            select(func.organisation_name_key(folded.c.name)).order_by(folded.c.place)
        )
    )


@dataclass(frozen=True)
class _Traits:
    """Where the traits of a kind of entry are read."""

    table: type[Organisation] | type[Person]
    names: Rows
    seats: Rows
    reach: Mapping[Sign, Rows]


def _known(of: _Traits, keys: Iterable[str], probes: Sequence[Any]) -> _Known:
    bearers = _by_first(_asked(of.names, "key", "id", one_of(_key_of(of), set(keys))))
    reached = {
        sign: _by_first(
            _asked(
                of.reach[sign],
                "tail",
                "id",
                one_of(ContactPoint.tail, {tail for p in probes for tail in _tails(p, sign)}),
            )
        )
        for sign in REACHES
    }
    ids = {id_ for found in (bearers, *reached.values()) for some in found.values() for id_ in some}
    entries = of.table.id.in_(_entries(of.table, ids))
    return _Known(
        bearers=bearers,
        keys=_by_first(_asked(of.names, "id", "key", entries)),
        units=_by_first(_asked(of.seats, "id", "unit_id", entries)),
        reached=reached,
        today=_by_first(
            db.session.execute(
                select(AdministrativeSuccession.old_id, AdministrativeSuccession.new_id).where(
                    one_of(AdministrativeSuccession.old_id, {p.commune_id for p in probes} - {None})
                )
            )
        ),
    )


def _key_of(of: _Traits) -> Any:
    return Person.name_fold if of.table is Person else OrganisationName.name_key


def _asked(rows: Rows, first: str, second: str, condition: ColumnElement[bool]) -> Any:
    columns = rows.selected_columns
    return db.session.execute(
        rows.where(condition).with_only_columns(columns[first], columns[second])
    )


def _entries(table: type[Organisation] | type[Person], ids: Collection[int]) -> Any:
    """Answer the entries themselves and those merged into them."""
    entry = aliased(table)
    return union_all(
        select(entry.id).where(one_of(entry.id, ids)),
        select(entry.id).where(one_of(entry.duplicate_of_id, ids)),
    )


def _by_first(rows: Iterable[Any]) -> dict[Any, set[Any]]:
    found: dict[Any, set[Any]] = defaultdict(set)
    for first, second in rows:
        found[first].add(second)
    return found


def _tails(probe: Any, sign: Sign) -> set[str]:
    if sign is Sign.PHONE:
        return {phone[-TAIL:] for phone in probe.phones}
    return set(probe.emails)


def _shared(known: _Known, key: str, probe: Any, *, similar: Any) -> dict[int, set[Sign]]:
    """Answer the entries by which the probe shares something, and what."""
    signs: dict[int, set[Sign]] = defaultdict(set)
    bearers = known.bearers.get(key, set())
    here = known.today.get(probe.commune_id) or {probe.commune_id}
    for id_ in bearers:
        if here & known.units.get(id_, set()):
            signs[id_] |= {Sign.NAME, Sign.COMMUNE}
        elif len(bearers) <= FEW:
            signs[id_].add(Sign.NAME)
    for sign, reached in known.reached.items():
        for tail in _tails(probe, sign):
            for id_ in reached.get(tail, ()):
                if key in known.keys[id_]:
                    signs[id_] |= {sign, Sign.NAME}
                elif any(similar(key, other) for other in known.keys[id_]):
                    signs[id_] |= {sign, Sign.SIMILAR_NAME}
    return signs


def _matches_of_organisation(
    probe: OrganisationProbe,
    signs: Mapping[int, set[Sign]],
    facts: Mapping[int, Any],
    codes_of: Mapping[int, Mapping[str, set[str]]],
) -> list[Match]:
    found = []
    for id_, agree in signs.items():
        fact = facts[id_]
        differ: set[Sign] = set()
        if probe.kind not in {None, fact.kind}:
            differ.add(Sign.KIND)
        if probe.founded_on and fact.founded_on:
            same_day = probe.founded_on == fact.founded_on
            (agree if same_day else differ).add(Sign.FOUNDED)
        known = codes_of.get(id_, {})
        if Sign.CODE not in agree and any(
            known.get(scheme, {code}) != {code} for scheme, code in probe.codes.items()
        ):
            differ.add(Sign.CODE)
        by_name_alone = not agree & {Sign.CODE, Sign.PHONE, Sign.EMAIL}
        if not (by_name_alone and differ & {Sign.KIND, Sign.CODE}):
            found.append(_match(id_, agree, differ))
    return _likeliest(found)


def _matches_of_person(
    probe: PersonProbe,
    signs: Mapping[int, set[Sign]],
    facts: Mapping[int, Any],
    known: _Known,
) -> list[Match]:
    found = []
    for id_, agree in signs.items():
        fact = facts[id_]
        differ: set[Sign] = set()
        if probe.birth_year and fact.birth_year:
            same_year = probe.birth_year == fact.birth_year
            (agree if same_year else differ).add(Sign.BIRTH_YEAR)
        if Sex.NOT_STATED not in {probe.sex, fact.sex} and probe.sex is not fact.sex:
            differ.add(Sign.SEX)
        elsewhere = probe.commune_id is not None and bool(known.units.get(id_))
        if Sign.NAME in agree:
            likely = bool(agree & {Sign.PHONE, Sign.EMAIL}) or (
                Sign.BIRTH_YEAR not in differ
                and (bool(agree & {Sign.COMMUNE, Sign.BIRTH_YEAR}) or not elsewhere)
            )
        else:
            likely = not differ
        if likely:
            found.append(_match(id_, agree, differ))
    return _likeliest(found)


def _match(id_: int, agree: set[Sign], differ: set[Sign]) -> Match:
    # In the order in which the signs are told everywhere.
    told = tuple(sign for sign in Sign if sign in agree)
    against = tuple(sign for sign in Sign if sign in differ)
    return Match(id_, rank(told, against), told, against)


def _likeliest(found: list[Match]) -> list[Match]:
    return sorted(found, key=lambda match: (-match.rank, match.id))[:MOST]


def _holds_all_words(key: str, other: str) -> bool:
    words, others = set(key.split()), set(other.split())
    return words <= others or others <= words


def _bear_one_given_name(key: str, other: str) -> bool:
    return key.split()[-1:] == other.split()[-1:]

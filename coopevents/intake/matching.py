"""Which organisation of the register each row tells of, and where somebody must decide."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from coopevents.db import Json, db, valid_on
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    DatePrecision,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    OrganisationName,
    Person,
    Post,
    Register,
)
from coopevents.intake.entries import Entry, Identity, Spot
from coopevents.intake.models import Decision, ImportIdentity, Likeness
from coopevents.intake.reading import Day
from coopevents.territory.models import (
    AdministrativeSuccession,
    AdministrativeUnit,
    SuccessionKind,
)

Key = TypeVar("Key")

MOST_CANDIDATES = 5

TYPE_WORDS = frozenset(
    {
        *("htx", "hop", "tac", "xa", "to", "tht", "nhom", "lien", "hiep", "ket", "tong", "va"),
        *("dich", "vu", "dv", "nong", "nghiep", "nn", "dvnn", "san", "xuat", "sx"),
        *("kinh", "doanh", "kd", "thuong", "mai", "tm"),
    }
)
"""Words that say what an organisation is, not what it is called; folded."""


@dataclass(frozen=True)
class Candidate:
    """What a row may be the same as: another row of the workbook, or an organisation."""

    likeness: Likeness
    spot: Spot | None = None
    organisation_id: int | None = None

    def as_json(self) -> Json:
        """Answer the candidate as it is kept with the question."""
        where: Json = {"organisation_id": self.organisation_id}
        if self.spot:
            where = {"sheet": self.spot[0], "row": self.spot[1]}
        return {**where, "likeness": self.likeness.value}


@dataclass(frozen=True)
class Question:
    """A row that somebody must decide about, and what is chosen before anybody has looked."""

    entry: Entry
    candidates: tuple[Candidate, ...]
    proposed: Decision


@dataclass(frozen=True)
class Answer:
    """What was decided about a row; `candidate` says the same as which."""

    decision: Decision
    candidate: Candidate | None = None


Answers = Callable[[Question], Answer | None]
"""Answers a question, or None while nobody has."""


def keep_apart(question: Question) -> Answer:
    """Answer as the command line does: a row that repeats another is dropped, a like one kept."""
    first = question.candidates[0]
    if first.likeness is Likeness.TWICE:
        return Answer(Decision.SAME, first)
    return Answer(Decision.DIFFERENT)


@dataclass
class Matching:
    """Every row's place: the organisation it is of, a new one, or none."""

    matched: dict[int, Entry] = field(default_factory=dict)
    """By organisation."""
    new: list[Entry] = field(default_factory=list)
    left_out: list[Entry] = field(default_factory=list)
    absent: list[int] = field(default_factory=list)
    questions: list[tuple[Question, Answer | None]] = field(default_factory=list)
    remembered: list[tuple[Entry, Entry | int]] = field(default_factory=list)
    """Rows that were said to be of an organisation which tells otherwise of itself."""
    by_name: dict[tuple[str, int], list[int]] = field(default_factory=dict)


def match(register: Register, entries: list[Entry], as_of: date, answers: Answers) -> Matching:
    """Answer what each row is; a question without an answer is taken as it is proposed."""
    return _Matcher(Standing(register, as_of), entries, answers).run()


KEPT_ID = func.coalesce(Organisation.duplicate_of_id, Organisation.id)
"""What an entry of the register counts as, where it was made twice."""


class Standing:
    """The organisations that stand in the register on the day, found by what rows tell."""

    def __init__(self, register: Register, as_of: date) -> None:
        self.register = register
        self.as_of = as_of
        self.exact: dict[Identity, list[int]] = defaultdict(list)
        self.by_name: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.told: dict[int, Identity] = {}
        successors = _successors(as_of)
        for id_, kept_id, kind, founded_on, precision, name_fold, unit_id in self._rows():
            founded = Day(founded_on, precision) if founded_on and precision else None
            commune_id = successors.get(unit_id, unit_id)
            identity = (kind, name_fold, commune_id, founded)
            _add(self.exact[identity], kept_id)
            _add(self.by_name[name_fold, commune_id], kept_id)
            if id_ == kept_id:
                self.told[id_] = identity
        self.remembered = self._load_remembered() if self.told else {}

    def _rows(self) -> Iterable[Any]:
        return db.session.execute(
            select(
                Organisation.id,
                KEPT_ID,
                Organisation.kind,
                Organisation.founded_on,
                Organisation.founded_precision,
                OrganisationName.name_fold,
                OrganisationAddress.administrative_unit_id,
            )
            .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
            .join(OrganisationAddress, OrganisationAddress.organisation_id == Organisation.id)
            .where(
                Organisation.register_id == self.register.id,
                valid_on(OrganisationName, self.as_of),
                valid_on(OrganisationAddress, self.as_of),
            )
            .order_by(Organisation.id)
            .execution_options(yield_per=5_000)
        )

    def _load_remembered(self) -> dict[Identity, int]:
        rows = db.session.execute(
            select(
                KEPT_ID,
                ImportIdentity.kind,
                ImportIdentity.name_fold,
                ImportIdentity.administrative_unit_id,
                ImportIdentity.founded_on,
                ImportIdentity.founded_precision,
            )
            .join(Organisation, Organisation.id == ImportIdentity.organisation_id)
            .where(Organisation.register_id == self.register.id)
            .order_by(ImportIdentity.id)
        )
        return {
            (kind, fold, unit, Day(on, precision) if on and precision else None): id_
            for id_, kind, fold, unit, on, precision in rows
        }

    def people_of(self, organisation_ids: set[int]) -> dict[int, set[str]]:
        """Answer, by organisation, the folded names of who has a post and the phones."""
        signs: dict[int, set[str]] = defaultdict(set)
        posts: Any = (
            select(Post.organisation_id, Person.name_fold)
            .join(Person, Person.id == Post.person_id)
            .where(Post.organisation_id.in_(organisation_ids), valid_on(Post, self.as_of))
        )
        phones: Any = select(ContactPoint.organisation_id, ContactPoint.value).where(
            ContactPoint.organisation_id.in_(organisation_ids),
            ContactPoint.channel == Channel.PHONE,
        )
        for statement in (posts, phones):
            for organisation_id, sign in db.session.execute(statement):
                signs[organisation_id].add(sign)
        return signs


def _add(ids: list[int], id_: int) -> None:
    # An entry that was merged is of the one that was kept, and that stands here once.
    if id_ not in ids:
        ids.append(id_)


def _successors(as_of: date) -> dict[int, int]:
    """Answer the commune each former one went into whole, as it stands on the day."""
    old = aliased(AdministrativeUnit)
    rows = db.session.execute(
        select(AdministrativeSuccession.old_id, AdministrativeSuccession.new_id)
        .join(old, old.id == AdministrativeSuccession.old_id)
        .where(
            AdministrativeSuccession.kind == SuccessionKind.WHOLE,
            old.valid_to < as_of,
        )
    )
    return dict(rows.all())


class _Matcher:
    def __init__(self, standing: Standing, entries: list[Entry], answers: Answers) -> None:
        self.standing = standing
        self.entries = entries
        self.answers = answers
        self.found = Matching(by_name=standing.by_name)

    def run(self) -> Matching:
        """Place every row."""
        waiting = self._match_exactly()
        like = _Likenesses(self.standing, self.found, waiting)
        first_told = _firsts(self.entries, lambda entry: entry.identity if entry.founded else None)
        first_named = _firsts(self.entries, lambda entry: entry.name_and_commune)
        for entry in waiting:
            twin = first_told.get(entry.identity) if entry.founded else None
            if twin is not None and twin is not entry:
                candidates = [Candidate(Likeness.TWICE, spot=twin.spot)]
                self._place(Question(entry, tuple(candidates), Decision.SAME), twin)
                continue
            other = first_named[entry.name_and_commune]
            candidates = []
            if other is not entry:
                candidates.append(Candidate(Likeness.NAME_AND_COMMUNE, spot=other.spot))
            candidates += like.candidates(entry)
            if not candidates:
                self.found.new.append(entry)
                continue
            self._place(
                Question(entry, tuple(candidates), self._proposed(entry, other, candidates)),
                other if other is not entry else None,
            )
        self._resolve_remembered()
        taken = self.found.matched
        self.found.absent = [id_ for id_ in self.standing.told if id_ not in taken]
        return self.found

    def _match_exactly(self) -> list[Entry]:
        """Give each row the organisation that tells the very same; answer the other rows."""
        others = []
        for entry in self.entries:
            owners = self.standing.exact.get(entry.identity, [])
            free = next((id_ for id_ in owners if id_ not in self.found.matched), None)
            if free is not None:
                self.found.matched[free] = entry
            elif any(self.found.matched[id_].identity != entry.identity for id_ in owners):
                # Two entries told of it before they were merged, and so do two rows.
                self.found.left_out.append(entry)
            else:
                others.append(entry)
        unknown = []
        for entry in others:
            remembered = self.standing.remembered.get(entry.identity)
            if remembered is None or remembered not in self.standing.told:
                unknown.append(entry)
            elif remembered in self.found.matched:
                self.found.left_out.append(entry)
            else:
                self.found.matched[remembered] = entry
        return unknown

    def _resolve_remembered(self) -> None:
        """Have a row that was said to be another's tell of the organisation that one is of."""
        owners: dict[Spot, Entry | int] = {entry.spot: entry for entry in self.found.new}
        owners |= {entry.spot: id_ for id_, entry in self.found.matched.items()}
        told = [
            (entry, owner if isinstance(owner, int) else owners.get(owner.spot))
            for entry, owner in self.found.remembered
        ]
        self.found.remembered = [(entry, owner) for entry, owner in told if owner is not None]

    def _proposed(self, entry: Entry, other: Entry, candidates: list[Candidate]) -> Decision:
        first = candidates[0]
        if first.likeness is not Likeness.NAME_AND_COMMUNE:
            return Decision.SAME
        if first.organisation_id is not None:
            told = self.standing.told[first.organisation_id][3]
        else:
            told = other.founded
        return Decision.SAME if _may_be_one_day(entry.founded, told) else Decision.DIFFERENT

    def _place(self, question: Question, other: Entry | None) -> None:
        answer = self.answers(question)
        self.found.questions.append((question, answer))
        answer = answer or Answer(question.proposed, question.candidates[0])
        entry, candidate = question.entry, answer.candidate
        if answer.decision is Decision.DIFFERENT:
            self.found.new.append(entry)
        elif answer.decision is Decision.SKIP or candidate is None:
            self.found.left_out.append(entry)
        elif candidate.organisation_id is None:
            self.found.left_out.append(entry)
            if other is not None and candidate.likeness is not Likeness.TWICE:
                self.found.remembered.append((entry, other))
        elif candidate.organisation_id in self.found.matched:
            # Another row was said to be of it before: one organisation has one row.
            self.found.left_out.append(entry)
        else:
            self.found.matched[candidate.organisation_id] = entry
            self.found.remembered.append((entry, candidate.organisation_id))


def _firsts(entries: list[Entry], key: Callable[[Entry], Key | None]) -> dict[Key, Entry]:
    firsts: dict[Key, Entry] = {}
    for entry in entries:
        told = key(entry)
        if told is not None:
            firsts.setdefault(told, entry)
    return firsts


def _may_be_one_day(one: Day | None, other: Day | None) -> bool:
    """Whether two founding days do not contradict each other."""
    if one is None or other is None:
        return True
    if DatePrecision.YEAR in {one.precision, other.precision}:
        return one.on.year == other.on.year
    return one.on == other.on


class _Likenesses:
    """Finds organisations without a row that a row without an organisation may be."""

    def __init__(self, standing: Standing, found: Matching, waiting: list[Entry]) -> None:
        self.by_core: dict[tuple[OrganisationKind, str], list[int]] = defaultdict(list)
        self.by_place_and_day: dict[tuple[int, Day], list[int]] = defaultdict(list)
        self.standing = standing
        places = {(entry.commune_id, entry.founded) for entry in waiting}
        for id_, (kind, name_fold, commune_id, founded) in standing.told.items():
            if id_ in found.matched:
                continue
            self.by_core[kind, core(name_fold)].append(id_)
            if founded and (commune_id, founded) in places and _is_day(founded):
                self.by_place_and_day[commune_id, founded].append(id_)
        near = {id_ for ids in self.by_place_and_day.values() for id_ in ids}
        self.signs = standing.people_of(near) if near else {}

    def candidates(self, entry: Entry) -> list[Candidate]:
        """Answer whom the row may tell of, the likest first."""
        found: dict[int, Likeness] = {}
        for id_, likeness in self._signs_of(entry):
            found.setdefault(id_, likeness)
        return [
            Candidate(likeness, organisation_id=id_)
            for id_, likeness in list(found.items())[:MOST_CANDIDATES]
        ]

    def _signs_of(self, entry: Entry) -> Iterator[tuple[int, Likeness]]:
        bearers = self.by_core.get((entry.kind, core(entry.name_fold)), [])
        for id_ in bearers:
            _kind, _name, commune_id, founded = self.standing.told[id_]
            if commune_id == entry.commune_id:
                yield id_, Likeness.NAME_AND_COMMUNE
            elif founded and founded == entry.founded and _is_day(founded):
                yield id_, Likeness.NAME_AND_DAY
        if entry.founded:
            own = {entry.phone, entry.representative and entry.representative.name_fold}
            for id_ in self.by_place_and_day.get((entry.commune_id, entry.founded), []):
                if own & self.signs.get(id_, set()):
                    yield id_, Likeness.PLACE_DAY_PERSON


def _is_day(founded: Day) -> bool:
    return founded.precision is DatePrecision.DAY


def core(name_fold: str) -> str:
    """Answer a folded name without the words that only say what kind of organisation it is."""
    words = name_fold.split()
    for place, word in enumerate(words):
        if word.strip(".,") not in TYPE_WORDS:
            return " ".join(words[place:])
    return name_fold

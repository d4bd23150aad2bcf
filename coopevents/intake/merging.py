"""What a workbook would change in a register: told before anything is written."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import islice

from sqlalchemy import func, select

from coopevents import names
from coopevents.db import Json, db
from coopevents.directory.models import (
    Channel,
    OcopCertificate,
    Organisation,
    OrganisationStatusKind,
    Register,
    Sex,
)
from coopevents.i18n import _
from coopevents.intake import matching
from coopevents.intake.entries import Duplicate, Entry, LookAlike, Ranking, Reading, Spot
from coopevents.intake.facts import DatedFact, Facts, PostFact, facts_of
from coopevents.intake.matching import Answer, Answers, Question, core
from coopevents.intake.models import Likeness
from coopevents.intake.workbook import Problems

COMPARED_AT_ONCE = 2_000


@dataclass(slots=True)
class Update:
    """What a row changes of an organisation that stands already."""

    entry: Entry
    organisation_id: int
    facts: Facts
    changes: dict[str, tuple[Json, Json]] = field(default_factory=dict)
    """By what is changed: the values before and after."""
    person_id: int | None = None
    """The representative, where she stands in another post already."""

    def changes_as_json(self) -> Json:
        """Answer the changes as they are shown."""
        return {name: list(pair) for name, pair in self.changes.items()}


@dataclass
class Plan:
    """What would be written."""

    new: list[Entry] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    certificates: list[tuple[Ranking, Entry | int]] = field(default_factory=list)
    """Each with the organisation: one of `new`, or the id of one that stands."""
    same: list[tuple[Entry, int]] = field(default_factory=list)
    left_out: list[Entry] = field(default_factory=list)
    absent: list[int] = field(default_factory=list)
    """Organisations that stand in the register and not in the workbook; they are left alone."""
    questions: list[tuple[Question, Answer | None]] = field(default_factory=list)
    remembered: list[tuple[Entry, Entry | int]] = field(default_factory=list)
    """Rows that somebody said are of an organisation which tells otherwise of itself."""

    @property
    def open_questions(self) -> int:
        """How many rows somebody must still decide about."""
        return sum(answer is None for _question, answer in self.questions)

    def digest(self) -> str:
        """Answer a hash that is another one where anything else would be written."""
        told = hashlib.sha256()
        for part in (
            [entry.spot for entry in self.new],
            [(one.organisation_id, one.entry.spot, one.changes) for one in self.updates],
            [((r.sheet, r.row), _owner_as_json(owner)) for r, owner in self.certificates],
            [entry.spot for entry in self.left_out],
        ):
            told.update(json.dumps(part, ensure_ascii=False).encode())
        return told.hexdigest()


def _owner_as_json(owner: Entry | int) -> int | Spot:
    return owner if isinstance(owner, int) else owner.spot


def plan(
    register: Register, reading: Reading, as_of: date, problems: Problems, answers: Answers
) -> Plan:
    """Answer what the workbook changes; rankings of nobody we know are added to `problems`.

    What differs and cannot be dated is left for a person, with a warning in `reading`.
    """
    matched = matching.match(register, reading.entries, as_of, answers)
    merge = _Merge(register, reading, as_of, problems, matched)
    merge.compare()
    merge.place_rankings()
    _tell_likenesses(reading, matched.questions)
    return merge.plan


class _Merge:
    def __init__(
        self,
        register: Register,
        reading: Reading,
        as_of: date,
        problems: Problems,
        matched: matching.Matching,
    ) -> None:
        self.register = register
        self.reading = reading
        self.as_of = as_of
        self.problems = problems
        self.matched = matched
        self.told_otherwise = {
            owner
            for entry, owner in matched.remembered
            if isinstance(owner, int) and matched.matched.get(owner) is entry
        }
        self.plan = Plan(
            new=matched.new,
            left_out=matched.left_out,
            absent=matched.absent,
            questions=matched.questions,
            remembered=matched.remembered,
        )

    def compare(self) -> None:
        """Find what the rows change of the organisations that stand."""
        waiting = iter(self.matched.matched.items())
        while some := dict(islice(waiting, COMPARED_AT_ONCE)):
            facts = facts_of(some, self.as_of)
            for organisation_id, entry in some.items():
                self._compare_one(Update(entry, organisation_id, facts[organisation_id]))

    def _compare_one(self, update: Update) -> None:
        entry = update.entry
        if update.organisation_id in self.told_otherwise:
            self._compare_name(update)
            self._compare_address(update)
        self._compare_counts(update)
        self._compare_representative(update)
        self._compare_contacts(update)
        self._compare_sector(update)
        if entry.supported and not update.facts.supported:
            update.changes["support"] = ({"supported": False}, {"supported": True})
        if update.facts.status not in {None, OrganisationStatusKind.OPERATING}:
            self._warn(entry, _("The register knows it as no longer operating."))
        if update.changes:
            self.plan.updates.append(update)
        else:
            self.plan.same.append((entry, update.organisation_id))

    def _compare_name(self, update: Update) -> None:
        told, stood = update.entry, update.facts.name
        if stood is None or core(names.fold(stood.told)) == core(told.name_fold):
            return
        if self._cannot_end(stood):
            self._warn(told, _("Another name is known of this day or since; it was left as it is."))
            return
        update.changes["name"] = ({"name": stood.told}, {"name": told.name})

    def _compare_address(self, update: Update) -> None:
        told, stood = update.entry, update.facts.address
        if stood is None or stood.unit_id == told.commune_id:
            return
        if self._cannot_end(stood):
            self._warn(told, _("Another seat is known of this day or since; it was left as it is."))
            return
        update.changes["commune"] = ({"commune": stood.unit_id}, {"commune": told.commune_id})

    def _compare_counts(self, update: Update) -> None:
        told, before = update.entry.head_counts, update.facts.head_counts
        # An empty cell says nothing; it contradicts nobody.
        if all(new is None or new == old for new, old in zip(told, before, strict=True)):
            return
        if update.facts.counted_on == self.as_of:
            self._warn(update.entry, _("Other head counts of the same day stand already."))
            return
        update.changes["head_counts"] = ({"counts": list(before)}, {"counts": list(told)})

    def _compare_representative(self, update: Update) -> None:
        told = update.entry.representative
        if told is None:
            return
        namesakes = [post for post in update.facts.posts if post.name_fold == told.name_fold]
        for post in namesakes:
            if told.sex not in {Sex.NOT_STATED, post.sex}:
                self._warn(update.entry, _("The register states another sex of this person."))
        if any(post.kind is told.post for post in namesakes):
            return
        if any(self._cannot_end(post) for post in update.facts.posts):
            self._warn(
                update.entry,
                _("Another representative is known of this day or since, and stays."),
            )
            return
        update.person_id = namesakes[0].person_id if namesakes else None
        ended = replaced(update.facts.posts)
        update.changes["representative"] = (
            {
                "posts": [post.id for post in ended],
                "people": [[post.full_name, post.kind.value] for post in ended],
            },
            {"post": told.post.value, "full_name": told.full_name},
        )

    def _compare_contacts(self, update: Update) -> None:
        for channel, value in (
            (Channel.EMAIL, update.entry.email),
            (Channel.PHONE, update.entry.phone),
        ):
            known = [point.value for point in update.facts.contacts if point.channel is channel]
            if value and value not in known:
                update.changes[channel.value] = ({"values": known}, {"value": value})

    def _compare_sector(self, update: Update) -> None:
        told, stood = update.entry.sector, update.facts.sector
        if not told or (stood and names.fold(stood.told) == names.fold(told)):
            return
        if stood and self._cannot_end(stood):
            self._warn(
                update.entry,
                _("Another trade is known of this day or since; it was left as it is."),
            )
            return
        update.changes["sector"] = ({"sector": stood.told if stood else None}, {"sector": told})

    def _cannot_end(self, stood: DatedFact | PostFact) -> bool:
        """Whether the day of the workbook is too early or too late to end what stands that day.

        What has an end already keeps it: what followed it was written since, and is newer.
        """
        began = stood.valid_from
        return stood.valid_to is not None or (began is not None and began >= self.as_of)

    def place_rankings(self) -> None:
        """Give each certificate to its organisation."""
        if not self.reading.rankings:
            return
        owners = self._owners()
        known = _certificates(self.register)
        told: dict[tuple[str, int, str, str, date], Ranking] = {}
        for ranking in self.reading.rankings:
            candidates = owners.get((ranking.name_fold, ranking.commune_id), [])
            if len(candidates) > 1 and self.plan.open_questions:
                # An answer may still make one organisation of them; then all is checked anew.
                continue
            if len(candidates) != 1:
                self.problems.add(ranking.place, _ownerless(len(candidates)))
                self.reading.refuse_ranking(ranking, _ownerless(len(candidates)))
                continue
            owner = candidates[0]
            certificate = (ranking.product, ranking.decision, ranking.issued_on)
            first = told.setdefault((ranking.name_fold, ranking.commune_id, *certificate), ranking)
            stood = known.get((owner, *certificate)) if isinstance(owner, int) else None
            if first is ranking and stood is None:
                self.plan.certificates.append((ranking, owner))
            elif ranking.stars != (stood or first.stars):
                self._warn(ranking, _("Other stars of the same certificate stand already."))

    def _owners(self) -> dict[tuple[str, int], list[Entry | int]]:
        """Answer who a ranking may be of, by the name and the commune it tells."""
        owners: dict[tuple[str, int], list[Entry | int]] = defaultdict(list)
        for entry in self.plan.new:
            owners[entry.name_and_commune].append(entry)
        for key, standing in self.matched.by_name.items():
            owners[key] += standing
        for entry, owner in self.plan.remembered:
            if owner not in owners[entry.name_and_commune]:
                owners[entry.name_and_commune].append(owner)
        return owners

    def _warn(self, told: Entry | Ranking, sentence: str) -> None:
        self.reading.warnings[f"{told.sheet}!{told.row}"] = sentence


def replaced(posts: Iterable[PostFact]) -> list[PostFact]:
    """Answer the posts a new representative ends: those a register named, not an officer."""
    return [post for post in posts if post.of_an_import]


def _ownerless(candidates: int) -> str:
    if candidates:
        return str(_("Several organisations of this commune bear the name."))
    return str(_("No organisation of this commune bears the name."))


def _certificates(register: Register) -> dict[tuple[int, str, str, date], int]:
    rows = db.session.execute(
        select(
            func.coalesce(Organisation.duplicate_of_id, Organisation.id),
            OcopCertificate.product,
            OcopCertificate.decision,
            OcopCertificate.issued_on,
            OcopCertificate.stars,
        )
        .join(Organisation, Organisation.id == OcopCertificate.organisation_id)
        .where(Organisation.register_id == register.id)
    )
    return {(owner, product, decision, on): stars for owner, product, decision, on, stars in rows}


def _tell_likenesses(reading: Reading, questions: Iterable[tuple[Question, Answer | None]]) -> None:
    """Write into the reading what was found to be, or to look like, the same."""
    by_spot = {entry.spot: entry for entry in reading.entries} if questions else {}
    for question, _answer in questions:
        entry = question.entry
        for candidate in question.candidates:
            if candidate.likeness is Likeness.TWICE and candidate.spot:
                differs = differences(by_spot[candidate.spot], entry)
                reading.duplicates.append(
                    Duplicate(entry.sheet, entry.row, candidate.spot, entry.name, differs)
                )
            else:
                reading.look_alikes.append(
                    LookAlike(
                        *(entry.sheet, entry.row, entry.name),
                        *(candidate.spot, candidate.organisation_id),
                    )
                )


def differences(first: Entry, second: Entry) -> tuple[str, ...]:
    """Answer the fields both rows fill, each otherwise."""
    told = [entry_field.name for entry_field in fields(Entry)]
    same = {"sheet", "row", "name", "email_as_typed", "phone_as_typed"}
    return tuple(
        name
        for name in told
        if name not in same and getattr(second, name) not in (None, "", getattr(first, name))
    )


def told_by(plan: Plan) -> Iterator[tuple[str, int]]:
    """Give how many new organisations of each kind there are, kinds without any left out."""
    numbers: dict[str, int] = defaultdict(int)
    for entry in plan.new:
        numbers[entry.kind.value] += 1
    yield from sorted(numbers.items())

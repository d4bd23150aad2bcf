"""Turning the rows of a register's workbook into entries, or into a list of what is wrong."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import PurePath
from typing import Any, TypeVar

from sqlalchemy import select

from coopevents import names
from coopevents.db import Json, db
from coopevents.directory.classification import WOMEN_HEADED
from coopevents.directory.models import DatePrecision, OrganisationKind, PostKind, Sex
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake import reading
from coopevents.intake.reading import Day
from coopevents.intake.workbook import Line, Problems, Table, read_tables
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit

Value = TypeVar("Value")
Identity = tuple[OrganisationKind, str, int, Day | None]
Spot = tuple[str, int]
"""A sheet and a row of it, as Excel numbers rows."""


@dataclass(frozen=True)
class Representative:
    """Who stands for an organisation in the register, in which post."""

    full_name: str
    sex: Sex
    post: PostKind
    title: str | None

    @property
    def heads(self) -> bool:
        """Whether the post is one that heads an organisation."""
        return WOMEN_HEADED.is_met_by({self.post})


@dataclass(frozen=True)
class Entry:
    """What one row says of one organisation."""

    sheet: str
    row: int
    kind: OrganisationKind
    name: str
    commune_id: int
    sector: str
    founded: Day | None
    representative: Representative | None
    email: str | None
    email_as_typed: str
    phone: str | None
    phone_as_typed: str
    members: int | None
    women_members: int | None
    workers: int | None
    women_workers: int | None
    supported: bool

    @property
    def name_and_commune(self) -> tuple[str, int]:
        """What two rows must share to be suspected of being one organisation."""
        return names.fold(self.name), self.commune_id

    @property
    def identity(self) -> Identity:
        """What two rows must share to be one organisation."""
        return (self.kind, *self.name_and_commune, self.founded)

    @property
    def head_counts(self) -> tuple[int | None, ...]:
        """Members, women among them, workers, women among them."""
        return (self.members, self.women_members, self.workers, self.women_workers)

    def as_json(self) -> Json:
        """Answer the entry as it is kept beside what it changed."""
        told = asdict(self)
        if self.founded:
            told["founded"] = [self.founded.on.isoformat(), self.founded.precision.value]
        return {key: value for key, value in told.items() if key not in {"sheet", "row"}}


@dataclass(frozen=True)
class Ranking:
    """What one row says of one OCOP certificate."""

    sheet: str
    row: int
    place: str
    name: str
    commune_id: int
    product: str
    stars: int
    decision: str
    issued_on: date


@dataclass(frozen=True)
class Duplicate:
    """A row that tells of an organisation another row has told of."""

    sheet: str
    row: int
    same_as: Spot
    name: str
    differs_in: tuple[str, ...]
    """Fields in which the two rows disagree; the earlier row was taken."""


@dataclass(frozen=True)
class LookAlike:
    """Two organisations of one name and commune, founded on other days: one or two, who knows."""

    sheet: str
    row: int
    name: str
    other: Spot | None
    """The other row; None where the other stands in the register already."""
    organisation_id: int | None = None


@dataclass
class Reading:
    """What a workbook says, and what a person should look at."""

    entries: list[Entry] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    look_alikes: list[LookAlike] = field(default_factory=list)
    warnings: dict[str, str] = field(default_factory=dict)


def read(
    data: bytes, file_name: str, territory: AdministrativeUnit, as_of: date, problems: Problems
) -> Reading:
    """Answer what the workbook says; everything wrong in it is added to `problems`.

    Raises InputError for a file that is no workbook of a register.
    """
    tables, unread = read_tables(data, problems, with_district=as_of < units.REFORM)
    problems.refuse_any()
    found = Reading()
    communes = Communes(territory, as_of)
    for table in tables:
        found.warnings |= table.remarks
        reader = _Reader(table, communes, as_of, problems, found)
        for line in table.lines():
            reader.read(line)
    found.entries = _distinct(found)
    found.warnings |= unread
    if not found.entries and not found.rankings and not problems:
        raise InputError(_("%(file)s lists no organisation.", file=PurePath(file_name).name))
    return found


class Communes:
    """The communes of a province on a day, found by name and former district."""

    def __init__(self, territory: AdministrativeUnit, on: date) -> None:
        found = [unit for unit in units.communes_of(territory) if _existed(unit, on)]
        parents = db.session.execute(
            select(AdministrativeUnit.id, AdministrativeUnit.name_fold).where(
                AdministrativeUnit.id.in_({unit.parent_id for unit in found})
            )
        )
        districts = dict(parents.all())
        self.by_name: dict[str, list[tuple[str, int]]] = {}
        for unit in found:
            place = (districts.get(unit.parent_id or 0, ""), unit.id)
            self.by_name.setdefault(unit.name_fold, []).append(place)

    def find(self, name: str, district: str) -> int:
        """Answer the commune's id. Raises InputError for one that does not exist."""
        candidates = self.by_name.get(names.fold(name), [])
        wanted = names.fold(district)
        if not candidates:
            raise InputError(_("There is no commune “%(name)s” in the province.", name=name))
        if wanted:
            candidates = [place for place in candidates if place[0] in {wanted, ""}]
        if not candidates:
            raise InputError(
                _("There is no commune “%(name)s” in “%(district)s”.", name=name, district=district)
            )
        if len(candidates) > 1:
            raise InputError(
                _("Several communes are called “%(name)s”: name the district.", name=name)
            )
        return candidates[0][1]


def _existed(unit: AdministrativeUnit, on: date) -> bool:
    return (unit.valid_from is None or unit.valid_from <= on) and (
        unit.valid_to is None or unit.valid_to >= on
    )


class _Reader:
    """Reads the lines of one table, noting what is wrong instead of stopping."""

    def __init__(
        self,
        table: Table,
        communes: Communes,
        as_of: date,
        problems: Problems,
        found: Reading,
    ) -> None:
        self.table = table
        self.communes = communes
        self.as_of = as_of
        self.problems = problems
        self.found = found

    def read(self, line: Line) -> None:
        """Add the line to what was found, unless something about it is wrong."""
        wrong = len(self.problems)
        for column, why in line.faults.items():
            self.problems.add(line.place(column), why)
        kind = self.table.kind
        told = self._entry(line, kind) if kind else self._ranking(line)
        if told is None or len(self.problems) > wrong:
            return
        if isinstance(told, Entry):
            self.found.entries.append(told)
            self._compare_mark(line, told)
        else:
            self.found.rankings.append(told)

    def _entry(self, line: Line, kind: OrganisationKind) -> Entry | None:
        name, commune_id = self._needed(line, "name"), self._commune(line)
        founded = self._value(line, "founded", reading.read_day)
        if founded and founded.on > self.as_of:
            self.problems.add(line.place("founded"), _("It lies after the day of the workbook."))
        counts = {
            column: self._value(line, column, reading.read_number)
            for column in ("members", "women_members", "workers", "women_workers")
        }
        for women, everyone in (("women_members", "members"), ("women_workers", "workers")):
            few, many = counts[women], counts[everyone]
            if few is not None and many is not None and few > many:
                self.problems.add(line.place(women), _("There are more women than people."))
        entry_fields: dict[str, Any] = {
            "sector": reading.read_text(line.cell("sector")),
            "founded": founded,
            "representative": self._representative(line),
            "email": self._value(line, "email", reading.read_email),
            "email_as_typed": reading.read_text(line.cell("email")),
            "phone": self._value(line, "phone", reading.read_phone),
            "phone_as_typed": reading.read_text(line.cell("phone")),
            "supported": bool(self._value(line, "support", reading.read_mark)),
            **counts,
        }
        if not name or commune_id is None:
            return None
        return Entry(
            sheet=self.table.sheet,
            row=line.number,
            kind=kind,
            name=name,
            commune_id=commune_id,
            **entry_fields,
        )

    def _ranking(self, line: Line) -> Ranking | None:
        name, commune_id = self._needed(line, "name"), self._commune(line)
        product, decision = self._needed(line, "product"), self._needed(line, "decision")
        stars = self._value(line, "stars", reading.read_stars)
        issued = self._value(line, "issued", reading.read_day)
        if stars is None:
            self.problems.add(line.place("stars"), _("The number of stars is missing."))
        if issued is None or issued.precision is not DatePrecision.DAY:
            self.problems.add(line.place("issued"), _("The day of the decision is missing."))
        if not (name and product and decision and commune_id and stars and issued):
            return None
        return Ranking(
            sheet=self.table.sheet,
            row=line.number,
            place=line.place("name"),
            name=name,
            commune_id=commune_id,
            product=product,
            stars=stars,
            decision=decision,
            issued_on=issued.on,
        )

    def _value(self, line: Line, column: str, parse: Callable[[Any], Value]) -> Value | None:
        try:
            return parse(line.cell(column))
        except InputError as error:
            self.problems.add(line.place(column), error.message)
            return None

    def _needed(self, line: Line, column: str) -> str:
        text = reading.read_text(line.cell(column))
        if not text:
            why = {
                "name": _("The name is missing."),
                "product": _("The product is missing."),
                "decision": _("The number of the decision is missing."),
            }
            self.problems.add(line.place(column), why[column])
        return text

    def _commune(self, line: Line) -> int | None:
        name = reading.read_text(line.cell("commune"))
        if not name:
            self.problems.add(line.place("commune"), _("The commune is missing."))
            return None
        try:
            return self.communes.find(name, reading.read_text(line.cell("district")))
        except InputError as error:
            self.problems.add(line.place("commune"), error.message)
            return None

    def _representative(self, line: Line) -> Representative | None:
        sex = self._value(line, "sex", reading.read_sex)
        full_name = reading.read_text(line.cell("person"))
        title = reading.read_text(line.cell("title"))
        if not full_name:
            if title or sex is not Sex.NOT_STATED:
                self.found.warnings[line.place("person")] = _(
                    "Nobody is named here: the post was not recorded."
                )
            return None
        return Representative(
            full_name=full_name,
            sex=sex or Sex.NOT_STATED,
            post=reading.read_post(title),
            title=title or None,
        )

    def _compare_mark(self, line: Line, entry: Entry) -> None:
        """Warn where the column "managed by women" says another thing than the post.

        The mark itself is not stored: whether an organisation is women-led is computed.
        """
        if "women_mark" not in self.table.places:
            return
        marked = self._value(line, "women_mark", reading.read_mark)
        who = entry.representative
        computed = who is not None and who.heads and who.sex is Sex.FEMALE
        if marked is not None and marked != computed:
            self.found.warnings[line.place("women_mark")] = _(
                "The mark disagrees with the post and the sex of the representative."
            )


def _distinct(found: Reading) -> list[Entry]:
    """Answer one entry an organisation; rows that repeat one, or look like one, are noted."""
    entries: list[Entry] = []
    dated: dict[Identity, Entry] = {}
    alike: dict[tuple[str, int], Entry] = {}
    for entry in found.entries:
        # Without a founding date there is no saying that two rows are one organisation.
        twin = dated.get(entry.identity) if entry.founded else None
        if twin:
            spot, differs = (twin.sheet, twin.row), _differences(twin, entry)
            found.duplicates.append(Duplicate(entry.sheet, entry.row, spot, entry.name, differs))
            continue
        other = alike.setdefault(entry.name_and_commune, entry)
        if other is not entry:
            spot = (other.sheet, other.row)
            found.look_alikes.append(LookAlike(entry.sheet, entry.row, entry.name, spot))
        dated[entry.identity] = entry
        entries.append(entry)
    return entries


def _differences(first: Entry, second: Entry) -> tuple[str, ...]:
    """Answer the fields both rows fill, each otherwise."""
    told = [entry_field.name for entry_field in fields(Entry)]
    same = {"sheet", "row", "name", "email_as_typed", "phone_as_typed"}
    return tuple(
        name
        for name in told
        if name not in same and getattr(second, name) not in (None, "", getattr(first, name))
    )

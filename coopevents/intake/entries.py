"""What the rows of a register's workbook say, once they are understood."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from coopevents.db import Json
from coopevents.directory.classification import WOMEN_HEADED
from coopevents.directory.models import DatePrecision, OrganisationKind, PostKind, Sex
from coopevents.intake.reading import Day

Identity = tuple[OrganisationKind, str, int, Day | None]
Spot = tuple[str, int]
"""A sheet and a row of it, as Excel numbers rows."""

MOST_WRONG_ROWS = 1_000
"""So many wrong rows are shown again; of more, only how many there are is known."""


@dataclass(frozen=True, slots=True)
class Representative:
    """Who stands for an organisation in the register, in which post."""

    full_name: str
    name_fold: str
    sex: Sex
    post: PostKind
    title: str | None

    @property
    def heads(self) -> bool:
        """Whether the post is one that heads an organisation."""
        return WOMEN_HEADED.is_met_by({self.post})


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says of one organisation."""

    sheet: str
    row: int
    kind: OrganisationKind
    name: str
    name_fold: str
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
    marked: bool | None
    """The column "managed by women": compared with the post, and never believed."""

    @property
    def spot(self) -> Spot:
        """Where the row is."""
        return self.sheet, self.row

    @property
    def name_and_commune(self) -> tuple[str, int]:
        """What two rows must share to be suspected of being one organisation."""
        return self.name_fold, self.commune_id

    @property
    def identity(self) -> Identity:
        """What two rows must share to be one organisation."""
        return (self.kind, *self.name_and_commune, self.founded)

    @property
    def head_counts(self) -> tuple[int | None, ...]:
        """Members, women among them, workers, women among them."""
        return (self.members, self.women_members, self.workers, self.women_workers)

    def as_json(self) -> Json:
        """Answer the entry as it is shown, and kept beside what it changed; gaps left out."""
        who = self.representative
        told = {
            "kind": self.kind.value,
            "name": self.name,
            "commune": self.commune_id,
            "sector": self.sector,
            "founded": day_as_json(self.founded) if self.founded else None,
            "person": who and who.full_name,
            "sex": who and who.sex.value,
            "title": who and who.title,
            "post": who and who.post.value,
            "email": self.email,
            "phone": self.phone,
            "members": self.members,
            "women_members": self.women_members,
            "workers": self.workers,
            "women_workers": self.women_workers,
            "women_mark": self.marked or None,
            "support": self.supported or None,
        }
        return {column: value for column, value in told.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Ranking:
    """What one row says of one OCOP certificate."""

    sheet: str
    row: int
    place: str
    name: str
    name_fold: str
    commune_id: int
    product: str
    stars: int
    decision: str
    issued_on: date

    def as_json(self) -> Json:
        """Answer the ranking as it is shown."""
        return {
            "name": self.name,
            "commune": self.commune_id,
            "product": self.product,
            "stars": self.stars,
            "decision": self.decision,
            "issued": [self.issued_on.isoformat(), DatePrecision.DAY.value],
        }


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that tells of an organisation another row has told of."""

    sheet: str
    row: int
    same_as: Spot
    name: str
    differs_in: tuple[str, ...]
    """Fields in which the two rows disagree; the earlier row was taken."""


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Two organisations that may be one: another founding day, commune or name."""

    sheet: str
    row: int
    name: str
    other: Spot | None
    """The other row; None where the other stands in the register already."""
    organisation_id: int | None = None


@dataclass(slots=True)
class WrongRow:
    """A row with something wrong: what was understood, and the sentence a wrong cell gets."""

    told: Json
    wrong: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By column: the text that stands there, and what is wrong with it."""


@dataclass
class Reading:
    """What a workbook says, and what a person should look at."""

    entries: list[Entry] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    wrong_rows: dict[Spot, WrongRow] = field(default_factory=dict)
    wrong_count: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    look_alikes: list[LookAlike] = field(default_factory=list)
    warnings: dict[str, str] = field(default_factory=dict)

    @property
    def number_of_rows(self) -> int:
        """How many rows tell of something."""
        return len(self.entries) + len(self.rankings) + self.wrong_count

    def refuse_ranking(self, ranking: Ranking, why: str) -> None:
        """Note that a certificate cannot be given to anybody."""
        self.wrong_count += 1
        wrong = {"name": (ranking.name, why)}
        self.wrong_rows[ranking.sheet, ranking.row] = WrongRow(ranking.as_json(), wrong)

    def rows(self) -> Iterator[Entry | Ranking]:
        """Give all that was understood."""
        yield from self.entries
        yield from self.rankings


def day_as_json(day: Day) -> list[str]:
    """Answer a day as it is kept: the day, and how exactly it is known."""
    return [day.on.isoformat(), day.precision.value]

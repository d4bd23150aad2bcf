"""What an officer should know of a session's day and hour. It warns, and never stands in the way.

Holidays, Tết and worked Saturdays are what the calendar table says, never a formula: a year whose
days nobody entered has none. Nothing here asks the database; clashes.py brings what is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from itertools import chain, islice

from coopevents import names
from coopevents.i18n import _, _n, day, hours, text_direction, translated
from coopevents.workdays.models import CalendarDay, DayKind
from coopevents.workdays.queries import weekday_name

TET_LASTS = 3
"""Days called Tết in a row that make it the Lunar New Year; the solar one is a single day."""

ONE_DAY = timedelta(days=1)


class Kind(StrEnum):
    HOLIDAY = "holiday"
    TET = "tet"
    HUNG_KINGS = "hung_kings"
    CLOSED_DAY = "closed_day"
    SWAPPED = "swapped"
    TRAINER = "trainer"
    PLACE = "place"
    INVITED = "invited"
    CLASS_GROUP = "class_group"


@dataclass(frozen=True)
class Caution:
    """Something to know of a session; `event_id` is the other activity, where there is one."""

    kind: Kind
    text: str
    event_id: int | None = None


@dataclass(frozen=True)
class Sitting:
    """A session that is to be held or was, as others may clash with it."""

    id: int
    event_id: int
    title: str
    held_on: date
    starts_at: time
    ends_at: time
    place: str
    unit_id: int | None
    class_group: str | None

    def meets(self, other: "Sitting") -> bool:
        """Whether both take place at one time. One that begins as the other ends does not."""
        return (
            self.id != other.id
            and self.held_on == other.held_on
            and self.starts_at < other.ends_at
            and other.starts_at < self.ends_at
        )


@dataclass(frozen=True)
class Teaching:
    """Somebody who teaches or speaks at an activity; `session_id` None: in all its sessions."""

    event_id: int
    session_id: int | None
    person_id: int | None
    full_name: str
    name_fold: str

    def is_same(self, other: "Teaching") -> bool:
        """Whether both are one person, by the register where it knows both, by name otherwise."""
        if self.person_id is not None and other.person_id is not None:
            return self.person_id == other.person_id
        return self.name_fold == other.name_fold


@dataclass(frozen=True)
class Shared:
    """How many organisations two activities have both invited, and what the first are called."""

    number: int
    names: Sequence[str]


@dataclass(frozen=True)
class Surroundings:
    """All that stands around some sessions: the calendar, and what else happens on their days."""

    named: Mapping[date, CalendarDay]
    open_weekdays: frozenset[int]
    sittings: Mapping[date, Sequence[Sitting]]
    teaching: Mapping[int, Sequence[Teaching]] = field(default_factory=dict)
    shared: Mapping[tuple[int, int], Shared] = field(default_factory=dict)

    def is_closed(self, on: date) -> bool:
        """Whether the office does not work on the day."""
        named = self.named.get(on)
        if named is not None:
            return named.kind is DayKind.HOLIDAY
        return on.weekday() not in (self.open_weekdays or range(5))

    def meeting(self, sitting: Sitting) -> list[Sitting]:
        """Answer what else takes place at the time of the session."""
        return [other for other in self.sittings.get(sitting.held_on, ()) if sitting.meets(other)]


def warnings_of(sitting: Sitting, around: Surroundings, most: int | None = None) -> list[Caution]:
    """Answer what should be known of the session, each once, its day before its hour.

    With `most`, no more than so many are worded: on a full day there can be dozens.
    """
    found = chain(
        _of_the_day(sitting.held_on, around),
        (
            warning
            for other in around.meeting(sitting)
            for warning in _of_the_hour(sitting, other, around)
        ),
    )
    # Two sessions of one other activity may say the same of a third.
    return list(dict.fromkeys(islice(found, most)))


def tet_of(on: date, around: Surroundings) -> tuple[date, date] | None:
    """Answer the first and last day of Tết, where the day lies in it.

    It is a row of days not worked of which three or more in a row are called Tết: "Tết Dương lịch"
    on 1 January is one day, and no such time.
    """
    first = last = on
    if not around.is_closed(on):
        return None
    while around.is_closed(first - ONE_DAY):
        first -= ONE_DAY
    while around.is_closed(last + ONE_DAY):
        last += ONE_DAY
    longest = run = 0
    for n in range((last - first).days + 1):
        run = run + 1 if _is_called(around.named.get(first + n * ONE_DAY), "tet") else 0
        longest = max(longest, run)
    return (first, last) if longest >= TET_LASTS else None


def _of_the_day(on: date, around: Surroundings) -> Iterator[Caution]:
    named = around.named.get(on)
    if named is not None and named.kind is DayKind.WORKING:
        yield Caution(Kind.SWAPPED, _swapped(on, named))
    elif (tet := tet_of(on, around)) is not None:
        text = _(
            "%(day)s lies in Tết, from %(first)s to %(last)s.",
            day=_told(on),
            first=day(tet[0]),
            last=day(tet[1]),
        )
        yield Caution(Kind.TET, text)
    elif _is_called(named, "gio to", "hung vuong"):
        text = _("%(day)s is Hùng Kings' day, the festival of Phú Thọ itself.", day=_told(on))
        yield Caution(Kind.HUNG_KINGS, text)
    elif named is not None:
        text = _("%(day)s is a holiday: %(name)s.", day=_told(on), name=translated(named.name))
        yield Caution(Kind.HOLIDAY, text)
    elif around.is_closed(on):
        text = _("%(day)s: the office is closed on this day of the week.", day=_told(on))
        yield Caution(Kind.CLOSED_DAY, text)


def _swapped(on: date, named: CalendarDay) -> str:
    name = translated(named.name)
    if named.document:
        return _(
            "%(day)s is a working day by decision %(document)s (%(name)s).",
            day=_told(on),
            document=named.document,
            name=name,
        )
    return _(
        "%(day)s is a working day in exchange for another (%(name)s).", day=_told(on), name=name
    )


def _is_called(named: CalendarDay | None, *words: str) -> bool:
    if named is None or named.kind is not DayKind.HOLIDAY:
        return False
    called = f" {names.fold(named.name['vi'])} "
    return any(f" {word} " in called for word in words)


def _of_the_hour(sitting: Sitting, other: Sitting, around: Surroundings) -> Iterator[Caution]:
    if other.event_id == sitting.event_id:
        yield from _of_one_class(sitting, other)
    else:
        yield from _of_one_room(sitting, other)
        yield from _of_one_audience(sitting, other, around)
    yield from _of_one_trainer(sitting, other, around)


def _of_one_class(sitting: Sitting, other: Sitting) -> Iterator[Caution]:
    groups = {names.fold(group) for s in (sitting, other) if (group := s.class_group)}
    if len(groups) == 2:
        return
    # A session that names no class is for all of them. Either session says the same sentence.
    first, second = sorted((sitting, other), key=lambda s: (s.starts_at, s.id))
    text = _(
        "Two sessions of the same class overlap on %(day)s: %(first)s and %(second)s.",
        day=_told(sitting.held_on),
        first=hours(first.starts_at, first.ends_at),
        second=hours(second.starts_at, second.ends_at),
    )
    yield Caution(Kind.CLASS_GROUP, text)


def _of_one_room(sitting: Sitting, other: Sitting) -> Iterator[Caution]:
    # Every commune has a "Nhà văn hóa": a room of one name in another commune is another room.
    elsewhere = len({sitting.unit_id, other.unit_id} - {None}) == 2
    if not elsewhere and names.fold(sitting.place) == names.fold(other.place):
        text = _(
            "%(place)s is also taken by “%(title)s” on %(day)s, %(hours)s.",
            place=_name(sitting.place),
            **_at(other),
        )
        yield Caution(Kind.PLACE, text, other.event_id)


def _of_one_audience(sitting: Sitting, other: Sitting, around: Surroundings) -> Iterator[Caution]:
    shared = around.shared.get((sitting.event_id, other.event_id))
    if shared is not None:
        text = _n(
            "%(num)s organisation is also invited to “%(title)s” on %(day)s, %(hours)s: %(names)s.",
            "%(num)s organisations are also invited to “%(title)s” on %(day)s, %(hours)s:"
            " %(names)s.",
            shared.number,
            names=", ".join(
                [*map(_name, shared.names), *(["…"] if shared.number > len(shared.names) else [])]
            ),
            **_at(other),
        )
        yield Caution(Kind.INVITED, text, other.event_id)


def _of_one_trainer(sitting: Sitting, other: Sitting, around: Surroundings) -> Iterator[Caution]:
    for one in _teaching(sitting, other, around):
        if any(one.is_same(also) for also in _teaching(other, sitting, around)):
            text = _(
                "%(trainer)s is also named for “%(title)s” on %(day)s, %(hours)s.",
                trainer=_name(one.full_name),
                **_at(other),
            )
            yield Caution(Kind.TRAINER, text, other.event_id)


def _teaching(sitting: Sitting, beside: Sitting, around: Surroundings) -> list[Teaching]:
    """Answer who teaches in the session. Whoever is named for a whole activity is not thereby
    in two rooms of it at once."""
    whole = sitting.event_id != beside.event_id
    return [
        one
        for one in around.teaching.get(sitting.event_id, ())
        if one.session_id == sitting.id or (whole and one.session_id is None)
    ]


def _at(other: Sitting) -> dict[str, str]:
    return {
        "title": _name(other.title),
        "day": day(other.held_on),
        "hours": hours(other.starts_at, other.ends_at),
    }


def _name(text: str) -> str:
    """Answer a name that keeps its own direction in a sentence that runs leftwards."""
    return f"\u2068{text}\u2069" if text_direction() == "rtl" else text


def _told(on: date) -> str:
    return _("%(weekday)s, %(day)s", weekday=weekday_name(on.weekday()), day=day(on))

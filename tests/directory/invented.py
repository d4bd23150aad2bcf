"""Histories of organisations made at random through the services, and a log of what was accepted.

The log knows nothing of rows that end and begin: what holds on a day is the last thing said of it
until then. People that are found to be one are not part of it: a class asks for a sex, which two
entries of one woman share (see tests/duplicates for attendance).
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from coopevents.db import db
from coopevents.directory import classification, corrections, lineage, service
from coopevents.directory.dated import rows_of
from coopevents.directory.models import (
    Organisation,
    OrganisationKind,
    OrganisationName,
    OrganisationSector,
    OrganisationStatusKind,
    PostKind,
    Sex,
)
from coopevents.directory.service import Founding, Heads, NewOrganisation, Support
from coopevents.errors import DomainError
from coopevents.territory import units
from tests.directory.keeping import union_id
from tests.factories import make_certificate, make_person, make_post

ALWAYS = date.min
DAYS = [
    *(date(2021, 3, 1), date(2022, 8, 15), date(2024, 2, 29), date(2024, 12, 14)),
    *(date(2025, 6, 30), date(2025, 7, 1), date(2026, 1, 31), date(2026, 6, 10)),
]
LAST = date(2026, 11, 2)
NAMES = ("HTX Chè", "HTX Rau", "HTX Bưởi", "HTX Hoà Bình", "Tổ hợp tác Mây tre")
CODES = ("2600000001", "2600000002", "2600000003")
SECTORS = ("Chè", "Rau", "Thủ công")
MOVING = ("operating", "suspended", "stopped")
KINDS = ("cooperative", "cooperative", "cooperative_group", "linked_group")

HEADS = {"board_chair", "director", "group_leader"}
RULES = {
    "WOMEN_HEADED": [HEADS],
    "WOMEN_IN_MANAGEMENT": [
        HEADS
        | {"board_member", "deputy_director", "supervisor", "accountant", "deputy_group_leader"}
    ],
    "MANAGED_AND_OPERATED": [
        {"board_chair", "board_member", "group_leader"},
        {"director", "group_leader"},
    ],
}


@dataclass
class Body:
    """What is said of one organisation: for each thing, the day from which it was said to be so."""

    kind: str
    founded: date | None
    ended: date | None = None
    said: dict[str, dict[date, object]] = field(default_factory=lambda: defaultdict(dict))
    posts: list[dict[str, object]] = field(default_factory=list)
    decisions: list[dict[str, object]] = field(default_factory=list)
    heads: dict[date, tuple[int | None, ...]] = field(default_factory=dict)
    certificates: list[tuple[int, date]] = field(default_factory=list)
    supports: list[date | None] = field(default_factory=list)

    def on(self, thing: str, day: date) -> object:
        """The last thing said until the day."""
        days = [since for since in self.said[thing] if since <= day]
        return self.said[thing][max(days)] if days else None

    def next_after(self, thing: str, day: date) -> object:
        days = [since for since in self.said[thing] if since > day]
        return self.said[thing][min(days)] if days else None

    def stands_on(self, day: date) -> bool:
        return (self.founded or ALWAYS) <= day < (self.ended or date.max)

    def refuses(self, thing: str, day: date, value: object) -> bool:
        """Whether a change of that day could not be."""
        return (
            not self.stands_on(day)
            or day in self.said[thing]
            or value in (self.on(thing, day), self.next_after(thing, day))
        )

    def class_on(self, rule: str, day: date) -> bool | None:
        for decided in self.decisions:
            if decided["rule"] == rule and decided["since"] <= day <= decided["until"]:
                return decided["women_led"]
        parts = []
        for wanted in RULES[rule]:
            sexes = {
                post["sex"]
                for post in self.posts
                if post["kind"] in wanted and post["since"] <= day <= post["until"]
            }
            parts.append(True if "female" in sexes else False if "male" in sexes else None)
        return True if all(parts) else False if False in parts else None

    def stars_on(self, day: date) -> int:
        valid = [
            stars for stars, issued in self.certificates if issued <= day < three_years(issued)
        ]
        return max(valid, default=0)

    def members_on(self, day: date) -> int:
        days = [as_of for as_of in self.heads if as_of <= day]
        return (self.heads[max(days)][0] or 0) if days else 0

    def is_supported_on(self, day: date) -> bool:
        return any(on is None or on <= day for on in self.supports)


def three_years(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 3, 2, 28)
    return day.replace(year=day.year + 3)


class History:
    """A history made at random through the services, and the log of what was accepted."""

    def __init__(self, programme, chance: random.Random) -> None:
        self.programme, self.chance = programme, chance
        self.bodies: dict[int, Body] = {}
        self.links: set[tuple[str, date, int, int | None]] = set()
        old = units.communes_of(programme.territory)[:2]
        new = units.communes_of(units.territory_on(programme.territory, DAYS[-1]))[:2]
        self.communes = {unit.id: unit for unit in (*old, *new)}
        self.union = union_id()
        self.days = DAYS

    def live(self, steps: int) -> None:
        for _ in range(3):
            self.enter()
        acts = [
            *(self.rename, self.move, self.change_status, self.change_sector, self.give_code) * 2,
            *(self.count_heads, self.support, self.decide, *[self.begin_post] * 4),
            *(self.end_post, self.certify, self.correct_name, *[self.correct_day] * 3, self.enter),
            *(self.end_several, self.absorb, self.split_off, self.convert, self.end_decision),
        ]
        for _ in range(steps):
            self.chance.choice(acts)()
        # An end is refused where something later is known: the last of them find nothing.
        self.days = [LAST]
        for _ in range(4):
            self.chance.choice([self.end_several, self.absorb, self.convert])()

    # What one act is: tried on the register; written in the log if it was accepted.

    def attempt(self, act, refused: bool | None = None):
        """Answer what the act answers, or None when it was refused; then nothing is written.

        `refused` says what must come of it, by the log alone; None leaves that to the service.
        """
        nested = db.session.begin_nested()
        try:
            made = act()
        except DomainError:
            nested.rollback()
            assert refused is not False
            return None
        nested.commit()
        assert not refused
        return made if made is not None else True

    def any_body(self) -> tuple[Organisation, Body]:
        id_ = self.chance.choice(sorted(self.bodies))
        return db.session.get_one(Organisation, id_), self.bodies[id_]

    def any_day(self) -> date:
        return self.chance.choice(self.days)

    def log_new(self, made: Organisation, new: NewOrganisation) -> None:
        since = made.founded_on or ALWAYS
        body = self.bodies[made.id] = Body(made.kind.value, made.founded_on)
        body.said["name"][since] = new.name
        body.said["status"][since] = "operating"
        if new.unit:
            body.said["seat"][max(since, new.unit.valid_from or ALWAYS)] = new.unit.id

    def new(self, kind: str, founded: date | None = None) -> NewOrganisation:
        return NewOrganisation(
            OrganisationKind(kind),
            self.chance.choice(NAMES),
            unit=self.chance.choice([None, *self.communes.values()]),
            founded=Founding(founded) if founded else None,
        )

    def enter(self) -> None:
        founded = self.chance.choice([None, *DAYS])
        new = self.new(self.chance.choice(KINDS), founded)
        made = self.attempt(lambda: service.enter(self.programme.register, new), refused=False)
        self.log_new(made, new)

    def change(self, thing: str, value: object, write) -> None:
        one, body = self.any_body()
        day = self.any_day()
        refused = body.refuses(thing, day, value)
        if thing == "seat":
            unit = self.communes[value]
            refused |= not (unit.valid_from or ALWAYS) <= day <= (unit.valid_to or date.max)
        if thing == "code":
            refused |= any(
                other is not body and self.bears(other, value, day, body.ended)
                for other in self.bodies.values()
            )
        if self.attempt(lambda: write(one, day), refused):
            body.said[thing][day] = value

    def bears(self, body: Body, code: object, since: date, before: date | None) -> bool:
        """Whether the body bears the code on the day, or on a later one before `before`."""
        days = sorted(body.said["code"])
        ends = [*days[1:], date.max][: len(days)]
        return any(
            body.said["code"][day] == code
            and min(until, body.ended or date.max) > since
            and day < (before or date.max)
            for day, until in zip(days, ends, strict=True)
        )

    def rename(self) -> None:
        name = self.chance.choice(NAMES)
        self.change("name", name, lambda one, day: service.rename(one, name, since=day))

    def move(self) -> None:
        id_ = self.chance.choice(sorted(self.communes))
        unit = self.communes[id_]
        self.change("seat", id_, lambda one, day: service.move(one, unit, since=day))

    def change_status(self) -> None:
        state = self.chance.choice(MOVING)
        self.change(
            "status",
            state,
            lambda one, day: service.change_status(one, OrganisationStatusKind(state), since=day),
        )

    def change_sector(self) -> None:
        sector = self.chance.choice(SECTORS)
        self.change(
            "sector", sector, lambda one, day: service.change_sector(one, sector, since=day)
        )

    def give_code(self) -> None:
        code = self.chance.choice(CODES)
        self.change("code", code, lambda one, day: service.give_code(one, "tax", code, since=day))

    def count_heads(self) -> None:
        one, body = self.any_body()
        day = self.any_day()
        told = (self.chance.choice([None, 0, 7, 40]), None, 3, self.chance.choice([None, 0, 3]))
        refused = day in body.heads or not body.stands_on(day)
        if self.attempt(lambda: service.count_heads(one, day, Heads(*told)), refused):
            body.heads[day] = told

    def support(self) -> None:
        one, body = self.any_body()
        on = self.chance.choice([None, *DAYS])
        write = lambda: service.support_founding(one, Support(self.union, on))  # noqa: E731
        if self.attempt(write, refused=on in body.supports):
            body.supports.append(on)

    def decide(self) -> None:
        one, body = self.any_body()
        name = self.chance.choice(sorted(RULES))
        since, until = sorted([self.any_day(), self.any_day()])
        until = self.chance.choice([until, date.max])
        women_led = self.chance.choice([True, False])
        meets = any(
            d["rule"] == name and d["since"] <= until and since <= d["until"]
            for d in body.decisions
        )
        row = self.attempt(
            lambda: service.override(
                one,
                classification.get_rule(name),
                women_led=women_led,
                reason="Theo biên bản xác minh",
                since=since,
                until=None if until == date.max else until,
            ),
            refused=meets,
        )
        if row:
            body.decisions.append(
                {"row": row, "rule": name, "women_led": women_led, "since": since, "until": until}
            )

    def end_decision(self) -> None:
        one, body = self.any_body()
        if not body.decisions:
            return
        decided, day = self.chance.choice(body.decisions), self.any_day()
        refused = not decided["since"] <= day < decided["until"]
        if self.attempt(lambda: service.end_override(one, decided["row"], day), refused):
            decided["until"] = day

    def begin_post(self) -> None:
        """Posts are kept by another room: here they are written as it would write them."""
        one, body = self.any_body()
        since = self.chance.choice([None, *DAYS])
        if not body.stands_on(since or body.founded or ALWAYS):
            return
        sex = self.chance.choice(list(Sex))
        kind = self.chance.choice(list(PostKind))
        # Where the body ends, so do its posts.
        until = body.ended - timedelta(days=1) if body.ended else None
        post = make_post(
            make_person(self.programme, sex=sex), one, kind, valid_from=since, valid_to=until
        )
        body.posts.append(
            {
                "row": post,
                "sex": sex.value,
                "kind": kind.value,
                "since": since or ALWAYS,
                "until": until or date.max,
            }
        )

    def end_post(self) -> None:
        _one, body = self.any_body()
        posts = [post for post in body.posts if post["until"] == date.max]
        day = self.any_day()
        if posts:
            post = self.chance.choice(posts)
            if post["since"] <= day:
                post["until"] = post["row"].valid_to = day
                db.session.flush()

    def certify(self) -> None:
        one, body = self.any_body()
        stars, day = self.chance.choice([3, 4, 5]), self.any_day()
        make_certificate(one, stars=stars, issued_on=day)
        body.certificates.append((stars, day))

    def correct_name(self) -> None:
        one, body = self.any_body()
        row = self.chance.choice(rows_of(OrganisationName, one.id))
        name = self.chance.choice(NAMES)
        since = row.valid_from or ALWAYS
        write = lambda: corrections.correct(one, row, {"name": name}, reason="gõ nhầm")  # noqa: E731
        if self.attempt(write, refused=body.said["name"][since] == name):
            body.said["name"][since] = name

    def correct_day(self) -> None:
        one, body = self.any_body()
        thing, table = self.chance.choice(
            [("sector", OrganisationSector), ("name", OrganisationName)]
        )
        rows = rows_of(table, one.id)
        if not rows:
            return
        row, day = self.chance.choice(rows), self.any_day()
        said, since = body.said[thing], row.valid_from or ALWAYS
        passed = any(
            min(since, day) < other <= max(since, day) or other == day
            for other in said
            if other != since
        )
        refused = day == since or passed or not body.stands_on(day)
        write = lambda: corrections.correct_day(one, row, day, reason="gõ nhầm ngày")  # noqa: E731
        if self.attempt(write, refused):
            said[day] = said.pop(since)

    # Acts that end bodies or found them.

    def can_end(self, body: Body, id_: int, day: date) -> bool:
        later = [since for thing in body.said.values() for since in thing if since >= day]
        later += [post["since"] for post in body.posts if post["since"] >= day]
        later += [as_of for as_of in body.heads if as_of >= day]
        later += [on for _kind, on, *ends in self.links if id_ in ends and on >= day]
        return body.stands_on(day) and not later

    def end(self, body: Body, day: date) -> None:
        body.ended = day
        body.said["status"][day] = "dissolved"
        for post in body.posts:
            if post["until"] >= day:
                post["until"] = day - timedelta(days=1)

    def end_several(self) -> None:
        """Dissolve one, divide one, or consolidate two."""
        (one, first), (two, second) = self.any_body(), self.any_body()
        day = self.any_day()
        what = self.chance.choice(["dissolve", "divide", "consolidate"])
        ending = {one.id: first} | ({two.id: second} if what == "consolidate" else {})
        new = [self.new(first.kind) for _ in range({"dissolve": 0, "divide": 2}.get(what, 1))]
        refused = not all(self.can_end(body, id_, day) for id_, body in ending.items())
        refused |= what == "consolidate" and one is two
        made = self.attempt(
            {
                "dissolve": lambda: lineage.dissolve(one, on=day),
                "divide": lambda: lineage.divide(one, new, on=day),
                "consolidate": lambda: [lineage.consolidate([one, two], new[0], on=day)],
            }[what],
            refused,
        )
        if not made:
            return
        for id_, body in ending.items():
            self.end(body, day)
            self.links |= {(what, day, id_, m.id if m else None) for m in made_of(made)}
        self.found(made, new)

    def found(self, made, new) -> None:
        for one, told in zip([m for m in made_of(made) if m], new, strict=True):
            self.log_new(one, told)

    def absorb(self) -> None:
        (one, staying), (two, ending) = self.any_body(), self.any_body()
        day = self.any_day()
        refused = one is two or not staying.stands_on(day) or not self.can_end(ending, two.id, day)
        if self.attempt(lambda: lineage.absorb(one, [two], on=day), refused):
            self.end(ending, day)
            self.links.add(("absorb", day, two.id, one.id))

    def split_off(self) -> None:
        one, body = self.any_body()
        day, new = self.any_day(), self.new(body.kind)
        made = self.attempt(
            lambda: lineage.split_off(one, new, on=day), refused=not body.stands_on(day)
        )
        if made:
            self.links.add(("split_off", day, one.id, made.id))
            self.log_new(made, new)

    def convert(self) -> None:
        one, body = self.any_body()
        day, new = self.any_day(), self.new("cooperative")
        people = self.chance.choice(list(lineage.People))
        is_group = body.kind in ("cooperative_group", "linked_group")
        made = self.attempt(
            lambda: lineage.convert(one, new, on=day, people=people),
            refused=not (is_group and self.can_end(body, one.id, day)),
        )
        if not made:
            return
        held = [post for post in body.posts if post["since"] <= day <= post["until"]]
        self.end(body, day)
        self.links.add(("convert", day, one.id, made.id))
        self.log_new(made, new)
        if people is lineage.People.GO_ON:
            called = {"group_leader": "director", "deputy_group_leader": "deputy_director"}
            self.bodies[made.id].posts = [
                {
                    "row": None,
                    "sex": post["sex"],
                    "kind": called.get(post["kind"], post["kind"]),
                    "since": day,
                    "until": date.max,
                }
                for post in held
            ]


def made_of(made) -> list[Organisation | None]:
    return made if isinstance(made, list) else [None]

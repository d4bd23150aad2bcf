"""A large register and what happened in it, always the same, copied straight into the tables."""

import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from benchmarks import house
from coopevents import names
from coopevents.db import db
from coopevents.events import queries as events
from coopevents.programme.queries import the_programme
from coopevents.territory import units

FAMILY = "Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Hà Đinh Tạ Quách".split()
MIDDLE = "Thị Văn Thanh Minh Ngọc Thu Hồng Kim Bích Đức Quang Xuân Hữu Thúy Mai".split()
GIVEN = (
    "An Anh Ánh Bình Chi Cúc Dung Duyên Đào Giang Hà Hải Hạnh Hằng Hiền Hoa Hòa Hồng Huệ Hương"
    " Kỳ Lan Liên Linh Loan Lý Mai Mỹ Nga Ngân Ngọc Nhung Oanh Phúc Phương Quý Sơn Tâm Thảo Thúy"
    " Thủy Trang Tuyết Vân Xuân Yến"
).split()
TRADES = (
    "Chè, Rau, Lúa, Mật ong, Bưởi, Gỗ, Mây tre, Nấm, Cá, Gà, Lợn, Dược liệu, Mì gạo, Thủy sản,"
    " Vận tải, Môi trường, Điện, Nước sạch, Du lịch, Thổ cẩm"
).split(", ")
PLACES = "Thanh Phú Yên Xuân Hùng Đoan Cẩm Hạ Tân Vĩnh Tam Lâm Minh Đại Đông Tây Nam Bắc".split()
STATUS_FROM = date(2015, 1, 1)


@dataclass(frozen=True)
class Size:
    """How much there is."""

    organisations: int
    people_each: int = 3
    events: int = 0
    invited_each: int = 0
    present_each: int = 0


def fill(size: Size, seed: int = 2024) -> None:
    """Copy organisations, people, posts and contacts into the register; then activities."""
    dice = random.Random(seed)
    programme = the_programme()
    communes = [unit.id for unit in units.communes_of(programme.territory)]
    kind_id = events.get_kind("training", programme.id).id
    register_id, programme_id = programme.register_id, programme.id
    db.session.rollback()
    with house.owner() as connection:
        _Copy(connection, dice, size, register_id, programme_id).all(communes, kind_id)
        connection.execute("ANALYZE")


class _Copy:
    """Writes one register; ids go on from what is there."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        dice: random.Random,
        size: Size,
        register_id: int,
        programme_id: int,
    ) -> None:
        self.connection = connection
        self.dice = dice
        self.size = size
        self.register_id = register_id
        self.programme_id = programme_id
        self.now = datetime.now().astimezone()

    def all(self, communes: Sequence[int], kind_id: int) -> None:
        """Write everything."""
        organisations = range(1, self.size.organisations + 1)
        people = range(1, self.size.organisations * self.size.people_each + 1)
        self._organisations(organisations, communes)
        self._people(people)
        self._activities(kind_id)
        for table in ("organisations", "people", "events", "event_sessions", "registrations"):
            self.connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
                f" (SELECT coalesce(max(id), 1) FROM {table}))"
            )

    def _organisations(self, ids: Iterable[int], communes: Sequence[int]) -> None:
        kinds = {id_: self._kind() for id_ in ids}
        self._copy(
            "organisations",
            "id register_id kind founded_on founded_precision created_at",
            (
                (id_, self.register_id, kind, STATUS_FROM, "day", self.now)
                for id_, kind in kinds.items()
            ),
        )
        self._copy(
            "organisation_names",
            "organisation_id name name_fold name_sort recorded_at",
            (self._name(id_, kind) for id_, kind in kinds.items()),
        )
        self._copy(
            "organisation_addresses",
            "organisation_id administrative_unit_id recorded_at",
            ((id_, self.dice.choice(communes), self.now) for id_ in kinds),
        )
        self._copy(
            "organisation_statuses",
            "organisation_id status valid_from recorded_at",
            (
                (id_, self.dice.choices(("operating", "stopped"), (9, 1))[0], STATUS_FROM, self.now)
                for id_ in kinds
            ),
        )
        self._copy(
            "organisation_codes",
            "organisation_id scheme code recorded_at",
            ((id_, "registration", f"18{id_:08d}", self.now) for id_ in kinds if id_ % 3),
        )
        self._copy(
            "head_counts",
            "organisation_id as_of members women_members recorded_at",
            ((id_, date(2024, 7, 31), 7 + id_ % 90, id_ % 7, self.now) for id_ in kinds),
        )
        self._copy(
            "contact_points",
            "organisation_id channel value rank created_at",
            (
                point
                for id_ in kinds
                for point in (
                    (id_, "email", f"htx{id_}@coop.example", 1, self.now),
                    (id_, "phone", f"+849{id_:08d}", 2, self.now),
                )
            ),
        )

    def _kind(self) -> str:
        return self.dice.choices(("cooperative", "cooperative_group"), (2, 3))[0]

    def _name(self, id_: int, kind: str) -> tuple[Any, ...]:
        word = "Hợp tác xã" if kind == "cooperative" else "Tổ hợp tác"
        name = (
            f"{word} {self.dice.choice(TRADES)} {self.dice.choice(PLACES)}"
            f" {self.dice.choice(GIVEN)} {id_}"
        )
        return id_, name, names.fold(name), names.sort_key(name), self.now

    def _people(self, ids: range) -> None:
        self._copy(
            "people",
            "id register_id full_name name_fold name_sort sex birth_year created_at",
            (self._person(id_) for id_ in ids),
        )
        kinds = ("director", "accountant", "member", "deputy_director", "board_member")
        each = self.size.people_each
        self._copy(
            "posts",
            "person_id organisation_id kind valid_from recorded_at",
            (
                (id_, 1 + (id_ - 1) // each, kinds[(id_ - 1) % each], STATUS_FROM, self.now)
                for id_ in ids
            ),
        )

    def _person(self, id_: int) -> tuple[Any, ...]:
        full_name = " ".join(map(self.dice.choice, (FAMILY, MIDDLE, GIVEN)))
        sex = self.dice.choices(("female", "male", "not_stated"), (30, 65, 5))[0]
        return (
            *(id_, self.register_id, full_name, names.fold(full_name)),
            *(names.person_sort_key(full_name), sex, 1950 + id_ % 50, self.now),
        )

    def _activities(self, kind_id: int) -> None:
        size, dice = self.size, self.dice
        events = range(1, size.events + 1)
        self._events(events, kind_id)
        invited = {
            id_: dice.sample(range(1, size.organisations + 1), size.invited_each) for id_ in events
        }
        self._invitations(invited)
        # The first person of an organisation comes for it.
        self._present(
            [
                (id_, one, 1 + (one - 1) * size.people_each)
                for id_, chosen in invited.items()
                for one in chosen[: size.present_each]
            ]
        )

    def _events(self, events: range, kind_id: int) -> None:
        days = {id_: date(2024, 9, 1) + timedelta(days=18 * id_) for id_ in events}
        self._copy(
            "events",
            "id programme_id kind_id title title_fold listed_publicly description place state"
            " counts_to_programme counts_reason promotional contact_name contact_phone"
            " contact_email calendar_sequence version is_sample created_at closed_at changed_at",
            (
                (
                    *(id_, self.programme_id, kind_id, f"Tập huấn {id_}"),
                    *(f"tap huan {id_}", False, "", "Hội trường"),
                    *("closed", True, "", False, "Mẫu", "0210 000 0000", "office@coop.example"),
                    *(0, 1, True, self.now, self.now, self.now),
                )
                for id_ in events
            ),
        )
        self._copy(
            "event_sessions",
            "id event_id held_on starts_at ends_at topic required state",
            ((id_, id_, day, "08:00", "11:00", "", True, "held") for id_, day in days.items()),
        )

    def _invitations(self, invited: dict[int, list[int]]) -> None:
        self._copy(
            "invitations",
            "programme_id event_id organisation_id seats state calendar_uid invited_at",
            (
                (self.programme_id, id_, one, 2, "accepted", f"{id_}.{one}@coop.example", self.now)
                for id_, chosen in invited.items()
                for one in chosen
            ),
        )

    def _present(self, present: list[tuple[int, int, int]]) -> None:
        """Write who is present: activity, organisation, person."""
        self._copy(
            "registrations",
            "id event_id person_id state registered_at",
            (
                (number, id_, person, "confirmed", self.now)
                for number, (id_, _one, person) in enumerate(present, start=1)
            ),
        )
        self._copy(
            "representations",
            "person_id event_id organisation_id role_snapshot organisation_kind_snapshot"
            " is_primary source recorded_at",
            (
                (person, id_, one, "director", "cooperative", True, "registration", self.now)
                for id_, one, person in present
            ),
        )
        self._copy(
            "attendance_entries",
            "uuid programme_id event_id session_id registration_id action device_at received_at"
            " source by_label",
            (
                (
                    *(uuid.UUID(int=number), self.programme_id, id_, id_, number, "present"),
                    *(self.now, self.now, "tap", "Mẫu"),
                )
                for number, (id_, _one, _person) in enumerate(present, start=1)
            ),
        )

    def _copy(self, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        listed = ", ".join(columns.split())
        with (
            self.connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)

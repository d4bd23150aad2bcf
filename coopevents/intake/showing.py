"""What was understood of a workbook, in words for a page."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from coopevents.db import Json
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import DatePrecision, OrganisationKind, PostKind, Sex
from coopevents.i18n import _, _l, day, number
from coopevents.intake.forms import COLUMN_NAMES

SEX_NAMES = {
    Sex.FEMALE: _l("Female"),
    Sex.MALE: _l("Male"),
    Sex.NOT_STATED: _l("Not stated"),
}
COUNTS = ("members", "women_members", "workers", "women_workers")
DAYS = frozenset({"founded", "issued"})


@dataclass(frozen=True)
class Words:
    """How what was understood is told: the names of communes and of posts."""

    communes: Mapping[int, tuple[str, str]]
    """The name of each, and of its former district."""
    posts: Mapping[PostKind, Any]

    def cell(self, column: str, told: Json) -> str:
        """Answer what a cell was understood as; "" where it says nothing."""
        if column in {"commune", "district"}:
            return self._place(column, told.get("commune"))
        value = told.get(column)
        if value is None:
            return ""
        if column in DAYS:
            return written_day(value)
        if column == "sex":
            return str(SEX_NAMES[Sex(value)])
        if column == "title":
            return self.title(value, told.get("post"))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return number(value) if isinstance(value, int) else str(value)

    def commune(self, unit_id: int | None) -> str:
        """Answer the commune's name, with the former district where it had one."""
        return ", ".join(filter(None, self.communes.get(unit_id or 0, ("—", ""))))

    def _place(self, column: str, told: Any) -> str:
        # A commune that does not exist is told by the text that stands there, as a wrong cell.
        commune, district = self.communes.get(told, ("", ""))
        return commune if column == "commune" else district

    def title(self, title: str, post: str | None) -> str:
        """Answer a title as it is written, and the post it was understood as."""
        if post is None or post == PostKind.OTHER:
            return title
        known = self.post(post)
        if not known or known == title:
            return title
        return f"{title} ({known})"

    def post(self, kind: str) -> str:
        """Answer what a post is called."""
        return str(self.posts.get(PostKind(kind), ""))

    def changes(self, changes: Json | None) -> Iterator[tuple[str, str, str]]:
        """Give what changes, field by field: what it is, and its value before and after."""
        for name, (before, after) in (changes or {}).items():
            yield from self._change(name, before, after)

    def _change(self, name: str, before: Json, after: Json) -> Iterator[tuple[str, str, str]]:
        if name == "head_counts":
            for column, old, new in zip(COUNTS, before["counts"], after["counts"], strict=True):
                if new is not None and new != old:
                    yield str(COLUMN_NAMES[column]), number(old), number(new)
        elif name == "representative":
            old = "; ".join(self._person(*known) for known in before.get("people", []))
            new = self._person(after["full_name"], after["post"])
            yield str(COLUMN_NAMES["person"]), old or "—", new
        elif name in {"email", "phone"}:
            yield str(COLUMN_NAMES[name]), "; ".join(before["values"]) or "—", after["value"]
        elif name == "commune":
            yield (
                *(str(COLUMN_NAMES[name]), self.commune(before["commune"])),
                self.commune(after["commune"]),
            )
        elif name == "support":
            yield str(COLUMN_NAMES[name]), _("no"), _("yes")
        else:
            yield str(COLUMN_NAMES[name]), before[name] or "—", after[name]

    def _person(self, full_name: str, post: str) -> str:
        told = self.post(post)
        return f"{full_name} ({told})" if told else full_name


def communes_in(told: Iterable[Json | None], changes: Iterable[Json | None] = ()) -> set[int]:
    """Answer the communes that what was understood, and what changes, speaks of."""
    found = {row["commune"] for row in told if row and row.get("commune")}
    for change in changes:
        for side in (change or {}).get("commune", ()):
            found.add(side["commune"])
    return found


def written_day(kept: list[str]) -> str:
    """Answer a day as it is written here; a year alone where no more is known."""
    on = date.fromisoformat(kept[0])
    return str(on.year) if kept[1] == DatePrecision.YEAR else day(on)


def kind_of(told: Json) -> str:
    """Answer what kind of organisation a row tells of."""
    return str(KIND_NAMES[OrganisationKind(told["kind"])]) if "kind" in told else ""

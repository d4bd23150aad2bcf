"""What loading a file would change in a programme, and what of it would rewrite history."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from coopevents.charter.reading import Problems, below
from coopevents.db import Json
from coopevents.i18n import _, day

KEYS: dict[str, Callable[[Json], Any]] = {
    "bodies": lambda entry: entry["key"],
    "bodies.names": lambda entry: entry["valid_from"],
    "targets": lambda entry: (entry["indicator"], entry["effective_on"]),
    "baselines": lambda entry: entry["key"],
    "report_periods": lambda entry: (entry["kind"], entry["label"]),
    "year_plan": lambda entry: (entry["year"], entry["title"]),
    "event_kinds": lambda entry: entry["key"],
    "calendar_days": lambda entry: entry["day"],
}
"""By what an entry of a list is known again; contents are known by their place."""


@dataclass(frozen=True)
class Change:
    """A value the file says otherwise; `before` None is something new."""

    path: str
    before: Any
    after: Any

    @property
    def was(self) -> str | None:
        """What stands, in one line; None for something new."""
        return None if self.before is None else told(self.before)

    @property
    def becomes(self) -> str:
        """What the file says, in one line."""
        return told(self.after)


@dataclass
class Comparison:
    """A file beside a programme: what it changes, why some of it cannot be, what it leaves out.

    Nothing is taken away because a file does not say it: `kept` names what stays.
    """

    changes: list[Change] = field(default_factory=list)
    refused: Problems = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)

    def as_json(self) -> Json:
        """Answer it as other programs read it."""
        changes = [
            {"path": change.path, "before": change.was, "after": change.becomes}
            for change in self.changes
        ]
        return {"changes": changes, "refused": self.refused, "kept": self.kept}


def told(value: Any) -> str:
    """Answer a value of a document in one line, texts in Vietnamese."""
    if isinstance(value, dict):
        if "vi" in value:
            return str(value["vi"])
        return "; ".join(told(part) for part in value.values() if part not in (None, "", False))
    if isinstance(value, list):
        return ", ".join(map(told, value))
    return "" if value is None else str(value)


def compare(
    standing: Json, said: Json, reported: Collection[tuple[str, str]], today: date
) -> Comparison:
    """Answer what the file changes in what stands.

    `reported` are kind and label of the periods of which a report was compiled.
    """
    walk = _Walk(reported, today)
    walk.record("", "", standing, said, standing)
    return walk.found


class _Walk:
    """One pass over two documents, side by side.

    A `path` names a place in the file, a `kind` the same without the places in lists.
    """

    def __init__(self, reported: Collection[tuple[str, str]], today: date) -> None:
        self.reported = reported
        self.today = today
        self.found = Comparison()

    def record(self, path: str, kind: str, before: Json, after: Json, owner: Json) -> None:
        """Compare two records; `owner` is what stands of the entry of a list they belong to."""
        for name, said in after.items():
            self._value(below(path, name), below(kind, name), before[name], said, owner)

    def _value(self, path: str, kind: str, before: Any, after: Any, owner: Json) -> None:
        if kind in KEYS or kind == "contents":
            self._list(path, kind, before, after)
        elif isinstance(after, dict) and "province" not in after:
            self.record(path, kind, before, after, owner)
        elif before != after:
            self.found.changes.append(Change(path, before, after))
            self._refuse(path, self._why_not_changed(kind, owner))

    def _list(self, path: str, kind: str, before: list[Json], after: list[Json]) -> None:
        known = {_key(kind, place, entry): entry for place, entry in enumerate(before)}
        said = set()
        for place, entry in enumerate(after):
            here, key = f"{path}[{place}]", _key(kind, place, entry)
            if key in said:
                self._refuse(here, _("This entry is there twice."))
            said.add(key)
            if key in known:
                self.record(here, kind, known[key], entry, known[key])
            else:
                self.found.changes.append(Change(here, None, entry))
                self._refuse_new(here, kind, entry, before)
        self.found.kept += [
            f"{path}: {told(entry)}" for key, entry in known.items() if key not in said
        ]

    def _refuse(self, path: str, reason: str | None) -> None:
        if reason is not None:
            self.found.refused.setdefault(path, reason)

    def _why_not_changed(self, kind: str, owner: Json) -> str | None:
        """Answer why a value that stands is not changed by a file."""
        if kind in {"key", "register.key"}:
            return _("This is the key of another one. Load the file into an office without one.")
        if kind.startswith("targets."):
            return _(
                "This version stands since %(day)s. Add a version with a later effective_on.",
                day=day(owner["effective_on"]),
            )
        if kind.startswith("bodies.names."):
            begun = owner["valid_from"]
            if begun is None or begun <= self.today:
                return _("This name stands already. Add a name with a later valid_from.")
        reported = kind.startswith("report_periods.")
        if reported and (owner["kind"], owner["label"]) in self.reported:
            return _(
                "A report of %(label)s was compiled over its days, so they stay.",
                label=owner["label"],
            )
        if kind in {"event_kinds.is_training", "event_kinds.counts_attendance"}:
            return _("How a kind of activity counts stays. Add another kind.")
        return None

    def _refuse_new(self, path: str, kind: str, entry: Json, before: list[Json]) -> None:
        """Refuse a new entry that would stand before one that stands already."""
        if kind == "targets":
            begun = [
                version["effective_on"]
                for version in before
                if version["indicator"] == entry["indicator"]
            ]
            if begun and entry["effective_on"] <= max(begun):
                reason = _(
                    "A version of %(indicator)s is in force since %(day)s: a new one begins later.",
                    indicator=entry["indicator"],
                    day=day(max(begun)),
                )
                self._refuse(f"{path}.effective_on", reason)
            elif begun and not entry["document"]:
                self._refuse(f"{path}.document", _("Say which document changes the target."))
        if kind == "bodies.names":
            latest = before[-1]["valid_from"]
            if entry["valid_from"] is None or (latest and entry["valid_from"] <= latest):
                self._refuse(
                    f"{path}.valid_from",
                    _("A new name begins after those that stand."),
                )


def _key(kind: str, place: int, entry: Json) -> Any:
    return place if kind == "contents" else KEYS[kind](entry)

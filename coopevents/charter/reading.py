"""Reading a YAML text entry by entry: what is wrong is told by path, all of it at once.

A reader takes what was said, the path it stands at, and where problems are told; it answers the
value clean, or None after telling a problem.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import yaml

from coopevents import names
from coopevents.errors import InputError
from coopevents.i18n import _

MAX_BYTES = 128 * 1024
"""A programme's file has a few hundred lines; a form can carry this much there and back."""

YEARS = range(1900, 2201)
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

Problems = dict[str, str]
Reader = Callable[[Any, str, Problems], Any]
REQUIRED = object()


class _Loader(yaml.SafeLoader):
    """YAML without aliases, which make a short text endless, and without a name said twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*) are not read", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                problem = f"{key.value!r} is said twice, or is no name"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse(data: bytes, file_name: str) -> Any:
    """Answer what the YAML text says. Raises InputError with the line for what is no YAML."""
    if len(data) > MAX_BYTES:
        raise InputError(_("%(file)s is too large for a programme.", file=file_name))
    try:
        return yaml.load(data.decode("utf-8-sig"), _Loader)  # noqa: S506 (a safe loader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            _("%(file)s cannot be read as YAML: %(reason)s", file=file_name, reason=reason)
        ) from error


@dataclass(frozen=True)
class Left:
    """An entry a file may leave out, and what it then is."""

    read: Reader
    default: Any = None


def record(**entries: Left | Reader) -> Reader:
    """Answer the reader of entries of these names and no others; from_ reads `from`."""
    wanted = {name.rstrip("_"): entry for name, entry in entries.items()}

    def read(said: Any, path: str, problems: Problems) -> Any:
        if not isinstance(said, dict):
            problems[path or "."] = _("Entries with names are wanted here (name: value).")
            return None
        for name in said:
            if name not in wanted:
                problems[below(path, str(name))] = _(
                    "There is no entry of this name here. Known are: %(names)s.",
                    names=", ".join(wanted),
                )
        return {
            name: _read_entry(said.get(name), entry, below(path, name), problems)
            for name, entry in wanted.items()
        }

    return read


def _read_entry(said: Any, entry: Left | Reader, path: str, problems: Problems) -> Any:
    reader = entry.read if isinstance(entry, Left) else entry
    if said is not None:
        return reader(said, path, problems)
    if not isinstance(entry, Left):
        problems[path] = _("This entry is missing.")
        return None
    return entry.default


def below(path: str, name: str) -> str:
    """Answer the path of an entry below another."""
    return f"{path}.{name}" if path else name


def each(read_one: Reader, least: int = 0) -> Reader:
    """Answer the reader of a list."""

    def read(said: Any, path: str, problems: Problems) -> Any:
        if not isinstance(said, list):
            problems[path] = _("A list is wanted here.")
            return None
        if len(said) < least:
            problems[path] = _("At least one is needed.")
        return [read_one(one, f"{path}[{n}]", problems) for n, one in enumerate(said)]

    return read


def words(said: Any, path: str, problems: Problems) -> str | None:
    """Read a text of one line, which may be empty."""
    if not isinstance(said, str):
        problems[path] = _("A text is wanted here; put it in quotes.")
        return None
    clean = names.clean(said)
    # YAML can spell halves of characters, which no database keeps.
    if any("\ud800" <= character <= "\udfff" or character == "\0" for character in clean):
        problems[path] = _("The text holds a character that cannot be kept.")
    return clean


def line(said: Any, path: str, problems: Problems) -> str | None:
    """Read a text of one line that says something."""
    clean = words(said, path, problems)
    if clean == "":
        problems[path] = _("This entry is missing.")
    return clean


def day(said: Any, path: str, problems: Problems) -> date | None:
    """Read a day: 2026-12-14."""
    if isinstance(said, date) and not isinstance(said, datetime) and said.year in YEARS:
        return said
    problems[path] = _("A day is wanted here, written 2026-12-14.")
    return None


def hour(said: Any, path: str, problems: Problems) -> str | None:
    """Read a time of day: "07:30". Without quotes YAML takes it for a number."""
    if isinstance(said, str) and TIME.fullmatch(said):
        return said
    problems[path] = _('A time of day is wanted here, in quotes: "07:30".')
    return None


def number(said: Any, path: str, problems: Problems) -> Decimal | None:
    """Read a number."""
    if isinstance(said, int | float) and not isinstance(said, bool):
        exact = Decimal(str(said))
        if exact.is_finite():
            return exact
    problems[path] = _("A number is wanted here, without quotes.")
    return None


def whole(said: Any, path: str, problems: Problems) -> int | None:
    """Read a whole number."""
    if isinstance(said, int) and not isinstance(said, bool) and abs(said) < 2**31:
        return said
    problems[path] = _("A whole number is wanted here.")
    return None


def flag(said: Any, path: str, problems: Problems) -> bool | None:
    """Read a yes or a no."""
    if isinstance(said, bool):
        return said
    problems[path] = _("Either true or false is wanted here.")
    return None


def one_of(choices: type[StrEnum]) -> Reader:
    """Answer the reader of one of the values."""

    def read(said: Any, path: str, problems: Problems) -> Any:
        if said in set(choices):
            return choices(said).value
        problems[path] = _(
            "One of these is wanted here: %(values)s.",
            values=", ".join(choice.value for choice in choices),
        )
        return None

    return read

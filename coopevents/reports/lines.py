"""The rows behind a figure in words, for a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from coopevents.db import Json
from coopevents.directory import queries as directory
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import Sex
from coopevents.i18n import _, _l, _n, day, number, translated
from coopevents.outcomes.advice import queries as advice
from coopevents.outcomes.advice.words import OUTCOME_NAMES, PURPOSE_NAMES
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.reach.models import ReachChannel
from coopevents.outcomes.reach.words import CHANNEL_NAMES
from coopevents.reports import queries, trade_lines
from coopevents.reports.figures import Part

PARTS = {
    Part.COUNTED.value: _l("Counted"),
    Part.BASE.value: _l("Only in the denominator"),
    Part.APART.value: _l("Apart, in no number"),
    Part.DETAIL.value: _l("Beside the value, in its breakdown"),
}
SEXES = {
    Sex.FEMALE.value: _l("woman"),
    Sex.MALE.value: _l("man"),
    Sex.NOT_STATED.value: _l("sex not stated"),
}
REASONS = {
    "unknown": _l("nobody knows who heads it"),
    "not_completed": _l("was there, and did not complete a training"),
    "left": _l("came, and left the target group before the last day"),
    "reorganised": _l("came out of a merger or a division: not new"),
    "converted": _l("was a group before: by this rule not new"),
    "year_only": _l("only the year of founding is known, and it does not lie whole in the period"),
    "no_number": _l("no registration number or certification"),
    "opened_before": _l("opened before these days"),
    "undated_support": _l("support on record has no day"),
    "no_support": _l("no support of its founding is on record"),
    "unverified": _l("its count of jobs is not verified yet"),
    "no_baseline": _l("no count before the programme: this one only tells what there was"),
    "not_women_led": _l("not women-led on the last day of the half-year"),
    "elsewhere": _l("its seat was outside the territory"),
    "other_kind": _l("only cooperatives and groups are counted"),
    "gone": _l("it was dissolved by the last day of the half-year"),
    "not_declared": _l("nobody declared how many it reached"),
}


class Told(Protocol):
    """A row behind a figure, live or stored."""

    kind: str
    row_id: int
    facts: Json


@dataclass(frozen=True)
class Line:
    """What a row is, what is to be known of it, and what it did for its figure."""

    kind: str
    row_id: int
    what: str
    details: str
    part: str


def describe(rows: Sequence[Any], on: date) -> list[Line]:
    """Answer the rows in words; organisations bear the name they had on the day."""
    names = dict(queries.names_of_people(rows))
    organisations = [row.row_id for row in rows if row.kind == "organisation"]
    organisations += [row.facts["organisation_id"] for row in rows if row.kind == "contract"]
    for id_, name in directory.name_on(organisations, on).items():
        names["organisation", id_] = name
    cases = [row.row_id for row in rows if row.kind == "advice_case"]
    for id_, name in advice.names_of_cases(cases).items():
        names["advice_case", id_] = name
    events = {row.row_id for row in rows if row.kind == "event"}
    events |= {row.facts["event_id"] for row in rows if "event_id" in row.facts}
    titles = queries.titles(events)
    return [
        Line(
            kind=row.kind,
            row_id=row.row_id,
            what=_what(row, names),
            details=_details(row, titles, names),
            part=str(PARTS[row.facts["part"]]),
        )
        for row in rows
    ]


def _what(row: Told, names: dict[tuple[str, int], str]) -> str:
    if row.kind == "event":
        return str(row.facts["title"])
    if row.kind == "target":
        return translated(row.facts["text"])
    if row.kind == "contract":
        return trade_lines.name_of(row.facts)
    return str(row.facts.get("name") or names.get((row.kind, row.row_id), row.row_id))


def _details(row: Told, titles: dict[int, str], names: dict[tuple[str, int], str]) -> str:
    facts = row.facts
    parts: list[Any] = []
    if row.kind in {"person", "walk_in"}:
        parts += [SEXES[facts["sex"]], REASONS.get(facts.get("why", ""), "")]
        if row.kind == "walk_in":
            parts.append(_("walk-in, not recognised yet"))
        if "event_id" in facts:
            parts.append(titles.get(facts["event_id"], ""))
    if row.kind == "organisation":
        parts += _of_organisation(facts)
    if row.kind == "advice_case":
        parts += _of_case(facts)
    if row.kind == "event":
        parts += _of_event(facts)
    if row.kind == "contract":
        parts.append(names.get(("organisation", facts["organisation_id"])))
        parts.append(titles.get(facts["event_id"]))
        parts += trade_lines.of_contract(facts)
    return " · ".join(str(part) for part in parts if part)


def _of_organisation(facts: Json) -> list[Any]:
    parts: list[Any] = [KIND_NAMES[facts["kind"]], REASONS.get(facts.get("why", ""), "")]
    if "stars" in facts:
        parts.append(_("highest star: %(stars)s", stars=facts["stars"]))
    if "stands" in facts:
        parts += trade_lines.of_participation(facts)
    if "founded_on" in facts:
        parts.append(_founded(facts))
        if facts.get("from_group"):
            parts.append(_("was a cooperative group before"))
        if facts.get("later_cooperative"):
            parts.append(_("became a cooperative later"))
        if not facts["still_operating"]:
            parts.append(_("no longer operating"))
    if "half_years" in facts:
        parts += _of_jobs(facts)
    if "attended" in facts:
        parts.append(
            _(
                "invited to %(invited)s, came to %(attended)s, %(people)s people",
                invited=facts["invited"],
                attended=facts["attended"],
                people=facts["people"],
            )
        )
    return parts


def _of_case(facts: Json) -> list[Any]:
    parts: list[Any] = [PURPOSE_NAMES[facts["purpose"]], REASONS.get(facts.get("why", ""), "")]
    parts.append(_("first contact on %(day)s", day=_day(facts["opened_on"])))
    if "closed_on" in facts:
        parts.append(
            _(
                "closed on %(day)s: %(outcome)s",
                day=_day(facts["closed_on"]),
                outcome=OUTCOME_NAMES[facts["outcome"]],
            )
        )
    if "founded_on" in facts:
        parts.append(_("founded on %(day)s", day=_day(facts["founded_on"])))
    return parts


def _day(said: str) -> str:
    return day(date.fromisoformat(said))


def _of_jobs(facts: Json) -> list[str]:
    """Answer what counts of jobs say: which half-years, how many women, and what is new."""
    halves = [half for key in facts["half_years"] if (half := HalfYear.read(key))]
    told = [", ".join(half.label for half in halves)]
    told.append(_n("%(num)s woman", "%(num)s women", facts["jobs"]))
    if "increment" in facts:
        told.append(
            _(
                "%(new)s new above %(known)s known: %(workers)s workers, %(members)s members",
                new=number(facts["increment"]),
                known=number(facts["baseline"]),
                workers=number(facts["workers"]),
                members=number(facts["members"]),
            )
        )
    return told


def _of_event(facts: Json) -> list[Any]:
    parts: list[Any] = [facts["last_on"], REASONS.get(facts.get("why", ""), "")]
    if "reached" in facts:
        parts.append(_("reached %(times)s times, as declared", times=number(facts["reached"])))
        parts += [
            f"{CHANNEL_NAMES[ReachChannel(channel)]}: {number(reached)}"
            for channel, reached in facts["channels"].items()
        ]
    return parts


def _founded(facts: Json) -> str:
    founded = date.fromisoformat(facts["founded_on"])
    if facts["precision"] == "year":
        return _("founded in %(year)s", year=founded.year)
    return _("founded on %(day)s", day=day(founded))

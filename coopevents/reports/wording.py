"""What the report says, in Vietnamese: sentences and cells made from a snapshot's figures.

The report is a Vietnamese document whatever language its reader's pages speak, so its words stand
here and go through no translation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal

from coopevents import clock
from coopevents.db import Json
from coopevents.i18n import official_day
from coopevents.programme.models import PeriodKind
from coopevents.reports.models import ReportFigure
from coopevents.reports.snapshot import Snapshot
from coopevents.territory import scope

DASH = "—"
NOT_YET = "Chưa tính trong báo cáo này"
SAMPLE = "(Số liệu mô phỏng)"
KINDS = {
    "cooperative": "hợp tác xã",
    "cooperative_group": "tổ hợp tác",
    "linked_group": "tổ (nhóm) liên kết",
}
SHORT_KINDS = {
    "cooperative": "HTX",
    "cooperative_group": "THT",
    "linked_group": "Tổ (nhóm) liên kết",
    "cooperative_union": "Liên hiệp HTX",
}
NAMED_AT_MOST = 10
"""Activities a sentence names; the others are named in the annex."""
WOMEN_LED = {True: "Có", False: "Không", None: "Chưa rõ"}
COMPUTED = (
    *("I1", "I2", "I3", "I5", "I7", "I11", "I12", "I13"),
    *("I14", "I15", "I16", "I17", "I19", "I21"),
)


@dataclass(frozen=True)
class TargetLine:
    """A line of table 1."""

    name: str
    unit: str
    target: str
    actual: str
    note: str


def number(value: Decimal | int | None) -> str:
    """Answer a number as Vietnamese documents write it; a missing one is a dash."""
    if value is None:
        return DASH
    return str(format_decimal(value, locale="vi"))


def percent(value: Decimal | None) -> str:
    """Answer a percentage with one decimal and a comma; a missing one is a dash."""
    if value is None:
        return DASH
    rounded = Decimal(value).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{format_decimal(rounded, '#,##0.0', locale='vi')}%"


def commune(facts: Json) -> str:
    """Answer a commune with its former district, and whether it is one of the other territory."""
    if not facts["commune"]:
        return DASH
    district = facts.get("district")
    told = (
        f"{facts['commune']}, {district[:1].lower()}{district[1:]}"
        if district
        else facts["commune"]
    )
    if not facts.get("of_other_territory"):
        return str(told)
    return f"{told} ({'cũ, chưa xác định xã hiện nay' if district else 'chưa xác định xã cũ'})"


def territory(snapshot: Snapshot) -> str:
    """Answer which province the report is about, and since or until when it had these borders."""
    day_, signed_for = snapshot.period.to_on, snapshot.programme.territory
    province = scope.province(signed_for, snapshot.report.territory, day_)
    told = f"Số liệu theo địa giới {scope.official_name(province)}"
    if province.valid_to and province.valid_to < day_:
        return (
            f"{told}, đến ngày {day(province.valid_to)}; không gồm tổ chức ngoài địa giới này và "
            "không so sánh với số liệu của địa giới khác."
        )
    return f"{told}."


def share(numerator: int, denominator: int) -> str:
    """Answer a share as 45/100 (45,0%)."""
    value = None if denominator == 0 else Decimal(numerator) * 100 / Decimal(denominator)
    return f"{number(numerator)}/{number(denominator)} ({percent(value)})"


def day(value: date | str | None) -> str:
    """Answer a day as 05/02/2026; a missing one is a dash."""
    if not value:
        return DASH
    return (date.fromisoformat(value) if isinstance(value, str) else value).strftime("%d/%m/%Y")


def days(facts: Json) -> str:
    """Answer the days of an activity: one, or from – to."""
    if facts["first_on"] == facts["last_on"]:
        return day(facts["last_on"])
    return f"{day(facts['first_on'])} – {day(facts['last_on'])}"


def value(figure: ReportFigure) -> str:
    """Answer a figure as it is printed: a count, or a share in percent."""
    return number(figure.value) if figure.denominator is None else percent(figure.value)


def period_name(snapshot: Snapshot) -> str:
    """Answer what the report calls its period."""
    label = snapshot.period.label
    names = {
        PeriodKind.YEAR: f"năm {label}",
        PeriodKind.MID_YEAR: f"6 tháng đầu năm {label}",
        PeriodKind.FINAL: f"giai đoạn {label}",
        PeriodKind.SPAN: f"từ ngày {day(snapshot.period.from_on)} đến ngày "
        f"{day(snapshot.period.to_on)}",
    }
    return names[snapshot.period.kind]


def computed_on(snapshot: Snapshot) -> date:
    """Answer the local day the figures are of."""
    return clock.local(snapshot.report.computed_at or snapshot.report.requested_at).date()


def basis(snapshot: Snapshot, bodies: list[str]) -> str:
    """Answer the paragraph that says on what the report rests and which days it counts."""
    period, counted = snapshot.period, computed_on(snapshot)
    text = (
        f"Căn cứ {snapshot.programme.name['vi']} ký {official_day(snapshot.programme.signed_on)} "
        f"giữa {' và '.join(bodies)}, hai cơ quan báo cáo kết quả thực hiện "
        f"{period_name(snapshot)} như sau. Số liệu tính từ ngày {day(period.from_on)} đến hết ngày "
        f"{day(period.to_on)}. {territory(snapshot)}"
    )
    if counted <= period.to_on:
        text += (
            f" Kỳ báo cáo chưa kết thúc: đây là số liệu tạm tính đến ngày {day(counted)}; các tổ "
            "chức được phân loại theo dữ liệu đã có cho ngày cuối kỳ."
        )
    return text


def on_activities(snapshot: Snapshot) -> list[str]:
    """Answer what the report says of the activities held."""
    figure, facts = snapshot.figures["I1"], snapshot.facts("A2")
    joint = [row for row in facts if row["joint"]]
    if not joint:
        sentences = ["Trong kỳ, hai cơ quan chưa phối hợp tổ chức hoạt động nào."]
    else:
        kinds = kind_names(facts)
        of_kinds = listed(
            f"{number(count)} {kinds[kind]}" for kind, count in figure.breakdown["kind"].items()
        )
        sentences = [
            (
                f"Trong kỳ, hai cơ quan đã phối hợp tổ chức {number(figure.value)} hoạt động, gồm: "
                f"{of_kinds}."
            )
        ]
    contents = figure.breakdown["content"]
    if contents:
        of_contents = listed(
            f"nội dung {key}: {number(contents[key])} hoạt động"
            for key in sorted(contents, key=int)
        )
        sentences.append(
            f"Theo nội dung của Chương trình (một hoạt động có thể thuộc nhiều nội dung): "
            f"{of_contents}."
        )
    aside = [row for row in facts if not row["joint"]]
    if aside:
        named = [f"{row['title']} ({hosts(row, 'lead') or DASH}, {days(row)})" for row in aside]
        sentences.append(
            f"Ngoài ra có {number(len(aside))} hoạt động không do cả hai cơ quan cùng tổ chức, "
            f"không tính vào số hoạt động phối hợp: {_first_of(named)}."
        )
    going_on = [f"{row['title']} ({days(row)})" for row in snapshot.facts("A9")]
    if going_on:
        sentences.append(
            f"Đang thực hiện tại ngày cuối kỳ, tính vào kỳ kết thúc: {_first_of(going_on)}."
        )
    return sentences


def _first_of(named: list[str]) -> str:
    """Name as many as a sentence bears; annex I names them all."""
    more = len(named) - NAMED_AT_MOST
    if more <= 0:
        return "; ".join(named)
    return f"{'; '.join(named[:NAMED_AT_MOST])}; và {number(more)} hoạt động khác"


def kind_names(activities: list[Json]) -> dict[str, str]:
    """Answer what the kinds of these activities are called."""
    return {facts["kind"]: facts["kind_name"]["vi"].lower() for facts in activities}


def on_people(snapshot: Snapshot) -> list[str]:
    """Answer what the report says of those who came."""
    times, people, women = (snapshot.figures[code] for code in ("I2", "I3", "I11"))
    text = (
        f"Có {number(times.value)} lượt người tham dự ({_sexes(times)}), là "
        f"{number(people.value)} người không trùng ({_sexes(people)})."
    )
    if women.value is None:
        return [text]
    return [
        text,
        (
            f"Tỷ lệ nữ trong số người tham dự có khai giới tính là {percent(women.value)} "
            f"({number(women.numerator)}/{number(women.denominator)} người)."
        ),
    ]


def _sexes(figure: ReportFigure) -> str:
    sexes = figure.breakdown["sex"]
    told = f"nữ {number(sexes['female'])}, nam {number(sexes['male'])}"
    return told + (f", không khai {number(sexes['not_stated'])}" if sexes["not_stated"] else "")


def on_coverage(snapshot: Snapshot) -> list[str]:
    """Answer what the report says of the organisations reached."""
    figure = snapshot.figures["I7"]
    kinds, apart = figure.breakdown["kind"], figure.breakdown["apart"]
    of_kinds = listed(
        f"{name} {share(kinds[kind]['numerator'], kinds[kind]['denominator'])}"
        for kind, name in KINDS.items()
    )
    sentences = [
        (
            f"Tại ngày {day(snapshot.period.to_on)}, thuộc diện hỗ trợ (đang hoạt động và do phụ "
            f"nữ làm chủ, quản lý) có {number(figure.denominator)} hợp tác xã, tổ hợp tác, tổ "
            f"(nhóm) liên kết; {number(figure.numerator)} có người đại diện tham dự, đạt "
            f"{percent(figure.value)}. Trong đó: {of_kinds}."
        )
    ]
    if kinds["cooperative_group"]["denominator"] == 0:
        sentences.append(
            "Sổ theo dõi chưa ghi nhận tổ hợp tác nào do phụ nữ làm chủ, quản lý đang hoạt động."
        )
    if apart["unknown"]:
        sentences.append(
            f"{number(apart['unknown'])} tổ chức chưa rõ người đứng đầu, không tính vào tỷ lệ nào."
        )
    if apart["left"]:
        sentences.append(
            f"{number(apart['left'])} tổ chức đã tham dự nhưng đến cuối kỳ không còn thuộc diện, "
            "không tính vào tỷ lệ."
        )
    return sentences


def represented(facts: Json) -> str:
    """Answer who was represented in an activity, by the names of that day."""
    return listed(told["name"] for told in facts.get("represented", ()))


def listed(parts: Iterable[str]) -> str:
    """Answer several things one after another."""
    return "; ".join(parts)


def target_lines(snapshot: Snapshot) -> list[TargetLine]:
    """Answer table 1: every target, reached or not computed yet, then the figures without one."""
    targets = snapshot.facts("A1")
    lines = [_target_line(snapshot, facts) for facts in targets]
    aimed_at = {facts["indicator"] for facts in targets}
    return lines + [
        TargetLine(
            name=snapshot.rules[code].name["vi"],
            unit=snapshot.rules[code].unit["vi"],
            target=DASH,
            actual=value(snapshot.figures[code]),
            note=_fraction(snapshot.figures[code]),
        )
        for code in COMPUTED
        if code in snapshot.figures and code not in aimed_at
    ]


def _target_line(snapshot: Snapshot, facts: Json) -> TargetLine:
    units = {"I12": "HTX", "I13": "tổ", "I14": "người", "I8": "%", "I1": "hoạt động"}
    figure = snapshot.figures.get(facts["indicator"])
    return TargetLine(
        name=f"{facts['text']['vi']} ({target_version(facts)})",
        unit=units.get(facts["indicator"], ""),
        target=_aim(facts),
        actual=NOT_YET if figure is None else value(figure),
        note="" if figure is None else _verdict(snapshot, facts, figure),
    )


def target_version(facts: Json) -> str:
    """Answer which version of a target a figure is held against: since when and by what.

    Source: case 27. A snapshot made before versions were kept says since when alone.
    """
    said = f"áp dụng từ {day(facts['effective_on'])}"
    if facts.get("document"):
        said += f", theo {facts['document']}"
    return f"{said}, địa bàn {target_territory(facts)}" if facts.get("territory") else said


def target_territory(facts: Json) -> str:
    """Answer the province a target was set for; one that is no more is marked as the old one.

    Source: case 7.
    """
    return f"{facts['territory']} (cũ)" if facts["territory_until"] else str(facts["territory"])


def _aim(facts: Json) -> str:
    lower = least(facts)
    upper = f"–{number(Decimal(facts['upper']))}" if facts["upper"] else ""
    unit = "%" if facts["kind"] == "percent" else ""
    when = "mỗi năm" if facts["per_year"] else f"đến {facts['due_on'][:4]}"
    return f"{lower}{upper}{unit} ({when})"


def least(facts: Json) -> str:
    """Answer the number of a target, or the least of a range; what was meant about says so."""
    about = "khoảng " if facts["kind"] == "about" else ""
    return about + number(Decimal(facts["lower"]))


def _verdict(snapshot: Snapshot, facts: Json, figure: ReportFigure) -> str:
    """A range is a plan: its lower end is what is owed, and more is met too. Source: A9.

    A target for the end of the programme is not judged by what one period brought.
    """
    if not facts["per_year"]:
        return "Thực hiện trong kỳ; chỉ tiêu tính lũy kế"
    whole_year = snapshot.period.kind is PeriodKind.YEAR
    first_year = snapshot.period.from_on == snapshot.programme.starts_on
    if figure.value is None or (facts["per_year"] and (not whole_year or first_year)):
        return "Kỳ không trọn năm" if figure.value is not None else ""
    if figure.value < Decimal(facts["lower"]):
        return "Chưa đạt" if snapshot.period.to_on < computed_on(snapshot) else "Đang thực hiện"
    over = facts["upper"] and figure.value > Decimal(facts["upper"])
    return "Đạt, vượt kế hoạch" if over else "Đạt"


def _fraction(figure: ReportFigure) -> str:
    if figure.denominator is None:
        return ""
    return f"{number(figure.numerator)}/{number(figure.denominator)}"


def hosts(facts: Json, *roles: str) -> str:
    """Answer the bodies that hosted an activity in one of the roles."""
    return listed(host["name"] for host in facts["hosts"] if host["role"] in roles)


def is_sample(snapshot: Snapshot) -> bool:
    """Whether any of the figures is made from sample data."""
    return snapshot.programme.is_sample or any(f["is_sample"] for f in snapshot.facts("A2"))

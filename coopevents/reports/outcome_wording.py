"""What the report says, in Vietnamese, of what came of the programme: reach, jobs."""

from coopevents.reports.snapshot import Snapshot
from coopevents.reports.wording import KINDS, NOT_YET, listed, number

CHANNELS = {
    "article": "tin, bài",
    "broadcast": "phát thanh, truyền hình",
    "social_network": "mạng xã hội",
    "leaflet": "tờ rơi",
    "talk": "nói chuyện chuyên đề",
    "loudspeaker": "loa truyền thanh",
    "other": "hình thức khác",
}
JOBS = {
    "workers": "lao động",
    "members": "thành viên",
    "organisations": "đơn vị có số liệu",
    "unverified": "không tính: chưa xác minh",
    "no_baseline": "không tính: số liệu đầu tiên, làm mức nền",
    "elsewhere": "không tính: ngoài địa bàn",
    "gone": "không tính: đã giải thể",
    "other_kind": "không tính: không thuộc loại đơn vị được tính",
}


def half_year(key: str) -> str:
    """Answer what a half-year such as 2025-1 is called."""
    year, half = key.split("-")
    return f"6 tháng {'đầu' if half == '1' else 'cuối'} năm {year}"


def on_reach(snapshot: Snapshot) -> list[str]:
    """Answer what the report says of communication work: reach, which is no attendance."""
    figure = snapshot.figures.get("I19")
    if figure is None or not (
        figure.breakdown["channel"] or figure.breakdown["apart"]["not_declared"]
    ):
        return []
    sentences = []
    if figure.breakdown["channel"]:
        of_channels = listed(
            f"{CHANNELS[channel]} {number(times)}"
            for channel, times in figure.breakdown["channel"].items()
        )
        sentences.append(
            f"Hoạt động tuyên truyền đạt {number(figure.value)} lượt tiếp cận theo kê khai, không "
            f"tính vào số lượt người tham dự: {of_channels}."
        )
    silent = figure.breakdown["apart"]["not_declared"]
    if silent:
        sentences.append(f"{number(silent)} hoạt động tuyên truyền chưa kê khai số lượt tiếp cận.")
    return sentences


def on_jobs(snapshot: Snapshot) -> list[str]:
    """Answer what the report says of women's jobs."""
    figure = snapshot.figures.get("I14")
    if figure is None:
        return [NOT_YET + "."]
    parts, apart = figure.breakdown["part"], figure.breakdown["apart"]
    organisations = figure.breakdown["counted"]["organisations"]
    if not organisations:
        sentences = ["Trong kỳ chưa có số liệu việc làm nào được xác minh của đơn vị thuộc diện."]
    else:
        of_kinds = listed(
            f"{name} {number(figure.breakdown['kind'][kind])}" for kind, name in KINDS.items()
        )
        sentences = [
            (
                f"Trong kỳ có {number(figure.value)} việc làm mới cho lao động nữ theo số liệu đã "
                f"xác minh của {number(organisations)} đơn vị do phụ nữ làm "
                f"chủ, quản lý: lao động {number(parts['workers'])}, thành viên "
                f"{number(parts['members'])}; {of_kinds}."
            )
        ]
    if apart.get("unverified"):
        sentences.append(f"{number(apart['unverified'])} số liệu chưa xác minh, không tính.")
    if apart.get("no_baseline"):
        sentences.append(
            f"{number(apart['no_baseline'])} số liệu đầu tiên của đơn vị chưa có mức nền, chỉ làm "
            "mức nền, không tính là việc làm mới."
        )
    return sentences

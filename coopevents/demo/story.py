"""The activities the demo tells of: invented, and marked as samples on every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Past:
    """An activity, whom it was for, and how many of them answered and came."""

    kind: str
    title: str
    description: str
    place: str
    days: Sequence[date]
    contents: Sequence[int]
    led_by_union: bool = True
    joint: bool = True
    capacity: int | None = None
    seats: int = 2
    women_led: bool = True
    skip: int = 0
    every: int = 1
    invited: int = 40
    answered: float = 0.8
    came: float = 0.9
    promised: bool = False
    """Whether the plan of its year had it."""
    listed_publicly: bool = False
    unsettled: int = 0
    """How many things are still to be done after it."""


HALL = "Hội trường Liên minh HTX tỉnh, thành phố Việt Trì"

PAST = (
    Past(
        "training",
        "Tập huấn Luật Hợp tác xã 2023 cho nữ cán bộ quản lý hợp tác xã",
        "Điểm mới của Luật Hợp tác xã số 17/2023/QH15 và việc sửa đổi điều lệ.",
        HALL,
        (date(2024, 10, 15), date(2024, 10, 16)),
        (1, 3),
        capacity=60,
        invited=45,
    ),
    Past(
        "seminar",
        "Hội thảo phụ nữ tham gia phát triển kinh tế tập thể",
        "Kinh nghiệm của các hợp tác xã do phụ nữ làm chủ.",
        "Trung tâm Hội nghị tỉnh",
        (date(2024, 11, 20),),
        (1, 2),
        led_by_union=False,
        skip=1,
        every=2,
        invited=35,
        answered=0.7,
    ),
    Past(
        "training",
        "Tập huấn kỹ năng quản trị và kế toán hợp tác xã",
        "Sổ sách, báo cáo tài chính và quản trị nội bộ.",
        HALL,
        (date(2025, 3, 18), date(2025, 3, 19)),
        (2, 3),
        capacity=50,
        invited=40,
        skip=20,
    ),
    Past(
        "trade_promotion",
        "Phiên chợ sản phẩm OCOP của hợp tác xã do phụ nữ quản lý",
        "Trưng bày, giới thiệu và kết nối cung cầu sản phẩm OCOP.",
        "Quảng trường Hùng Vương, Việt Trì",
        (date(2025, 6, 5), date(2025, 6, 6)),
        (2,),
        led_by_union=False,
        seats=3,
        invited=30,
        every=3,
        came=0.95,
    ),
    Past(
        "training",
        "Tập huấn kỹ năng tuyên truyền cho cán bộ Hội cơ sở",
        "Do Hội Liên hiệp Phụ nữ tổ chức; không tính vào chương trình phối hợp.",
        "Hội trường Hội LHPN tỉnh",
        (date(2025, 9, 10),),
        (3,),
        joint=False,
        invited=20,
        skip=5,
        every=4,
    ),
    Past(
        "training",
        "Tập huấn chuyển đổi số cho hợp tác xã do phụ nữ tham gia quản lý",
        "Bán hàng trực tuyến, truy xuất nguồn gốc, hóa đơn điện tử.",
        HALL,
        (date(2026, 3, 24), date(2026, 3, 25)),
        (2, 3),
        capacity=60,
        invited=50,
        skip=10,
    ),
    Past(
        "trade_promotion",
        "Hội chợ xúc tiến thương mại sản phẩm hợp tác xã vùng Đất Tổ",
        "Gian hàng chung của các hợp tác xã do phụ nữ quản lý.",
        "Quảng trường Hùng Vương, Việt Trì",
        (date(2026, 5, 14), date(2026, 5, 15)),
        (2,),
        promised=True,
        led_by_union=False,
        seats=3,
        invited=36,
        every=2,
        came=0.95,
    ),
    Past(
        "seminar",
        "Hội thảo tư vấn, hỗ trợ phụ nữ thành lập hợp tác xã, tổ hợp tác",
        "Trình tự thành lập, chính sách hỗ trợ và vay vốn.",
        "Trung tâm Hội nghị tỉnh",
        (date(2026, 8, 19),),
        (1, 4),
        invited=45,
        skip=30,
        answered=0.75,
        unsettled=1,
    ),
    Past(
        "communication",
        "Tuyên truyền Luật Hợp tác xã 2023 tới hội viên phụ nữ",
        "Tin, bài trên báo, đài, mạng xã hội và loa truyền thanh cơ sở.",
        "Các xã, phường trong tỉnh",
        (date(2026, 7, 8),),
        (1,),
        invited=0,
    ),
)


def to_come(today: date) -> Past:
    """Answer the activity to come: a training of two sessions some two weeks from today."""
    first = _workday(today, 14)
    return Past(
        "training",
        "Tập huấn chính sách, pháp luật về kinh tế tập thể và hợp tác xã",
        "Chủ trương của Đảng, pháp luật của Nhà nước về kinh tế tập thể; giải đáp vướng mắc.",
        HALL,
        (first, first + timedelta(days=1)),
        (1, 3),
        capacity=60,
        listed_publicly=True,
    )


def to_be_prepared(today: date) -> Past:
    """Answer the activity of which there is a draft yet."""
    return Past(
        "study_visit",
        "Tham quan học tập mô hình hợp tác xã do phụ nữ quản lý",
        "Học tập kinh nghiệm sản xuất, tiêu thụ sản phẩm theo chuỗi.",
        "HTX chè xanh (mẫu) Thu Cúc",
        (_workday(today, 30),),
        (2,),
        capacity=40,
        promised=True,
    )


def only_promised(today: date) -> Past:
    """Answer the activity that stands on the plan of the year, and that nobody has begun."""
    return Past(
        "round_table",
        "Tọa đàm vay vốn ưu đãi cho hợp tác xã do phụ nữ làm chủ",
        "Trao đổi với ngân hàng và Quỹ hỗ trợ phát triển hợp tác xã.",
        "Trung tâm Hội nghị tỉnh",
        (_workday(today, 14),),
        (4,),
        capacity=50,
    )


def to_be_moved(today: date) -> Past:
    """Answer the activity that people were invited to, and that the weather moved."""
    return Past(
        "seminar",
        "Hội thảo liên kết chuỗi giá trị nông sản của hợp tác xã",
        "Liên kết sản xuất và tiêu thụ giữa hợp tác xã và doanh nghiệp.",
        "Trung tâm Hội nghị tỉnh",
        (_workday(today, 9), _workday(today, 14)),
        (2,),
        led_by_union=False,
        invited=14,
        every=3,
        answered=0.9,
        listed_publicly=True,
    )


def to_be_put_off(today: date) -> Past:
    """Answer the activity that people were invited to, and of which no day is known any more."""
    return Past(
        "conference",
        "Hội nghị biểu dương hợp tác xã do phụ nữ làm chủ",
        "Tuyên dương các hợp tác xã do phụ nữ làm chủ hoạt động hiệu quả.",
        HALL,
        (_workday(today, 17),),
        (1,),
        invited=10,
        every=4,
        listed_publicly=True,
    )


def _workday(today: date, days: int) -> date:
    """Answer the day so many days ahead, or the next Monday where it is no day for a training."""
    found = today + timedelta(days=days)
    while found.weekday() > 3:
        found += timedelta(days=1)
    return found

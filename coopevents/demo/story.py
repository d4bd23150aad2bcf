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
    ),
)


def to_come(today: date) -> Past:
    """Answer the activity to come: a training of two sessions some two weeks from today."""
    first = today + timedelta(days=14)
    while first.weekday() > 3:
        first += timedelta(days=1)
    return Past(
        "training",
        "Tập huấn chính sách, pháp luật về kinh tế tập thể và hợp tác xã",
        "Chủ trương của Đảng, pháp luật của Nhà nước về kinh tế tập thể; giải đáp vướng mắc.",
        HALL,
        (first, first + timedelta(days=1)),
        (1, 3),
        capacity=60,
    )

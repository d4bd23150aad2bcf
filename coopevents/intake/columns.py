"""The columns of a register's workbook: what they are headed by, and what they are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from coopevents.directory.models import OrganisationKind


@dataclass(frozen=True)
class Column:
    """A column we know: the folded words it is headed by, alone or under a wider heading."""

    words: tuple[str, ...]
    under: tuple[str, ...] = ()
    """The wider heading it stands under; empty where its own words are enough."""
    required: bool = True


KINDS = {
    "ten hop tac xa": OrganisationKind.COOPERATIVE,
    "ten htx": OrganisationKind.COOPERATIVE,
    "ten to hop tac": OrganisationKind.COOPERATIVE_GROUP,
    "ten tht": OrganisationKind.COOPERATIVE_GROUP,
    "ten lien hiep hop tac xa": OrganisationKind.COOPERATIVE_UNION,
    "ten lien hiep htx": OrganisationKind.COOPERATIVE_UNION,
    "ten to lien ket": OrganisationKind.LINKED_GROUP,
    "ten nhom lien ket": OrganisationKind.LINKED_GROUP,
    "ten to (nhom) lien ket": OrganisationKind.LINKED_GROUP,
}
"""The kind of organisation that the heading of the name tells of."""

KIND_WORDS = {
    "htx": OrganisationKind.COOPERATIVE,
    "tht": OrganisationKind.COOPERATIVE_GROUP,
    "lhhtx": OrganisationKind.COOPERATIVE_UNION,
    "tlk": OrganisationKind.LINKED_GROUP,
}
"""The kind that the name of a sheet tells of, where the heading does not."""

PEOPLE = ("thanh vien", "so thanh vien", "so luong thanh vien")
WORKERS = ("lao dong", "so lao dong", "so luong lao dong")
ALL = ("tong so", "tong", "tong cong")
WOMEN = ("nu", "trong do nu", "trong do: nu")

COLUMNS: Mapping[str, Column] = {
    "name": Column((*KINDS, "ten to chuc", "ten don vi")),
    "commune": Column(
        ("xa/phuong", "xa, phuong", "xa/phuong/thi tran", "xa, phuong, thi tran", "xa", "phuong/xa")
    ),
    "district": Column(
        ("huyen/thanh/thi", "huyen", "huyen/thi/thanh", "huyen, thanh, thi"), required=False
    ),
    "sector": Column(("nganh nghe", "linh vuc", "linh vuc hoat dong", "nganh, nghe")),
    "founded": Column(("ngay/nam thanh lap", "ngay thanh lap", "nam thanh lap")),
    "person": Column(("ho va ten", "ho ten", "nguoi dai dien")),
    "sex": Column(("gioi tinh",)),
    "title": Column(("chuc vu", "chuc danh")),
    "phone": Column(("dien thoai", "so dien thoai", "sdt")),
    "email": Column(("email", "e-mail", "thu dien tu")),
    "members": Column(ALL, under=PEOPLE),
    "women_members": Column(WOMEN, under=PEOPLE),
    "workers": Column(ALL, under=WORKERS),
    "women_workers": Column(WOMEN, under=WORKERS),
    "women_mark": Column(
        ("htx do phu nu quan ly", "tht do phu nu quan ly", "do phu nu quan ly"), required=False
    ),
    "support": Column(("hoi lhpn ho tro thanh lap", "hoi phu nu ho tro thanh lap")),
}

OCOP_COLUMNS: Mapping[str, Column] = {
    "name": COLUMNS["name"],
    "commune": COLUMNS["commune"],
    "district": COLUMNS["district"],
    "product": Column(("ten san pham", "san pham")),
    "stars": Column(("hang sao", "so sao", "xep hang")),
    "decision": Column(("so quyet dinh", "quyet dinh")),
    "issued": Column(("ngay cong nhan", "ngay cap", "ngay quyet dinh")),
}

TITLES: Mapping[str, str] = {
    "name": "Tên hợp tác xã",
    "commune": "Xã/phường",
    "district": "Huyện/thành/thị",
    "sector": "Ngành nghề",
    "founded": "Ngày/năm thành lập",
    "person": "Họ và tên",
    "sex": "Giới tính",
    "title": "Chức vụ",
    "phone": "Điện thoại",
    "email": "Email",
    "members": "Thành viên / Tổng số",
    "women_members": "Thành viên / Nữ",
    "workers": "Lao động / Tổng số",
    "women_workers": "Lao động / Nữ",
    "women_mark": "HTX do phụ nữ quản lý",
    "support": "Hội LHPN hỗ trợ thành lập",
    "product": "Tên sản phẩm",
    "stars": "Hạng sao",
    "decision": "Số quyết định",
    "issued": "Ngày công nhận",
}
"""How a column is named to whoever keeps the workbook: in the workbook's language."""

NAME_TITLES = {
    OrganisationKind.COOPERATIVE_GROUP: "Tên tổ hợp tác",
    OrganisationKind.COOPERATIVE_UNION: "Tên liên hiệp hợp tác xã",
    OrganisationKind.LINKED_GROUP: "Tên tổ (nhóm) liên kết",
}


def title_of(column: str, kind: OrganisationKind | None = None) -> str:
    """Answer what a column is called in a workbook that lists organisations of the kind."""
    if column == "name" and kind in NAME_TITLES:
        return NAME_TITLES[kind]
    return TITLES[column]

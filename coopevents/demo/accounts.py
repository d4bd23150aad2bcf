"""Who signs in to the demo: invented people, one for each role."""

from dataclasses import dataclass

from coopevents.accounts.models import Role

OFFICER, COLLEAGUE = "canbo.hoi@coop.example", "canbo.lm@coop.example"
PASSWORD = "htx-phu-tho-2026"  # noqa: S105 - printed on the sign-in page of the demo


@dataclass(frozen=True)
class Account:
    """A sample person who signs in."""

    role: Role
    email: str
    full_name: str
    body: str

    @property
    def password(self) -> str:
        """The one password of all sample accounts."""
        return PASSWORD


ACCOUNTS = (
    Account(Role.ADMINISTRATOR, "quantri@coop.example", "Quản trị viên (mẫu)", "coop_alliance"),
    Account(Role.OFFICER, OFFICER, "Cán bộ Hội LHPN (mẫu)", "womens_union"),
    Account(Role.OFFICER, COLLEAGUE, "Cán bộ Liên minh HTX (mẫu)", "coop_alliance"),
    Account(Role.LEADER, "lanhdao@coop.example", "Lãnh đạo (mẫu)", "womens_union"),
    Account(Role.VIEWER, "xem@coop.example", "Người xem (mẫu)", "coop_alliance"),
)

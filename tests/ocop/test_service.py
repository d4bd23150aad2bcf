"""Keeping certificates: entered, corrected, withdrawn, passed on, each to be taken back."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory.models import OcopCertificate, OcopTransfer, OrganisationStatusKind
from coopevents.errors import DomainError, InputError
from coopevents.ocop import queries, service
from coopevents.ocop.queries import CertificateState
from coopevents.ocop.service import Ranking
from tests.factories import make_certificate, make_organisation, make_status

ISSUED = date(2025, 3, 1)
DAY = date(2026, 6, 10)
RANKING = Ranking("Chè  đinh", 4, "12/QĐ-UBND", ISSUED)


@pytest.fixture(autouse=True)
def in_the_year_2026():
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def owner(programme):
    return make_organisation(programme, name="HTX Chè", founded_on=date(2024, 5, 10))


@pytest.fixture
def certificate(owner):
    return make_certificate(owner, issued_on=ISSUED)


def told(act: str) -> dict[str, tuple[str | None, str | None]]:
    """Answer what the audit keeps of the act: each field before and after."""
    db.session.commit()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.act == act)).one()
    values = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id))
    return {value.field: (value.before, value.after) for value in values}


def test_a_certificate_is_kept_as_its_decision_words_it(owner):
    certificate = service.enter_certificate(owner, RANKING)

    line = queries.get_line(certificate, DAY)
    assert (certificate.product, certificate.stars) == ("Chè đinh", 4)
    assert (line.holder, line.ends_on, line.state) == (
        "HTX Chè",
        date(2028, 3, 1),
        CertificateState.VALID,
    )
    assert told("ocop.entered") == {
        "organisation_id": (None, str(owner.id)),
        "product": (None, "Chè đinh"),
        "stars": (None, "4"),
        "decision": (None, "12/QĐ-UBND"),
        "issued_on": (None, "2025-03-01"),
    }


@pytest.mark.parametrize(
    ("ranking", "field"),
    [
        (Ranking(" ", 4, "12/QĐ", ISSUED), "product"),
        (Ranking("Chè", 4, " ", ISSUED), "decision"),
        (Ranking("Chè", 2, "12/QĐ", ISSUED), "stars"),
        (Ranking("Chè", 6, "12/QĐ", ISSUED), "stars"),
        (Ranking("Chè", 4, "12/QĐ", date(2026, 10, 2)), "issued_on"),
        (Ranking("Chè", 4, "12/QĐ", date(2024, 5, 9)), "issued_on"),
    ],
)
def test_what_no_decision_can_say_is_refused(owner, ranking, field):
    with pytest.raises(InputError) as refused:
        service.enter_certificate(owner, ranking)

    assert list(refused.value.fields) == [field]
    assert db.session.scalars(select(OcopCertificate)).all() == []


def test_the_same_certificate_is_not_entered_twice(owner):
    first = service.enter_certificate(owner, RANKING)

    with pytest.raises(InputError):
        service.enter_certificate(owner, RANKING)

    assert db.session.scalars(select(OcopCertificate)).all() == [first]


def test_a_correction_keeps_what_stood_there_before_and_why(owner, certificate):
    ranking = Ranking(certificate.product, 5, certificate.decision, ISSUED)

    service.correct_certificate(certificate, ranking, "Gõ nhầm số sao")

    assert certificate.stars == 5
    assert told("ocop.corrected") == {"stars": ("3", "5"), "reason": (None, "Gõ nhầm số sao")}


def test_a_certificate_is_not_issued_after_what_became_of_it(programme, certificate):
    service.transfer(certificate, make_organisation(programme), DAY, "QĐ 5")
    ranking = Ranking("Chè", 4, "12/QĐ", date(2026, 6, 11))

    with pytest.raises(InputError) as refused:
        service.correct_certificate(certificate, ranking, "Gõ nhầm ngày")

    assert list(refused.value.fields) == ["issued_on"]
    assert certificate.issued_on == ISSUED


def test_a_withdrawn_certificate_is_valid_until_the_day_before(certificate):
    service.withdraw(certificate, DAY, "Vi phạm chất lượng")

    days = (date(2026, 6, 9), DAY)
    assert [queries.is_valid_on(certificate, day) for day in days] == [True, False]
    assert queries.get_line(certificate, DAY).state is CertificateState.WITHDRAWN
    assert told("ocop.withdrawn") == {
        "withdrawn_on": (None, "2026-06-10"),
        "withdrawn_reason": (None, "Vi phạm chất lượng"),
    }


def test_a_certificate_is_withdrawn_once(certificate):
    service.withdraw(certificate, DAY, "Vi phạm")

    with pytest.raises(DomainError):
        service.withdraw(certificate, date(2026, 7, 1), "Lần nữa")

    assert certificate.withdrawn_on == DAY


@pytest.mark.parametrize("day", [date(2025, 2, 28), date(2028, 3, 1)])
def test_only_a_valid_certificate_is_withdrawn_or_passed_on(programme, certificate, day):
    with pytest.raises(InputError):
        service.withdraw(certificate, day, "Vi phạm")
    with pytest.raises(InputError):
        service.transfer(certificate, make_organisation(programme), day, "QĐ 5")

    assert certificate.withdrawn_on is None
    assert queries.transfers_of(certificate) == []


def test_a_withdrawal_by_mistake_is_taken_back(certificate):
    service.withdraw(certificate, DAY, "Vi phạm")

    service.take_back_withdrawal(certificate, "Nhầm sản phẩm")

    assert queries.is_valid_on(certificate, DAY)
    assert told("ocop.withdrawal_taken_back") == {
        "withdrawn_on": ("2026-06-10", None),
        "withdrawn_reason": ("Vi phạm", None),
        "reason": (None, "Nhầm sản phẩm"),
    }


def test_a_certificate_passes_to_another_by_a_document(programme, owner, certificate):
    heir = make_organisation(programme, name="HTX Lớn")

    service.transfer(certificate, heir, DAY, "QĐ 5 sáp nhập")

    days = (date(2026, 6, 9), DAY)
    assert [queries.get_line(certificate, day).holder for day in days] == ["HTX Chè", "HTX Lớn"]
    assert certificate.organisation_id == owner.id
    assert told("ocop.transferred") == {
        "organisation_id": (str(owner.id), str(heir.id)),
        "transferred_on": (None, "2026-06-10"),
        "document": (None, "QĐ 5 sáp nhập"),
    }
    of_owner = queries.of_organisation(owner.id, DAY)
    of_heir = queries.of_organisation(heir.id, DAY)
    assert [len(each) for each in (of_owner.held, of_owner.passed_on)] == [0, 1]
    assert [len(each) for each in (of_heir.held, of_heir.passed_on)] == [1, 0]


def test_a_transfer_that_cannot_have_been_is_refused(programme, owner, certificate):
    heir, gone = make_organisation(programme), make_organisation(programme, status=None)
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 1, 1))
    young = make_organisation(programme, founded_on=date(2026, 7, 1))
    service.transfer(certificate, heir, DAY, "QĐ 5")

    for to, day, document in (
        (heir, date(2026, 7, 1), "QĐ 6"),  # it holds it already
        (owner, date(2026, 6, 1), "QĐ 6"),  # it was passed on later
        (owner, DAY, "QĐ 6"),
        (gone, date(2026, 7, 1), "QĐ 6"),
        (young, date(2026, 6, 30), "QĐ 6"),
        (owner, date(2026, 7, 1), "  "),
    ):
        with pytest.raises(InputError):
            service.transfer(certificate, to, day, document)

    assert [row.organisation_id for row in queries.transfers_of(certificate)] == [heir.id]


def test_what_was_passed_on_is_not_withdrawn_from_before_that(programme, certificate):
    service.transfer(certificate, make_organisation(programme), DAY, "QĐ 5")

    with pytest.raises(InputError):
        service.withdraw(certificate, date(2026, 6, 9), "Vi phạm")

    assert certificate.withdrawn_on is None


def test_only_the_last_transfer_is_taken_back_and_it_stays_in_the_table(programme, certificate):
    first, second = make_organisation(programme), make_organisation(programme)
    earlier = service.transfer(certificate, first, DAY, "QĐ 5")
    later = service.transfer(certificate, second, date(2026, 7, 1), "QĐ 6")

    with pytest.raises(DomainError):
        service.take_back_transfer(certificate, earlier, "Nhầm")
    service.take_back_transfer(certificate, later, "Nhầm")
    with pytest.raises(DomainError):
        service.take_back_transfer(certificate, later, "Nhầm")

    assert queries.get_line(certificate, date(2026, 7, 1)).holder_id == first.id
    assert db.session.scalars(select(OcopTransfer)).all() == [earlier, later]
    again = service.transfer(certificate, second, date(2026, 7, 1), "QĐ 7")
    assert queries.transfers_of(certificate) == [earlier, later, again]


@pytest.mark.parametrize("act", ["withdraw", "take_back_withdrawal"])
def test_nothing_is_done_without_a_reason(certificate, act):
    asked = {"withdraw": (certificate, DAY, " "), "take_back_withdrawal": (certificate, " ")}

    with pytest.raises(InputError) as refused:
        getattr(service, act)(*asked[act])

    assert list(refused.value.fields) == ["reason"]
    assert certificate.withdrawn_on is None

"""Stands, products, buyers and results: what is written, and what is refused."""

import uuid
from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.db import db
from coopevents.directory.models import OrganisationKind, OrganisationStatusKind
from coopevents.errors import DomainError, InputError
from coopevents.events.models import EventState
from coopevents.outcomes.trade import matching, recording, service
from coopevents.outcomes.trade.models import (
    Basis,
    CallOutcome,
    DealKind,
    MatchDecision,
    ResultSource,
    Stage,
    TradeBuyer,
    TradeCall,
    TradeContract,
    TradeContractMatch,
    TradeMeeting,
    TradeProduct,
    TradeResult,
    TradeStand,
)
from coopevents.outcomes.trade.papers import fold_number
from coopevents.outcomes.trade.queries import certificates_for
from coopevents.outcomes.trade.recording import ContractEntry, Telling
from coopevents.outcomes.trade.service import BuyerEntry
from tests.event_factories import make_event
from tests.factories import make_certificate, make_organisation, make_status
from tests.outcomes.trade import making

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture(autouse=True)
def in_the_year_2026():
    with time_machine.travel("2026-06-10T03:00:00Z", tick=True):
        yield


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè")


@pytest.fixture
def fair(programme):
    return making.make_fair(programme)


@pytest.fixture
def stand(fair, tea):
    return making.make_stand(fair, tea)


def telling(**said) -> Telling:
    facts = {
        "stage": Stage.SIGNED,
        "kind": DealKind.CONTRACT,
        "effective_on": date(2026, 4, 1),
        "value": 5_000_000,
        "basis": Basis.SELF_DECLARED,
        "source": ResultSource.CALL,
    }
    return Telling(**{**facts, **said})


def number_of(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table))


def refused(act) -> dict[str, str]:
    """Answer by field why the act was refused."""
    with pytest.raises(InputError) as refusal:
        act()
    return {name: str(why) for name, why in refusal.value.fields.items()}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("05/HĐ-MB", "5 / hdmb", True),
        ("12/2026/HĐ", "12/26/HĐ", False),
        ("1/12", "11/2", False),
    ],
)
def test_numbers_of_contracts_are_compared_without_signs(one, other, same):
    assert (fold_number(one) == fold_number(other)) is same


def test_an_organisation_gets_its_stands_once(fair, tea):
    first = service.enter_stand(fair, tea, 2, " A12 ")

    again = service.enter_stand(fair, tea, 2, "A12")

    assert (again, first.stands, first.label) == (first, 2, "A12")
    assert number_of(TradeStand) == 1
    assert list(refused(lambda: service.enter_stand(fair, tea, 3))) == ["stands"]


@pytest.mark.parametrize("stands", [0, -1, 501, 10**12])
def test_a_number_of_stands_nobody_can_mean_is_refused(fair, tea, stands):
    assert list(refused(lambda: service.enter_stand(fair, tea, stands))) == ["stands"]


def test_an_agency_or_one_that_ended_has_no_stand(programme, fair):
    agency = make_organisation(programme, kind=OrganisationKind.AGENCY)
    gone = make_organisation(programme, status=None)
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 1, 1))

    for organisation in (agency, gone):
        assert list(refused(lambda of=organisation: service.enter_stand(fair, of, 1))) == ["stands"]


def test_nothing_is_told_of_a_cancelled_activity(programme, tea):
    fair = making.make_fair(programme, held=False, state=EventState.CANCELLED)

    with pytest.raises(DomainError, match="was cancelled"):
        service.enter_stand(fair, tea, 1)


def test_a_stand_on_which_something_hangs_is_not_removed(stand):
    product = making.make_product(stand)

    with pytest.raises(DomainError, match="took part"):
        service.remove_stand(stand)
    service.remove_product(product)
    service.remove_stand(stand)

    assert number_of(TradeStand) == 0


def test_a_product_is_shown_once_with_the_stars_of_that_day(tea, stand):
    certificate = make_certificate(tea, stars=4, issued_on=date(2025, 1, 15))

    product = service.show_product(stand, "Chè xanh", certificate.id)
    again = service.show_product(stand, "chè xanh", certificate.id)
    certificate.stars = 5

    assert (again, product.stars, number_of(TradeProduct)) == (product, 4, 1)
    assert list(refused(lambda: service.show_product(stand, "Chè xanh"))) == ["name"]


@pytest.mark.case(30)
@pytest.mark.parametrize(
    ("issued_on", "fair_on", "stars"),
    [
        (date(2023, 3, 10), date(2026, 3, 9), 4),
        (date(2023, 3, 10), date(2026, 3, 10), None),
        (date(2024, 2, 29), date(2027, 2, 27), 4),
        (date(2024, 2, 29), date(2027, 2, 28), None),
        (date(2023, 8, 31), date(2026, 8, 31), None),
    ],
)
def test_a_certificate_counts_up_to_the_day_before_it_ends(
    programme, tea, issued_on, fair_on, stars
):
    with time_machine.travel("2027-06-10T03:00:00Z"):
        stand = making.make_stand(making.make_fair(programme, fair_on), tea)
        certificate = make_certificate(tea, stars=4, issued_on=issued_on)

        product = service.show_product(stand, "Chè xanh", certificate.id)

    assert (product.certificate_id, product.stars) == (certificate.id, stars)


def test_a_certificate_of_somebody_else_is_refused(programme, stand):
    other = make_certificate(make_organisation(programme))
    later = make_certificate(stand.organisation, issued_on=date(2026, 5, 1))

    for certificate in (other, later):
        fields = refused(lambda of=certificate: service.show_product(stand, "Chè", of.id))
        assert list(fields) == ["certificate_id"]
    assert certificates_for(stand, making.FAIR_DAY) == []


def test_a_new_buyer_sent_twice_is_one_buyer_met_once(stand):
    submission = uuid.uuid4()
    entry = BuyerEntry("Siêu thị  Mẫu", phone="0912 345 678", email="Mua@Example.vn")

    first = service.meet_new_buyer(stand, entry, submission, "Hẹn gửi mẫu")
    again = service.meet_new_buyer(stand, entry, submission, "Hẹn gửi mẫu")

    assert (again, number_of(TradeBuyer), number_of(TradeMeeting)) == (first, 1, 1)
    assert (first.buyer.name, first.buyer.phone, first.buyer.email) == (
        "Siêu thị Mẫu",
        "+84912345678",
        "mua@example.vn",
    )


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (BuyerEntry(""), "name"),
        (BuyerEntry("A", phone="12"), "phone"),
        (BuyerEntry("A", email="không có"), "email"),
    ],
)
def test_a_buyer_that_cannot_be_reached_so_is_refused(stand, entry, field):
    assert list(refused(lambda: service.meet_new_buyer(stand, entry, uuid.uuid4()))) == [field]


def test_a_result_sent_twice_is_one_with_one_contract(stand):
    submission, entry = uuid.uuid4(), ContractEntry("7/HĐ", "Chè xanh")

    first = recording.record_result(stand, entry, telling(), submission)
    again = recording.record_result(stand, entry, telling(), submission)

    assert (again, number_of(TradeResult), number_of(TradeContract)) == (first, 1, 1)
    assert (first.effective_on, first.value, first.contract.number) == (
        date(2026, 4, 1),
        5_000_000,
        "7/HĐ",
    )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"effective_on": date(2026, 3, 9)}, "effective_on"),
        ({"effective_on": date(2026, 6, 11)}, "effective_on"),
        ({"stage": Stage.DELIVERED, "kind": DealKind.MEMORANDUM}, "kind"),
        ({"value": -1}, "value"),
        ({"basis": Basis.VERIFIED}, "evidence"),
    ],
)
def test_what_cannot_have_been_told_is_refused(stand, said, field):
    entry = ContractEntry("7/HĐ")

    fields = refused(lambda: recording.record_result(stand, entry, telling(**said), uuid.uuid4()))

    assert list(fields) == [field]
    assert number_of(TradeContract) == 0


def test_a_contract_of_which_nothing_is_said_is_refused(stand):
    act = lambda: recording.record_result(stand, ContractEntry(), telling(), uuid.uuid4())  # noqa: E731

    assert list(refused(act)) == ["subject"]


def test_a_number_the_activity_knows_is_that_contract(stand):
    recording.record_result(stand, ContractEntry("07/HĐ"), telling(), uuid.uuid4())

    act = lambda: recording.record_result(  # noqa: E731
        stand, ContractEntry("7 / hd"), telling(), uuid.uuid4()
    )

    assert list(refused(act)) == ["number"]


def test_a_contract_of_another_organisation_is_not_found(programme, stand):
    other = making.make_contract(programme, make_organisation(programme))

    with pytest.raises(DomainError, match="no such contract"):
        recording.record_result(stand, other, telling(), uuid.uuid4())


def test_a_correction_stands_and_the_old_row_stays(stand):
    old = recording.record_result(stand, ContractEntry("7/HĐ"), telling(), uuid.uuid4())
    submission = uuid.uuid4()

    new = recording.correct_result(old, telling(value=6_000_000), "Gõ nhầm", submission)
    again = recording.correct_result(old, telling(value=6_000_000), "Gõ nhầm", submission)

    assert (again, new.corrects_id, new.value, old.value) == (new, old.id, 6_000_000, 5_000_000)
    with pytest.raises(DomainError, match="corrected this row already"):
        recording.correct_result(old, telling(), "Lần nữa", uuid.uuid4())


def test_what_was_taken_back_is_not_corrected_any_more(stand):
    old = recording.record_result(stand, ContractEntry("7/HĐ"), telling(), uuid.uuid4())

    row = recording.take_back_result(old, "Nhầm đơn vị", uuid.uuid4())

    assert (row.takes_back, row.corrects_id, row.value) == (True, old.id, 5_000_000)
    for each in (old, row):
        with pytest.raises(DomainError, match="corrected this row already"):
            recording.take_back_result(each, "Lần nữa", uuid.uuid4())


def test_a_decision_is_remembered_and_taken_back(programme, tea):
    one, other = making.make_contract(programme, tea), making.make_contract(programme, tea)

    same = matching.decide(other, one, MatchDecision.SAME, "Cùng số")
    again = matching.decide(one, other, MatchDecision.SAME)
    undone = matching.decide(one, other, MatchDecision.UNDONE)
    nothing = matching.decide(one, other, MatchDecision.UNDONE)

    assert ((same.first_id, same.second_id), again) == ((one.id, other.id), None)
    assert (undone.decision, nothing) == (MatchDecision.UNDONE, None)
    assert number_of(TradeContractMatch) == 2


def test_contracts_of_two_organisations_are_not_one(programme, tea):
    one = making.make_contract(programme, tea)
    other = making.make_contract(programme, make_organisation(programme))

    with pytest.raises(DomainError, match="two organisations"):
        matching.decide(one, other, MatchDecision.SAME)
    with pytest.raises(DomainError, match="no such contract"):
        matching.decide(one, one, MatchDecision.SAME)


def test_a_double_tap_is_one_call(stand):
    submission = uuid.uuid4()

    first = recording.note_call(stand, 3, CallOutcome.NOT_REACHED, submission)
    again = recording.note_call(stand, 3, CallOutcome.NOTHING_NEW, submission)

    assert (again, number_of(TradeCall), first.outcome) == (first, 1, CallOutcome.NOT_REACHED)


def test_a_call_is_settled_once(stand):
    recording.note_call(stand, 3, CallOutcome.NOTHING_NEW, uuid.uuid4())

    with pytest.raises(DomainError, match="noted this call already"):
        recording.note_call(stand, 3, CallOutcome.NOT_REACHED, uuid.uuid4())


@pytest.mark.parametrize("month", [1, 6, 12, -3])
def test_a_call_that_is_not_due_is_refused(stand, month):
    with pytest.raises(DomainError, match="No such call is due"):
        recording.note_call(stand, month, CallOutcome.NOTHING_NEW, uuid.uuid4())


@pytest.mark.parametrize("on", [None, date(2026, 6, 10), date(2027, 6, 12), date(2200, 1, 1)])
def test_a_day_on_which_nobody_calls_again_is_refused(stand, on):
    act = lambda: recording.note_call(  # noqa: E731
        stand, 3, CallOutcome.CALL_AGAIN, uuid.uuid4(), call_again_on=on
    )

    assert list(refused(act)) == ["call_again_on"]


def test_what_is_told_in_a_call_notes_the_call(stand):
    recording.record_result(stand, ContractEntry("7/HĐ"), telling(), uuid.uuid4(), month=3)
    recording.record_result(stand, ContractEntry("8/HĐ"), telling(), uuid.uuid4(), month=3)

    (call,) = db.session.scalars(select(TradeCall))
    assert (call.outcome, call.due_month) == (CallOutcome.HAS_RESULTS, 3)
    assert number_of(TradeResult) == 2


def test_a_training_of_another_kind_takes_no_stand(programme):
    assert make_event(programme).kind.takes_trade_results is False


def test_the_number_of_another_form_is_refused(programme, tea, stand):
    other = making.make_stand(making.make_fair(programme, date(2026, 3, 11)), tea)
    submission = uuid.uuid4()
    recording.record_result(stand, ContractEntry("7/HĐ"), telling(), submission)
    recording.note_call(stand, 3, CallOutcome.NOT_REACHED, submission)

    with pytest.raises(DomainError, match="too old"):
        recording.record_result(other, ContractEntry("8/HĐ"), telling(), submission)
    with pytest.raises(DomainError, match="too old"):
        recording.note_call(other, 0, CallOutcome.NOT_REACHED, submission)

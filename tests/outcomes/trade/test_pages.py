"""The pages of trade promotion: what an officer sees, sends, and is refused."""

import io
import re
import uuid
from datetime import date

import openpyxl
import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.accounts.models import Role
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.directory.models import OrganisationName
from coopevents.outcomes.trade.calls import due_calls
from coopevents.outcomes.trade.models import (
    CallOutcome,
    DealKind,
    MatchDecision,
    TradeBuyer,
    TradeCall,
    TradeContract,
    TradeContractMatch,
    TradeMeeting,
    TradeProduct,
    TradeResult,
    TradeStand,
)
from coopevents.programme import queries as programmes
from tests.browsing import fill_in, hidden, post, signed_in
from tests.event_factories import (
    make_event,
    make_invitation,
    make_registration,
    sessions_of,
)
from tests.factories import (
    make_certificate,
    make_name,
    make_organisation,
    make_other_programme,
    make_person,
)
from tests.outcomes.trade import making

TOLD = {
    "stage": "signed",
    "kind": "contract",
    "effective_on": "2026-04-01",
    "value": "1.500.000",
    "basis": "self_declared",
    "source": "call",
}


@pytest.fixture(autouse=True)
def in_the_year_2026():
    with time_machine.travel("2026-06-10T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè", phone="+84912345678")


@pytest.fixture
def fair(programme):
    return making.make_fair(programme)


@pytest.fixture
def stand(fair, tea):
    return making.make_stand(fair, tea)


@pytest.fixture
def foreign(programme):
    """A stand, a buyer, a contract and its result of another programme."""
    other = make_other_programme(programme, own_register=True)
    theirs = make_organisation(programme)
    theirs.register_id = other.register_id
    event = making.make_fair(other, contents=())
    stand = making.make_stand(event, theirs)
    contract = making.make_contract(other, theirs)
    result = making.make_result(contract, event)
    return {
        "organisation": theirs,
        "event": event,
        "stand": stand,
        "buyer": making.make_buyer(other),
        "contract": contract,
        "result": result,
    }


def at(stand: TradeStand) -> str:
    return f"/events/{stand.event_id}/trade/stands/{stand.id}"


def send(officer, path: str, **fields):
    """Open the form in English, type these values, press its button."""
    lang = "&lang=en" if "?" in path else "?lang=en"
    return fill_in(officer, path, officer.get(path + lang).text, **fields)


def number_of(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table))


def test_whom_the_activity_knows_is_offered_first(officer, programme, fair, tea):
    came, taken = make_organisation(programme, name="HTX Đã Đến"), make_organisation(programme)
    make_invitation(fair, tea)
    make_registration(fair, make_person(programme), came)
    making.make_stand(fair, taken)

    page = officer.get(f"/events/{fair.id}/trade/stands/choose?lang=en").text
    found = officer.get(f"/events/{fair.id}/trade/stands/choose?lang=en&q=che").text

    offered = re.findall(rf"/events/{fair.id}/trade/stands/new/(\d+)", page)
    assert offered == [str(came.id), str(tea.id)]
    assert re.findall(r"/trade/stands/new/(\d+)", found)[2:] == [str(tea.id)]


def test_an_organisation_is_entered_with_products_and_a_buyer(officer, fair, tea):
    certificate = make_certificate(tea, stars=4, issued_on=date(2025, 1, 1))
    make_certificate(tea, stars=3, issued_on=date(2020, 1, 1), product="Hết hạn")

    entered = send(officer, f"/events/{fair.id}/trade/stands/new/{tea.id}", stands="2", label="A1")
    (stand,) = db.session.scalars(select(TradeStand))
    form = officer.get(f"{at(stand)}/products/new?lang=en").text
    shown = send(
        officer, f"{at(stand)}/products/new", name="Chè", certificate_id=str(certificate.id)
    )
    met = send(officer, f"{at(stand)}/buyers/new", name="Siêu thị", phone="0912 345 678")
    page = officer.get(f"/events/{fair.id}/trade?lang=en").text

    assert [answer.status_code for answer in (entered, shown, met)] == [303, 303, 303]
    assert "Hết hạn · ★★★ (not valid on that day)" in form
    assert "OCOP ★★★★" in page
    assert "Siêu thị" in page
    assert "912345678" not in page


def test_stars_that_no_longer_fit_the_day_of_a_moved_fair_are_marked(officer, fair, tea, stand):
    making.make_product(stand, "Chè", make_certificate(tea, issued_on=date(2023, 3, 20)))
    making.make_product(stand, "Mật ong")
    mark = "judged on another day"

    before = officer.get(f"/events/{fair.id}/trade?lang=en").text
    (session,) = sessions_of(fair)
    session.held_on = date(2026, 3, 20)
    after = officer.get(f"/events/{fair.id}/trade?lang=en").text

    assert (before.count(mark), after.count(mark)) == (0, 1)


def test_a_number_of_stands_that_is_none_stands_beside_its_field(officer, fair, tea):
    wrong = send(
        officer, f"/events/{fair.id}/trade/stands/new/{tea.id}", stands="nhiều", label="B2"
    )

    assert (wrong.status_code, number_of(TradeStand)) == (422, 0)
    assert 'id="stands-error"' in wrong.text
    assert 'value="B2"' in wrong.text


def test_two_officers_who_change_one_stand_are_told(officer, stand):
    page = officer.get(f"{at(stand)}?lang=en").text
    fill_in(officer, at(stand), page, stands="3")

    second = fill_in(officer, f"{at(stand)}?lang=en", page, stands="5")

    assert (second.status_code, "Somebody changed this" in second.text) == (409, True)
    assert stand.stands == 3


def test_a_result_is_written_as_it_is_typed(officer, stand):
    wrong = send(officer, f"{at(stand)}/results/new", **{**TOLD, "value": "1,5"}, number="7/HĐ")
    written = send(officer, f"{at(stand)}/results/new", **TOLD, number="7/HĐ")
    page = officer.get(f"/events/{stand.event_id}/trade?lang=en").text

    assert (wrong.status_code, 'id="value-error"' in wrong.text) == (422, True)
    assert 'value="1,5"' in wrong.text
    assert written.status_code == 303
    (row,) = db.session.scalars(select(TradeResult))
    assert (row.value, row.effective_on, row.by_label) == (
        1_500_000,
        date(2026, 4, 1),
        "Người dùng",
    )
    assert "1,500,000 VND" in page


def test_a_form_sent_twice_is_one_result(officer, stand):
    path = f"{at(stand)}/results/new"
    page = officer.get(f"{path}?lang=en").text

    for _ in "12":
        fill_in(officer, path, page, **TOLD, number="7/HĐ")

    assert (number_of(TradeResult), number_of(TradeContract)) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stage", "paid"),
        ("stage", ""),
        ("kind", "gift"),
        ("effective_on", "yesterday"),
        ("effective_on", "9999-12-31"),
        ("value", "9" * 50),
        ("basis", ""),
        ("source", "tv"),
        ("buyer_id", "999999"),
        ("subject", "x" * 301),
    ],
)
def test_what_no_form_can_hold_is_refused_at_its_place(officer, stand, field, value):
    answer = send(officer, f"{at(stand)}/results/new", **{**TOLD, "number": "7/HĐ", field: value})

    assert (answer.status_code, number_of(TradeResult)) == (422, 0)
    assert f'href="#{field}"' in answer.text


def test_a_form_without_its_number_of_sending_is_too_old(officer, stand):
    answer = send(officer, f"{at(stand)}/results/new", **TOLD, number="7/HĐ", submission="x")

    assert (answer.status_code, number_of(TradeResult)) == (422, 0)


def test_a_result_is_corrected_and_taken_back_beside_what_it_was(officer, programme, stand, tea):
    contract = making.make_contract(programme, tea, number="7/HĐ")
    result = making.make_result(contract, stand.event, value=1_000_000)

    fixed = send(
        officer, f"/outcomes/trade/results/{result.id}/correct", value="2.000.000", reason="Nhầm"
    )
    (new,) = db.session.scalars(select(TradeResult).where(TradeResult.corrects_id == result.id))
    gone = send(officer, f"/outcomes/trade/results/{new.id}/take-back", reason="Không có")
    page = officer.get(f"/outcomes/trade/contracts/{contract.id}?lang=en").text

    assert (fixed.status_code, gone.status_code) == (303, 303)
    assert page.count('scope="row"') == 3
    assert ("1,000,000 VND" in page, "2,000,000 VND" in page) == (True, True)
    assert "Nothing stands of it." in page


def test_a_correction_needs_its_reason(officer, programme, stand, tea):
    result = making.make_result(making.make_contract(programme, tea), stand.event)

    answer = send(officer, f"/outcomes/trade/results/{result.id}/correct", value="5")

    assert (answer.status_code, 'id="reason-error"' in answer.text) == (422, True)
    assert number_of(TradeResult) == 1


def test_two_claims_are_compared_decided_and_taken_back(officer, programme, stand, tea):
    one, other = (making.make_contract(programme, tea, number="7/HĐ") for _ in "12")
    for contract in (one, other):
        making.make_result(contract, stand.event)
    path = f"/outcomes/trade/matches/{one.id}/{other.id}"

    open_ = officer.get(f"/events/{stand.event_id}/trade?lang=en").text
    page = officer.get("/outcomes/trade/matches?lang=en").text
    same = post(officer, page, path, decision="same", reason="Cùng số")
    decided = officer.get(f"/events/{stand.event_id}/trade?lang=en").text
    after = officer.get("/outcomes/trade/matches?lang=en").text
    undone = post(officer, after, path, decision="undone")
    wrong = post(officer, after, path, decision="maybe")

    assert "1 pair of contracts may be one" in open_
    assert ">2,000,000<" in "".join(open_.split())
    assert (same.status_code, undone.status_code, wrong.status_code) == (303, 303, 422)
    assert ("may be one" in decided, ">2,000,000<" in "".join(decided.split())) == (False, False)
    assert "Cùng số" in after
    decisions = db.session.scalars(select(TradeContractMatch.decision)).all()
    assert decisions == [MatchDecision.SAME, MatchDecision.UNDONE]


def test_the_call_list_has_what_is_needed_to_call(officer, programme, stand, tea):
    making.make_result(making.make_contract(programme, tea), stand.event, value=7_000_000)

    page = officer.get("/outcomes/trade/?lang=en").text
    start = officer.get("/?lang=en").text

    assert "1 call is due" in page
    assert 'href="tel:+84912345678"' in page
    assert "7,000,000 VND" in page
    assert "1 call after a trade fair is due." in start


def test_one_tap_notes_a_call_and_a_double_tap_no_second(officer, stand):
    page = officer.get("/outcomes/trade/?lang=en").text
    path, submission = f"{at(stand)}/calls/3", hidden(page, "submission")

    for _ in "12":
        answer = post(officer, page, path, outcome="nothing_new", submission=submission)
        assert (answer.status_code, answer.location) == (303, "/outcomes/trade/")
    (call,) = db.session.scalars(select(TradeCall))

    assert (call.outcome, call.due_month) == (CallOutcome.NOTHING_NEW, 3)
    assert "Nobody is to be called today." in officer.get("/outcomes/trade/?lang=en").text


@pytest.mark.parametrize(
    ("outcome", "day"),
    [("call_again", ""), ("call_again", "soon"), ("call_again", "2026-06-10"), ("asleep", "")],
)
def test_what_became_of_a_call_is_told_whole_or_not_at_all(officer, stand, outcome, day):
    page = officer.get("/outcomes/trade/?lang=en").text
    sent = {"outcome": outcome, "call_again_on": day, "submission": str(uuid.uuid4())}

    answer = post(officer, page, f"{at(stand)}/calls/3?lang=en", **sent)

    assert (answer.status_code, number_of(TradeCall)) == (422, 0)
    assert ("message-error" in answer.text, "HTX Chè" in answer.text) == (True, True)


def test_a_call_again_waits_until_its_day(officer, programme, stand):
    page = officer.get("/outcomes/trade/?lang=en").text
    sent = {"call_again_on": "2026-06-20", "submission": str(uuid.uuid4()), "note": "Đi vắng"}

    post(officer, page, f"{at(stand)}/calls/3", outcome="call_again", **sent)

    assert "Nobody is to be called" in officer.get("/outcomes/trade/?lang=en").text
    (call,) = due_calls(programme, date(2026, 6, 20))
    assert [(one.outcome, one.note) for one in call.tries] == [(CallOutcome.CALL_AGAIN, "Đi vắng")]


def test_results_told_by_phone_note_the_call_in_one_act(officer, stand):
    path = f"{at(stand)}/results/new?month=3"
    form = officer.get(f"{path}&lang=en").text

    answer = fill_in(officer, path, form, **{**TOLD, "source": "call"}, number="7/HĐ")

    assert '<option selected value="call">' in form
    assert (answer.status_code, answer.location) == (303, "/outcomes/trade/")
    assert db.session.scalar(select(TradeCall.outcome)) == CallOutcome.HAS_RESULTS


def test_the_form_of_a_call_begins_with_the_contract_it_is_about(officer, programme, stand, tea):
    contract = making.make_contract(programme, tea, number="7/HĐ")
    making.make_result(contract, stand.event, kind=DealKind.ORDER)
    link = f"{at(stand)}/results/new?month=3&amp;contract={contract.id}"

    page = officer.get("/outcomes/trade/?lang=en").text
    form = officer.get(f"{link.replace('&amp;', '&')}&lang=en").text

    assert link in page
    assert '<option selected value="order">' in form
    assert '<option selected value="call">' in form
    assert 'name="number"' not in form


def test_the_list_is_narrowed_by_activity_and_body(officer, programme, stand):
    other = making.make_fair(programme, date(2026, 2, 2), title="Phiên chợ")
    making.make_stand(other, make_organisation(programme, name="HTX Rau"))

    one = officer.get(f"/outcomes/trade/?lang=en&event={other.id}").text
    nonsense = officer.get("/outcomes/trade/?lang=en&event=zzz&body=-1&from=x").text

    assert ("HTX Rau" in one, "HTX Chè" in one) == (True, False)
    assert "2 calls are due" in nonsense


def test_the_annex_is_taken_away_as_a_workbook(officer, programme, stand):
    period = programmes.get_period(programme, "2026")

    book = officer.get(f"/outcomes/trade/annex/{period.id}.xlsx?lang=en")

    rows = list(openpyxl.load_workbook(io.BytesIO(book.data)).active.values)
    assert rows[0][0] == "Annex 7: trade promotion 2026"
    assert rows[5][:8] == (1, "Hội chợ", *rows[5][2:3], 1, 1, 0, 1, 0)
    assert rows[6][3:8] == (1, 1, 0, 1, 0)


@pytest.mark.case(2)
def test_an_organisation_is_called_as_on_the_day_and_found_by_both_names(
    officer, programme, fair, tea
):
    old = db.session.scalars(
        select(OrganisationName).where(OrganisationName.organisation_id == tea.id)
    ).one()
    old.valid_to = date(2026, 4, 30)
    make_name(tea, "HTX Mầm Xanh", valid_from=date(2026, 5, 1))
    making.make_stand(fair, tea)

    page = officer.get(f"/events/{fair.id}/trade?lang=en").text
    calls = officer.get("/outcomes/trade/?lang=en").text
    found = [
        officer.get(f"/events/{fair.id}/trade/stands/choose?lang=en&q={q}").text
        for q in ("che", "mam+xanh")
    ]

    assert (">HTX Chè<" in page, "HTX Mầm Xanh" in page) == (True, False)
    assert "HTX Mầm Xanh" in calls
    assert [f"/trade/stands/new/{tea.id}" in text for text in found] == [True, True]


def test_an_activity_of_another_kind_has_no_such_page(officer, programme):
    training = make_event(programme)

    assert officer.get(f"/events/{training.id}/trade").status_code == 404
    assert "/trade" not in officer.get(f"/events/{training.id}").text


def test_nothing_of_another_programme_is_shown_or_taken(officer, programme, fair, stand, foreign):
    theirs = foreign["stand"]
    paths = [
        f"/events/{foreign['event'].id}/trade",
        f"{at(theirs)}",
        f"{at(theirs)}/results/new",
        f"/events/{fair.id}/trade/stands/{theirs.id}",
        f"/events/{fair.id}/trade/stands/new/{foreign['organisation'].id}",
        f"{at(stand)}/buyers/{foreign['buyer'].id}",
        f"{at(stand)}/results/new?contract={foreign['contract'].id}",
        f"/outcomes/trade/contracts/{foreign['contract'].id}",
        f"/outcomes/trade/contracts/{foreign['contract'].id}/correct",
        f"/outcomes/trade/results/{foreign['result'].id}/correct",
        f"/outcomes/trade/results/{foreign['result'].id}/take-back",
        f"/outcomes/trade/buyers/{foreign['buyer'].id}",
    ]
    own = making.make_contract(programme, stand.organisation)
    page = officer.get("/outcomes/trade/?lang=en").text
    pair = f"/outcomes/trade/matches/{own.id}/{foreign['contract'].id}"
    calls = f"{at(theirs)}/calls/3"

    assert {path: officer.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)
    assert post(officer, page, pair, decision="same").status_code == 404
    assert post(officer, page, calls, outcome="nothing_new").status_code == 404
    assert "1 call is due" in page


def test_a_viewer_sees_and_changes_nothing(client, programme, stand, tea):
    contract = making.make_contract(programme, tea)
    making.make_result(contract, stand.event)
    viewer = signed_in(client, programme, Role.VIEWER)
    seen = [
        f"/events/{stand.event_id}/trade",
        "/outcomes/trade/",
        "/outcomes/trade/matches",
        f"/outcomes/trade/contracts/{contract.id}",
    ]

    pages = [viewer.get(f"{path}?lang=en") for path in seen]
    tap = post(viewer, pages[1].text, f"{at(stand)}/calls/3", outcome="nothing_new")

    assert [page.status_code for page in pages] == [200] * 4
    assert (tap.status_code, number_of(TradeCall)) == (403, 0)
    assert viewer.get(f"{at(stand)}/results/new").status_code == 403
    assert 'name="outcome"' not in pages[1].text


def test_every_act_is_in_the_audit(officer, stand):
    send(officer, f"{at(stand)}/products/new", name="Chè")
    send(officer, f"{at(stand)}/buyers/new", name="Siêu thị")
    send(officer, f"{at(stand)}/results/new", **TOLD, number="7/HĐ")

    acts = db.session.scalars(
        select(AuditEntry.act).where(AuditEntry.act.like("trade.%")).order_by(AuditEntry.id)
    ).all()

    assert acts == [
        "trade.product_shown",
        "trade.buyer_entered",
        "trade.buyer_met",
        "trade.contract_entered",
        "trade.result_recorded",
    ]


def test_what_was_entered_by_mistake_is_removed(officer, programme, stand):
    product = making.make_product(stand)
    meeting = making.make_meeting(stand, making.make_buyer(programme))
    page = officer.get("/outcomes/trade/?lang=en").text

    for path in (f"products/{product.id}", f"meetings/{meeting.id}"):
        assert post(officer, page, f"{at(stand)}/{path}/remove").status_code == 303
    assert post(officer, page, f"{at(stand)}/remove").status_code == 303

    assert [number_of(t) for t in (TradeProduct, TradeMeeting, TradeStand, TradeBuyer)] == [
        0,
        0,
        0,
        1,
    ]


def test_a_buyer_and_a_contract_are_put_right(officer, programme, stand, tea):
    buyer = making.make_buyer(programme)
    making.make_meeting(stand, buyer)
    contract = making.make_contract(programme, tea, number="7/HĐ")

    first = send(
        officer,
        f"/outcomes/trade/buyers/{buyer.id}?event={stand.event_id}",
        unit="Chợ Gia Cẩm",
    )
    second = send(
        officer,
        f"/outcomes/trade/contracts/{contract.id}/correct",
        number="08/HĐ",
        buyer_id=str(buyer.id),
    )

    assert (first.location, second.status_code) == (f"/events/{stand.event_id}/trade", 303)
    assert (buyer.unit, buyer.search_fold) == ("Chợ Gia Cẩm", "sieu thi mau cho gia cam")
    assert (contract.number_fold, contract.buyer_id) == ("8hd", buyer.id)


@pytest.mark.parametrize(
    "path", ["/events/{event}/trade", "/outcomes/trade/", "/outcomes/trade/matches"]
)
def test_a_page_asks_as_much_for_three_as_for_one(
    officer, programme, fair, stand, count_queries, path
):
    def fill(organisation, stand) -> None:
        making.make_product(stand)
        buyer = making.make_buyer(programme)
        making.make_meeting(stand, buyer)
        for _ in "12":
            contract = making.make_contract(programme, organisation, number="7/HĐ", buyer=buyer)
            making.make_result(contract, fair)
        making.make_call(stand, 3, CallOutcome.NOT_REACHED)

    address = path.format(event=fair.id)
    fill(stand.organisation, stand)
    with count_queries() as for_one:
        assert officer.get(address).status_code == 200
    for _ in "12":
        organisation = make_organisation(programme, phone="+84912345679")
        fill(organisation, making.make_stand(fair, organisation))

    with count_queries() as for_three:
        assert officer.get(address).status_code == 200

    assert for_three.number == for_one.number

import re
import unicodedata

import pytest
from flask_security.utils import verify_password

from coopevents.accounts import service
from coopevents.accounts.models import Role
from coopevents.errors import DomainError, InputError
from tests.browsing import sign_in

PASSWORD = "Mật khẩu của Hội Phụ nữ"


@pytest.fixture
def officer(programme):
    user = service.create_user("canbo@coop.example", "Cán bộ", PASSWORD)
    service.add_member(user, Role.OFFICER, programme_id=programme.id, body=None)
    return user


def test_a_password_is_kept_as_argon2id(officer):
    assert officer.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKD"])
def test_a_vietnamese_password_opens_however_it_is_typed(client, officer, form):
    answer = sign_in(client, officer.email, unicodedata.normalize(form, PASSWORD))

    assert answer.status_code == 302
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_a_wrong_address_are_told_alike(client, officer):
    told = [
        re.sub(r'value="[^"]*"', "", sign_in(client, email, password).get_data(as_text=True))
        for email, password in ((officer.email, "wrong password"), ("x@coop.example", PASSWORD))
    ]

    assert told[0] == told[1]
    assert "canbo" not in told[0]


def test_an_address_may_try_ten_times_a_minute(client, officer):
    statuses = [sign_in(client, officer.email, "wrong password").status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]


def test_a_sign_in_without_its_token_is_refused(client, officer):
    answer = client.post("/sign-in", data={"email": officer.email, "password": PASSWORD})

    assert answer.status_code == 400


def test_whoever_has_not_signed_in_is_led_to_the_door(client):
    answer = client.get("/events/")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/events/"


@pytest.mark.parametrize(
    ("address", "password"), [("no address", PASSWORD), ("b@coop.example", "short")]
)
def test_a_user_needs_an_address_and_a_long_password(app, address, password):
    with pytest.raises(InputError):
        service.create_user(address, "Ai đó", password)


def test_one_address_is_one_user(officer):
    with pytest.raises(DomainError):
        service.create_user("CANBO@coop.example", "Ai đó", PASSWORD)


def test_a_token_opens_until_it_is_revoked(client, programme):
    token, secret = service.create_token("kiosk", Role.VIEWER, programme.id)
    head = {"Authorization": f"Bearer {secret}"}

    before = client.get("/api/v1/events", headers=head).status_code
    service.revoke_token(token)
    after = client.get("/api/v1/events", headers=head).status_code

    assert (before, after) == (200, 401)
    assert secret not in token.token_hash


def test_verifying_takes_the_right_password_only(app, officer):
    assert verify_password(service.normal_password(PASSWORD), officer.password)
    assert not verify_password("wrong password", officer.password)

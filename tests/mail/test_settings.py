"""Where returned mail is read and where it goes, as the settings say it."""

import pytest

from coopevents.config import SettingError, load

SECRET = {"SECRET_KEY": "only-for-the-tests-of-this-house"}


def test_without_settings_no_returned_mail_is_read():
    settings = load(SECRET)

    assert (settings["BOUNCE_MAILBOX"], settings["BOUNCE_ADDRESS"]) == (None, None)


@pytest.mark.parametrize("address", ["bounces@coop.example", "bounces+*@coop.example"])
def test_an_address_for_returned_mail_is_taken(address):
    assert load({**SECRET, "BOUNCE_ADDRESS": address})["BOUNCE_ADDRESS"] == address


@pytest.mark.parametrize("address", ["bounces", "a b@coop.example", "*@coop.example", "a+*@*"])
def test_another_address_stops_the_start(address):
    with pytest.raises(SettingError, match="BOUNCE_ADDRESS"):
        load({**SECRET, "BOUNCE_ADDRESS": address})


@pytest.mark.parametrize(
    "url", ["http://a:s3cret@host/", "imaps://host/INBOX", "imap://", "s3cret", "pop3://a:s3cret@h"]
)
def test_a_mailbox_that_is_none_stops_the_start_without_its_password(url):
    with pytest.raises(SettingError, match="BOUNCE_MAILBOX") as refused:
        load({**SECRET, "BOUNCE_MAILBOX": url})

    assert "s3cret" not in str(refused.value)

"""Failures in the words of somebody who runs a shop."""

import pytest

from connections.models import Connection, Connector, UnifiedApi
from dashboard import plain


def told(**fields):
    row = Connection(
        connector=Connector(name="Odoo", unified_api=UnifiedApi(name="Accounting")),
        **{"status": "failed", "flow": "source", **fields},
    )
    return plain.tell(row, company="Northwind", support="help@northwind.example")


@pytest.mark.parametrize(
    ("code", "message", "reason"),
    [
        ("token_expired", "", "the permission you gave has expired"),
        ("", "The refresh token EXPIRED.", "the permission you gave has expired"),
        ("invalid_credentials", "", "the user name or password is not accepted any more"),
        ("401", "Unauthorized", "the user name or password is not accepted any more"),
        ("missing_rights", "The user may not read journals", "the account that was used lacks a right that is needed"),
        ("licence_ended", "", "the subscription to Odoo has ended or does not include this"),
        ("account_locked", "", "the account is locked after too many attempts to sign in"),
        ("revoked", "", "the permission you gave was taken back"),
        ("", "", "Odoo does not accept our access any more"),
        ("E-4711", "Boom", "Odoo does not accept our access any more"),
    ],
)
def test_says_why(code, message, reason):
    assert told(failure_code=code, failure_message=message).reason == reason


def test_says_what_to_do():
    assert told(connect_url="https://connect.example/").steps[0] == "Open the connect page with the button below."
    assert "Northwind (help@northwind.example)" in told().steps[0]
    assert told(failure_code="licence").steps[0].startswith("Check that your subscription to Odoo")


def test_says_in_which_direction_data_flows():
    assert told(status="active").about == "Accounting, it sends data to us"
    assert told(status="active", flow="destination").about == "Accounting, we send data to it"
    assert told(status="active", flow="other").about == "Accounting"

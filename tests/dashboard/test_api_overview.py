import json
import re

import pytest
from django.db import connection as db
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sources import services
from tests import make
from tests.dashboard.test_overview import cast  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

URL = "/api/v1/overview"


@pytest.fixture
def key():
    return services.create_key(name="reader", scope="read", now=timezone.now())


def test_answer_is_exactly_as_described(as_viewer, cast):  # noqa: F811
    body = as_viewer.get(URL).json()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", body.pop("as_of"))
    assert body == {
        "consumers": {"total": 3, "active": 1},
        "connections": {"active": 2, "pending": 1, "failed": 1},
        "unified_apis": [
            {
                "unified_api": "Accounting",
                "active": 1,
                "pending": 0,
                "failed": 1,
                "connectors": [
                    {"connector": "exact", "name": "exact Online", "active": 0, "pending": 0, "failed": 0},
                    {"connector": "odoo", "name": "Odoo", "active": 1, "pending": 0, "failed": 1},
                ],
            },
            {
                "unified_api": "eCommerce",
                "active": 1,
                "pending": 1,
                "failed": 0,
                "connectors": [{"connector": "shopify", "name": "Shopify", "active": 1, "pending": 1, "failed": 0}],
            },
        ],
        "syncs": {"active": 0, "active_with_issue": 0, "attempts": 0},
    }


def test_empty_installation_answers_zeros(as_viewer):
    body = as_viewer.get(URL).json()
    assert body["consumers"] == {"total": 0, "active": 0}
    assert body["connections"] == {"active": 0, "pending": 0, "failed": 0}
    assert body["unified_apis"] == []


def test_page_and_api_say_the_same(as_viewer, cast):  # noqa: F811
    numbers = as_viewer.get(URL).json()["connections"]
    shown = {tile.status: tile.value for tile in as_viewer.get("/").context["tiles"] if tile.status}
    assert shown == numbers


def test_any_key_reads(client, key):
    assert client.get(URL, headers={"Authorization": f"Bearer {key[1]}"}).status_code == 200


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic abc", "Bearer"])
def test_without_a_key_or_session_it_is_401(client, header):
    response = client.get(URL, headers={"Authorization": header} if header else {})
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "Bearer"
    assert json.loads(response.content)["status"] == 401


def test_revoked_key_is_401(client, key):
    services.revoke_key(key=key[0], now=timezone.now())
    assert client.get(URL, headers={"Authorization": f"Bearer {key[1]}"}).status_code == 401


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_only_reads(as_viewer, method):
    response = getattr(as_viewer, method)(URL)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_number_of_queries_does_not_grow(as_viewer):
    make.connection()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(db) as captured:
            as_viewer.get(URL)
        counts.append(len(captured))
        for number in range(20):
            make.connection(connector=make.connector(unified_api_name=f"U{number}"))
    assert counts == [5, 5]

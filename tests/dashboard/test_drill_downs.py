from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection as db
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import make
from tests.dashboard.test_overview import kpis, links_of_kpis

pytestmark = pytest.mark.django_db

ODD = (
    "50 % off",
    "quo\"te's",
    "<script>alert(1)<script>",
    "🦄",
    "שלום عالم",
    "a%2Fb",
    "?x=1&y#z",
    "C++",
    "..x",
    "a;b:c@d",
    "x" * 255,
)


def failed(connector, code="", message="", **fields):
    return make.connection(connector=connector, status="failed", failure_code=code, failure_message=message, **fields)


def test_unified_api_shows_its_own_numbers(as_viewer):
    odoo = make.connector("Odoo", key="odoo")
    make.connection(connector=odoo)
    failed(odoo)
    make.connection(connector=make.connector(unified_api_name="eCommerce"))

    response = as_viewer.get("/unified-apis/Accounting/")

    assert kpis(response) == {
        "connections": 2,
        "active-connections": 1,
        "pending-connections": 0,
        "failed-connections": 1,
    }
    assert links_of_kpis(response)["failed-connections"] == "/connections/?unified_api=Accounting&status=failed"


def test_unified_api_lists_its_connectors_by_name_also_unused_ones(as_viewer):
    for name in ("Odoo", "exact Online", "Éxact"):
        make.connector(name)
    assert [row.name for row in as_viewer.get("/unified-apis/Accounting/").context["rows"]] == [
        "Éxact",
        "exact Online",
        "Odoo",
    ]


def test_unified_api_without_a_connector_is_not_there(as_viewer):
    make.unified_api("Left behind")
    assert as_viewer.get("/unified-apis/Left%20behind/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/unified-apis/Nothing/", "/connectors/nothing/", "/connectors/ODOO/", "/connectors/"]
)
def test_unknown_is_404(as_viewer, path):
    make.connector(key="odoo")
    response = as_viewer.get(path)
    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()


@pytest.mark.parametrize("name", ODD)
def test_any_name_has_its_page_and_its_links(as_viewer, name):
    make.connection(connector=make.connector(name, key=name, unified_api_name=name))
    overview = as_viewer.get("/")
    for entry in (overview.context["by_unified_api"].rows[0], overview.context["by_connector"].rows[0]):
        response = as_viewer.get(entry.url)
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()
        assert response.context["tiles"][1].value == 1
    assert links_of_kpis(as_viewer.get(f"/connectors/{quote(name, safe='')}/"))


def test_connector_shows_facts(as_viewer):
    make.connector(
        "Odoo",
        key="odoo",
        is_active=False,
        default_flow="destination",
        default_tracked=True,
        help_url="https://help.example/",
    )
    page = as_viewer.get("/connectors/odoo/").content.decode()
    for part in ("Discontinued", "Destination, tracked", 'href="https://help.example/"', "/unified-apis/Accounting/"):
        assert part in page


def test_reasons_are_counted_most_frequent_first(as_viewer):
    odoo = make.connector(key="odoo")
    for _ in range(2):
        failed(odoo, "401", "Expired")
    failed(odoo, "403", "No right")
    failed(odoo)
    failed(odoo, "401", "Gone", is_deleted=True)
    failed(make.connector(), "500", "Elsewhere")

    reasons = as_viewer.get("/connectors/odoo/").context["reasons"]

    assert [(row.code, row.message, row.count) for row in reasons.rows] == [
        ("401", "Expired", 2),
        ("", "", 1),
        ("403", "No right", 1),
    ]
    assert reasons.reason_count == 3


def test_reasons_say_how_many_they_leave_out(as_viewer):
    odoo = make.connector(key="odoo")
    for number in range(12):
        failed(odoo, str(number))
    response = as_viewer.get("/connectors/odoo/")
    assert len(response.context["reasons"].rows) == 10
    assert "10 most frequent of 12 reasons" in response.content.decode()


def test_latest_failures_come_first(as_viewer):
    odoo, now = make.connector(key="odoo"), timezone.now()
    for hours in range(12):
        failed(odoo, now=now - timedelta(hours=hours), key=f"c-{hours}")
    response = as_viewer.get("/connectors/odoo/")
    assert [row.key for row in response.context["latest"]] == [f"c-{hours}" for hours in range(10)]
    assert "10 of 12" in response.content.decode()
    assert "/connections/?connector=odoo&amp;status=failed" in response.content.decode()


@pytest.mark.parametrize("path", ["/connectors/odoo/", "/unified-apis/Accounting/"])
def test_number_of_queries_does_not_grow(as_viewer, path):
    odoo = make.connector(key="odoo")
    failed(odoo)
    as_viewer.get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(db) as captured:
            as_viewer.get(path)
        counts.append(len(captured))
        for number in range(30):
            failed(odoo, str(number))
            make.connection(connector=make.connector())
    assert counts[0] == counts[1] <= 11

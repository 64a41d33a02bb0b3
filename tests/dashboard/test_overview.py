import re

import pytest
from django.conf import settings
from django.db import connection as db
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connections.models import Connection
from consumers.models import Consumer
from sources import services
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """Two unified APIs, three connectors of which one is unused; six connections of four consumers."""
    odoo = make.connector("Odoo", key="odoo")
    make.connector("exact Online", key="exact")
    shopify = make.connector("Shopify", key="shopify", unified_api_name="eCommerce")
    anna, bert = make.consumer("Anna"), make.consumer("Bert")
    make.connection(consumer=anna, connector=odoo)
    make.connection(consumer=anna, connector=odoo, status="failed")
    make.connection(consumer=anna, connector=shopify)
    make.connection(consumer=bert, connector=shopify, status="pending")
    make.connection(consumer=make.consumer("Gone", is_deleted=True), connector=odoo, consumer_is_live=False)
    make.connection(connector=odoo, is_deleted=True)


def kpis(response):
    found = re.findall(r'<data[^>]* data-kpi="([\w-]+)" value="(\d+)">', response.content.decode())
    return {mark: int(value) for mark, value in found}


def links_of_kpis(response):
    found = re.findall(
        r'<a class="kpi[^"]*" href="([^"]+)">.*?data-kpi="([\w-]+)"', response.content.decode(), re.DOTALL
    )
    return {mark: url.replace("&amp;", "&") for url, mark in found}


def test_key_figures_count_what_lives(as_viewer, cast):
    assert kpis(as_viewer.get("/")) == {
        "active-consumers": 1,
        "active-connections": 2,
        "pending-connections": 1,
        "failed-connections": 1,
    }


def test_key_figures_lead_to_their_rows(as_viewer, cast):
    assert links_of_kpis(as_viewer.get("/")) == {
        "active-consumers": "/consumers/?active=true",
        "active-connections": "/connections/?status=active",
        "pending-connections": "/connections/?status=pending",
        "failed-connections": "/connections/?status=failed",
    }


def test_deletion_and_return_are_in_the_next_answer(as_viewer, cast):
    Consumer.objects.filter(name="Anna").update(is_deleted=True)
    assert kpis(as_viewer.get("/"))["failed-connections"] == 0
    Consumer.objects.filter(name="Anna").update(is_deleted=False)
    assert kpis(as_viewer.get("/"))["failed-connections"] == 1


def test_unified_apis_are_listed_by_name_with_their_numbers(as_viewer, cast):
    rows = as_viewer.get("/").context["by_unified_api"].rows
    assert [(row.name, [cell.count for cell in row.cells]) for row in rows] == [
        ("Accounting", [1, 0, 1]),
        ("eCommerce", [1, 1, 0]),
    ]


def test_connectors_are_listed_by_size_and_name(as_viewer, cast):
    rows = as_viewer.get("/").context["by_connector"].rows
    assert [row.name for row in rows] == ["Odoo", "Shopify", "exact Online"]


def test_every_part_and_number_is_a_link(as_viewer, cast):
    page = as_viewer.get("/").content.decode()
    assert page.count('href="/connections/?unified_api=Accounting&amp;status=failed"') == 2
    assert page.count('href="/connections/?connector=odoo&amp;status=failed"') == 2
    assert 'href="/unified-apis/Accounting/"' in page
    assert 'href="/connectors/odoo/"' in page


def test_only_the_largest_connectors_show_until_all_are_asked_for(as_viewer):
    for number in range(12):
        make.connection(connector=make.connector(f"Connector {number:02}"))
    few, everything = as_viewer.get("/"), as_viewer.get("/?connectors=all")
    assert len(few.context["by_connector"].rows) == 8
    assert "8 largest of 12" in few.content.decode()
    assert 'href="?connectors=all#by-connector"' in few.content.decode()
    assert len(everything.context["by_connector"].rows) == 12


def test_names_are_escaped_and_encoded(as_viewer):
    name = """<script>alert("1")</script> 50% & 'x' 🦄 ?q#f""".replace("/", "")
    make.connection(connector=make.connector(name, key='k"%41?#', unified_api_name=name))
    page = as_viewer.get("/").content.decode()
    assert "<script>alert" not in page
    assert "/connectors/k%22%2541%3F%23/" in page


def test_empty_installation_says_what_to_do(as_admin):
    response = as_admin.get("/")
    page = response.content.decode()
    assert set(kpis(response).values()) == {0}
    assert f"{settings.PUBLIC_URL}/api/v1/records" in page.replace("&quot;", '"')
    assert "Create an API key" in page


def test_records_of_the_first_request_are_accepted(client, as_viewer):
    lines = as_viewer.get("/").context["example"].splitlines()
    records = "\n".join(line for line in lines if line.startswith("{"))
    _, raw = services.create_key(name="first", scope="write", now=timezone.now())

    answer = client.post(
        "/api/v1/records", records, content_type="application/x-ndjson", headers={"Authorization": f"Bearer {raw}"}
    )

    assert (answer.status_code, answer.json()["accepted"]) == (200, 3)
    assert kpis(as_viewer.get("/"))["active-connections"] == 1


def test_viewer_of_an_empty_installation_is_not_offered_what_only_admins_may(as_viewer):
    page = as_viewer.get("/").content.decode()
    assert "Create an API key" not in page
    assert "An admin creates the key." in page


def test_consumers_without_connectors_end_the_first_run(as_viewer):
    make.consumer()
    assert "Let the first records in" not in as_viewer.get("/").content.decode()


def queries(client, path):
    with CaptureQueriesContext(
        db,
    ) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_number_of_queries_does_not_grow(as_viewer):
    make.source()
    as_viewer.get("/")
    empty = queries(as_viewer, "/")
    for number in range(30):
        connector = make.connector(unified_api_name=f"Unified API {number % 7}")
        consumers = [make.consumer() for _ in range(10)]
        Connection.objects.bulk_create(
            [row for consumer in consumers for row in [make_row(consumer, connector)]],
        )
    assert queries(as_viewer, "/") == empty == 5
    assert queries(as_viewer, "/?connectors=all") == empty


def make_row(consumer, connector):
    at = consumer.created_at
    return Connection(
        key=f"row-{consumer.pk}",
        consumer=consumer,
        connector=connector,
        status="active",
        status_since=at,
        changed_at=at,
        created_at=at,
        received_at=at,
    )

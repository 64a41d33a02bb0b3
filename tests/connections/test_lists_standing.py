"""What lists read is kept right by triggers, whatever happens to the rows; the proof notices when it is not."""

from random import Random

import pytest
from django.db import connection as db

from connections import facets
from connections.models import Connection, ConnectionGroup, ConnectionSearch, Connector, Status
from connections.standing import differences
from consumers.models import Consumer, ConsumerSearch
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    connectors = [make.connector() for _ in range(3)]
    consumers = [make.consumer(f"Consumer {number}") for number in range(6)]
    random = Random(1)
    for number in range(24):
        status = random.choice(Status.values)
        make.connection(
            consumer=random.choice(consumers), connector=random.choice(connectors), status=status, name=f"Élan {number}"
        )


def test_facets_name_each_status_connector_and_both():
    odoo, shopify = make.connector(), make.connector()
    consumer = make.consumer()
    make.connection(consumer=consumer, connector=odoo, status="failed")
    make.connection(consumer=consumer, connector=odoo, status="active")
    make.connection(consumer=consumer, connector=shopify, status="active", is_deleted=True)
    consumer.refresh_from_db()
    assert consumer.facets == sorted([1, 3, 4 * odoo.pk, 4 * odoo.pk + 1, 4 * odoo.pk + 3])
    assert facets.numbers(connectors=[odoo.pk], statuses=[Status.FAILED]) == [4 * odoo.pk + 3]
    assert facets.numbers(connectors=None, statuses=[Status.PENDING]) == [2]
    assert facets.numbers(connectors=[odoo.pk, shopify.pk], statuses=[]) == [4 * odoo.pk, 4 * shopify.pk]


@pytest.mark.parametrize(
    "change",
    [
        lambda: Connection.objects.update(status="pending", failure_code="", failure_message=""),
        lambda: Connection.objects.filter(pk__in=_some()).update(is_deleted=True),
        lambda: Connection.objects.filter(pk__in=_some()).update(connector=Connector.objects.first()),
        lambda: Connection.objects.filter(pk__in=_some()).update(consumer=Consumer.objects.first()),
        lambda: Connection.objects.filter(pk__in=_some()).update(flow="source", is_tracked=True),
        lambda: Connection.objects.filter(pk__in=_some()).update(name_key="other"),
        lambda: Connection.objects.filter(pk__in=_some()).delete(),
        lambda: Consumer.objects.filter(name__endswith="1").update(name_key="renamed", search_key="renamed"),
        lambda: Consumer.objects.filter(name__endswith="2").update(is_deleted=True),
    ],
)
def test_everything_follows_the_rows(rows, change):
    assert differences() == []
    change()
    assert differences() == []


def _some():
    return list(Connection.objects.order_by("pk").values_list("pk", flat=True)[::3])


@pytest.mark.parametrize(
    ("model", "column", "value", "table"),
    [
        (Consumer, "facets", [99], "consumers_consumer"),
        (Connection, "consumer_name_key", "?", "connections_connection"),
        (ConsumerSearch, "search_key", "?", "consumers_consumersearch"),
        (ConnectionSearch, "search_key", "?", "connections_connectionsearch"),
        (ConnectionGroup, "count", 99, "connections_connectiongroup"),
    ],
)
def test_the_proof_notices_a_wrong_row(rows, model, column, value, table):
    with db.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    model.objects.filter(pk=model.objects.first().pk).update(**{column: value})
    assert {difference.table for difference in differences()} == {table}

"""What can not be read, or named, changes nothing and is tried again; the rest goes on."""

import json

import pytest
from django.utils import timezone

from connections.models import Connection, Connector
from consumers.models import Consumer
from ingest import deliveries
from ingest.models import ImportRun, WebhookDelivery
from tests.ingest.importers.conftest import QUICK

pytestmark = pytest.mark.django_db

ODOO = {"integrationid": 7, "name": "Odoo", "api": "Accounting", "status": "active"}


@pytest.fixture
def anna(platform):
    """One consumer with one connection, which names neither its software nor its unified API."""
    platform.integrations = [ODOO]
    platform.consumers = [{"consumerid": "anna", "name": "Anna"}]
    platform.connections = {"anna": [{"connectionid": "k", "integrationid": 7, "status": "active"}]}


@pytest.mark.usefixtures("anna")
def test_integrations_that_can_not_be_read_rename_no_connector(platform, run):
    run()
    platform.faults = {"/integrations": [500] * 9}
    assert run().outcome == ImportRun.Outcome.PARTIAL
    assert Connector.objects.values_list("name", "unified_api__name").get() == ("Odoo", "Accounting")
    assert Connection.objects.live().count() == 1


@pytest.mark.parametrize("path", ["/syncs", "/issues", "/integrations"])
@pytest.mark.usefixtures("anna")
def test_a_delivery_whose_lists_could_not_be_read_waits_for_another_try(platform, account, monkeypatch, path):
    monkeypatch.setattr("ingest.importers.running.BRIEF", QUICK)
    platform.faults = {path: [500] * 9}
    body = json.dumps({"event": "account.connection.updated", "consumerid": "anna"}).encode()
    deliveries.take(source=account.source, body=body, now=timezone.now())
    deliveries.apply_some(source=account.source, clock=timezone.now)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (WebhookDelivery.State.WAITING, 1)


@pytest.mark.usefixtures("anna")
def test_an_id_that_no_record_can_hold_is_left_out_and_noted(platform, run):
    platform.consumers.append({"consumerid": "b\x00b", "name": "Bob"})
    platform.connections["anna"].append({"connectionid": "a/b", "integrationid": 7, "status": "active"})
    platform.syncs = [{"syncid": "s\x00", "name": "S", "connections": [], "mappings": [], "consumers": ["anna"]}]
    done = run()
    assert done.outcome == ImportRun.Outcome.PARTIAL
    assert len(done.errors) == 3
    assert list(Consumer.objects.values_list("consumerid", flat=True)) == ["anna"]
    assert list(Connection.objects.values_list("key", flat=True)) == ["k"]

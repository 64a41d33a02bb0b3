"""Chift with the real worker and beat: what is due is imported, and a webhook is applied within 20 seconds."""

import hashlib
import hmac
import json
from random import Random

import pytest
from django.utils import timezone

from connections.models import Connection
from ingest.models import ImportRun, WebhookDelivery
from sources.models import ChiftAccount
from tests.ingest.importers.conftest import new_account
from tests.ingest.importers.platform import Platform, serving
from tests.ingest.importers.test_mirror import seen
from tests.ingest.importers.world import World
from tests.processes import PATIENCE, until, worker
from tests.system.test_background import broker

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["broker"]
SOON = 20  # seconds: what the interface promises


def test_imports_come_when_due_and_webhooks_soon(client, tmp_path):
    platform = Platform()
    world = World(platform, Random(1), 10)
    consumerid = platform.consumers[0]["consumerid"]
    with serving(platform) as address, worker(tmp_path):
        account = new_account(address)
        assert not platform.asked
        ChiftAccount.objects.update(next_import_at=timezone.now())
        until(lambda: ImportRun.objects.filter(outcome="complete").exists(), PATIENCE * 2)
        assert seen() == world.expected()
        account.refresh_from_db()
        assert account.next_import_at > timezone.now()

        platform.connections[consumerid] = [world.new_connection() | {"status": "active", "agent": None}]
        body = json.dumps({"event": "account.connection.created", "consumerid": consumerid}).encode()
        signature = hmac.new(b"whsec-two", body, hashlib.sha256).hexdigest()
        for _ in range(50):
            sent = client.generic(
                "POST", "/webhooks/chift/main/", body, "application/json", headers={"X-Chift-Signature": signature}
            )
            assert sent.status_code == 202
        key = platform.connections[consumerid][0]["connectionid"]
        assert until(lambda: Connection.objects.filter(key=key, status="active").exists()) < SOON
        until(lambda: not WebhookDelivery.objects.filter(state="waiting").exists())
        assert seen() == world.expected()
        assert platform.asked[f"/consumers/{consumerid}/connections"] < 10

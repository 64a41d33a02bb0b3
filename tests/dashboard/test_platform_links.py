"""From a public link to the platform's own page: minted on a click, limited, and honest when it can not be had."""

from random import Random

import pytest
from django.utils import timezone

from common.redis import client as redis_client
from consumers.models import Consumer
from dashboard.models import ShareLink
from dashboard.sharing import make_link
from ingest.importers.running import import_all
from syncs.models import Activation
from tests import make
from tests.ingest.importers.conftest import QUICK, new_account
from tests.ingest.importers.platform import Platform, serving
from tests.ingest.importers.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unlimited():
    """The counts of earlier tests are forgotten."""
    for key in redis_client().scan_iter("connmon:limit:*"):
        redis_client().delete(key)


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def mirrored(platform, db):
    with serving(platform) as address:
        account = new_account(address)
        World(platform, Random(1), 12)
        import_all(source=account.source, clock=timezone.now, wait=False, patience=QUICK)
        yield account


def path_of(made):
    return "/" + made.address.split("/", 3)[3]


@pytest.fixture
def consumer_link(mirrored, operator):
    consumerid = Consumer.objects.first().consumerid
    return path_of(make_link(consumerid=consumerid, days=7, by=operator, now=timezone.now()))


@pytest.fixture
def sync_link(mirrored, operator):
    row = Activation.objects.select_related("sync", "consumer").first()
    made = make_link(consumerid=row.consumer.consumerid, sync=row.sync, days=7, by=operator, now=timezone.now())
    return path_of(made)


def test_consumer_link_leads_to_a_fresh_connect_page(client, platform, consumer_link):
    assert 'action="platform/"' in client.get(consumer_link).content.decode()
    assert platform.minted == []  # looking makes nothing

    response = client.post(f"{consumer_link}platform/")

    assert response.status_code == 200
    assert 'href="https://connect.example.com/1"' in response.content.decode()
    ((path, body),) = platform.minted
    assert path == f"/consumers/{Consumer.objects.first().consumerid}/connections"
    assert body == {"redirect": False}
    assert response["Cache-Control"] == "no-store"


def test_sync_link_leads_to_a_fresh_activation_page(client, platform, sync_link):
    assert 'action="platform/"' in client.get(sync_link).content.decode()
    response = client.post(f"{sync_link}platform/")

    assert 'href="https://connect.example.com/1"' in response.content.decode()
    ((path, body),) = platform.minted
    row = Activation.objects.select_related("sync", "consumer").first()
    assert path == f"/consumers/{row.consumer.consumerid}/syncs"
    assert body == {"syncid": row.sync.key}


def test_only_post_and_a_working_link_mint(client, platform, consumer_link):
    assert client.get(f"{consumer_link}platform/").status_code == 405
    assert client.post("/c/unknown/platform/").status_code == 404
    ShareLink.objects.update(revoked_at=timezone.now())
    assert client.post(f"{consumer_link}platform/").status_code == 404
    assert platform.minted == []


def test_minting_is_limited(client, platform, consumer_link):
    codes = [client.post(f"{consumer_link}platform/").status_code for _ in range(14)]
    assert 429 in codes
    assert len(platform.minted) == codes.count(200) <= 12  # six a minute; the minute may have turned


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://example.com", "", "//example.com"])
def test_link_that_is_no_web_address_is_not_shown(client, platform, consumer_link, url):
    platform.mint = lambda path, body: (200, {"url": url})
    response = client.post(f"{consumer_link}platform/")
    assert response.status_code == 503
    assert "try again" in response.content.decode()
    assert not url or url not in response.content.decode()


@pytest.mark.parametrize("answer", [(502, {}), (400, {"detail": ["secret detail"]}), (200, [])])
def test_platform_that_gives_no_link_is_said_plainly(client, platform, consumer_link, answer):
    platform.mint = lambda path, body: answer
    response = client.post(f"{consumer_link}platform/")
    assert response.status_code == 503
    assert "secret detail" not in response.content.decode()


def test_consumer_of_no_platform_has_no_button(client, operator):
    row = make.consumer()
    link = path_of(make_link(consumerid=row.consumerid, days=7, by=operator, now=timezone.now()))
    assert "platform/" not in client.get(link).content.decode()
    assert client.post(f"{link}platform/").status_code == 404

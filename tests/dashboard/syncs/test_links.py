"""Sync links: what the customer reads, nothing of anybody else, and every way in which they die."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard import sharing
from dashboard.models import ShareLink
from syncs.models import Sync
from tests import make
from tests.dashboard.syncs.test_pages import ACTIVATION, ANNA, SYNC
from tests.feed import feed

pytestmark = pytest.mark.django_db

BERT = {"type": "consumer", "consumer": "bert", "name": "Bert the other"}
OTHER = SYNC | {"sync": "o", "name": "Other sync", "mappings": ["Secret mapping"]}
PAGE = "/consumers/anna/sync-links/s/"


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    """Tests open links faster than people; the limit of public pages has its own tests."""
    monkeypatch.setattr("dashboard.pages.public.seconds_to_wait", lambda *args, **kwargs: 0)


@pytest.fixture
def source():
    return make.source()


@pytest.fixture
def world(source):
    feed(*ANNA, BERT, SYNC, OTHER, ACTIVATION, ACTIVATION | {"sync": "o"}, ACTIVATION | {"consumer": "bert"}, by=source)


def link(consumer="anna", sync="s", days=7):
    made = sharing.make_link(
        consumerid=consumer, sync=Sync.objects.get(key=sync), days=days, by=make.user(), now=timezone.now()
    )
    return "/s/" + made.address.split("/s/")[1]


def read(path):
    return Client().get(path)


def text(path):
    return read(path).content.decode()


# --- what it says -----------------------------------------------------------------------------------------------------

DONE = {"mappings": {"Tax": "complete"}}
CASES = {
    "failed": ({}, "failed", "one of your connections needs you", "Connect <bdi>Odoo</bdi> again"),
    "pending": ({}, "pending", "some of your software is still to be connected", "Not finished"),
    "mapping": ({}, "active", "Some of your data is still to be matched", "Missing"),
    "configuration": (DONE, "active", "only the settings are still to be finished", "To do"),
    "disabled": (
        DONE | {"configuration": "complete", "enabled": False},
        "active",
        "it is switched off",
        "Switched off",
    ),
    "active": (DONE | {"configuration": "complete"}, "active", "there is nothing for you to do", "Done"),
    "flagged": (DONE | {"configuration": "complete"}, "failed", "It is switched on, but", "Needs you"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_says_how_far_the_customer_is(world, source, case):
    fields, status, sentence, word = case
    feed(ANNA[2] | {"status": status}, ACTIVATION | fields, by=source)
    page = text(link())
    assert sentence in page
    assert word in page


def test_it_shows_the_button_of_the_platform(world, source):
    assert "Continue with your steps" not in text(link())
    feed(ACTIVATION | {"activate_url": "https://connect.example.com/go?a=1&b=2"}, by=source)
    assert 'href="https://connect.example.com/go?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"' in text(link())


def test_nothing_of_others_is_shown(world, source):
    page = text(link())
    for secret in ("Bert", "bert", "anna", "Other sync", "Secret mapping", "/consumers/", "/syncs/"):
        assert secret not in page


def test_the_integrators_own_side_is_not_shown(world, source):
    feed(
        SYNC | {"requires": [{"connector": "odoo", "hidden": True}], "mappings": ["Tax", "Ours"]},
        ACTIVATION | {"mappings": {"Ours": "hidden"}},
        by=source,
    )
    page = text(link())
    assert "Odoo" not in page
    assert "Ours" not in page


def test_headers_keep_it_private(world):
    page = read(link())
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src" in page["Content-Security-Policy"]


# --- how it dies ------------------------------------------------------------------------------------------------------


def gone(path):
    """The one answer to whatever opens nothing."""
    response, unknown = read(path), read("/s/" + "x" * 43 + "/")
    assert response.status_code == unknown.status_code == 404
    assert response.content == unknown.content
    return True


def test_a_link_of_one_kind_opens_no_page_of_the_other(world):
    assert gone(link().replace("/s/", "/c/").replace("/c/", "/s/x"))
    assert read(link().replace("/s/", "/c/")).status_code == 404


def test_it_expires_and_is_revoked(world):
    path = link()
    ShareLink.objects.update(expires_at=timezone.now(), created_at=timezone.now() - timedelta(days=7))
    assert gone(path)
    path = link()
    ShareLink.objects.filter(revoked_at=None).update(revoked_at=timezone.now())
    assert gone(path)


def test_it_dies_for_good_with_its_consumer(world, source):
    path = link()
    feed(ANNA[1] | {"deleted": True}, by=source)
    assert gone(path)
    feed(ANNA[1], by=source)
    assert gone(path)


@pytest.mark.parametrize("record", [ACTIVATION, SYNC], ids=["activation", "sync"])
def test_it_opens_nothing_while_its_activation_or_sync_is_deleted(world, source, as_operator, record):
    path = link()
    feed(record | {"deleted": True}, by=source)
    assert gone(path)
    assert "the activation is deleted" in as_operator.get("/consumers/anna/links/").content.decode()
    feed(record, by=source)
    assert read(path).status_code == 200


# --- how it is made ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, 7, 30])
def test_making_shows_the_address_once(world, as_operator, days):
    page = as_operator.post(PAGE, {"days": days}).content.decode()
    made = ShareLink.objects.get()
    assert (made.kind, made.sync.key, made.expires_at - made.created_at) == ("sync", "s", timedelta(days=days))
    assert "/s/" in page
    assert "/s/" not in as_operator.get(PAGE).content.decode()


def test_only_operators_make_one(world, as_viewer, client):
    assert as_viewer.post(PAGE, {"days": 7}).status_code == 403
    assert "Make link" not in as_viewer.get(PAGE).content.decode()
    assert client.post(PAGE, {"days": 7}).status_code == 302
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize(
    "page", ["/consumers/bert/sync-links/o/", "/consumers/anna/sync-links/x/", "/consumers/x/sync-links/s/"]
)
def test_there_is_none_without_an_activation(world, as_operator, page):
    assert as_operator.get(page).status_code == 404
    assert as_operator.post(page, {"days": 7}).status_code == 404

"""The pages of Chift sources and of links to the platform, in a real browser."""

from random import Random

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from common.redis import client as redis_client
from consumers.models import Consumer
from dashboard.sharing import make_link
from ingest.importers.running import import_all
from ingest.models import ImportRun, WebhookDelivery
from sources.models import ChiftAccount
from tests.browser.test_pages import violations
from tests.ingest.importers.conftest import QUICK, new_account
from tests.ingest.importers.platform import CLIENT, Platform, serving
from tests.ingest.importers.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def account(db):
    for key in redis_client().scan_iter("connmon:limit:*"):
        redis_client().delete(key)
    platform = Platform()
    with serving(platform) as address:
        made = new_account(address)
        World(platform, Random(1), 8)
        platform.faults = {f"/consumers/{platform.consumers[0]['consumerid']}/connections": [400]}
        import_all(source=made.source, clock=timezone.now, wait=False, patience=QUICK)
        now = timezone.now()
        for state in WebhookDelivery.State.values:
            WebhookDelivery.objects.create(
                source=made.source,
                event="account.connection.updated",
                consumerid="c-1" if state != "ignored" else "",
                body=b"{}",
                received_at=now,
                due_at=now,
                state=state,
                message="the platform is away (502)" if state == "failed" else "",
            )
        yield made


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_pages_are_accessible_and_never_scroll_sideways(window, admin, account, width, dark):
    page = window(admin, width=width, dark=dark)
    base = f"/admin/sources/{account.source_id}/"
    paths = ["/admin/sources/", base, f"{base}edit/", f"{base}runs/", f"{base}deliveries/", "/admin/sources/chift/new/"]
    link = make_link(consumerid=Consumer.objects.first().consumerid, days=1, by=admin, now=timezone.now())
    paths.append("/" + link.address.split("/", 3)[3])
    for path in paths:
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    ChiftAccount.objects.update(silent_at=timezone.now())
    for path in ("/", base):
        page.goto(path)
        expect(page.locator("[data-silent=main]")).to_be_visible()
        assert violations(page) == [], path


def test_progress_of_a_run_is_seen_live(window, admin, account):
    run = ImportRun.objects.create(source=account.source, kind="full", started_at=timezone.now(), done=3, total=10)
    page = window(admin)
    page.goto(f"/admin/sources/{account.source_id}/")
    expect(page.locator("#run")).to_contain_text("3 of 10")

    ImportRun.objects.filter(pk=run.pk).update(done=9)
    expect(page.locator("#run")).to_contain_text("9 of 10")

    ImportRun.objects.filter(pk=run.pk).update(outcome="complete", finished_at=timezone.now())
    expect(page.locator("#run [data-outcome=complete]")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_source_is_added_without_its_secret_coming_back(window, admin, account, scripts):
    page = window(admin, scripts=scripts)
    page.goto("/admin/sources/chift/new/")
    page.get_by_label("Name").fill("second")
    page.get_by_label("Client id").fill("client-1")
    page.get_by_label("Client secret").fill(CLIENT["clientSecret"])
    page.get_by_label("Account id").fill(CLIENT["accountId"])
    page.get_by_role("button", name="Create source").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("second")
    assert CLIENT["clientSecret"] not in page.content()


def test_customer_reaches_the_platform_by_a_click(window, admin, account):
    link = make_link(consumerid=Consumer.objects.first().consumerid, days=1, by=admin, now=timezone.now())
    page = window()
    page.goto("/" + link.address.split("/", 3)[3])
    page.get_by_role("button", name="Open the connect page").click()

    button = page.get_by_role("link", name="Go there now")
    assert button.get_attribute("href") == "https://connect.example.com/1"
    assert violations(page) == []
    page.get_by_role("link", name="Back to your page").click()
    expect(page.get_by_role("button", name="Open the connect page")).to_be_visible()

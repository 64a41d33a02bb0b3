"""Syncs in a real browser: from the overview to the customer's page; accessible, and usable without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from dashboard import sharing
from syncs.models import Activation
from tests.browser import in_every_look
from tests.browser.test_pages import violations
from tests.dashboard.syncs import world
from tests.feed import feed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SYNC = "/syncs/sync 1&%3F/"
LIST = "/consumers/by-sync/"


@pytest.fixture
def data(db):
    """A random world, and one activation whose connection failed."""
    parents, children = world.made(seed=3, consumers=60)
    at = "2026-06-01T00:00:00Z"
    feed(
        *parents,
        *children,
        {"type": "sync", "sync": "sync 1&?", "name": "Orders to books", "requires": [{"connector": "odoo"}]},
        {
            "type": "connection",
            "connection": "failing",
            "consumer": "id 0%&?",
            "connector": "odoo",
            "status": "failed",
            "failure": {"code": "401", "message": "The token expired."},
            "connect_url": "https://connect.example.com/odoo",
            "changed_at": at,
        },
        *[
            {
                "type": "connection",
                "connection": f"0 {code}",
                "consumer": "id 0%&?",
                "connector": code,
                "status": "pending",
                "changed_at": at,
                "deleted": True,
            }
            for code in world.CONNECTORS
        ],
        {
            "type": "activation",
            "sync": "sync 1&?",
            "consumer": "id 0%&?",
            "opened_at": at,
            "changed_at": at,
            "activate_url": "https://connect.example.com/sync",
        },
    )


@pytest.fixture
def link(data, admin):
    row = Activation.objects.select_related("consumer", "sync").get(
        consumer__consumerid="id 0%&?", sync__key="sync 1&?"
    )
    made = sharing.make_link(consumerid="id 0%&?", sync=row.sync, days=7, by=admin, now=row.received_at)
    return "/s/" + made.address.split("/s/")[1]


@in_every_look
def test_pages_are_accessible_and_fit(window, link, admin, width, dark):
    page = window(admin, width=width, dark=dark)
    linked = f"{LIST}?sync=sync 1%26%3F&step=connections&issue=connection_failed&failed_connector=odoo"
    for path in (
        "/",
        "/syncs/",
        SYNC,
        "/syncs/sync 3&%3F/",
        LIST,
        linked,
        f"{LIST}?step=x",
        link,
        "/consumers/id 0%25&%3F/",
    ):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_the_overview_to_the_customers_page(window, data, operator, scripts):
    page = window(operator, scripts=scripts)
    page.goto("/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Syncs").click()
    page.get_by_role("link", name="Orders to books").click()
    step = page.locator("[data-step=connections]")
    link = step.get_by_role("link", name="Connection failed")
    number = int(link.locator("b").inner_text())
    link.click()

    expect(page.locator("tr[data-consumer]")).to_have_count(number)
    expect(page.get_by_role("heading", level=2)).to_have_text(re.compile(f"^{number} of "))
    row = page.locator('tr[data-consumer="id 0%&?"]')
    expect(row).to_contain_text("Connection failed (Odoo)")
    row.locator("td.act summary").click()
    row.get_by_role("link", name="Get sync link").click()
    page.get_by_label("1 day").check()
    page.get_by_role("button", name="Make link").click()
    address = page.locator("[data-link-made]").get_by_text(re.compile("/s/")).first.inner_text()

    customer = window(None, width=390, scripts=scripts)
    customer.goto("/s/" + re.search(r"/s/([\w-]+)/", address)[1] + "/")
    expect(customer.get_by_role("heading", name="Connect Odoo again")).to_be_visible()
    expect(customer.get_by_role("link", name="Connect Odoo again")).to_have_attribute(
        "href", "https://connect.example.com/odoo"
    )
    expect(customer.get_by_role("link", name="Continue with your steps")).to_be_visible()
    expect(customer.get_by_role("navigation")).to_have_count(0)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_tab_and_filters(window, data, viewer, scripts):
    page = window(viewer, scripts=scripts)
    page.goto("/consumers/")
    page.get_by_role("link", name="By syncs").click()
    page.locator("summary", has_text="Step").click()
    page.get_by_label(re.compile("Mappings")).check()
    page.locator("details[open]").get_by_role("button", name="Apply").click()

    expect(page).to_have_url(re.compile(r"step=mappings"))
    expect(page.locator(".chip")).to_contain_text("Mappings")
    for row in page.locator("tr[data-consumer]").all():
        expect(row).to_contain_text("Mapping incomplete")
    page.get_by_role("link", name="Remove filter Step").click()
    expect(page.locator(".chip")).to_have_count(0)
    page.get_by_role("link", name="Opened").click()
    expect(page.locator("th[aria-sort]")).to_have_text("Opened")

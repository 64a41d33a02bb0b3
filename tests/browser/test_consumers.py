"""The whole way of a support call: find out, make a link, open it signed out, edit, delete, undo."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import User
from consumers.models import Consumer
from dashboard.auditing import By
from dashboard.changes import make_link, remove_consumer
from tests import make
from tests.browser import in_every_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()
NAME = "Café <b>Élan</b> مرحبا"


@pytest.fixture
def elan(db, settings, live_server):
    """A consumer with a connection of each status, one of them in trouble; links lead to the server of the tests."""
    settings.PUBLIC_URL = live_server.url
    elan = make.consumer(NAME, consumerid="elan", email="it@elan.example")
    failed = {"failure_code": "token_expired", "failure_message": "The token expired. " * 10}
    url = "https://connect.example/odoo"
    make.connection(consumer=elan, connector=make.connector("Odoo"), status="failed", connect_url=url, **failed)
    make.connection(consumer=elan, connector=make.connector("Stripe"), status="pending", connect_url=url)
    make.connection(consumer=elan, connector=make.connector("Sage"), key="c-1", flow="source", is_tracked=True)
    return elan


def violations(page):
    found = AXE.run(page).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_whole_way_by_mouse(window, elan, admin, scripts, width):
    page = window(admin, width=width, scripts=scripts)
    page.goto("/consumers/elan/")
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.locator("[data-issue=connection_failed]")).to_contain_text("Connection failed (Odoo)")

    page.get_by_role("link", name="Get consumer link").first.click()
    page.get_by_label("30 days").check()
    page.get_by_role("button", name="Make link").click()
    address = page.get_by_role("group", name="Address of the link").inner_text()
    if scripts:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == address

    customer = window(scripts=scripts, width=width)
    customer.goto(address)
    expect(customer.get_by_role("heading", level=1)).to_have_text(f"Hello {NAME}")
    expect(customer.get_by_role("link", name="Connect Odoo again")).to_have_attribute("target", "_blank")
    expect(customer.get_by_text("The token expired.")).to_be_hidden()
    customer.get_by_text("For whoever looks after your software").click()
    expect(customer.get_by_text("The token expired.")).to_be_visible()

    page.get_by_role("link", name="Back to the consumer").click()
    page.get_by_role("link", name="Edit", exact=True).first.click()
    page.get_by_label("Email").fill("nobody")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Email must contain an @.")).to_be_visible()
    page.get_by_label("Email").fill("new@elan.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="new@elan.example")).to_be_visible()

    page.locator("main details.menu > summary").click()
    page.get_by_role("link", name="Delete…").click()
    expect(page.get_by_text("1 open link")).to_be_visible()
    page.get_by_role("button", name="Delete consumer").click()
    expect(page.get_by_text("was deleted.")).to_be_visible()
    assert customer.request.get(address).status == 404
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is back")).to_be_visible()
    assert Consumer.objects.get().is_live
    assert customer.request.get(address).status == 404


def test_the_whole_way_by_keyboard(window, elan, admin):
    page = window(admin)
    page.goto("/consumers/elan/")
    page.locator("main details.menu > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/links/$"))
    page.get_by_label("7 days").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-link-made]")).to_be_visible()

    page.goto("/connections/c-1/")
    page.get_by_label("Destination").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Destination")).to_be_checked()
    expect(page.get_by_label("Track this connection")).not_to_be_checked()

    page.goto("/consumers/elan/delete/")
    page.get_by_role("button", name="Delete consumer").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("is back")).to_be_visible()


def test_a_name_with_line_breaks_and_255_characters_survives_the_form(window, elan, operator):
    name = "first\n" + "ü" * 248 + "\n"
    Consumer.objects.update(name=name)
    page = window(operator)
    page.goto("/consumers/elan/edit/")
    page.get_by_label("Internal reference").fill("R-2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    row = Consumer.objects.get()
    assert (row.name, row.internal_reference) == (name, "R-2")


@in_every_look
def test_pages_are_accessible_and_fit(window, elan, admin, width, dark):
    gone = make.consumer("G" * 255, consumerid="gone")
    who = By(admin, gone.created_at)
    address = make_link(who, consumerid="elan", sync=None, days=7).address
    remove_consumer(who, consumerid="gone")
    assert User.objects.count() == 1
    page = window(admin, width=width, dark=dark)
    for path in (
        *("/consumers/elan/", "/consumers/elan/edit/", "/consumers/elan/delete/", "/consumers/elan/links/"),
        *("/consumers/gone/", "/connections/c-1/", "/admin/deleted/", address),
    ):
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path

"""Every page in a real browser: accessible, silent, never wider than its window, and usable without JavaScript."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import make
from tests.browser import in_every_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()
PAGES = (
    "/",
    "/?connectors=all",
    "/unified-apis/Accounting/",
    "/connectors/odoo/",
    "/preferences/",
    "/preferences/password/",
    "/api/docs",
)


@pytest.fixture
def some_data(db):
    """Every shape that a page can take: short and long names, zeros, failures with and without words."""
    make.source(name="orders platform")
    odoo = make.connector("Odoo", key="odoo", help_url="https://docs.example.com/odoo")
    long = make.connector(
        "Ø" * 120 + " 🦄 " + "wide" * 20, unified_api_name="A name that is " + "much " * 20 + "too long"
    )
    make.connector("Never used", is_active=False)
    for status in ("active", "active", "pending"):
        make.connection(connector=odoo, status=status)
        make.connection(connector=long, status=status)
    make.connection(connector=odoo, status="failed", failure_code="401", failure_message="The token expired. " * 30)
    make.connection(connector=odoo, status="failed")


def violations(page):
    found = AXE.run(page).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found]


@in_every_look
def test_page_is_accessible(window, some_data, admin, width, dark):
    page = window(admin, width=width, dark=dark)
    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_first_run_and_sign_in_are_accessible(window, admin, dark):
    for user, path in ((admin, "/"), (None, "/sign-in/")):
        page = window(user, width=390, dark=dark)
        page.goto(path)
        assert violations(page) == [], path


def test_open_user_menu_is_accessible(window, some_data, admin):
    for width in (1440, 390):
        page = window(admin, width=width)
        page.goto("/")
        page.locator("summary.who").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390, 720, 1024, 1440])
def test_page_never_scrolls_sideways(window, some_data, admin, width):
    page = window(admin, width=width)
    for path in (*PAGES, "/sign-in/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_works_without_javascript(window, some_data, viewer):
    page = window(scripts=False)
    page.goto("/connectors/odoo/")
    page.get_by_label("User name").fill("vera")
    page.get_by_label("Password").fill("a long enough word")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Odoo")
    page.locator("summary.who").click()
    page.get_by_role("link", name="Preferences").click()
    page.get_by_label("Time zone").fill("Asia/Kathmandu")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Preferences saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("summary.who").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/"))


def test_overview_leads_to_a_connector_and_its_lists(window, some_data, viewer):
    page = window(viewer)
    page.goto("/")
    page.get_by_role("link", name="Accounting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounting")
    page.get_by_role("link", name="Odoo", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Odoo")

    failed = page.locator("[data-kpi=failed-connections]")
    expect(failed).to_have_text("2")
    assert failed.locator("..").get_attribute("href") == "/connections/?connector=odoo&status=failed"


def test_pages_print_without_navigation(window, some_data, viewer):
    page = window(viewer)
    page.emulate_media(media="print")
    page.goto("/")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator("[data-kpi=active-consumers]")).to_be_visible()

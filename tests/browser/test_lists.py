"""The lists in a real browser: search, filters, chips, sorting, pages, CSV; by mouse, by keyboard, without scripts."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests import make
from tests.browser import in_every_look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = Axe()


@pytest.fixture
def many(db, live_server):
    """Sixty healthy consumers, and two in trouble."""
    odoo, shopify = make.connector("Odoo", key="odoo"), make.connector("Shopify", unified_api_name="eCommerce")
    for number in range(60):
        make.connection(consumer=make.consumer(f"Noord {number:02}"), connector=shopify)
    lemaire = make.consumer("Brasserie Lemaire", consumerid="lemaire")
    make.connection(consumer=lemaire, connector=odoo, status="failed", failure_message="Refused", key="l-odoo")
    make.connection(consumer=lemaire, connector=shopify)
    make.connection(consumer=make.consumer("Café Élan <b>"), connector=odoo, status="pending")


def violations(page):
    found = AXE.run(page).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]][:3]) for rule in found]


def test_filters_change_the_rows_in_place_and_live_in_the_address(window, many, viewer):
    page = window(viewer)
    page.goto("/consumers/")
    page.evaluate("window.kept = true")
    expect(page.get_by_role("heading", name="62 consumers")).to_be_visible()

    page.get_by_label("Name, email, reference or consumerid").fill("elan")
    expect(page.get_by_role("heading", name="1 of 62 consumers")).to_be_visible()
    assert page.url.endswith("/consumers/?q=elan")
    page.get_by_role("link", name="Remove filter Search").click()
    expect(page.get_by_role("heading", name="62 consumers")).to_be_visible()
    expect(page.get_by_label("Name, email, reference or consumerid")).to_have_value("")

    page.locator("summary", has_text="Connector").click()
    page.get_by_label("Odoo").check()
    expect(page.get_by_role("heading", name="2 of 62 consumers")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("summary", has_text="Issue").click()
    page.get_by_label("Connection failed").check()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tr[data-consumer=lemaire]")).to_have_attribute("data-issue", "connection_failed")
    assert page.url.endswith("?connector=odoo&issue=connection_failed")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator("tbody tr")).to_have_count(50)
    expect(page.get_by_label("Odoo")).not_to_be_checked()
    assert page.evaluate("window.kept") is True

    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".chip")).to_have_count(2)
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_sorting_and_pages_keep_the_filters(window, many, viewer):
    page = window(viewer)
    page.goto("/consumers/?q=noord")
    page.get_by_role("link", name="Consumer", exact=True).click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Consumer")
    expect(page.locator("tbody tr .name").first).to_have_text("Noord 59")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(page.locator("tbody tr .name").last).to_have_text("Noord 00")
    assert page.url.endswith("?q=noord&sort=-name&page=2")
    page.locator("summary", has_text="Active").first.click()
    page.get_by_label("Not active").check()
    expect(page.get_by_role("heading", name="No consumer matches")).to_be_visible()
    assert "sort=-name" in page.url
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.locator("tbody tr")).to_have_count(50)


def test_the_csv_is_that_of_the_filters(window, many, viewer):
    page = window(viewer)
    page.goto("/consumers/")
    page.get_by_label("Name, email, reference or consumerid").fill("brasserie")
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert re.fullmatch(r"consumers-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("lemaire,Brasserie Lemaire")
    assert "Connection failed (Odoo)" in lines[1]


@pytest.mark.parametrize("width", [1440, 390])
def test_everything_works_without_scripts(window, many, viewer, width):
    page = window(viewer, scripts=False, width=width)
    page.goto("/consumers/?sort=-name")
    page.locator("summary", has_text="Issue").click()
    page.get_by_label("Connection failed").check()
    page.get_by_label("Connection pending").check()
    page.locator("details[open] button", has_text="Apply").click()
    expect(page.locator("tbody tr .name")).to_have_text(["Café Élan <b>", "Brasserie Lemaire"])
    page.get_by_label("Name, email, reference or consumerid").fill("lemaire")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr .name")).to_have_text(["Brasserie Lemaire"])
    assert "sort=-name" in page.url
    page.locator("summary", has_text="Connection failed (Odoo)").click()
    expect(page.get_by_text("The customer has to connect it again")).to_be_visible()
    page.get_by_role("link", name="Clear all").click()
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(12)
    page.get_by_label("Find a consumer").fill("lemaire")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/consumers/lemaire/$"))


def test_the_search_works_by_keyboard(window, many, viewer):
    page = window(viewer)
    page.goto("/consumers/")
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Find a consumer")
    expect(field).to_be_focused()
    page.keyboard.type("noord 1")
    options = page.get_by_role("option")
    expect(options).to_have_count(9)
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-2")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.fill("lemai")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/consumers/lemaire/$"))


def test_menus_and_explanations_work_by_keyboard(window, many, operator):
    page = window(operator)
    page.goto("/consumers/?q=lemaire")
    row = page.locator("tr[data-consumer=lemaire]")
    why = row.locator("summary", has_text="Connection failed (Odoo)")
    why.focus()
    page.keyboard.press("Enter")
    expect(row.get_by_text("The customer’s software refuses our access")).to_be_visible()
    page.keyboard.press("Escape")
    expect(why).to_be_focused()
    row.locator("td.act summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(row.get_by_role("link", name="Get consumer link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/consumers/lemaire/links/$"))


def test_copying_works_in_rows_that_came_later(window, many, viewer):
    page = window(viewer)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/consumers/")
    page.get_by_label("Name, email, reference or consumerid").fill("lemaire")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.evaluate("document.querySelector('tbody tr').dataset.kept = 'true'")
    page.get_by_role("button", name="Copy consumerid").click()
    expect(page.get_by_text("Copied")).to_be_attached()
    page.wait_for_load_state("networkidle")
    expect(page.locator("tr[data-kept]")).to_have_count(1)  # leaving the search field asks for nothing again
    assert page.evaluate("navigator.clipboard.readText()") == "lemaire"


@in_every_look
def test_lists_are_accessible(window, many, operator, width, dark):
    page = window(operator, width=width, dark=dark)
    for url in (
        "/consumers/",
        "/consumers/?issue=connection_failed&q=l",
        "/consumers/?q=nobody",
        "/consumers/?sort=bogus",
        "/connections/?status=failed&status=pending",
        "/connections-settings/?status=failed",
        "/search/?q=noord",
    ):
        page.goto(url)
        assert violations(page) == [], url
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), url
    page.goto("/consumers/?q=lemaire")
    page.locator("summary", has_text="Connection failed (Odoo)").click()
    assert violations(page) == []
    page.goto("/consumers/")
    page.locator(".filter summary", has_text="Issue").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_label("Find a consumer").press_sequentially("le")
    expect(page.get_by_role("option")).to_have_count(1)
    assert violations(page) == []

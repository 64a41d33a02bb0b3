"""The ways through a page with the keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests import make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(window, viewer):
    make.connection(connector=make.connector("Odoo", key="odoo"))
    page = window(viewer)
    page.goto("/")
    return page


def focused(page):
    return page.evaluate("(document.activeElement.innerText || document.activeElement.name || '').trim()")


def test_skip_link_comes_first_and_leads_to_the_content(page):
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    expect(page.get_by_text("Skip to content")).to_be_in_viewport()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page).startswith("Active consumers")


def test_tab_visits_every_number_in_order_and_shows_where_it_is(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    visited = []
    for _ in range(6):
        page.keyboard.press("Tab")
        visited.append(focused(page).split("\n")[0])
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "2px", visited[-1]
    labels = ["Active consumers", "Active connections", "Pending connections", "Failed connections"]
    assert visited == [*labels, "Accounting", "1"]


def test_escape_closes_the_menu_and_gives_the_focus_back(page):
    menu = page.locator("summary.who")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Preferences")).to_be_visible()

    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Preferences")).to_be_hidden()
    assert "your menu" in focused(page)


def test_click_outside_closes_the_menu(page):
    page.locator("summary.who").click()
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_role("link", name="Preferences")).to_be_hidden()


def test_copy_button_copies_the_command(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/api/docs")
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl ")


def test_toast_goes_when_it_is_dismissed(page):
    page.goto("/preferences/")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Preferences saved.")).to_be_hidden()


def test_theme_shows_at_once(page):
    page.goto("/preferences/")
    page.get_by_label("Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_zone_of_the_browser_is_offered(window, viewer):
    page = window(viewer)
    page.goto("/preferences/")
    page.get_by_role("button", name="Use this browser’s zone").click()
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.get_by_label("Time zone")).to_have_value(zone)

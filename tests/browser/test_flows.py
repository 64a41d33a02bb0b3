"""Data flows and Monitoring in a real browser: selectors, cards, search, filters; keyboard, no JavaScript, print."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from connections import rollup_services
from tests import make
from tests.browser import in_every_look
from tests.browser.test_pages import violations
from tests.feed import feed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/flows/",
    "/flows/?source=shop&destination=shop&errors=quiet",
    "/flows/?end=2020-01-01",
    "/connections/shop/errors/",
    "/connections/shop/errors/?q=c%2B%2B&code=GROUP&category=all",
    "/connections/shop/errors/?q=nothing",
    "/connections/quiet/errors/",
    "/connections/shop/",
    "/connectors/shopify/",
    "/consumers/lemaire/",
)


@pytest.fixture
def some_flow(db):
    """A tracked source and destination, one that is not tracked, events of two days, an error as long as it may be."""
    shopify = make.connector("Shopify", key="shopify")
    lemaire = make.consumer("Brasserie Lemaire", consumerid="lemaire")
    make.connection(key="shop", consumer=lemaire, connector=shopify, flow="source", is_tracked=True)
    make.connection(key="books", consumer=lemaire, flow="destination", is_tracked=True)
    make.connection(key="quiet", connector=shopify, flow="source")
    now = timezone.now()
    links = [
        {"kind": "internal", "title": "Map families", "url": "https://docs.example/families"},
        {"kind": "external", "title": "Item groups", "url": "https://help.example/groups"},
    ]
    base = {"type": "error", "connection": "shop", "occurred_at": now.isoformat(), "category": "business"}
    product = {"identifier": "SKU-1", "label": "Guirlande", "family": "Seasonal (C++)"}
    activity = {"type": "activity", "id": "1", "connection": "shop", "kind": "created", "occurred_at": now.isoformat()}
    group = {"message": "Group “Seasonal (C++)” is not there", "code": "GROUP", "product": product, "help": links}
    feed(
        activity | {"count": 12},
        base | {"id": "1"} | group,
        base | {"id": "2", "message": "Tax 21 % unknown", "code": "TAX", "channel": "web", "locale": "fr_BE"},
        base | {"id": "3", "message": "<h1>x</h1>" * 1000, "occurred_at": (now - timedelta(days=1)).isoformat()},
        base | {"id": "4", "message": "Gateway", "category": "technical"},
        now=now,
    )
    while rollup_services.drain():
        pass


@in_every_look
def test_page_is_accessible_and_never_wider_than_its_window(window, some_flow, operator, width, dark):
    page = window(operator, width=width, dark=dark)
    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_selectors_keep_each_other_and_cards_open_monitoring(window, some_flow, viewer, scripts):
    page = window(viewer, scripts=scripts)
    page.goto("/flows/")
    page.get_by_label("Source", exact=True).select_option("shop")
    page.locator("#source-block").get_by_role("button", name="Show").click()
    page.get_by_label("Connection", exact=True).select_option("books")
    page.locator("#errors-block").get_by_role("button", name="Show").click()

    expect(page.get_by_label("Source", exact=True)).to_have_value("shop")
    expect(page.locator("[data-chart=created] .total")).to_have_text("12")
    expect(page.locator("[data-chart=errors]")).to_contain_text("No errors")
    expect(page.locator("[data-card]")).to_have_count(2)

    page.locator("[data-card=shop]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Monitoring: Shopify")
    expect(page.locator("[data-error]")).to_have_count(3)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_search_filters_and_switch_narrow_and_widen(window, some_flow, viewer, scripts):
    page = window(viewer, scripts=scripts)
    page.goto("/connections/shop/errors/")
    page.get_by_label("Search the errors").fill("c++")
    page.get_by_label("Search the errors").press("Enter")
    expect(page.locator("[data-error]")).to_have_count(1)
    expect(page.locator("mark").first).to_have_text("C++")
    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()

    page.get_by_role("link", name="Remove Search c++").click()
    page.locator("summary", has_text="Code").click()
    page.get_by_label("TAX").check()
    page.locator("details[open]").get_by_role("button", name="Apply").click()
    expect(page.locator("[data-error='2']")).to_be_visible()
    expect(page.locator("[data-error]")).to_have_count(1)

    page.get_by_role("link", name="Clear all").click()
    page.get_by_role("link", name="All 4").click()
    expect(page.locator("[data-error]")).to_have_count(4)


def test_a_long_message_unfolds(window, some_flow, viewer):
    page = window(viewer)
    page.goto("/connections/shop/errors/")
    row = page.locator("[data-error='3']")
    whole = row.locator(".msg--whole")
    expect(whole).to_be_hidden()
    row.locator("summary").press("Enter")
    expect(whole).to_be_visible()
    assert len(whole.inner_text()) == 10_000


def test_the_table_behind_a_chart_opens_with_the_keyboard(window, some_flow, viewer):
    page = window(viewer)
    page.goto("/flows/")
    chart = page.locator("[data-chart=created]")
    chart.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(chart.get_by_role("row", name="Today 12")).to_be_visible()


def test_a_filter_works_with_the_keyboard_alone(window, some_flow, viewer):
    page = window(viewer)
    page.goto("/connections/shop/errors/")
    page.locator("summary", has_text="Code").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error]")).to_have_count(1)


def test_charts_and_tables_print_without_controls(window, some_flow, viewer):
    page = window(viewer)
    page.emulate_media(media="print")
    page.goto("/flows/")
    expect(page.locator("[data-chart=created] svg.cols")).to_be_visible()
    expect(page.get_by_role("button", name="Show").first).to_be_hidden()
    expect(page.get_by_role("link", name="Earlier week")).to_be_hidden()
    page.goto("/connections/shop/errors/?q=c%2B%2B")
    expect(page.locator(".chip")).to_be_visible()
    expect(page.get_by_label("Search the errors")).to_be_hidden()


def test_csv_downloads_what_is_shown(window, some_flow, viewer):
    page = window(viewer)
    page.goto("/connections/shop/errors/?q=tax")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert download.value.suggested_filename == "errors.csv"
    assert len(lines) == 2
    assert "Tax 21 % unknown" in lines[1]

"""Events for the tests of flows: who is connected, and records that read well."""

from datetime import UTC, datetime
from types import SimpleNamespace
from unittest import mock

import pytest

from connections import rollup_services
from tests import make
from tests.connections.test_rollups import NOW, activity, error
from tests.feed import feed

__all__ = ["NOW", "activity", "at", "error", "frozen", "people", "send", "use_zones"]


def at(text: str) -> datetime:
    """A time in UTC: 03-10 12:00 of the year of NOW."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.fixture
def frozen():
    """Requests come in at NOW."""
    with mock.patch("common.middleware.timezone", SimpleNamespace(now=lambda: NOW)):
        yield NOW


@pytest.fixture
def people(db):
    """One tracked source, one tracked destination, one untracked source, one that can not be tracked."""
    odoo, shopify = make.connector("Odoo", key="odoo"), make.connector("Shopify", key="shopify")
    lemaire = make.consumer("Brasserie Lemaire", consumerid="lemaire")
    return SimpleNamespace(
        shop=make.connection(key="shop", consumer=lemaire, connector=shopify, flow="source", is_tracked=True),
        books=make.connection(key="books", consumer=lemaire, connector=odoo, flow="destination", is_tracked=True),
        quiet=make.connection(key="quiet", connector=shopify, flow="source"),
        other=make.connection(key="other", connector=odoo),
        odoo=odoo,
        lemaire=lemaire,
    )


def send(*records, drains=True):
    """Send records at NOW and count them."""
    outcome = feed(*records, now=NOW)
    assert outcome.problems == []
    while drains and rollup_services.drain():
        pass


def use_zones(*zones):
    """Keep cards for these zones."""
    rollup_services.use_zones(zones=zones, now=NOW)

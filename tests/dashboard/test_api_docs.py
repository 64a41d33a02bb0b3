import pytest
from django.urls import get_resolver

from dashboard.api.docs import ENDPOINTS

pytestmark = pytest.mark.django_db


def names_below(patterns, prefix=""):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from names_below(pattern.url_patterns, path)
        elif path.startswith("api/v1/"):
            yield pattern.name


def test_every_address_of_the_api_is_documented():
    documented = {endpoint.page for endpoint in ENDPOINTS}
    assert set(names_below(get_resolver().url_patterns)) <= documented


def test_page_shows_what_exists(as_viewer):
    page = as_viewer.get("/api/docs").content.decode()
    for part in ("/api/v1/records", "/api/v1/overview", "/api/v1/schema.json", "/metrics"):
        assert part in page


def test_page_names_every_field_of_every_record(as_viewer):
    page = as_viewer.get("/api/docs")
    kinds = {kind.name: {field.name for field in kind.fields} for kind in page.context["record_types"]}
    assert set(kinds) == {"connector", "consumer", "connection", "sync", "activation", "activity", "error"}
    assert {"connection", "consumer", "connector", "status", "failure"} <= kinds["connection"]

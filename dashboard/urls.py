"""The addresses of the pages, the reading API and operations."""

from django.urls import URLPattern, URLResolver, include, path

from common import addresses  # noqa: F401 (registers the converter "key")
from dashboard import operations
from dashboard.api.docs import docs
from dashboard.api.overview import overview as overview_api
from dashboard.pages.connector import connector
from dashboard.pages.overview import overview
from dashboard.pages.unified_api import unified_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview, name="overview"),
    path("unified-apis/<key:name>/", unified_api, name="unified-api"),
    path("connectors/<key:key>/", connector, name="connector"),
    path("api/docs", docs, name="api-docs"),
    path("api/v1/overview", overview_api, name="api-overview"),
    path("admin/", include("dashboard.admin.urls")),
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.metrics, name="metrics"),
]

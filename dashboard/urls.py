"""The addresses of the pages, the reading API and operations."""

from django.urls import URLPattern, URLResolver, include, path

from common import addresses  # noqa: F401 (registers the converter "key")
from dashboard import operations
from dashboard.api import lists as list_api
from dashboard.api import syncs as syncs_api
from dashboard.api.docs import docs
from dashboard.api.errors import errors_api
from dashboard.api.flows import flows_api
from dashboard.api.overview import overview as overview_api
from dashboard.pages import connection, connection_settings, consumer_forms, consumer_links, lists, platform
from dashboard.pages.connector import connector
from dashboard.pages.consumer import consumer
from dashboard.pages.consumer_link import consumer_link
from dashboard.pages.flows import flows_page
from dashboard.pages.monitoring import monitoring_csv, monitoring_page
from dashboard.pages.overview import overview
from dashboard.pages.search import search
from dashboard.pages.sync import sync
from dashboard.pages.sync_link import sync_link
from dashboard.pages.syncs import syncs
from dashboard.pages.unified_api import unified_api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview, name="overview"),
    path("syncs/", syncs, name="syncs"),
    path("syncs/<key:key>/", sync, name="sync"),
    path("flows/", flows_page, name="flows"),
    path("unified-apis/<key:name>/", unified_api, name="unified-api"),
    path("connectors/<key:key>/", connector, name="connector"),
    path("search/", search, name="search"),
    path("consumers/", lists.consumers, name="consumers"),
    path("consumers/export.csv", lists.consumers_csv, name="consumers-csv"),
    path("consumers/by-sync/", lists.activations, name="activations"),
    path("consumers/by-sync/export.csv", lists.activations_csv, name="activations-csv"),
    path("connections/", lists.connections, name="connections"),
    path("connections/export.csv", lists.connections_csv, name="connections-csv"),
    # No key of a connection can be mistaken for this: it does not stand below connections/.
    path("connections-settings/", connection_settings.of_all, name="connections-settings"),
    path("consumers/<key:consumerid>/", consumer, name="consumer"),
    path("consumers/<key:consumerid>/edit/", consumer_forms.edit, name="consumer-edit"),
    path("consumers/<key:consumerid>/delete/", consumer_forms.delete, name="consumer-delete"),
    path("consumers/<key:consumerid>/restore/", consumer_forms.restore, name="consumer-restore"),
    path("consumers/<key:consumerid>/links/", consumer_links.links, name="consumer-links"),
    path("consumers/<key:consumerid>/links/<int:pk>/revoke/", consumer_links.revoke, name="consumer-link-revoke"),
    path("consumers/<key:consumerid>/sync-links/<key:key>/", consumer_links.sync_links, name="sync-links"),
    path("connections/<key:key>/", connection.connection, name="connection"),
    path("connections/<key:key>/settings/", connection.settings, name="connection-settings"),
    path("connections/<key:key>/errors/", monitoring_page, name="connection-errors"),
    path("connections/<key:key>/errors/export.csv", monitoring_csv, name="connection-errors-export"),
    path("c/<key:token>/", consumer_link, name="consumer-link"),
    path("c/<key:token>/platform/", platform.connect, name="consumer-link-platform"),
    path("s/<key:token>/", sync_link, name="sync-link"),
    path("s/<key:token>/platform/", platform.activate, name="sync-link-platform"),
    path("api/docs", docs, name="api-docs"),
    path("api/v1/consumers", list_api.consumers, name="api-consumers"),
    path("api/v1/connections", list_api.connections, name="api-connections"),
    path("api/v1/activations", list_api.activations, name="api-activations"),
    path("api/v1/overview", overview_api, name="api-overview"),
    path("api/v1/syncs", syncs_api.syncs, name="api-syncs"),
    path("api/v1/syncs/<key:key>", syncs_api.sync, name="api-sync"),
    path("api/v1/flows", flows_api, name="api-flows"),
    path("api/v1/connections/<key:key>/errors", errors_api, name="api-errors"),
    path("admin/", include("dashboard.admin.urls")),
    path("healthz", operations.healthz, name="healthz"),
    path("readyz", operations.readyz, name="readyz"),
    path("metrics", operations.metrics, name="metrics"),
]

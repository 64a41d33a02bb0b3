"""Addresses of the writing API."""

from django.urls import path

from common import addresses  # noqa: F401 (registers the converter "key")
from ingest import views, webhooks

urlpatterns = [
    path("api/v1/records", views.post_records, name="api-records"),
    path("api/v1/schema.json", views.record_schema, name="api-schema"),
    path("webhooks/chift/<key:name>/", webhooks.chift_webhook, name="chift-webhook"),
]

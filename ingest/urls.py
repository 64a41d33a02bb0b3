"""Addresses of the writing API."""

from django.urls import path

from ingest import views

urlpatterns = [
    path("api/v1/records", views.post_records, name="api-records"),
    path("api/v1/schema.json", views.record_schema, name="api-schema"),
]

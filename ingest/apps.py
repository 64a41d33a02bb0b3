"""The app's place in Django."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """The one way in for records: parsing, the pipeline and its doors."""

    name = "ingest"

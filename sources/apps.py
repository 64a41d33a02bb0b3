"""The app's place in Django."""

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """Where records come from: API keys, file imports, importers; and when each was last heard."""

    name = "sources"

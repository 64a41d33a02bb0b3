"""The app's place in Django."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Unified APIs, connectors and connections; their status and its history; events and rollups."""

    name = "connections"

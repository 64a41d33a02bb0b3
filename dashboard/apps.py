"""The app's place in Django."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """The pages, the CSV exports and the reading API."""

    name = "dashboard"

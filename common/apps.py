"""The app's place in Django."""

from django.apps import AppConfig

from common import lookups


class CommonConfig(AppConfig):
    """What every app may use; no models."""

    name = "common"

    def ready(self) -> None:
        """Make our look-ups known."""
        lookups.register()

"""The app's place in Django."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from common import driver, lookups


class CommonConfig(AppConfig):
    """What every app may use; no models."""

    name = "common"

    def ready(self) -> None:
        """Make our look-ups known, and have every connection to the database set up."""
        lookups.register()
        connection_created.connect(driver.set_up)

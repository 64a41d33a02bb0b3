"""The app's place in Django."""

from django.apps import AppConfig


class ConsumersConfig(AppConfig):
    """The customers of the integrator and their standing."""

    name = "consumers"

"""The app's place in Django."""

from django.apps import AppConfig


class SyncsConfig(AppConfig):
    """Ready-made flows between software and the consumers' activations of them."""

    name = "syncs"

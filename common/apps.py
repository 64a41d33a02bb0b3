"""The app's place in Django."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """What every app may use: windows, text keys, streaming, problem documents, template tags; no models."""

    name = "common"

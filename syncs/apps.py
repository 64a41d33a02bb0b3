"""The app's place in Django."""

from django.apps import AppConfig

from connections.signals import connections_changed
from syncs.judging import judge_consumers


class SyncsConfig(AppConfig):
    """Ready-made flows between software and the consumers' activations of them."""

    name = "syncs"

    def ready(self) -> None:
        """Listen to the connections."""
        connections_changed.connect(judge_consumers, dispatch_uid="syncs.judge_consumers")

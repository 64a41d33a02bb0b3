"""manage.py check_standing."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection as db
from django.db import transaction

from common.differences import Difference
from connections import standing as of_connections
from syncs import judging


class Command(BaseCommand):
    """Recounts the standing that lists and charts read; prints the number of differences, exit status 1 if any."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's signature)
        """Recount in one snapshot, so that it is right under load too."""
        with transaction.atomic():
            with db.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found: list[Difference] = [*of_connections.differences(), *judging.differences()]
        for difference in found:
            self.stderr.write(
                f"{difference.table} {difference.key}: stored {difference.stored}, computed {difference.computed}"
            )
        self.stdout.write(f"{len(found)} differences")
        if found:
            sys.exit(1)

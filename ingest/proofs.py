"""What the commands that prove stored numbers share."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection as db
from django.db import transaction

from common.differences import Difference


class ProofCommand(BaseCommand):
    """Recounts in one snapshot, so that it is right under load too; exit status 1 when something differs."""

    def differences(self) -> list[Difference]:
        """Return what differs."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401, ARG002 (Django's signature)
        """Recount, name each difference, print their number."""
        with transaction.atomic():
            with db.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = self.differences()
        for difference in found:
            self.stderr.write(
                f"{difference.table} {difference.key}: stored {difference.stored}, computed {difference.computed}"
            )
        self.stdout.write(f"{len(found)} differences")
        if found:
            sys.exit(1)

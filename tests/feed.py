"""Sends records the way every door does."""

from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone

from ingest.pipeline import Outcome, apply
from ingest.records import parse_array
from sources.models import Source
from tests import make


def feed(*records: Any, by: Source | None = None, now: datetime | None = None) -> Outcome:
    """Let records take effect as one batch."""
    return apply(parse_array(msgspec.json.encode(records)), source=by or make.source(), now=now or timezone.now())

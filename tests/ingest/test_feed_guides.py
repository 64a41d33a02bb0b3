"""The examples of docs/feeds/your-own.md do what the guide says, exactly as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import get_resolver
from django.utils import timezone

from connections.models import ActivityEvent, Connection, ErrorEvent
from consumers.models import Consumer
from sources.services import create_key
from syncs.models import Activation

DOCS = Path(__file__).resolve().parents[2] / "docs" / "feeds"
GUIDE = (DOCS / "your-own.md").read_text()


def example(language, section):
    """Return the code of a section of the guide."""
    text = GUIDE.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return re.search(rf"```{language}\n(.*?)```", text, re.DOTALL).group(1)


@pytest.mark.django_db(transaction=True)
def test_examples_over_http_work(live_server):
    _, raw = create_key(name="feed", scope="write", now=timezone.now())
    surroundings = os.environ | {"CONNMON": live_server.url, "KEY": raw}

    answer = subprocess.run(
        ["bash", "-c", example("sh", "With curl")], env=surroundings, capture_output=True, text=True, check=True
    )
    assert '"accepted": 3' in answer.stdout
    assert Connection.objects.get().status == "active"

    for _ in range(2):  # sending it twice counts once
        subprocess.run([sys.executable, "-c", example("python", "With Python")], env=surroundings, check=True)
    assert Connection.objects.get().failure_message == "The token expired"
    assert ActivityEvent.objects.get().count == 42
    assert ErrorEvent.objects.get().product_identifier == "SKU-9"


@pytest.mark.django_db
def test_example_of_a_file_is_imported(tmp_path):
    file = tmp_path / "nightly.ndjson"
    file.write_text(example("ndjson", "As a nightly file"))

    call_command("import_records", str(file))

    assert Consumer.objects.get().name == "Kaashandel De Wit"
    assert Activation.objects.get().issue == "no_connection"


def test_guide_of_chift_names_addresses_that_exist():
    text = (DOCS / "chift.md").read_text()
    assert "/webhooks/chift/NAME/" in text
    assert get_resolver().resolve("/webhooks/chift/NAME/").url_name == "chift-webhook"

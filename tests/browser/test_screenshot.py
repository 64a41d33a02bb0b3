"""The screenshot of the README: `CONNMON_SCREENSHOTS=1 bin/test tests/browser/test_screenshot.py` draws it anew."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = Path(__file__).resolve().parents[2] / "docs" / "screenshots"


def test_overview_of_the_demo_fills_its_screen(window, viewer, tmp_path, capsys):
    call_command("load_demo", consumers=350, days=1)
    page = window(viewer)
    page.goto("/")
    folder = SHOTS if os.environ.get("CONNMON_SCREENSHOTS") else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    page.screenshot(path=folder / "overview.png")

    assert (folder / "overview.png").stat().st_size > 20_000

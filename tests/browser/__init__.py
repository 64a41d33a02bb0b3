"""Pages in a real Chromium."""

import pytest

# Each width and each theme; the pages of Chift accounts are seen narrow and dark, too.
in_every_look = pytest.mark.parametrize(
    ("width", "dark"),
    [(1440, False), (1024, True), (390, False)],
    ids=["1440-light", "1024-dark", "390-light"],
)

"""Pages in a real Chromium."""

import pytest

# Each width and each theme, the narrow one in both: it has parts of its own, and the widest takes the longest.
in_every_look = pytest.mark.parametrize(
    ("width", "dark"),
    [(1440, False), (1024, True), (390, False), (390, True)],
    ids=["1440-light", "1024-dark", "390-light", "390-dark"],
)

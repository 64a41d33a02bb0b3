import pytest

from dashboard import charts
from dashboard.kpis import Counts
from dashboard.templatetags import drawn

URLS = {"active": "/a", "pending": "/p", "failed": "/f"}


def widths(parts):
    return [float(part.width.rstrip("%")) for part in parts]


def test_longest_bar_fits_whatever_its_parts():
    for counts in (Counts(1_000_000, 1, 1), Counts(0, 0, 1), Counts(1, 1, 1_000_000)):
        assert sum(widths(charts.bar(counts, URLS, most=counts.total))) <= 100


def test_one_is_visible_beside_a_million():
    parts = charts.bar(Counts(1_000_000, 1, 0), URLS, most=1_000_001)
    assert widths(parts)[1] == 1.8


def test_zero_has_no_part():
    assert [part.status for part in charts.bar(Counts(5, 0, 1), URLS, most=6)] == ["active", "failed"]
    assert charts.bar(Counts(), URLS, most=0) == ()


def test_parts_stand_one_after_the_other():
    parts = charts.bar(Counts(50, 25, 25), URLS, most=100)
    assert [(part.x, part.width) for part in parts] == [("0.00%", "48.00%"), ("48.00%", "24.00%"), ("72.00%", "24.00%")]
    assert [part.is_first for part in parts] == [True, False, False]


@pytest.mark.parametrize(("failed", "fill"), [(3, ""), (4, "url(#p-failed)")])
def test_pattern_begins_where_it_can_be_seen(failed, fill):
    (part,) = charts.bar(Counts(0, 0, failed), URLS, most=100)
    assert part.fill == fill


def test_bar_that_stands_alone_is_full():
    assert sum(widths(charts.whole_bar(Counts(1_000_000, 1, 1), URLS))) == pytest.approx(100, abs=0.02)
    assert charts.whole_bar(Counts(), URLS) == ()


def test_bars_of_a_table_share_one_scale():
    entries = [charts.Entry("a", "/a", Counts(100), URLS), charts.Entry("b", "/b", Counts(50), URLS)]
    rows = charts.rows(entries, most=charts.scale(entries))
    assert [widths(row.parts) for row in rows] == [[96.0], [48.0]]


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 0, "–"), (0, 5, "0 %"), (1, 1_000, "1 %"), (999, 1_000, "99 %"), (5, 5, "100 %"), (1, 3, "33 %")],
)
def test_share_is_never_rounded_to_nothing_or_all(part, whole, words):
    assert charts.share(part, whole) == words


def test_what_is_drawn_is_escaped():
    nasty = "<\"&'"
    part = charts.Part(nasty, nasty, 1, nasty, "0%", "1%", "", is_first=True)
    drawn_bar, drawn_numbers = drawn.bar([part]), drawn.numbers([charts.Cell(nasty, 1204, nasty, "")])
    for html in (drawn_bar, drawn_numbers):
        assert nasty not in html
        assert "&lt;&quot;&amp;&#x27;" in html
    assert ">1,204<" in drawn_numbers

"""Shows where a text matches a search: escaped, with <mark> around what was found."""

from collections.abc import Iterator, Sequence

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from connections.event_store import search_word


def marked(text: str, words: Sequence[str]) -> str:
    """Return the text as safe HTML; whatever matches a word, literally and ignoring case, is marked."""
    parts, at = [], 0
    for start, end in _joined(_places(text, words)):
        parts += [escape(text[at:start]), format_html("<mark>{}</mark>", text[start:end])]
        at = end
    return SafeString("".join([*parts, escape(text[at:])]))


def is_found(text: str, words: Sequence[str]) -> bool:
    """Whether any of the words stands in the text."""
    folded = search_word(text)
    return any(search_word(word) in folded for word in words)


def _places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return from where to where the words stand in the text, in order."""
    folded = search_word(text)
    found = [place for word in words for place in _occurrences(folded, search_word(word))]
    if len(folded) != len(text):
        # Some characters fold to several (ß to ss): lead the places back to the characters that they came from.
        origin = [number for number, character in enumerate(text) for _ in search_word(character)]
        found = [(origin[start], origin[end - 1] + 1) for start, end in found]
    return sorted(found)


def _occurrences(folded: str, word: str) -> Iterator[tuple[int, int]]:
    at = folded.find(word) if word else -1
    while at >= 0:
        yield at, at + len(word)
        at = folded.find(word, at + len(word))


def _joined(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join places that touch or overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined

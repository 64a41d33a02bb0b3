"""Asks for many things at once, never for more than a few at a time, and never holds more than those."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import islice
from typing import Final, TypeVar

from ingest.importers.protocol import PlatformError

T = TypeVar("T")
R = TypeVar("R")

WORKERS: Final = 8


def each(items: Iterable[T], ask: Callable[[T], R]) -> Iterator[tuple[T, R | PlatformError]]:
    """Yield each item with its answer, or with the PlatformError it met, as they come.

    `ask` runs in threads and must not touch the database. Whoever stops early waits for the requests under way only.
    """
    waiting = iter(items)
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="importer")
    try:
        asked = {pool.submit(ask, item): item for item in islice(waiting, 2 * WORKERS)}
        while asked:
            for answered in wait(asked, return_when=FIRST_COMPLETED).done:
                item = asked.pop(answered)
                try:
                    yield item, answered.result()
                except PlatformError as error:
                    yield item, error
                for item in islice(waiting, 1):
                    asked[pool.submit(ask, item)] = item
    finally:
        pool.shutdown(cancel_futures=True)

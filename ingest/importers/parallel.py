"""Asks for many things at once, never for more than a few at a time, and never holds more than those."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

from ingest.importers.protocol import PlatformError

T = TypeVar("T")
R = TypeVar("R")

WORKERS: Final = 8


@contextmanager
def each(items: Iterable[T], ask: Callable[[T], R]) -> Iterator[Iterator[tuple[T, R | PlatformError]]]:
    """Open an iterator over each item with its answer, or with the PlatformError it met, as they come.

    `ask` runs in threads and must not touch the database. Whoever leaves early waits for the requests under way only;
    after the block nothing is asked any more.
    """
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="importer")
    try:
        yield _answers(pool, iter(items), ask)
    finally:
        pool.shutdown(cancel_futures=True)


def _answers(
    pool: ThreadPoolExecutor, waiting: Iterator[T], ask: Callable[[T], R]
) -> Iterator[tuple[T, R | PlatformError]]:
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

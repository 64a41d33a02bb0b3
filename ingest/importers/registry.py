"""Which importer reads which kind of source; a new platform is a package beside `chift` and a line here."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Final

from ingest.importers.chift.importer import ChiftImporter
from ingest.importers.protocol import Importer, Patience
from sources.models import Source

IMPORTERS: Final[Mapping[str, Callable[[Source, Patience], Importer]]] = {
    Source.Kind.CHIFT: lambda source, patience: ChiftImporter(source.chift, patience=patience),
}


@contextmanager
def importer_of(source: Source, *, patience: Patience) -> Iterator[Importer]:
    """Open the importer of a source. CredentialsError: its secrets can not be read."""
    with closing(IMPORTERS[source.kind](source, patience)) as importer:
        yield importer


def can_import(source: Source) -> bool:
    """Whether an importer reads this source."""
    return source.kind in IMPORTERS

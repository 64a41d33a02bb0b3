"""manage.py check_standing."""

from common.differences import Difference
from connections import standing as of_connections
from ingest.proofs import ProofCommand
from syncs import judging


class Command(ProofCommand):
    """Recounts the standing that lists and charts read; prints the number of differences, exit status 1 if any."""

    help = __doc__ or ""

    def differences(self) -> list[Difference]:
        """Recount the counts, judge the activations."""
        return [*of_connections.differences(), *judging.differences()]

"""manage.py check_rollups."""

from common.differences import Difference
from connections import rollup_proof
from ingest.proofs import ProofCommand


class Command(ProofCommand):
    """Recounts the 7-day numbers from the events; prints the number of differences, exit status 1 if any."""

    help = __doc__ or ""

    def differences(self) -> list[Difference]:
        """Recount every grain and card."""
        return rollup_proof.differences()

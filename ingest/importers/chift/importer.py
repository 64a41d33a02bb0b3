"""A Chift account as an importer."""

from urllib.parse import quote

from common.rules import url_problem
from common.sealing import UnsealError
from ingest.importers.chift import answers
from ingest.importers.chift.client import Client
from ingest.importers.chift.mirror import Mirror
from ingest.importers.protocol import CredentialsError, Patience, PlatformError, Wanted
from ingest.importers.runs import Recorder
from sources.chift import client_secret
from sources.models import ChiftAccount


class ChiftImporter:
    """Reads an account, and mints links to the platform's own pages."""

    def __init__(self, account: ChiftAccount, *, patience: Patience) -> None:
        try:
            secret = client_secret(account)
        except UnsealError as error:
            raise CredentialsError(
                "The credentials can not be read: SECRET_KEY is another since they were kept. Enter them again."
            ) from error
        self._client = Client(
            base_url=account.base_url,
            client_id=account.client_id,
            client_secret=secret,
            account_id=account.account_id,
            patience=patience,
        )

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def import_all(self, recorder: Recorder) -> None:
        """Mirror everything."""
        Mirror(self._client, recorder).all()

    def import_some(self, wanted: Wanted, recorder: Recorder) -> set[str]:
        """Mirror the consumers that webhooks named; return what could not be read."""
        return Mirror(self._client, recorder).some(wanted)

    def check(self) -> str:
        """Sign in and read the list of integrations."""
        self._client.sign_in()
        found = self._client.get("/integrations", list[answers.Integration])
        return f"The platform accepts the credentials and lists {len(found):,} integrations."

    def mint_connect_url(self, *, consumerid: str) -> str:
        """Return a fresh address of Chift's connect page; it lasts about half an hour."""
        return self._mint(f"/consumers/{quote(consumerid, safe='')}/connections", {"redirect": False})

    def mint_activate_url(self, *, consumerid: str, sync: str) -> str:
        """Return a fresh address of Chift's page of one sync."""
        return self._mint(f"/consumers/{quote(consumerid, safe='')}/syncs", {"syncid": sync})

    def _mint(self, path: str, body: dict[str, object]) -> str:
        url = self._client.post(path, answers.Link, body).url
        if url_problem(url):
            raise PlatformError("the platform gave a link that is no web address")
        return url

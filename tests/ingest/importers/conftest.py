import pytest
from django.utils import timezone

from ingest.importers.protocol import Patience
from ingest.importers.running import import_all
from sources.chift import Settings, create_account
from tests.ingest.importers.platform import CLIENT, Platform, serving

QUICK = Patience(timeout_seconds=1.0, attempts=3, pause_seconds=0.01)
SECRETS = "whsec-one, whsec-two"


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def address(platform):
    with serving(platform) as base_url:
        yield base_url


@pytest.fixture
def account(db, address):
    return new_account(address)


def new_account(address, name="main", **given):
    settings = {
        "base_url": address,
        "client_id": CLIENT["clientId"],
        "account_id": CLIENT["accountId"],
        "client_secret": CLIENT["clientSecret"],
        "webhook_secrets": SECRETS,
        **given,
    }
    return create_account(name=name, settings=Settings(**settings), now=timezone.now())


@pytest.fixture
def run(account):
    """Import, as the command does but less patient."""

    def _run(**options):
        return import_all(source=account.source, clock=timezone.now, wait=False, patience=QUICK, **options)

    return _run

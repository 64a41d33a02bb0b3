"""What the demo data set is made of. The connectors are real products; the consumers are invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoConnector:
    """One connector of the demo: weight is how often it is chosen, relative to the others of its unified API."""

    key: str
    name: str
    weight: int = 2


@dataclass(frozen=True, slots=True)
class DemoApi:
    """One unified API of the demo: how many in a hundred consumers use it, and which way its data flows."""

    name: str
    share: int
    flow: str
    connectors: tuple[DemoConnector, ...]


def _connectors(*names: str) -> tuple[DemoConnector, ...]:
    """Name the connectors of an API, the most popular first."""
    return tuple(
        DemoConnector(key=name.lower().replace(" ", "-"), name=name, weight=len(names) - place)
        for place, name in enumerate(names)
    )


APIS = (
    DemoApi(
        "Accounting",
        86,
        "destination",
        _connectors(
            "Exact Online",
            "Odoo",
            "Sage",
            "Xero",
            "QuickBooks",
            "WinBooks",
            "Yuki",
            "Pennylane",
            "Twinfield",
            "Octopus",
        ),
    ),
    DemoApi(
        "Point of Sale",
        44,
        "source",
        _connectors("Lightspeed", "Zelty", "Square", "SumUp", "Tiller", "Cashpad", "Deliverect"),
    ),
    DemoApi(
        "eCommerce",
        40,
        "source",
        _connectors("Shopify", "WooCommerce", "PrestaShop", "Magento", "Shopware", "BigCommerce", "Wix"),
    ),
    DemoApi("Payment", 24, "source", _connectors("Stripe", "Mollie", "Adyen", "PayPal", "GoCardless")),
    DemoApi("Invoicing", 12, "destination", _connectors("Teamleader", "Chargebee", "Zoho Invoice", "FreshBooks")),
    DemoApi("Banking", 10, "other", _connectors("Ponto", "Tink", "Plaid")),
    DemoApi("Property Management System", 8, "source", _connectors("Mews", "Cloudbeds", "Opera Cloud", "Guesty")),
)

# Code and message of a refused connection, as platforms word them.
FAILURES = (
    ("invalid_credentials", "The user name or password was refused. The password was changed on {connector}'s side."),
    ("token_expired", "The authorisation expired and could not be renewed. The customer has to sign in again."),
    ("missing_rights", "The user that gave access may not read journals. An administrator of {connector} has to."),
    ("licence_ended", "The subscription to {connector} has ended or does not include its API."),
    ("account_locked", "The account is locked after too many attempts to sign in."),
)

KINDS = (
    "Boulangerie", "Brasserie", "Atelier", "Maison", "Garage", "Librairie", "Pâtisserie", "Hôtel", "Café", "Restaurant",
    "Bakkerij", "Fietsenhuis", "Kapsalon", "Slagerij", "Bloemen", "Wijnhuis", "Studio", "Boutique", "Drogerie",
    "Bäckerei", "Osteria", "Taverna", "Nordic", "Green", "Urban", "Harbour", "Chez", "De Groene", "La Petite",
    "Het Gouden",
)  # fmt: skip
NAMES = (
    "Lemaire", "Noisette", "Petit", "Delcourt", "Van Damme", "Peeters", "Linde", "Kastanje", "Étoile", "Quatre Vents",
    "De Rank", "Anker", "du Parc", "Margaux", "Belga", "Winkel", "Living", "Saint-Géry", "Øresund", "Müller", "Żurek",
    "García", "O’Brien", "Böhm", "Dvořák", "Łódź", "Sørensen", "Ålesund", "Fjord", "Zwaan", "Molenaar", "Janssens",
    "Dubois", "Lefèvre", "Moreau", "Rossi", "Bianchi", "Silva", "Nakamura", "Yılmaz", "Papadopoulos", "Hansen",
)  # fmt: skip
SUFFIXES = ("", "", "", "", " & Co", " BV", " SRL", " GmbH", " & Fils", " Brussel", " Gent", " Lyon", " Wien")

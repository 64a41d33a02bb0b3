"""What goes wrong in the demo: errors as platforms word them, about products that are easy to picture."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One product of an invented customer."""

    identifier: str
    label: str
    family: str


@dataclass(frozen=True, slots=True)
class Mishap:
    """One kind of error. In the texts, {connector} and the fields of the product are filled in."""

    code: str
    message: str
    operation: str = "create"
    guide: str = ""  # title of a page of the integrator's own documentation
    manual: str = ""  # title of a page of the connector's


PRODUCTS = (
    Product("SKU-20418-OAK", "Chaise longue Aalto, chêne", "Furniture"),
    Product("TABLE-EXT-WALNUT-220-CM-SPECIAL", "Table extensible noyer 220", "Furniture"),
    Product("SKU-77120", "Guirlande LED 10 m", "Lighting"),
    Product("SKU-50118", "Lampe de table Opale", "Lighting"),
    Product("SKU-01206", "Limonade artisanale 33 cl", "Drinks"),
    Product("SKU-00977", "Bière blonde 33 cl", "Drinks"),
    Product("SKU-00931", "Café moulu, en vrac", "Grocery"),
    Product("SKU-03310", "Speculoos, doos 24 × 3", "Grocery"),
    Product("BIKE-E-CARGO-L", "E-cargo bike, size L", "Bicycles"),
    Product("SKU-61007", "Fahrradhelm „City“, mattschwarz", "Bicycles"),
    Product("ROOM-DLX-SEA", "Deluxe room, sea view", "Rooms"),
    Product("SKU-44871", "Żurek instant 1 kg", "Grocery"),
    Product("SKU-90015", "Sapin en pot, 120 cm", "Seasonal (C++)"),
    Product("GC-50", "Gift card 50 €", "Gift cards"),
    Product("SKU-31002", "Smørrebrød knife", "Kitchen"),
    Product("SKU-31077", "Théière en fonte 0,8 l", "Kitchen"),
)

CHANNELS = ("web", "pos", "b2b", "marketplace")
LOCALES = ("fr_BE", "nl_BE", "fr_FR", "de_DE", "en_GB", "es_ES")

# What the integrator's customers can repair, by the direction of the data.
BUSINESS = {
    "destination": (
        Mishap(
            "TAX_RATE_NOT_FOUND",
            "Tax rate 21 % is not known in the ledger “Verkopen”. Choose a tax rate in the mapping and send the "
            "product again.",
            guide="Map tax rates",
            manual="VAT codes",
        ),
        Mishap(
            "INVALID_FIELD_FORMAT_CODE",
            "The item code is longer than 30 characters: “{identifier}”.",
            guide="Rules for item codes",
        ),
        Mishap(
            "ITEM_GROUP_NOT_FOUND",
            "Item group “{family}” does not exist. Create it in {connector} or map the family to another group.",
            "update",
            guide="Map families",
            manual="Item groups",
        ),
        Mishap(
            "UNIT_NOT_FOUND",
            "The unit “bottle_33cl” is not a unit of {connector}. Map it, or choose a default unit.",
            guide="Map units",
        ),
        Mishap(
            "PRICE_MISSING",
            "The price 0,00 is refused for an item that is sold by weight.",
            "update",
            manual="Sales prices",
        ),
        Mishap(
            "ITEM_IN_USE",
            "“{label}” can not be deleted, because it stands on an open sales order.",
            "delete",
            manual="Blocked items",
        ),
        Mishap(
            "LEDGER_ACCOUNT_CLOSED",
            "Ledger account 700100 is closed for the period. Open the period or choose another account in the mapping.",
            "update",
            guide="Map ledger accounts",
            manual="Closing periods",
        ),
    ),
    "source": (
        Mishap(
            "BARCODE_ALREADY_USED",
            "A product with this barcode already exists: {identifier}.",
            guide="Solve double barcodes",
        ),
        Mishap(
            "ATTRIBUTE_OPTION_UNKNOWN",
            "Property “color”: the option “anthracite_2024” does not exist in the attribute. Add it, or map it to an "
            "existing one.",
            "update",
            guide="Map attribute options",
        ),
        Mishap(
            "REQUIRED_ATTRIBUTE_EMPTY",
            "Attribute “net_weight” is required in the family “{family}” and is empty for “{label}”.",
            guide="Required attributes",
            manual="Product weight",
        ),
        Mishap(
            "IMAGE_TOO_LARGE",
            "The picture of “{label}” is 24 MB; {connector} gives at most 20 MB.",
            "update",
            manual="Pictures",
        ),
        Mishap(
            "LOCALE_NOT_ACTIVATED",
            "The locale is not activated for the channel, so the translation of “{label}” was not stored.",
            "update",
            guide="Channels and locales",
        ),
        Mishap(
            "CATEGORY_NOT_MAPPED",
            "The category “Sale > 50% & more” has no counterpart. Map it once; its products follow by themselves.",
            guide="Map categories",
        ),
    ),
}

# What only a developer can.
TECHNICAL = (
    Mishap("HTTP_429", "Too many requests: {connector} allows 60 a minute. Tried again 5 times.", "update"),
    Mishap("HTTP_502", "502 Bad Gateway from the API of {connector}.", "update"),
    Mishap("TIMEOUT", "{connector} did not answer within 30 seconds.", "create"),
    Mishap(
        "UNEXPECTED_CONTENT",
        "Expected JSON, got text/html: <!doctype html><html><head><title>Maintenance</title></head><body><h1>We will "
        "be right back</h1><p>Scheduled maintenance of the API.</p>"
        + "<p>Reference 7f3a-22c1.</p>" * 24
        + "</body></html>",
        "update",
    ),
)

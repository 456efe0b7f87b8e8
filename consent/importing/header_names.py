"""The names that lists give their columns: of our template, and of what other programs export."""

from dataclasses import dataclass

TEMPLATE = "phone,topic,consented_at,source,disclosure_version,language,postal_code,external_id"

# Each as `mapping.plain` makes it: small letters, no accents, one space between words
NAMES: dict[str, tuple[str, ...]] = {
    "phone": (
        "phone",
        "phone number",
        "mobile",
        "mobile number",
        "mobile phone",
        "mobile phone number",
        "mobilephone",
        "cell",
        "cell phone",
        "telephone",
        "telephone number",
        "number",
        "msisdn",
        "opted out number",
        "optedoutnumber",
        "phonenumber",
        "phone numbers",
        "sms phone number",
        "sms number",
        "destination phone number",
        "destination number",
        "recipient",
        "telefono",
    ),
    "topic": ("topic", "topic slug", "program", "programme", "sujet", "tema"),
    "consented_at": (
        "consented at",
        "consented on",
        "consent at",
        "consent date",
        "consent time",
        "consent timestamp",
        "sms consent timestamp",
        "sms consent date",
        "date of consent",
        "opted in at",
        "opt in at",
        "opt in date",
        "opt in time",
        "opt in timestamp",
        "opted in date",
        "sms opt in date",
        "consenti le",
    ),
    "source": (
        "source",
        "consent source",
        "consent method",
        "sms consent method",
        "sms consent source",
        "opt in source",
        "opt in method",
        "fuente",
    ),
    "disclosure_version": ("disclosure version", "disclosure", "wording version"),
    "language": ("language", "lang", "locale", "langue", "idioma"),
    "postal_code": (
        "postal code",
        "postcode",
        "post code",
        "zip",
        "zip code",
        "zip postal code",
        "code postal",
    ),
    # Three fields, since one list may well have all three columns
    "state": ("state",),
    "region": ("region", "province"),
    "country": ("country", "pays", "pais"),
    "external_id": ("external id", "customer id", "customer number", "crm id", "contact id"),
    # Not ours, yet never overlooked: a list may itself say that somebody did not agree, or left
    "agreed": (
        "sms marketing consent",
        "sms marketing status",
        "accepts sms marketing",
        "sms consent",
        "consent",
        "consent status",
        "sms consent status",
        "sms subscription status",
        "opt in status",
        "opted in",
        "opt in",
        "subscribed",
        "subscribed to sms",
        "subscription status",
        "sms status",
        "status",
    ),
    "left_at": (
        "date opted out",
        "opted out",
        "opted out at",
        "opted out date",
        "opted out on",
        "sms opted out",
        "sms opted out at",
        "sms opt out",
        "sms opt out date",
        "opt out date",
        "opt out",
        "optout",
        "unsubscribed",
        "unsubscribed at",
        "unsubscribe date",
        "revoked at",
        "opted out timestamp",
        "optedouttimestamp",
        "opt out time",
        "opt out timestamp",
        "stopped at",
        "unsubscribe time",
        "date unsubscribed",
    ),
}
# What few lists have: kept apart, so that a usual row is not asked for them
RARE_NAMES: dict[str, tuple[str, ...]] = {
    "area_code": ("area code", "areacode", "npa"),
    "basis": ("basis", "legal basis", "consent basis", "ground", "legal ground"),
    "implied_by": ("implied by", "implied consent by"),
    "implied_on": ("implied on", "implied date"),
    "details_from_sale": ("details from sale", "got in a sale"),
    "own_similar_products": ("own similar products", "our own similar products"),
    "refusal_offered_then": ("refusal offered then", "could refuse then"),
    "refusal_in_each_text": ("refusal in each text", "can refuse in each text"),
}
LABELS: dict[str, str] = {
    "phone": "Phone number",
    "area_code": "Area code, where the number lacks it",
    "topic": "Topic",
    "consented_at": "When they agreed",
    "source": "How they agreed",
    "agreed": "Whether they agreed or left",
    "left_at": "When they left, or that they left",
    "disclosure_version": "Version of the wording they read",
    "language": "Language",
    "postal_code": "Postal code",
    "state": "State",
    "region": "Region or province",
    "country": "Country",
    "external_id": "Your own ID of them",
    "basis": "Ground (express, implied, soft opt-in)",
    "implied_by": "What implies the consent",
    "implied_on": "Day of what implies it",
    "details_from_sale": "Soft opt-in: number got in a sale",
    "own_similar_products": "Soft opt-in: own similar products",
    "refusal_offered_then": "Soft opt-in: could refuse then",
    "refusal_in_each_text": "Soft opt-in: can refuse in each text",
}
"""Each field as staff read it, in the order of the form."""


@dataclass(frozen=True, slots=True)
class Export:
    """What another program exports: headers that only it has, and where ours are among its own.

    For each field the first of its names that the list has; the other columns go by their names.
    """

    program: str
    marks: frozenset[str]
    columns: dict[str, tuple[str, ...]]


EXPORTS = (
    Export(
        "Salesforce contacts",
        frozenset({"mailing zip postal code", "mailing country"}),
        {
            "phone": ("mobile", "mobile phone"),
            "postal_code": ("mailing zip postal code",),
            "region": ("mailing state province",),
            "country": ("mailing country",),
        },
    ),
    Export(
        "HubSpot contacts",
        frozenset({"record id", "lifecycle stage"}),
        {
            "phone": ("mobile phone number", "phone number"),
            "region": ("state region",),
            "country": ("country region",),
            "external_id": ("record id",),
        },
    ),
    Export(
        "Shopify customers",
        frozenset({"accepts sms marketing", "customer id"}),
        {
            "phone": ("phone",),
            "postal_code": ("default address zip", "zip"),
            "state": ("default address province code", "province code"),
            "country": ("default address country code", "country code"),
        },
    ),
    Export(
        "Google Contacts",
        frozenset({"phone 1 value"}),
        {
            "phone": ("phone 1 value",),
            "postal_code": ("address 1 postal code",),
            "region": ("address 1 region",),
            "country": ("address 1 country",),
        },
    ),
    # Its OPTIN_TIME is that of the e-mail address, which proves nothing about texts
    Export(
        "Mailchimp audience",
        frozenset({"member rating", "optin time"}),
        {"phone": ("sms phone number", "sms phone", "phone number", "phone")},
    ),
    Export(
        "Klaviyo profiles",
        frozenset({"sms marketing consent", "sms consent timestamp"}),
        {"phone": ("phone number",), "region": ("state region",)},
    ),
    Export(
        "Amazon's opted-out numbers",
        frozenset({"optedoutnumber"}),
        {"phone": ("optedoutnumber",), "left_at": ("optedouttimestamp",)},
    ),
)

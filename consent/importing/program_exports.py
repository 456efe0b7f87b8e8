"""What other programs export: headers that only they have, and where our fields are among theirs.

Each form was seen, in the program's own pages or in files that it had written. A program whose
export nobody saw is not here: its list goes by the names of its columns, or a person maps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Export:
    """A form in which a program exports; headers as `mapping.plain` makes them.

    `marks`: headers that a list of this form has, all of them. For each field the first of its
    names that the list has; the other columns go by their names.
    """

    program: str
    marks: frozenset[str]
    columns: Mapping[str, tuple[str, ...]]


_HUBSPOT = {
    "phone": ("mobile phone number", "phone number"),
    "postal_code": ("postal code", "zip code"),
    "region": ("state region",),
    "country": ("country region",),
    "external_id": ("record id",),
}
_SHOPIFY = {
    "phone": ("phone",),
    "postal_code": ("default address zip", "zip"),
    "state": ("default address province code", "province code"),
    "country": ("default address country code", "country code"),
    "external_id": ("customer id",),
}
_KLAVIYO = {"phone": ("phone number",), "region": ("state region",)}

EXPORTS = (
    # A report of contacts
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
    # Columns are those of the view, by the names of HubSpot's own properties
    Export("HubSpot contacts", frozenset({"record id", "lifecycle stage"}), _HUBSPOT),
    Export("HubSpot contacts", frozenset({"record id", "contact owner"}), _HUBSPOT),
    # With Customer ID as exported, without as in Shopify's own template; "Default Address Phone"
    # is the parcel's, and nobody agreed for it
    Export("Shopify customers", frozenset({"accepts sms marketing", "customer id"}), _SHOPIFY),
    Export("Shopify customers", frozenset({"accepts sms marketing", "tax exempt"}), _SHOPIFY),
    # "Google CSV", before 2024 (Phone 1 - Type) and since (Phone 1 - Label)
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
    # Outlook for Windows; "Country" without "/Region" in older versions
    Export(
        "Outlook contacts",
        frozenset({"mobile phone", "home phone", "telex"}),
        {
            "phone": ("mobile phone",),
            "postal_code": ("home postal code",),
            "state": ("home state",),
            "country": ("home country region", "home country"),
        },
    ),
    # Columns are those of the view; these are among the usual
    Export(
        "HighLevel contacts",
        frozenset({"contact id", "last activity", "tags"}),
        {"phone": ("phone",), "external_id": ("contact id",)},
    ),
    # Its OPTIN_TIME is that of the e-mail address, which proves nothing about texts
    Export(
        "Mailchimp audience",
        frozenset({"member rating", "optin time"}),
        {"phone": ("sms phone number", "sms phone", "phone number", "phone")},
    ),
    Export(
        "Klaviyo profiles", frozenset({"sms marketing consent", "sms consent timestamp"}), _KLAVIYO
    ),
    Export("Klaviyo profiles", frozenset({"klaviyo id", "sms marketing consent"}), _KLAVIYO),
    # www.twilio.com/docs/messaging/features/bulk-upsert-consents-api: `date_of_consent` is that of
    # the yes or of the no, whichever `status` says
    Export(
        "Twilio consents",
        frozenset({"contact id", "sender id", "date of consent"}),
        {
            "phone": ("contact id",),
            "agreed": ("status",),
            "source": ("source",),
            "consented_at": ("date of consent",),
        },
    ),
    # api.slicktext.com/contacts.php; hours are those of Los Angeles there, which a list never says
    Export(
        "SlickText contacts",
        frozenset({"textword", "subscribeddate"}),
        {
            "phone": ("number",),
            "consented_at": ("subscribeddate",),
            "source": ("optinmethod",),
        },
    ),
    # DescribeOptedOutNumbers of AWS End User Messaging
    Export(
        "Amazon's opted-out numbers",
        frozenset({"optedoutnumber"}),
        {"phone": ("optedoutnumber",), "left_at": ("optedouttimestamp",)},
    ),
)

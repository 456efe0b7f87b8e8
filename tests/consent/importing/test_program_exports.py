"""A small list in the form of each program that we say we know."""

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from consent.importing.checking import Checks
from consent.importing.dates import Dates
from consent.importing.grounds import Attested
from consent.importing.mapping import columns
from consent.importing.program_exports import EXPORTS
from consent.importing.reading import read
from consent.importing.row_facts import Checked, TopicFacts
from consent.importing.words import Meaning
from consent.vocabulary import ListKind, RowOutcome, Source

TOPIC = TopicFacts(1, "example-alerts", promotional=True)
NOW = datetime(2026, 5, 1, tzinfo=UTC)
# What a person says of a list that does not say it
AGREED = datetime(2025, 3, 4, 10, tzinfo=UTC)
ATTESTED = Attested(datetime(2025, 1, 1, tzinfo=UTC), Source.PAPER_FORM)
DATES = Dates(zone=ZoneInfo("America/Los_Angeles"))
GOOGLE_NAMES = (
    "First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,"
    "Name Prefix,Name Suffix,Nickname,File As,Organization Name,Organization Title,"
    "Organization Department,Birthday,Notes,Photo,Labels,"
)
OUTLOOK = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,"
    "Business Street 2,Business Street 3,Business City,Business State,Business Postal Code,"
    "Business Country/Region,Home Street,Home Street 2,Home Street 3,Home City,Home State,"
    "Home Postal Code,Home Country/Region,Other Street,Other Street 2,Other Street 3,Other City,"
    "Other State,Other Postal Code,Other Country/Region,Assistant's Phone,Business Fax,"
    "Business Phone,Business Phone 2,Callback,Car Phone,Company Main Phone,Home Fax,Home Phone,"
    "Home Phone 2,ISDN,Mobile Phone,Other Fax,Other Phone,Pager,Primary Phone,Radio Phone,"
    "TTY/TDD Phone,Telex,Account,Anniversary,E-mail Address,Language,Notes"
)


def of_outlook(**cells: str) -> str:
    return ",".join(cells.get(name, "") for name in OUTLOOK.split(","))


# The program, a list of one person, and what is known of that person from it
SAMPLES = {
    "Salesforce contacts": (
        (
            "Contact ID,First Name,Last Name,Mailing Street,Mailing City,Mailing State/Province,"
            "Mailing Zip/Postal Code,Mailing Country,Phone,Mobile,Email\n"
            "003A1,Ana,Example,1 Main St,Seattle,WA,98101,US,206-555-0199,206-555-0101,"
            "a@example.com\n"
        ),
        {"postal_code": "98101", "external_id": "003A1", "home": "US-WA"},
    ),
    "HubSpot contacts": (
        (
            "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Contact owner,"
            "Lead Status,Create Date,State/Region,Postal Code,Country/Region\n"
            "901,Ana,Example,a@example.com,(206) 555-0199,(206) 555-0101,Lee,NEW,2024-03-12 09:14,"
            "WA,98101,US\n"
        ),
        {"postal_code": "98101", "external_id": "901", "home": "US-WA"},
    ),
    "Shopify customers": (
        (
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,"
            "Default Address Company,Default Address Address1,Default Address Address2,"
            "Default Address City,"
            "Default Address Province Code,Default Address Country Code,Default Address Zip,"
            "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,"
            "Tax Exempt,Tags\n"
            "'7012,Ana,Example,a@example.com,no,,1 Main St,,Seattle,WA,US,98101,206-555-0199,"
            "'+12065550101,yes,10.00,1,,no,\n"
        ),
        {"postal_code": "98101", "external_id": "7012", "home": "US-WA"},
    ),
    "Google Contacts": (
        (
            GOOGLE_NAMES + "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,"
            "Phone 2 - Label,Phone 2 - Value,Address 1 - Label,Address 1 - Region,"
            "Address 1 - Postal Code,Address 1 - Country\n"
            "Ana,,Example,,,,,,,,,,,,,,* myContacts,Home,a@example.com,Mobile,206-555-0101,Work,"
            "206-555-0199,Home,WA,98101,US\n"
        ),
        {"postal_code": "98101", "home": "US-WA"},
    ),
    "Outlook contacts": (
        f"{OUTLOOK}\n"
        + of_outlook(
            **{
                "First Name": "Ana",
                "Business Phone": "206-555-0199",
                "Home Phone": "206-555-0198",
                "Mobile Phone": "206-555-0101",
                "Home State": "WA",
                "Home Postal Code": "98101",
                "Home Country/Region": "US",
            }
        )
        + "\n",
        {"postal_code": "98101", "home": "US-WA"},
    ),
    "HighLevel contacts": (
        (
            "Contact Id,First Name,Last Name,Phone,Email,Created,Last Activity,Tags\n"
            "DPSJ,Ana,Example,+12065550101,a@example.com,2025-11-14T14:30:58.000Z,,vip\n"
        ),
        {"external_id": "DPSJ"},
    ),
    "Mailchimp audience": (
        (
            "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,"
            "CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,LAST_CHANGED,"
            "LEID,EUID,NOTES,TAGS\n"
            "a@example.com,Ana,Example,206-555-0101,2,2020-02-03 04:05:06,192.0.2.1,"
            "2020-02-03 04:06:00,192.0.2.1,,,,,,,2021-01-01 00:00:00,123,abc,,\n"
        ),
        {},
    ),
    "Klaviyo profiles": (
        (
            "Email,Klaviyo ID,First Name,Last Name,Phone Number,City,State / Region,Country,"
            "Zip Code,Email Marketing Consent,Email Marketing Consent Timestamp,"
            "SMS Marketing Consent,Profile Created On\n"
            "a@example.com,01AB,Ana,Example,+12065550101,Seattle,WA,United States,98101,"
            "NEVER_SUBSCRIBED,,"
            "SUBSCRIBED,2024-01-01 00:00:00\n"
        ),
        {"postal_code": "98101", "home": "US-WA"},
    ),
    "Twilio consents": (
        (
            "contact_id,correlation_id,sender_id,status,source,date_of_consent\n"
            "+12065550101,ad388b5a46b33b874b0d41f7226db2ef,MG00000000000000000000000000000000,opt-in,"
            "website,2025-03-04T10:00:00Z\n"
        ),
        {"at": AGREED, "source": Source.WEB_FORM},
    ),
    "SlickText contacts": (
        (
            "id,number,city,state,zipCode,country,textword,subscribedDate,firstName,lastName,"
            "birthDate,email,optInMethod\n"
            "620548156453356,+12065550101,Seattle,WA,98101,US,43434439,2016-11-23 08:08:00,Ana,"
            "Example,,a@example.com,keyword\n"
        ),
        {
            "postal_code": "98101",
            "home": "US-WA",
            "at": datetime(2016, 11, 23, 16, 8, tzinfo=UTC),
            "source": Source.KEYWORD,
        },
    ),
}


# Programs whose lists are of people who left
LEFT = {
    "Amazon's opted-out numbers": (
        "OptedOutNumber,OptedOutTimestamp,EndUserOptedOut\n"
        "+12065550101,2025-03-04 10:00:00.123000+00:00,True\n"
    ),
    "Twilio consents": SAMPLES["Twilio consents"][0].replace("opt-in", "opt-out"),
}


def read_as(program: str, text: str, holds: ListKind) -> Checked:
    found = read(io.BytesIO(text.encode()), max_bytes=1_000_000)
    attested = ATTESTED if holds is ListKind.CONSENTS else Attested()
    mapped = columns(found.header, topic_given=True, holds=holds, attested=attested.fields)
    assert mapped.program == program
    (row,) = found.rows
    words = {"opt out": Meaning.LEFT}
    return Checks(mapped, {}, TOPIC, NOW, holds, dates=DATES, words=words, attested=attested).check(
        row.values
    )


def test_every_program_that_we_know_has_a_sample():
    assert {export.program for export in EXPORTS} == SAMPLES.keys() | LEFT.keys()


@pytest.mark.parametrize("program", SAMPLES)
def test_who_agreed_is_read_from_a_list_of_a_common_program(program):
    text, told = SAMPLES[program]
    checked = read_as(program, text, ListKind.CONSENTS)
    assert (checked.outcome, checked.reason) == (RowOutcome.NEW, "")
    consent = checked.consent
    assert {
        "number": consent.number.e164,
        "at": consent.at,
        "source": consent.source,
        "postal_code": consent.postal_code,
        "external_id": consent.external_id,
        "home": consent.home,
    } == {
        "number": "+12065550101",
        "at": ATTESTED.at,
        "source": ATTESTED.source,
        "postal_code": "",
        "external_id": "",
        "home": "",
    } | told


@pytest.mark.parametrize("program", LEFT)
def test_who_left_is_read_from_a_list_of_a_common_program(program):
    checked = read_as(program, LEFT[program], ListKind.OPT_OUTS)
    assert (checked.outcome, checked.number) == (RowOutcome.NEW, "+12065550101")


def test_when_they_left_is_read_from_amazons_list():
    (name,) = set(LEFT) - set(SAMPLES)
    opt_out = read_as(name, LEFT[name], ListKind.OPT_OUTS).opt_out
    assert opt_out.at == datetime(2025, 3, 4, 10, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("program", "no"),
    [
        ("Shopify customers", (",yes,", ",no,")),
        ("Klaviyo profiles", (",SUBSCRIBED,", ",NEVER_SUBSCRIBED,")),
        ("Klaviyo profiles", (",SUBSCRIBED,", ",UNSUBSCRIBED,")),
        ("Twilio consents", ("opt-in", "opt-out")),
    ],
)
def test_nobody_agreed_of_whom_the_programs_own_word_does_not_say_so(program, no):
    text = SAMPLES[program][0].replace(*no)
    assert read_as(program, text, ListKind.CONSENTS).outcome == RowOutcome.NO_PROOF


def test_two_numbers_in_one_cell_of_google_contacts_are_not_guessed_between():
    text = SAMPLES["Google Contacts"][0].replace("206-555-0101", "206-555-0101 ::: 206-555-0102")
    checked = read_as("Google Contacts", text, ListKind.CONSENTS)
    assert checked.outcome == RowOutcome.INVALID_NUMBER

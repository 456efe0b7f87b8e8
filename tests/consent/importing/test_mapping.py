import pytest

from consent.importing.mapping import columns, recognised
from consent.importing.reading import ListFault
from consent.vocabulary import ListKind


def why(*header, topic_given=False) -> str:
    with pytest.raises(ListFault) as caught:
        columns(header, topic_given=topic_given)
    return caught.value.reason


def test_our_own_headers_are_recognised_in_any_dress():
    header = ("Phone Number", " TOPIC ", "Consented-At", "source", "Zip Code", "Anything")
    assert columns(header, topic_given=False).header_of == {
        "phone": "Phone Number",
        "topic": " TOPIC ",
        "consented_at": "Consented-At",
        "source": "source",
        "postal_code": "Zip Code",
    }


def test_accents_do_not_matter():
    header = ("Téléphone", "Sujet", "Consenti le", "Source")
    assert set(columns(header, topic_given=False).header_of) == {
        "phone",
        "topic",
        "consented_at",
        "source",
    }


def test_a_missing_column_is_named_and_what_was_found_too():
    assert why("phone", "topic", "Joined") == (
        "It is unclear which column says when they agreed and which says how they agreed. "
        "The list has: phone, topic, Joined. Map the columns that do. If there is none, have the "
        "same consent stated for every row, or add it to the list."
    )


def test_all_missing_columns_are_named_in_one_sentence_and_a_missing_header_too():
    assert why("column 1", "column 2").startswith(
        "It is unclear which column holds the phone number, which names the topic, which says when "
        "they agreed and which says how they agreed. The list has no header: its first line is a "
        "row. Map the columns that do. "
    )


def test_the_topic_may_be_chosen_for_the_whole_list():
    header = ("phone", "consented_at", "source")
    assert columns(header, topic_given=True).has("topic") is False
    assert why(*header).endswith("Choose a topic for the whole list, or add the column.")


def test_two_columns_for_one_field_are_not_guessed_between():
    assert why("phone", "mobile", "topic", "source", "consented_at").startswith(
        'The columns "phone" and "mobile" could both be read as "Phone number": map the one'
    )


def test_a_list_without_header_is_recognised_and_no_number_is_repeated():
    said = why("+12125550104", "acme-alerts", "2025-01-01T00:00:00Z", "web form")
    assert said.startswith("There is no header: line 1 looks like a row.")
    assert "5550104" not in said
    assert "5550104" not in why("source", "+12125550104")


def test_a_list_of_opt_outs_is_never_taken_for_consents():
    assert why("Number", "Date opted out", "Keyword", "Note", topic_given=True).startswith(
        "This looks like a list of people who left"
    )


@pytest.mark.parametrize(
    ("header", "program", "found"),
    [
        (
            ("Contact ID", "Phone", "Mobile", "Mailing Zip/Postal Code", "Mailing Country"),
            "Salesforce contacts",
            {"phone": "Mobile", "postal_code": "Mailing Zip/Postal Code"},
        ),
        (
            ("Record ID", "Phone Number", "Mobile Phone Number", "Lifecycle Stage"),
            "HubSpot contacts",
            {"phone": "Mobile Phone Number", "external_id": "Record ID"},
        ),
        (
            ("Customer ID", "Default Address Phone", "Phone", "Accepts SMS Marketing"),
            "Shopify customers",
            {"phone": "Phone", "agreed": "Accepts SMS Marketing", "external_id": "Customer ID"},
        ),
        (
            ("First Name", "Phone 1 - Label", "Phone 1 - Value", "Address 1 - Postal Code"),
            "Google Contacts",
            {"phone": "Phone 1 - Value", "postal_code": "Address 1 - Postal Code"},
        ),
        (
            ("Email Address", "Phone Number", "MEMBER_RATING", "OPTIN_TIME"),
            "Mailchimp audience",
            {"phone": "Phone Number"},
        ),
        (
            ("Phone Number", "SMS Marketing Consent", "SMS Consent Timestamp"),
            "Klaviyo profiles",
            {"phone": "Phone Number", "agreed": "SMS Marketing Consent"},
        ),
        (
            ("OptedOutNumber", "OptedOutTimestamp", "EndUserOptedOut"),
            "Amazon's opted-out numbers",
            {"phone": "OptedOutNumber", "left_at": "OptedOutTimestamp"},
        ),
    ],
)
def test_exports_of_common_programs_are_recognised(header, program, found):
    mapped = columns(header, topic_given=True, holds=ListKind.OPT_OUTS)
    assert mapped.program == program
    assert mapped.header_of.items() >= found.items()


def test_the_time_at_which_an_address_joined_is_never_taken_for_consent_to_texts():
    mapped = columns(
        ("Phone", "MEMBER_RATING", "OPTIN_TIME", "CONFIRM_TIME"),
        topic_given=True,
        holds=ListKind.OPT_OUTS,
    )
    assert not mapped.has("consented_at")


def test_what_two_columns_claim_is_offered_by_neither():
    assert recognised(("phone", "mobile", "topic", "mobile phone")) == {"topic": "topic"}


def test_numbers_that_were_written_as_text_for_a_spreadsheet_are_read():
    mapped = columns(("phone", "external id", "note"), topic_given=True, holds=ListKind.OPT_OUTS)
    picked = mapped.pick(["'2065550101", "'7012", "x"])
    assert [cell for cell in picked if cell] == ["2065550101", "7012"]
    assert mapped.pick(["'+12065550101", "'abc", "x"])[0] == "+12065550101"
    assert "'abc" in mapped.pick(["2065550101", "'abc", "x"])

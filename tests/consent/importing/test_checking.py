import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest

from consent.importing.checking import (
    Checks,
    Consent,
    OnRecord,
    TopicFacts,
    against_ledger,
)
from consent.importing.mapping import columns
from consent.importing.proof import NoProof, language, moment, source
from consent.importing.reading import read
from consent.phone_numbers import parse
from consent.vocabulary import LegalBasis, RowOutcome, Source, Standing
from tests.consent.importing.lists import LISTS

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
ALERTS = TopicFacts(1, "acme-alerts", promotional=False)
OFFERS = TopicFacts(2, "acme-offers", promotional=True)
CLOSED = TopicFacts(3, "acme-old", promotional=True, open=False)
TOPICS = {topic.slug: topic for topic in (ALERTS, OFFERS, CLOSED)}
GOOD = {
    "phone": "(212) 555-0101",
    "topic": "acme-alerts",
    "consented_at": "2025-01-01T00:00:00Z",
    "source": "web form",
}


def checks(*header, default=None) -> Checks:
    mapped = columns(header or tuple(GOOD), topic_given=default is not None)
    return Checks(mapped, TOPICS, default, NOW)


def values(**cells):
    return tuple((GOOD | cells).values())


def checked(**cells):
    return checks(*(GOOD | cells)).check(values(**cells))


def a_consent(topic=ALERTS, how=Source.WEB_FORM):
    return Consent(parse("2125550101"), topic, NOW - timedelta(days=9), how)


def test_the_spring_list_gives_exactly_the_expected_tallies():
    with (LISTS / "spring_signup.csv").open("rb") as file:
        contact_list = read(file, max_bytes=25_000_000)
        check = Checks(columns(contact_list.header, topic_given=False), TOPICS, None, NOW)
        found = [check.check(row.values) for row in contact_list.rows]
    outcomes = Counter(each.outcome.value for each in found)
    distinct = {(each.number, each.topic) for each in found if each.consent}
    outcomes["duplicate_in_file"] = outcomes["new"] - len(distinct)
    outcomes["new"] = len(distinct)
    expected = json.loads((LISTS / "expected.json").read_text())["spring_signup.csv"]
    assert {"rows": len(found), **outcomes} == expected


@pytest.mark.parametrize("name", ["crm_profiles.csv", "excel_unicode_text.txt"])
def test_lists_whose_times_lack_a_zone_opt_nobody_in(name):
    with (LISTS / name).open("rb") as file:
        contact_list = read(file, max_bytes=25_000_000)
        check = Checks(columns(contact_list.header, topic_given=True), TOPICS, ALERTS, NOW)
        outcomes = {check.check(row.values).outcome for row in contact_list.rows}
    assert outcomes == {RowOutcome.NO_PROOF}


def test_a_row_may_say_where_the_person_lives():
    found = checked(State="ny", Region="ignored", Country="US")
    assert found.consent is not None
    assert found.consent.home == "US-NY"


def test_a_good_row_says_who_agreed_to_what_when_and_how():
    found = checked(language="es-MX", postal_code="10001", external_id="crm-1", disclosure="v2")
    assert found.outcome is RowOutcome.NEW
    assert found.consent == Consent(
        parse("2125550101"),
        ALERTS,
        datetime(2025, 1, 1, tzinfo=UTC),
        Source.WEB_FORM,
        2,
        "es",
        "10001",
        "crm-1",
    )


@pytest.mark.parametrize(
    ("cells", "outcome"),
    [
        ({"phone": "call me"}, RowOutcome.INVALID_NUMBER),
        ({"phone": "call me", "topic": "none", "source": ""}, RowOutcome.INVALID_NUMBER),
        ({"topic": "acme-alertz", "source": ""}, RowOutcome.UNKNOWN_TOPIC),
        ({"topic": ""}, RowOutcome.UNKNOWN_TOPIC),
        ({"topic": "acme-old"}, RowOutcome.UNKNOWN_TOPIC),
        ({"topic": "Acme-Alerts"}, RowOutcome.NEW),
        ({"source": " "}, RowOutcome.NO_PROOF),
        ({"source": "n/a"}, RowOutcome.NO_PROOF),
        ({"source": "IMPORT"}, RowOutcome.NO_PROOF),
        ({"consented_at": ""}, RowOutcome.NO_PROOF),
        ({"consented_at": "1970-01-01T00:00:00Z"}, RowOutcome.NO_PROOF),
        ({"consented_at": "2097-01-01T00:00:00Z"}, RowOutcome.FUTURE_CONSENT),
        ({"consent": "UNSUBSCRIBED"}, RowOutcome.NO_PROOF),
        ({"consent": "SUBSCRIBED"}, RowOutcome.NEW),
        ({"unsubscribed at": "2026-01-01"}, RowOutcome.NO_PROOF),
        ({"unsubscribed at": ""}, RowOutcome.NEW),
    ],
)
def test_each_row_has_one_outcome(cells, outcome):
    assert checked(**cells).outcome is outcome


def test_every_outcome_but_new_says_why_and_repeats_no_number():
    found = checked(topic="+12125550101")
    assert found.reason == "No topic has the name that stands in the topic's column."
    assert checked(topic="acme-alertz").reason == (
        'There is no topic "acme-alertz": write its slug as the admin shows it.'
    )


def test_the_chosen_topic_stands_in_where_a_row_names_none():
    check = checks(*GOOD, default=OFFERS)
    assert check.check(values(topic="")).topic == OFFERS.id
    assert check.check(values()).topic == ALERTS.id


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-04T14:05:00-05:00",
        "2025-03-04 19:05:00Z",
        "2025-03-04T19:05Z",
        "2025-03-04 19:05:00 UTC",
        "2025-03-04 14:05:00 -05:00",
        "2025-03-04 14:05:00 -0500",
    ],
)
def test_a_moment_is_read_with_its_zone(text):
    assert moment(text) == datetime(2025, 3, 4, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The row does not say when"),
        ("N/A", "The row does not say when"),
        ("03/04/2025", "The date of the consent does not begin with the year"),
        ("24.10.2024 00:07", "The date of the consent does not begin with the year"),
        ("2025-03-04 14:05", "The time of the consent lacks its time zone"),
        ("2025-03-04", "The consent has a day but no time and time zone"),
        ("last spring", "The date of the consent cannot be read"),
        ("45721", "The date of the consent cannot be read"),
        ("0001-01-01T00:00:00+14:00", "The date of the consent cannot be read"),
    ],
)
def test_an_ambiguous_moment_is_never_guessed(text, said):
    with pytest.raises(NoProof) as caught:
        moment(text)
    assert caught.value.reason.startswith(said)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Web-Form", Source.WEB_FORM),
        ("paper_form", Source.PAPER_FORM),
        ("POINT OF SALE", Source.POINT_OF_SALE),
        ("TEXT_TO_JOIN", Source.KEYWORD),
        ("e-mail", Source.EMAIL),
        ("carrier pigeon", Source.OTHER),
        ("Amazon", Source.OTHER),
        ("system", Source.OTHER),
    ],
)
def test_words_for_the_source_are_read(words, found):
    assert source(words) is found


def test_a_language_is_two_letters_or_nothing():
    assert [language(text) for text in ("es", "en-US", "fr_CA", "Spanish", "")] == [
        "es",
        "en",
        "fr",
        "",
        "",
    ]


def test_a_promotional_topic_needs_writing():
    assert a_consent(OFFERS).basis(words_known=False) is LegalBasis.EXPRESS_WRITTEN
    assert a_consent(OFFERS, Source.PHONE_CALL).basis(words_known=True) is LegalBasis.EXPRESS
    assert a_consent(ALERTS).basis(words_known=True) is LegalBasis.EXPRESS
    till = a_consent(OFFERS, Source.POINT_OF_SALE)
    assert till.basis(words_known=False) is LegalBasis.EXPRESS
    assert till.basis(words_known=True) is LegalBasis.EXPRESS_WRITTEN


@pytest.mark.parametrize(
    ("on_record", "outcome"),
    [
        (OnRecord(), RowOutcome.NEW),
        (OnRecord(Standing.PENDING, NOW), RowOutcome.NEW),
        (OnRecord(Standing.PENDING, NOW, opted_out=True), RowOutcome.OPTED_OUT),
        (OnRecord(Standing.LAPSED, NOW), RowOutcome.NEW),
        (OnRecord(Standing.LAPSED, NOW, told=True), RowOutcome.KNOWN),
        (OnRecord(Standing.OPTED_IN, NOW), RowOutcome.KNOWN),
        (OnRecord(Standing.OPTED_OUT, NOW, opted_out=True, told=True), RowOutcome.OPTED_OUT),
        (OnRecord(Standing.DECLINED, NOW), RowOutcome.OPTED_OUT),
        (OnRecord(Standing.DECLINED, NOW - timedelta(days=99)), RowOutcome.NEW),
        (OnRecord(Standing.OPTED_IN, NOW, suppressed=True), RowOutcome.SUPPRESSED),
    ],
)
def test_the_ledger_has_the_last_word(on_record, outcome):
    assert against_ledger(a_consent().at, on_record)[0] is outcome


def test_zones_other_than_ours_are_compared_as_moments():
    ahead = (NOW + timedelta(hours=1)).astimezone(timezone(timedelta(hours=-12)))
    assert checked(consented_at=ahead.isoformat()).outcome is RowOutcome.FUTURE_CONSENT

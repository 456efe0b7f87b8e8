"""Who is asked about in the Reassigned Numbers Database, and as of which date."""

import csv
import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns import outbox, reassigned
from campaigns.models import Reply
from campaigns.vocabulary import Meaning, MessageKind, ReceiptOutcome, ReplyState
from consent import clock, reassigned_due, reassigned_query
from consent.models import Contact
from consent.vocabulary import CheckState, EventKind, ImpliedBy, LegalBasis, Source
from tests.builders import (
    a_contact,
    a_number,
    a_topic,
    an_event,
    an_opted_in_contact,
    many_opted_in_contacts,
)
from tests.campaigns.sent_texts import a_sent_text
from tests.consent.reassigned import a_check, asked, many_people, query

pytestmark = pytest.mark.django_db

NOON = datetime(2025, 3, 4, 12, tzinfo=UTC)  # at one in the morning of the same day in Samoa
ANNA, BEN, CAT = "+12125550101", "+12125550102", "+12125550103"


def a_reply(contact, meaning, at):
    return Reply.objects.create(
        inbound_message_id=f"{contact.pk} {meaning} {at}",
        contact=contact,
        body="...",
        meaning=meaning,
        state=ReplyState.ACTED,
        published_at=at,
        received_at=at + timedelta(minutes=1),
    )


def test_the_date_is_that_of_the_last_opt_in_or_confirmation():
    an_opted_in_contact(a_topic(), ANNA, at=NOON)
    check = a_check()
    assert asked(check) == {ANNA: date(2025, 3, 4)}
    assert (check.state, check.numbers, query(check)) == (
        CheckState.ASKED,
        1,
        "2125550101,2025-03-04\n",
    )


def test_the_day_is_never_later_than_it_was_anywhere_in_the_united_states():
    an_opted_in_contact(a_topic(), ANNA, at=datetime(2025, 3, 4, 3, tzinfo=UTC))
    assert asked(a_check()) == {ANNA: date(2025, 3, 3)}


@pytest.mark.parametrize("meaning", ["yes", "help", "stop", "keyword", "start"])
def test_words_that_we_asked_for_are_a_certain_contact(meaning):
    anna = an_opted_in_contact(a_topic(), ANNA, at=NOON)
    a_reply(anna, Meaning(meaning), NOON + timedelta(days=30))
    assert asked(a_check()) == {ANNA: date(2025, 4, 3)}


@pytest.mark.parametrize("meaning", ["other", "probably_stop"])
def test_other_words_may_be_anybodys(meaning):
    anna = an_opted_in_contact(a_topic(), ANNA, at=NOON)
    a_reply(anna, Meaning(meaning), NOON + timedelta(days=30))
    assert asked(a_check()) == {ANNA: date(2025, 3, 4)}


def test_that_a_text_was_delivered_is_no_contact():
    topic = a_topic()
    anna = an_opted_in_contact(topic, ANNA, at=NOON)
    at = NOON + timedelta(days=90)
    a_sent_text(anna, topic, a_number(topic), at, delivery=ReceiptOutcome.DELIVERED)
    assert asked(a_check()) == {ANNA: date(2025, 3, 4)}


def test_an_implied_consent_counts_from_what_implies_it():
    an_event(
        a_contact(ANNA),
        EventKind.OPTED_IN,
        a_topic(),
        occurred_at=NOON,
        basis=LegalBasis.IMPLIED,
        implied_by=ImpliedBy.PURCHASE,
        implied_on=date(2024, 12, 24),
    )
    # The hour is unknown: the first of the day in UTC is the day before in the west
    assert asked(a_check()) == {ANNA: date(2024, 12, 23)}


def test_what_a_correction_voids_is_no_contact():
    topic = a_topic()
    anna = an_opted_in_contact(topic, ANNA, at=NOON)
    later = an_event(anna, EventKind.OPTED_IN, topic, occurred_at=NOON + timedelta(days=90))
    an_event(anna, EventKind.CORRECTED, topic, corrects=later.pk)
    assert asked(a_check()) == {ANNA: date(2025, 3, 4)}


def test_only_who_can_be_reached_and_may_be_is_asked_about():
    topic = a_topic()
    an_opted_in_contact(topic, ANNA, at=NOON)
    left = an_opted_in_contact(topic, BEN, at=NOON)
    an_event(left, EventKind.OPTED_OUT, topic, source=Source.EMAIL)
    barred = an_opted_in_contact(topic, CAT, at=NOON)
    an_event(barred, EventKind.SUPPRESSED)
    an_opted_in_contact(topic, "+447400123456", at=NOON)
    an_opted_in_contact(topic, "+14165550123", at=NOON)
    a_contact("+12125550104")
    assert asked(a_check()) == {ANNA: date(2025, 3, 4)}


def test_who_left_and_has_a_text_waiting_is_asked_about():
    topic = a_topic()
    a_number(topic)
    anna = an_opted_in_contact(topic, ANNA, at=NOON)
    outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=anna, topic=topic)
    an_event(anna, EventKind.OPTED_OUT, topic, source=Source.EMAIL)
    assert asked(a_check()) == {ANNA: date(2025, 3, 4)}


def test_who_wrote_or_was_asked_about_within_the_month_is_not_due():
    topic, now = a_topic(), clock.now()
    an_opted_in_contact(topic, ANNA, at=NOON)
    ben = an_opted_in_contact(topic, BEN, at=NOON)
    a_reply(ben, Meaning.HELP, now - timedelta(days=29))
    first = a_check(asked_at=now - timedelta(days=29))
    assert set(asked(first)) == {ANNA}
    assert (a_check().state, a_check().fault) == (CheckState.FAILED, reassigned_query.NOBODY)
    assert set(asked(a_check(only_due=False))) == {ANNA, BEN}


def test_a_month_after_the_last_question_a_number_is_due_again():
    an_opted_in_contact(a_topic(), ANNA, at=NOON)
    first = a_check(asked_at=clock.now() - timedelta(days=31))
    assert asked(a_check()) == asked(first) == {ANNA: date(2025, 3, 4)}


def test_the_count_and_the_contacts_list_say_the_same_as_the_query():
    topic = a_topic()
    anna = an_opted_in_contact(topic, ANNA, at=NOON)
    an_opted_in_contact(topic, BEN, at=datetime(2020, 5, 6, 12, tzinfo=UTC))
    an_opted_in_contact(topic, CAT, at=clock.now() - timedelta(days=10))
    count = reassigned_due.count(reassigned.BESIDE, only_due=True)
    assert (count.numbers, count.too_old) == (2, 1)
    assert reassigned_due.count(reassigned.BESIDE, only_due=True, most=1).numbers == 1
    assert reassigned_due.count(reassigned.BESIDE, only_due=False).numbers == 3
    due = Contact.objects.filter(reassigned_due.is_due(reassigned.BESIDE))
    assert set(due.values_list("number", flat=True)) == {ANNA, BEN}
    a_check(asked_at=clock.now() - timedelta(days=1))
    assert not due.filter(pk=anna.pk).exists()


def test_a_long_query_is_made_as_several_files_with_a_digest_each(settings):
    settings.REASSIGNED_ROWS_PER_FILE = 4
    topic = a_topic()
    many_opted_in_contacts(topic, 10)
    check = a_check(has_header=True)
    assert [part["rows"] for part in check.files] == [4, 4, 2]
    texts = [query(check, part) for part in (1, 2, 3)]
    assert [hashlib.sha256(text.encode()).hexdigest() for text in texts] == [
        part["sha256"] for part in check.files
    ]
    rows = [row for text in texts for row in csv.reader(text.splitlines())]
    assert rows[0] == ["TN", "Date"]
    found = [row for row in rows if row[0] != "TN"]
    assert [f"+1{number}" for number, _ in found] == sorted(asked(check))
    assert [reassigned_query.file_name(check, part) for part in (1, 3)] == [
        f"reassigned-query-{check.pk}-1of3.csv",
        f"reassigned-query-{check.pk}-3of3.csv",
    ]


def test_who_takes_over_goes_on_behind_the_last_question(monkeypatch):
    monkeypatch.setattr(reassigned_query, "AT_ONCE", 3)
    topic = a_topic()
    people = many_opted_in_contacts(topic, 10)
    check = a_check(made=False)
    # A worker died after its first stretch
    before = reassigned_query._renew

    def dies(check, **known):
        before(check, **known)
        if known.get("numbers") == 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(reassigned_query, "_renew", dies)
    with pytest.raises(KeyboardInterrupt):
        reassigned_query.make(check.pk, reassigned.BESIDE)
    monkeypatch.setattr(reassigned_query, "_renew", before)
    check.refresh_from_db()
    assert (check.state, reassigned_query.abandoned()) == (CheckState.QUEUED, [])
    check.lease_until = clock.now() - timedelta(seconds=1)
    check.save()
    assert reassigned_query.abandoned() == [check.pk]
    reassigned_query.make(check.pk, reassigned.BESIDE)
    check.refresh_from_db()
    assert (check.state, check.numbers) == (CheckState.ASKED, 10)
    assert set(asked(check)) == {person.number for person in people}


def test_a_hundred_thousand_numbers_cost_as_many_queries_as_ten(
    django_assert_max_num_queries,
):
    many_people(a_topic(), 100_000)
    check = a_check(made=False)
    # A stretch of fifty thousand contacts costs five
    with django_assert_max_num_queries(20):
        reassigned_query.make(check.pk, reassigned.BESIDE)
    assert check.questions.count() == 100_000

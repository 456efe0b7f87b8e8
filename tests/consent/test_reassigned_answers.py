"""What the answers of the Reassigned Numbers Database do to those who agreed."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection

from consent import clock, joining, ledger, projection, reassigned_answers, reassigned_closing
from consent.models import (
    Contact,
    OptInEvent,
    ReassignedAnswer,
    Subscription,
    Suppression,
)
from consent.reassigned_reading import WRONG_FILE
from consent.vocabulary import CheckState, EventKind, ExportState, Source, Standing
from tests.builders import a_contact, a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.reassigned import a_check, answered, many_people, received

pytestmark = pytest.mark.django_db

ANNA, BEN, CAT = "+12125550101", "+12125550102", "+12125550103"
MARCH = datetime(2025, 3, 4, 12, tzinfo=UTC)


def three(topic):
    """Opt three people in and ask about them."""
    for number in (ANNA, BEN, CAT):
        an_opted_in_contact(topic, number, at=MARCH)
    return a_check()


def standing(number, topic):
    row = Subscription.objects.filter(contact__number=number, topic=topic).first()
    return row and row.standing


def test_a_yes_closes_all_consents_of_the_number_and_suppresses_it():
    topic, other, officer = a_topic(), a_topic("example-news"), a_user()
    anna = an_opted_in_contact(topic, ANNA, at=MARCH)
    an_event(anna, EventKind.REQUESTED, other, occurred_at=MARCH)
    check = a_check()
    yesterday = clock.now().date() - timedelta(days=1)
    taken = answered(check, "2125550101,2025-03-04,yes", user=officer, on=yesterday)
    assert (taken.state, taken.counts, taken.answers, taken.closed) == (
        ExportState.READY,
        {"recorded": 1},
        {"yes": 1},
        1,
    )
    assert (standing(ANNA, topic), standing(ANNA, other)) == (Standing.LAPSED, Standing.LAPSED)
    bar = Suppression.objects.get()
    assert (bar.contact, bar.topic, bar.expires_at) == (anna, None, None)
    assert bar.reason == (
        "Reassigned Numbers Database: disconnected on 2025-03-04 or since, answered "
        f"{yesterday}. Line 2 of the answers to check #{check.pk}"
    )
    kept = [EventKind.EXPIRED, EventKind.SUPPRESSED]
    events = OptInEvent.objects.filter(source=Source.REASSIGNED).order_by("pk")
    assert [(e.kind, e.topic, e.recorded_by) for e in events] == [(k, None, officer) for k in kept]
    for event in events:
        evidence = event.evidence
        assert evidence.form_fields == {
            "answer": "yes",
            "answered_on": str(yesterday),
            "check": str(check.pk),
            "date_asked_about": "2025-03-04",
            "line": "2",
        }
        assert (evidence.file, evidence.file_digest) == (taken.file.name, taken.file_digest)
        draft = ledger.EvidenceDraft(
            form_fields=evidence.form_fields,
            file=evidence.file.name,
            file_digest=evidence.file_digest,
        )
        assert bytes(event.evidence_digest) == ledger.evidence_digest(bytes(evidence.salt), draft)
    assert list(projection.differences()) == []


def test_a_no_and_no_data_are_kept_and_change_nothing_else():
    topic, ada = a_topic(), a_user("ada")
    check, day = three(topic), clock.now().date() - timedelta(days=1)
    before = OptInEvent.objects.count()
    taken = answered(
        check, "2125550101,2025-03-04,no", "2125550102,2025-03-04,no_data", user=ada, on=day
    )
    assert (taken.answers, taken.closed) == ({"no": 1, "no_data": 1}, 0)
    assert (check.state, check.answered, check.numbers) == (CheckState.PARTLY, 2, 3)
    assert OptInEvent.objects.count() == before
    assert standing(ANNA, topic) == standing(BEN, topic) == Standing.OPTED_IN
    rows = ReassignedAnswer.objects.order_by("contact__number").values_list(
        "contact__number", "about", "answer", "answered_on", "recorded_by", "file"
    )
    assert list(rows) == [
        (ANNA, date(2025, 3, 4), "no", day, ada.pk, taken.pk),
        (BEN, date(2025, 3, 4), "no_data", day, ada.pk, taken.pk),
    ]
    answered(check, "2125550103,2025-03-04,no")
    assert (check.state, check.answered) == (CheckState.ANSWERED, 3)


def test_the_same_file_again_changes_nothing():
    check = three(a_topic())
    lines = ("2125550101,2025-03-04,yes", "2125550102,2025-03-04,no")
    answered(check, *lines)
    events = OptInEvent.objects.count()
    again = answered(check, *lines)
    assert (again.counts, again.answers, again.closed) == ({"known": 2}, {}, 0)
    assert (OptInEvent.objects.count(), ReassignedAnswer.objects.count()) == (events, 2)
    assert not again.left_out


def test_a_later_yes_counts_after_a_no_and_a_later_no_opens_nothing():
    topic = a_topic()
    check = three(topic)
    answered(check, "2125550101,2025-03-04,no")
    answered(check, "2125550101,2025-03-04,yes")
    assert standing(ANNA, topic) == Standing.LAPSED
    assert (check.answered, ReassignedAnswer.objects.count()) == (1, 2)
    answered(check, "2125550102,2025-03-04,yes")
    answered(check, "2125550102,2025-03-04,no")
    assert standing(BEN, topic) == Standing.LAPSED


def test_rows_that_cannot_be_taken_come_back_with_the_reason():
    topic = a_topic()
    check = three(topic)
    a_contact("+12125550109")
    taken = answered(
        check,
        "2125550101,2025-03-04,no,=1+1",
        "call me,2025-03-04,no,",
        "2125550102,2025-03-04,perhaps,",
        "2125550109,2025-03-04,yes,",
        "2125550102,2025-03-05,yes,",
        "2125550102,someday,yes,",
        "2125550103,2025-03-04,yes,=2+2",
        "2125550103,2025-03-04,no,",
        "2125550101,2025-03-04,no,",
        header="TN,Date,Disconnected,Note",
    )
    assert taken.counts == {
        "recorded": 1,
        "repeated": 1,
        "invalid_number": 1,
        "no_answer": 1,
        "not_asked": 1,
        "other_date": 2,
        "contradicts": 2,
    }
    text = taken.left_out.read().decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["TN", "Date", "Disconnected", "Note", "line", "outcome", "reason"]
    assert [(row[0], row[3], row[4], row[5]) for row in rows] == [
        ("call me", "", "3", "invalid_number"),
        ("2125550102", "", "4", "no_answer"),
        ("2125550109", "", "5", "not_asked"),
        ("2125550102", "", "6", "other_date"),
        ("2125550102", "", "7", "other_date"),
        ("2125550103", "'=2+2", "8", "contradicts"),
        ("2125550103", "", "9", "contradicts"),
    ]
    assert [row[6] for row in rows][2:4] == [
        "This check did not ask about the number.",
        "It answers about another day than 2025-03-04, which was asked about.",
    ]
    # Nobody is told apart by a guess: she stays as she was, and a person looks
    assert standing(CAT, topic) == Standing.OPTED_IN


@pytest.mark.parametrize(
    "text",
    [
        "2125550101,2025-03-04,yes\n2125550102,2025-03-04,no_data\n",
        "2125550101,20250304,Yes\r\n2125550102,20250304,No Data\r\n",
        (
            "Phone Number;Consent Date;Is Reassigned\n(212) 555-0101;03/04/2025;true\n"
            "+1 212 555 0102;03/04/2025;no data\n"
        ),
        (
            "tn,companyId,disconnected,dateProvided\n2125550101,ACME,yes,2025-03-04\n"
            "2125550102,ACME,no_data,2025-03-04\n"
        ),
        "tn,answer\n2125550101,Y\n2125550102,nodata\n",
    ],
)
def test_answers_are_read_in_the_forms_in_which_they_come(text):
    check = three(a_topic())
    taken = received(check, text)
    reassigned_answers.take_in(taken.pk)
    taken.refresh_from_db()
    assert (taken.fault, taken.answers) == ("", {"no_data": 1, "yes": 1})


def test_a_single_answer_without_a_header_is_read():
    check = three(a_topic())
    assert answered(check, "2125550101,2025-03-04,yes", header="").answers == {"yes": 1}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("phone,topic,consented_at\n2125550101,a,2025-03-04\n", WRONG_FILE),
        ("Dear Sirs,\nplease find attached\n", WRONG_FILE),
        ("2125550101,2025-03-04\n2125550102,2025-03-04\n", WRONG_FILE),
        ("tn,answer\n2125550199,yes\n", reassigned_answers.OTHER_CHECK),
        ("tn,answer\n", "This list has a header and no row below it."),
        ("", "This file is empty: there is no header and no row in it."),
    ],
)
def test_a_wrong_file_is_refused_and_says_why(text, fault, django_capture_on_commit_callbacks):
    check = three(a_topic())
    taken = received(check, text)
    with django_capture_on_commit_callbacks(execute=True):
        reassigned_answers.take_in(taken.pk)
    stored = taken.file
    taken.refresh_from_db()
    check.refresh_from_db()
    assert (taken.state, taken.fault, check.state) == (ExportState.FAILED, fault, CheckState.ASKED)
    assert not stored.storage.exists(stored.name)
    assert not ReassignedAnswer.objects.exists()


def test_what_somebody_agreed_to_after_the_answer_stays():
    topic, other = a_topic(), a_topic("example-news")
    check = three(topic)
    anna = Contact.objects.get(number=ANNA)
    two_days_ago = clock.now().date() - timedelta(days=2)
    an_event(anna, EventKind.OPTED_IN, other, source=Source.KEYWORD)
    answered(check, "2125550101,2025-03-04,yes", on=two_days_ago)
    assert (standing(ANNA, topic), standing(ANNA, other)) == (Standing.LAPSED, Standing.OPTED_IN)
    assert not Suppression.objects.exists()
    assert list(projection.differences()) == []


def test_an_older_consent_that_comes_to_light_later_is_closed_too():
    topic, other = a_topic(), a_topic("example-news")
    check = three(topic)
    answered(check, "2125550101,2025-03-04,yes")
    anna = Contact.objects.get(number=ANNA)
    an_event(anna, EventKind.OPTED_IN, other, occurred_at=MARCH)
    assert standing(ANNA, other) == Standing.LAPSED


def test_a_bar_that_stands_already_is_not_replaced():
    check = three(a_topic())
    anna = Contact.objects.get(number=ANNA)
    an_event(anna, EventKind.SUPPRESSED, note="Litigator")
    answered(check, "2125550101,2025-03-04,yes")
    assert [row.reason for row in Suppression.objects.all()] == ["Litigator"]


def test_an_opt_out_of_the_former_owner_stays_one():
    topic, other = a_topic(), a_topic("example-news")
    anna = an_opted_in_contact(topic, ANNA, at=MARCH)
    an_opted_in_contact(other, ANNA, at=MARCH)
    check = a_check()
    an_event(anna, EventKind.OPTED_OUT, topic, source=Source.EMAIL)
    answered(check, "2125550101,2025-03-04,yes")
    assert (standing(ANNA, topic), standing(ANNA, other)) == (Standing.OPTED_OUT, Standing.LAPSED)


@pytest.mark.parametrize("source", [Source.WEB_FORM, Source.KEYWORD])
def test_the_present_owner_may_join_and_brings_nothing_old_back(source):
    topic, other = a_topic(), a_topic("example-news")
    check = three(topic)
    an_opted_in_contact(other, ANNA, at=MARCH)
    answered(check, "2125550101,2025-03-04,yes")
    anna = Contact.objects.get(number=ANNA)
    event = joining.join(anna, topic, source=source, evidence=ledger.EvidenceDraft())
    assert event.kind == EventKind.REQUESTED
    assert (standing(ANNA, topic), standing(ANNA, other)) == (Standing.PENDING, Standing.LAPSED)
    assert not Suppression.objects.exists()
    lifted = OptInEvent.objects.get(kind=EventKind.SUPPRESSION_LIFTED)
    assert (lifted.source, lifted.pk < event.pk) == (source, True)
    assert list(projection.differences()) == []


def test_a_form_alone_opts_nobody_in_at_a_number_that_changed_hands():
    topic = a_topic(message_class="transactional", double_opt_in=False)
    check = three(topic)
    answered(check, "2125550101,2025-03-04,yes", "2125550102,2025-03-04,yes")
    anna, ben = (Contact.objects.get(number=number) for number in (ANNA, BEN))
    draft = ledger.EvidenceDraft()
    typed = joining.join(anna, topic, source=Source.WEB_FORM, evidence=draft)
    texted = joining.join(ben, topic, source=Source.KEYWORD, evidence=draft)
    assert (typed.kind, texted.kind) == (EventKind.REQUESTED, EventKind.OPTED_IN)


def test_another_bar_is_not_lifted_by_joining():
    topic = a_topic()
    anna = an_opted_in_contact(topic, ANNA, at=MARCH)
    an_event(anna, EventKind.SUPPRESSED, note="Litigator")
    joining.join(anna, topic, source=Source.KEYWORD, evidence=ledger.EvidenceDraft())
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize("table", ["consent_reassignedquestion", "consent_reassignedanswer"])
@pytest.mark.parametrize(
    "change",
    ["UPDATE {} SET about = '2020-01-01'", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
)
def test_questions_and_answers_only_grow(table, change):
    check = three(a_topic())
    answered(check, "2125550101,2025-03-04,no")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="only grows"):
            cursor.execute(change.format(table))


def test_who_takes_over_after_a_crash_doubles_nothing(settings, monkeypatch):
    settings.IMPORT_BATCH = 1
    topic = a_topic()
    check = three(topic)
    text = "TN,Date,Answer\n" + "".join(f"21255501{at:02d},2025-03-04,yes\n" for at in (1, 2, 3))
    taken, whole = received(check, text), reassigned_closing.record

    def dies(file, first, last):
        if first == 3:
            raise KeyboardInterrupt
        return whole(file, first, last)

    monkeypatch.setattr(reassigned_closing, "record", dies)
    with pytest.raises(KeyboardInterrupt):
        reassigned_answers.take_in(taken.pk)
    assert ReassignedAnswer.objects.count() == 1
    monkeypatch.setattr(reassigned_closing, "record", whole)
    type(taken).objects.update(lease_until=clock.now())
    assert reassigned_answers.abandoned() == [taken.pk]
    reassigned_answers.take_in(taken.pk)
    taken.refresh_from_db()
    assert (taken.counts, taken.answers, taken.closed) == ({"recorded": 3}, {"yes": 3}, 3)
    assert ReassignedAnswer.objects.count() == 3
    assert OptInEvent.objects.filter(source=Source.REASSIGNED).count() == 6
    assert list(projection.differences()) == []


def test_a_hundred_thousand_answers_cost_a_bounded_number_of_queries(
    django_assert_max_num_queries,
):
    topic = a_topic()
    many_people(topic, 100_000)
    check = a_check()
    words = ("yes", "no", "no", "no", "no", "no", "no", "no", "no", "no_data")
    lines = [f"212{2_000_000 + at},2025-03-04,{words[at % 10]}" for at in range(100_000)]
    taken = received(check, "\n".join(["TN,Date,Answer", *lines]))
    # Of the yeses five thousand people at a time are folded anew
    with django_assert_max_num_queries(200):
        reassigned_answers.take_in(taken.pk)
    taken.refresh_from_db()
    check.refresh_from_db()
    assert taken.answers == {"yes": 10_000, "no": 80_000, "no_data": 10_000}
    assert (taken.rows, taken.closed, check.state) == (100_000, 10_000, CheckState.ANSWERED)
    assert Subscription.objects.filter(standing=Standing.LAPSED).count() == 10_000
    assert Suppression.objects.count() == 10_000

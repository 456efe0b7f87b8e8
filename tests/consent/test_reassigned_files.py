"""Files of answers from the Reassigned Numbers Database: their forms, their faults, their size."""

import csv
import io

import pytest

from consent import clock, projection, reassigned_answers, reassigned_closing
from consent.models import (
    OptInEvent,
    ReassignedAnswer,
    Subscription,
    Suppression,
)
from consent.reassigned_reading import WRONG_FILE
from consent.vocabulary import CheckState, ExportState, Source, Standing
from tests.builders import a_contact, a_topic
from tests.consent.reassigned import (
    CAT,
    a_check,
    answered,
    many_people,
    received,
    standing,
    three,
)

pytestmark = pytest.mark.django_db


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

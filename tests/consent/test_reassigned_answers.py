"""What the answers of the Reassigned Numbers Database do to those who agreed."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection

from consent import clock, joining, ledger, projection
from consent.importing.previewing import Drawn
from consent.models import (
    Contact,
    OptInEvent,
    ReassignedAnswer,
    Suppression,
)
from consent.vocabulary import CheckState, EventKind, ExportState, ListKind, Source, Standing
from tests.builders import a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.importing.lists import a_list, applied
from tests.consent.reassigned import (
    ANNA,
    BEN,
    MARCH,
    a_check,
    answered,
    standing,
    three,
)

pytestmark = pytest.mark.django_db


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
        assert evidence.cells == {
            "answer": "yes",
            "answered_on": str(yesterday),
            "check": str(check.pk),
            "date_asked_about": "2025-03-04",
            "line": "2",
        }
        assert (evidence.file.name, evidence.file_digest) == ("", taken.file_digest)
        draft = ledger.EvidenceDraft(
            list_row=evidence.list_row,
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


@pytest.mark.parametrize("the_list_came_first", [True, False])
def test_a_list_that_suppresses_counts_beside_the_bar_that_joining_lifts(the_list_came_first):
    topic = a_topic()
    check = three(topic)

    def litigators():
        file = a_list("+12125550101", header="phone")
        drawn = Drawn("Litigators", MARCH.date())
        return applied(file, holds=ListKind.SUPPRESSIONS, drawn=drawn)

    if the_list_came_first:
        litigators()
    answered(check, "2125550101,2025-03-04,yes")
    assert litigators().counts == {"known" if the_list_came_first else "new": 1}
    anna = Contact.objects.get(number=ANNA)
    joining.join(anna, topic, source=Source.KEYWORD, evidence=ledger.EvidenceDraft())
    assert Suppression.objects.get().reason.startswith("Litigators of 2025-03-04")
    assert list(projection.differences()) == []


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

"""The board of what is open, the monthly report, the warning on the dashboard."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns import replies
from campaigns.admin.durations import in_words
from campaigns.models import DeadLetter, Message, Reply
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.phone_numbers import display, mask
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.builders import a_brand, a_contact, a_number, a_topic, an_event, an_opted_in_contact

pytestmark = pytest.mark.django_db

BOARD = reverse("admin:campaigns_reply_clock")
REPORT = reverse("admin:campaigns_reply_report")


@pytest.fixture
def number(topic):
    return a_number(topic)


def a_reply(number, waited, **fields):
    return make.a_reply(
        number=number, body="kindly desist", received_at=clock.now() - waited, **fields
    )


def text(contact, body, *, before=timedelta(seconds=3)):
    return replies.receive(
        {
            "originationNumber": contact.number,
            "destinationNumber": "12345",
            "messageBody": body,
            "inboundMessageId": f"stop-{contact.pk}",
        },
        published_at=clock.now() - before,
    )


def led_to(contact, number):
    """Return how a page shows a number that leads to its contact's file."""
    return f'<a href="{reverse("admin:consent_contact_change", args=[contact.pk])}">{number}</a>'


def counts(page):
    return {column["title"]: column["count"] for column in page.context["columns"]}


def test_the_board_sorts_what_is_open_by_its_limit(client, officer, topic, number):
    a_reply(number, timedelta(days=30))
    a_reply(number, timedelta(days=5), meaning="stop")
    a_reply(number, timedelta(minutes=1))
    late = text(an_opted_in_contact(topic), "STOP")
    Message.objects.filter(answers=late).update(created_at=clock.now() - timedelta(minutes=9))
    text(a_contact(), "HELP")
    client.force_login(officer)
    page = client.get(BOARD)
    assert counts(page) == {"Past the limit": 2, "Ageing": 1, "In time": 2}
    for words in ("STOP not confirmed yet", "HELP not answered yet", "Looks like a revocation"):
        assert words in page.text
    assert "kindly desist" in page.text
    [(act, _, _, told, due)] = page.context["acts"]
    assert (act.road, told) == (Source.REPLY, "\u2013")
    assert act.received_at < act.honoured_at < due


def test_people_are_shown_by_their_number_as_each_may_see_it(client, officer, staff, topic, number):
    left, waits = an_opted_in_contact(topic), a_contact()
    text(left, "STOP")
    a_reply(number, timedelta(minutes=1), contact=waits)
    said = clock.now().replace(day=1, hour=12) - timedelta(days=40)
    an_event(left, EventKind.OPTED_OUT, topic, source=Source.LETTER, occurred_at=said)
    late = {"month": f"{timezone.localtime(said):%Y-%m}"}
    client.force_login(officer)
    for contact, shown in ((left, BOARD), (waits, BOARD), (left, REPORT)):
        asked = late if shown == REPORT else {}
        assert led_to(contact, display(contact.number)) in client.get(shown, asked).text
    reader = staff("reader")
    reader.user_permissions.add(Permission.objects.get(codename="view_reply"))
    client.force_login(reader)
    for contact, shown in ((left, BOARD), (waits, BOARD), (left, REPORT)):
        page = client.get(shown, late if shown == REPORT else {}).text
        assert mask(contact.number) in page
        assert display(contact.number) not in page
        assert reverse("admin:consent_contact_change", args=[contact.pk]) not in page
    reader.user_permissions.add(Permission.objects.get(codename="view_contact"))
    assert led_to(left, mask(left.number)) in client.get(BOARD).text


def test_the_report_names_the_slowest_of_many_who_were_honoured_late(client, officer, topic):
    said = clock.now().replace(day=1, hour=12) - timedelta(days=40)
    people = make.many_opted_in_contacts(topic, 41)
    for at, contact in enumerate(people):
        moment = said - timedelta(seconds=at)
        an_event(contact, EventKind.OPTED_OUT, topic, source=Source.LETTER, occurred_at=moment)
    client.force_login(officer)
    page = client.get(REPORT, {"month": f"{timezone.localtime(said):%Y-%m}"})
    assert page.context["late_count"] == 41
    shown = [act.contact for act, *_ in page.context["late"]]
    assert shown == [contact.pk for contact in reversed(people)][:40]
    assert "The 40 slowest of 41; the export has all." in page.text


def test_the_board_is_filtered_by_road_and_brand(client, officer, topic, number):
    a_reply(number, timedelta(hours=1))
    contact = an_opted_in_contact(topic)
    an_event(contact, EventKind.OPTED_OUT, topic, source=Source.LETTER)
    client.force_login(officer)
    for asked, in_time, acts in (
        ({}, 1, 1),
        ({"road": "reply"}, 1, 0),
        ({"road": "letter"}, 0, 1),
        ({"brand": topic.brand_id}, 1, 1),
        ({"brand": a_brand("Acme").pk}, 0, 0),
        ({"road": "pigeon"}, 1, 1),
    ):
        page = client.get(BOARD, asked)
        assert (counts(page)["In time"], len(page.context["acts"])) == (in_time, acts), asked


def test_dead_letters_are_on_the_board_and_age_on_the_dashboard(client, officer, topic):
    since = clock.now() - timedelta(days=6)
    letter = DeadLetter.objects.create(
        road="sqs", reference="x", payload="{", reason="broken", arrived_at=since, tried_at=since
    )
    client.force_login(officer)
    page = client.get(BOARD)
    assert counts(page) == {"Past the limit": 0, "Ageing": 1, "In time": 0}
    assert reverse("admin:campaigns_deadletter_change", args=[letter.pk]) in page.text
    assert counts(client.get(BOARD, {"brand": topic.brand_id}))["Ageing"] == 0
    home = client.get(reverse("admin:index")).text
    assert "A dead letter that nobody has read may be a revocation" in home


def test_the_report_tells_times_by_road_and_who_was_late(client, officer, topic, number):
    text(an_opted_in_contact(topic), "STOP")
    slow = an_opted_in_contact(topic)
    said = clock.now().replace(day=1, hour=12) - timedelta(days=40)
    an_event(slow, EventKind.OPTED_OUT, topic, source=Source.LETTER, occurred_at=said)
    client.force_login(officer)
    now = client.get(REPORT)
    assert [line["figures"].road for line in now.context["lines"]] == [None, Source.REPLY]
    assert "None was honoured past the law\u2019s limit" in now.text
    then = client.get(REPORT, {"month": f"{timezone.localtime(said):%Y-%m}"})
    assert [line["figures"].road for line in then.context["lines"]] == [None, Source.LETTER]
    assert "Past the law\u2019s limit" in then.text
    assert then.context["late_count"] == 1
    assert led_to(slow, display(slow.number)) in then.text
    assert f"{timezone.localtime(said):%B %Y}: 1 revocation." in then.text


def test_the_export_has_a_line_for_each_act_by_ids(client, officer, topic, number):
    contact = an_opted_in_contact(topic)
    text(contact, "STOP")
    client.force_login(officer)
    answer = client.get(client.get(REPORT, {"road": "reply"}).context["csv_url"])
    assert "attachment" in answer["Content-Disposition"]
    words = b"".join(answer.streaming_content).decode("utf-8-sig")
    [line] = csv.DictReader(io.StringIO(words))
    assert (line["contact"], line["road"], line["topics"], line["in_time"]) == (
        str(contact.pk),
        "reply",
        "1",
        "yes",
    )
    assert 3 <= float(line["seconds_to_honour"]) < 600
    assert contact.number[2:] not in words


def test_the_dashboard_warns_officers_of_what_ages(client, officer, author, topic, number):
    client.force_login(officer)
    home = reverse("admin:index")
    a_reply(number, timedelta(minutes=1))
    assert "may be a revocation" not in client.get(home).text
    a_reply(number, timedelta(days=6))
    late = text(a_contact(), "HELP")
    Message.objects.filter(answers=late).update(created_at=clock.now() - timedelta(minutes=9))
    shown = client.get(home).text
    assert "A reply that nobody has read may be a revocation: the oldest is due by" in shown
    assert "1 answer to STOP or HELP is not out after five minutes." in shown
    Message.objects.filter(kind=MessageKind.HELP_REPLY).update(status="cancelled")
    assert "not out after five minutes" not in client.get(home).text
    client.force_login(author)
    assert "may be a revocation" not in client.get(home).text


def test_board_and_report_are_for_those_who_see_replies(client, author, staff):
    client.force_login(author)
    pages = (BOARD, REPORT, reverse("admin:campaigns_reply_report_csv"))
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]
    client.force_login(staff("auditor", "Auditors"))
    assert [client.get(page).status_code for page in pages] == [200, 200, 200]


def test_the_pages_cost_the_same_with_one_row_and_with_many(client, officer, topic, number):
    client.force_login(officer)

    said = clock.now().replace(day=1, hour=12) - timedelta(days=40)
    late = f"{REPORT}?month={timezone.localtime(said):%Y-%m}"

    def queries():
        found = []
        for page in (BOARD, REPORT, late):
            client.get(page)
            with CaptureQueriesContext(connection) as asked:
                client.get(page)
            found.append(len(asked))
        return found

    def more():
        a_reply(number, timedelta(days=1))
        text(an_opted_in_contact(topic), "STOP")
        text(a_contact(), "HELP")
        an_event(
            an_opted_in_contact(topic),
            EventKind.OPTED_OUT,
            topic,
            source=Source.LETTER,
            occurred_at=said,
        )

    more()
    with_one = queries()
    more()
    more()
    assert queries() == with_one


def test_a_rehearsal_shows_the_transcript_and_is_written_down(client, officer, staff, topic):
    a_number(topic, number="99999")
    address = reverse("admin:consent_topic_rehearse", args=[topic.pk])
    client.force_login(officer)
    assert address in client.get(reverse("admin:consent_topic_change", args=[topic.pk])).text
    assert "rolled back" in client.get(address).text
    page = client.post(address)
    assert [each["scene"].said for each in page.context["scenes"]][:3] == ["YES", "HELP", "STOP"]
    assert "unsubscribed from Example Corp. offers" in page.text
    log = client.get(reverse("admin:admin_logentry_changelist")).text
    assert "Rehearsed: “YES”, “HELP”, “STOP”, “START”, “take me off your list”." in log
    assert (Reply.objects.count(), Message.objects.count()) == (0, 0)
    client.force_login(staff("auditor", "Auditors"))
    assert client.post(address).status_code == 403


def test_a_topic_that_nobody_can_reply_to_says_why(client, officer):
    topic = a_topic("example-mute")
    client.force_login(officer)
    page = client.post(reverse("admin:consent_topic_rehearse", args=[topic.pk]))
    assert "No live origination number carries the topic" in page.text


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (None, "\u2013"),
        (timedelta(milliseconds=440), "0.4 s"),
        (12.4, "12 s"),
        (timedelta(minutes=3, seconds=5), "3 min 5 s"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=2, hours=4, minutes=7), "2 days 4 hours"),
        (timedelta(days=3, minutes=2), "3 days"),
        (timedelta(seconds=-4), "0.0 s"),
    ],
)
def test_times_are_said_in_their_two_largest_units(time, words):
    assert in_words(time) == words

"""Reviews are asked for, watched, read and taken away, all of it on record."""

import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns import reviews, tasks
from campaigns.models import ClearanceReview
from campaigns.vocabulary import ReviewKind, ReviewState
from consent import clock
from consent.admin.staff_log import written_about
from tests import builders as make
from tests.campaigns.sent_texts import a_person, a_review, a_sent_text, in_new_york

pytestmark = pytest.mark.django_db(transaction=True)

EVENING = in_new_york("2026-01-21T19:30")
WHAT_IF = {
    "days": "3000",
    "rows": ["us.pa.window.2026"],
    "what": "on",
    "silent": ["house.hours"],
    "reason": "Before October",
}


def url(page, review=None):
    name = f"admin:campaigns_clearancereview_{page}"
    return reverse(name, args=[review.pk]) if review else reverse(name)


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.fixture
def sent():
    topic = make.a_topic()
    return a_sent_text(a_person(topic, "+12155550101"), topic, make.a_number(topic), EVENING)


@pytest.fixture
def answered(sent):
    review = a_review(changes=[])
    reviews.carry_out(review.pk)
    review.refresh_from_db()
    return review


def test_a_look_back_is_asked_for_answered_and_downloaded(client, officer, sent, empty_broker):
    client.force_login(officer)
    asked = {"since": "2026-01-21", "until": "2026-01-21", "topic": sent.topic.pk, "reason": "Why"}
    answer = client.post(url("add") + "?kind=look_back", asked)
    review = ClearanceReview.objects.get()
    assert (answer.status_code, answer.url) == (302, url("change", review))
    assert (review.kind, review.topic, review.asked_by) == ("look_back", sent.topic, officer)
    assert (review.since.isoformat(), review.until.isoformat()) == (
        "2026-01-21T05:00:00+00:00",
        "2026-01-22T05:00:00+00:00",
    )
    page = text_of(client.get(url("change", review)))
    assert "Clearance is being asked again" in page
    assert f'data-live="{url("progress", review)}"' in page
    assert client.get(url("download", review)).url == url("change", review)

    tasks.review_clearance(review.pk)
    review.refresh_from_db()
    news = client.get(url("progress", review)).json()
    assert news["status"] == ReviewState.READY
    assert "1 would fail" in news["panel"]
    assert "1 accepted to hold: house.hours" in news["panel"]
    assert reverse("admin:campaigns_message_change", args=[sent.pk]) in news["panel"]
    answer = client.get(url("download", review))
    data = b"".join(answer.streaming_content)
    assert hashlib.sha256(data).hexdigest() == review.digest
    assert [entry.change_message for entry in written_about(review)] == [
        f"Downloaded the file, SHA-256 {review.digest}.",
        "Asked for the review. Reason: Why",
    ]


def test_pennsylvanias_new_hours_are_weighed_at_the_form(client, officer, sent, empty_broker):
    client.force_login(officer)
    page = text_of(client.get(url("add") + "?kind=what_if"))
    assert "us.pa.window.2026: Mon-Sat 09:00-19:00" in page
    assert client.post(url("add") + "?kind=what_if", WHAT_IF).status_code == 302
    review = ClearanceReview.objects.get()
    assert review.kind == ReviewKind.WHAT_IF
    assert review.changes == [
        {"row": "house.hours", "on": False, "given": True},
        {"row": "us.pa.window.2026", "on": True},
    ]
    tasks.review_clearance(review.pk)
    page = text_of(client.get(url("change", review)))
    assert "1 would be decided anew" in page
    assert "<li>us.pa.window.2026 switched on</li>" in page
    assert "<li>given that house.hours switched off</li>" in page
    assert "disputed" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "This field is required."),
        ({"days": ""}, "Choose a campaign, or say how many days"),
        ({"what": "move"}, "Say to which days."),
        ({"what": "hours", "hours": "at noon"}, "Write hours as in: mon-fri 09:00-16:00"),
        ({"rows": ["us.pa.sunday"], "what": "hours", "hours": "mon 09:00-16:00"}, "us.pa.sunday:"),
        ({"begins": "2026-10-01", "ends": "2026-09-01"}, "it would end before it begins"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(client, officer, fields, said):
    client.force_login(officer)
    assert said in text_of(client.post(url("add") + "?kind=what_if", {**WHAT_IF, **fields}))
    assert ClearanceReview.objects.count() == 0


def test_other_hours_are_given_as_staff_write_them(client, officer, empty_broker):
    client.force_login(officer)
    hours = {
        "rows": ["house.hours"],
        "what": "hours",
        "hours": "mon-thu 09:00-16:00, fri 10:00-14:00",
    }
    assert client.post(url("add") + "?kind=what_if", {**WHAT_IF, "silent": [], **hours}).url
    assert ClearanceReview.objects.get().changes == [
        {
            "row": "house.hours",
            "value": [
                {"days": "mon-thu", "opens": "09:00", "closes": "16:00"},
                {"days": "fri", "opens": "10:00", "closes": "14:00"},
            ],
        }
    ]


def test_officers_ask_auditors_see_and_authors_do_neither(client, staff, answered):
    for name, role, may in (
        ("olive", "Compliance officers", (200, 200, 200)),
        ("audrey", "Auditors", (200, 200, 403)),
        ("arthur", "Campaign authors", (403, 403, 403)),
    ):
        client.force_login(staff(name, role))
        pages = (url("change", answered), url("download", answered), url("add"))
        assert tuple(client.get(page).status_code for page in pages) == may


def test_no_page_shows_a_number(client, officer, answered):
    client.force_login(officer)
    for page in (url("change", answered), url("changelist"), url("progress", answered)):
        assert "2155550101" not in text_of(client.get(page)).replace("-", "")


def test_the_list_costs_the_same_for_one_and_three(client, officer, django_assert_max_num_queries):
    client.force_login(officer)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            a_review(asked_by=officer)
        with django_assert_max_num_queries(12) as asked:
            client.get(url("changelist"))
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]


def test_a_sweep_wakes_what_nobody_works_on(sent, empty_broker, running_worker):
    lost = a_review(state=ReviewState.RUNNING, lease_until=clock.now() - timedelta(seconds=1))
    held = a_review(state=ReviewState.RUNNING, lease_until=reviews.lease())
    tasks.sweep_reviews()
    from tests.campaigns.test_tasks import until

    until(lambda: ClearanceReview.objects.get(pk=lost.pk).state == ReviewState.READY)
    assert ClearanceReview.objects.get(pk=held.pk).state == ReviewState.RUNNING

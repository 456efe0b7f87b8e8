"""What a changed rulebook would turn can be judged before it binds."""

import csv
import io

import pytest

from campaigns import reviews
from campaigns.rulebook import loader
from campaigns.rulebook.changes import Change
from campaigns.vocabulary import MessageStatus, ReviewKind, ReviewState
from tests import builders as make
from tests.campaigns.sent_texts import a_person, a_review, a_sent_text, in_new_york

pytestmark = pytest.mark.django_db

PHILADELPHIA, PITTSBURGH, MANHATTAN = "+12155550101", "+14125550101", "+12125550101"
NEW_HOURS = Change("us.pa.window.2026", on=True).as_json()
NO_SUNDAYS = Change("us.pa.sunday", on=True).as_json()
HOUSE_IS_SILENT = Change("house.hours", on=False, given=True).as_json()


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def answered(**query):
    review = a_review(ReviewKind.WHAT_IF, **query)
    reviews.carry_out(review.pk)
    review.refresh_from_db()
    return review


def rows_of(review):
    with review.file.open("rb") as stored:
        return list(csv.DictReader(io.StringIO(stored.read().decode(), newline="")))


def turns(review):
    return [(each["before"], each["after"], each["rule"], each["count"]) for each in review.counts]


def test_pennsylvanias_new_hours_are_judged_before_they_bind(topic, number):
    assert loader.load().rule("us.pa.window.2026").effective_from.isoformat() == "2026-10-18"
    people = [a_person(topic, each) for each in (PHILADELPHIA, PITTSBURGH, MANHATTAN)]
    at_noon, in_the_evening = in_new_york("2026-03-04T12:00"), in_new_york("2026-01-21T19:30")
    for person in people:
        a_sent_text(person, topic, number, at_noon)
    late = [a_sent_text(person, topic, number, in_the_evening) for person in people]

    # The house's own hours are tighter, so nobody would notice
    unnoticed = answered(changes=[NEW_HOURS, NO_SUNDAYS])
    assert (unnoticed.state, unnoticed.looked_at, unnoticed.found) == (ReviewState.READY, 6, 0)

    review = answered(changes=[HOUSE_IS_SILENT, NEW_HOURS, NO_SUNDAYS])
    assert (review.total, review.looked_at, review.found) == (6, 6, 2)
    assert turns(review) == [("clear", "hold", "us.pa.window.2026", 2)]
    assert [(row["message"], row["possible_at"]) for row in rows_of(review)] == [
        (str(each.pk), "2026-01-22T14:00:00Z") for each in late[:2]
    ]
    assert [each["contact"] for each in review.sample] == [each.pk for each in people[:2]]
    assert review.sample[0] | {"moment": ""} == {
        "message": late[0].pk,
        "contact": people[0].pk,
        "moment": "",
        "before": "clear",
        "after": "hold",
        "rule": "us.pa.window.2026",
        "sentence": "It is outside Mon-Sat 09:00-19:00 somewhere the person may be.",
        "citation": "73 P.S. 2245(a)(1) as amended by Act 47 of 2026 (SB 992)",
        "status": "disputed",
        "possible_at": "2026-01-22T14:00:00+00:00",
    }


def test_a_date_that_is_moved_counts_from_that_day_on(topic, number):
    person = a_person(topic, PHILADELPHIA)
    before = a_sent_text(person, topic, number, in_new_york("2026-01-21T19:30"))
    behind = a_sent_text(person, topic, number, in_new_york("2026-06-24T19:30"))
    moved = Change("us.pa.window.2026", begins=in_new_york("2026-06-01T00:00").date()).as_json()
    review = answered(changes=[HOUSE_IS_SILENT, moved])
    assert before.pk < behind.pk
    assert [row["message"] for row in rows_of(review)] == [str(behind.pk)]


def test_a_campaign_is_weighed_by_its_audience_until_it_has_texts(topic, number):
    a_person(topic, PHILADELPHIA)
    a_person(topic, MANHATTAN)
    friday = in_new_york("2030-03-08T19:30")
    campaign = make.a_campaign(topic, number, scheduled_at=friday)
    changes = [HOUSE_IS_SILENT, Change("us.pa.window.2026", on=False).as_json()]
    review = answered(campaign=campaign, changes=changes)
    assert (review.total, review.looked_at) == (2, 2)
    assert turns(review) == [("hold", "clear", "us.pa.window.2026", 1)]
    assert [row["message"] for row in rows_of(review)] == [""]

    make.an_approved_campaign(topic, number)  # another one, with no texts of its own
    stays = a_person(topic, PITTSBURGH)
    text = a_sent_text(stays, topic, number, in_new_york("2026-11-04T19:30"), campaign=campaign)
    review = answered(campaign=campaign, changes=changes)
    assert review.total == 1
    assert [row["message"] for row in rows_of(review)] == []
    assert text.campaign == campaign


def test_texts_that_wait_are_asked_about_when_they_are_due(topic, number):
    person = a_person(topic, PHILADELPHIA)
    a_sent_text(
        person,
        topic,
        number,
        in_new_york("2030-03-08T19:30"),
        status=MessageStatus.QUEUED,
        created_at=in_new_york("2026-03-08T19:30"),
        claimed_at=None,
        settled_at=None,
        amazon_message_id="",
        campaign=make.a_campaign(topic, number),
    )
    campaign = person.messages.get().campaign
    review = answered(campaign=campaign, changes=[Change("us.pa.window.2026", on=False).as_json()])
    assert (review.total, review.looked_at, review.found) == (1, 1, 0)


def test_a_value_is_replaced_as_its_file_would_have_it(topic, number):
    a_sent_text(a_person(topic, MANHATTAN), topic, number, in_new_york("2026-03-04T16:30"))
    hours = [{"days": "mon-fri", "opens": "09:00", "closes": "16:00"}]
    review = answered(changes=[{"row": "house.hours", "value": hours}])
    assert turns(review) == [("clear", "hold", "house.hours", 1)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"row": "us.pa.nothing", "on": True}, "The rulebook has no row us.pa.nothing."),
        ({"row": "house.hours", "value": "noon"}, "house.hours: value is not a list of windows."),
        ({"row": "house.hours", "on": True, "from": "soon"}, "'soon' is not a day"),
    ],
)
def test_a_change_that_cannot_be_made_fails_with_a_sentence(change, words):
    review = answered(changes=[change])
    assert review.state == ReviewState.FAILED
    assert words in review.fault

"""Texts that were sent are asked about again, with the facts of their moment."""

import csv
import gc
import io
from datetime import timedelta

import pytest

from campaigns import past_facts, redeciding, reviews
from campaigns.vocabulary import ReviewState
from consent.vocabulary import EventKind
from smscompliance.devstack import demo_clock
from tests import builders as make
from tests.campaigns.sent_texts import a_person, a_review, a_sent_text, in_new_york
from tests.promises.test_p9_work_on_lists_streams import peak_of

pytestmark = pytest.mark.django_db

NOON, NIGHT = in_new_york("2026-03-04T12:00"), in_new_york("2026-03-04T22:30")


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def clock_at(tmp_path, settings):
    """Move the demo clock to a moment."""
    file = tmp_path / "clock"
    settings.CLOCK_FILE = str(file)

    def move(moment):
        file.write_text(str((moment - demo_clock.real_now()).total_seconds()))

    return move


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def answered(**query):
    review = a_review(**query)
    reviews.carry_out(review.pk)
    review.refresh_from_db()
    assert review.state == ReviewState.READY
    return review


def rows_of(review):
    with review.file.open("rb") as stored:
        return list(csv.DictReader(io.StringIO(stored.read().decode(), newline="")))


def failing(review):
    return {row["message"]: row["rule"] for row in rows_of(review)}


def test_it_finds_what_would_fail_today_and_says_why(topic, number):
    kept = a_person(topic, "+12125550101")
    a_sent_text(kept, topic, number, NOON)
    at_night = a_sent_text(a_person(topic, "+12125550102"), topic, number, NIGHT)
    review = answered()
    assert (review.total, review.looked_at, review.found) == (2, 2, 1)
    (row,) = rows_of(review)
    assert (row["message"], row["number"]) == (str(at_night.pk), "'+12125550102")
    assert (row["moment"], row["before"], row["after"]) == (
        "2026-03-05T03:30:00Z",
        "accepted",
        "hold",
    )
    assert (row["rule"], row["status"]) == ("house.hours", "verified")
    assert row["citation"] == "House rule: business hours where the person is"
    assert "us.ny.window" in row["all_rules"]
    assert len(review.digest) == 64


def test_each_text_is_judged_by_the_ledger_as_it_stood_when_it_left(topic, number):
    left = a_person(topic, "+12125550101")
    before = a_sent_text(left, topic, number, NOON)
    make.an_event(left, EventKind.OPTED_OUT, topic, occurred_at=NOON + timedelta(days=40))
    after = a_sent_text(left, topic, number, NOON + timedelta(days=42))
    assert before.pk < after.pk
    assert failing(answered()) == {str(after.pk): "standing"}


def test_topics_and_numbers_are_those_of_the_moment(clock_at):
    clock_at(NOON - timedelta(days=9))
    topic = make.a_topic()
    number = make.a_number(topic)
    person = a_person(topic, "+12125550101")
    clock_at(NOON + timedelta(days=39))
    topic.open = False
    topic.save()
    number.topics.clear()
    number.live = False
    number.save()
    clock_at(NOON + timedelta(days=60))
    a_sent_text(person, topic, number, NOON)
    later = a_sent_text(person, topic, number, NOON + timedelta(days=40))
    (row,) = rows_of(answered())
    assert row["message"] == str(later.pk)
    assert row["all_rules"].split()[:3] == ["number.live", "topic.open", "number.topic"]


def test_a_person_is_where_they_said_they_were_then(clock_at, topic, number):
    clock_at(in_new_york("2025-03-04T12:00"))
    person = a_person(topic, "+12125550101")
    clock_at(NOON + timedelta(days=39))
    person.stated_time_zone = "America/Los_Angeles"
    person.save()
    clock_at(NOON + timedelta(days=60))
    early = timedelta(hours=-2)
    a_sent_text(person, topic, number, NOON + early)
    moved = a_sent_text(person, topic, number, NOON + early + timedelta(days=40))
    assert failing(answered()) == {str(moved.pk): "house.hours"}


def test_promises_are_counted_over_what_had_left_by_then(topic, number):
    person = a_person(topic, "+12125550101")  # two a month were promised
    days = [NOON + timedelta(days=n) for n in (0, 1, 2, 35)]
    sent = [a_sent_text(person, topic, number, each) for each in days]
    assert failing(answered()) == {str(sent[2].pk): "house.frequency"}


def test_rules_of_another_day_count_for_all_of_them(topic, number):
    person = a_person(topic, "+12155550101")
    sunday = a_sent_text(person, topic, number, in_new_york("2026-03-08T12:00"))
    for day, rows in (("2026-01-01", set()), ("2026-11-01", {"us.pa.sunday"})):
        (row,) = rows_of(answered(rules_on=day))
        assert row["message"] == str(sunday.pk)
        assert rows == {each for each in row["all_rules"].split() if each == "us.pa.sunday"}


def test_dates_and_topics_narrow_it_down(topic, number):
    other = make.a_topic("example-news", opt_in_keywords=["NEWS"])
    number.topics.add(other)
    person = a_person(topic, "+12125550101")
    make.an_event(
        person,
        EventKind.OPTED_IN,
        other,
        source="paper_form",
        occurred_at=make.LONG_AGO,
    )
    on_one = a_sent_text(person, topic, number, NIGHT)
    on_other = a_sent_text(person, other, number, NIGHT + timedelta(days=40))
    assert failing(answered(topic=topic)).keys() == {str(on_one.pk)}
    assert failing(answered(since=NIGHT + timedelta(days=1))).keys() == {str(on_other.pk)}
    assert failing(answered(until=NIGHT)) == {}
    assert len(failing(answered(brand=topic.brand))) == 2


def test_more_texts_ask_no_more_of_the_database(topic, number, django_assert_max_num_queries):
    counts = []
    for more in range(2):
        for serial in range(1 + 20 * more):
            person = a_person(topic, f"+121255501{10 + serial + more:02d}")
            a_sent_text(person, topic, number, NIGHT + timedelta(days=serial % 3))
        review = a_review()
        with django_assert_max_num_queries(40) as asked:
            reviews.carry_out(review.pk)
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]


def test_who_lost_the_lease_stops_and_leaves_no_trace(topic, number):
    a_sent_text(a_person(topic, "+12125550101"), topic, number, NIGHT)
    review = a_review(lease_until=reviews.lease())
    reviews.carry_out(review.pk)  # somebody works on it
    review.refresh_from_db()
    assert (review.state, review.file.name) == (ReviewState.QUEUED, "")
    assert reviews.abandoned() == []
    free = a_review()
    assert reviews.abandoned() == [free.pk]


def test_four_times_as_many_texts_take_no_more_memory(topic, number, monkeypatch):
    monkeypatch.setattr(redeciding, "CHUNK", 50)

    def facts_then(*asked, **more):
        gc.collect()  # what lies about until Python collects it by chance is not kept
        return past_facts.facts_then(*asked, **more)

    monkeypatch.setattr(redeciding, "facts_then", facts_then)
    peaks = []
    for first, people in ((0, 100), (1000, 400), (3000, 1600)):
        for serial, person in enumerate(make.many_opted_in_contacts(topic, people, first=first)):
            a_sent_text(person, topic, number, NIGHT + timedelta(seconds=serial % 50))
        review = a_review()
        peaks.append(peak_of(lambda review=review: reviews.carry_out(review.pk)))
    _first_warms_up, short, long = peaks
    assert long < 1.3 * short

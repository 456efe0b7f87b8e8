"""`manage.py explain` in staff's words and for programs."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from consent.vocabulary import EventKind
from tests import builders as make

pytestmark = pytest.mark.django_db

# Wednesday 5 March 2025, 11:00 and 22:00 in New York
OPEN, CLOSED = "2025-03-05T11:00", "2025-03-05T22:00"


@pytest.fixture
def topic():
    topic = make.a_topic()
    make.a_number(topic)
    return topic


@pytest.fixture
def contact(topic):
    return make.an_opted_in_contact(topic)


def said(*given):
    out = StringIO()
    call_command("explain", *given, stdout=out)
    return out.getvalue()


def told(*given):
    return json.loads(said(*given, "--json"))


def test_a_clear_answer_names_its_event(topic, contact):
    found = told(contact.number, topic.slug, "--at", OPEN)
    assert found["decision"] == "clear"
    assert found["authorised_by"] == contact.events.last().pk
    assert found["next_possible"] == found["at"]
    assert found["facts"]["standing"] == "opted_in"


def test_at_night_it_says_when_it_may_go(topic, contact):
    found = told(str(contact.pk), topic.slug, "--at", CLOSED)
    assert (found["decision"], found["code"]) == ("hold", "house.hours")
    assert found["next_possible"] == "2025-03-06T14:00:00+00:00"


def test_before_the_opt_in_it_says_no(topic, contact):
    found = told(contact.number, topic.slug, "--at", "2025-03-03T11:00")
    assert (found["decision"], found["next_possible"]) == ("refuse", None)
    assert found["facts"]["standing"] == "unknown"


def test_after_an_opt_out_it_says_no_today_and_yes_back_then(topic, contact):
    make.an_event(contact, EventKind.OPTED_OUT, topic)
    assert told(contact.number, topic.slug)["code"] == "standing"
    assert told(contact.number, topic.slug, "--at", OPEN)["decision"] == "clear"


def test_in_words_it_shows_facts_verdicts_decision_and_moment(topic, contact):
    text = said(contact.number, topic.slug, "--at", CLOSED)
    assert (
        f"Contact #{contact.pk}, topic example-alerts, campaign, at 2025-03-05 22:00:00 EST" in text
    )
    assert "  standing: opted_in" in text
    assert "  time zones: America/New_York" in text
    assert "Decision: hold." in text
    assert "Next possible moment: 2025-03-06 09:00:00 EST" in text
    assert contact.number not in text


def test_a_help_reply_may_go_at_night(topic, contact):
    make.an_event(contact, EventKind.OPTED_OUT, topic)
    found = told(contact.number, topic.slug, "--at", CLOSED, "--kind", "stop_confirmation")
    assert found["decision"] == "refuse"  # nobody had opted out then
    found = told(contact.number, topic.slug, "--kind", "stop_confirmation")
    assert (found["decision"], found["exemption"]) == ("clear", "opt_out_confirmation")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("not a number", "example-alerts"), "neither a contact's id nor a phone number"),
        (("987654", "example-alerts"), "There is no contact #987654."),
        (("202-555-0123", "example-alerts"), "never heard of that number"),
        (("{contact}", "nonsense"), "There is no topic 'nonsense'. Topics: example-alerts."),
        (("{contact}", "example-alerts", "--at", "soon"), "'soon' is not a moment."),
    ],
)
def test_what_is_not_understood_is_said_in_plain_words(topic, contact, given, words):
    with pytest.raises(CommandError, match=words):
        said(*(each.format(contact=contact.pk) for each in given))

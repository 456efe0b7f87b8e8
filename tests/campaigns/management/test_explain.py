"""`manage.py explain` in staff's words and for programs."""

import json
from datetime import date, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from campaigns.admin.explain import facts_in_words
from campaigns.explanation import explain
from consent import clock
from consent.importing import applying, attestations, previewing
from consent.importing.attestations import Stated
from consent.models import OptInEvent
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.campaigns.sent_texts import a_person, a_sent_text, in_new_york
from tests.consent.importing.lists import a_list

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
    assert "The person may be in New York time." in text
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


def test_each_row_of_the_rulebook_says_how_sure_we_are_of_it(topic, contact):
    verdicts = {each["code"]: each for each in told(contact.number, topic.slug)["verdicts"]}
    assert verdicts["house.hours"]["status"] == "verified"
    assert verdicts["standing"]["status"] == ""
    assert "[House rule: business hours where the person is; verified]" in said(
        contact.number, topic.slug
    )


def test_a_past_moment_knows_the_rows_and_the_texts_of_then(topic):
    person = a_person(topic, "+12155550101")
    number = topic.numbers.get()
    a_sent_text(person, topic, number, in_new_york("2026-01-21T12:00"))
    for at, rows, texts in (
        ("2026-01-20T12:00", {"us.pa.window", "us.pa.holidays"}, 0),
        ("2026-01-28T12:00", {"us.pa.window", "us.pa.holidays"}, 1),
        ("2026-11-04T12:00", {"us.pa.window.2026", "us.pa.sunday", "us.pa.holidays"}, 0),
    ):
        found = told(str(person.pk), topic.slug, "--at", at)
        asked = {each["code"] for each in found["verdicts"] if each["code"].startswith("us.pa.")}
        assert (asked, len(found["facts"]["sent_on_topic"])) == (rows, texts)


def test_a_number_that_is_retired_since_was_in_use_then(topic, tmp_path, settings):
    person = a_person(topic, "+12125550101")
    number = topic.numbers.get()
    settings.CLOCK_FILE = str(tmp_path / "clock")
    (tmp_path / "clock").write_text(str(40 * 24 * 3600))
    number.live = False
    number.save()
    then = clock.now() - timedelta(days=20)
    assert told(str(person.pk), topic.slug, "--at", then.isoformat())["facts"]["number_live"]
    assert not told(str(person.pk), topic.slug)["facts"]["number_live"]


def test_a_consent_attested_for_a_whole_list_names_who_vouched(topic):
    lisa = make.a_user("lisa", first_name="Lisa", last_name="Listwright")
    taken = previewing.receive(
        a_list("+12125550101", header="phone"), "fair.csv", default_topic=topic, to_attest=True
    )
    made = attestations.attest(
        taken,
        Stated(Source.PAPER_FORM, None, date(2025, 3, 4), ZoneInfo("America/New_York")),
        [],
        name="Lisa Listwright",
        by=lisa,
    )
    previewing.preview(taken.pk)
    applying.confirm(taken.pk)
    applying.apply(taken.pk)
    assert told("+12125550101", topic.slug)["attested_for_list"] == {
        "attestation": made.pk,
        "by": "Lisa Listwright",
        "at": made.attested_at.isoformat(),
        "proofs": 0,
    }
    assert "Attested for the whole list: by Lisa Listwright" in said("+12125550101", topic.slug)
    contact = OptInEvent.objects.get().contact
    facts = dict(facts_in_words(explain(contact, topic)))
    assert facts["Attested for the whole list"].startswith("by Lisa Listwright, ")
    assert told(make.an_opted_in_contact(topic).number, topic.slug)["attested_for_list"] is None

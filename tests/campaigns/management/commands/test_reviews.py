"""`manage.py look_back` and `manage.py what_if`."""

import csv
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import ClearanceReview
from tests import builders as make
from tests.campaigns.sent_texts import a_person, a_sent_text, in_new_york

pytestmark = pytest.mark.django_db

EVENING = in_new_york("2026-01-21T19:30")


def said(*given):
    out = StringIO()
    call_command(*map(str, given), stdout=out)
    return out.getvalue()


@pytest.fixture
def sent():
    topic = make.a_topic()
    return a_sent_text(a_person(topic, "+12155550101"), topic, make.a_number(topic), EVENING)


def test_a_look_back_is_printed_kept_and_copied_out(sent, tmp_path):
    output = tmp_path / "failing.csv"
    make.a_user("olive")
    text = said(
        *("look_back", "--since", "2026-01-01", "--until", "2026-02-01"),
        *("--topic", sent.topic.slug, "--output", output, "--user", "olive", "--reason", "Counsel"),
    )
    review = ClearanceReview.objects.get()
    assert f"Look-back #{review.pk}: of 1 looked at, 1 would fail." in text
    assert "accepted -> hold  house.hours: It is outside Mon-Fri 09:00-17:00" in text
    assert (review.asked_by.username, review.reason) == ("olive", "Counsel")
    assert review.digest in text
    assert sent.contact.number not in text
    with output.open(newline="") as lines:
        assert [row["message"] for row in csv.DictReader(lines)] == [str(sent.pk)]
    assert output.stat().st_mode & 0o777 == 0o600


def test_another_days_rules_count_where_they_are_asked_for(sent):
    for day, rows in (("2026-01-21", []), ("2026-11-01", ["us.pa.window.2026"])):
        answer = json.loads(said("look_back", "--rules-as-of", day, "--json"))
        assert answer["looked_at"] == answer["found"] == 1
        with ClearanceReview.objects.get(pk=answer["review"]).file.open("rt") as lines:
            (row,) = csv.DictReader(lines)
        assert [each for each in row["all_rules"].split() if each.startswith("us.pa.")] == rows


def test_a_row_is_switched_on_before_it_binds(sent):
    what = ("what_if", "--days", 9999, "--switch-on", "us.pa.window.2026", "--json")
    assert json.loads(said(*what))["found"] == 0
    answer = json.loads(said(*what, "--given-off", "house.hours"))
    assert [(each["after"], each["rule"]) for each in answer["counts"]] == [
        ("hold", "us.pa.window.2026")
    ]
    later = said(*what[:-1], "--given-off", "house.hours", "--from", "2026-03-01")
    assert "of 1 looked at, 0 would be decided anew." in later


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("look_back", "--since", "soon"), "--since: write it as 2026-01-31"),
        (("look_back", "--rules-as-of", "soon"), "--rules-as-of: write it as 2026-01-31."),
        (("look_back", "--topic", "none"), 'There is no topic "none".'),
        (("look_back", "--output", "/nowhere/at/all.csv"), "There is no folder /nowhere/at."),
        (("what_if", "--days", "7"), "Say what is to differ"),
        (("what_if", "--days", "0", "--switch-off", "house.hours"), "--days: at least 1."),
        (("what_if", "--campaign", "7", "--switch-off", "house.hours"), "There is no campaign"),
        (("what_if", "--days", "7", "--switch-on", "none"), "The rulebook has no row none."),
        (("what_if", "--days", "7", "--move", "house.hours"), "--move needs --from"),
        (("what_if", "--days", "7", "--value", "house.hours", "x"), "that is no JSON"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(given, words):
    with pytest.raises(CommandError, match=words):
        said(*given)
    assert ClearanceReview.objects.count() == 0

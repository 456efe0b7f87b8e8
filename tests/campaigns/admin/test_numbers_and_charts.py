from datetime import date

import pytest
from django.urls import reverse

from campaigns.admin.campaign_progress import reason_in_words
from campaigns.admin.chart import bar_chart
from tests.builders import a_brand, a_number, a_topic


def change(client, row, /, **changed):
    given = {
        "number": row.number,
        "kind": row.kind,
        "country": row.country,
        "brand": row.brand_id,
        "message_class": row.message_class,
        "topics": [topic.pk for topic in row.topics.all()],
        "parts_per_second": "5",
        "gateway": "sns",
        "live": "on",
        "change_reason": "The carrier raised it",
        **changed,
    }
    address = reverse("admin:campaigns_originationnumber_change", args=[row.pk])
    return client.post(address, given)


@pytest.mark.django_db
def test_a_number_changes_with_a_reason_and_its_topics_are_in_the_history(admin_client):
    topic, other = a_topic("example-offers"), a_topic("example-news")
    number = a_number(topic)
    change(admin_client, number, topics=[topic.pk, other.pk])
    number.refresh_from_db()
    newest = number.history.latest()
    assert number.parts_per_second == 5
    assert newest.history_change_reason == "The carrier raised it"
    assert {row.topic_id for row in newest.topics.all()} == {topic.pk, other.pk}


@pytest.mark.django_db
def test_a_number_does_not_take_topics_of_another_brand_or_class(admin_client):
    number = a_number(a_topic("example-offers"))
    foreign = a_topic("other-offers", brand=a_brand("Other Corp."))
    alerts = a_topic("example-alerts", message_class="transactional")
    text = change(admin_client, number, topics=[foreign.pk, alerts.pk]).text
    assert "Other Corp. offers is of another brand." in text
    assert "Example Corp. alerts is transactional." in text


def test_bars_stand_to_scale_and_little_is_not_nothing():
    days = [date(2030, 3, day) for day in (1, 2, 3)]
    chart = bar_chart("Texts", days, [("Texts", [0, 1, 1000])])
    assert [(bar.count, bar.height) for bar in chart.bars] == [(1, 1.5), (1000, 104.0)]
    assert [day.name for day in chart.days] == ["Mar 1", "Mar 2", "Mar 3"]
    assert chart.sentence == "Texts, last 3 days: 1,001 texts."
    assert chart.most == 1000


def test_a_chart_of_nothing_has_no_bars():
    assert bar_chart("Texts", [date(2030, 3, 1)], [("Texts", [0])]).bars == ()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"number": "EXAMPLE"}, "A sender ID has letters; a phone number has none."),
        (
            {"kind": "sender_id", "number": "12345"},
            "A sender ID has letters; a phone number has none.",
        ),
        ({"number": "EX", "kind": "sender_id"}, "a sender ID has 3 to 11 letters"),
        ({"entity_id": "110100"}, "Only for numbers of India (IN)."),
        ({"configuration_set": "alerts"}, "Only End User Messaging knows configuration sets."),
        ({"max_price": "0"}, "Ensure this value is greater than or equal to 0.00001."),
    ],
)
def test_a_number_is_not_saved_with_what_amazon_would_refuse(admin_client, given, complaint):
    number = a_number(a_topic())
    assert complaint in change(admin_client, number, **given).text
    number.refresh_from_db()
    assert (number.number, number.kind, number.entity_id) == ("12345", "short_code", "")


@pytest.mark.django_db
def test_a_sender_id_of_india_sends_by_end_user_messaging(admin_client):
    number = a_number(a_topic())
    change(
        admin_client,
        number,
        number="EXAMPL",
        kind="sender_id",
        country="IN",
        entity_id="110100",
        gateway="eum",
        configuration_set="alerts",
        parts_per_day="2000",
    )
    number.refresh_from_db()
    assert number.is_sender_id
    assert (number.entity_id, number.gateway, number.configuration_set, number.parts_per_day) == (
        *("110100", "eum", "alerts", 2000),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("amazon", "Amazon blocks this number"),
        ("suppression", "the person is suppressed"),
        ("promise", "what was promised or how often the person was texted is unknown"),
        ("standing", "the person is not opted in"),
    ],
)
def test_a_reason_is_said_without_the_facts_of_any_one_person(code, words):
    assert reason_in_words(code) == words

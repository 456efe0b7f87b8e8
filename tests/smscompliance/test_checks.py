"""Nonsense about the roads in is refused at start, and silence is warned of."""

import pytest

from smscompliance import checks

TOPIC = "arn:aws:sns:us-east-1:123456789012:replies"


@pytest.mark.parametrize(
    "name",
    ["replies", "*", TOPIC + ":1", TOPIC.replace("sns", "sqs"), TOPIC.replace("9012", ""), " "],
)
def test_what_is_no_topic_is_refused_with_its_name(settings, name):
    settings.INBOUND_TOPIC_ARNS = [TOPIC, name]
    (fault,) = checks.topics_make_sense()
    assert fault.id == "smscompliance.E010"
    assert repr(name) in fault.msg


def test_topics_of_every_partition_are_taken(settings):
    settings.INBOUND_TOPIC_ARNS = [
        TOPIC,
        TOPIC.replace("arn:aws:", "arn:aws-cn:"),
        TOPIC.replace("arn:aws:", "arn:aws-us-gov:"),
    ]
    assert checks.topics_make_sense() == []


@pytest.mark.parametrize(
    ("queue", "topics", "warned"),
    [("", [], True), ("http://127.0.0.1/q", [], False), ("", [TOPIC], False)],
)
def test_it_is_warned_of_when_no_road_is_open(settings, queue, topics, warned):
    settings.INBOUND_QUEUE_URL, settings.INBOUND_TOPIC_ARNS = queue, topics
    ids = [found.id for found in checks.production_is_reachable_and_hears_replies()]
    assert ("smscompliance.W001" in ids) == warned


def test_a_bound_of_none_is_refused(settings):
    settings.UNSUBSCRIBES_PER_ADDRESS_AND_HOUR = 0
    (fault,) = checks.numbers_make_sense()
    assert "UNSUBSCRIBES_PER_ADDRESS_AND_HOUR" in fault.msg


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("START_AFTER_STOP_DAYS", -1, True),
        ("START_AFTER_STOP_DAYS", 0, False),
        ("START_AFTER_STOP_DAYS", 365, False),
        ("START_AFTER_STOP_DAYS", 366, True),
        ("KEEP_AFTER_STOP_HOURS", -1, True),
        ("KEEP_AFTER_STOP_HOURS", 169, True),
        ("REVOCATION_ALERT_BUSINESS_DAYS", 9, False),
        ("REVOCATION_ALERT_BUSINESS_DAYS", 10, True),
        ("SEND_BATCH", 1001, True),
        ("SEND_LEASE_SECONDS", 3601, True),
        ("SEND_THREADS", 65, True),
        ("STATEMENT_TIMEOUT_SECONDS", -1, True),
        ("STATEMENT_TIMEOUT_SECONDS", 0, False),
        ("STATEMENT_TIMEOUT_SECONDS", 901, True),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_bounds(settings, name, value, refused):
    setattr(settings, name, value)
    faults = checks.numbers_stay_in_bounds()
    assert [fault.id for fault in faults] == ["smscompliance.E011"] * refused
    for fault in faults:
        assert (name in fault.msg, "to a whole number from" in fault.hint) == (True, True)


@pytest.mark.parametrize("name", [*checks.POSITIVE, *checks.SENSIBLE])
def test_a_number_below_its_least_is_refused_once(settings, name):
    least = checks.SENSIBLE.get(name, (1, 0, ""))[0]
    setattr(settings, name, least - 1)
    found = [*checks.numbers_make_sense(), *checks.numbers_stay_in_bounds()]
    assert [name in fault.msg for fault in found] == [True]


def test_the_defaults_make_sense():
    assert [*checks.numbers_make_sense(), *checks.numbers_stay_in_bounds()] == []


@pytest.mark.parametrize(("backend", "warned"), [("console", True), ("smtp", False)])
def test_it_is_warned_of_when_alerts_reach_nobody(settings, backend, warned):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    ids = [found.id for found in checks.production_is_reachable_and_hears_replies()]
    assert ("smscompliance.W002" in ids) == warned

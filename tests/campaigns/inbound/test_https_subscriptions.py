"""How the endpoint is subscribed: our topics alone, by a call of our own."""

import pytest

from tests.campaigns.inbound.amazon import PATH, TOPIC, a_key, a_subscription, refusal
from tests.campaigns.inbound.posting import in_the_log, post

pytestmark = pytest.mark.django_db


def test_a_subscription_of_our_topic_is_confirmed_by_the_call(amazon):
    assert post(a_subscription(Token="tok-1")).status_code == 200
    (asked,) = amazon.confirmed
    assert "Action=ConfirmSubscription" in asked
    assert "Token=tok-1" in asked
    assert "AuthenticateOnUnsubscribe=true" in asked
    assert amazon.asked == [PATH]  # the address in the request was not visited


@pytest.mark.parametrize(
    "message",
    [
        lambda: a_subscription(TopicArn=TOPIC + "2"),
        lambda: a_subscription(key=a_key("stranger")),
        lambda: {**a_subscription(), "Token": "another"},
        lambda: a_subscription(Timestamp="2020-01-01T00:00:00.000Z"),
    ],
)
def test_nobody_elses_subscription_is_confirmed(amazon, message):
    assert post(message()).status_code == 403
    assert amazon.confirmed == []


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [(400, "InvalidParameter", 403), (403, "AuthorizationError", 503), (500, "InternalError", 503)],
)
def test_amazon_comes_again_unless_its_token_is_dead(amazon, status, code, answer):
    amazon.confirms_with = (status, refusal(code))
    assert post(a_subscription()).status_code == answer


def test_the_end_of_a_subscription_is_told_and_nothing_is_visited(amazon, caplog):
    assert post(a_subscription(kind="UnsubscribeConfirmation")).status_code == 200
    assert amazon.confirmed == []
    assert "no longer posts here" in in_the_log(caplog)

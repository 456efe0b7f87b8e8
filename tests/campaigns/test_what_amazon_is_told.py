"""What goes along with a text comes from the records, whichever gateway takes it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from campaigns import sending
from campaigns.claiming import claim
from campaigns.models import Message
from campaigns.vocabulary import MessageStatus
from consent import clock
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def topic():
    return make.a_topic(template_id="110700")


def the_claimed_text(number):
    (claimed,) = claim(number.pk, "w").claimed
    return claimed.text


def test_a_number_of_india_tells_entity_template_and_price(business_hours, topic):
    number = make.a_number(
        topic, kind="sender_id", number="EXAMPL", country="IN", entity_id="110100",
        max_price=Decimal("0.05"),
    )  # fmt: skip
    message = make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    text = the_claimed_text(number)
    assert (text.origination_number, text.is_sender_id, text.message) == (
        *("EXAMPL", True, message.pk),
    )
    assert (text.entity_id, text.template_id, text.max_price) == (
        *("110100", "110700", Decimal("0.05000")),
    )


def test_a_campaign_tells_its_own_template(business_hours, topic):
    number = make.a_number(topic, country="IN", entity_id="110100")
    make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number, template_id="110799")
    assert the_claimed_text(number).template_id == "110799"


def test_numbers_elsewhere_tell_amazon_of_no_template(business_hours, topic):
    number = make.a_number(topic)
    make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    text = the_claimed_text(number)
    assert (text.entity_id, text.template_id, text.max_price) == ("", "", None)
    assert (text.is_sender_id, text.promotional, text.expires_at) == (False, True, None)


def test_a_number_sends_by_the_gateway_that_it_names(business_hours, stub_eum, topic):
    number = make.a_number(topic, gateway="eum", configuration_set="alerts")
    message = make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    sending.send_due(number.pk)
    message.refresh_from_db()
    (asked,) = stub_eum.requests
    assert message.status == MessageStatus.ACCEPTED
    assert asked["DestinationPhoneNumber"] == message.contact.number
    assert asked["OriginationIdentity"] == "12345"
    assert asked["Context"] == {"message": str(message.pk)}
    assert asked["ConfigurationSetName"] == "alerts"
    # Business hours began at nine, it is ten, and no hours that bind here are open past 21:00
    assert 3600 < asked["TimeToLive"] <= 11 * 3600


def test_a_text_too_late_for_its_hours_goes_back_to_the_queue(business_hours, stub_eum, topic):
    from campaigns.gateways.configured import gateway
    from campaigns.recording import Result, record

    number = make.a_number(topic, gateway="eum")
    make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    (claimed,) = claim(number.pk, "w").claimed
    object.__setattr__(claimed.text, "expires_at", clock.now() + timedelta(seconds=2))
    became = gateway("eum").publish(claimed.text)
    record([Result(claimed.message, claimed.ordinal, became, clock.now())], "w")
    assert Message.objects.get().status == MessageStatus.QUEUED
    assert stub_eum.requests == []

"""P1. Nothing is sent without a clearance that names the opt-in event, or the exemption."""

import pytest
from django.db import IntegrityError

from campaigns import sending
from campaigns.models import Message
from campaigns.vocabulary import MessageStatus
from consent import clock
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("status", ["sending", "accepted", "rejected", "unconfirmed"])
def test_the_database_refuses_to_send_what_names_no_ground(status):
    topic = make.a_topic()
    message = make.a_list_audit(make.an_opted_in_contact(topic), topic, make.a_number(topic))
    with pytest.raises(IntegrityError, match="nothing_is_sent_without_a_ground"):
        Message.objects.filter(pk=message.pk).update(
            status=status,
            clearance={"o": "clear"},
            lease_until=clock.now(),
            amazon_message_id="abc",
        )


@pytest.mark.parametrize("status", ["refused", "held"])
def test_the_database_keeps_why_a_message_was_refused_or_held(status):
    topic = make.a_topic()
    message = make.a_list_audit(make.an_opted_in_contact(topic), topic, make.a_number(topic))
    with pytest.raises(IntegrityError, match="decided_message_keeps_its_clearance"):
        Message.objects.filter(pk=message.pk).update(status=status)


def test_all_that_left_names_its_ground(business_hours, stub_sns):
    topic = make.a_topic()
    number = make.a_number(topic)
    for _ in range(3):
        make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    stranger = make.a_contact()
    make.a_list_audit(stranger, topic, number)
    sending.send_due(number.pk)
    sent = Message.objects.filter(status=MessageStatus.ACCEPTED).select_related("authorised_by")
    assert stub_sns.posts.total() == len(sent) == 3
    for message in sent:
        assert message.authorised_by.contact_id == message.contact_id
        assert message.authorised_by.topic_id == topic.pk
        assert message.clearance["a"] == message.authorised_by_id
    assert stranger.number not in {phone for phone, _ in stub_sns.posts}

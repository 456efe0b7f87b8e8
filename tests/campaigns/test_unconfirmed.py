"""A person settles what nobody knows, with a reason, once."""

import pytest
from django.contrib.admin.models import LogEntry

from campaigns import unconfirmed
from campaigns.claiming import claim
from campaigns.models import Message
from campaigns.unconfirmed import CannotSettle
from campaigns.vocabulary import MessageStatus as S
from tests import builders as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(business_hours):
    topic = make.a_topic()
    number = make.a_number(topic)
    made = make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    claim(number.pk, "w")
    Message.objects.update(status=S.UNCONFIRMED, lease_until=None)
    return made


@pytest.mark.parametrize("outcome", [S.ACCEPTED, S.REJECTED])
def test_a_person_says_what_became_of_it(message, outcome):
    boss = make.a_user("boss")
    settled = unconfirmed.settle(message, outcome, by=boss, reason="Seen in Amazon's log")
    assert (settled.status, settled.reason_code) == (outcome, "settled_by_staff")
    (entry,) = LogEntry.objects.all()
    assert entry.user == boss
    assert entry.change_message == f"Settled as {outcome.value}: Seen in Amazon's log"


def test_without_a_reason_nothing_is_settled(message):
    with pytest.raises(CannotSettle, match="Say how you know"):
        unconfirmed.settle(message, S.ACCEPTED, by=make.a_user(), reason=" ")


@pytest.mark.parametrize("outcome", [S.QUEUED, S.REFUSED, S.CANCELLED])
def test_it_never_goes_back_to_the_queue(message, outcome):
    with pytest.raises(CannotSettle, match="as accepted or rejected"):
        unconfirmed.settle(message, outcome, by=make.a_user(), reason="Send it again")


def test_what_is_settled_stays_settled(message):
    boss = make.a_user("boss")
    unconfirmed.settle(message, S.REJECTED, by=boss, reason="Not in the log")
    with pytest.raises(CannotSettle):
        unconfirmed.settle(message, S.ACCEPTED, by=boss, reason="It is after all")

"""The endpoint under arbitrary bytes, fields and words: no 500, nothing lost."""

import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from campaigns.models import DeadLetter, Reply
from tests.campaigns.inbound.amazon import a_notification, a_payload
from tests.campaigns.inbound.posting import post, read

pytestmark = pytest.mark.django_db


FUZZ = effort(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(body=st.binary(max_size=2000), kind=st.text(max_size=20))
def test_any_bytes_are_answered_with_a_refusal(amazon, body, kind):
    kind = "".join(mark for mark in kind if mark.isprintable() and mark.isascii())
    assert post(body, content_type=kind).status_code == 403


SAID = st.one_of(
    st.text(max_size=60), st.none(), st.integers(), st.lists(st.text(max_size=3), max_size=2)
)


@FUZZ
@given(
    payload=st.fixed_dictionaries(
        {},
        optional={
            "originationNumber": SAID | st.just("+12125550101"),
            "destinationNumber": SAID | st.just("12345"),
            "messageBody": SAID,
            "inboundMessageId": SAID,
            "previousPublishedMessageId": SAID,
        },
    )
)
def test_whatever_is_published_is_taken_or_kept(amazon, topic, payload):
    message = a_notification(json.dumps(payload))
    before = Reply.objects.count() + DeadLetter.objects.count()
    assert post(message).status_code == 200
    read()
    after = Reply.objects.count() + DeadLetter.objects.count()
    assert before <= after <= before + 1


@FUZZ
@given(said=st.text(st.characters(), max_size=200))
def test_whatever_is_said_is_taken(amazon, topic, said):
    message = a_notification(a_payload(body=said))
    assert post(message).status_code == 200
    read()
    taken = json.loads(message["Message"])["inboundMessageId"]
    assert Reply.objects.filter(inbound_message_id=taken).count() == 1

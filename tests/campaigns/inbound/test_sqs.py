"""The consumer against the AWS stand-in, over a socket, in and out of its own process."""

import json
import signal
import time

import boto3
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from campaigns.inbound.sqs import Consumer
from campaigns.models import DeadLetter, InboundText, Message, Reply
from campaigns.vocabulary import MessageKind
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, Standing
from tests.builders import a_phone, an_opted_in_contact
from tests.embedded import a_superuser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.e2e]
BROKEN = "STOP said +12125550133"


def client():
    return boto3.client(
        "sqs", region_name=settings.AWS_REGION, endpoint_url=settings.AWS_ENDPOINT_URL
    )


def left(aws):
    """Count what the queue still holds, taken but not deleted included."""
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = client().get_queue_attributes(QueueUrl=aws.queue_url, AttributeNames=kinds)
    return sum(int(found["Attributes"][kind]) for kind in kinds)


def in_the_end(what, within=20):
    deadline = time.monotonic() + within
    while not (found := what()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_a_reply_travels_from_the_phone_to_the_ledger(aws, topic, caplog):
    member = an_opted_in_contact(topic)
    identity = aws.reply(member.number, "12345", "Stop.")
    assert Consumer().drain() == 1

    reply = Reply.objects.get()
    assert (reply.inbound_message_id, reply.body, reply.contact) == (identity, "Stop.", member)
    assert reply.published_at is not None
    assert Subscription.objects.get().standing == Standing.OPTED_OUT
    assert left(aws) == 0
    assert member.number not in caplog.text


def test_five_deliveries_act_once(aws, topic):
    member = an_opted_in_contact(topic)
    aws.reply(member.number, "12345", "STOP", times=5)
    assert Consumer().drain() == 5
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1
    assert Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).count() == 1
    assert left(aws) == 0


def test_more_than_a_batch_is_drained(aws, topic):
    for _ in range(23):
        aws.reply(a_phone(), "12345", "HELP")
    assert Consumer().drain() == 23
    assert Reply.objects.count() == 23
    assert left(aws) == 0


def test_what_cannot_be_read_becomes_a_dead_letter_and_stays_out_of_the_log(aws, topic, caplog):
    member = an_opted_in_contact(topic)
    client().send_message(QueueUrl=aws.queue_url, MessageBody=BROKEN)
    hollow = json.dumps({"Type": "Notification", "Message": json.dumps({"messageBody": BROKEN})})
    client().send_message(QueueUrl=aws.queue_url, MessageBody=hollow)
    aws.reply(member.number, "12345", "STOP")
    assert Consumer().drain() == 3

    assert Subscription.objects.get().standing == Standing.OPTED_OUT
    assert left(aws) == 0
    assert caplog.text.count("is a dead letter") == 2
    letters = DeadLetter.objects.order_by("pk")
    assert [(row.road, row.reason, row.tries) for row in letters] == [
        ("sqs", "not JSON", 1),
        ("sqs", "inboundMessageId is missing", 1),
    ]
    assert [row.payload for row in letters] == [BROKEN, hollow]
    assert "12125550133" not in caplog.text
    assert "STOP" not in caplog.text


@pytest.fixture
def table_that_takes_nothing(topic):
    """Have the database refuse every reply, as a fault of ours would."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE campaigns_reply ADD CONSTRAINT none CHECK (false) NOT VALID")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE campaigns_reply DROP CONSTRAINT IF EXISTS none")


def put_off_is_over():
    assert InboundText.objects.exclude(put_off_until=None).update(put_off_until=None) == 1


def test_what_the_software_fails_on_is_tried_again_and_then_is_a_dead_letter(
    aws, table_that_takes_nothing, caplog
):
    aws.reply("+12125550133", "12345", "STOP")
    assert Consumer().drain() == 1
    for tries in (1, 2):
        assert (InboundText.objects.get().tries, DeadLetter.objects.count()) == (tries, 0)
        Consumer().read()  # not before its time
        assert InboundText.objects.get().tries == tries
        put_off_is_over()
        Consumer().read()
    assert not InboundText.objects.exists()
    letter = DeadLetter.objects.get()
    assert (letter.road, letter.reason) == ("sqs", "the software failed on it: IntegrityError")
    assert json.loads(json.loads(letter.payload)["Message"])["messageBody"] == "STOP"
    assert "5550133" not in caplog.text


def test_a_fault_of_the_databases_never_makes_a_dead_letter(aws, topic):
    member = an_opted_in_contact(topic)
    aws.reply(member.number, "12345", "STOP")
    assert Consumer().round(1) == 1
    with a_superuser(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT 1 FROM consent_contact WHERE id = %s FOR UPDATE", [member.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        for _ in range(5):
            Consumer().read()
            put_off_is_over()
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
    assert (InboundText.objects.get().tries, DeadLetter.objects.count()) == (0, 0)
    Consumer().read()
    assert Subscription.objects.get().standing == Standing.OPTED_OUT
    assert (left(aws), InboundText.objects.count()) == (0, 0)


def test_what_the_database_refuses_to_keep_holds_up_nobody_else(aws, topic):
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE campaigns_inboundtext"
            " ADD CONSTRAINT not_him CHECK (sender <> '+12125550133') NOT VALID"
        )
    try:
        member = an_opted_in_contact(topic)
        for sender in (member.number, "+12125550133", a_phone()):
            aws.reply(sender, "12345", "STOP")
        assert Consumer().drain() == 3
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE campaigns_inboundtext DROP CONSTRAINT not_him")
    assert (Reply.objects.count(), left(aws)) == (2, 0)
    assert DeadLetter.objects.get().reason == "the software failed on it: IntegrityError"


def test_what_is_acknowledged_is_kept_before_anybody_reads_it(aws, topic):
    member = an_opted_in_contact(topic)
    aws.reply(member.number, "12345", "STOP", times=3)
    assert sum(Consumer().round(1) for _ in range(3)) == 3
    assert left(aws) == 0
    assert InboundText.objects.get().sender == member.number
    assert not Reply.objects.exists()
    Consumer().read()
    assert (InboundText.objects.count(), Reply.objects.count()) == (0, 1)


def test_what_comes_from_a_machine_is_dropped(aws, topic):
    payload = {
        "originationNumber": "227263",
        "destinationNumber": "12345",
        "messageBody": "HELP",
        "inboundMessageId": "from-a-machine",
    }
    envelope = {"Type": "Notification", "Message": json.dumps(payload), "Timestamp": "never"}
    client().send_message(QueueUrl=aws.queue_url, MessageBody=json.dumps(envelope))
    assert Consumer().drain() == 1
    assert left(aws) == 0
    assert not Message.objects.exists()


def test_once_takes_what_is_there_and_ends(aws, topic, capsys):
    aws.reply(a_phone(), "12345", "HELP")
    call_command("consume_replies", "--once")
    assert "1 message taken." in capsys.readouterr().out
    assert Reply.objects.count() == 1


def test_without_a_queue_it_says_what_is_missing(settings):
    settings.INBOUND_QUEUE_URL = ""
    with pytest.raises(CommandError, match="INBOUND_QUEUE_URL"):
        call_command("consume_replies")


def test_the_process_hears_and_ends_within_two_seconds_of_sigterm(topic, running_consumer, aws):
    member = an_opted_in_contact(topic)
    aws.reply(member.number, "12345", "STOP")
    assert in_the_end(Reply.objects.exists)
    time.sleep(0.3)  # it waits for the queue again

    begun = time.monotonic()
    running_consumer.process.send_signal(signal.SIGTERM)
    assert running_consumer.process.wait(timeout=10) == 0
    assert time.monotonic() - begun < 2
    assert member.number not in running_consumer.said()


def test_the_process_outlives_an_outage_of_the_queue(topic, running_consumer, aws):
    aws.reply(a_phone(), "12345", "HELP")
    assert in_the_end(Reply.objects.exists)
    client().delete_queue(QueueUrl=aws.queue_url)
    assert in_the_end(lambda: "Replies wait" in running_consumer.said())
    aws.reset()
    aws.reply(a_phone(), "12345", "HELP")
    assert in_the_end(lambda: Reply.objects.count() == 2)


def test_the_process_outlives_a_cut_database_connection(topic, running_consumer, aws):
    aws.reply(a_phone(), "12345", "HELP")
    assert in_the_end(Reply.objects.exists)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    aws.reply(a_phone(), "12345", "HELP")
    assert in_the_end(lambda: Reply.objects.count() == 2)
    assert running_consumer.process.poll() is None


def test_a_process_killed_at_work_loses_nothing(topic, running_consumer, aws):
    for _ in range(30):
        aws.reply(an_opted_in_contact(topic).number, "12345", "STOP")
    assert in_the_end(lambda: Reply.objects.count() > 5)
    running_consumer.kill()
    # What it had in hand comes again; here at once, and all of it
    for reply in list(Reply.objects.select_related("contact")):
        aws.reply(
            reply.contact.number, "12345", "STOP", inbound_message_id=reply.inbound_message_id
        )
    Consumer().drain()
    counted = Reply.objects.count()
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == counted
    assert Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).count() == counted
    assert counted + left(aws) >= 30

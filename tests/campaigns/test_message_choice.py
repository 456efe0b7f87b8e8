"""What an audit export by topics, brands and short codes holds, and what it leaves out."""

import hashlib

import pytest
from django.db import connection

from campaigns import message_choice, message_export, outbox
from campaigns.models import Message, Receipt
from campaigns.vocabulary import MessageKind
from consent import audit_export, clock
from consent.models import OptInEvent
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.campaigns.exports import an_export, built, proved, sheet

pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """Two topics of one brand and one of another, each over a number of its own.

    One person agreed to each topic, was texted, answered and left that topic alone.
    """

    def __init__(self):
        example, acme = make.a_brand(), make.a_brand("Acme, Inc.")
        self.alerts = make.a_topic("example-alerts", brand=example)
        self.offers = make.a_topic("example-offers", brand=example, opt_in_keywords=["OFFERS"])
        self.news = make.a_topic("acme-news", brand=acme, opt_in_keywords=["NEWS"])
        self.short = make.a_number(self.alerts, number="12345")
        self.other = make.a_number(self.offers, number="67890")
        self.third = make.a_number(self.news, number="54321")
        self.of_alerts = self.person(self.alerts, self.short, "+12125550101")
        self.of_offers = self.person(self.offers, self.other, "+12125550102")
        self.of_news = self.person(self.news, self.third, "+12125550103")

    def person(self, topic, number, phone):
        contact = make.an_opted_in_contact(topic, phone)
        message = make.a_list_audit(contact, topic, number)
        Receipt.objects.create(
            event_id=f"e-{phone}",
            amazon_message_id=f"a-{phone}",
            message=message,
            contact=contact,
            success=True,
            outcome="delivered",
            logged_at=clock.now(),
            received_at=clock.now(),
        )
        make.a_reply(contact, number)
        make.an_event(contact, EventKind.OPTED_OUT, topic, source=Source.LETTER)
        return contact


@pytest.fixture
def world(business_hours):
    return World()


def last_digits(export, name="consents.csv"):
    """Return the last digits of the people in a sheet."""
    return sorted({row["number"][-3:] for row in sheet(export, name)})


def topics_in(export, name="disclosures.csv"):
    return [row["topic"] for row in sheet(export, name)]


def test_several_of_a_kind_widen(world):
    for query in (
        {"topics": [world.alerts, world.news]},
        {"brands": [world.alerts.brand, world.news.brand], "topics": [world.alerts, world.news]},
        {"short_codes": [world.short, world.third]},
    ):
        export = built(**query)
        for name in ("consents.csv", "messages.csv", "replies.csv"):
            assert last_digits(export, name) == ["101", "103"], (query, name)
        assert topics_in(export) == ["example-alerts", "acme-news"]
    both = built(brands=[world.alerts.brand, world.news.brand])
    assert last_digits(both) == last_digits(both, "messages.csv") == ["101", "102", "103"]


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"brands": ["alerts"], "short_codes": ["short", "third"]}, ["101"]),
        ({"topics": ["alerts", "news"], "brands": ["news"]}, ["103"]),
        ({"topics": ["alerts", "offers"], "short_codes": ["other", "third"]}, ["102"]),
        ({"topics": ["offers"], "short_codes": ["short"]}, []),
        ({"topics": ["offers"], "brands": ["news"]}, []),
    ],
)
def test_different_kinds_narrow(world, chosen, left):
    found = {
        "topics": [getattr(world, name) for name in chosen.get("topics", ())],
        "brands": [getattr(world, name).brand for name in chosen.get("brands", ())],
        "short_codes": [getattr(world, name) for name in chosen.get("short_codes", ())],
    }
    export = built(**found)
    for name in ("consents.csv", "messages.csv", "replies.csv"):
        assert last_digits(export, name) == left, name
    acts = [row["event"] for row in sheet(export, "revocations.csv")]
    assert acts == [row["event"] for row in sheet(export, "consents.csv") if is_leaving(row)]
    assert len(acts) == len(left)


def is_leaving(row):
    return row["kind"] == "opted_out"


def test_a_short_code_brings_what_went_over_it_and_nothing_of_another(world):
    export = built(short_codes=[world.short])
    [message] = sheet(export, "messages.csv")
    assert (message["sent_from"], message["topic"]) == ("12345", "example-alerts")
    [receipt] = sheet(export, "receipts.csv")
    [reply] = sheet(export, "replies.csv")
    assert (receipt["message"], reply["number"]) == (message["message"], "'+12125550101")
    assert [row["kind"] for row in sheet(export, "consents.csv")] == [
        "requested",
        "confirmed",
        "opted_out",
    ]
    assert len(sheet(export, "revocations.csv")) == 1
    with export.file.open("rb") as stored:
        query = proved(stored)["query"]
    alerts = {"id": world.alerts.pk, "slug": "example-alerts", "name": str(world.alerts)}
    assert query["short_codes"] == [{"id": world.short.pk, "number": "12345"}]
    assert query["topics_of_short_codes"] == [alerts]
    assert query["in_words"] == (
        "Records of everybody, about every topic, of every brand, over 12345 "
        "(carried: Example Corp. alerts)."
    )


def test_a_text_about_no_topic_belongs_to_its_number_and_what_that_carries(world):
    for number in (world.short, world.third):
        helped = make.a_reply(world.of_alerts, number, meaning="help")
        outbox.enqueue(
            kind=MessageKind.HELP_REPLY,
            contact=world.of_alerts,
            topic=None,
            number=number,
            answers=helped,
        )
    for query in ({"short_codes": [world.short]}, {"topics": [world.alerts]}):
        kinds = [
            (row["kind"], row["sent_from"][-5:]) for row in sheet(built(**query), "messages.csv")
        ]
        assert kinds == [("list_audit", "12345"), ("help_reply", "12345")]


def test_leaving_everything_belongs_to_who_had_to_do_with_it_in_every_sheet(world):
    mine = make.an_event(world.of_alerts, EventKind.OPTED_OUT, source=Source.EMAIL)
    make.an_event(world.of_news, EventKind.OPTED_OUT, source=Source.EMAIL)
    for query in (
        {"short_codes": [world.short]},
        {"topics": [world.alerts]},
        {"brands": [world.alerts.brand], "topics": [world.alerts, world.news]},
    ):
        export = built(**query)
        everything = [row for row in sheet(export, "consents.csv") if not row["topic"]]
        assert [row["event"] for row in everything] == [str(mine.pk)]
        acts = [row["event"] for row in sheet(export, "revocations.csv") if not row["topics"]]
        assert acts == [str(mine.pk)]


def test_what_a_number_carried_before_counts_and_a_number_without_topics_brings_no_consents(world):
    world.short.topics.set([world.offers])
    export = built(short_codes=[world.short])
    assert export.carried == [world.alerts.pk, world.offers.pk]
    assert last_digits(export) == ["101", "102"]
    assert last_digits(export, "messages.csv") == ["101"]
    bare = built(short_codes=[make.a_number(number="11111")])
    assert bare.carried == []
    names = ("consents.csv", "disclosures.csv", "imports.csv", "messages.csv", "revocations.csv")
    assert [bare.counts[name] for name in names] == [0] * 5


def test_a_renamed_number_is_still_the_one_that_was_chosen(world):
    export = an_export(short_codes=[world.short])
    world.short.number = "99999"
    world.short.save()
    audit_export.build(export.pk, message_export.SHEETS)
    export.refresh_from_db()
    assert last_digits(export, "messages.csv") == ["101"]
    assert export.sent_from == {str(world.short.pk): "12345"}


def test_a_sample_is_drawn_among_what_is_chosen(world):
    for n in range(8):
        make.an_opted_in_contact(world.alerts, f"+121255502{n:02d}")
        make.an_opted_in_contact(world.news, f"+121255503{n:02d}")
    query = {"short_codes": [world.short], "sample": 3, "seed": "spring"}
    export, again = built(**query), built(**query)
    among = OptInEvent.objects.filter(topic=world.alerts, kind="confirmed")
    drawn = sorted(
        among.values_list("pk", flat=True),
        key=lambda pk: hashlib.md5(f"spring:{pk}".encode()).hexdigest(),
    )[:3]
    assert export.sampled == again.sampled == sorted(drawn)
    people = {event.contact.number[-3:] for event in OptInEvent.objects.filter(pk__in=drawn)}
    assert last_digits(export) == sorted(people)


def test_texts_of_several_numbers_are_found_by_an_index(world):
    numbers = [make.a_number(number=f"9000{n}") for n in range(8)]
    rows = (
        Message(
            contact=world.of_alerts,
            topic=world.alerts,
            origination_number=numbers[n % 8],
            kind=MessageKind.LIST_AUDIT,
            body="Hello",
            due_at=clock.now(),
            created_at=clock.now(),
        )
        for n in range(8000)
    )
    Message.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_message")
    few = message_choice.messages(an_export(short_codes=[world.short, world.other]))
    several = message_choice.messages(an_export(short_codes=numbers[:2]))
    assert (few.count(), several.count()) == (2, 2000)
    for found in (few, several):
        assert "message_by_number" in found.order_by("pk").explain()

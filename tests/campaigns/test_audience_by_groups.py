"""Clearance of a whole audience by groups says of everyone what clearance says of each alone."""

import json
import random
from datetime import timedelta

import pytest
from django.db.models import Max

from campaigns import audience, audience_rows
from campaigns.audience_rows import STATUS, Rows
from campaigns.clearance import decide, pack
from campaigns.clearance_facts import Ask, facts_of
from campaigns.house_policy import rulebook_in_force
from campaigns.models import AmazonBlock, Reply
from campaigns.vocabulary import MessageKind as K
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from consent.models import Contact, Disclosure
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Place, Source
from tests import builders as make
from tests.campaigns.test_clearance_history import a_text

pytestmark = pytest.mark.django_db

AREAS = ["212", "305", "207", "615", "808", "787", "800", "416", "902", "228", "401", "907"]
ABROAD = ["+33612345{:03d}", "+4915123456{:03d}", "+447400123{:03d}", "+919812345{:03d}"]
POSTAL = ["", "", "10001", "33101-0001", "331010001", " 10001", "K1A 0B1", "k1a0b1", "00000", "x"]
ZONES = ["", "", "", "America/Chicago", "Pacific/Honolulu", "Mars/Olympus", 'a "quoted" zone\\']
PLACES = ["", "", "", "US", "US-TN", "FR", "CA", "CA-ON", "BR", "US-NY"]
WORDS = "Example Corp. texts you. {} Msg & data rates may apply. Reply STOP to cancel."


def a_wording(topic, promise, version) -> Disclosure:
    return make.a_disclosure(
        topic, place=Place.KEYWORD, version=version, wording=WORDS.format(promise)
    )


def anybody(dice, serial, topic, other, rival, wordings) -> Contact:
    """Make a member of the topic who came by any road and lives anywhere."""
    now = clock.now()
    if dice.random() < 0.15:
        number = dice.choice(ABROAD).format(100 + serial)
    else:
        number = f"+1{dice.choice(AREAS)}555{100 + serial % 100:04d}"
    contact = make.a_contact(number)
    contact.stated_postal_code, contact.stated_time_zone = dice.choice(POSTAL), dice.choice(ZONES)
    contact.stated_place = dice.choice(PLACES)
    if dice.random() < 0.1:
        contact.country, contact.state, contact.time_zones = "", "", []
    contact.save()
    join(dice, contact, topic, wordings, now - timedelta(days=dice.choice([1, 40, 150, 200, 900])))
    if dice.random() < 0.2:
        make.an_event(contact, EventKind.OPTED_OUT, topic, occurred_at=now - timedelta(hours=9))
        join(dice, contact, topic, wordings, now - timedelta(hours=8))
    for about in (topic, None):
        if dice.random() < 0.15:
            until = dice.choice([None, None, now + timedelta(days=5)])
            note = dice.choice(["Litigation", 'He said "never",\n\\ again', ""])
            make.an_event(contact, EventKind.SUPPRESSED, about, note=note, expires_at=until)
    if dice.random() < 0.3:
        a_reply(contact, now - timedelta(hours=dice.choice([2, 8, 24, 500])))
    for _ in range(dice.choice([0, 0, 0, 1, 2, 3, 4])):
        earlier_text(dice, contact, dice.choice([topic, topic, other, rival]), now)
    if dice.random() < 0.15:
        blocked_at_amazon(dice, contact, now)
    return contact


def blocked_at_amazon(dice, contact, now) -> None:
    """Put them on Amazon's list, before or after they agreed, asked about or not."""
    ago = [None, None, timedelta(hours=3), timedelta(days=29), timedelta(days=40)]
    tried = [now - each if (each := dice.choice(ago)) else None for _ in range(3)]
    AmazonBlock.objects.create(
        contact=contact,
        seen_at=now - timedelta(hours=dice.choice([1, 24, 100 * 24])),
        left_at=dice.choice([None, None, None, now]),
        opted_in_at=tried[0],
        refused_at=tried[1],
        unanswered_at=tried[2],
    )


def join(dice, contact, topic, wordings, at) -> None:
    basis = dice.choice([LegalBasis.EXPRESS_WRITTEN] * 3 + [LegalBasis.EXPRESS, LegalBasis.IMPLIED])
    ends = dice.choice([None] * 4 + [timedelta(days=n) for n in (1, 20, 3000)])
    expires = {"expires_at": clock.now() + ends if ends else None}
    wording = dice.choice([*wordings, None])
    shown = {"disclosure": wording.pk if wording else None}
    if dice.random() < 0.5:
        source = dice.choice([Source.WEB_FORM, Source.KEYWORD, Source.PAPER_FORM, Source.STAFF])
        make.an_event(
            contact,
            EventKind.OPTED_IN,
            topic,
            source=source,
            basis=basis,
            occurred_at=at,
            **expires,
            **shown,
        )
        return
    make.an_event(contact, EventKind.REQUESTED, topic, occurred_at=at, **shown)
    make.an_event(
        contact,
        EventKind.CONFIRMED,
        topic,
        source=Source.REPLY,
        basis=basis,
        occurred_at=at + timedelta(hours=1),
        **expires,
    )


def a_reply(contact, at) -> None:
    Reply.objects.create(
        inbound_message_id=f"in-{contact.pk}",
        contact=contact,
        destination="12345",
        body="Thanks",
        meaning="other",
        rule="other",
        state="acted",
        received_at=at,
    )


def house_rules(dice) -> None:
    """Write rules of every kind, as an officer might."""
    make.a_cap_policy(count=dice.choice([1, 2, 3]), per_hours=dice.choice([12, 168, 744]))
    make.a_cap_policy(counts="brand", count=dice.choice([1, 2]), per_hours=dice.choice([24, 740]))
    make.an_engagement_policy(unanswered=3)
    make.an_engagement_policy(unanswered=dice.choice([1, 2]), count=1, per_hours=600)
    make.an_engagement_policy(unanswered=1, count=1, per_hours=100, place="US")
    make.an_age_policy(months=dice.choice([5, 7]))
    make.an_age_policy(months=1, place="CA")


def earlier_text(dice, contact, topic, now) -> None:
    ago = timedelta(hours=dice.choice([1, 7, 9, 23, 25, 100, 700, 743, 745, 2000]))
    kind = dice.choice([K.LIST_AUDIT, K.LIST_AUDIT, K.HELP_REPLY])
    if dice.random() < 0.2:
        a_text(contact, topic, kind=kind, due_at=now + ago)
        return
    at = now - ago
    settled = dice.choice([at, at + timedelta(minutes=1), None])
    claimed = dice.choice([at, None])
    status = dice.choice([S.ACCEPTED, S.ACCEPTED, S.UNCONFIRMED, S.SENDING, S.REJECTED])
    a_text(
        contact,
        topic,
        kind=kind,
        status=status,
        due_at=at,
        claimed_at=claimed,
        settled_at=settled,
        lease_until=at,
    )


def one_by_one(campaign, people, moment) -> dict[int, tuple]:
    """Decide each alone, by the plain road."""
    ids = (campaign.topic_id, campaign.origination_number_id, campaign.pk)
    found = {}
    for contact in people:
        (facts,) = facts_of([Ask(K.CAMPAIGN, contact, *ids)])
        made = decide(facts, rulebook_in_force(moment), moment)
        found[contact] = (
            STATUS[made.outcome].value,
            made.code,
            made.until or moment,
            made.authorised_by,
            json.loads(json.dumps(pack(made, facts))),
        )
    return found


def as_written(campaign) -> dict[int, tuple]:
    columns = ("status", "reason_code", "due_at", "authorised_by_id", "clearance")
    return {
        contact: tuple(rest)
        for contact, *rest in campaign.messages.values_list("contact_id", *columns)
    }


@pytest.mark.parametrize("seed", range(10))
def test_bulk_equals_single_for_a_random_population(seed, business_hours, monkeypatch):
    dice = random.Random(seed)
    promotes = dice.random() < 0.7
    message_class = MessageClass.PROMOTIONAL if promotes else MessageClass.TRANSACTIONAL
    topic = make.a_topic(message_class=message_class, double_opt_in=promotes)
    other = make.a_topic("example-offers", message_class=message_class)
    rival = make.a_topic(
        "rival-news", brand=make.a_brand("Rival Inc."), message_class=message_class
    )
    number = make.a_number(topic, other)
    make.a_number(rival, number="54321")
    promises = ["2 msgs/month.", "Message frequency varies.", "1 msg/day.", "4 msgs/week."]
    wordings = [a_wording(topic, each, n + 1) for n, each in enumerate(dice.sample(promises, 3))]
    wordings.append(make.the_wording(topic))
    wordings.append(a_wording(other, "1 msg/month.", 1))
    people = [anybody(dice, n, topic, other, rival, wordings).pk for n in range(90)]
    if seed >= 6:
        house_rules(dice)
    campaign = make.an_approved_campaign(topic, number)
    assert audience.start(campaign.pk)
    campaign.refresh_from_db()
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    expected = one_by_one(campaign, people, moment)
    monkeypatch.setattr(audience, "CHUNK", dice.choice([7, 40, 1000]))
    audience.freeze(campaign.pk)
    written = as_written(campaign)
    assert written.keys() == expected.keys()
    for contact in people:
        assert written[contact] == expected[contact]
    assert len({row[0] for row in written.values()}) > 1


def test_what_people_wrote_themselves_never_passes_for_another_part_of_their_key(
    business_hours, monkeypatch
):
    topic = make.a_topic()
    people = make.many_opted_in_contacts(topic, 4)
    for contact, words in zip(people, ("", "x\x1fo", "\x1f", '\x1fp"US-TX"\x1f'), strict=True):
        Contact.objects.filter(pk=contact.pk).update(stated_postal_code=words)
    Contact.objects.filter(pk=people[3].pk).update(stated_time_zone="\x1fn\x1fo")
    campaign = make.an_approved_campaign(topic, make.a_number(topic))
    assert audience.start(campaign.pk)
    campaign.refresh_from_db()
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    audience.freeze(campaign.pk)
    assert as_written(campaign) == one_by_one(campaign, [each.pk for each in people], moment)
    assert {row[0] for row in as_written(campaign).values()} == {S.QUEUED, S.REFUSED}


def test_people_who_are_alike_share_a_key_and_one_decision(business_hours, monkeypatch):
    topic = make.a_topic()
    number = make.a_number(topic)
    people = make.many_opted_in_contacts(topic, 20)
    Contact.objects.filter(pk=people[3].pk).update(stated_postal_code="10001")
    Contact.objects.filter(pk=people[4].pk).update(stated_postal_code="100042222")
    a_text(
        people[5],
        topic,
        status=S.ACCEPTED,
        claimed_at=clock.now() - timedelta(days=9),
        lease_until=clock.now(),
    )
    campaign = make.an_approved_campaign(topic, number)
    rows = Rows(campaign, clock.now())
    assert rows.write(0, 100)
    # Plain, and with a postal code of Manhattan; one text a while ago is under every limit
    assert len(rows._known) == 2
    assert campaign.messages.count() == 20


def test_what_is_remembered_from_chunk_to_chunk_stays_small(business_hours, monkeypatch):
    monkeypatch.setattr(audience_rows, "KEPT", 3)
    monkeypatch.setattr(audience, "CHUNK", 2)
    topic = make.a_topic()
    number = make.a_number(topic)
    for area in ("212", "305", "615", "808", "907", "602", "512", "312"):
        make.an_opted_in_contact(topic, f"+1{area}5550100")
    campaign = make.an_approved_campaign(topic, number)
    audience.start(campaign.pk)
    rows = None
    while rows := audience._freeze_chunk(campaign.pk, rows):
        assert len(rows._known) <= 3 + 2
    assert campaign.messages.count() == 8


def test_decisions_are_made_anew_after_a_while(business_hours, monkeypatch):
    monkeypatch.setattr(audience, "CHUNK", 5)
    topic = make.a_topic()
    make.many_opted_in_contacts(topic, 10)
    campaign = make.an_approved_campaign(topic, make.a_number(topic))
    audience.start(campaign.pk)
    first = audience._freeze_chunk(campaign.pk)
    assert audience._freeze_chunk(campaign.pk, first) is first
    assert audience._freeze_chunk(campaign.pk) is not first
    monkeypatch.setattr(audience, "FRESH", timedelta())
    campaign.messages.all().delete()
    assert audience._freeze_chunk(campaign.pk, first) is not first


def test_a_chunk_costs_the_same_queries_for_ten_people_and_for_a_thousand(
    business_hours, django_assert_num_queries
):
    topic = make.a_topic()
    campaign = make.an_approved_campaign(topic, make.a_number(topic))
    rows = Rows(campaign, clock.now())
    make.many_opted_in_contacts(topic, 1010)
    last = 0
    for size in (10, 1000):
        with django_assert_num_queries(5):
            assert rows.write(last, size)
        last = campaign.messages.aggregate(last=Max("contact_id"))["last"]
    assert campaign.messages.count() == 1010

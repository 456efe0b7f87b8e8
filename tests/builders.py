"""Make real rows for tests; every builder gives something valid and takes what matters."""

from datetime import UTC, datetime, timedelta
from itertools import count

from django.contrib.auth import get_user_model

from campaigns.models import Campaign, Message, OriginationNumber, Reply, SendingPolicy
from campaigns.vocabulary import (
    CampaignStatus,
    MessageKind,
    NumberKind,
    PolicyKind,
    ReplyState,
)
from consent import clock, contacts, ledger, phone_numbers
from consent.ledger import EventDraft, EvidenceDraft
from consent.models import Brand, Contact, Disclosure, Topic
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Place, Source

_serial = count(1)
LONG_AGO = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)


def a_user(name="officer", *, superuser=False, **fields):
    """Make a member of staff."""
    make = get_user_model().objects
    create = make.create_superuser if superuser else make.create_user
    return create(username=name, password="a-long-password-1", is_staff=True, **fields)


def a_brand(name="Example Corp.", **fields) -> Brand:
    """Make the brand of the formats."""
    return Brand.objects.get_or_create(
        name=name,
        defaults={
            "support_email": "help@example.com",
            "support_phone": "202-555-0199",
            "website": "https://example.com",
            "terms_url": "https://example.com/terms",
            "privacy_url": "https://example.com/privacy",
            **fields,
        },
    )[0]


def a_topic(slug="example-alerts", *, brand=None, **fields) -> Topic:
    """Make a promotional topic of two texts a month, joined by JOIN."""
    return Topic.objects.create(
        slug=slug,
        brand=brand or a_brand(),
        **{
            "name": slug.split("-")[-1],
            "message_class": MessageClass.PROMOTIONAL,
            "description": "News and offers.",
            "frequency_count": 2,
            "frequency_unit": "month",
            "opt_in_keywords": ["JOIN"],
            **fields,
        },
    )


def a_disclosure(
    topic, *, place=Place.WEB_FORM, language="en", version=1, published=True, **fields
):
    """Make a wording, published unless told otherwise."""
    return Disclosure.objects.create(
        topic=topic,
        place=place,
        language=language,
        version=version,
        published_at=clock.now() if published else None,
        **{
            "wording": f"I agree to get recurring texts from {topic}. 2 msgs/month. Msg & data "
            "rates may apply. Reply HELP for help, STOP to cancel. Consent is not a condition of "
            "purchase. Terms: https://example.com/terms Privacy: https://example.com/privacy",
            **fields,
        },
    )


def a_number(*topics, number="12345", **fields) -> OriginationNumber:
    """Make a fast short code that carries the topics."""
    first = topics[0] if topics else None
    made = OriginationNumber.objects.create(
        **{
            "number": number,
            "kind": NumberKind.SHORT_CODE,
            "brand": first.brand if first else a_brand(),
            "message_class": first.message_class if first else MessageClass.PROMOTIONAL,
            "parts_per_second": 100,
            **fields,
        }
    )
    made.topics.set(topics)
    return made


def a_phone(serial=None) -> str:
    """Return a fictional New York number in E.164; 100 of them."""
    return f"+1212555{100 + (next(_serial) if serial is None else serial) % 100:04d}"


def a_contact(number=None) -> Contact:
    """Make the contact of a number."""
    return contacts.contact_for(phone_numbers.parse(number or a_phone()))


def an_event(contact, kind, topic=None, *, source=Source.WEB_FORM, **fields):
    """Record an event through the ledger."""
    opts_in = kind in {EventKind.CONFIRMED, EventKind.OPTED_IN, EventKind.REQUESTED}
    return ledger.record(
        EventDraft(
            contact=contact.pk,
            kind=kind,
            source=source,
            topic=topic.pk if topic else None,
            **{"basis": LegalBasis.EXPRESS_WRITTEN if opts_in else LegalBasis.NONE, **fields},
        )
    )


def an_opted_in_contact(topic, number=None, *, at=None) -> Contact:
    """Make a contact that asked for a topic and confirmed it an hour later."""
    contact, asked = a_contact(number), at or LONG_AGO
    an_event(
        contact,
        EventKind.REQUESTED,
        topic,
        occurred_at=asked,
        evidence=some_evidence(),
        disclosure=the_wording(topic).pk,
    )
    an_event(
        contact,
        EventKind.CONFIRMED,
        topic,
        source=Source.REPLY,
        occurred_at=asked + timedelta(hours=1),
    )
    return contact


def the_wording(topic) -> Disclosure:
    """Return the wording that people of a topic agreed to, apart from those that tests publish."""
    found = Disclosure.objects.filter(topic=topic, place=Place.OTHER).first()
    return found or a_disclosure(topic, place=Place.OTHER)


def some_evidence(**fields) -> EvidenceDraft:
    """Make evidence as the web form leaves it."""
    return EvidenceDraft(
        **{
            "ip_address": "192.0.2.7",
            "user_agent": "A browser",
            "page": "/join/example-alerts/",
            "words_shown": "I agree",
            **fields,
        }
    )


def many_opted_in_contacts(topic, count, *, first=0) -> list[Contact]:
    """Make contacts by the hundred, opted in on paper, with New York numbers from 212 700 0000."""
    numbers = [
        phone_numbers.PhoneNumber(
            e164=f"+1212{7000000 + n}", country="US", state="NY", time_zones=("America/New_York",)
        )
        for n in range(first, first + count)
    ]
    made = list(contacts.contacts_for(numbers).values())
    ledger.record_many(
        [
            EventDraft(
                contact=contact.pk,
                kind=EventKind.OPTED_IN,
                source=Source.PAPER_FORM,
                topic=topic.pk,
                basis=LegalBasis.EXPRESS_WRITTEN,
                occurred_at=LONG_AGO,
            )
            for contact in made
        ]
    )
    return made


def a_campaign(topic, number, *, text="Example Corp.: hello.", author=None, **fields) -> Campaign:
    """Make a draft that is due at once."""
    return Campaign.objects.create(
        **{
            "name": "Reminder",
            "topic": topic,
            "origination_number": number,
            "text": text,
            "scheduled_at": clock.now(),
            "author": author or _somebody("author"),
            **fields,
        }
    )


def an_approved_campaign(topic, number, **fields) -> Campaign:
    """Make a campaign that an author wrote and an approver approved."""
    from campaigns import approval

    draft = a_campaign(topic, number, **fields)
    approval.submit(draft, by=draft.author)
    return approval.approve(draft, by=_somebody("approver"))


def a_running_campaign(topic, number, **fields) -> Campaign:
    """Make a campaign whose audience is written down and waits to be sent."""
    from campaigns import audience

    campaign = an_approved_campaign(topic, number, **fields)
    assert audience.start(campaign.pk)
    audience.freeze(campaign.pk)
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.RUNNING
    return campaign


def a_list_audit(contact, topic, number) -> Message:
    """Queue one list audit."""
    from campaigns import outbox

    return outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=contact, topic=topic, number=number)


def _somebody(name):
    users = get_user_model().objects
    return users.filter(username=name).first() or a_user(name)


def an_hours_policy(**fields) -> SendingPolicy:
    """Make business hours of the house: Monday to Friday 09:00-17:00 unless said otherwise."""
    made = SendingPolicy.objects.create(
        **{
            "kind": PolicyKind.HOURS,
            "message_class": MessageClass.PROMOTIONAL,
            "weekday_from": "09:00",
            "weekday_until": "17:00",
            **fields,
        }
    )
    made.refresh_from_db()
    return made


def a_cap_policy(**fields) -> SendingPolicy:
    """Make a cap of the house: two texts of any topic in a day unless said otherwise."""
    return SendingPolicy.objects.create(
        **{"kind": PolicyKind.CAP, "count": 2, "per_hours": 24, "counts": "any", **fields}
    )


def an_engagement_policy(**fields) -> SendingPolicy:
    """Make a limit for who does not answer: nothing more after two texts unless said otherwise."""
    return SendingPolicy.objects.create(
        **{"kind": PolicyKind.ENGAGEMENT, "unanswered": 2, **fields}
    )


def an_age_policy(**fields) -> SendingPolicy:
    """Make the age at which consent ends for the house: a year unless said otherwise."""
    return SendingPolicy.objects.create(**{"kind": PolicyKind.STALENESS, "months": 12, **fields})


def a_reply(contact=None, number=None, **fields) -> Reply:
    """Make a reply that a person must read; of somebody, to no number of ours, unless said."""
    return Reply.objects.create(
        **{
            "inbound_message_id": f"in-{next(_serial)}",
            "contact": contact or a_contact(),
            "origination_number": number,
            "destination": "12345",
            "body": "when do you open?",
            "meaning": "other",
            "rule": "",
            "state": ReplyState.NEEDS_PERSON,
            "received_at": clock.now(),
            **fields,
        }
    )

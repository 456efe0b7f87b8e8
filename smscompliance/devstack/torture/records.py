"""The records of a torture: people who agreed, and a campaign that two people approved."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from campaigns import approval
from campaigns.models import Campaign, OriginationNumber
from campaigns.vocabulary import NumberKind
from consent import clock, phone_numbers
from consent.contacts import contacts_for
from consent.ledger import EventDraft, record_many
from consent.models import Brand, Contact, Topic
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Source

CHUNK = 5_000
PARTS_PER_SECOND = 500
_serial = count(1)
_people = count()


def an_approved_campaign(size: int) -> tuple[Campaign, list[Contact]]:
    """Make a campaign of that many people, with a number and a topic of its own, due at once."""
    serial = next(_serial)
    brand, _ = Brand.objects.get_or_create(
        name="Example Corp.",
        defaults={
            "support_email": "help@example.com",
            "support_phone": "202-555-0199",
            "website": "https://example.com",
            "terms_url": "https://example.com/terms",
            "privacy_url": "https://example.com/privacy",
        },
    )
    topic = Topic.objects.create(
        slug=f"torture-{serial}",
        brand=brand,
        name=f"torture {serial}",
        message_class=MessageClass.PROMOTIONAL,
        description="News and offers.",
        frequency_count=2,
        frequency_unit="month",
        reminder_months=None,  # a list audit would be one more text to the same people
    )
    number = OriginationNumber.objects.create(
        number=str(12_000 + serial),
        kind=NumberKind.SHORT_CODE,
        brand=brand,
        message_class=MessageClass.PROMOTIONAL,
        parts_per_second=PARTS_PER_SECOND,
    )
    number.topics.set([topic])
    people = _opted_in(topic, size)
    author = _somebody("torture-author")
    campaign = Campaign.objects.create(
        name=f"Torture {serial}",
        topic=topic,
        origination_number=number,
        text=f"Example Corp.: hello {serial}.",
        scheduled_at=clock.now(),
        author=author,
    )
    approval.submit(campaign, by=author)
    return approval.approve(campaign, by=_somebody("torture-approver")), people


def _opted_in(topic: Topic, size: int) -> list[Contact]:
    found: list[Contact] = []
    agreed_at = clock.now() - timedelta(days=100)
    while len(found) < size:
        found += _chunk(topic, min(CHUNK, size - len(found)), agreed_at)
    return found


def _chunk(topic: Topic, size: int, agreed_at: datetime) -> Sequence[Contact]:
    numbers = [phone_numbers.of_e164(f"+1212{2_000_000 + next(_people)}") for _ in range(size)]
    people = list(contacts_for(numbers, reason="Torture").values())
    record_many(
        [
            EventDraft(
                contact=person.pk,
                kind=EventKind.OPTED_IN,
                source=Source.PAPER_FORM,
                topic=topic.pk,
                basis=LegalBasis.EXPRESS_WRITTEN,
                occurred_at=agreed_at,
            )
            for person in people
        ]
    )
    return people


def _somebody(name: str) -> User:
    users = get_user_model().objects
    return users.filter(username=name).first() or users.create_user(username=name, is_staff=True)

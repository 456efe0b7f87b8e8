"""Leave topics by the link in a text: codes for people, and what following one may do."""

import secrets
import string
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from consent import clock, ledger
from consent.ledger import EventDraft, EvidenceDraft
from consent.models import Contact, Evidence, OptInEvent, Subscription, Topic, UnsubscribeCode
from consent.vocabulary import EventKind, Source, Standing

MARKS = string.digits + string.ascii_letters
LENGTH = 11  # marks out of 62: 65 bits, so that guessing for years finds nobody
REACHED = (Standing.OPTED_IN, Standing.PENDING)


def address_of(code: str) -> str:
    """Return the address of a code's page; all are of the same length."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}/u/{code}"


def codes_for(contacts: Iterable[int]) -> dict[int, str]:
    """Return the code of each contact, made now where there is none; one statement for many."""
    wanted = sorted(set(contacts))
    found = _known(wanted)
    while missing := [contact for contact in wanted if contact not in found]:
        moment = clock.now()
        # Who comes second finds the first one's; a code that is taken already is drawn again
        UnsubscribeCode.objects.bulk_create(
            [UnsubscribeCode(code=_drawn(), contact_id=c, made_at=moment) for c in missing],
            batch_size=10_000,
            ignore_conflicts=True,
        )
        found |= _known(missing)
    return found


def contact_of(code: str) -> Contact | None:
    """Return whose code it is, or None."""
    return Contact.objects.filter(unsubscribe_code=code).first()


def topics_reached(contact: Contact) -> list[Topic]:
    """Return the topics that a person is in, or has asked for."""
    rows = Subscription.objects.filter(
        contact=contact, standing__in=REACHED, topic__isnull=False
    ).select_related("topic__brand")
    return sorted((row.topic for row in rows if row.topic), key=lambda topic: str(topic))


def has_left_everything(contact: Contact) -> bool:
    """Say whether nothing is left to leave: now, and of topics to come."""
    rows: dict[int | None, str] = dict(
        Subscription.objects.filter(contact=contact).values_list("topic", "standing")
    )
    return rows.pop(None, "") == Standing.OPTED_OUT and not set(rows.values()) & set(REACHED)


@transaction.atomic
def leave(contact: Contact, topic: Topic | None, *, evidence: EvidenceDraft) -> OptInEvent | None:
    """Record that a person left a topic, or with None everything; None if they had left before.

    One event at most, so that one text can acknowledge it. The caller wakes campaigns:
    `tasks.wake_opt_out_confirmation`.
    """
    ledger.hold([contact.pk])
    if topic is None:
        if has_left_everything(contact):
            return None
    elif topic not in topics_reached(contact):
        return None
    return ledger.record(
        EventDraft(
            contact=contact.pk,
            topic=topic.pk if topic else None,
            kind=EventKind.OPTED_OUT,
            source=Source.WEB_FORM,
            evidence=evidence,
        )
    )


def address_leaves_too_often(ip_address: str | None) -> bool:
    """Say whether an internet address has left so often within the hour that it is a machine.

    Many people share a carrier's address, and each of them may leave: the bound is high.
    """
    recent = Evidence.objects.filter(
        ip_address=ip_address,
        recorded_at__gt=clock.now() - timedelta(hours=1),
        event__source=Source.WEB_FORM,
        event__kind=EventKind.OPTED_OUT,
    )
    return recent.count() >= settings.UNSUBSCRIBES_PER_ADDRESS_AND_HOUR


def _known(contacts: Sequence[int]) -> dict[int, str]:
    rows = UnsubscribeCode.objects.filter(contact__in=contacts)
    return dict(rows.values_list("contact", "code"))


def _drawn() -> str:
    rest, marks = secrets.randbelow(len(MARKS) ** LENGTH), ""
    for _ in range(LENGTH):
        rest, mark = divmod(rest, len(MARKS))
        marks += MARKS[mark]
    return marks

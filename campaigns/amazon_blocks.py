"""What we know of Amazon's opt-out list, and what it means for the ledger."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from campaigns.clearance_blocks import BY_THE_PHONE
from campaigns.models import AmazonBlock, OptOutComparison
from consent import ledger
from consent.ledger import EventDraft, EvidenceDraft
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, Source, Standing

FREE = [Standing.OPTED_IN, Standing.PENDING]
NOTE = "Amazon's opt-out list holds the number: nothing from this account reaches it."


@transaction.atomic
def note(
    seen: Mapping[int, tuple[datetime, EvidenceDraft]],
    comparison: OptOutComparison | None = None,
) -> int:
    """Remember that Amazon's list holds these contacts; return for how many the ledger changed.

    `seen` says since when we know, and how. Who was free to text here is opted out of everything.
    A block that we knew of changes nothing: whoever agreed again since then stands as they said.
    """
    ledger.hold(seen)
    known = set(AmazonBlock.objects.in_force().filter(pk__in=seen).values_list("pk", flat=True))
    if comparison is not None:
        AmazonBlock.objects.filter(pk__in=known).update(confirmed_by=comparison)
    # A receipt of a text from before the number left the list tells nothing of now
    left = dict(
        AmazonBlock.objects.filter(pk__in=seen, left_at__isnull=False).values_list("pk", "left_at")
    )
    overtaken = {contact for contact, at in left.items() if at and seen[contact][0] < at}
    fresh = sorted(set(seen) - known - overtaken)
    standings: dict[int, set[tuple[int | None, str]]] = {contact: set() for contact in fresh}
    for contact, topic, standing in Subscription.objects.filter(contact__in=fresh).values_list(
        "contact_id", "topic_id", "standing"
    ):
        standings[contact].add((topic, standing))
    free = {
        contact
        for contact, rows in standings.items()
        if any(standing in FREE for _, standing in rows)
    }
    gone = {c for c, rows in standings.items() if (None, Standing.OPTED_OUT.value) in rows} - free
    ledger.record_many(
        [
            EventDraft(
                contact=contact,
                kind=EventKind.OPTED_OUT,
                source=Source.AMAZON,
                occurred_at=seen[contact][0],
                note=NOTE,
                evidence=seen[contact][1],
            )
            for contact in fresh
            if contact not in gone
        ]
    )
    AmazonBlock.objects.bulk_create(
        [
            AmazonBlock(
                contact_id=contact,
                seen_at=seen[contact][0],
                confirmed_by=comparison,
                found_by=comparison,
                was_news=contact in free,
            )
            for contact in fresh
        ],
        update_conflicts=True,
        unique_fields=("contact",),
        update_fields=(
            *("seen_at", "confirmed_by", "found_by", "was_news", "left_at"),
            *("ask_at", "asking_since", "unanswered_at"),
        ),
    )
    return len(fresh) - len(gone)


def agreed_since(block: AmazonBlock) -> OptInEvent | None:
    """Return the opt-in that came after we saw the block and still holds, or None.

    It is completed, or a request that was texted from the phone itself and waits for its YES. Any
    other request is none: anybody can type a number into a form. Nor is an old consent that was
    imported later.
    """
    rows = (
        Subscription.objects.filter(
            Q(
                standing=Standing.OPTED_IN,
                authorised_by__occurred_at__gt=block.seen_at,
                authorised_by__recorded_at__gt=block.seen_at,
            )
            | Q(
                standing=Standing.PENDING,
                requested_by__source__in=BY_THE_PHONE,
                requested_by__occurred_at__gt=block.seen_at,
                requested_by__recorded_at__gt=block.seen_at,
            ),
            contact=block.contact_id,
        )
        .order_by("standing", "-authorised_by", "-requested_by")
        .select_related("authorised_by__topic__brand", "requested_by__topic__brand")
    )
    found = rows.first()
    if found is None:
        return None
    return found.authorised_by if found.standing == Standing.OPTED_IN else found.requested_by


def ask_soon(contacts: Collection[int], moment: datetime) -> None:
    """Have Amazon asked to lift its blocks of these; who is being asked about stays as they are.

    `unblocking` asks, outside of any transaction, and only for who agreed anew.
    """
    found = AmazonBlock.objects.in_force().filter(pk__in=contacts, ask_at=None)
    found.update(ask_at=moment, asking_since=moment)

"""Find or make the contacts of phone numbers, one or many."""

from collections.abc import Iterable, Sequence

from django.db import transaction

from consent import clock
from consent.models import Contact
from consent.phone_numbers import PhoneNumber


def contact_for(number: PhoneNumber) -> Contact:
    """Return the contact of a number, made now if it is new."""
    return contacts_for([number])[number.e164]


def held_contact_for(number: PhoneNumber) -> Contact:
    """Return the contact of a number, made if it is new, locked until the transaction ends.

    As `ledger.hold` does it: ask before reading a standing to act upon.
    """
    rows = Contact.objects.select_for_update(no_key=True).filter(number=number.e164)
    found = rows.first()
    if found is None:
        contact_for(number)
        found = rows.get()
    return found


def contacts_for(
    numbers: Iterable[PhoneNumber], *, reason: str = "First heard of"
) -> dict[str, Contact]:
    """Return the contacts of many numbers by E.164; new ones are written with their history.

    Safe beside other writers of the same numbers: who comes second finds the first one's row.
    """
    wanted = {number.e164: number for number in numbers}
    found = _known(wanted)
    missing = [number for e164, number in sorted(wanted.items()) if e164 not in found]
    if missing:
        found |= _made(missing, reason)
    return found


@transaction.atomic
def _made(missing: Sequence[PhoneNumber], reason: str) -> dict[str, Contact]:
    moment = clock.now()
    drafts = [
        Contact(
            number=number.e164,
            country=number.country,
            state=number.state,
            time_zones=list(number.time_zones),
            created_at=moment,
        )
        for number in missing
    ]
    Contact.objects.bulk_create(drafts, batch_size=5000, ignore_conflicts=True)
    found = _known(draft.number for draft in drafts)
    # Ours bear the public id that we gave; the others are a faster writer's, and so is their
    # history. bulk_create_with_history would look for them by their editable fields alone, and
    # write history for every contact of whom nothing is stated.
    ours = {draft.public_id for draft in drafts}
    Contact.history.bulk_history_create(
        [contact for contact in found.values() if contact.public_id in ours],
        batch_size=5000,
        default_change_reason=reason,
        default_date=moment,
    )
    return found


def _known(numbers: Iterable[str]) -> dict[str, Contact]:
    return {contact.number: contact for contact in Contact.objects.filter(number__in=list(numbers))}

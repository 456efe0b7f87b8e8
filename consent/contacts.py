"""Find or make the contacts of phone numbers, one or many."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from consent import clock
from consent.models import Contact, ContactImport
from consent.phone_numbers import PhoneNumber

BY_LIST = "Contact import #"  # why the history of a contact says it was made or changed


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


def imports_of(contact: Contact) -> QuerySet[ContactImport]:
    """Return the lists that a contact came in, or that told something new of them, newest first."""
    told = contact.history.filter(history_change_reason__startswith=BY_LIST).values_list(
        "history_change_reason", flat=True
    )
    filled_in = [int(reason.removeprefix(BY_LIST)) for reason in told]
    brought = contact.events.filter(contact_import__isnull=False).values("contact_import")
    return ContactImport.objects.filter(Q(pk__in=filled_in) | Q(pk__in=brought))


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

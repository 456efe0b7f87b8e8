"""Take a consent that staff know of: on paper, by phone, in the shop, or implied by dealings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q

from consent import clock, evidence_files, ledger
from consent.ledger import NO_SOFT_FACTS, EventDraft, EvidenceDraft, SoftFacts
from consent.models import Contact, OptInEvent, Subscription, Suppression, Topic
from consent.vocabulary import EventKind, ImpliedBy, LegalBasis, Source, Standing

STRENGTH = list(LegalBasis)  # strongest first
WRITTEN = frozenset({Source.PAPER_FORM, Source.EMAIL, Source.LETTER})
"""The roads by which staff get an agreement in writing: 47 CFR 64.1200(f)(9)."""


class CannotTake(Exception):  # noqa: N818  reads as what it is where it is caught
    """A consent that the ledger does not bear; the sentence is for staff."""


@dataclass(frozen=True, slots=True)
class Given:
    """A consent as staff know it. `on` is the day it was given, or of what implies it."""

    source: Source
    basis: LegalBasis
    on: date
    note: str
    implied_by: ImpliedBy | None = None
    soft: SoftFacts = NO_SOFT_FACTS
    words: str = ""
    file: File | None = None


def take(contact: Contact, topic: Topic, given: Given, *, by: AbstractBaseUser) -> OptInEvent:
    """Record the consent with its evidence; raise `CannotTake` where it would overturn a no."""
    file, digest = evidence_files.store(given.file) if given.file else ("", "")
    try:
        evidence = EvidenceDraft(words_received=given.words, file=file, file_digest=digest)
        return _take(contact, topic, given, by, evidence)
    except BaseException:
        if file:
            evidence_files.forget(file)
        raise


@transaction.atomic
def _take(
    contact: Contact, topic: Topic, given: Given, by: AbstractBaseUser, evidence: EvidenceDraft
) -> OptInEvent:
    ledger.hold([contact.pk])
    _refuse_to_overturn(contact, topic, given)
    event = ledger.record(
        EventDraft(
            contact=contact.pk,
            topic=topic.pk,
            kind=EventKind.OPTED_IN,
            source=given.source,
            basis=given.basis,
            # The day's beginning: nobody knows the hour, and a term must not end too late
            occurred_at=datetime.combine(given.on, time(), UTC),
            recorded_by=by.pk,
            note=given.note,
            implied_by=given.implied_by,
            implied_on=given.on if given.implied_by else None,
            soft=given.soft,
            evidence=evidence,
        )
    )
    if not Subscription.objects.filter(contact=contact, topic=topic, authorised_by=event).exists():
        raise CannotTake("What the ledger holds is newer than that day: it would change nothing.")
    return event


def _refuse_to_overturn(contact: Contact, topic: Topic, given: Given) -> None:
    if not topic.open:
        raise CannotTake("The topic is closed: nobody can join it.")
    about = Q(contact=contact) & (Q(topic=topic) | Q(topic=None))
    bars = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    if Suppression.objects.filter(about & bars).exists():
        raise CannotTake("This number is suppressed: no consent overcomes that.")
    rows = {row.topic_id: row for row in Subscription.objects.filter(about)}
    stands = rows.get(topic.pk) or rows.get(None)
    if stands is None:
        return
    if stands.opted_out_by_id is not None:
        raise CannotTake("They opted out. Nobody overturns that: only they can join again.")
    if stands.standing == Standing.DECLINED:
        raise CannotTake("They were asked and declined: only they can join again.")
    if stands.standing == Standing.OPTED_IN and STRENGTH.index(
        LegalBasis(stands.legal_basis)
    ) < STRENGTH.index(given.basis):
        basis = stands.legal_basis.replace("_", " ")
        raise CannotTake(f"They gave {basis} consent, which is stronger: it stays as it is.")

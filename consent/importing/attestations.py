"""What a person vouches for by name, once for all rows of a list: its words, its proof, its force.

Nobody is opted in by a list without proof. Where the rows hold none, somebody who has it may say
when, how, on what ground and to which wording all of them agreed, attach what shows it, and sign.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.db import IntegrityError, transaction

from consent import clock, evidence_files
from consent.importing.grounds import NOT_ATTESTED, ORAL, PLACES, Attested
from consent.models import (
    Brand,
    ContactImport,
    Disclosure,
    ImportAttestation,
    ImportProof,
)
from consent.vocabulary import ImportState, LegalBasis, ListKind, Place, Source

NOTE = "Attested for the whole list, attestation"
ATTESTABLE = (ImportState.UNATTESTED, ImportState.NEEDS_MAPPING, ImportState.PREVIEWED)
BASES = (LegalBasis.EXPRESS_WRITTEN, LegalBasis.EXPRESS)
EARLIEST = date(2000, 1, 1)
MOST_PROOFS, LARGEST_PROOF = 10, 10 * 1024 * 1024
# What each sort of file begins with, whatever its name says
PROOFS = {
    ".pdf": (b"%PDF-",),
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".tif": (b"II*\x00", b"MM\x00*"),
    ".tiff": (b"II*\x00", b"MM\x00*"),
}
_WORDS = """\
I attest for {company}, of the list {file_name} (SHA-256 {digest}):

1. Every person on the list agreed to get texts from {company} at the number that stands beside \
them. Where a row does not say when, how, on what ground or to which wording, it was as I state \
here.
2. Where I state "in writing", each of them gave prior express written consent as 47 CFR \
64.1200(f)(9) defines it: an agreement in writing, signed on paper or electronically, to marketing \
texts that may be sent automatically, told clearly that agreeing is not a condition of buying \
anything.
3. The list was not bought, rented, or gathered for anybody else, and I know of nobody on it who \
has asked us to stop since.
4. The files that I attach are true copies of what people signed or were shown, and belong to this \
list.
5. I know this from our records, I may say it for {company}, and we can produce those records.

I know that these words, the files, my name and the moment are kept with every consent that the \
list brings, and are shown to whoever may audit it."""


class CannotAttest(Exception):  # noqa: N818  reads as what it is where it is caught
    """What nobody can attest; `field` is what it is about, the sentence is for the person."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated of all rows that do not say it; None where it is left to the rows."""

    source: Source | None = None
    basis: LegalBasis | None = None
    agreed_on: date | None = None
    zone: ZoneInfo | None = None
    disclosure: Disclosure | None = None

    @property
    def agreed_at(self) -> datetime | None:
        """Return the first minute of the day; nobody may be texted for longer than they agreed."""
        if self.agreed_on is None or self.zone is None:
            return None
        return datetime.combine(self.agreed_on, time(), self.zone)


def words(taken: ContactImport) -> str:
    """Return what a person accepts by name, of this list and for whoever speaks through it."""
    brands = Brand.objects.filter(topics__open=True).distinct().order_by("name")
    company = (
        taken.default_topic.brand.name
        if taken.default_topic
        else " and ".join(brands.values_list("name", flat=True))
    )
    return _WORDS.format(
        company=company or "this company", file_name=taken.file_name, digest=taken.file_digest
    )


def attest(
    taken: ContactImport,
    stated: Stated,
    proofs: Sequence[File],
    *,
    name: str,
    by: Any,
    lease_until: datetime | None = None,
) -> ImportAttestation:
    """Keep what a person attests of a list, and have the list read by it.

    Raise `CannotAttest`; a preview is begun anew. With a lease the caller reads the list by itself,
    otherwise a worker is to be woken.
    """
    _refuse_contradictions(taken, stated)
    _refuse_name(name, by)
    for proof in proofs:
        _refuse_proof(proof)
    if len(proofs) > MOST_PROOFS:
        raise CannotAttest("proofs", f"Attach up to {MOST_PROOFS} files.")
    stored: list[tuple[str, str, int]] = []
    try:
        for proof in proofs:
            stored.append((*evidence_files.store(proof), proof.size))
        return _attest(taken, stated, stored, " ".join(name.split()), by, lease_until)
    except BaseException:
        for kept, _, _ in stored:
            evidence_files.forget(kept)
        raise


@transaction.atomic
def _attest(
    taken: ContactImport,
    stated: Stated,
    stored: Sequence[tuple[str, str, int]],
    name: str,
    by: Any,
    lease_until: datetime | None,
) -> ImportAttestation:
    made = ImportAttestation.objects.create(
        contact_import=taken,
        source=stated.source or "",
        legal_basis=stated.basis or "",
        agreed_on=stated.agreed_on,
        time_zone=stated.zone.key if stated.zone and stated.agreed_on else "",
        agreed_at=stated.agreed_at,
        disclosure=stated.disclosure,
        words=words(taken),
        name=name,
        attested_by=by,
        attested_at=clock.now(),
    )
    try:
        with transaction.atomic():
            for file, digest, size in stored:
                made.proofs.create(file=file, file_digest=digest, size=size)
    except IntegrityError:
        raise CannotAttest("proofs", "One file is attached twice.") from None
    still = ContactImport.objects.filter(pk=taken.pk, state__in=ATTESTABLE).update(
        state=ImportState.UPLOADED,
        attestation=made,
        rows=0,
        counts={},
        figures={},
        lease_until=lease_until,
    )
    if not still:
        raise CannotAttest("", "Somebody confirmed or discarded this list before you.")
    return made


def read_without(taken: ContactImport) -> bool:
    """Have a list read that waits to be attested, by what its rows say alone."""
    waiting = ContactImport.objects.filter(pk=taken.pk, state=ImportState.UNATTESTED)
    return bool(waiting.update(state=ImportState.UPLOADED, lease_until=None))


def attested(taken: ContactImport) -> Attested:
    """Return what stands in for rows of a list that do not speak for themselves."""
    if taken.attestation_id is None:
        return NOT_ATTESTED
    found = ImportAttestation.objects.select_related("disclosure").get(pk=taken.attestation_id)
    shown = found.disclosure
    return Attested(
        found.agreed_at,
        Source(found.source) if found.source else None,
        LegalBasis(found.legal_basis) if found.legal_basis else None,
        (shown.pk, shown.topic_id, Place(shown.place)) if shown else None,
    )


def of_event(event_id: int | None) -> ImportAttestation | None:
    """Return what somebody attested of the list that an event came in."""
    return (
        ImportAttestation.objects.prefetch_related("proofs")
        .filter(in_force_for__events=event_id)
        .first()
        if event_id
        else None
    )


def forget_proofs(taken: ContactImport) -> None:
    """Remove the files attached to a list that was given up; who attested what stays."""
    gone = ImportProof.objects.filter(attestation__contact_import=taken)
    files = list(gone.values_list("file", flat=True))
    gone.delete()
    for file in files:
        transaction.on_commit(partial(evidence_files.forget, file))


def _refuse_name(name: str, by: Any) -> None:
    full = " ".join(by.get_full_name().split())
    if not full:
        raise CannotAttest(
            "name",
            "Your account bears no full name, so nobody could tell who attested: have an "
            "administrator enter it.",
        )
    if " ".join(name.split()).casefold() != full.casefold():
        raise CannotAttest(
            "name", f"This is not your name as your account has it: type {full} to accept."
        )


def _refuse_contradictions(taken: ContactImport, stated: Stated) -> None:
    if taken.holds != ListKind.CONSENTS:
        raise CannotAttest("", "Only a consent is attested; this list holds none.")
    if not (stated.source or stated.basis or stated.agreed_on or stated.disclosure):
        raise CannotAttest(
            "", "State at least one of when, how, on what ground and what they read."
        )
    if stated.basis and stated.basis not in BASES:
        raise CannotAttest("basis", "A list attests express consent alone.")
    if stated.basis is LegalBasis.EXPRESS_WRITTEN and stated.source in ORAL:
        raise CannotAttest("basis", "What was only spoken is not in writing: 47 CFR 64.1200(f)(9).")
    if stated.agreed_on and stated.zone is None:
        raise CannotAttest("zone", "Say in which time zone that day was.")
    at = stated.agreed_at
    if at and at > clock.now():
        raise CannotAttest("agreed_on", "This day has not come yet.")
    if stated.agreed_on and stated.agreed_on < EARLIEST:
        raise CannotAttest("agreed_on", f"{stated.agreed_on:%Y} is too early to be true.")
    shown = stated.disclosure
    if shown is None:
        return
    if shown.published_at is None:
        raise CannotAttest("disclosure", "Nobody can have read a draft.")
    if stated.source and PLACES.get(stated.source, Place.OTHER) != shown.place:
        where = shown.get_place_display().lower()
        raise CannotAttest("disclosure", f"This wording was shown elsewhere ({where}).")
    if taken.default_topic_id not in {None, shown.topic_id}:
        raise CannotAttest("disclosure", "This wording is of another topic than the list's.")


def _refuse_proof(proof: File) -> None:
    ending = "." + (proof.name or "").rpartition(".")[2].lower()
    if ending not in PROOFS:
        kinds = ", ".join(each[1:].upper() for each in PROOFS)
        raise CannotAttest("proofs", f"A proof is a scan or a screenshot: {kinds}.")
    if not proof.size or proof.size > LARGEST_PROOF:
        raise CannotAttest(
            "proofs", f"Each file has up to {LARGEST_PROOF // 1024 // 1024} MB, and is not empty."
        )
    proof.seek(0)
    beginning = proof.read(16)
    proof.seek(0)
    if not beginning.startswith(PROOFS[ending]):
        raise CannotAttest("proofs", f"One file is called {ending} and is none: save it anew.")

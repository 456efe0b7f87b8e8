"""The sheets of an audit export that consent keeps: consents, wordings, imports, checks."""

from collections.abc import Iterator, Sequence

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, OuterRef, Q, QuerySet, When

from consent.audit_choice import concerns_few, events, of_people, topics, within
from consent.audit_export import CHUNK, Rows, Sheet
from consent.grounds import SOFT_FACTS
from consent.models import (
    AuditExport,
    ContactImport,
    Disclosure,
    ImportProof,
    OptInEvent,
    ReassignedQuestion,
)

# Heading of a column, and where it comes from
CONSENTS = {
    "event": "pk",
    "number": "contact__number",
    "contact_country": "contact__country",
    "contact_state": "contact__state",
    "external_id": "contact__external_id",
    "topic": "topic__slug",
    "brand": "topic__brand__name",
    "message_class": "topic__message_class",
    "kind": "kind",
    "source": "source",
    "legal_basis": "legal_basis",
    "implied_by": "implied_by",
    "implied_on": "implied_on",
    **{f"soft_{fact}": fact for fact in SOFT_FACTS},
    "occurred_at": "occurred_at",
    "recorded_at": "recorded_at",
    "recorded_by": "recorded_by__username",
    "disclosure": "disclosure_id",
    "disclosure_version": "disclosure__version",
    "disclosure_language": "disclosure__language",
    "disclosure_place": "disclosure__place",
    "disclosure_published_at": "disclosure__published_at",
    "disclosure_wording": "disclosure__wording",
    "words_shown": "words",
    "words_received": "evidence__words_received",
    "ip_address": "evidence__ip_address",
    "user_agent": "evidence__user_agent",
    "page": "evidence__page",
    "form_fields": "evidence__form_fields",
    "list_row": "evidence__list_row",
    "evidence_file": "evidence__file",
    "evidence_file_sha256": "evidence__file_digest",
    "evidence_salt": "evidence__salt",
    "evidence_digest": "evidence_digest",
    "import": "contact_import_id",
    "import_file": "contact_import__file_name",
    "import_sha256": "contact_import__file_digest",
    "attestation": "contact_import__attestation_id",
    "corrects_event": "corrects_id",
    "expires_at": "expires_at",
    "note": "note",
}
DISCLOSURES = {
    "disclosure": "pk",
    "topic": "topic__slug",
    "brand": "topic__brand__name",
    "language": "language",
    "place": "place",
    "version": "version",
    "published_at": "published_at",
    "wording": "wording",
}
IMPORTS = {
    "import": "pk",
    "file_name": "file_name",
    "sha256": "file_digest",
    "holds": "holds",
    "list_name": "list_name",
    "list_date": "list_date",
    "expires_on": "expires_on",
    "default_topic": "default_topic__slug",
    "state": "state",
    "rows": "rows",
    "rows_by_outcome": "counts",
    "uploaded_by": "uploaded_by__username",
    "uploaded_at": "uploaded_at",
    "confirmed_by": "confirmed_by__username",
    "applied_at": "applied_at",
    "fault": "fault",
    "attestation": "attestation_id",
    "attested_by": "attestation__attested_by__username",
    "attested_name": "attestation__name",
    "attested_at": "attestation__attested_at",
    "attested_words": "attestation__words",
    "attested_source": "attestation__source",
    "attested_basis": "attestation__legal_basis",
    "attested_day": "attestation__agreed_on",
    "attested_time_zone": "attestation__time_zone",
    "attested_disclosure": "attestation__disclosure_id",
    "proofs_sha256": "proofs_sha256",
}

REASSIGNED = {
    "check": "check_made_id",
    "number": "contact__number",
    "date_asked_about": "about",
    "asked_at": "check_made__asked_at",
    "asked_by": "check_made__asked_by__username",
    "reason": "check_made__reason",
    "answer": "answers__answer",
    "answered_on": "answers__answered_on",
    "recorded_at": "answers__recorded_at",
    "recorded_by": "answers__recorded_by__username",
    "answers_file": "answers__file__file_name",
    "answers_sha256": "answers__file__file_digest",
}

# As `Evidence.words` has it; where nothing was seen or the evidence is erased, nothing is said
_WORDS = Case(
    When(Q(evidence__list_row__gt="", disclosure__isnull=False), then="disclosure__wording"),
    default="evidence__words_shown",
)


def streamed(rows: QuerySet, columns: dict[str, str]) -> Iterator[Sequence[object]]:
    """Read rows through a cursor on the server, so that memory stays flat."""
    yield from rows.values_list(*columns.values()).iterator(chunk_size=CHUNK)


def _consents(export: AuditExport) -> Rows:
    binary = [list(CONSENTS).index(name) for name in ("evidence_salt", "evidence_digest")]
    drawn = set(export.sampled or ())
    found = events(export).annotate(words=_WORDS).order_by("pk")
    for row in streamed(found, CONSENTS):
        cells = list(row)
        for at in binary:
            cells[at] = bytes(cells[at]).hex() if cells[at] is not None else ""  # type: ignore[call-overload]
        yield [*cells, cells[0] in drawn if export.sampled is not None else None]


def _disclosures(export: AuditExport) -> Rows:
    found = Disclosure.objects.order_by("pk")
    about = topics(export)
    if about is not None:
        found = found.filter(topic__in=about)
    if concerns_few(export):
        touched = OptInEvent.objects.filter(of_people(export)).values("topic")
        found = found.filter(topic__in=touched)
    return streamed(found, DISCLOSURES)


def _imports(export: AuditExport) -> Rows:
    found = ContactImport.objects.order_by("pk")
    if concerns_few(export) or topics(export) is not None:
        found = found.filter(pk__in=events(export).values("contact_import"))
    else:
        found = found.filter(within(export, "uploaded_at"))
    proofs = ImportProof.objects.filter(attestation=OuterRef("attestation")).order_by("pk")
    found = found.annotate(proofs_sha256=ArraySubquery(proofs.values("file_digest")))
    for row in streamed(found, IMPORTS):
        *cells, digests = row
        yield [*cells, " ".join(digests)]  # type: ignore[arg-type]


def _reassigned(export: AuditExport) -> Rows:
    found = ReassignedQuestion.objects.order_by("pk", "answers__pk")
    found = found.filter(of_people(export), within(export, "check_made__asked_at"))
    if topics(export) is not None:
        found = found.filter(contact__in=events(export).values("contact"))
    return streamed(found, REASSIGNED)


SHEETS = (
    Sheet(
        "consents.csv",
        (*CONSENTS, "drawn"),
        _consents,
        frozenset(
            {
                "words_shown",
                "words_received",
                "page",
                "form_fields",
                "list_row",
                "note",
                "external_id",
            }
        ),
    ),
    Sheet("disclosures.csv", tuple(DISCLOSURES), _disclosures),
    Sheet("imports.csv", tuple(IMPORTS), _imports),
    Sheet("reassigned.csv", tuple(REASSIGNED), _reassigned, frozenset({"reason"})),
)

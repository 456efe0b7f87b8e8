import hashlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from consent.importing import applying, attestations, previewing
from consent.importing.attestations import CannotAttest, Stated
from consent.models import ContactImport, ImportAttestation, ImportProof, OptInEvent
from consent.vocabulary import ImportState, LegalBasis, ListKind, Place, Source
from tests.builders import a_contact, a_disclosure, a_topic, a_user, an_event
from tests.consent.importing.lists import a_list, a_row

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a scan"
NEW_YORK = ZoneInfo("America/New_York")
DAY = date(2025, 3, 4)
PAPER = Stated(Source.PAPER_FORM, LegalBasis.EXPRESS_WRITTEN, DAY, NEW_YORK)


@pytest.fixture
def lisa():
    return a_user("lisa", first_name="Lisa", last_name="Listwright")


def a_scan(data=PDF, name="sheet.pdf"):
    return ContentFile(data, name=name)


def waiting(file, by, **how):
    return previewing.receive(
        file, "fair.csv", default_topic=how.pop("topic", None), user=by, to_attest=True, **how
    )


def attested(taken, by, stated=PAPER, proofs=(), name="lisa  listwright"):
    made = attestations.attest(taken, stated, proofs, name=name, by=by)
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    return made


def recorded(taken, by):
    applying.confirm(taken.pk, user=by)
    applying.apply(taken.pk)
    return OptInEvent.objects.filter(contact_import=taken).order_by("pk")


def test_a_list_of_bare_numbers_is_opted_in_by_what_somebody_attests(lisa):
    topic = a_topic()
    wording = a_disclosure(topic, place=Place.PAPER_FORM)
    taken = waiting(a_list("+12125550101", "+12125550102", header="phone"), lisa, topic=topic)
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert taken.state == ImportState.UNATTESTED  # no worker reads it before

    stated = Stated(Source.PAPER_FORM, LegalBasis.EXPRESS_WRITTEN, DAY, NEW_YORK, wording)
    made = attested(taken, lisa, stated, [a_scan(), a_scan(b"\x89PNG\r\n\x1a\n", "s.PNG")])
    assert (taken.state, taken.counts, taken.attestation) == ("previewed", {"new": 2}, made)
    events = recorded(taken, lisa)
    first = datetime(2025, 3, 4, 5, tzinfo=UTC)  # midnight in New York
    assert [
        (e.occurred_at, e.source, e.legal_basis, e.disclosure, e.evidence.words, e.topic)
        for e in events
    ] == [(first, "paper_form", "express_written", wording, wording.wording, topic)] * 2
    assert events[0].note == (
        f"Attested for the whole list, attestation #{made.pk}. Line 2 of contact import #{taken.pk}"
    )
    assert [proof.file_digest for proof in made.proofs.all()] == [
        hashlib.sha256(PDF).hexdigest(),
        hashlib.sha256(b"\x89PNG\r\n\x1a\n").hexdigest(),
    ]
    assert made.proofs.first().file.read() == PDF
    assert "sheet" not in made.proofs.first().file.name


def test_the_words_name_company_list_and_law_and_are_kept_with_name_and_moment(lisa):
    topic = a_topic()
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=topic)
    words = attestations.words(taken)
    assert "I attest for Example Corp., of the list fair.csv" in words
    assert taken.file_digest in words
    assert "prior express written consent as 47 CFR 64.1200(f)(9)" in words
    made = attested(taken, lisa)
    assert (made.words, made.name, made.attested_by) == (words, "lisa listwright", lisa)
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        ImportAttestation.objects.update(name="Somebody else")
    with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
        ImportAttestation.objects.filter(pk=made.pk)._raw_delete("default")


def test_what_a_row_says_goes_before_what_was_attested_and_is_never_replaced(lisa):
    topic = a_topic()
    rows = [
        a_row("+12125550101", at="2025-01-01T00:00:00Z", how="web form"),
        a_row("+12125550102", at="", how=""),
        a_row("+12125550103", at="n/a", how="unknown"),
        a_row("+12125550104", at="May", how="web form"),
        a_row("+12125550105", at="", how="phone call"),
        a_row("+12125550106", at="", how="import"),
    ]
    taken = waiting(a_list(*rows), lisa, topic=topic)
    attested(taken, lisa)
    assert taken.counts == {"new": 4, "no_proof": 2}
    first, theirs = datetime(2025, 3, 4, 5, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    assert [(e.occurred_at, e.source, e.legal_basis) for e in recorded(taken, lisa)] == [
        (theirs, "web_form", "express_written"),
        (first, "paper_form", "express_written"),
        (first, "paper_form", "express_written"),
        (first, "phone_call", "express"),  # nobody attests a writing of what was spoken
    ]


def test_what_is_not_attested_is_left_to_the_rows(lisa):
    topic = a_topic()
    rows = ["+12125550101,2025-01-01T00:00:00Z", "+12125550102,"]
    taken = waiting(a_list(*rows, header="phone,consented_at"), lisa, topic=topic)
    attested(taken, lisa, Stated(source=Source.EMAIL))
    assert taken.counts == {"new": 1, "no_proof": 1}


def test_a_weaker_ground_that_is_attested_holds(lisa):
    topic = a_topic()
    taken = waiting(a_list(a_row()), lisa, topic=topic)
    attested(taken, lisa, Stated(basis=LegalBasis.EXPRESS))
    assert recorded(taken, lisa).get().legal_basis == "express"


def test_who_left_stays_out_whatever_is_attested(lisa):
    topic = a_topic()
    an_event(a_contact("+12125550101"), "opted_out")
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=topic)
    attested(taken, lisa)
    assert taken.counts == {"opted_out": 1}


def test_a_wording_counts_only_where_it_was_shown(lisa):
    topic, other = a_topic(), a_topic("example-offers")
    wording = a_disclosure(topic, place=Place.PAPER_FORM)
    rows = [
        "+12125550101,example-alerts,paper form,",
        "+12125550102,example-offers,paper form,",
        "+12125550103,example-alerts,web form,",
        "+12125550104,example-alerts,paper form,v7",
    ]
    header = "phone,topic,source,disclosure_version"
    taken = waiting(a_list(*rows, header=header), lisa)
    attested(taken, lisa, Stated(agreed_on=DAY, zone=NEW_YORK, disclosure=wording))
    events = recorded(taken, lisa)
    assert [e.disclosure for e in events] == [wording, None, None, None]
    assert [e.topic for e in events] == [topic, other, topic, topic]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("Lisa", "This is not your name as your account has it: type Lisa Listwright"),
        ("", "This is not your name"),
        ("Olive Officer", "This is not your name"),
    ],
)
def test_another_name_is_refused(lisa, typed, says):
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=a_topic())
    with pytest.raises(CannotAttest, match=says):
        attestations.attest(taken, PAPER, [], name=typed, by=lisa)
    assert ImportAttestation.objects.count() == 0


def test_an_account_without_a_name_attests_nothing():
    nobody = a_user("nobody")
    taken = waiting(a_list("+12125550101", header="phone"), nobody, topic=a_topic())
    with pytest.raises(CannotAttest, match="bears no full name"):
        attestations.attest(taken, PAPER, [], name="", by=nobody)


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        (Stated(), ""),
        (Stated(Source.PHONE_CALL, LegalBasis.EXPRESS_WRITTEN), "basis"),
        (Stated(basis=LegalBasis.IMPLIED), "basis"),
        (Stated(agreed_on=DAY), "zone"),
        (Stated(agreed_on=date(2097, 1, 1), zone=NEW_YORK), "agreed_on"),
        (Stated(agreed_on=date(1970, 1, 1), zone=NEW_YORK), "agreed_on"),
    ],
)
def test_what_cannot_be_attested_says_what_is_wrong(lisa, stated, field):
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=a_topic())
    with pytest.raises(CannotAttest) as refused:
        attestations.attest(taken, stated, [], name="Lisa Listwright", by=lisa)
    assert refused.value.field == field


def test_a_draft_another_topic_or_another_place_is_no_wording_to_attest(lisa):
    topic, other = a_topic(), a_topic("example-offers")
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=topic)
    for wording in (
        a_disclosure(topic, place=Place.PAPER_FORM, published=False),
        a_disclosure(other, place=Place.PAPER_FORM),
        a_disclosure(topic, place=Place.WEB_FORM),
    ):
        stated = Stated(source=Source.PAPER_FORM, disclosure=wording)
        with pytest.raises(CannotAttest) as refused:
            attestations.attest(taken, stated, [], name="Lisa Listwright", by=lisa)
        assert refused.value.field == "disclosure"


@pytest.mark.parametrize(
    "proof",
    [
        a_scan(name="sheet.exe"),
        a_scan(name="sheet"),
        a_scan(b"<script>", "sheet.pdf"),
        a_scan(PDF, "sheet.png"),
        a_scan(b"", "sheet.pdf"),
        a_scan(PDF + b"x" * attestations.LARGEST_PROOF, "sheet.pdf"),
    ],
    ids=["program", "no ending", "script", "other kind", "empty", "large"],
)
def test_what_is_no_scan_or_too_large_is_refused(lisa, proof, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=a_topic())
    with pytest.raises(CannotAttest) as refused:
        attestations.attest(taken, PAPER, [a_scan(), proof], name="Lisa Listwright", by=lisa)
    assert refused.value.field == "proofs"
    assert not (tmp_path / "evidence").exists()


def test_a_file_attached_twice_is_refused_and_neither_stays(lisa, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=a_topic())
    with pytest.raises(CannotAttest, match="attached twice"):
        attestations.attest(taken, PAPER, [a_scan(), a_scan()], name="Lisa Listwright", by=lisa)
    assert [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()] == []
    assert ImportAttestation.objects.count() == 0


def test_people_who_left_are_attested_by_nobody(lisa):
    taken = previewing.receive(
        a_list("+12125550101", header="phone"),
        "left.csv",
        default_topic=None,
        holds=ListKind.OPT_OUTS,
        user=lisa,
    )
    with pytest.raises(CannotAttest, match="holds none"):
        attestations.attest(taken, PAPER, [], name="Lisa Listwright", by=lisa)


def test_a_preview_is_begun_anew_and_what_was_confirmed_is_not(lisa):
    topic = a_topic()
    taken = previewing.receive(a_list(a_row(at="")), "a.csv", default_topic=topic, user=lisa)
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert taken.counts == {"no_proof": 1}
    attested(taken, lisa)
    assert taken.counts == {"new": 1}
    recorded(taken, lisa)
    with pytest.raises(CannotAttest, match="confirmed or discarded this list before you"):
        attestations.attest(taken, PAPER, [], name="Lisa Listwright", by=lisa)
    assert ImportAttestation.objects.count() == 1


def test_a_discarded_list_takes_its_proof_along_and_keeps_who_attested(
    lisa, django_capture_on_commit_callbacks
):
    taken = waiting(a_list("+12125550101", header="phone"), lisa, topic=a_topic())
    made = attested(taken, lisa, proofs=[a_scan()])
    file = made.proofs.get().file
    with django_capture_on_commit_callbacks(execute=True):
        assert previewing.discard(taken)
    assert (ImportProof.objects.count(), file.storage.exists(file.name)) == (0, False)
    assert ContactImport.objects.get().attestation == made


def test_a_list_may_be_read_without_attesting_after_all(lisa):
    taken = waiting(a_list(a_row()), lisa, topic=a_topic())
    assert attestations.read_without(taken)
    assert not attestations.read_without(taken)
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.counts) == ("previewed", {"new": 1})

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from consent.admin.staff_log import written_about
from consent.importing import applying, attestations, previewing
from consent.models import ContactImport, ImportAttestation, OptInEvent
from tests.builders import a_disclosure, a_topic
from tests.consent.admin.test_contact_import import MANAGES, staff, text_of, upload, url
from tests.consent.importing.lists import a_list, previewed

pytestmark = pytest.mark.django_db

STATED = {
    "source": "paper_form",
    "basis": "express_written",
    "agreed_on": "2025-03-04",
    "zone": "America/New_York",
    "name": "Lisa Listwright",
}
LIST = a_list("+12125550101", "+12125550102", header="phone").getvalue()


def named(user):
    user.first_name, user.last_name = "Lisa", "Listwright"
    user.save()
    return user


def a_scan():
    return SimpleUploadedFile("sheet of Mrs. Jones.pdf", b"%PDF-1.7", content_type="text/html")


def test_one_consent_for_all_rows_is_stated_proved_signed_and_shown(client):
    topic = a_topic()
    wording = a_disclosure(topic, place="paper_form")
    lisa = named(staff(client, *MANAGES, "view_evidence", "view_contact"))
    answer = upload(client, LIST, default_topic=topic.pk, same_consent="on")
    taken = ContactImport.objects.get()
    assert answer.url == url("attest", taken)
    assert "The list waits until somebody states" in text_of(client.get(url("change", taken)))
    page = text_of(client.get(url("attest", taken)))
    assert "I attest for Example Corp., of the list spring.csv" in page
    assert "47 CFR 64.1200(f)(9)" in page

    answer = client.post(
        url("attest", taken), {**STATED, "disclosure": wording.pk, "proofs": [a_scan()]}
    )
    assert answer.url == url("change", taken)
    previewing.preview(taken.pk)
    shown = text_of(client.get(url("change", taken)))
    assert "By <strong>Lisa Listwright</strong>" in shown
    assert "Mar 4, 2025, New York time" in shown
    applying.confirm(taken.pk, user=lisa)
    applying.apply(taken.pk)
    assert [entry.change_message for entry in written_about(taken)] == [
        f"Attested the consents as #{ImportAttestation.objects.get().pk}, with one file of proof.",
        "Uploaded the list.",
    ]
    event = OptInEvent.objects.first()
    file = text_of(client.get(reverse("admin:consent_contact_change", args=[event.contact_id])))
    assert "Attested by Lisa Listwright" in file
    assert "with 1 file of proof" in file


def test_what_a_worker_is_about_to_read_is_not_attested_meanwhile(client):
    lisa = named(staff(client, *MANAGES))
    file = a_list("+12125550101", header="phone")
    taken = previewing.receive(file, "a.csv", default_topic=a_topic(), user=lisa)
    client.post(url("attest", taken), {**STATED, "proofs": [a_scan()]})
    assert ImportAttestation.objects.count() == 0


def test_a_preview_can_be_attested_and_its_proof_fetched(client):
    topic = a_topic()
    lisa = named(staff(client, *MANAGES))
    taken = previewed(
        a_list("+12125550101,,", header="phone,consented_at,source"), topic=topic, user=lisa
    )
    assert taken.counts == {"no_proof": 1}
    assert "The same consent for every row" in text_of(client.get(url("change", taken)))
    client.post(url("attest", taken), {**STATED, "proofs": [a_scan()]})
    kept = ImportAttestation.objects.get().proofs.get()
    address = reverse("admin:consent_contactimport_proof", args=[taken.pk, kept.pk])
    answer = client.get(address)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="proof-{kept.pk}.pdf"'
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    assert written_about(taken).first().change_message == f"Downloaded proof #{kept.pk}."
    staff(client, "view_contactimport", name="other")
    assert client.get(address).status_code == 403


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Liz Wright"}, "This is not your name as your account has it"),
        ({"name": ""}, "This field is required"),
        ({"agreed_on": "2097-01-01"}, "This day has not come yet"),
        ({"zone": ""}, "Say in which time zone that day was"),
        ({"source": "phone_call"}, "What was only spoken is not in writing"),
    ],
)
def test_what_is_not_right_is_said_and_nothing_is_attested(client, change, says):
    topic = a_topic()
    named(staff(client, *MANAGES))
    upload(client, LIST, default_topic=topic.pk, same_consent="on")
    taken = ContactImport.objects.get()
    answer = client.post(url("attest", taken), STATED | change)
    assert (answer.status_code, says in text_of(answer)) == (200, True)
    assert ImportAttestation.objects.count() == 0


def test_a_list_is_read_without_after_all(client):
    named(staff(client, *MANAGES))
    upload(client, LIST, same_consent="on", default_topic=a_topic().pk)
    taken = ContactImport.objects.get()
    client.post(url("attest", taken), {"without": "Read it without"})
    taken.refresh_from_db()
    assert (taken.state, taken.attestation) == ("uploaded", None)


def test_only_who_may_bring_lists_attests_them(client):
    topic = a_topic()
    taken = previewing.receive(a_list(), "a.csv", default_topic=topic, to_attest=True)
    named(staff(client, "view_contactimport", "apply_contactimport"))
    assert client.get(url("attest", taken)).status_code == 403
    assert client.post(url("attest", taken), STATED).status_code == 403
    assert attestations.attested(taken).fields == frozenset()


def test_suppressions_are_not_attested(client):
    named(staff(client, *MANAGES))
    answer = upload(client, LIST, holds="opt_outs", same_consent="on")
    assert "Only of people who agreed is a consent attested" in text_of(answer)

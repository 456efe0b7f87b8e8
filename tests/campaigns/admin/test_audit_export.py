import hashlib

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns import message_export
from consent import audit_export
from consent.admin.staff_log import written_about
from consent.models import AuditExport
from tests.builders import a_brand, a_number, a_topic, a_user, an_opted_in_contact
from tests.campaigns.exports import an_export

pytestmark = pytest.mark.django_db(transaction=True)

AUDITS = ("view_auditexport", "add_auditexport", "download_auditexport", "see_whole_numbers")


def staff(client, *permissions, name="ada"):
    user = a_user(name)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="consent", codename__in=permissions)
    )
    client.force_login(user)
    return user


LETTERS = "This has letters in it: type the digits that they stand for."


def url(page, export=None):
    name = f"admin:consent_auditexport_{page}"
    return reverse(name, args=[export.pk]) if export else reverse(name)


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_an_export_is_asked_for_built_and_downloaded_all_on_record(client, empty_broker):
    topic = a_topic()
    person = an_opted_in_contact(topic, "+12125550101")
    ada = staff(client, *AUDITS)
    asked = {
        "number": "(212) 555-0101",
        "topics": [topic.pk],
        "brands": [topic.brand.pk],
        "since": "2025-01-01",
        "until": "2025-12-31",
        "reason": "Letter of counsel",
    }
    answer = client.post(url("add"), asked)
    export = AuditExport.objects.get()
    assert (answer.status_code, answer.url) == (302, url("change", export))
    assert (export.contact, export.asked_by) == (person, ada)
    assert (list(export.topics.all()), list(export.brands.all())) == ([topic], [topic.brand])
    assert (export.since.isoformat(), export.until.isoformat()) == (
        "2025-01-01T05:00:00+00:00",
        "2026-01-01T05:00:00+00:00",
    )
    page = text_of(client.get(url("change", export)))
    assert "The file is being written" in page
    assert f'data-live="{url("progress", export)}"' in page
    assert client.get(url("download", export)).url == url("change", export)

    audit_export.build(export.pk, message_export.SHEETS)
    export.refresh_from_db()
    news = client.get(url("progress", export)).json()
    assert news["more"] is False
    assert url("download", export) in news["panel"]
    assert export.digest in news["panel"]

    answer = client.get(url("download", export))
    data = b"".join(answer.streaming_content)
    assert hashlib.sha256(data).hexdigest() == export.digest
    assert answer["Content-Digest"].startswith("sha-256=:")
    assert [entry.change_message for entry in written_about(export)] == [
        f"Downloaded the file, SHA-256 {export.digest}.",
        "Asked for the export. Reason: Letter of counsel",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": ""}, "This field is required."),
        ({"number": "nobody"}, "This has letters in it"),
        ({"number": "+12125550199"}, "Nothing is on record of this number."),
        ({"since": "2025-02-01", "until": "2025-01-01"}, "This day lies before the first one."),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(client, fields, said):
    staff(client, *AUDITS)
    assert said in text_of(client.post(url("add"), {"reason": "An audit", **fields}))
    assert AuditExport.objects.count() == 0


def test_several_topics_brands_and_short_codes_are_ticked_and_told(client, empty_broker):
    alerts, offers = a_topic(), a_topic("example-offers", opt_in_keywords=["OFFERS"])
    news = a_topic("acme-news", brand=a_brand("Acme, Inc."), opt_in_keywords=["NEWS"])
    short = a_number(alerts, offers, number="12345")
    off = a_number(news, number="54321", live=False)
    staff(client, *AUDITS)
    page = text_of(client.get(url("add")))
    assert "12345 (short code, Example Corp.)" in page
    assert "54321 (short code, Acme, Inc., off)" in page
    asked = {
        "topics": [alerts.pk, news.pk],
        "brands": [alerts.brand.pk, news.brand.pk],
        "short_codes": [short.pk, off.pk],
        "reason": "An audit",
    }
    client.post(url("add"), asked)
    export = AuditExport.objects.get()
    assert set(export.topics.all()) == {alerts, news}
    assert set(export.brands.all()) == {alerts.brand, news.brand}
    assert export.sent_from == {str(short.pk): "12345", str(off.pk): "54321"}
    assert export.carried == [alerts.pk, offers.pk, news.pk]
    page = text_of(client.get(url("change", export)))
    for said in (
        "Acme, Inc. news or Example Corp. alerts",
        "Acme, Inc. or Example Corp.",
        "12345 or 54321; carried: Acme, Inc. news, Example Corp. alerts, Example Corp. offers",
    ):
        assert f"<dd>{said}</dd>" in page
    listed = text_of(client.get(url("changelist")))
    assert (
        "Acme, Inc. news or Example Corp. alerts, Acme, Inc. or Example Corp., 12345 or" in listed
    )


def test_a_short_code_that_is_not_offered_is_refused(client):
    staff(client, *AUDITS)
    answer = text_of(client.post(url("add"), {"short_codes": ["77"], "reason": "An audit"}))
    assert "Select a valid choice. 77 is not one of the available choices." in answer
    assert AuditExport.objects.count() == 0


def test_nothing_ticked_means_everything(client, empty_broker):
    a_number(a_topic())
    staff(client, *AUDITS)
    client.post(url("add"), {"reason": "An audit"})
    export = AuditExport.objects.get()
    assert (export.sent_from, export.carried) == ({}, None)
    page = text_of(client.get(url("change", export)))
    for said in ("every topic", "every brand", "every number of ours"):
        assert f"<dd>{said}</dd>" in page


def test_asking_looking_and_taking_each_need_their_permission(client):
    export = an_export()
    audit_export.build(export.pk, message_export.SHEETS)
    staff(client, "view_auditexport")
    assert client.get(url("change", export)).status_code == 200
    assert client.get(url("add")).status_code == 403
    assert client.get(url("download", export)).status_code == 403
    staff(client, name="nobody")
    for page in ("change", "progress", "download"):
        assert client.get(url(page, export)).status_code == 403


def test_the_number_is_masked_for_who_may_not_see_it(client):
    export = an_export(contact=an_opted_in_contact(a_topic(), "+12125550101"))
    staff(client, "view_auditexport")
    for page in (url("change", export), url("changelist")):
        assert "5550101" not in text_of(client.get(page)).replace("-", "")


def test_no_address_ever_holds_a_number(client):
    staff(client, *AUDITS)
    answer = client.get(url("add"), {"number": "+12125550101", "reason": "x"})
    assert AuditExport.objects.count() == 0
    assert "2125550101" not in text_of(answer)


def test_the_list_of_exports_costs_the_same_for_one_and_three(
    client, django_assert_max_num_queries
):
    topic = a_topic()
    number, person = a_number(topic), an_opted_in_contact(topic, "+12125550101")
    staff(client, *AUDITS)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            an_export(
                contact=person,
                topics=[person.events.first().topic],
                brands=[a_brand()],
                short_codes=[number],
            )
        with django_assert_max_num_queries(12) as asked:
            client.get(url("changelist"))
        counts.append(len(asked.captured_queries))
    assert counts[0] == counts[1]


def test_numbers_come_typed_or_in_a_file_and_a_sample_gets_a_seed(client, empty_broker):
    topic = a_topic()
    people = [an_opted_in_contact(topic, f"+1212555010{n}") for n in range(3)]
    staff(client, *AUDITS)
    typed = {"number": "(212) 555-0100\n212-555-0101; +12125550199", "reason": "An audit"}
    client.post(url("add"), {**typed, "sample": "1", "with_workbook": "on"})
    first = AuditExport.objects.get()
    assert (first.several, first.unknown, first.sample, len(first.seed), first.with_workbook) == (
        True,
        1,
        1,
        16,
        True,
    )
    assert set(first.people.all()) == set(people[:2])
    assert "2 people; of 1 more number nothing" in text_of(client.get(url("change", first)))

    file = SimpleUploadedFile("numbers.txt", b"\xef\xbb\xbf+12125550102\r\n\r\n2125550100\r\n")
    client.post(url("add"), {"numbers_file": file, "reason": "An audit", "seed": "ignored"})
    second = AuditExport.objects.exclude(pk=first.pk).get()
    assert (second.unknown, second.seed, second.with_workbook) == (0, "", False)
    assert set(second.people.all()) == {people[0], people[2]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"2125550100\nnonsense", "Line 2: This has letters in it"),
        (b"x\n2125550100\n\n1", f"Line 1: {LETTERS} Line 4: "),
        (b"2125550100\n" + b"x\n" * 9, f"Line 6: {LETTERS} What follows was not looked at."),
        (b"\xff\xfe2", "This is no text in UTF-8."),
        (b"+12125550198\n+12125550199", "Nothing is on record of any of these numbers."),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_line(client, content, said):
    an_opted_in_contact(a_topic(), "+12125550100")
    staff(client, *AUDITS)
    file = SimpleUploadedFile("numbers.txt", content)
    assert said in text_of(client.post(url("add"), {"numbers_file": file, "reason": "x"}))
    assert AuditExport.objects.count() == 0


def test_who_may_not_see_whole_numbers_asks_for_and_takes_masked_files_alone(client, empty_broker):
    an_opted_in_contact(a_topic(), "+12125550101")
    whole = an_export()
    audit_export.build(whole.pk, message_export.SHEETS)
    staff(client, *AUDITS[:3])
    assert client.get(url("download", whole)).status_code == 403
    assert "phone numbers masked" in text_of(client.get(url("add")))
    client.post(url("add"), {"reason": "An audit"})
    export = AuditExport.objects.exclude(pk=whole.pk).get()
    assert export.masked
    audit_export.build(export.pk, message_export.SHEETS)
    assert client.get(url("download", export)).status_code == 200
